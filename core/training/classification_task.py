"""Text classification as a task: predict the class of each of many labelled texts."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from core.classifying.prediction import classify_text
from core.config import Config
from core.confusion import class_scores
from core.control import Sample, ShouldStop
from core.errors import InputError
from core.events import (
    BaselinesMeasured,
    ClassesMeasured,
    TextClassified,
    finite,
    perplexity,
)
from core.language import tr
from core.models import TextClassifier, build_classifier
from core.models.padded import inside
from core.models.recurrence import State
from core.text.labelled_corpus import LabelledCorpus
from core.text.length_buckets import BucketedBatches, TextBatch
from core.training.baselines import measure_baselines
from core.training.classification import ClassEvaluation, evaluate_texts
from core.training.device import products_in
from core.training.live_sample import LiveSample
from core.training.measures import Measures
from core.training.task import Facts, Outcome, Task


@dataclass(frozen=True)
class ClassificationBatch:
    """Hold labelled texts, and the task whose model is to classify them."""

    batch: TextBatch
    tokens: int
    """Tokens of the texts, padding not counted."""
    task: "ClassificationTask"

    @property
    def texts(self) -> int:
        """How many texts it has."""
        return len(self.batch.y)

    def outcome(self, state: State | None) -> Outcome:
        """Run the model over the texts, each from a zero state."""
        task = self.task
        # The lengths stay on the CPU, where looking at them needs no wait.
        x, y = self.batch.x.to(task.device), self.batch.y.to(task.device)
        with products_in(task.config, task.device):
            embedded = task.model.embed(x)  # (B, T, E)
            if share := task.config.adversarial:
                return self._adversarial_outcome(embedded, y, share)
            objective, loss, right = self._losses(embedded, y)
        return Outcome(objective, loss, None, right)

    def tensors(self) -> None:
        """Return nothing: batches differ in length from step to step."""

    def over(self, tensors: Sequence[Tensor]) -> "ClassificationBatch":
        """Refuse, as there are no such tensors."""
        raise AssertionError("a batch of texts is never taken again")

    def _losses(self, embedded: Tensor, y: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return what is to be lowered, the loss that is told, and how many are right, () each."""
        logits = self.task.model.classify_embedded(embedded, self.batch.lengths).float()  # (B, C)
        losses = F.cross_entropy(logits, y, reduction="none")  # (B,)
        weights = self.task.class_weights
        # By number, not by weight: whatever classes share a batch, a text counts the same.
        objective = losses.mean() if weights is None else (weights[y] * losses).mean()
        right = (logits.detach().argmax(dim=1) == y).sum()
        return objective, losses.detach().mean(), right

    def _adversarial_outcome(self, embedded: Tensor, y: Tensor, share: float) -> Outcome:
        """Learn the texts, and again moved to where that is hardest.

        The first backward pass is run here, since it tells the way; what it found of the
        embeddings goes on with the second.
        """
        own = embedded.detach().requires_grad_()
        objective, loss, right = self._losses(own, y)
        objective.backward()
        assert own.grad is not None
        moved = nudged(embedded, self.batch.lengths, own.grad, share)
        against, _, _ = self._losses(moved, y)
        return Outcome(against + (embedded * own.grad).sum(), loss, None, right)


def nudged(embedded: Tensor, lengths: Tensor, gradient: Tensor, share: float) -> Tensor:
    """Move embedded texts to where their loss grows fastest (Miyato, Dai & Goodfellow 2017, eq. 6).

    A model that is right about a text should be right about its neighbourhood too.

    Args:
        embedded: The tokens' embeddings, (B, T, E).
        lengths: Tokens of each text, (B,).
        gradient: Of the loss of these texts, (B, T, E).
        share: How far to move each text, as a share of the length of all its embeddings together.

    Returns:
        The texts moved, (B, T, E); the way itself takes no gradient.
    """
    own = embedded.detach() * inside(embedded, lengths).unsqueeze(2)
    size = own.flatten(1).norm(dim=1) / gradient.flatten(1).norm(dim=1).clamp_min(1e-12)  # (B,)
    moved: Tensor = embedded + share * size[:, None, None] * gradient
    return moved


class ClassificationTask(Task):
    """Train a classifier on labelled texts.

    Args:
        config: The settings of the run.
        corpus: The texts as tokens.
        device: Where to train.
    """

    def __init__(self, config: Config, corpus: LabelledCorpus, device: torch.device) -> None:
        model = build_classifier(config, len(corpus.vocabulary), len(corpus.labels)).to(device)
        facts = Facts(
            name=corpus.name,
            digest=corpus.digest,
            notices=list(corpus.notices),
            train_tokens=len(corpus.train.ids),
            val_tokens=len(corpus.val.ids),
            train_texts=len(corpus.train),
            val_texts=len(corpus.val),
        )
        super().__init__(config, model, corpus.vocabulary, device, facts)
        self.has_baselines = self.validates
        self.labels = corpus.labels
        self.class_weights = _class_weights(corpus, device) if config.class_weights else None
        """What each class counts in the loss, (C,); None where all count the same."""
        self._classifier = model
        self._corpus = corpus
        self._batches = BucketedBatches(
            corpus.train, batch_size=config.batch_size, seed=config.seed
        )

    @property
    def model(self) -> TextClassifier:
        """The model that is being trained."""
        return self._classifier

    @property
    def steps_per_epoch(self) -> int:
        """Batches in an epoch."""
        return len(self._batches)

    def batch(self, epoch: int, index: int) -> ClassificationBatch:
        """Return texts of about the same length."""
        batch = self._batches.batch(epoch, index)
        return ClassificationBatch(batch, int(batch.lengths.sum()), self)

    def resets(self, index: int) -> bool:
        """Say yes: each text stands alone."""
        return True

    def reconfigure(self, config: Config) -> None:
        """Put changed live settings in force."""
        super().reconfigure(config)
        self.model.set_word_dropout(config.word_dropout)
        self.model.set_embedding_dropout(config.embedding_dropout)

    def evaluate(self, step: int, should_stop: ShouldStop, *, most: int = 0) -> Measures:
        """Measure the model on all validation texts, or on some of them."""
        val = self._corpus.val.spread(most) if most else self._corpus.val
        found = evaluate_texts(
            self.model, val, self.labels, device=self.device, should_stop=should_stop
        )
        loss = finite(found.loss)
        return Measures(
            loss=loss,
            perplexity=perplexity(loss),
            merit=None if loss is None else self._merit(found),
            accuracy=found.accuracy,
            macro_f1=found.macro_f1,
            details=[self._classes_measured(found, step)],
        )

    def baselines(self, should_stop: ShouldStop) -> BaselinesMeasured:
        """Measure the majority class and a linear bag of words."""
        return BaselinesMeasured(
            baselines=measure_baselines(
                self._corpus.train,
                self._corpus.val,
                classes=len(self.labels),
                vocab_size=len(self.vocabulary),
                should_stop=should_stop,
            )
        )

    def live_sample(self, request: Sample, step: int) -> LiveSample:
        """Refuse: a class is not a text."""
        raise InputError(tr("this run classifies texts; it writes none"))

    def classified(self, number: int, text: str, step: int) -> TextClassified:
        """Classify a text with the weights as they are, which stay as they are."""
        found = classify_text(self.model, self.vocabulary, text, self.config.max_text_length)
        return TextClassified(
            sample=number,
            step=step,
            text=text,
            labels=list(self.labels),
            probabilities=found.probabilities,
            tokens=found.tokens,
            weights=found.weights,
            method=found.method,
        )

    def _merit(self, found: ClassEvaluation) -> tuple[float, ...]:
        """Return what the settings choose the best model by; equal ones by the loss."""
        match self.config.best_by:
            case "loss":
                return (-found.loss,)
            case "accuracy":
                return (found.accuracy, -found.loss)
            case "macro_f1":
                return (found.macro_f1, -found.loss)

    def _classes_measured(self, found: ClassEvaluation, step: int) -> ClassesMeasured:
        scores = class_scores(found.confusion)
        return ClassesMeasured(
            step=step,
            labels=list(self.labels),
            confusion=found.confusion,
            precision=[score.precision for score in scores],
            recall=[score.recall for score in scores],
            mistakes=found.mistakes,
        )


def _class_weights(corpus: LabelledCorpus, device: torch.device) -> Tensor:
    """Return weights that let every class count the same in total, 1 in the mean of texts, (C,)."""
    counts = np.array(corpus.train.class_counts(len(corpus.labels)))
    return torch.tensor(len(corpus.train) / (len(counts) * counts), dtype=torch.float32).to(device)
