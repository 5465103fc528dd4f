"""An evaluation counts every token of the text once, with the state carried through it."""

import dataclasses
import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from core.control import StopRequested
from core.errors import DataError
from core.events import RunFailed
from core.models import LanguageModel, build_model
from core.training import evaluation
from core.training.evaluation import Evaluation, evaluate
from training_cases import Recorder, small_config, small_corpus

CPU = torch.device("cpu")
VOCABULARY = 9


def make_model(**changes: str) -> LanguageModel:
    """Make a small model in training mode."""
    torch.manual_seed(1)
    return build_model(small_config(**changes), VOCABULARY).train()


def random_ids(count: int) -> np.ndarray:
    """Return random tokens."""
    return np.random.default_rng(0).integers(0, VOCABULARY, count).astype(np.int32)


def mean_loss(model: LanguageModel, ids: np.ndarray) -> float:
    """Return the loss of one unbroken pass."""
    x = torch.from_numpy(ids.astype(np.int64)).unsqueeze(0)
    with torch.no_grad():
        logits, _ = model.eval()(x[:, :-1])
    return float(F.cross_entropy(logits[0], x[0, 1:]))


def warm_loss(model: LanguageModel, ids: np.ndarray, start: int, end: int) -> float:
    """Return the summed loss of a stream that the 11 tokens before it are read for."""
    x = torch.from_numpy(ids.astype(np.int64))[max(0, start - 11) : end + 1].unsqueeze(0)
    with torch.no_grad():
        logits, _ = model.eval()(x[:, :-1])
    kept = min(end, len(ids) - 1) - start
    return float(F.cross_entropy(logits[0, -kept:], x[0, -kept:], reduction="sum"))


@pytest.mark.parametrize("model_type", ["rnn", "lstm", "gru"])
@pytest.mark.parametrize("count", [2, 3, 257, 900])
def test_a_short_text_is_one_unbroken_pass(model_type: str, count: int) -> None:
    """Windows carry the state: the loss is that of a single call over the text."""
    model, ids = make_model(model_type=model_type), random_ids(count)
    found = evaluate(model, ids, chars=count, words=1, device=CPU)
    assert model.training
    assert found.tokens == count - 1
    assert found.loss == pytest.approx(mean_loss(model, ids), rel=1e-5)


def test_a_long_text_is_counted_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cut into streams that do not divide it, each target still counts exactly once."""
    monkeypatch.setattr(evaluation, "SHORTEST_STREAM", 10)
    model, ids = make_model(), random_ids(107)
    found = evaluate(model, ids, chars=107, words=1, device=CPU)
    length = math.ceil(106 / 10)
    losses = [warm_loss(model, ids, start, start + length) for start in range(0, 106, length)]
    assert found.loss == pytest.approx(sum(losses) / 106, rel=1e-5)


@pytest.mark.parametrize("most", [30, 35, 106, 0])
def test_of_a_long_text_each_stream_gives_its_start(
    monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    """With a bound the same share of every stream is measured, and the figures are of the text."""
    monkeypatch.setattr(evaluation, "SHORTEST_STREAM", 10)
    model, ids = make_model(), random_ids(107)
    found = evaluate(model, ids, chars=107, words=1, device=CPU, most=most)
    each = math.ceil((most or 106) / 10)
    ends = {start: min(start + each, start + 11, 106) for start in range(0, 106, 11)}
    losses = [warm_loss(model, ids, start, end) for start, end in ends.items()]
    count = sum(end - start for start, end in ends.items())
    assert found.loss == pytest.approx(sum(losses) / count, rel=1e-5)
    assert found.tokens == 106


def test_too_short_a_text_is_refused_and_a_stop_is_obeyed() -> None:
    """One token has nothing to predict; a wish to stop ends the pass at once."""
    with pytest.raises(DataError, match="at least 2 tokens, got 1"):
        evaluate(make_model(), random_ids(1), chars=1, words=1, device=CPU)
    with pytest.raises(StopRequested):
        evaluate(
            make_model(), random_ids(5), chars=5, words=1, device=CPU, should_stop=lambda: True
        )


def test_figures_are_per_token_character_and_word() -> None:
    """Three figures, one text: they differ only in what they divide by."""
    found = Evaluation(loss=2.0, tokens=100, chars=500, words=80)
    assert found.perplexity == pytest.approx(math.exp(2.0))
    assert found.bits_per_char == pytest.approx(200 / 500 / math.log(2))
    assert found.nats_per_word == pytest.approx(2.5)
    assert Evaluation(loss=math.inf, tokens=1, chars=1, words=1).bits_per_char is None
    assert Evaluation(loss=1e9, tokens=1, chars=1, words=1).perplexity is None


def test_a_token_beyond_the_vocabulary_is_refused() -> None:
    """A damaged file of kept tokens ends a measurement, or a run, in a sentence."""
    ids = random_ids(50)
    ids[40] = VOCABULARY
    with pytest.raises(DataError, match="the kept tokens of the text are damaged"):
        evaluate(make_model(), ids, chars=50, words=1, device=CPU)
    corpus = small_corpus(small_config())
    broken = corpus.train.copy()
    broken[5] = len(corpus.vocabulary)
    recorder = Recorder()
    trainer = recorder.trainer(small_config(), dataclasses.replace(corpus, train=broken))
    assert trainer.run().reason == "failed"
    assert "are damaged" in recorder.of(RunFailed)[0].message
