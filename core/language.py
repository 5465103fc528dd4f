"""The language that the program speaks: English, or another for which there is a gettext catalogue.

Every text that a person reads is written in English at its place, as `tr("...")` or `trn(...)`. The
language is chosen once, before the modules with texts are imported, so that tables of texts are
translated as they are built. Whatever a script reads (names of settings, events, codes, JSON keys)
is not a text and stays as it is.
"""

import gettext
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

DOMAIN = "rnnstudio"
"""What the catalogues are called."""

CATALOGUES = Path(__file__).with_name("translations")
"""Where they lie, as `LANGUAGE/LC_MESSAGES/rnnstudio.mo`."""

LANGUAGES = {"en": "English", "zh_CN": "简体中文"}
"""What the program can speak, by code, each named in itself."""

OPTION = "--language"
"""The option that chooses, before any other is read."""

VARIABLES = ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")
"""What the user's locale is read from, the first that is set."""

_catalogue: gettext.NullTranslations = gettext.NullTranslations()


def tr(text: str, /, **values: object) -> str:
    """Say a text in the chosen language.

    Args:
        text: The English text; literal, since the catalogue is made from the sources. Where values
            are given it is a template of `str.format`, and `{{` stands for a brace.
        values: What its fields stand for.
    """
    said = _catalogue.gettext(text)
    return said.format(**values) if values else said


def trn(one: str, many: str, n: int, /, **values: object) -> str:
    """Say a text that counts something, in the chosen language.

    Args:
        one: The English template for one, such as `{n} run`.
        many: The template for any other number.
        n: How many there are, and what `{n}` stands for; `{n:,}` sets the thousands apart.
        values: What the other fields stand for.
    """
    return _catalogue.ngettext(one, many, n).format(n=n, **values)


def joined(words: Iterable[str]) -> str:
    """Join words as the language spoken lists them; English by commas."""
    return tr(", ").join(words)


def joined_apart(phrases: Iterable[str]) -> str:
    """Join phrases that may hold commas; English by semicolons."""
    return tr("; ").join(phrases)


def speak(code: str) -> None:
    """Speak a language of `LANGUAGES` from now on; texts that exist already stay."""
    global _catalogue  # noqa: PLW0603 - a process speaks one language
    if code == "en":
        _catalogue = gettext.NullTranslations()
    else:
        _catalogue = gettext.translation(DOMAIN, CATALOGUES, [code])
    # The texts of argparse are looked up in the process's own domain.
    gettext.bindtextdomain(DOMAIN, str(CATALOGUES))
    gettext.textdomain(DOMAIN)


def spoken() -> str:
    """Return the code of the language that is spoken."""
    return _catalogue.info().get("language", "en")


def asked_language(words: Sequence[str]) -> str | None:
    """Return what `--language` says in a command line, the last time it is there, else None."""
    asked = None
    for word, following in zip(words, [*words, ""][1:], strict=True):
        if word == "--":
            break
        if word == OPTION:
            asked = following
        elif word.startswith(f"{OPTION}="):
            asked = word.partition("=")[2]
    return asked


def known_language(name: str) -> str | None:
    """Return the code of a language, given as users and locales spell it; None if unknown.

    Args:
        name: Such as `zh`, `zh-cn`, `zh_CN.UTF-8` or `en_GB`.
    """
    spelt = name.partition(".")[0].partition("@")[0].replace("-", "_").casefold()
    whole = {code.casefold(): code for code in LANGUAGES}
    general = {code.partition("_")[0]: code for code in LANGUAGES}
    if spelt in whole:
        return whole[spelt]
    if spelt in general:
        return general[spelt]
    # English is one for us; the two ways of writing Chinese are not.
    if spelt.startswith("en_"):
        return "en"
    return "zh_CN" if spelt in {"zh_sg", "zh_hans", "zh_hans_cn", "zh_hans_sg"} else None


def locale_language(environ: Mapping[str, str]) -> str:
    """Return the code of the language that the user's locale asks for, English if we lack it."""
    wished = next((environ[name] for name in VARIABLES if environ.get(name)), "")
    known = (known_language(name) for name in wished.split(":"))
    return next((code for code in known if code is not None), "en")
