"""Each way to write gives what the model and the decoding strategies say, on every path."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
import torch

from core.clamps import Clamp
from core.decoding import Decoding
from core.errors import InputError
from core.generation import steppers, writers
from core.generation.drawing import draw_batch, draw_tokens
from core.generation.ranking import choose_one
from core.generation.steppers import NumpyStepper, TorchStepper
from core.generation.strategies import choose
from core.generation.writers import Start, make_writer
from core.kernels import writing
from core.kernels.library import Path
from core.kernels.writing import Network
from core.models import LanguageModel, SimpleGRU, SimpleLSTM, SimpleRNN
from core.settings import build
from kernel_cases import forced, paths_here

MODELS: list[type[LanguageModel]] = [SimpleRNN, SimpleLSTM, SimpleGRU]
V = 21

DECODINGS: list[dict[str, Any]] = [
    {"temperature": 1.0},
    {"temperature": 0.01},
    {"greedy": True},
    {"top_k": 1},
    {"top_k": 5},
    {"top_k": V - 1, "top_p": 0.7},
    {"top_p": 0.3},
    {"top_p": 0.95, "min_p": 0.1},
    {"min_p": 1.0},
    {"temperature": 3.0, "top_k": 9, "top_p": 0.8, "min_p": 0.05, "repetition_penalty": 1.7},
    {"repetition_penalty": 0.5, "greedy": True},
]


@pytest.fixture(params=paths_here(), ids=lambda path: path.name, autouse=True)
def path(request: pytest.FixtureRequest) -> Iterator[Path]:
    """Write by each path of this machine."""
    with forced(request.param):
        yield request.param


def make_model(
    model_type: type[LanguageModel] = SimpleLSTM,
    dtype: torch.dtype = torch.float64,
    **sizes: int | bool,
) -> LanguageModel:
    """Make a small model in evaluation mode with pronounced preferences."""
    torch.manual_seed(4)
    values = {"vocab_size": V, "embedding_dim": 7, "hidden_size": 19, "num_layers": 2, **sizes}
    model = model_type(**values).to(dtype).eval()  # type: ignore[arg-type]
    with torch.no_grad():
        model.output.weight.mul_(5)
    return model


def written(model: LanguageModel, prompt: list[int], count: int, **values: Any) -> Any:
    """Return the tokens (B, T) and their probabilities of several texts."""
    steps = draw_batch(model, prompt, build(Decoding, values), count=count, excluded=0)
    indices, probabilities = zip(*steps, strict=True)
    return np.array(indices).T, np.array(probabilities).T


@pytest.mark.parametrize("values", DECODINGS, ids=str)
@pytest.mark.parametrize("scale", [0.0, 3.0, 1e-12, 1e60])
def test_tokens_are_those_of_the_strategies(values: dict[str, Any], scale: float) -> None:
    """On the same random numbers, by any path, among equal scores (0), close and distant ones."""
    model = make_model(SimpleRNN)
    random = np.random.default_rng(3)
    logits = random.normal(size=V) * scale if scale else random.integers(-2, 3, V)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.zero_()
        model.output.bias.copy_(torch.from_numpy(logits.astype(np.float64)))
    decoding = build(Decoding, values)
    texts, uniforms = 40, random.random((6, 40))
    seen = random.random((texts, V)) < 0.3
    state = (torch.zeros(2, texts, 19, dtype=torch.float64),)
    writer = make_writer(model, Start(state, [1] * texts, seen.copy(), decoding, [], 0))
    for step in uniforms:
        expected = choose(
            np.tile(logits.astype(np.float64), (texts, 1)), decoding, step, seen=seen, excluded=0
        )
        found = writer.write(step[None])
        assert np.array_equal(found.indices[0], expected.indices)
        np.testing.assert_allclose(found.probabilities[0], expected.probabilities, rtol=1e-12)
        seen[np.arange(texts), expected.indices] = True


@pytest.mark.parametrize("values", DECODINGS, ids=str)
@pytest.mark.parametrize("ties", [False, True])
@pytest.mark.parametrize("excluded", [None, 0, 7])
def test_one_text_is_chosen_by_the_same_strategies(
    values: dict[str, Any], ties: bool, excluded: int | None, path: Path
) -> None:
    """What ranks the tokens of one text chooses as the filters do, one after the other."""
    if path.name != "torch":
        pytest.skip("the compiled part has one way for all")
    decoding = build(Decoding, {**values, "repetition_penalty": 1.0})
    random = np.random.default_rng(5)
    for uniform in (0.0, *random.random(30), np.nextafter(1.0, 0.0)):
        drawn = random.integers(-2, 3, V) if ties else random.normal(size=V) * 3
        logits = drawn.astype(np.float64)
        expected = choose(logits[None], decoding, np.array([uniform]), excluded=excluded)
        found = choose_one(logits, decoding, uniform, excluded)
        assert np.array_equal(found.indices, expected.indices)
        np.testing.assert_allclose(found.probabilities, expected.probabilities, rtol=1e-12)


@pytest.mark.parametrize("broken", [np.nan, np.inf, -np.inf])
def test_one_text_of_a_broken_model(broken: float) -> None:
    """Any logit that is not finite is refused, even one of a token that is never drawn."""
    logits = np.arange(V, dtype=float)
    for place in (0, 5, V - 1):
        with pytest.raises(InputError, match="not finite"):
            choose_one(np.where(np.arange(V) == place, broken, logits), Decoding(), 0.5, 5)


@pytest.mark.parametrize("model_type", MODELS)
@pytest.mark.parametrize("layers", [1, 2, 3])
@pytest.mark.parametrize("count", [1, 3, 64])
def test_probabilities_are_those_of_reading_the_text(
    model_type: type[LanguageModel], layers: int, count: int
) -> None:
    """At each step they are the softmax of what torch's module says to the text so far."""
    for dtype, tolerance in ((torch.float64, 1e-10), (torch.float32, 2e-4)):
        model = make_model(model_type, dtype, num_layers=layers)
        prompt = [3, 1, 4]
        indices, probabilities = written(model, prompt, count, max_length=12, temperature=1.0)
        texts = np.concatenate((np.tile(prompt, (count, 1)), indices), axis=1)
        exact = make_model(model_type, torch.float64, num_layers=layers)
        exact.load_state_dict(model.state_dict())
        with torch.no_grad(), forced(paths_here()[-1]):
            given = torch.softmax(exact(torch.from_numpy(texts[:, :-1]))[0], dim=-1).numpy()
        expected = np.take_along_axis(given[:, 2:], indices[..., None], axis=-1)[..., 0]
        np.testing.assert_allclose(probabilities, expected, rtol=tolerance)


@pytest.mark.parametrize("model_type", MODELS)
@pytest.mark.parametrize("width", [7, 16, 40])
def test_tied_weights_and_a_projection(model_type: type[LanguageModel], width: int) -> None:
    """The output reads what the projection, if any, makes of hidden states."""
    torch.manual_seed(1)
    model = model_type(V, width, 16, 2, tie_weights=True).double().eval()
    text = model.generate([2, 3], 15, seed=2)
    decoding = build(Decoding, {"max_length": 15, "seed": 2})
    for choice, end in zip(
        draw_tokens(model, [2, 3], decoding, excluded=0), range(2, 17), strict=True
    ):
        with torch.no_grad():
            given = torch.softmax(model(torch.tensor([text[:end]]))[0][0, -1], dim=-1)
        assert choice.index == text[end]
        assert choice.probability == pytest.approx(given[choice.index].item(), rel=1e-10)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_a_text_among_others_is_the_text_alone(dtype: torch.dtype, path: Path) -> None:
    """Text n of a batch is that of the seed plus n: bit for bit by the compiled part."""
    for model_type in MODELS:
        model = make_model(model_type, dtype, hidden_size=40)
        indices, probabilities = written(model, [1, 2], 5, max_length=40, seed=6, top_p=0.9)
        assert len({tuple(text) for text in indices.tolist()}) == 5
        for text in range(5):
            decoding = build(Decoding, {"max_length": 40, "seed": 6 + text, "top_p": 0.9})
            alone = list(draw_tokens(model, [1, 2], decoding, excluded=0))
            assert [choice.index for choice in alone] == indices[text].tolist()
            chances = [choice.probability for choice in alone]
            if path.name == "torch":
                np.testing.assert_allclose(chances, probabilities[text], rtol=1e-4)
            else:
                assert chances == probabilities[text].tolist()


@pytest.fixture
def by_threads(path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[int], None]]:
    """Let so many threads of the compiled part write, however little there is to do."""
    if path.name == "torch":
        pytest.skip("NumPy has threads of its own")
    before = torch.get_num_threads()
    monkeypatch.setattr(writing, "LEAST_WORK", 1.0)
    monkeypatch.setattr(writing, "LEAST_STEP", 0.0)
    yield torch.set_num_threads
    torch.set_num_threads(before)


@pytest.mark.parametrize("model_type", MODELS)
@pytest.mark.parametrize("values", [{}, {"tie_weights": True}, {"num_layers": 1}], ids=str)
def test_a_team_writes_what_one_thread_writes(
    model_type: type[LanguageModel],
    values: dict[str, Any],
    by_threads: Callable[[int], None],
) -> None:
    """Threads that share the columns of each layer change no bit, nor do units that are held."""
    model = make_model(model_type, torch.float32, embedding_dim=40, hidden_size=320, **values)
    settings = {"max_length": 12, "top_k": 9, "clamp": "1:1=0.5, 1:320=-1", "seed": 3}
    texts = []
    for threads, count in ((1, 1), (2, 1), (3, 2)):
        by_threads(threads)
        indices, probabilities = written(model, [1], count, **settings)
        texts.append((indices[0].tolist(), probabilities[0].tolist()))
    assert all(text == texts[0] for text in texts)


def test_a_team_without_a_table(
    by_threads: Callable[[int], None],
) -> None:
    """Where embeddings are multiplied at each step, the members share that too."""
    model = make_model(SimpleGRU, torch.float32, vocab_size=22_000, hidden_size=64, num_layers=1)
    texts = []
    for threads in (1, 2):
        by_threads(threads)
        texts.append(written(model, [21_999], 1, max_length=6, seed=2)[0].tolist())
    assert texts[0] == texts[1]


def test_teams_side_by_side(by_threads: Callable[[int], None]) -> None:
    """Who finds the threads taken writes alone, and nobody waits for members who do not come."""
    model = make_model(SimpleGRU, torch.float32, hidden_size=128)
    by_threads(2)
    expected = [model.generate([1], 300, seed=seed) for seed in range(4)]
    with ThreadPoolExecutor(4) as pool:
        found = [pool.submit(model.generate, [1], 300, seed=seed) for seed in range(4)]
        assert [text.result() for text in found] == expected


def test_seeds_go_round() -> None:
    """After the largest seed comes 0."""
    model = make_model()
    indices, _ = written(model, [1], 2, max_length=20, seed=2**63 - 1)
    assert indices[1].tolist() == model.generate(1, 20, seed=0)[1:]


def test_steps_taken_at_once_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A text does not depend on how many tokens were computed ahead."""
    model = make_model()
    texts = []
    for most in (1, 3, 256):
        monkeypatch.setattr(writers._Compiled, "most_ahead", most)
        texts.append(model.generate([1, 2], 50, seed=1, repetition_penalty=1.4))
    assert texts[0] == texts[1] == texts[2]


@pytest.mark.parametrize("model_type", MODELS)
def test_a_vocabulary_too_large_for_a_table(
    model_type: type[LanguageModel], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where embeddings are not multiplied once for all, the text is the same."""
    size = 4_400_000 // 16 // (4 if model_type is not SimpleRNN else 1)
    model = make_model(model_type, torch.float32, vocab_size=size, hidden_size=9, num_layers=1)
    prompt, length = [5, size - 1], 6
    text = model.generate(prompt, length, seed=2, top_k=50)
    with torch.no_grad():
        given = torch.softmax(model(torch.tensor([text[:-1]]))[0][0], dim=-1)
    decoding = build(Decoding, {"max_length": length, "seed": 2, "top_k": 50})
    for end, choice in enumerate(draw_tokens(model, prompt, decoding, excluded=0), 1):
        assert choice.index == text[end + 1]
        assert choice.probability == pytest.approx(given[end, choice.index].item(), rel=1e-3)
    monkeypatch.setattr(steppers, "LARGEST_TABLE", 0)
    assert model.generate(prompt, length, seed=2, top_k=50) == text


@pytest.mark.parametrize("model_type", MODELS)
@pytest.mark.parametrize("count", [1, 3])
def test_units_are_held(model_type: type[LanguageModel], count: int) -> None:
    """All that follows a held unit sees its value, as in torch's own operations."""
    model = make_model(model_type)
    clamps = [Clamp(0, 2, 1.0), Clamp(1, 18, -0.5), Clamp(0, 2, 0.25)]
    parts = 2 if model.cell == "lstm" else 1
    state = tuple(torch.randn(2, count, 19, dtype=torch.float64) for _ in range(parts))
    by_torch = TorchStepper(model, state, clamps)
    decoding = build(Decoding, {"greedy": True})
    writer = make_writer(model, Start(state, [1] * count, None, decoding, clamps, None))
    tokens = np.ones(count, dtype=np.int64)
    for _ in range(8):
        logits = by_torch.step(tokens)
        found = writer.write(np.zeros((1, count)))
        tokens = found.indices[0]
        assert np.array_equal(tokens, logits.argmax(axis=-1))
        given = torch.softmax(torch.from_numpy(logits), dim=-1).numpy()
        np.testing.assert_allclose(found.probabilities[0], given.max(axis=-1), rtol=1e-10)


@pytest.mark.parametrize("model_type", MODELS)
@pytest.mark.parametrize("count", [1, 4])
def test_steppers_agree(model_type: type[LanguageModel], count: int) -> None:
    """NumPy's logits are torch's, step by step."""
    model = make_model(model_type, num_layers=3)
    parts = 2 if model.cell == "lstm" else 1
    state = tuple(torch.randn(3, count, 19, dtype=torch.float64) for _ in range(parts))
    layers = model.recurrence.all_weights
    output = model.output
    network = Network(model.cell, model.embedding.weight, layers, None, output.weight, output.bias)
    one, other = TorchStepper(model, state, []), NumpyStepper(network, state)
    for step in range(6):
        tokens = (np.arange(count) * 3 + step) % V
        np.testing.assert_allclose(other.step(tokens), one.step(tokens), rtol=1e-9, atol=1e-12)


def test_what_comes_before_a_failure_is_given() -> None:
    """A token whose embedding is broken ends the text with a sentence, after all before it."""
    model = make_model()
    text = model.generate(1, 30, seed=1)[1:]
    broken = next(token for token in text[3:] if token not in (*text[:3], 1))
    with torch.no_grad():
        model.embedding.weight[broken] = torch.nan
    given = []
    with pytest.raises(InputError, match="not finite"):
        for choice in draw_tokens(model, [1], build(Decoding, {"seed": 1}), excluded=0):
            given.append(choice.index)
    assert given == text[: text.index(broken) + 1]


def test_a_model_that_knows_one_token_only() -> None:
    """With nothing left to draw there is a sentence."""
    model = make_model(vocab_size=1)
    with pytest.raises(InputError, match="no token that may be drawn"):
        model.generate(0, 3, unknown_token=0)
    assert model.generate(0, 3, unknown_token=None) == [0] * 4
