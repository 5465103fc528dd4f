"""Options that come from the settings tables, and those that most commands share."""

import argparse
from collections.abc import Callable, Mapping, Sequence

from core.config import DATA_SETTINGS, SETTINGS, Config, make_config, refuse_foreign
from core.errors import SettingsError
from core.home import expanded
from core.language import LANGUAGES, OPTION, joined, joined_apart, tr
from core.presets import PRESET_OF_TASK, PRESETS, preset_values
from core.settings import Setting, Value, parse, text_of
from tui.cli.parser import StudioParser, UsageError, refuse_second
from tui.cli.setting_words import metavar_of, setting_help
from tui.names import said


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
        before = getattr(namespace, self.dest, {})
        if self.setting.kind == "str" and before.get(name, typed) != typed:
            refuse_second(f"--{name}", before[name], typed)
        setattr(namespace, self.dest, {**before, name: typed})


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
        heading = said(setting.about.group)
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


def add_general_options(parser: StudioParser) -> "argparse._ArgumentGroup":
    """Add what every command has: the workspace and the help; return their group."""
    general = parser.add_argument_group(tr("general"))
    general.add_argument(
        "--workspace",
        metavar="DIR",
        help=tr(
            "Folder of runs, checkpoints and corpora (default: $RNNSTUDIO_HOME, else the "
            "user's data folder)"
        ),
    )
    general.add_argument(
        OPTION,
        metavar="LANG",
        help=tr(
            "Language of the interface: {languages} (default: your locale's)",
            languages=joined(LANGUAGES),
        ),
    )
    general.add_argument("-h", "--help", action="help", help=tr("Show this help and exit"))
    return general


def add_run_options(parser: StudioParser, *, prefix: str = "", shown: bool = True) -> None:
    """Add what describes a new run: a preset, a name and every setting.

    Args:
        parser: Where to add them.
        prefix: What the attributes' names begin with.
        shown: Whether the help shows the settings.
    """
    run = parser.add_argument_group(tr("the new run"))
    run.add_argument(
        "--name",
        dest=f"{prefix}name",
        metavar="NAME",
        help=tr("The run's name (default: made from the text and the model)"),
    )
    add_new_settings(parser, run, prefix=prefix, shown=shown)


def add_new_settings(
    parser: StudioParser, group: "argparse._ArgumentGroup", *, prefix: str, shown: bool = True
) -> None:
    """Add the settings of something new: a preset, in a group that there is, and every setting."""
    group.add_argument(
        "--preset",
        dest=f"{prefix}preset",
        choices=list(PRESETS),
        metavar="NAME",
        help=tr(
            "Named set of settings to start from: {presets} ({default})",
            presets=joined(PRESETS),
            default=_default_preset_words(),
        ),
    )
    describe = setting_help if shown else _hidden
    add_settings(parser, SETTINGS, dest=f"{prefix}settings", describe=describe)


def add_overwrite(group: "argparse._ArgumentGroup | StudioParser") -> None:
    """Add `--overwrite`, without which no run replaces what another one exported."""
    group.add_argument(
        "--overwrite",
        action="store_true",
        help=tr("Replace what another run wrote into save_dir"),
    )


def add_json(parser: StudioParser, what: str) -> None:
    """Add `--json`, saying what it prints."""
    output = parser.add_argument_group(tr("the output"))
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
            values[name] = parse(table[name], text)
        except SettingsError as error:
            problems += error.problems
    if problems:
        raise SettingsError(problems)
    return values


def new_config(
    typed: Mapping[str, str], preset: str | None, preferred: Mapping[str, Value]
) -> Config:
    """Make the settings of a new run.

    The command line goes before a preset that was asked for, that before the user's own defaults
    from the config file, and these before the preset of the task where none was asked for.

    Args:
        typed: What the command line gives, by name.
        preset: The preset that was asked for, if any.
        preferred: The user's own defaults.

    Raises:
        SettingsError: Lists every problem.
    """
    given = absolute_paths(parsed_settings(typed, SETTINGS))
    if given.get("data_file") == "":  # An unset shell variable, most likely.
        raise SettingsError([tr("data_file must name a file, got ''")])
    if "data_file" in given and "corpus" in given:
        raise SettingsError([tr("data_file and corpus both name the text to train on; give one")])
    if "corpus" in given:
        given["data_file"] = ""  # The user's own default would go before the corpus.
    if preset is None:
        values = _with_task_preset(given, preferred)
    else:
        wanted = preset_values(preset, given)
        values = {**_of_task(preferred, wanted), **wanted, **given}
    config = make_config(values)
    refuse_foreign(config.task, given)
    return config


def _with_task_preset(
    given: Mapping[str, Value], preferred: Mapping[str, Value]
) -> dict[str, Value]:
    """Return what was given over the user's defaults over the usual preset of the task."""
    task = str({**preferred, **given}.get("task", SETTINGS["task"].default))
    usual = PRESETS[PRESET_OF_TASK[task]]
    return {**usual, **_of_task(preferred, {"task": task}), **given}


def _of_task(preferred: Mapping[str, Value], wanted: Mapping[str, Value]) -> dict[str, Value]:
    """Return the user's defaults, without data that is not for the task that is wanted."""
    default = SETTINGS["task"].default
    if preferred.get("task", default) == wanted.get("task", default):
        return dict(preferred)
    return {name: value for name, value in preferred.items() if name not in DATA_SETTINGS}


def absolute_paths(values: Mapping[str, Value]) -> dict[str, Value]:
    """Anchor relative paths here, so that a run can be resumed from any other folder."""
    anchored = dict(values)
    for name in ("data_file", "val_file", "save_dir"):
        path = anchored.get(name)
        if isinstance(path, str) and path:
            anchored[name] = str(expanded(path).absolute())
    return anchored


def _default_preset_words() -> str:
    """Say what a run starts from where no preset is asked for."""
    usual, *others = PRESET_OF_TASK.items()
    words = [tr("default: {preset}", preset=usual[1])]
    words += [
        tr("with --task {task}: {preset}", task=task, preset=preset) for task, preset in others
    ]
    return joined_apart(words)


def _hidden(_setting: Setting) -> str:
    return ""


def whole_number(name: str, most: int) -> Callable[[str], int]:
    """Return what reads the number, from 1 on, of an option that is no setting.

    What it returns raises a `UsageError` for what is none.
    """

    def parsed(word: str) -> int:
        if word.isascii() and word.isdecimal() and 1 <= int(word[:18]) <= most:
            return int(word)
        raise UsageError(
            tr(
                "--{name} must be a whole number between 1 and {most}, got {word!r}",
                name=name,
                most=most,
                word=word,
            )
        )

    return parsed
