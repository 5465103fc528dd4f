"""Which texts a run can be trained on at once, by task."""

from tui.tasks import TASKS, Corpora
from workspace.corpora import list_corpora
from workspace.paths import Workspace


def ready_corpora(workspace: Workspace) -> Corpora:
    """Return the names of the texts at hand; those on the web that were fetched are among them."""
    ready = [corpus for corpus in list_corpora(workspace) if corpus.ready]
    return {task: tuple(c.name for c in ready if c.task == task) for task in TASKS}
