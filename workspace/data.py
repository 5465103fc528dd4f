"""What a config trains on, read and numbered: a text, or labelled texts."""

import dataclasses
from collections.abc import Callable, Sequence
from pathlib import Path

from core.config import Config
from core.text.corpus import Report, make_corpus
from core.text.labelled import read_labelled
from core.text.labelled_corpus import LabelledCorpus, make_labelled_corpus
from core.text.like_training import read_like_training
from core.text.vocabulary import Vocabulary
from core.training.tasks import Data
from workspace.corpora import labelled_texts, load_text
from workspace.large_texts import is_large, load_large
from workspace.paths import Workspace


def load_data(
    workspace: Workspace,
    config: Config,
    *,
    vocabulary: Vocabulary | None = None,
    labels: Sequence[str] | None = None,
    report: Report,
    should_stop: Callable[[], bool],
) -> Data:
    """Read what a config trains on and number its tokens.

    Args:
        workspace: Where fetched corpora are.
        config: Names the data and the task.
        vocabulary: The one of a run that goes on; built if left out.
        labels: The classes of a run that goes on; found in the data if left out.
        report: Told how far it is.
        should_stop: Asked from time to time whether to give up.

    Raises:
        DataError: The data cannot be read, or is not fit for the task.
        InputError: No corpus of the task has this name, or it was not fetched yet.
        StopRequested: `should_stop` became true.
    """
    report("reading_text", config.data_file or config.corpus, None)
    if config.task == "classify":
        return _labelled_corpus(config, vocabulary, labels, report, should_stop)
    if is_large(config):
        return load_large(
            workspace, config, vocabulary=vocabulary, report=report, should_stop=should_stop
        )
    loaded = load_text(workspace, config, should_stop)
    corpus = make_corpus(
        loaded.name,
        loaded.text,
        config,
        val_text=loaded.val_text,
        vocabulary=vocabulary,
        report=report,
        should_stop=should_stop,
    )
    return dataclasses.replace(corpus, notices=loaded.notices + corpus.notices)


def _labelled_corpus(
    config: Config,
    vocabulary: Vocabulary | None,
    labels: Sequence[str] | None,
    report: Report,
    should_stop: Callable[[], bool],
) -> LabelledCorpus:
    notices: list[str] = []
    if config.data_file:
        name = Path(config.data_file).name
        data, notices = read_labelled(config.data_file, config, should_stop)
    else:
        name = config.corpus
        data = labelled_texts(name)
    val_data = None
    if config.val_file:
        val_data, more = read_like_training(
            config.val_file, config, data.labels, should_stop=should_stop
        )
        notices += more
    corpus = make_labelled_corpus(
        name,
        data,
        config,
        val_data=val_data,
        vocabulary=vocabulary,
        labels=labels,
        report=report,
        should_stop=should_stop,
    )
    return dataclasses.replace(corpus, notices=notices + corpus.notices)
