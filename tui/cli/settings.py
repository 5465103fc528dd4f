"""`rnnstudio settings`: the tables of training and sampling, and the presets."""

import argparse
from collections.abc import Iterable, Mapping

import msgspec

from core.config import SETTINGS
from core.decoding import Decoding
from core.language import joined, tr
from core.presets import FAST_SECONDS, PRESET_OF_TASK, PRESETS, fast_sizes
from core.settings import Kind, Setting, Value, settings_of, text_of
from tui.cli.json_line import json_line
from tui.cli.options import add_json
from tui.cli.output import write, write_lines
from tui.cli.parser import StudioParser
from tui.cli.setting_words import range_words
from tui.cli.tables import Column, table_lines
from tui.names import said

COLUMNS = (
    Column(tr("setting")),
    Column(tr("default")),
    Column(tr("values"), optional=True),
    Column(tr("live"), optional=True),
    Column(tr("meaning"), wraps=True),
)


class Described(msgspec.Struct, frozen=True, kw_only=True):
    """Hold what `--json` says of a setting."""

    name: str
    kind: Kind
    default: Value
    group: str
    help: str
    unit: str
    choices: tuple[str, ...]
    """The words allowed for a choice; empty for the other kinds."""
    low: float | None
    high: float | None
    low_open: bool
    """Whether `low` itself is refused."""
    high_open: bool
    """Whether `high` itself is refused."""
    live: bool
    """Whether it can change while training runs."""


def add_arguments(parser: StudioParser) -> None:
    """Add how it is printed."""
    add_json(parser, tr("Print one JSON object: training, sampling and presets"))


def run(args: argparse.Namespace) -> int:
    """Print the tables."""
    sampling = settings_of(Decoding)
    if "json" in args:
        found = {
            "training": [described(setting) for setting in SETTINGS.values()],
            "sampling": [described(setting) for setting in sampling.values()],
            "presets": PRESETS,
        }
        write(json_line(found))
        return 0
    lines = table_lines(COLUMNS, rows_of([*SETTINGS.values(), *sampling.values()]))
    write_lines([*lines, "", *preset_lines(), "", *notes()])
    return 0


def described(setting: Setting) -> Described:
    """Return what is known of a setting, for scripts."""
    about = setting.about
    return Described(
        name=setting.name,
        kind=setting.kind,
        default=setting.default,
        group=about.group,
        help=about.help,
        unit=about.unit,
        choices=setting.choices,
        low=about.low,
        high=about.high,
        low_open=about.low_open,
        high_open=about.high_open,
        live=about.live,
    )


def rows_of(settings: Iterable[Setting]) -> list[list[str]]:
    """Return a row for each setting, with a row for each group before it."""
    rows: list[list[str]] = []
    group = ""
    for setting in settings:
        if setting.about.group != group:
            group = setting.about.group
            rows += [[""] * len(COLUMNS)] * bool(rows) + [[f"[{said(group)}]", "", "", "", ""]]
        rows.append(
            [
                setting.name,
                default_text(setting),
                values_text(setting),
                tr("live") if setting.about.live else "",
                meaning(setting),
            ]
        )
    return rows


def default_text(setting: Setting) -> str:
    """Write a default; one that means 'nothing' as a dash."""
    if setting.kind == "bool":
        return tr("on") if setting.default else tr("off")
    return text_of(setting.default) or "-"


def values_text(setting: Setting) -> str:
    """Say which values a setting takes."""
    match setting.kind:
        case "choice":
            return " | ".join(setting.choices)
        case "bool":
            return tr("on | off")
        case "str":
            return tr("text")
        case _:
            return range_words(setting)


def meaning(setting: Setting) -> str:
    """Say what a setting does, and what 0 means where it means 'none'."""
    if not setting.about.off:
        return setting.about.help
    return tr("{help} (0: {off})", help=setting.about.help, off=setting.about.off)


def preset_lines() -> list[str]:
    """Return a line for each preset."""
    lines = [tr("presets, for --preset NAME; what they leave out keeps its default:")]
    for name, values in PRESETS.items():
        lines.append(f"  {name:<10} {_options(values) or tr('the defaults above')}")
        if name == "fast":
            lines += [f"  {'':<10} {line}" for line in _sizes()]
    starts = [
        tr("--task {task} from {preset}", task=task, preset=preset)
        for task, preset in PRESET_OF_TASK.items()
    ]
    begun = tr("Without --preset a run starts by its task: {starts}.", starts=joined(starts))
    lines.append(begun)
    return lines


def _sizes() -> list[str]:
    """Say what of the preset `fast` goes by the training time, a line each for some times."""
    shortest, longest = FAST_SECONDS
    return [
        tr(
            "with --max_seconds up to {seconds:g}: {options}",
            seconds=shortest,
            options=_fast(shortest),
        ),
        tr("with {seconds:g} or more: {options}", seconds=longest, options=_fast(longest)),
        tr("with a time in between: what lies in between"),
    ]


def _fast(seconds: float) -> str:
    return _options(fast_sizes(seconds))


def _options(values: Mapping[str, Value]) -> str:
    return " ".join(f"--{name} {text_of(value)}" for name, value in values.items())


def notes() -> list[str]:
    """Return what the table does not say of itself."""
    return [
        tr("Settings marked live can change while training runs, from the dashboard."),
        tr(
            "rnnstudio train takes the first groups as options, rnnstudio generate those of "
            "sampling."
        ),
    ]
