from setuptools import setup

setup(
    name="pebble",
    version="1.0.0",
    packages=["pebble"],
    python_requires=">=3.12",
    classifiers=["Programming Language :: Python :: 3.12", "Programming Language :: Python :: 3.13"],
)
