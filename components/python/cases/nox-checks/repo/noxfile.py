import nox


@nox.session
def tests(session):
    session.install("-e", ".", "pytest")
    session.run("pytest")


@nox.session
def properties(session):
    session.install("-e", ".", "hypothesis")
    session.run("pytest", "properties")
