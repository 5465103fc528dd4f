"""The texts that a language model was trained on and validated with, read again."""

from collections.abc import Callable
from typing import NamedTuple

from core.errors import InputError
from core.language import tr
from core.text.corpus import Corpus, make_corpus, split_text
from core.text.vocabulary import Vocabulary
from core.training.checkpoint import CheckpointHeader, config_of
from workspace.corpora import load_text
from workspace.paths import Workspace


class RunTexts(NamedTuple):
    """Hold both parts of a run's text, and the same as tokens."""

    train: str
    val: str
    corpus: Corpus


def run_texts(
    workspace: Workspace,
    header: CheckpointHeader,
    vocabulary: Vocabulary,
    *,
    should_stop: Callable[[], bool] | None = None,
) -> RunTexts:
    """Read the text of a run, and see that it is still the same.

    Args:
        workspace: Where fetched corpora are.
        header: What the model's checkpoint says of the run.
        vocabulary: The model's.
        should_stop: Asked from time to time whether to give up.

    Raises:
        InputError: The text is not there, cannot be read or has changed, or the model's file does
            not say what it was trained on.
        StopRequested: `should_stop` became true.
    """
    if not header.corpus_digest:
        raise InputError(
            tr(
                "the file of {name} does not say what it was trained on; name the run instead",
                name=header.name,
            )
        )
    config = config_of(header)
    name, text, val_text = load_text(workspace, config, should_stop)
    train, val = (text, val_text) if val_text is not None else split_text(text, config)
    corpus = make_corpus(
        name, train, config, val_text=val, vocabulary=vocabulary, should_stop=should_stop
    )
    if corpus.digest != header.corpus_digest:
        raise InputError(
            tr(
                "{name} is not the text that {run} was trained on, or has changed since; put the "
                "old text back",
                name=name,
                run=header.name,
            )
        )
    return RunTexts(train, val, corpus)
