"""How to do a run again, for a report: the command, and what else is needed."""

from collections.abc import Mapping
from pathlib import Path

from core.settings import Value
from tui.cli.wording import recipe_lines, replay_line
from tui.report.document import Block, Command, Paragraph
from tui.report.record import Record
from workspace.reproducing import recipe


def how_to_blocks(
    record: Record, preferred: Mapping[str, Value], workspace: Path | None
) -> list[Block]:
    """Say how to do a run again.

    Args:
        record: The run.
        preferred: The user's own defaults.
        workspace: The folder to name; None where it is the usual one.
    """
    blocks: list[Block] = [
        Command(recipe_lines(recipe(record.run, record.timeline, preferred, workspace)))
    ]
    start = record.timeline.start
    if start is not None:
        threads = f"{start.threads} thread{'' if start.threads == 1 else 's'}"
        of_text = f" SHA-256 of the text as tokens: {start.corpus_digest}." * bool(
            start.corpus_digest
        )
        blocks.append(Paragraph(f"Trained on {start.device} with {threads}.{of_text}"))
    if record.replay is not None:
        blocks.append(Paragraph(f"This run is a {replay_line(record.replay)}."))
    return blocks
