"""Language modelling as a task: predict the next token of a text."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from core.config import Config
from core.control import Inspect, Sample, ShouldStop
from core.errors import InputError
from core.events import (
    Copied,
    Event,
    TextClassified,
    TextInspected,
    TextSampled,
    YardsticksMeasured,
    finite,
)
from core.insight.copying import copied_from
from core.insight.microscope import held_out_text, inspect_text
from core.language import tr, trn
from core.models import LanguageModel, build_model
from core.models.recurrence import State
from core.text.corpus import Corpus
from core.text.loaders import Batches, StreamBatches, WindowBatches
from core.training.device import products_in
from core.training.evaluation import evaluate, refuse_damaged
from core.training.held_out_look import HeldOutLook
from core.training.live_sample import LiveSample, sample_for_run
from core.training.measures import Measures
from core.training.task import Facts, Outcome, Task
from core.training.teacher_forcing import with_own_predictions
from core.training.yardsticks import measure_yardsticks


@dataclass(frozen=True)
class LanguageBatch:
    """Hold a window of text, and the task whose model is to predict it."""

    x: Tensor
    """Input tokens, int64, (B, T)."""
    y: Tensor
    """Target tokens, int64, (B, T)."""
    task: "LanguageTask"
    texts = 0

    @property
    def tokens(self) -> int:
        """Tokens predicted."""
        return self.x.numel()

    def outcome(self, state: State | None) -> Outcome:
        """Run the model over the window, with teacher forcing as the settings say."""
        task = self.task
        x, y = self.x.to(task.device), self.y.to(task.device)
        ratio = task.config.teacher_forcing_ratio
        with products_in(task.config, task.device):
            if ratio < 1:
                x = with_own_predictions(task.model, x, state, ratio=ratio, generator=task.coins)
            hidden, state = task.model.hidden_states(x, state)  # (B, T, H)
            loss = task.model.mean_loss(hidden, y)
        return Outcome(loss, loss, state, None)

    def tensors(self) -> tuple[Tensor, ...] | None:
        """Return input and target; None where coins are drawn for each step as well."""
        return (self.x, self.y) if self.task.config.teacher_forcing_ratio >= 1 else None

    def over(self, tensors: Sequence[Tensor]) -> "LanguageBatch":
        """Return the batch of another input and target."""
        x, y = tensors
        return LanguageBatch(x, y, self.task)


class LanguageTask(Task):
    """Train a language model on a text.

    Args:
        config: The settings of the run.
        corpus: The text as tokens.
        device: Where to train.
    """

    writes_text = True

    def __init__(self, config: Config, corpus: Corpus, device: torch.device) -> None:
        model = build_model(config, len(corpus.vocabulary)).to(device)
        self._batches = _batches(config, corpus)
        notices = list(corpus.notices)
        if self._batches.batch_size < config.batch_size:
            notices.append(_short_text(config, self._batches.batch_size))
        if 0 < config.eval_tokens < len(corpus.val):
            notices.append(_long_validation(config, len(corpus.val)))
        facts = Facts(
            name=corpus.name,
            digest=corpus.digest,
            notices=notices,
            train_tokens=len(corpus.train),
            val_tokens=len(corpus.val),
        )
        super().__init__(config, model, corpus.vocabulary, device, facts)
        self._language_model = model
        self._corpus = corpus
        self.has_yardsticks = self.validates
        self._look = HeldOutLook(corpus.looked_at, config)
        self.coins = torch.Generator().manual_seed(config.seed)
        """Draws the coins of teacher forcing."""
        self.generators["coins"] = self.coins

    @property
    def model(self) -> LanguageModel:
        """The model that is being trained."""
        return self._language_model

    @property
    def steps_per_epoch(self) -> int:
        """Windows in an epoch."""
        return len(self._batches)

    def batch(self, epoch: int, index: int) -> LanguageBatch:
        """Return a window of the text.

        Raises:
            DataError: A token is none of the vocabulary's.
        """
        x, y = self._batches.batch(epoch, index)
        refuse_damaged(len(self.vocabulary), x, y)
        return LanguageBatch(x, y, self)

    def resets(self, index: int) -> bool:
        """Tell whether the state is zero at the start of a window."""
        return self._batches.resets(index)

    def evaluate(self, step: int, should_stop: ShouldStop, *, most: int = 0) -> Measures:
        """Measure the model on the validation text, with the state carried through it."""
        limits = [limit for limit in (most, self.config.eval_tokens) if limit]
        found = evaluate(
            self.model,
            self._corpus.val,
            chars=self._corpus.val_chars,
            words=self._corpus.val_words,
            device=self.device,
            spelling_bits=self._corpus.val_spelling_bits,
            should_stop=should_stop,
            most=min(limits, default=0),
        )
        loss = finite(found.loss)
        return Measures(
            loss=loss,
            perplexity=found.perplexity,
            merit=None if loss is None else (-loss,),
            bits_per_char=found.bits_per_char,
            nats_per_word=found.nats_per_word,
            spelling_bits_per_char=found.spelling_bits_per_char,
        )

    def yardsticks(self, should_stop: ShouldStop) -> YardsticksMeasured:
        """Measure n-grams and compressors on the same split."""
        return measure_yardsticks(self._corpus, should_stop)

    def look(self, step: int) -> list[Event]:
        """Look at gradients through time and at gates, on held-out text."""
        return self._look.events(self.model, self.device, step)

    def sample(self, number: int, step: int, should_stop: ShouldStop) -> TextSampled:
        """Draw the sample that goes with an evaluation, without a prompt."""
        return sample_for_run(
            self.model,
            self.vocabulary,
            number=number,
            step=step,
            length=self.config.sample_length,
            seed=self.config.seed,
            compare=self._copied,
            should_stop=should_stop,
        )

    def live_sample(self, request: Sample, step: int) -> LiveSample:
        """Begin the sample that the console asked for."""
        return LiveSample(request, self.model, self.vocabulary, step=step, compare=self._copied)

    def inspected(self, request: Inspect, step: int) -> TextInspected:
        """Read a text, or held-out text from a token on, under the microscope."""
        return inspect_text(
            self.model,
            self.vocabulary,
            request.text or held_out_text(self._corpus, request.offset),
            number=request.sample,
            step=step,
            device=self.device,
        )

    def classified(self, number: int, text: str, step: int) -> TextClassified:
        """Refuse: there are no classes."""
        raise InputError(tr("this run predicts text; it classifies none"))

    def _copied(self, sample: str) -> Copied | None:
        """Say what of a sample stands in the training text; nothing of an empty one."""
        corpus = self._corpus
        if not sample or not corpus.train_tail:
            return None
        return copied_from(sample, corpus.train_tail, text_chars=corpus.train_chars)


def _batches(config: Config, corpus: Corpus) -> Batches:
    if config.stateful:
        return StreamBatches(
            corpus.train, batch_size=config.batch_size, seq_length=config.seq_length
        )
    return WindowBatches(
        corpus.train,
        batch_size=config.batch_size,
        seq_length=config.seq_length,
        seed=config.seed,
    )


def _short_text(config: Config, batch_size: int) -> str:
    """Say that the text is too short for as many sequences a step as were asked for."""
    return trn(
        "the text is short: {n} sequence a step instead of batch_size {asked}, "
        "of at least seq_length {seq_length}",
        "the text is short: {n} sequences a step instead of batch_size {asked}, "
        "each of at least seq_length {seq_length}",
        batch_size,
        asked=config.batch_size,
        seq_length=config.seq_length,
    )


def _long_validation(config: Config, tokens: int) -> str:
    """Say that evaluations measure a part of the validation text only."""
    return tr(
        "the validation text has {tokens:,} tokens: each evaluation measures {measured:,} of them "
        "(eval_tokens), evenly spread",
        tokens=tokens,
        measured=config.eval_tokens,
    )
