"""Files about the run on show, written into the current folder: a report, the exported model."""

from collections.abc import Callable
from pathlib import Path

from tui.cli.places import preferences_of
from workspace.paths import Workspace

WriteOut = Callable[[Workspace, int], Path]
"""Write something about a run of a workspace, and return where it is; not on the screen's thread.

Raises:
    RnnStudioError: It cannot be written, or something that it takes is not there.
"""


def write_report_of(workspace: Workspace, run: int) -> Path:
    """Write the report of a run as one HTML file, as `rnnstudio report` does."""
    # Imported here, since drawing takes long to load, and nobody may ask for it.
    from tui.report.writing import write_report
    from workspace.runs import RunStore

    store = RunStore(workspace)
    try:
        path = Path.cwd() / f"run-{run}-report.html"
        preferred = preferences_of(workspace).settings
        named = None if Workspace.open().root == workspace.root else workspace.root
        runs = [store.find(run)]
        return write_report(store, runs, path, "html", preferred=preferred, workspace=named)[0]
    finally:
        store.close()


def export_model_of(workspace: Workspace, run: int) -> Path:
    """Write a run's best model and its vocabulary, as `rnnstudio runs export` does."""
    # Imported here, since this is what loads torch.
    from workspace.export import export_run

    folder = Path.cwd() / f"run-{run}-model"
    export_run(workspace, run, folder)
    return folder
