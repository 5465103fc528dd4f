"""A report on the disk: its format, its files, each whole or not at all."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal, assert_never

from core.durable import write_durably
from core.errors import InputError
from core.language import tr
from core.settings import Value
from core.text.reading import printable
from tui.report.contents import document_of
from tui.report.drawing import require_plotting
from tui.report.markdown import markdown_of
from tui.report.notebook import notebook_of
from tui.report.page import page_of
from tui.report.record import gather
from workspace.records import Run
from workspace.runs import RunStore

Format = Literal["html", "md", "ipynb"]

FORMATS: dict[str, Format] = {
    ".html": "html",
    ".htm": "html",
    ".md": "md",
    ".markdown": "md",
    ".ipynb": "ipynb",
}
"""What the end of a file's name says of its format."""


def write_report(
    store: RunStore,
    runs: Sequence[Run],
    path: Path,
    form: Format,
    *,
    preferred: Mapping[str, Value],
    workspace: Path | None,
) -> list[Path]:
    """Write a report of some runs.

    Args:
        store: Where they are.
        runs: At least one.
        path: The file; what stands there is replaced.
        form: Its format.
        preferred: The user's own defaults, which commands must not depend on.
        workspace: The folder to name in commands; None where it is the usual one.

    Returns:
        The files written, the report first.

    Raises:
        MissingExtraError: The plotting library is not installed.
        InputError: The file cannot be written.
    """
    require_plotting()
    records = [gather(run, store.events(run.run)) for run in runs]
    document = document_of(records, preferred, workspace)
    figures: dict[Path, str] = {}
    match form:
        case "html":
            report = page_of(document).encode("utf-8", "replace")
        case "md":
            folder = path.with_name(f"{path.stem}_files")
            text, drawings = markdown_of(document, folder.name)
            figures = {folder / name: svg for name, svg in drawings.items()}
            report = text.encode("utf-8", "replace")
        case "ipynb":
            report = notebook_of(document, records, workspace)
        case _:
            assert_never(form)
    _write_files(path, report, figures)
    return [path, *figures]


def _write_files(path: Path, report: bytes, figures: Mapping[Path, str]) -> None:
    """Write the figures first: a report that is there has all of them."""
    try:
        for place, svg in figures.items():
            write_durably(place, svg.encode("utf-8", "replace"))
        write_durably(path, report)
    except OSError as error:
        why = error.strerror or str(error)
        raise InputError(
            tr(
                "cannot write {path}: {why}; name another file with -o",
                path=printable(path),
                why=why,
            )
        ) from None
