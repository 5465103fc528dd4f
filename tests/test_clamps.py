"""Hidden units held while a model writes: the words for it, and what it does to the text."""

import pytest
import torch

from core.clamps import Clamp, parse_clamps, turned, write_clamps
from core.decoding import Decoding
from core.errors import InputError
from core.generation.drawing import draw_tokens
from core.generation.held_units import clamps_of, held_units
from core.insight.unrolled import unroll
from core.models import SimpleGRU, SimpleLSTM, SimpleRNN
from core.models.language_model import LanguageModel

MODELS = (SimpleRNN, SimpleLSTM, SimpleGRU)


def model_of(kind: type[LanguageModel]) -> LanguageModel:
    """Return a small model with outspoken predictions, in float64."""
    torch.manual_seed(5)
    model = kind(13, embedding_dim=6, hidden_size=8, num_layers=2).double().eval()
    with torch.no_grad():
        model.output.weight *= 8
    return model


def test_clamps_are_read_and_written() -> None:
    """Layers and units count from 1 for people; a text comes back as it went."""
    text = "1:37=0, 2:5=-1, 1:2=0.25"
    clamps = parse_clamps(text)
    assert clamps == [Clamp(0, 36, 0.0), Clamp(1, 4, -1.0), Clamp(0, 1, 0.25)]
    assert write_clamps(clamps) == text
    assert parse_clamps(" ") == []


@pytest.mark.parametrize("text", ["1:2", "0:1=0", "1:0=0", "1:1=2", "a", "1:1=nan", "1:1=0;2:2=0"])
def test_nonsense_is_refused(text: str) -> None:
    """One line names the piece and how it should look."""
    with pytest.raises(InputError, match="LAYER:UNIT=VALUE"):
        parse_clamps(text)


def test_one_key_goes_through_the_values() -> None:
    """Off, high, low, free; other units stay as they are, one held elsewhere is let go."""
    text, seen = "2:1=1", []
    for _ in range(4):
        text = turned(text, 0, 4)
        seen.append(text)
    assert seen == ["2:1=1, 1:5=0", "2:1=1, 1:5=1", "2:1=1, 1:5=-1", "2:1=1"]
    assert turned("1:5=0.3", 0, 4) == ""


@pytest.mark.parametrize("kind", MODELS)
def test_a_held_unit_is_what_all_that_follows_sees(kind: type[LanguageModel]) -> None:
    """The layer above, the next step and the output see the value, checked step by step."""
    model = model_of(kind)
    edit = held_units(clamps_of("1:3=0.5, 2:8=-1", model))
    assert edit is not None
    x = torch.randint(0, 13, (2, 6))
    with torch.no_grad():
        traces = unroll(model.recurrence, model.embedding(x), edit=edit)
        for hidden in traces[0].hidden:
            assert (hidden[:, 2] == 0.5).all()
        for hidden in traces[1].hidden:
            assert (hidden[:, 7] == -1).all()
        free = unroll(model.recurrence, model.embedding(x))
    assert not torch.allclose(traces[1].hidden[-1][:, :7], free[1].hidden[-1][:, :7])


@pytest.mark.parametrize("kind", MODELS)
def test_a_clamp_that_changes_nothing_leaves_the_text(kind: type[LanguageModel]) -> None:
    """A unit without weights to anything may be held at will; one that matters changes the text."""
    model = model_of(kind)
    with torch.no_grad():
        model.output.weight[:, 7] = 0
        model.recurrence.weight_hh_l1[:, 7] = 0  # type: ignore[operator]

    def drawn(clamp: str) -> list[int]:
        decoding = Decoding(max_length=60, seed=3, clamp=clamp)
        return [choice.index for choice in draw_tokens(model, [1, 2], decoding, excluded=0)]

    assert drawn("2:8=1") == drawn("")
    assert drawn("1:1=1, 1:2=-1, 1:3=1") != drawn("")


def test_a_unit_that_is_not_there_is_named() -> None:
    """The refusal says which units there are."""
    for clamp in ("3:1=0", "1:9=0"):
        with pytest.raises(InputError, match="layers 1 to 2 of units 1 to 8"):
            next(draw_tokens(model_of(SimpleRNN), [1], Decoding(clamp=clamp), excluded=None))
