"""Whether what is to be trained on can be read: asked before anything is planned on it."""

from collections.abc import Sequence

from core.config import Config
from core.text.corpus import check_long_enough
from core.text.labelled import read_labelled
from core.text.like_training import read_like_training
from core.text.reading import Reading
from core.text.text_file import TextFile
from workspace.corpora import labelled_texts, load_text
from workspace.large_texts import is_large
from workspace.paths import Workspace

READ_BY = (
    *("task", "corpus", "data_file", "val_file", "encoding", "newlines"),
    *("delimiter", "text_column", "label_column"),
)
"""Settings that say what is read and how."""


def require_readable(workspace: Workspace, configs: Sequence[Config]) -> None:
    """Read what some configs train on, without numbering all of it; of a large text the beginning.

    Args:
        workspace: Where fetched corpora are.
        configs: Name one text or table and a task; they differ in anything else.

    Raises:
        DataError: A file cannot be read or decoded, or is too short for one of them.
        InputError: No corpus of the task has this name, or it was not fetched yet.
    """
    config = configs[0]
    if config.task == "language" and is_large(config):
        for path in filter(None, (config.data_file, config.val_file)):
            with TextFile(path, Reading.of(config)) as file:
                next(file.pieces(), None)
        return
    if config.task == "language":
        loaded = load_text(workspace, config)
        for one in configs:
            check_long_enough(loaded.name, loaded.text, one, loaded.val_text)
        return
    if config.data_file:
        data, _ = read_labelled(config.data_file, config)
    else:
        data = labelled_texts(config.corpus)
    if config.val_file:
        read_like_training(config.val_file, config, data.labels)
