"""How to do a run again, for a report: the command, and what else is needed."""

from collections.abc import Mapping
from pathlib import Path

from core.language import tr, trn
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
        trained = trn(
            "Trained on {device} with {n} thread.",
            "Trained on {device} with {n} threads.",
            start.threads,
            device=start.device,
        )
        said = [trained]
        if start.corpus_digest:
            digest = start.corpus_digest
            said.append(tr("SHA-256 of the text as tokens: {digest}.", digest=digest))
        blocks.append(Paragraph(" ".join(said)))
    if record.replay is not None:
        blocks.append(Paragraph(tr("This run is a {replay}.", replay=replay_line(record.replay))))
    return blocks
