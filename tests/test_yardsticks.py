"""Yardsticks are measured once, on the split that the network learns, and told beside its loss."""

import lzma
import math

import numpy as np
import pytest

from core.control import StopRequested
from core.events import Evaluated, Yardstick, YardsticksMeasured
from core.insight.ngrams import ngram_losses
from core.text import corpus as corpus_module
from core.training import yardsticks as yardsticks_module
from core.training.yardsticks import measure_yardsticks
from training_cases import Recorder, after_steps, small_config, small_corpus
from tui.yardsticks import comparison_text, yardsticks_text

NAMES = ["uniform", "unigram", "2-gram", "3-gram", "4-gram", "5-gram", "6-gram", "gzip", "xz"]


def never() -> bool:
    """Go on."""
    return False


def sticks(**losses: float | None) -> list[Yardstick]:
    """Return yardsticks of some losses."""
    return [Yardstick(name=name, loss=loss, bits_per_char=loss) for name, loss in losses.items()]


@pytest.mark.parametrize("vocab_type", ["char", "word"])
def test_all_are_measured_on_the_same_tokens(vocab_type: str) -> None:
    """Each loss is nats per predicted token, and in bits per character is the same length."""
    corpus = small_corpus(small_config(vocab_type=vocab_type))
    measured = measure_yardsticks(corpus, never)
    assert [stick.name for stick in measured.yardsticks] == NAMES
    assert measured.counted_tokens == len(corpus.train)
    assert measured.measured_tokens == len(corpus.val)
    size, tokens = len(corpus.vocabulary), len(corpus.val) - 1
    losses = [stick.loss for stick in measured.yardsticks]
    assert losses[:7] == [math.log(size), *ngram_losses(corpus.train, corpus.val, size)]
    for stick in measured.yardsticks:
        assert stick.loss is not None
        assert stick.bits_per_char is not None
        bits = stick.loss * tokens / math.log(2)
        assert stick.bits_per_char * corpus.val_chars == pytest.approx(bits)
    train, val = corpus.train_tail.encode(), corpus.val_head.encode()
    added = len(lzma.compress(train + val, preset=6)) - len(lzma.compress(train, preset=6))
    assert losses[-1] == pytest.approx(8 * added * math.log(2) / tokens)


def test_a_long_text_is_measured_in_part(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of much training text the end is counted, of much validation text the head is measured."""
    monkeypatch.setattr(yardsticks_module, "MOST_COUNTED", 500)
    monkeypatch.setattr(corpus_module, "LONGEST_HEAD", 100)
    corpus = small_corpus(small_config())
    measured = measure_yardsticks(corpus, never)
    assert (measured.counted_tokens, measured.measured_tokens) == (500, 100)
    size = len(corpus.vocabulary)
    expected = ngram_losses(corpus.train[-500:], corpus.val[:100], size)
    assert [stick.loss for stick in measured.yardsticks[1:7]] == expected


def test_a_head_without_tokens_has_no_yardsticks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the head is one endless word there is nothing to predict, and no run fails of it."""
    monkeypatch.setattr(corpus_module, "LONGEST_HEAD", 1)
    corpus = small_corpus(small_config(vocab_type="word"))
    assert measure_yardsticks(corpus, never).yardsticks == []


def test_a_request_to_stop_is_obeyed() -> None:
    """A user who leaves does not wait for figures."""
    with pytest.raises(StopRequested):
        measure_yardsticks(small_corpus(small_config()), lambda: True)


def test_they_are_measured_once_before_the_first_evaluation() -> None:
    """The first step does not wait for them, and neither later evaluations nor a resume repeat."""
    recorder = Recorder()
    recorder.trainer(small_config()).run()
    kinds = [type(event) for event in recorder.events]
    assert kinds.count(YardsticksMeasured) == 1
    assert kinds.index(YardsticksMeasured) + 1 == kinds.index(Evaluated)
    for is_new_run in (False, True):
        again = Recorder()
        again.trainer(
            small_config(epochs=3), resume_from=recorder.checkpoints[-1], is_new_run=is_new_run
        ).run()
        assert len(again.of(YardsticksMeasured)) == is_new_run


def test_a_stop_leaves_them_for_later() -> None:
    """A run that was stopped at its first evaluation measures them when it goes on."""
    recorder = Recorder()
    trainer = recorder.trainer(small_config(eval_every=5))
    after_steps(trainer, lambda step: recorder.control.stop() if step == 5 else None)
    trainer.run()
    assert recorder.of(YardsticksMeasured) == []
    again = Recorder()
    again.trainer(small_config(eval_every=5), resume_from=recorder.checkpoints[-1]).run()
    assert len(again.of(YardsticksMeasured)) == 1


def test_a_far_evaluation_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """After enough training they are measured, although no evaluation is due."""
    monkeypatch.setattr(yardsticks_module, "LATEST_S", 0.0)
    recorder = Recorder()
    recorder.trainer(small_config(max_steps=3)).run()
    kinds = [type(event) for event in recorder.events]
    assert kinds.count(YardsticksMeasured) == 1
    assert kinds.index(YardsticksMeasured) < kinds.index(Evaluated) - 1


def test_a_loss_lies_between_two() -> None:
    """The nearest yardstick on either side is named with the distance."""
    known = sticks(uniform=4.0, unigram=3.0, gzip=2.5, xz=None)
    assert yardsticks_text(known) == "uniform 4.000, unigram 3.000, gzip 2.500"
    told = "better than a unigram by 0.20 nats per token, 0.30 behind gzip"
    assert comparison_text(known, 2.8) == told
    assert comparison_text(known, 2.0) == (
        "better than gzip, the best of them, by 0.50 nats per token"
    )
    assert comparison_text(known, 5.0) == "worse than all of them: 1.00 behind uniform"
    assert comparison_text(known, 3.004) == comparison_text(known, 2.997) == "level with a unigram"
    assert comparison_text(known, None) == comparison_text([], 2.0) == ""
    assert comparison_text(sticks(xz=None), 2.0) == ""


def test_yardsticks_fit_the_corpus_that_has_no_text() -> None:
    """A corpus of tokens alone, as a program may make, has none."""
    corpus = corpus_module.Corpus(
        "ids", small_corpus(small_config()).vocabulary, np.arange(9, dtype=np.int32),
        np.arange(9, dtype=np.int32), 9, 1, "",
    )  # fmt: skip
    assert measure_yardsticks(corpus, never).yardsticks == []
