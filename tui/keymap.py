"""The keys in force: the table of commands with what the config file changes in it."""

from collections.abc import Mapping

from textual.binding import Binding
from textual.keys import Keys as KeyNames
from textual.keys import format_key, key_to_character

from core.errors import SettingsError
from core.language import tr
from core.settings import unknown_name
from tui.commands import COMMANDS, Command

_NAMED_KEYS = frozenset(key.value for key in KeyNames)


class Keymap:
    """Tell which keys each command has; refuse a config file that makes no sense.

    Args:
        changes: Keys by command id, as the config file's `[keys]` has them: names or characters,
            separated by commas.

    Raises:
        SettingsError: An id or a key is unknown, or two commands would share a key.
    """

    def __init__(self, changes: Mapping[str, str] | None = None) -> None:
        self.changes: dict[str, str] = {}
        """Keys by command id in Textual's names, for `App.set_keymap`."""
        problems = []
        known = [command.id for command in COMMANDS]
        for command_id, text in (changes or {}).items():
            if command_id not in known:
                where = tr("command in [keys] in config.toml")
                problems.append(unknown_name(command_id, known, where))
                continue
            keys, problem = _parse(command_id, text)
            if problem:
                problems.append(problem)
            else:
                self.changes[command_id] = ",".join(keys)
        problems += self._clashes()
        if problems:
            raise SettingsError(problems)

    def keys(self, command: Command) -> list[str]:
        """Return a command's keys in Textual's names."""
        return self.changes.get(command.id, command.keys).split(",")

    def shown(self, command_id: str) -> str:
        """Return a command's keys as a person reads them."""
        if command_id in self.changes:
            return " ".join(_for_people(key) for key in self.changes[command_id].split(","))
        return next(command.shown for command in COMMANDS if command.id == command_id)

    def first_shown(self, command_id: str) -> str:
        """Return the first of a command's keys as a person reads it."""
        return self.shown(command_id).split(" ")[0]

    def _clashes(self) -> list[str]:
        """Name each pair of commands that would share a key in one place."""
        problems = []
        owners: dict[str, list[Command]] = {}
        for command in COMMANDS:
            for key in self.keys(command):
                for other in owners.setdefault(key, []):
                    if other.scope in ("everywhere", command.scope):
                        problems.append(
                            tr(
                                "[keys] in config.toml gives {key} to both {first} and {second}; "
                                "name another key for one of them",
                                key=_for_people(key),
                                first=other.id,
                                second=command.id,
                            )
                        )
                owners[key].append(command)
        return problems


def _parse(command_id: str, text: str) -> tuple[list[str], str]:
    """Return the keys in Textual's names, or what is wrong with them."""
    keys = [_normal(piece.strip()) for piece in str(text).split(",")]
    if all(_exists(key) for key in keys):
        return keys, ""
    return [], tr(
        "[keys] in config.toml: {command} must be keys such as x, f5 or ctrl+x, got {keys!r}",
        command=command_id,
        keys=text,
    )


def _normal(piece: str) -> str:
    """Return a key in Textual's names: `question_mark` for `?`, lower case but for letters."""
    if len(piece) == 1:
        return next(iter(Binding.make_bindings([Binding(piece, "none")]))).key
    return piece.lower()


def _exists(key: str) -> bool:
    *modifiers, name = key.split("+")
    known = name in _NAMED_KEYS or (bool(name) and key_to_character(name) is not None)
    return known and set(modifiers) <= {"ctrl", "shift", "alt", "meta", "super", "hyper"}


def _for_people(key: str) -> str:
    *modifiers, name = key.split("+")
    shown = name.upper() if name[:1] == "f" and name[1:].isdigit() else format_key(name)
    return "+".join((*modifiers, shown))
