"""Measure a classifier on labelled texts: loss, confusion matrix, worst mistakes."""

import heapq
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F

from core.confusion import accuracy, macro_f1
from core.control import StopRequested
from core.events import Mistake
from core.models import TextClassifier
from core.models.recurrent_model import evaluating
from core.text.labelled_corpus import EncodedTexts
from core.text.length_buckets import batches_in_order
from core.text.vocabulary import UNKNOWN_INDEX

BATCH_SIZE = 64
"""Texts in one call of the model; neighbours in length, so little of it is padding."""
MOST_MISTAKES = 50
LONGEST_SHOWN = 2000
"""Characters of a text that a mistake shows."""


@dataclass(frozen=True)
class ClassEvaluation:
    """Hold what one pass over labelled texts has measured."""

    loss: float
    """Mean nats per text; may be infinite or NaN."""
    confusion: list[list[int]]
    """Texts by class (row) and by what the model gave them (column)."""
    mistakes: list[Mistake]
    """The worst ones: those the model was surest of first."""
    texts: int
    tokens: int
    unknown: int
    """Tokens that the model does not know."""

    @property
    def accuracy(self) -> float:
        """Return the share of texts classified right, 0 to 1."""
        return accuracy(self.confusion)

    @property
    def macro_f1(self) -> float:
        """Return the mean F1 of the classes that occur, 0 to 1."""
        return macro_f1(self.confusion)


@torch.no_grad()
def evaluate_texts(
    model: TextClassifier,
    encoded: EncodedTexts,
    labels: Sequence[str],
    *,
    device: torch.device,
    should_stop: Callable[[], bool] | None = None,
) -> ClassEvaluation:
    """Measure a model on every one of some texts.

    Args:
        model: Its mode is restored at the end.
        encoded: The texts, at least one.
        labels: The classes in their order.
        device: Where the model is.
        should_stop: Looked at between batches.

    Raises:
        StopRequested: `should_stop` became true.
    """
    with evaluating(model):
        logits = _logits(model, encoded, device, should_stop)  # (N, C)
    truth = torch.from_numpy(encoded.labels)
    return ClassEvaluation(
        loss=float(F.cross_entropy(logits, truth)),
        confusion=confusion_of(logits, truth),
        mistakes=_mistakes(logits, truth, encoded, labels),
        texts=len(encoded),
        tokens=len(encoded.ids),
        unknown=int(np.count_nonzero(encoded.ids == UNKNOWN_INDEX)),
    )


def confusion_of(logits: torch.Tensor, truth: torch.Tensor) -> list[list[int]]:
    """Count texts by class (row) and by the most probable one (column), from logits (N, C)."""
    classes = logits.shape[1]
    counts = torch.bincount(truth * classes + logits.argmax(dim=1), minlength=classes**2)
    confusion: list[list[int]] = counts.view(classes, classes).tolist()
    return confusion


def _logits(
    model: TextClassifier,
    encoded: EncodedTexts,
    device: torch.device,
    should_stop: Callable[[], bool] | None,
) -> torch.Tensor:
    """Return the logits of every text in the order of the texts, float64, (N, C)."""
    logits = torch.empty(len(encoded), model.num_classes, dtype=torch.float64)
    for indices, batch in batches_in_order(encoded, BATCH_SIZE):
        if should_stop is not None and should_stop():
            raise StopRequested
        found = model(batch.x.to(device), batch.lengths)  # (B, C)
        logits[torch.from_numpy(indices)] = found.double().cpu()
    return logits


def _mistakes(
    logits: torch.Tensor, truth: torch.Tensor, encoded: EncodedTexts, labels: Sequence[str]
) -> list[Mistake]:
    sure, given = logits.softmax(dim=1).max(dim=1)
    wrong: list[int] = (given != truth).nonzero().flatten().tolist()
    worst = heapq.nlargest(MOST_MISTAKES, wrong, key=lambda index: float(sure[index]))
    return [
        Mistake(
            text=encoded.texts[index][:LONGEST_SHOWN],
            cut=len(encoded.texts[index]) > LONGEST_SHOWN,
            label=labels[int(truth[index])],
            predicted=labels[int(given[index])],
            probability=float(sure[index]),
        )
        for index in worst
    ]
