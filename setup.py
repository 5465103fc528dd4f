"""Compile the translations while the package is built; all else stands in pyproject.toml."""

from typing import ClassVar

from setuptools import setup
from setuptools.command.build import build


class BuildWithTranslations(build):
    """The build, preceded by Babel's own command that compiles `.po` files."""

    sub_commands: ClassVar = [("compile_catalog", None), *build.sub_commands]


setup(cmdclass={"build": BuildWithTranslations})
