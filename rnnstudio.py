"""The entry point: see that our own packages are found, then hand over to the command line."""

import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

PACKAGES = ("core", "tui", "workspace")
"""Our top-level packages, whose names somebody else's may bear too."""

SPIN_COUNT = "10000"
"""How often a thread of torch looks for work before it sleeps; OpenMP reads it with torch.

That is about 0.1 ms. Without spinning a step takes 1.7 to 3.4 times as long; with OpenMP's own
count, 30 times this one, it takes some 10 times as long beside a program that needs the CPU too.
"""


def main(words: Sequence[str] | None = None) -> int:
    """Run rnnstudio and return its exit code.

    Args:
        words: The command line without the program's name; this process's own if left out.
    """
    foreign = foreign_package(Path(__file__).resolve().parent)
    if foreign is not None:
        _refuse(foreign)
        return 2
    if "OMP_WAIT_POLICY" not in os.environ:
        os.environ.setdefault("GOMP_SPINCOUNT", SPIN_COUNT)
    words = sys.argv[1:] if words is None else words
    refusal = choose_language(words)
    if refusal is not None:
        _refuse(refusal)
        return 2
    try:
        from tui.cli.main import run_command_line

        return run_command_line(words)
    except KeyboardInterrupt:  # Before the command line takes signals itself.
        return 130


def _refuse(message: str) -> None:
    """Write one line on standard error, if whoever started us has left one that takes it."""
    if sys.stderr is not None:
        with suppress(OSError):
            sys.stderr.write(f"rnnstudio: {message}\n")


def choose_language(words: Sequence[str]) -> str | None:
    """Speak what `--language` or the locale asks for, before any text is imported.

    Children of this process, and argparse's own texts, take the language from the environment.

    Args:
        words: The command line without the program's name.

    Returns:
        A sentence for the user if no such language is known, else None.
    """
    from core.language import LANGUAGES, asked_language, known_language, locale_language, speak, tr

    asked = asked_language(words)
    code = locale_language(os.environ) if asked is None else known_language(asked)
    if code is None:
        known = ", ".join(f"{code} ({name})" for code, name in LANGUAGES.items())
        speak(locale_language(os.environ))
        return tr("unknown language {asked!r}; choose from {known}", asked=asked, known=known)
    os.environ["LANGUAGE"] = code
    speak(code)
    return None


def foreign_package(home: Path) -> str | None:
    """Say which package of ours is hidden by another of the same name, without importing it.

    Args:
        home: The folder that holds our packages.

    Returns:
        A sentence for the user, or None if all are ours.
    """
    for name in PACKAGES:
        loaded = sys.modules.get(name)
        spec = find_spec(name) if loaded is None else loaded.__spec__
        found = spec.origin if spec is not None else None
        if found is None:
            return f"its own package {name!r} is missing from {home}; install rnnstudio again"
        if Path(found).resolve().parent.parent != home:
            return (
                f"another package named {name!r} is found before its own, at {found}; start it "
                "elsewhere, or install it into an environment of its own, for instance with pipx"
            )
    return None


if __name__ == "__main__":
    sys.exit(main())
