"""What can be asked of a session: start a run, go on with one, or repeat one."""

from collections.abc import Mapping

import msgspec

from core.config import Config
from core.errors import InputError
from core.home import expanded
from core.language import tr
from core.settings import Value

PATH_SETTINGS = ("data_file", "val_file", "save_dir")
"""Settings that are paths."""


class MemberKey(msgspec.Struct, frozen=True):
    """Name a planned run of an experiment."""

    experiment: int
    """The experiment's number."""
    member: int
    """Its number in the experiment, from 1."""


class StartRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Ask for a new run."""

    config: Config
    name: str | None = None
    """Its name; made from the text and the model if left out."""
    member: MemberKey | None = None
    """What it is in an experiment, which has planned its name; None outside of one."""
    overwrite: bool = False
    """Whether what another run wrote into `save_dir` may be replaced."""


class ResumeRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Ask to go on with a run from its newest valid checkpoint."""

    target: str | None = None
    """The run's number or name; None for the newest run."""
    changes: Mapping[str, Value] = {}
    """Settings to change, by name: live ones, and those that say where and how to run."""
    overwrite: bool = False
    """Whether what another run wrote into `save_dir` may be replaced."""


class ReplayRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Ask to train a run again as a new one, with every live edit at its step."""

    target: str | None = None
    """The run's number or name; None for the newest run."""
    name: str | None = None
    """The new run's name; made from the run's if left out."""
    places: Mapping[str, Value] = {}
    """Where the data is now, if it has moved: `data_file` and `val_file`."""


Request = StartRequest | ResumeRequest | ReplayRequest
"""Everything that a session can be made for."""


def absolute_paths(values: Mapping[str, Value]) -> dict[str, Value]:
    """Make the paths among some settings absolute, so that a run goes on from any folder.

    Raises:
        InputError: A path is not valid UTF-8, or holds a null character.
    """
    anchored = dict(values)
    for name in PATH_SETTINGS:
        value = str(anchored.get(name, ""))
        if not value:
            continue
        if "\0" in value:
            raise InputError(
                tr("{name} {value!r} holds a null character; rename it", name=name, value=value)
            )
        if any("\ud800" <= mark <= "\udfff" for mark in value):
            raise InputError(
                tr("{name} {value!r} is not valid UTF-8; rename it", name=name, value=value)
            )
        anchored[name] = str(expanded(value).absolute())
    return anchored
