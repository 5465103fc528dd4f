"""What can be asked of a session: start a run, or go on with one."""

from collections.abc import Mapping

import msgspec

from core.config import Config
from core.settings import Value


class StartRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Ask for a new run."""

    config: Config
    name: str | None = None
    """Its name; made from the text and the model if left out."""


class ResumeRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Ask to go on with a run from its newest valid checkpoint."""

    target: str | None = None
    """The run's number or name; None for the newest run."""
    changes: Mapping[str, Value] = {}
    """Settings to change, by name: live ones, and those that say where and how to run."""


Request = StartRequest | ResumeRequest
"""Everything that a session can be made for."""
