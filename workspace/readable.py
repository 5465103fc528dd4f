"""Whether what is to be trained on can be read: asked before anything is planned on it."""

from core.config import Config
from core.text.labelled import read_labelled
from workspace.corpora import labelled_texts, load_text
from workspace.paths import Workspace

READ_BY = ("task", "corpus", "data_file", "val_file", "encoding", "text_column", "label_column")
"""Settings that say what is read and how."""


def require_readable(workspace: Workspace, config: Config) -> None:
    """Read what a config trains on, without numbering it.

    Args:
        workspace: Where fetched corpora are.
        config: Names the data and the task.

    Raises:
        DataError: A file cannot be read or decoded.
        InputError: No corpus of the task has this name, or it was not fetched yet.
    """
    if config.task == "language":
        load_text(workspace, config)
        return
    for path in filter(None, (config.data_file, config.val_file)):
        read_labelled(path, config, lambda: False)
    if not config.data_file:
        labelled_texts(config.corpus)
