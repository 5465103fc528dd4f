"""Names of runs: which are allowed, how one is made up, and which one was meant."""

from collections.abc import Collection, Iterable

from core.errors import InputError
from core.language import tr
from core.settings import Value, text_of
from workspace.records import TAG_SEPARATOR

MODEL_SUFFIXES = (".safetensors", ".pt")
"""How the files end that hold a model: checkpoints and exported models."""

DATA_SUFFIXES = (".txt", ".tsv", ".tab", ".csv", ".jsonl", ".ndjson")
"""How the files end that runs are trained on; a run's name leaves that out."""

LONGEST = 100
"""Characters that a name may have."""

LONGEST_NOTES = 2000
"""Characters that the notes of a run may have."""

LONGEST_TAG = 40
"""Characters that a tag may have."""


def checked_name(name: str, taken: Collection[str], what: str | None = None) -> str:
    """Return the name that a user gave, without blanks around it.

    Args:
        name: What the user typed.
        taken: Names of the others.
        what: What is to bear it, in the language spoken; a run if left out.

    Raises:
        InputError: It is empty, too long, a number, a path, a model's file, unprintable, or taken.
    """
    what = tr("a run") if what is None else what
    cleaned = name.strip()
    if not cleaned or len(cleaned) > LONGEST:
        raise InputError(
            tr(
                "{what}'s name must have between 1 and {longest} characters, got {count}",
                what=what,
                longest=LONGEST,
                count=len(cleaned),
            )
        )
    if not cleaned.isprintable():
        raise InputError(tr("{what}'s name must be printable, got {name!r}", what=what, name=name))
    if any(mark in cleaned for mark in "/\\"):
        raise InputError(
            tr(
                "{what}'s name must not hold a slash, as paths do, got {name!r}",
                what=what,
                name=name,
            )
        )
    if cleaned.endswith(MODEL_SUFFIXES):
        raise InputError(
            tr("{what}'s name must not end like a model's file, got {name!r}", what=what, name=name)
        )
    if cleaned.removeprefix("#").isdecimal():
        raise InputError(
            tr(
                "{what}'s name must not be a number, got {name!r}; add a letter",
                what=what,
                name=name,
            )
        )
    if cleaned in taken:
        raise InputError(
            tr("{what} is already called {name!r}; choose another name", what=what, name=name)
        )
    return cleaned


def checked_notes(notes: str) -> str:
    """Return what a user wrote of a run, without blanks around it.

    Raises:
        InputError: It is too long.
    """
    cleaned = notes.strip()
    if len(cleaned) > LONGEST_NOTES:
        raise InputError(
            tr(
                "a run's notes must have at most {longest:,} characters, got {count:,}",
                longest=LONGEST_NOTES,
                count=len(cleaned),
            )
        )
    return cleaned


def checked_tags(text: str) -> tuple[str, ...]:
    """Return the tags that a user gave, each once.

    Args:
        text: What the user typed, with commas between tags.

    Raises:
        InputError: One is too long or not printable.
    """
    tags = tuple(dict.fromkeys(filter(None, map(str.strip, text.split(TAG_SEPARATOR)))))
    for tag in tags:
        if not tag.isprintable() or len(tag) > LONGEST_TAG:
            raise InputError(
                tr(
                    "a tag must be printable and have at most {longest} characters, got {tag!r}",
                    longest=LONGEST_TAG,
                    tag=tag,
                )
            )
    return tags


def automatic_name(corpus_name: str, model_type: str, taken: Collection[str]) -> str:
    """Make up a name from the text and the model, such as `shakespeare-lstm-2`."""
    stem = corpus_name.replace("/", "_").replace("\\", "_")
    if stem.endswith(DATA_SUFFIXES):
        stem = stem.rpartition(".")[0]
    printable = "".join(mark if mark.isprintable() else "_" for mark in stem)
    return free_name(f"{printable[: LONGEST - 20].strip() or 'text'}-{model_type}", taken)


def free_name(base: str, taken: Collection[str]) -> str:
    """Return a name, with a number behind it where others have it already."""
    name, count = base, 1
    while name in taken:
        count += 1
        name = f"{base}-{count}"
    return name


def member_name(experiment: str, values: Iterable[Value], seed: int | None) -> str:
    """Make up a name of an experiment's run, such as `hidden-sizes-128-seed2`.

    Args:
        experiment: The experiment's name.
        values: Its own values of what is varied.
        seed: Its seed; None where all runs have the same.
    """
    parts = [text_of(value) for value in values] + ([] if seed is None else [f"seed{seed}"])
    joined = "-".join([experiment[:40], *(part.rpartition("/")[2][-30:] for part in parts)])
    plain = "".join(mark if mark.isprintable() and mark != "\\" else "_" for mark in joined)
    name = plain[: LONGEST - 8].strip()
    return f"{name}-run" if name.endswith(MODEL_SUFFIXES) else name
