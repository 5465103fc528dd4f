"""Each decoding strategy does to the probabilities what its definition says."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from core.decoding import Decoding
from core.errors import InputError, SettingsError
from core.generation.strategies import (
    Choice,
    Scores,
    choose,
    keep_min_p,
    keep_top_k,
    keep_top_p,
    penalise_repetition,
    restrict,
)
from core.settings import build

score_lists = st.lists(st.floats(-20, 20, width=32), min_size=1, max_size=12)
coarse_lists = st.lists(st.integers(-2, 2).map(float), min_size=1, max_size=12)
"""Scores with many ties."""


def scores_of(values: list[float]) -> Scores:
    """Return the values as the scores that the filters work on."""
    return np.array(values, dtype=np.float64)


def kept(scores: Scores) -> set[int]:
    """Return the tokens that a filter left."""
    return {index for index, score in enumerate(scores.tolist()) if score > -math.inf}


def softmax(scores: Scores) -> Scores:
    """Return the probabilities that scores stand for."""
    return torch.softmax(torch.from_numpy(scores), dim=-1).numpy()


def chosen(
    scores: Scores,
    decoding: Decoding,
    uniform: float = 0.5,
    *,
    seen: list[bool] | None = None,
    excluded: int | None = None,
) -> Choice:
    """Choose the token of one text."""
    known = None if seen is None else np.array(seen)
    found = choose(scores, decoding, np.array(uniform), seen=known, excluded=excluded)
    return Choice(int(found.indices), float(found.probabilities))


def ranking(values: list[float]) -> list[int]:
    """Return the tokens from the greatest score to the least, the lower index first in ties."""
    return sorted(range(len(values)), key=lambda index: (-values[index], index))


@given(st.one_of(score_lists, coarse_lists), st.integers(0, 14))
def test_top_k_keeps_exactly_the_k_greatest(values: list[float], k: int) -> None:
    """There are k tokens left, the greatest ones, even among ties; 0 keeps all of them."""
    filtered = keep_top_k(scores_of(values), k)
    left = kept(filtered)
    assert left == set(ranking(values)[:k] if k else range(len(values)))
    assert all(filtered[index] == values[index] for index in left), "scores stay as they were"


@given(st.one_of(score_lists, coarse_lists), st.floats(0.01, 1.0))
def test_top_p_keeps_the_smallest_nucleus(values: list[float], p: float) -> None:
    """The tokens left hold at least p, and without the least of them no longer would."""
    scores = scores_of(values)
    filtered = keep_top_p(scores, p)
    left = kept(filtered)
    probabilities = softmax(scores).tolist()
    assert left == set(ranking(values)[: len(left)])
    assert sum(probabilities[index] for index in left) >= p - 1e-12
    least = ranking(values)[len(left) - 1]
    assert sum(probabilities[index] for index in left - {least}) < p + 1e-12
    assert all(filtered[index] == values[index] for index in left)
    assert kept(keep_top_p(scores, 1.0)) == set(range(len(values)))


@given(score_lists, st.floats(0.0, 1.0))
def test_min_p_drops_what_is_far_below_the_best(values: list[float], min_p: float) -> None:
    """What is left has at least min_p times the probability of the most probable token."""
    scores = scores_of(values)
    probabilities = softmax(scores).tolist()
    floor = min_p * max(probabilities)
    left = kept(keep_min_p(scores, min_p))
    assert left, "the most probable token always stays"
    for index, probability in enumerate(probabilities):
        if not math.isclose(probability, floor, rel_tol=1e-9):
            assert (index in left) == (probability > floor)


@given(score_lists, st.sampled_from([0.5, 1.0, 1.3, 4.0]), st.integers(0, 2**12 - 1))
def test_repetition_penalty_lowers_seen_tokens_only(
    values: list[float], penalty: float, bits: int
) -> None:
    """Seen tokens lose with a penalty above 1, whatever their sign; the others are untouched."""
    seen = np.array([bool(bits >> index & 1) for index in range(len(values))])
    penalised = penalise_repetition(scores_of(values), seen, penalty).tolist()
    for value, after, is_seen in zip(values, penalised, seen.tolist(), strict=True):
        if not is_seen or penalty == 1.0:
            assert after == value
        else:
            assert after == pytest.approx(value / penalty if value > 0 else value * penalty)
            assert (after <= value) == (penalty > 1.0 or value == 0.0)


@given(score_lists, st.floats(0.05, 50.0))
def test_temperature_divides_log_ratios(values: list[float], temperature: float) -> None:
    """The log of the ratio of two probabilities shrinks by the temperature."""
    decoding = build(Decoding, {"temperature": temperature})
    scores = restrict(scores_of(values), decoding)
    assert (scores - scores[0]).tolist() == pytest.approx(
        [(value - values[0]) / temperature for value in values]
    )


def test_filters_come_in_order() -> None:
    """Top-p counts the probabilities that temperature and top-k left, min-p those after it."""
    scores = np.log(scores_of([0.4, 0.3, 0.2, 0.1]))
    assert kept(restrict(scores, build(Decoding, {"temperature": 1.0, "top_p": 0.75}))) == {0, 1, 2}
    both = build(Decoding, {"temperature": 1.0, "top_k": 2, "top_p": 0.57})
    assert kept(restrict(scores, both)) == {0}, "of two tokens, the first holds 4/7"
    hot = build(Decoding, {"temperature": 0.1, "min_p": 0.1})
    assert kept(restrict(scores, hot)) == {0}, "at temperature 0.1 the second has (3/4)^10"


@pytest.mark.parametrize("filter_", [keep_top_k, keep_top_p, keep_min_p])
def test_filters_take_batches(filter_: object) -> None:
    """Each row of a batch is filtered as if it stood alone."""
    assert callable(filter_)
    argument = 2 if filter_ is keep_top_k else 0.6
    batch = np.random.default_rng(0).integers(-3, 4, (2, 3, 9)).astype(np.float64)
    rows = np.stack([filter_(row, argument) for row in batch.reshape(6, 9)]).reshape(2, 3, 9)
    assert np.array_equal(filter_(batch, argument), rows)


def test_draws_follow_the_probabilities() -> None:
    """Frequencies of many draws are those of the softmax at the temperature asked for."""
    decoding, draws = build(Decoding, {"temperature": 2.0}), 4000
    logits = np.tile(scores_of([1.0, 0.0, -1.0, 2.0]), (draws, 1))
    found = choose(logits, decoding, np.random.default_rng(0).random(draws))
    counts = np.bincount(found.indices, minlength=4)
    expected = softmax(logits[0] / 2.0)
    spread = np.sqrt(expected * (1 - expected) / draws)
    assert (abs(counts / draws - expected) < 4 * spread).all()


@given(score_lists, st.floats(0.0, 1.0, exclude_max=True))
def test_a_draw_is_where_the_uniform_number_falls(values: list[float], uniform: float) -> None:
    """The tokens before it hold at most so much probability; with it, they hold more."""
    probabilities = softmax(scores_of(values))
    index = chosen(scores_of(values), build(Decoding, {"temperature": 1.0}), uniform).index
    assert probabilities[:index].sum() <= uniform + 1e-12
    assert probabilities[: index + 1].sum() >= uniform - 1e-12
    assert probabilities[index] > 0


@given(score_lists, st.sampled_from([0.01, 1.0, 100.0]), st.sampled_from([0.0, 0.3, 1 - 2**-53]))
def test_greedy_takes_the_best_at_every_temperature(
    values: list[float], temperature: float, uniform: float
) -> None:
    """Greedy is argmax, the lowest index of ties; so is top-k of 1."""
    for values_of_decoding in ({"greedy": True}, {"top_k": 1}):
        decoding = build(Decoding, {"temperature": temperature, **values_of_decoding})
        assert chosen(scores_of(values), decoding, uniform).index == ranking(values)[0]


def test_the_probability_is_the_models_own() -> None:
    """No filter, temperature, penalty or exclusion changes the probability that is reported."""
    logits = np.log(scores_of([0.5, 0.3, 0.2]))
    values = {"temperature": 0.1, "top_k": 1, "repetition_penalty": 3.0}
    choice = chosen(logits, build(Decoding, values), seen=[True] * 3, excluded=0)
    assert choice.index == 1
    assert choice.probability == pytest.approx(0.3)


@pytest.mark.parametrize("greedy", [False, True])
def test_the_excluded_token_is_never_chosen(greedy: bool) -> None:
    """Even a token with nearly all the probability stays out, whatever the decoding."""
    logits = scores_of([50.0, 0.0, 0.0])
    decoding = build(Decoding, {"greedy": greedy, "temperature": 100.0, "top_p": 0.9})
    numbers = np.arange(50) / 50
    assert {chosen(logits, decoding, number, excluded=0).index for number in numbers} <= {1, 2}


def test_a_penalty_makes_greedy_turn_away() -> None:
    """Greedy decoding counts the repetition penalty."""
    decoding = build(Decoding, {"greedy": True, "repetition_penalty": 2.0})
    assert chosen(scores_of([3.0, 2.0]), decoding, seen=[True, False]).index == 1


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("greedy", [False, True])
def test_logits_that_are_not_finite_are_refused(bad: float, greedy: bool) -> None:
    """A broken model gets a sentence with the way out, not a wrong token or a crash."""
    decoding = build(Decoding, {"greedy": greedy})
    with pytest.raises(InputError, match=r"not finite numbers, .*; use an earlier checkpoint"):
        chosen(scores_of([0.0, bad, 1.0]), decoding)


def test_nothing_left_to_choose_is_refused() -> None:
    """A vocabulary that knows only the excluded token gets a sentence."""
    with pytest.raises(InputError, match="no token that may be drawn"):
        chosen(scores_of([1.0]), Decoding(), excluded=0)


@pytest.mark.parametrize("top", [3.4e38, np.finfo(np.float64).max])
@pytest.mark.parametrize("penalty", [0.1, 1.0, 10.0])
def test_extreme_logits(top: float, penalty: float) -> None:
    """The greatest finite logits at the lowest temperature still give a choice."""
    values = {"temperature": 0.01, "top_k": 2, "top_p": 0.5, "min_p": 0.5}
    cold = build(Decoding, {**values, "repetition_penalty": penalty})
    with np.errstate(over="ignore"):
        choice = chosen(scores_of([-top, 0.0, top]), cold, seen=[True] * 3)
    assert (choice.index, choice.probability) == (2, 1.0)


def test_temperature_zero_is_refused_with_its_range() -> None:
    """What the table of settings does not allow never reaches the mathematics."""
    with pytest.raises(SettingsError, match=r"temperature must be between 0\.01 and 100, got 0"):
        build(Decoding, {"temperature": 0.0})
