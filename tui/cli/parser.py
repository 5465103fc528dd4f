"""How a command line is read: argparse with forgiving spelling and one-line refusals."""

import argparse
from collections.abc import Callable, Sequence
from itertools import zip_longest
from typing import NoReturn

from core.errors import InputError
from core.language import joined, joined_apart, tr
from core.settings import unknown_choice, unknown_name
from tui.cli.paragraphs import wrapped_lines

Fill = Callable[["StudioParser"], None]
"""Adds a command's arguments to its parser."""

_OWN_TEXTS = (
    tr("usage: "),
    tr("options"),
    tr("positional arguments"),
    tr("show this help message and exit"),
)
"""Texts of argparse that a user sees; it looks them up itself, in the same catalogue."""

_PHRASES = (
    ("expected one argument", tr("{option} needs a value")),
    ("ignored explicit argument", tr("{option} takes no value")),
)
"""What argparse says of an option that is wrong, and how we say it.

The former are in no catalogue, so that argparse says them in English in every language.
"""

_MISSING = "the following arguments are required: "
"""What it says of words that are missing, in English for the same reason."""


class UsageError(InputError):
    """Refuse a command line that cannot be understood."""


class HelpFormatter(argparse.RawDescriptionHelpFormatter):
    """Lay out help with room for long option names and paragraphs kept as written."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=28)

    class _Section(argparse.HelpFormatter._Section):
        """Head a group of arguments with the colon of the language, not always the English one."""

        def format_help(self) -> str:
            text, heading = super().format_help(), self.heading or ""
            colon = tr("{heading}:", heading=heading)
            return text.replace(f"{heading}:\n", f"{colon}\n", 1) if heading else text

    def _split_lines(self, text: str, width: int) -> list[str]:
        """Break the help of an argument into lines, by cells where characters take two."""
        if text.isascii():
            return super()._split_lines(text, width)
        return wrapped_lines(" ".join(text.split()), width)


class _StoreOnce(argparse._StoreAction):
    """Take an option's one value; of a file or another text, refuse a second one.

    Both may be meant, and the first would be forgotten in silence. Of numbers and choices the last
    one counts, as usual, so that a script's own can be overridden.
    """

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: str | Sequence[object] | None,
        option_string: str | None = None,
    ) -> None:
        """Keep the value."""
        is_text = self.type is None and self.choices is None
        if option_string and is_text and getattr(namespace, self.dest, values) != values:
            refuse_second(option_string, getattr(namespace, self.dest), values)
        super().__call__(parser, namespace, values, option_string)


class StudioParser(argparse.ArgumentParser):
    """Read one command's arguments.

    `-` and `_` are the same in an option's name, a value may begin with a single `-`, options
    are never abbreviated (a later option must not change what a script means), and what is wrong
    is raised as a `UsageError` that names the nearest known word.

    Args:
        prog: The command as it is typed, such as `rnnstudio train`.
        usage: What follows `usage:`.
        description: What the command does, in a sentence or a few.
        epilog: Examples.
        fill: Adds the arguments, only when they are needed, so that a command's module is
            imported only if the command is called.
        stray_hint: What to say of an argument too many.
    """

    def __init__(
        self,
        prog: str,
        *,
        usage: str | None = None,
        description: str | None = None,
        epilog: str | None = None,
        fill: Fill | None = None,
        stray_hint: str = "",
    ) -> None:
        super().__init__(
            prog,
            usage=usage,
            description=description,
            epilog=epilog,
            formatter_class=HelpFormatter,
            argument_default=argparse.SUPPRESS,
            allow_abbrev=False,
            exit_on_error=False,
            add_help=False,
        )
        self.register("action", None, _StoreOnce)
        self.register("action", "store", _StoreOnce)
        self._fill = fill
        self._stray_hint = stray_hint
        self._given: Sequence[str] = []
        """The words as they were typed, up to a `--`."""

    def fill(self) -> None:
        """Add the command's arguments, once."""
        if self._fill is not None:
            fill, self._fill = self._fill, None
            fill(self)

    def parse_known_args(  # type: ignore[override]
        self, args: Sequence[str] | None = None, namespace: argparse.Namespace | None = None
    ) -> tuple[argparse.Namespace, list[str]]:
        """Read arguments, refusing those that are unknown.

        Raises:
            UsageError: They cannot be understood.
        """
        self.fill()
        given, rest = split_at_end(args or [])
        self._given = given = [underscored(word) for word in given]
        words = self._options_first(self._joined(given))
        try:
            parsed, unknown = super().parse_known_args([*words, *rest], namespace)
        except argparse.ArgumentError as error:
            name = (error.argument_name or "").split("/")[0]
            known = (ours for theirs, ours in _PHRASES if theirs in error.message)
            phrase = next(known, None)
            said = f"{name} {error.message}" if phrase is None else phrase.format(option=name)
            self.error(self._switch_refusal() or said.strip())
        if unknown:
            self.error(self._refusal(unknown))
        return parsed, []

    def error(self, message: str) -> NoReturn:
        """Refuse the command line in one line."""
        if message.startswith(_MISSING):
            message = tr("{words} is missing", words=message.removeprefix(_MISSING))
        raise UsageError(tr("{message} (see {prog} --help)", message=message, prog=self.prog))

    def takes_value(self, option: str) -> bool:
        """Tell whether an option of this parser is followed by exactly one value."""
        action = self._option_string_actions.get(option)
        return action is not None and action.nargs is None

    def _joined(self, words: list[str]) -> list[str]:
        """Join an option to a value that begins with `-`, such as a negative number."""
        joined: list[str] = []
        for word in words:
            is_option = word.startswith("--") or word in self._option_string_actions
            if word.startswith("-") and not is_option and joined and self.takes_value(joined[-1]):
                joined[-1] += "=" + word
            else:
                joined.append(word)
        return joined

    def _options_first(self, words: list[str]) -> list[str]:
        """Put options before all other words, since argparse wants those without a gap.

        Where there are commands below this one, the order says whose an option is, and it stays.
        """
        if self._subparsers is not None:
            return words
        options: list[str] = []
        others: list[str] = []
        waiting = iter(words)
        for word in waiting:
            is_option = word in self._option_string_actions or (
                word.startswith("--") and " " not in word
            )
            (options if is_option else others).append(word)
            if is_option and self.takes_value(word):
                options += [value for value in [next(waiting, None)] if value is not None]
        return options + others

    def _switch_refusal(self, unknown: Sequence[str] = ()) -> str:
        """Say which switch got a value, and how it is switched the other way; empty if none did.

        Args:
            unknown: Words that nothing takes; behind a switch they were meant for it.
        """
        for word, following in zip_longest(self._given, self._given[1:], fillvalue=""):
            option, equals, value = word.partition("=")
            action = self._option_string_actions.get(option)
            names = action.option_strings if action is not None and action.nargs == 0 else []
            opposites = [name for name in names if name.startswith("--") and name != option]
            if opposites and (equals or following in unknown):
                return tr(
                    "{option} takes no value, got {value!r}; its opposite is {opposite}",
                    option=option,
                    value=value if equals else following,
                    opposite=opposites[0],
                )
        return ""

    def _refusal(self, unknown: Sequence[str]) -> str:
        """Say which arguments are not known and what was probably meant."""
        options = [option for option in self._option_string_actions if option.startswith("--")]
        misspelt = [word.split("=")[0] for word in unknown if word.startswith("-")]
        if misspelt:
            return joined_apart(unknown_name(word, options, tr("option")) for word in misspelt)
        refusal = self._switch_refusal(unknown)
        return refusal or tr("unexpected argument {word!r}", word=unknown[0]) + self._stray_hint

    def _check_value(self, action: argparse.Action, value: object) -> None:
        """Refuse a word that is none of an argument's choices, with the nearest one."""
        if action.choices is None or value in action.choices:
            return
        choices = [str(choice) for choice in action.choices]
        if action.option_strings:
            allowed = tr("one of {choices}", choices=joined(choices))
            option = action.option_strings[-1]
            self.error(
                tr(
                    "{name} must be {allowed}, got {value}",
                    name=option,
                    allowed=allowed,
                    value=repr(value),
                )
            )
        what = str(action.metavar).lower()
        if isinstance(action, argparse._SubParsersAction):
            if refusal := self._switch_refusal([str(value)]):
                self.error(refusal)
            what = tr("command")
            choices = [listed.dest for listed in action._choices_actions]
        self.error(unknown_choice(str(value), choices, what))


def refuse_second(option: str, first: object, second: object) -> NoReturn:
    """Refuse that an option of one value is given two.

    Raises:
        UsageError: Always.
    """
    raise UsageError(
        tr(
            "{option} takes one value, got {first!r} and {second!r}; give it once",
            option=option,
            first=first,
            second=second,
        )
    )


def underscored(word: str) -> str:
    """Spell an option's name with `_`, as the settings are, and leave values and texts alone."""
    name, equals, value = word.partition("=")
    if not name.startswith("--") or " " in name:
        return word
    return "--" + name[2:].replace("-", "_") + equals + value


def split_at_end(words: Sequence[str]) -> tuple[list[str], list[str]]:
    """Split arguments before a `--`, after which nothing is an option."""
    end = list(words).index("--") if "--" in words else len(words)
    return list(words[:end]), list(words[end:])
