import nox


@nox.session(python=["3.12", "3.13"])
def tests(session):
    session.install(".", "pytest")
    session.run("pytest")
