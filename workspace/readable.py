"""Whether what is to be trained on can be read: asked before anything is planned on it."""

from collections.abc import Sequence
from pathlib import Path

from core.config import Config
from core.errors import DataError
from core.home import expanded
from core.language import tr
from core.text.corpora import BUILTIN_CORPORA
from core.text.corpus import check_long_enough
from core.text.labelled import read_labelled
from core.text.labelled_corpus import check_classes
from core.text.like_training import read_like_training
from core.text.reading import Reading, printable
from core.text.text_file import TextFile
from workspace.corpora import labelled_texts, load_text
from workspace.large_texts import is_large
from workspace.paths import Workspace

QUICK_BYTES = 2**20
"""Size of labelled texts up to which they are taken apart in some tenths of a second."""

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
    val_data = None
    if config.data_file:
        name = Path(config.data_file).name
        data, _ = read_labelled(config.data_file, config)
    else:
        name = config.corpus
        data = labelled_texts(name)
    if config.val_file:
        val_data, _ = read_like_training(config.val_file, config, data.labels)
    for one in configs:
        check_classes(name, data, one, val_data)


def is_quickly_read(config: Config) -> bool:
    """Tell whether `require_readable` takes no longer than a user would wait without a word.

    Texts are read fast, and of large ones the beginning only; labelled texts are taken apart.
    """
    paths = [path for path in (config.data_file, config.val_file) if path]
    if config.task == "language":
        return bool(paths) or config.corpus in BUILTIN_CORPORA
    try:
        files = [expanded(path) for path in paths]
        return bool(files) and all(map(Path.is_file, files)) and _size(files) <= QUICK_BYTES
    except (OSError, ValueError, RuntimeError):
        return True  # at once refused


def _size(files: Sequence[Path]) -> int:
    return sum(file.stat().st_size for file in files)


def refuse_missing(config: Config, run: str) -> None:
    """Refuse to go on with a run whose data has been moved or deleted.

    Args:
        config: Its settings.
        run: Its name.

    Raises:
        DataError: A file or folder is not there.
    """
    for name in ("data_file", "val_file"):
        path = getattr(config, name)
        if path and _is_missing(path):
            raise DataError(
                tr(
                    "{path} does not exist; --{name} says where that of {run} is now",
                    path=printable(path),
                    run=run,
                    name=name,
                )
            )


def _is_missing(path: str) -> bool:
    try:
        expanded(path).stat()
    except FileNotFoundError:
        return True
    except (OSError, ValueError):
        return False  # What is the matter with it is told where it is read.
    return False
