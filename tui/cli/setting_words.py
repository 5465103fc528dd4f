"""What the help says of a setting: its meaning, unit, range and default, all from the table."""

from core.language import joined_apart, tr
from core.settings import UNBOUNDED, Setting, text_of

METAVARS = {
    "int": "N",
    "float": "X",
    "str": "TEXT",
    "data_file": "FILE",
    "val_file": "FILE",
    "save_dir": "DIR",
    "corpus": "NAME",
    "text_column": "COLUMN",
    "label_column": "COLUMN",
    "delimiter": "CHAR",
    "encoding": "NAME",
}
"""What stands for a value in the help, by setting or else by kind."""


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
    zero = tr("0: {off}", off=off) if off else ""
    return _with_notes(setting, unit_words(setting), range_words(setting), zero)


def _with_notes(setting: Setting, *notes: str) -> str:
    said = joined_apart(note for note in notes if note)
    if not said:
        return setting.about.help
    return tr("{help} ({notes})", help=setting.about.help, notes=said)


def unit_words(setting: Setting) -> str:
    """Name the unit, unless the help's sentence or the setting's name does already."""
    unit = setting.about.unit
    said = f"{setting.about.help} {setting.name}".lower()
    return "" if not unit or unit.rstrip("s") in said else tr("in {unit}", unit=unit)


def range_words(setting: Setting) -> str:
    """Say which numbers are allowed; empty for what is no number."""
    low, high = setting.about.low, setting.about.high
    if low is None or high is None:
        return ""
    if setting.about.low_open:
        if high >= UNBOUNDED:
            return tr("above {low:g}", low=low)
        if setting.about.high_open:
            return tr("above {low:g}, below {high:g}", low=low, high=high)
        return tr("above {low:g} to {high:,.10g}", low=low, high=high)
    if high >= UNBOUNDED:
        return tr("{low:g} or more", low=low)
    if setting.about.high_open:
        return tr("{low:g} or more, below {high:g}", low=low, high=high)
    return tr("{low:g} to {high:,.10g}", low=low, high=high)


def default_words(setting: Setting) -> str:
    """Say what holds if the setting is not given, and what 0 means where it means 'none'."""
    if setting.kind == "bool":
        return tr("default: on") if setting.default else tr("default: off")
    if setting.default == "":
        return tr("default: none")
    default, off = text_of(setting.default), setting.about.off
    if not off:
        return tr("default: {default}", default=default)
    if setting.default == 0:
        return tr("default: {default}, {off}", default=default, off=off)
    return tr("0: {off}; default: {default}", default=default, off=off)
