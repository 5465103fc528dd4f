"""`generate` and the loop under it: from a start to new tokens, leaving everything as it was."""

from itertools import islice

import numpy as np
import pytest
import torch

from core.decoding import Decoding
from core.errors import InputError, SettingsError
from core.generation import drawing, prompting
from core.generation.drawing import draw_tokens
from core.generation.strategies import Choices
from core.models import LanguageModel, SimpleGRU, SimpleLSTM, SimpleRNN
from core.settings import build, settings_of

MODELS: list[type[LanguageModel]] = [SimpleRNN, SimpleLSTM, SimpleGRU]
V = 11


def make_model(model_type: type[LanguageModel] = SimpleLSTM) -> LanguageModel:
    """Make a small float64 model in evaluation mode with pronounced preferences."""
    torch.manual_seed(4)
    model = model_type(V, 8, 8, 2, dropout=0.5).double().eval()
    with torch.no_grad():
        model.embedding.weight.mul_(2)
        model.output.weight.mul_(8)
    return model


@pytest.mark.parametrize("model_type", MODELS)
def test_greedy_equals_reading_the_whole_text_again(model_type: type[LanguageModel]) -> None:
    """Each token is the argmax after the whole text so far: the state is carried rightly."""
    model = make_model(model_type)
    with torch.no_grad():
        model.output.bias[0] = -100.0
    text = [3, 7, 7]
    for _ in range(20):
        with torch.no_grad():
            text.append(int(model(torch.tensor([text]))[0][0, -1].argmax()))
    generated = model.generate([3, 7, 7], max_length=20, greedy=True)
    assert generated == text
    assert len(set(generated)) > 3, "a text of one token proves nothing"


@pytest.mark.parametrize("start", [5, [5], [1, 2, 3], np.int32(5), np.array([1, 2], np.int32)])
def test_the_start_comes_back_before_the_new_tokens(start: int | list[int]) -> None:
    """The result is a list of ints: the start, then exactly `max_length` more."""
    generated = make_model().generate(start, max_length=7)
    given = np.atleast_1d(start).tolist()
    assert generated[: len(given)] == given
    assert len(generated) == len(given) + 7
    assert all(type(index) is int and 0 <= index < V for index in generated)


def test_a_seed_fixes_the_text() -> None:
    """The same seed gives the same text; others, and none, give other texts."""
    model = make_model()
    texts = [tuple(model.generate(1, 50, seed=seed)) for seed in (7, 7, 8, None, None)]
    assert texts[0] == texts[1]
    assert len(set(texts)) == 4


def test_torchs_global_generator_is_left_alone() -> None:
    """Sampling has its own source of randomness, with a seed and without."""
    model = make_model()
    before = torch.get_rng_state()
    model.generate(1, 5)
    model.generate(1, 5, seed=1)
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize("training", [False, True])
def test_the_mode_is_restored_and_dropout_off(training: bool) -> None:
    """A model in training mode generates without dropout and is in training mode afterwards."""
    model = make_model()
    expected = model.generate(1, 40, seed=3)
    model.train(training)
    assert model.generate(1, 40, seed=3) == expected
    assert all(module.training == training for module in model.modules())


def test_the_mode_is_restored_after_a_failure() -> None:
    """A refused sample leaves a training model in training mode."""
    model = make_model().train()
    with torch.no_grad():
        model.output.bias[2] = torch.nan
    with pytest.raises(InputError, match="not finite"):
        model.generate(1, 5)
    assert model.training


@pytest.mark.parametrize("greedy", [False, True])
def test_the_unknown_token_is_never_generated(greedy: bool) -> None:
    """A model that wants nothing but the unknown token still gives known ones, unless allowed."""
    model = make_model()
    with torch.no_grad():
        model.output.bias[0] = 1000.0
        model.output.bias[4] = 500.0
    assert 0 not in model.generate(0, 30, greedy=greedy)[1:]
    assert set(model.generate(0, 30, greedy=greedy, unknown_token=None)) == {0}
    assert 4 not in model.generate(4, 30, greedy=greedy, unknown_token=4)[1:]


@pytest.mark.parametrize(
    "values",
    [
        {"temperature": 0.1},
        {"top_k": 1},
        {"top_p": 0.05},
        {"min_p": 1.0},
        {"repetition_penalty": 5.0},
        {"greedy": True},
    ],
)
def test_each_argument_changes_the_text(values: dict[str, float]) -> None:
    """No argument of decoding is ignored."""
    model = make_model()
    plain = model.generate(1, 60, temperature=3.0, seed=0)
    assert model.generate(1, 60, **{"temperature": 3.0, "seed": 0, **values}) != plain  # type: ignore[arg-type]


def test_a_penalty_counts_the_prompt_and_the_new_tokens() -> None:
    """With a huge penalty, greedy decoding uses every token once before it repeats one."""
    model = make_model()
    with torch.no_grad():
        model.output.weight.mul_(0.001)
        model.output.bias.copy_(torch.linspace(1.0, 2.0, V))
    generated = model.generate([9, 10], V - 3, greedy=True, repetition_penalty=10.0)
    assert sorted(generated) == list(range(1, V))


def test_defaults_are_those_of_the_settings() -> None:
    """A sample with a seed alone is the sample of the default decoding."""
    model = make_model()
    decoding = build(Decoding, {"seed": 5})
    drawn = draw_tokens(model, [2], decoding, excluded=0)
    expected = [2] + [choice.index for choice in drawn]
    assert model.generate(2, seed=5) == expected
    assert len(expected) - 1 == settings_of(Decoding)["max_length"].default


@pytest.mark.parametrize("length", [1, 2, 3, 4, 7])
def test_a_long_prompt_is_fed_in_pieces(monkeypatch: pytest.MonkeyPatch, length: int) -> None:
    """A prompt cut into chunks gives the same text, and no chunk is longer than the limit."""
    model = make_model()
    prompt = [index % V for index in range(3, 3 + length)]
    expected = model.generate(prompt, 10, greedy=True)
    monkeypatch.setattr(prompting, "PROMPT_CHUNK", 3)
    widths = []
    model.embedding.register_forward_hook(lambda _m, inputs, _o: widths.append(inputs[0].shape[1]))
    assert model.generate(prompt, 10, greedy=True) == expected
    assert max(widths, default=0) <= 3
    assert sum(widths) == length - 1, "the last token is the first step's"


def test_tokens_are_drawn_only_when_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is computed before the first token is taken, and only a few beyond the last."""
    model = make_model()
    written: list[int] = []
    write = drawing._Pace.write

    def counted(pace: drawing._Pace, most: int) -> Choices:
        block = write(pace, most)
        written.append(len(block.indices))
        return block

    monkeypatch.setattr(drawing._Pace, "write", counted)
    tokens = draw_tokens(model, [1, 2], build(Decoding, {"max_length": 10**9}), excluded=0)
    assert written == []
    next(tokens)
    assert written == [1]
    list(islice(tokens, 2))
    assert sum(written) <= 7


def test_no_gradients_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """A sample records no history, however long its prompt is."""
    model = make_model().train()
    recorded = []
    monkeypatch.setattr(prompting, "PROMPT_CHUNK", 2)
    model.recurrence.register_forward_hook(
        lambda _m, _i, out: recorded.append(out[0].requires_grad)
    )
    model.generate([1] * 6, 3)
    assert recorded == [False] * 3


@pytest.mark.parametrize("model_type", MODELS)
def test_the_model_can_train_between_two_tokens(model_type: type[LanguageModel]) -> None:
    """Between two tokens the model is in its own mode and gradients flow.

    The text is that of the weights at its first token.
    """
    model = make_model(model_type).train()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    decoding = build(Decoding, {"max_length": 30})
    expected = [choice.index for choice in draw_tokens(model, [1], decoding, excluded=0)]
    drawn = []
    for choice in draw_tokens(model, [1], decoding, excluded=0):
        drawn.append(choice.index)
        assert model.training and torch.is_grad_enabled() and not torch.is_inference_mode_enabled()
        optimizer.zero_grad()
        model(torch.tensor([[1, 2, 3]]))[0].square().mean().backward()
        optimizer.step()
    assert drawn == expected


def test_a_request_to_stop_ends_the_text(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is heard before each token, and between the pieces of a long prompt."""
    model = make_model()
    answers = iter([False, False, False, True])
    tokens = draw_tokens(model, [1], Decoding(), excluded=0, should_stop=lambda: next(answers))
    assert len(list(tokens)) == 3
    monkeypatch.setattr(prompting, "PROMPT_CHUNK", 2)
    answers = iter([False, True])
    fed = []
    model.embedding.register_forward_hook(lambda _m, inputs, _o: fed.append(inputs[0].shape[1]))
    tokens = draw_tokens(model, [1] * 9, Decoding(), excluded=0, should_stop=lambda: next(answers))
    assert list(tokens) == []
    assert fed == [2]


@pytest.mark.parametrize("start", [V, -1, [1, V], 10**30])
def test_a_token_outside_of_the_vocabulary_is_refused(start: int | list[int]) -> None:
    """A start that the model does not know gets one line that names it."""
    with pytest.raises(InputError, match=rf"token \S+ is not in the model's vocabulary of {V}"):
        make_model().generate(start, 5)


def test_an_empty_start_is_refused() -> None:
    """Without any token there is nothing to go on from."""
    with pytest.raises(InputError, match="at least one"):
        make_model().generate([], 5)


def test_values_out_of_range_are_refused_together() -> None:
    """All wrong arguments are named at once, as everywhere."""
    with pytest.raises(SettingsError) as refusal:
        make_model().generate(1, max_length=0, temperature=0.0, top_p=1.5)
    assert [problem.split()[0] for problem in refusal.value.problems] == [
        "max_length",
        "temperature",
        "top_p",
    ]
