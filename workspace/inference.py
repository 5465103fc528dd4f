"""A trained model out of a run or a file, ready to write, to classify or to be measured."""

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch

from core.classifying.prediction import Prediction, classify_text, predict_probabilities
from core.config import Config
from core.errors import InputError
from core.events import TextInspected, YardsticksMeasured
from core.insight.microscope import inspect_text
from core.insight.surprisal import Surprisals, surprisals
from core.language import tr
from core.models import LanguageModel, TextClassifier
from core.settings import Value
from core.text.corpus import LONGEST_HEAD, Corpus
from core.text.encoded_texts import encode_texts
from core.text.labelled import LabelledTexts
from core.text.labelled_corpus import encode_labelled
from core.text.length_buckets import batches_in_order
from core.text.like_training import read_like_training
from core.text.reading import Reading, ReadText, read_as
from core.text.spelling import spelling_bits
from core.text.vocabulary import UNKNOWN_INDEX, Vocabulary
from core.text.words import count_words
from core.training.checkpoint import Checkpoint, CheckpointHeader, config_of, read_checkpoint
from core.training.classification import BATCH_SIZE, ClassEvaluation, evaluate_texts
from core.training.evaluation import Evaluation, evaluate
from core.training.model_weights import classifier_of, language_model_of
from core.training.yardsticks import measure_yardsticks
from workspace.checkpoints import as_path, newest_intact
from workspace.exported import read_exported
from workspace.paths import Workspace
from workspace.run_texts import validation_texts
from workspace.runs import RunStore


@dataclass(frozen=True)
class OpenedLanguageModel:
    """Hold a language model in evaluation mode on the CPU, with what belongs to it."""

    model: LanguageModel
    vocabulary: Vocabulary
    header: CheckpointHeader
    """What its checkpoint says of itself."""
    notices: list[str]
    """What the user should know, a sentence each."""


class ReadTexts(NamedTuple):
    """Count what a classifier read of some texts."""

    cut: int
    """Texts of which only the beginning was read."""
    tokens: int
    """Tokens that were read."""
    unknown: int
    """Those among them that the model does not know."""


@dataclass(frozen=True)
class OpenedClassifier:
    """Hold a classifier in evaluation mode on the CPU, with what belongs to it."""

    model: TextClassifier
    vocabulary: Vocabulary
    labels: list[str]
    """The classes in their order."""
    config: Config
    """The settings of its run."""
    header: CheckpointHeader
    """What its checkpoint says of itself."""
    notices: list[str]
    """What the user should know, a sentence each."""

    def classify(self, text: str) -> Prediction:
        """Say which class a text has, and which tokens spoke for it.

        Raises:
            InputError: The text is empty.
        """
        return classify_text(self.model, self.vocabulary, text, self.config.max_text_length)

    def probabilities(self, texts: Sequence[str]) -> tuple[list[list[float]], ReadTexts]:
        """Say what the model gives each class, for each text, and what it read of them.

        Args:
            texts: None of them blank.

        Raises:
            InputError: The model's predictions are not finite.
        """
        blanks = [""] * len(texts)
        encoded, cut = encode_texts(
            LabelledTexts(list(texts), blanks, blanks),
            np.zeros(len(texts), dtype=np.int64),
            self.config,
            self.vocabulary,
            on_progress=None,
        )
        found = np.empty((len(texts), len(self.labels)))
        for indices, batch in batches_in_order(encoded, BATCH_SIZE):
            found[indices] = predict_probabilities(self.model, batch.x, batch.lengths).numpy()
        if not np.isfinite(found).all():
            raise InputError(
                tr(
                    "the predictions of {name} are not finite numbers, so it can classify no "
                    "text; use an earlier checkpoint",
                    name=self.header.name,
                )
            )
        rows: list[list[float]] = found.tolist()
        unknown = int(np.count_nonzero(encoded.ids == UNKNOWN_INDEX))
        return rows, ReadTexts(cut=cut, tokens=len(encoded.ids), unknown=unknown)


OpenedModel = OpenedLanguageModel | OpenedClassifier
"""A model of either task."""


def open_model(workspace: Workspace, target: str | None) -> OpenedModel:
    """Open the best model of a run, or the model in a file.

    Args:
        workspace: Where the runs are.
        target: A run's number or name, or the path of a checkpoint or of an exported model
            whose vocabulary lies beside it; None for the newest run.

    Raises:
        RunNotFoundError: There is no such run.
        CheckpointError: The file is no model of ours, or is damaged.
    """
    checkpoint, notices = _read(workspace, target)
    header = checkpoint.header
    config = config_of(header)
    if config.task == "classify":
        classifier, vocabulary = classifier_of(checkpoint)
        return OpenedClassifier(classifier, vocabulary, header.labels, config, header, notices)
    return OpenedLanguageModel(*language_model_of(checkpoint), header, notices)


def open_language_model(workspace: Workspace, target: str | None) -> OpenedLanguageModel:
    """Open a model like `open_model`, one that writes; None for the newest run of that task.

    Raises:
        InputError: It classifies texts.
    """
    opened = open_model(workspace, target or _newest(workspace, "language"))
    if isinstance(opened, OpenedClassifier):
        raise InputError(
            tr(
                "{name} classifies texts and writes none; `rnnstudio classify` asks it, or name a "
                "run of a language model",
                name=opened.header.name,
            )
        )
    return opened


def open_classifier(workspace: Workspace, target: str | None) -> OpenedClassifier:
    """Open a model like `open_model`, one that classifies; None for the newest run of that task.

    Raises:
        InputError: It is a language model.
    """
    opened = open_model(workspace, target or _newest(workspace, "classify"))
    if isinstance(opened, OpenedLanguageModel):
        raise InputError(
            tr(
                "{name} is a language model; `rnnstudio generate` lets it write, and `rnnstudio "
                "train --task classify` trains one that classifies",
                name=opened.header.name,
            )
        )
    return opened


def inspect_opened(opened: OpenedLanguageModel, text: str, *, number: int = 0) -> TextInspected:
    """Put the beginning of a text under the microscope.

    Args:
        opened: The model.
        text: Any text.
        number: What the answer says it answers.

    Raises:
        InputError: The model's predictions are not finite.
    """
    return inspect_text(
        opened.model,
        opened.vocabulary,
        text,
        number=number,
        step=opened.header.progress.step,
        device=torch.device("cpu"),
    )


def text_for(opened: OpenedLanguageModel, path: str, encoding: str) -> ReadText:
    """Read a text file for a model, with line ends as those that the model was trained on.

    Args:
        opened: The model.
        path: The file.
        encoding: That of the file.

    Raises:
        DataError: It cannot be read, or a byte does not fit the encoding.
    """
    return read_as(path, Reading(encoding, config_of(opened.header).newlines))


def evaluate_text(opened: OpenedLanguageModel, text: str) -> Evaluation:
    """Measure a model on a text, all of it, with the state carried through.

    Raises:
        DataError: The text has fewer than two tokens.
    """
    return evaluate(
        opened.model,
        opened.vocabulary.text_to_indices(text),
        chars=len(text),
        words=count_words(text),
        device=torch.device("cpu"),
        spelling_bits=spelling_bits(opened.vocabulary, text),
    )


def surprisals_of(
    opened: OpenedLanguageModel,
    text: str,
    *,
    alternatives: int = 5,
    should_stop: Callable[[], bool] | None = None,
) -> Surprisals:
    """Note how surprising each token of a text is to a model, given all before it.

    Args:
        opened: The model.
        text: Any text, even an empty one.
        alternatives: How many of the most probable tokens to keep of each place.
        should_stop: Asked from time to time whether to give up.

    Raises:
        InputError: The model's predictions are not finite.
        StopRequested: `should_stop` became true.
    """
    return surprisals(
        opened.model,
        opened.vocabulary,
        text,
        device=torch.device("cpu"),
        alternatives=alternatives,
        should_stop=should_stop,
    )


def evaluate_with_yardsticks(
    opened: OpenedLanguageModel, corpus: Corpus, text: str | None = None
) -> tuple[Evaluation, YardsticksMeasured]:
    """Measure a model, and beside it what counting and compressing reach on the same text.

    Args:
        opened: The model.
        corpus: What the model was trained on, which n-grams count and compressors see first.
        text: What to measure on; the validation text of the corpus if left out.

    Raises:
        DataError: The text has fewer than two tokens.
    """
    if text is not None:
        corpus = dataclasses.replace(
            corpus,
            val=opened.vocabulary.text_to_indices(text),
            val_chars=len(text),
            val_words=count_words(text),
            val_head=text[:LONGEST_HEAD],
            val_spelling_bits=spelling_bits(opened.vocabulary, text),
        )
    found = evaluate(
        opened.model,
        corpus.val,
        chars=corpus.val_chars,
        words=corpus.val_words,
        device=torch.device("cpu"),
        spelling_bits=corpus.val_spelling_bits,
    )
    return found, measure_yardsticks(corpus, lambda: False)


def evaluate_labelled(
    opened: OpenedClassifier, path: str, columns: Mapping[str, Value]
) -> tuple[ClassEvaluation, list[str]]:
    """Measure a classifier on the labelled texts of a file or folder.

    Args:
        opened: The model.
        path: Where the texts are.
        columns: Settings that say how to read them, over those of the model's own run.

    Returns:
        What was measured, and what the user should know, a sentence each.

    Raises:
        DataError: The texts cannot be read, or have a class that the model does not know.
    """
    data, notices = read_like_training(path, opened.config, opened.labels, columns)
    config = opened.config
    encoded, more = encode_labelled(Path(path).name, data, config, opened.vocabulary, opened.labels)
    found = evaluate_texts(opened.model, encoded, opened.labels, device=torch.device("cpu"))
    return found, notices + more


def evaluate_held_out(workspace: Workspace, opened: OpenedClassifier) -> ClassEvaluation:
    """Measure a classifier on the validation texts of its own run.

    Raises:
        InputError: They are not there, or are other ones by now.
    """
    texts = validation_texts(workspace, opened.header, opened.vocabulary, opened.labels)
    return evaluate_texts(opened.model, texts, opened.labels, device=torch.device("cpu"))


def _read(workspace: Workspace, target: str | None) -> tuple[Checkpoint, list[str]]:
    path = as_path(target)
    if path is not None:
        return (read_exported(path) if path.suffix == ".pt" else read_checkpoint(path)), []
    store = RunStore(workspace)
    try:
        saved, notices = newest_intact(store, store.find(target).run, best=True)
    finally:
        store.close()
    return read_checkpoint(saved.path, saved.sha256), notices


def _newest(workspace: Workspace, task: str) -> str | None:
    """Return the number of the newest run of a task; None where there is none."""
    store = RunStore(workspace)
    try:
        runs = store.list_runs()
    finally:
        store.close()
    return next((str(run.run) for run in runs if run.task == task), None)
