"""`rnnstudio learn`: the dashboard with a guided tour of six lessons."""

import argparse

from core.config import Config
from core.language import joined, tr
from tui.cli.parser import StudioParser, UsageError
from tui.cli.places import opened_workspace, preferences_of
from tui.lessons.table import LESSONS
from tui.lessons.tour import Tour


def add_arguments(parser: StudioParser) -> None:
    """Add the lesson to begin with."""
    titles = joined(f"{number} {lesson.title}" for number, lesson in enumerate(LESSONS, 1))
    parser.add_argument(
        "lesson",
        nargs="?",
        metavar="LESSON",
        help=tr("Where to begin (default: 1): {titles}", titles=titles),
    )
    parser.add_argument(
        "--ascii", action="store_true", help=tr("Draw charts and frames with ASCII characters only")
    )


def run(args: argparse.Namespace) -> int:
    """Open the dashboard at a lesson and return its exit code."""
    word: str = getattr(args, "lesson", "1")
    if not (word.isascii() and word.isdecimal() and 1 <= int(word[:9]) <= len(LESSONS)):
        raise UsageError(
            tr(
                "LESSON must be a number from 1 to {n}, got {word!r}",
                n=len(LESSONS),
                word=word,
            )
        )
    workspace = opened_workspace(args)
    preferences = preferences_of(workspace)
    # Imported here, since no other command needs textual.
    from tui.app import run_dashboard

    tour = Tour(int(word))
    config: Config = tour.config()
    return run_dashboard(
        config, workspace, preferences=preferences, ascii_only="ascii" in args, tour=tour
    )
