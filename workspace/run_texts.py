"""The texts that a language model was trained on and validated with, read again."""

from collections.abc import Callable
from dataclasses import dataclass

from core.config import Config
from core.errors import InputError
from core.language import tr
from core.text.corpus import Corpus, split_text
from core.text.vocabulary import Vocabulary
from core.training.checkpoint import CheckpointHeader, config_of
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
        _, text, val_text = load_text(self.workspace, self.config)
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
    if not header.corpus_digest:
        raise InputError(
            tr(
                "the file of {name} does not say what it was trained on; name the run instead",
                name=header.name,
            )
        )
    config = config_of(header)
    corpus = load_data(
        workspace,
        config,
        vocabulary=vocabulary,
        report=lambda _phase, _detail, _done: None,
        should_stop=should_stop or (lambda: False),
    )
    assert isinstance(corpus, Corpus), "a language model learns from a text"
    if corpus.digest != header.corpus_digest:
        raise InputError(
            tr(
                "{name} is not the text that {run} was trained on, or has changed since; put the "
                "old text back",
                name=corpus.name,
                run=header.name,
            )
        )
    return RunTexts(corpus, config, workspace)
