from setuptools import find_packages, setup

# python_requires=">=2.7"
REQUIRES = ">=3.12"
TESTS = ["pytest"]

setup(
    name="classic",
    version="1.0",
    packages=find_packages(),
    python_requires=REQUIRES,
    install_requires=["flask", "psycopg2-binary"],
    extras_require={"tests": TESTS},
    classifiers=["Private :: Do Not Upload"],
)
