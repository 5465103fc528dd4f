"""Each token's bits are what the model, asked token by token, gives it."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from core.control import StopRequested
from core.errors import InputError
from core.insight import surprisal
from core.insight.surprisal import (
    Place,
    Surprisals,
    most_surprising,
    running_mean,
    surprisals,
)
from core.models import LanguageModel, build_model
from core.text.vocabulary import CharacterVocabulary, Vocabulary, WordVocabulary
from core.training import evaluation
from core.training.evaluation import evaluate
from training_cases import TEXT, small_config

CPU = torch.device("cpu")
READ = 'Jack dawdled,  (my) "Big" fox!\n\nQuiz\tvex <unk> dozen jugs; the lazy dog.\n' * 5 + "dog"
"""A text with tokens, and spacing, that the vocabularies do not know."""


def make_vocabulary(vocab_type: str) -> Vocabulary:
    """Return a vocabulary of a few pangrams."""
    vocabulary = CharacterVocabulary() if vocab_type == "char" else WordVocabulary(20)
    vocabulary.build_vocabulary(TEXT)
    return vocabulary


def make_model(vocabulary: Vocabulary, model_type: str = "lstm") -> LanguageModel:
    """Return a small model in training mode, in float64, whose predictions are not uniform."""
    torch.manual_seed(1)
    model = build_model(small_config(model_type=model_type), len(vocabulary)).double()
    with torch.no_grad():
        model.output.weight *= 8
    return model.train()


def one_by_one(model: LanguageModel, vocabulary: Vocabulary, text: str) -> list[torch.Tensor]:
    """Return the probabilities at each token's place, asking the model for one at a time."""
    model.eval()
    found, state, token = [], None, vocabulary.start_index
    for place, index in enumerate(vocabulary.text_to_indices(text).tolist()):
        with torch.no_grad():
            # The start token announces the first one only; then the text begins, as a prompt does.
            logits, state = model(torch.tensor([[token]]), None if place == 1 else state)
        found.append(torch.softmax(logits[0, 0], dim=0))
        token = index
    return found


def by_hand(text: str, bits: list[float]) -> Surprisals:
    """Return what a model could have made of the characters of a text."""
    nothing = np.empty((len(text), 0))
    return Surprisals(
        text=text,
        vocabulary=CharacterVocabulary(),
        indices=np.zeros(len(text), np.int32),
        offsets=np.arange(len(text) + 1),
        bits=np.array(bits, dtype=np.float64),
        alternative_indices=nothing.astype(np.int32),
        alternative_probabilities=nothing.astype(np.float32),
    )


@pytest.mark.parametrize("vocab_type", ["char", "word"])
@pytest.mark.parametrize("model_type", ["rnn", "lstm", "gru"])
@pytest.mark.parametrize("window", [1, 7, 256])
def test_bits_and_alternatives_are_the_models(
    vocab_type: str, model_type: str, window: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However the text is cut into windows, all is as one token at a time, the first included."""
    monkeypatch.setattr(evaluation, "WINDOW", window)
    vocabulary = make_vocabulary(vocab_type)
    model = make_model(vocabulary, model_type)
    found = surprisals(model, vocabulary, READ, device=CPU, alternatives=3)
    assert model.training
    indices: list[int] = vocabulary.text_to_indices(READ).tolist()
    expected = one_by_one(model, vocabulary, READ)
    assert len(found) == len(indices) == len(expected) == len(found.bits)
    assert found.indices.tolist() == indices
    bits = [-math.log2(p[index]) for p, index in zip(expected, indices, strict=True)]
    assert found.bits == pytest.approx(bits, rel=1e-9)
    previous = None
    for place, probabilities in enumerate(expected):
        best = probabilities.topk(3)
        alternatives = found.alternatives(place)
        assert [other.text for other in alternatives] == [
            vocabulary.piece(previous, index) for index in best.indices.tolist()
        ]
        assert [other.probability for other in alternatives] == pytest.approx(best.values.tolist())
        previous = indices[place]


@pytest.mark.parametrize("vocab_type", ["char", "word"])
def test_tokens_are_the_text(vocab_type: str) -> None:
    """The tokens rejoin exactly, and are what the vocabulary writes between those it knows."""
    vocabulary = make_vocabulary(vocab_type)
    found = surprisals(make_model(vocabulary), vocabulary, READ, device=CPU)
    tokens = [found.token(place) for place in range(len(found))]
    assert "".join(tokens) == READ
    assert 0 in found.indices
    previous = None
    for index, token in zip(found.indices.tolist(), tokens, strict=True):
        if index and previous != 0:
            assert token == vocabulary.piece(previous, index)
        previous = index


def test_the_mean_is_the_loss_of_an_evaluation(monkeypatch: pytest.MonkeyPatch) -> None:
    """In nats, the mean of all bits but the first is what evaluation says of a text of any length.

    It is one figure also of a text that is read in streams, and nearly that of a single stream.
    """
    vocabulary = make_vocabulary("char")
    model = make_model(vocabulary).float()
    losses = []
    for shortest in (100, 10**6):
        monkeypatch.setattr(evaluation, "SHORTEST_STREAM", shortest)
        for text in (TEXT[:2], TEXT[:900], TEXT * 3):
            found = surprisals(model, vocabulary, text, device=CPU)
            loss = evaluate(model, found.indices, chars=len(text), words=1, device=CPU).loss
            assert found.bits[1:].mean() * math.log(2) == pytest.approx(loss, rel=1e-5)
            losses.append(loss)
    assert losses[:3] == pytest.approx(losses[3:], rel=1e-3)


def test_few_logits_at_a_time_and_compact_alternatives(monkeypatch: pytest.MonkeyPatch) -> None:
    """A large vocabulary narrows the window; alternatives are never more than its tokens."""
    vocabulary = make_vocabulary("char")
    model = make_model(vocabulary)
    monkeypatch.setattr(surprisal, "LARGEST_LOGITS", 5 * len(vocabulary) + 1)
    seen: list[int] = []
    model.output.register_forward_hook(lambda _module, _inputs, logits: seen.append(logits.numel()))
    found = surprisals(model, vocabulary, TEXT[:23], device=CPU, alternatives=99)
    assert [count // len(vocabulary) for count in seen] == [1, 5, 5, 5, 5, 2]
    assert found.alternative_indices.shape == (23, len(vocabulary))
    assert found.alternative_indices.dtype == np.int32
    assert found.alternative_probabilities.dtype == np.float32
    assert found.alternative_probabilities.sum(axis=1) == pytest.approx(np.ones(23))


def test_a_text_may_be_empty() -> None:
    """Without tokens there is nothing to be surprised by."""
    vocabulary = make_vocabulary("word")
    found = surprisals(make_model(vocabulary), vocabulary, "", device=CPU)
    assert len(found) == 0
    assert found.alternative_indices.shape == (0, 5)
    assert most_surprising(found, 5) == []
    assert len(running_mean(found.bits, 3)) == 0


def test_what_cannot_be_read_is_refused_and_a_stop_is_obeyed() -> None:
    """A foreign vocabulary, broken weights and a wish to stop all leave the mode as it was."""
    vocabulary = make_vocabulary("char")
    model = make_model(vocabulary)
    with pytest.raises(InputError, match="has 19 tokens and the model 31"):
        surprisals(model, make_vocabulary("word"), READ, device=CPU)
    with pytest.raises(StopRequested):
        surprisals(model, vocabulary, READ, device=CPU, should_stop=lambda: True)
    assert model.training
    with torch.no_grad():
        model.output.bias[3] = math.nan
    with pytest.raises(InputError, match="not finite"):
        surprisals(model, vocabulary, READ, device=CPU)
    assert model.training


@given(st.lists(st.sampled_from([0.0, 0.5, 1.0, 2.0, 3.5]), max_size=200), st.integers(0, 6))
def test_places_are_taken_by_their_bits(bits: list[float], count: int) -> None:
    """The most surprising first, the earlier of equal ones, each 40 characters from the others.

    The very first character cannot be foreseen, and is not counted among them.
    """
    expected: list[int] = []
    for place in sorted(range(1, len(bits)), key=lambda place: -bits[place]):
        if len(expected) < count and all(abs(place - other) >= 40 for other in expected):
            expected.append(place)
    found = by_hand("x" * len(bits), bits)
    assert [place.place for place in most_surprising(found, count)] == expected
    assert found.bits.tolist() == bits


def test_places_are_shown_in_context() -> None:
    """A place has 30 characters before it and 10 after it, or what there is of them."""
    text = "".join(map(chr, range(1000, 1100)))
    found = by_hand(text, [0.0] * 4 + [9.0] + [0.0] * 45 + [8.0] + [0.0] * 48 + [7.0])
    assert most_surprising(found, 3) == [
        Place(4, 4, text[:4], text[4], text[5:15], 9.0),
        Place(50, 50, text[20:50], text[50], text[51:61], 8.0),
        Place(99, 99, text[69:99], text[99], "", 7.0),
    ]


@pytest.mark.parametrize("apart", [-40, -39, 39, 40])
def test_places_are_forty_characters_apart(apart: int) -> None:
    """A place 40 characters away from a better one is shown, and a nearer one is not."""
    bits = [0.0] * 100
    bits[50], bits[50 + apart] = 9.0, 8.0
    second = most_surprising(by_hand("x" * 100, bits), 2)[1]
    assert (second.bits == 8.0) == (abs(apart) == 40)


def test_unknown_tokens_are_told() -> None:
    """Their numbers are, of characters and of words."""
    vocabulary = make_vocabulary("char")
    found = surprisals(make_model(vocabulary), vocabulary, READ + "\u2603", device=CPU)
    assert found.unknown_places()[-1] == len(READ)
    assert not set(found.unknown_places()) & set(
        surprisals(make_model(vocabulary), vocabulary, "the the", device=CPU).unknown_places()
    )


def test_places_in_words_count_characters() -> None:
    """Where tokens are words, offsets and distances are in characters all the same."""
    vocabulary = make_vocabulary("word")
    found = surprisals(make_model(vocabulary), vocabulary, READ, device=CPU)
    places = most_surprising(found, 99)
    assert places[0].bits == found.bits[1:].max()
    assert len(places) > 3
    for place in places:
        assert READ[place.offset :].startswith(place.token + place.after)
        assert READ[: place.offset].endswith(place.before)
    offsets = sorted(place.offset for place in places)
    assert min(np.diff(offsets)) >= 40


@given(st.lists(st.floats(0, 30), max_size=50), st.integers(1, 60))
def test_the_running_mean_looks_back(bits: list[float], width: int) -> None:
    """Each value is averaged with the last few before it, or with all where there are fewer."""
    found = running_mean(np.array(bits, dtype=np.float64), width)
    expected = [float(np.mean(bits[max(0, end - width) : end])) for end in range(1, len(bits) + 1)]
    assert found.tolist() == pytest.approx(expected, abs=1e-9)
