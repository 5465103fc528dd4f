"""Options that come from the settings tables, and those that most commands share."""

import argparse
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from core.config import PRESETS, SETTINGS, Config, make_config
from core.errors import SettingsError
from core.settings import Setting, Value, parse, text_of
from tui.cli.parser import StudioParser

UNBOUNDED = 1e6
"""From here on a range's upper end is not worth telling."""

METAVARS = {
    "int": "N",
    "float": "X",
    "str": "TEXT",
    "data_file": "FILE",
    "val_file": "FILE",
    "save_dir": "DIR",
    "corpus": "NAME",
    "encoding": "NAME",
}
"""What stands for a value in the help, by setting or else by kind."""


class SettingAction(argparse.Action):
    """Collect what was typed for each setting, by name; checking comes later, for all at once.

    Args:
        option_strings: The option's names.
        dest: The attribute that gets the texts.
        setting: The setting that the option sets.
        shown: What the help says of it; empty to leave it out.
        default: The parser's marker for 'absent if not given'.
    """

    def __init__(
        self,
        option_strings: Sequence[str],
        dest: str,
        *,
        setting: Setting,
        shown: str,
        default: str,
    ) -> None:
        is_flag = setting.kind == "bool"
        super().__init__(
            option_strings,
            dest,
            nargs=0 if is_flag else None,
            metavar=None if is_flag else metavar_of(setting),
            default=default,
            help=shown.replace("%", "%%") or argparse.SUPPRESS,
        )
        self.setting = setting
        """The setting that the option sets."""

    def __call__(
        self,
        _parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: str | Sequence[object] | None,
        option_string: str | None = None,
    ) -> None:
        """Keep the text of one option, or the value that a flag stands for."""
        name = self.setting.name
        typed = values if isinstance(values, str) else text_of(option_string == f"--{name}")
        setattr(namespace, self.dest, {**getattr(namespace, self.dest, {}), name: typed})


def add_settings(
    parser: StudioParser,
    table: Mapping[str, Setting],
    *,
    dest: str,
    describe: Callable[[Setting], str],
) -> None:
    """Add an option for each setting of a table, under the headings of their groups.

    Args:
        parser: Where to add them.
        table: Settings by name.
        dest: The attribute that gets the typed texts by name.
        describe: Says what the help shows of a setting; nothing hides it.
    """
    groups: dict[str, argparse._ArgumentGroup] = {}
    for setting in table.values():
        heading = setting.about.group
        if heading not in groups:
            groups[heading] = parser.add_argument_group(heading)
        names = [f"--{setting.name}"]
        if setting.kind == "bool":
            names.append(f"--no_{setting.name}")
        groups[heading].add_argument(
            *names,
            dest=dest,
            action=SettingAction,
            setting=setting,
            shown=describe(setting),
        )


def metavar_of(setting: Setting) -> str:
    """Return what stands for a setting's value in the help."""
    if setting.kind == "choice":
        return "{" + ",".join(setting.choices) + "}"
    return METAVARS.get(setting.name, METAVARS.get(setting.kind, "VALUE"))


def setting_help(setting: Setting) -> str:
    """Say what a setting is, in which unit, which values it takes and what its default is."""
    return _with_notes(setting, unit_words(setting), range_words(setting), default_words(setting))


def change_help(setting: Setting) -> str:
    """Say what a setting is where its default is the value that a run has already."""
    off = setting.about.off
    zero = f"0: {off}" if off else ""
    return _with_notes(setting, unit_words(setting), range_words(setting), zero)


def _with_notes(setting: Setting, *notes: str) -> str:
    said = "; ".join(note for note in notes if note)
    return f"{setting.about.help} ({said})" if said else setting.about.help


def _hidden(_setting: Setting) -> str:
    return ""


def unit_words(setting: Setting) -> str:
    """Name the unit, unless the help's sentence or the setting's name does already."""
    unit = setting.about.unit
    said = f"{setting.about.help} {setting.name}".lower()
    return "" if not unit or unit.rstrip("s") in said else f"in {unit}"


def range_words(setting: Setting) -> str:
    """Say which numbers are allowed; empty for what is no number."""
    low, high = setting.about.low, setting.about.high
    if low is None or high is None:
        return ""
    bottom = f"above {low:g}" if setting.about.low_open else f"{low:g}"
    if high >= UNBOUNDED:
        return bottom if setting.about.low_open else f"{bottom} or more"
    if setting.about.high_open:
        return f"{bottom}{'' if setting.about.low_open else ' or more'}, below {high:g}"
    return f"{bottom} to {high:,.10g}"


def default_words(setting: Setting) -> str:
    """Say what holds if the setting is not given, and what 0 means where it means 'none'."""
    if setting.kind == "bool":
        return f"default: {'on' if setting.default else 'off'}"
    if setting.default == "":
        return "default: none"
    default = f"default: {text_of(setting.default)}"
    if not setting.about.off:
        return default
    if setting.default == 0:
        return f"{default}, {setting.about.off}"
    return f"0: {setting.about.off}; {default}"


def add_general_options(parser: StudioParser) -> "argparse._ArgumentGroup":
    """Add what every command has: the workspace and the help; return their group."""
    general = parser.add_argument_group("general")
    general.add_argument(
        "--workspace",
        metavar="DIR",
        help="Folder of runs, checkpoints and corpora (default: $RNNSTUDIO_HOME, else the "
        "user's data folder)",
    )
    general.add_argument("-h", "--help", action="help", help="Show this help and exit")
    return general


def add_run_options(parser: StudioParser, *, prefix: str = "", shown: bool = True) -> None:
    """Add what describes a new run: a preset, a name and every setting.

    Args:
        parser: Where to add them.
        prefix: What the attributes' names begin with.
        shown: Whether the help shows the settings.
    """
    run = parser.add_argument_group("the new run")
    run.add_argument(
        "--preset",
        dest=f"{prefix}preset",
        choices=list(PRESETS),
        metavar="NAME",
        help=f"Named set of settings to start from: {', '.join(PRESETS)} (default: chapter)",
    )
    run.add_argument(
        "--name",
        dest=f"{prefix}name",
        metavar="NAME",
        help="The run's name (default: made from the text and the model)",
    )
    describe = setting_help if shown else _hidden
    add_settings(parser, SETTINGS, dest=f"{prefix}settings", describe=describe)


def add_json(parser: StudioParser, what: str) -> None:
    """Add `--json`, saying what it prints."""
    output = parser.add_argument_group("output")
    output.add_argument("--json", action="store_true", help=what)


def parsed_settings(typed: Mapping[str, str], table: Mapping[str, Setting]) -> dict[str, Value]:
    """Turn typed texts into values.

    Raises:
        SettingsError: Lists every one that is wrong.
    """
    values: dict[str, Value] = {}
    problems: list[str] = []
    for name, text in typed.items():
        try:
            values[name] = _checked_text(table[name], text)
        except SettingsError as error:
            problems += error.problems
    if problems:
        raise SettingsError(problems)
    return values


def new_config(
    typed: Mapping[str, str], preset: str | None, preferred: Mapping[str, Value]
) -> Config:
    """Make the settings of a new run.

    The command line goes before a preset that was asked for, and that before the user's own
    defaults from the config file.

    Args:
        typed: What the command line gives, by name.
        preset: The preset that was asked for, if any.
        preferred: The user's own defaults.

    Raises:
        SettingsError: Lists every problem.
    """
    given = absolute_paths(parsed_settings(typed, SETTINGS))
    asked = PRESETS[preset] if preset is not None else {}
    return make_config({**preferred, **asked, **given})


def absolute_paths(values: Mapping[str, Value]) -> dict[str, Value]:
    """Anchor relative paths here, so that a run can be resumed from any other folder."""
    anchored = dict(values)
    for name in ("data_file", "val_file", "save_dir"):
        path = anchored.get(name)
        if isinstance(path, str) and path:
            anchored[name] = str(Path(path).expanduser().absolute())
    return anchored


def _checked_text(setting: Setting, text: str) -> Value:
    """Parse one value, refusing bytes that are no text: they fit in no message and no JSON."""
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise SettingsError([f"{setting.name} must be valid UTF-8, got {text!r}"])
    return parse(setting, text)
