"""The texts that a model was trained on and validated with, read again."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from core.config import Config, holds_out
from core.errors import InputError
from core.language import tr
from core.text.corpus import Corpus, split_text
from core.text.labelled_corpus import EncodedTexts, LabelledCorpus
from core.text.vocabulary import Vocabulary
from core.training.checkpoint import CheckpointHeader, config_of
from core.training.tasks import Data
from workspace.corpora import load_text
from workspace.data import load_data
from workspace.paths import Workspace


@dataclass(frozen=True)
class RunTexts:
    """Hold a run's text as tokens, and know where the text itself is."""

    corpus: Corpus
    config: Config
    """The run's settings."""
    workspace: Workspace

    def parts(self) -> tuple[str, str]:
        """Read the whole training text and the whole validation text.

        Raises:
            InputError: It is not there any more.
        """
        _, text, val_text, _ = load_text(self.workspace, self.config)
        return (text, val_text) if val_text is not None else split_text(text, self.config)


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
    corpus = _data_of_run(workspace, header, vocabulary, None, should_stop)
    assert isinstance(corpus, Corpus), "a language model learns from a text"
    return RunTexts(corpus, config_of(header), workspace)


def refuse_unvalidated(header: CheckpointHeader) -> None:
    """Refuse to measure a model on its own validation text where it has none.

    Raises:
        InputError: It was trained on all of its text.
    """
    if not holds_out(config_of(header)):
        raise InputError(
            tr(
                "{name} has no validation text (val_fraction 0); name a text with --data_file",
                name=header.name,
            )
        )


def validation_texts(
    workspace: Workspace, header: CheckpointHeader, vocabulary: Vocabulary, labels: Sequence[str]
) -> EncodedTexts:
    """Read the labelled texts that a classifier was validated with, and see that they are the same.

    Args:
        workspace: Where fetched corpora are.
        header: What the model's checkpoint says of the run.
        vocabulary: The model's.
        labels: The model's classes.

    Raises:
        InputError: As for `run_texts`, or it was trained on all of them.
    """
    refuse_unvalidated(header)
    corpus = _data_of_run(workspace, header, vocabulary, labels)
    assert isinstance(corpus, LabelledCorpus), "a classifier learns from labelled texts"
    return corpus.val


def _data_of_run(
    workspace: Workspace,
    header: CheckpointHeader,
    vocabulary: Vocabulary,
    labels: Sequence[str] | None,
    should_stop: Callable[[], bool] | None = None,
) -> Data:
    if not header.corpus_digest:
        raise InputError(
            tr(
                "the file of {name} does not say what it was trained on; name the run instead",
                name=header.name,
            )
        )
    data = load_data(
        workspace,
        config_of(header),
        vocabulary=vocabulary,
        labels=labels,
        report=lambda _phase, _detail, _done: None,
        should_stop=should_stop or (lambda: False),
    )
    if data.digest != header.corpus_digest:
        raise InputError(
            tr(
                "{name} is not the text that {run} was trained on, or has changed since; put the "
                "old text back",
                name=data.name,
                run=header.name,
            )
        )
    return data
