"""Settings tables: a struct's annotated fields, walked to describe, parse and validate them.

`Config` (training) and `Decoding` (sampling) are two such tables. Everything that speaks of a
setting, be it the command line, a form, a message or the README, is derived from here.
"""

import re
from collections.abc import Mapping
from functools import cache
from typing import Annotated, Literal, TypeVar, get_args, get_origin, get_type_hints

import msgspec

from core.errors import SettingsError
from core.escapes import escaped, unescaped
from core.language import joined, joined_apart, tr
from core.nearest import nearest_name

Value = int | float | str | bool
"""What a setting can hold."""

UNBOUNDED = 1e9
"""An upper end from here on is no limit that a user would meet, and is not told."""

Kind = Literal["int", "float", "str", "bool", "choice"]

TRUE_WORDS = frozenset({"true", "yes", "on", "1"})
FALSE_WORDS = frozenset({"false", "no", "off", "0"})


class About(msgspec.Struct, frozen=True, kw_only=True):
    """Describe one setting in its field's annotation."""

    help: str
    """One sentence without a full stop."""
    group: str
    """The name of the group that it stands in, the same in every language."""
    unit: str = ""
    """The unit of the value, in the plural; empty if it has none."""
    low: float | None = None
    """Smallest value allowed."""
    high: float | None = None
    """Largest value allowed."""
    low_open: bool = False
    """Whether `low` itself is refused."""
    high_open: bool = False
    """Whether `high` itself is refused."""
    live: bool = False
    """Whether it can change while training runs."""
    off: str = ""
    """What the value 0 means where it means 'none', else empty."""
    instead_of_0: str = ""
    """What to do instead where 0 is refused and yet means something, as a sentence's end."""
    escapes: bool = False
    """Whether a typed `\\n`, `\\t`, `\\\\` or `\\uXXXX` stands for a character."""
    task: str = ""
    """The only task that it means something to; empty where it does to all."""


class Setting(msgspec.Struct, frozen=True, kw_only=True):
    """Hold all that is known of one setting."""

    name: str
    kind: Kind
    default: Value
    choices: tuple[str, ...]
    """The words allowed for a choice; empty for the other kinds."""
    about: About

    @property
    def range_text(self) -> str:
        """Say which values are allowed, as a phrase that follows 'must be'."""
        match self.kind:
            case "choice":
                return tr("one of {choices}", choices=joined(self.choices))
            case "bool":
                return tr("true or false")
            case "str":
                return tr("a text")
            case _:
                return _numbers_text(self.name, self.about)


def _numbers_text(name: str, about: About) -> str:
    """Say between which ends a number must lie."""
    low, high = about.low, about.high
    if low is None or high is None:
        raise AssertionError(f"{name} has no range")
    if high >= UNBOUNDED:
        return tr("above {low:g}", low=low) if about.low_open else tr("at least {low:g}", low=low)
    match about.low_open, about.high_open:
        case False, False:
            return tr("between {low:g} and {high:g}", low=low, high=high)
        case False, True:
            return tr("at least {low:g} and below {high:g}", low=low, high=high)
        case True, False:
            return tr("above {low:g} and at most {high:g}", low=low, high=high)
        case _:
            return tr("above {low:g} and below {high:g}", low=low, high=high)


def _whole_number_text(setting: Setting) -> str:
    """Say that a whole number is wanted, and which ones are allowed."""
    if _begins_with_least(setting.about):
        return tr("a whole number of {allowed}", allowed=setting.range_text)
    return tr("a whole number {allowed}", allowed=setting.range_text)


def _number_text(setting: Setting) -> str:
    """Say that a number is wanted, and which ones are allowed."""
    if _begins_with_least(setting.about):
        return tr("a number of {allowed}", allowed=setting.range_text)
    return tr("a number {allowed}", allowed=setting.range_text)


def _begins_with_least(about: About) -> bool:
    """Tell whether the range is said as 'at least', which wants an 'of' before it in English."""
    return not about.low_open and (about.high_open or (about.high or 0.0) >= UNBOUNDED)


Table = TypeVar("Table", bound=msgspec.Struct)


@cache
def settings_of(table: type[msgspec.Struct]) -> dict[str, Setting]:
    """Return the settings of a table by name, in the order of its fields."""
    hints = get_type_hints(table, include_extras=True)
    found = {}
    for field in msgspec.structs.fields(table):
        kind_hint, about = _split(hints[field.name])
        choices: tuple[str, ...] = ()
        kind: Kind
        if get_origin(kind_hint) is Literal:
            kind, choices = "choice", get_args(kind_hint)
        else:
            kind = kind_hint.__name__  # type: ignore[assignment]
        found[field.name] = Setting(
            name=field.name, kind=kind, default=field.default, choices=choices, about=about
        )
    return found


def _split(hint: object) -> tuple[type, About]:
    if get_origin(hint) is not Annotated:
        raise AssertionError(f"{hint} is not annotated with About")
    kind_hint, about = get_args(hint)
    return kind_hint, about


def build(table: type[Table], values: Mapping[str, object], base: Table | None = None) -> Table:
    """Make a table's struct from values, checking every one of them.

    Args:
        table: The struct whose annotated fields are the settings.
        values: Settings by name; those left out keep the base's value or the default.
        base: What to start from; the defaults if left out.

    Raises:
        SettingsError: A name is unknown or a value is out of range; lists all problems.
    """
    settings = settings_of(table)
    problems = []
    checked: dict[str, Value] = {}
    for name, value in values.items():
        setting = settings.get(name)
        if setting is None:
            problems.append(unknown_name(name, list(settings)))
            continue
        fitted, problem = _fit(setting, value)
        if problem:
            problems.append(problem)
        else:
            checked[name] = fitted
    if problems:
        raise SettingsError(problems)
    return msgspec.structs.replace(base, **checked) if base is not None else table(**checked)


def parse(setting: Setting, text: str) -> Value:
    """Turn what a user typed into a value of the setting.

    Raises:
        SettingsError: The text is no value of this kind, or out of range, or holds bytes that are
            no text: they fit in no message and no JSON.
    """
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise SettingsError(
            [tr("{name} must be valid UTF-8, got {text!r}", name=setting.name, text=text)]
        )
    value: object = text
    cleaned = text.strip().lower()
    try:
        match setting.kind:
            case "int":
                value = int(cleaned.replace("_", ""))
            case "float":
                value = float(cleaned)
            case "bool" if cleaned in TRUE_WORDS | FALSE_WORDS:
                value = cleaned in TRUE_WORDS
            case "str" if setting.about.escapes:
                value = unescaped(text)
            case _:
                pass
    except ValueError:
        pass
    fitted, problem = _fit(setting, value)
    if problem:
        raise SettingsError([problem])
    return fitted


def text_of(value: Value) -> str:
    """Write a value as a user would type it: shortest form, lower-case booleans."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return re.sub(r"\.0$|(?<=e)\+?(-?)0*(?=\d)", r"\1", repr(value))
    return str(value)


def typed_text(setting: Setting, value: Value) -> str:
    """Write a value of the setting so that `parse` gives it back."""
    text = text_of(value)
    return escaped(text) if setting.about.escapes else text


def unknown_name(name: str, known: list[str], what: str | None = None) -> str:
    """Say that a name is unknown, with the nearest known one.

    Args:
        name: What was given.
        known: What there is.
        what: What it should name, in the language spoken; a setting if left out.
    """
    near = nearest_name(name, known)
    if near is None and what is None:
        return tr("unknown setting {name!r}; rnnstudio settings lists all of them", name=name)
    what = tr("setting") if what is None else what
    if near is None:
        return tr("unknown {what} {name!r}", what=what, name=name)
    return tr("unknown {what} {name!r}; did you mean {near}?", what=what, name=name, near=near)


def unknown_choice(name: str, known: list[str], what: str) -> str:
    """Say that a name is none of a few, with the nearest one, or all of them where none is near."""
    refusal = unknown_name(name, known, what)
    if nearest_name(name, known) is not None:
        return refusal
    return tr("{refusal}; choose from {known}", refusal=refusal, known=joined(known))


def _fit(setting: Setting, value: object) -> tuple[Value, str]:
    """Return the value in the setting's type, or a sentence that says what is wrong with it."""
    allowed = setting.range_text
    match setting.kind:
        case "bool":
            if isinstance(value, bool):
                return value, ""
        case "str":
            if isinstance(value, str):
                return value, ""
        case "choice":
            if isinstance(value, str) and (word := value.strip().lower()) in setting.choices:
                return word, ""
        case "int":
            if isinstance(value, bool) or not isinstance(value, int | float):
                return 0, _refusal(setting, _whole_number_text(setting), value)
            if isinstance(value, float) and not value.is_integer():
                return 0, _refusal(setting, _whole_number_text(setting), value)
            if _in_range(setting, value):
                return int(value), ""
        case "float":
            if isinstance(value, bool) or not isinstance(value, int | float):
                return 0, _refusal(setting, _number_text(setting), value)
            if _in_range(setting, value):
                return float(value), ""
    return 0, _refusal(setting, allowed, value)


def _refusal(setting: Setting, allowed: str, value: object) -> str:
    high = setting.about.high
    if isinstance(value, int | float) and high is not None and UNBOUNDED <= high < value:
        allowed = tr("at most {high:g}", high=high)
    refusal = tr(
        "{name} must be {allowed}, got {value}",
        name=setting.name,
        allowed=allowed,
        value=_shown(value),
    )
    if setting.about.instead_of_0 and value == 0:
        return joined_apart([refusal, setting.about.instead_of_0])
    return refusal


def _in_range(setting: Setting, value: float) -> bool:
    about = setting.about
    if about.low is None or about.high is None:
        return False
    # These refuse NaN and infinities, too, and take whole numbers too long for a float.
    above = value > about.low if about.low_open else value >= about.low
    below = value < about.high if about.high_open else value <= about.high
    return above and below


def _shown(value: object) -> str:
    """Show a value in a message: numbers bare, texts quoted and cut to a line."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, int):
        # Python refuses to write a number of thousands of digits.
        bits = value.bit_length()
        return str(value) if bits < 8192 else tr("a number of {bits} bits", bits=bits)
    shown = repr(value)
    return shown if len(shown) <= 60 else shown[:57] + "…" + shown[-1]
