"""The user's config file: keys, theme and other defaults of the settings."""

from collections.abc import Mapping
from pathlib import Path

import msgspec

from core.config import Config
from core.errors import InputError, SettingsError
from core.language import tr
from core.settings import Value, build, unknown_choice, unknown_name


class Preferences(msgspec.Struct, frozen=True, kw_only=True):
    """Hold what the user wants otherwise than we chose."""

    theme: str = ""
    """Name of the dashboard's colour theme; empty for the usual one."""
    keys: dict[str, str] = {}
    """Keys by the id of a command, in place of its default keys; several with commas between."""
    settings: dict[str, Value] = {}
    """Defaults of training settings by name, checked."""


LARGEST = 2**16
"""Bytes of a config file."""

MOST_DOTS = 100
"""Most dots of a line: tomllib takes quadratic time for a name of many parts."""

TABLES = ("theme", "keys", "settings")
"""What may stand at the top level of the file."""


def load_preferences(path: Path, commands: Mapping[str, object] | None = None) -> Preferences:
    """Read the config file; without one every preference has its default.

    Args:
        path: The file, TOML.
        commands: Those that have keys, by id; an unknown id is refused. None where no key is
            going to be used, since then the ids are not known either.

    Raises:
        InputError: The file cannot be read, or says something unknown; one line names it all.
    """
    try:
        if not path.exists():
            return Preferences()
        # Imported here, since few have such a file.
        import tomllib

        if not path.is_file():
            raise InputError(tr("{path} is not a file; move it away", path=path))
        if path.stat().st_size > LARGEST:
            raise InputError(
                tr("{path} is larger than a config file can be; shorten it", path=path)
            )
        text = path.read_text("utf-8")
        if any(line.count(".") > MOST_DOTS for line in text.splitlines()):
            raise RecursionError
        content = tomllib.loads(text)
        repr(content)  # what cannot be written out cannot be shown in a message either
    except UnicodeDecodeError as error:
        raise InputError(
            tr("{path} is not valid UTF-8 at byte {start}", path=path, start=error.start)
        ) from None
    except ValueError as error:  # of a wrong text, or a number of thousands of digits
        raise InputError(tr("{path} is not valid TOML: {error}", path=path, error=error)) from None
    except RecursionError:
        raise InputError(tr("{path} is nested too deeply", path=path)) from None
    except OSError as error:
        raise InputError(
            tr("{path} cannot be read: {strerror}", path=path, strerror=error.strerror)
        ) from None
    problems = [
        unknown_choice(name, list(TABLES), tr("preference"))
        for name in content
        if name not in TABLES
    ]
    theme = content.get("theme", "")
    if not isinstance(theme, str):
        problems.append(tr("theme must be a text, got {theme!r}", theme=theme))
    keys = _keys(content.get("keys", {}), commands, problems)
    settings = _settings(content.get("settings", {}), problems)
    if problems:
        raise InputError(f"{path}: {'; '.join(problems)}")
    return Preferences(theme=theme, keys=keys, settings=settings)


def _keys(
    table: object, commands: Mapping[str, object] | None, problems: list[str]
) -> dict[str, str]:
    """Return the keys by command, adding to `problems` what is wrong with them."""
    if not isinstance(table, dict):
        problems.append(tr("keys must be a table, as under [keys]"))
        return {}
    keys = {}
    for command, value in _flat(table).items():
        if commands is not None and command not in commands:
            problems.append(unknown_name(command, list(commands), tr("command")))
        wanted = value if isinstance(value, list) else [value]
        names = [name.strip() for name in wanted if isinstance(name, str) and name.strip()]
        if not names or len(names) < len(wanted):
            problems.append(
                tr(
                    "keys.{command} must be a key or a list of keys, got {value!r}",
                    command=command,
                    value=value,
                )
            )
            continue
        keys[command] = ",".join(names)
    return keys


def _flat(table: dict[str, object]) -> dict[str, object]:
    """Join `training.toggle = "p"`, which TOML takes for nested tables, to one id."""
    flat: dict[str, object] = {}
    for name, value in table.items():
        if isinstance(value, dict):
            flat |= {f"{name}.{rest}": inner for rest, inner in _flat(value).items()}
        else:
            flat[name] = value
    return flat


def _settings(table: object, problems: list[str]) -> dict[str, Value]:
    """Return the settings, adding to `problems` what is wrong with them."""
    if not isinstance(table, dict):
        problems.append(tr("settings must be a table, as under [settings]"))
        return {}
    try:
        config = build(Config, table)
    except SettingsError as error:
        problems += error.problems
        return {}
    return {name: getattr(config, name) for name in table}
