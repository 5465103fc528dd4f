"""The one tree of errors that a user may see.

RnnStudioError                 a sentence for the user; exit code 1
├── InputError                 wrong usage or input; exit code 2
│   ├── SettingsError          one or more settings are wrong; lists them all
│   ├── DataError              a text cannot be read, decoded or trained on
│   ├── CheckpointError        a file is not a checkpoint, or is damaged
│   ├── RunNotFoundError       no run has this number or name
│   ├── WorkspaceError         the workspace cannot be read or written
│   │   └── DamagedStoreError  what its database holds is damaged
│   └── MissingExtraError      an optional package is not installed
└── SaveError                  a checkpoint could not be written

Each message says what is wrong, with which value, and the way out.
"""

from collections.abc import Sequence

from core.language import joined_apart


class RnnStudioError(Exception):
    """Fail with one sentence that the user can act on."""

    exit_code = 1
    """The exit code of a command that ends by this error."""


class InputError(RnnStudioError):
    """Refuse wrong usage or input; nothing has been written."""

    exit_code = 2


class SettingsError(InputError):
    """Refuse settings, naming every problem at once."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__(joined_apart(problems))
        self.problems = tuple(problems)
        """One sentence a problem, in the order of the settings."""


class DataError(InputError):
    """Refuse a text that cannot be read, decoded or trained on."""


class CheckpointError(InputError):
    """Refuse a file that is not a checkpoint of ours, or is damaged."""


class RunNotFoundError(InputError):
    """Say that no run has the number or name that was asked for."""


class WorkspaceError(InputError):
    """Say that the workspace cannot be read or written."""


class DamagedStoreError(WorkspaceError):
    """Say that the workspace's database is damaged, which `rnnstudio check --repair` may mend."""


class MissingExtraError(InputError):
    """Say which optional package a command needs and how to install it."""


class SaveError(RnnStudioError):
    """Say that a checkpoint could not be written; the one before it is untouched."""


class BenchmarkError(RnnStudioError):
    """Say that what was to be measured has ended before its turn."""
