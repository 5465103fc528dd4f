"""A text under the microscope: exact hidden states, the right units, and no change of the model."""

import numpy as np
import pytest
import torch

from core.config import make_config
from core.errors import InputError
from core.insight.microscope import MOST_TOKENS, held_out_text, inspect_text, layer_states
from core.insight.surprisal import surprisals
from core.insight.units import unit_trackers
from core.insight.unrolled import unroll
from core.models import SimpleGRU, SimpleLSTM, SimpleRNN
from core.models.language_model import LanguageModel
from core.text import CharacterVocabulary, WordVocabulary
from core.text.corpus import make_corpus

MODELS = (SimpleRNN, SimpleLSTM, SimpleGRU)
CPU = torch.device("cpu")
TEXT = 'He said "(No)", 3 times.\nThen HE left.\n' * 3


def vocabulary_of(text: str) -> CharacterVocabulary:
    """Return the characters of a text."""
    vocabulary = CharacterVocabulary()
    vocabulary.build_vocabulary([text])
    return vocabulary


@pytest.mark.parametrize("kind", MODELS)
@pytest.mark.parametrize("layers", [1, 3])
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
def test_the_states_of_all_layers_are_those_of_the_unrolled_network(
    kind: type[LanguageModel], layers: int, dtype: torch.dtype
) -> None:
    """Layer by layer the fused recurrence gives what stepping through the equations gives."""
    torch.manual_seed(1)
    model = kind(vocab_size=11, embedding_dim=5, hidden_size=7, num_layers=layers).to(dtype).eval()
    indices = torch.randint(0, 11, (23,))
    found = layer_states(model, indices)
    with torch.no_grad():
        traces = unroll(model.recurrence, model.embedding(indices[None]))
    expected = torch.stack([torch.stack(trace.hidden)[:, 0] for trace in traces])
    assert found.shape == (layers, 23, 7)
    assert torch.allclose(found, expected, atol=1e-12 if dtype == torch.float64 else 1e-6, rtol=0)


@pytest.mark.parametrize("kind", MODELS)
def test_the_answer_holds_what_the_parts_find(kind: type[LanguageModel]) -> None:
    """Tokens join to the text, bits are the surprisals, activations are within a rounding."""
    torch.manual_seed(2)
    vocabulary = vocabulary_of(TEXT)
    model = kind(len(vocabulary), embedding_dim=6, hidden_size=9, num_layers=2)
    model.train()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    found = inspect_text(model, vocabulary, TEXT, number=4, step=30, device=CPU)
    assert model.training
    assert all(torch.equal(before[name], value) for name, value in model.state_dict().items())
    assert (found.sample, found.step, found.cut) == (4, 30, False)
    assert "".join(found.tokens) == found.text == TEXT
    expected = surprisals(model, vocabulary, TEXT, device=CPU)
    assert np.allclose(found.bits, expected.bits, atol=1e-3)
    model.eval()
    states = layer_states(model, torch.from_numpy(expected.indices.astype(np.int64)))
    levels = np.frombuffer(found.activations, dtype=np.int8).reshape(states.shape) / 127
    assert np.abs(levels - states.numpy()).max() <= 0.5 / 127 + 1e-6


def test_a_unit_that_tracks_a_property_is_found_and_chance_is_told() -> None:
    """One planted unit follows capitals, another brackets backwards; noise stays near chance."""
    offsets = np.arange(len(TEXT) + 1)
    activations = np.random.default_rng(3).uniform(-1, 1, (2, len(TEXT), 8))
    capital = np.array([character.isupper() for character in TEXT])
    depth = np.cumsum([(c == "(") - (c == ")") for c in TEXT])
    activations[1, :, 5] = np.where(capital, 0.8, -0.4)
    activations[0, :, 2] = 0.5 - depth
    found = {tracker.property: tracker for tracker in unit_trackers(activations, TEXT, offsets)}
    capitals, brackets = found["upper case"], found["bracket depth"]
    assert (capitals.layer, capitals.unit, capitals.correlation) == (1, 5, 1.0)
    assert (brackets.layer, brackets.unit, brackets.correlation) == (0, 2, -1.0)
    assert capitals.by_chance < 0.5
    # An independent reference for one that is not perfect.
    line = found["line position"]
    places = [len(TEXT[:i].rpartition("\n")[2]) for i in range(len(TEXT))]
    expected = np.corrcoef(places, activations[line.layer, :, line.unit])[0, 1]
    assert line.correlation == pytest.approx(expected, abs=1e-4)


def test_what_does_not_vary_is_not_tracked() -> None:
    """A text without capitals, a dead unit and a text of two tokens raise no nonsense."""
    text = "ab cd ef"
    activations = np.zeros((1, len(text), 3))
    found = unit_trackers(activations, text, np.arange(len(text) + 1))
    assert {tracker.property for tracker in found} == {"line position", "after newline"}
    assert all(tracker.correlation == 0 for tracker in found)
    assert unit_trackers(activations[:, :2], text[:2], np.arange(3)) == []


def test_words_are_compared_at_their_last_character() -> None:
    """A token of several characters has the property that it ends with."""
    text = 'a "quoted word" ends'
    vocabulary = WordVocabulary()
    vocabulary.build_vocabulary([text])
    torch.manual_seed(4)
    model = SimpleGRU(len(vocabulary), embedding_dim=4, hidden_size=5, num_layers=1)
    found = inspect_text(model, vocabulary, text, number=1, step=1, device=CPU)
    assert "".join(found.tokens) == text
    assert len(found.activations) == len(found.tokens) * 5
    assert "inside quotes" in {tracker.property for tracker in found.trackers}


def test_a_long_text_is_cut_and_an_empty_one_refused_or_empty() -> None:
    """Only the beginning is read, and it is said; weights that are not finite are told of."""
    vocabulary = vocabulary_of(TEXT)
    model = SimpleRNN(len(vocabulary), embedding_dim=4, hidden_size=3, num_layers=1)
    found = inspect_text(model, vocabulary, TEXT * 99, number=1, step=1, device=CPU)
    assert found.cut and len(found.tokens) == MOST_TOKENS
    assert inspect_text(model, vocabulary, "", number=1, step=1, device=CPU).tokens == []
    with torch.no_grad():
        model.output.bias.fill_(float("nan"))
    with pytest.raises(InputError, match="not finite"):
        inspect_text(model, vocabulary, TEXT, number=1, step=1, device=CPU)


def test_held_out_text_is_read_in_passages() -> None:
    """A passage begins at a token of the validation text; beyond its end it is the first one."""
    corpus = make_corpus("a", TEXT * 20, make_config({}), val_text=TEXT * 2)
    assert held_out_text(corpus, 0) == TEXT * 2
    assert held_out_text(corpus, 5) == (TEXT * 2)[5:]
    assert held_out_text(corpus, 10**6) == TEXT * 2
