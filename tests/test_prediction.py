"""A text gets a class and each of its tokens a weight, and the model is left as it was."""

import copy
import math

import pytest
import torch
from torch import Tensor

from core.classifying.prediction import classify_text, predict_probabilities
from core.errors import InputError
from core.models import BiGRU, BiLSTM, BiRNN, TextClassifier
from core.models.pooling import Pooling
from core.text.vocabulary import CharacterVocabulary, Vocabulary, WordVocabulary

MODELS: list[type[TextClassifier]] = [BiRNN, BiLSTM, BiGRU]
TEXT = "a fine film, not  a dull one"


def words() -> WordVocabulary:
    """Make a vocabulary of a few words that knows not all of the text."""
    vocabulary = WordVocabulary()
    vocabulary.build_vocabulary("a fine film, not a dull film; a good one")
    return vocabulary


def make_model(
    vocabulary: Vocabulary,
    model_type: type[TextClassifier] = BiLSTM,
    *,
    pooling: Pooling = "max",
    classes: int = 3,
) -> TextClassifier:
    """Make a small float64 model with every kind of dropout, in training."""
    torch.manual_seed(3)
    model = model_type(len(vocabulary), classes, 6, 4, 2, 0.5, True, pooling, 0.5).double()
    model.set_embedding_dropout(0.5)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.5 * torch.randn_like(parameter))
    return model.train()


def spied_state(model: TextClassifier) -> tuple[object, ...]:
    """Return all that asking a model may not change."""
    weights = {name: weight.tolist() for name, weight in model.state_dict().items()}
    gradients = [None if p.grad is None else p.grad.tolist() for p in model.parameters()]
    modes = [module.training for module in model.modules()]
    settings = (torch.backends.cudnn.enabled, torch.is_grad_enabled())
    return weights, gradients, modes, settings, torch.get_rng_state().tolist()


@pytest.mark.parametrize("model_type", MODELS)
@pytest.mark.parametrize("classes", [2, 3])
def test_gradient_times_input_is_what_the_answer_would_lose(
    model_type: type[TextClassifier], classes: int
) -> None:
    """A token's weight is the slope of the answer's lead as its embedding is scaled, float64."""
    vocabulary = words()
    model = make_model(vocabulary, model_type, classes=classes)
    found = classify_text(model, vocabulary, TEXT, 100)
    assert found.method == "gradient × input"
    model.eval()
    x = torch.tensor([vocabulary.text_to_indices(TEXT).tolist()])
    embedded = model.embedding(x).detach()
    answer = max(range(classes), key=found.probabilities.__getitem__)

    def lead(place: int, factor: float) -> float:
        scaled = embedded.clone()
        scaled[0, place] *= factor
        logits: list[float] = model.classify_embedded(scaled, torch.tensor([x.shape[1]]))[
            0
        ].tolist()
        return logits.pop(answer) - sum(logits) / len(logits)

    step = 1e-6
    slopes = [
        (lead(place, 1 + step) - lead(place, 1 - step)) / (2 * step) for place in range(x.shape[1])
    ]
    largest = max(map(abs, slopes))
    assert largest > 1e-3
    assert found.weights == pytest.approx([slope / largest for slope in slopes], abs=1e-6)
    assert max(map(abs, found.weights)) == 1.0


def test_attention_is_its_own_measure() -> None:
    """Pooled by attention, weights are the model's attention, the largest being 1."""
    vocabulary = words()
    model = make_model(vocabulary, pooling="attention")
    found = classify_text(model, vocabulary, TEXT, 100)
    assert found.method == "attention"
    x = torch.tensor([vocabulary.text_to_indices(TEXT).tolist()])
    weights = model.eval().attention_weights(x, torch.tensor([x.shape[1]]))[0]
    assert found.weights == pytest.approx((weights / weights.max()).tolist(), abs=1e-12)
    assert min(found.weights) > 0


@pytest.mark.parametrize("pooling", ["last", "mean", "max", "attention"])
def test_probabilities_are_those_of_the_text_in_a_batch(pooling: Pooling) -> None:
    """One text alone and among longer ones gets the same, and it adds up to 1."""
    vocabulary = words()
    model = make_model(vocabulary, pooling=pooling)
    x = torch.zeros(2, 12, dtype=torch.int64)
    indices = vocabulary.text_to_indices(TEXT).tolist()
    x[0, : len(indices)] = torch.tensor(indices)
    probabilities = predict_probabilities(model, x, torch.tensor([len(indices), 12]))
    assert probabilities.shape == (2, 3)
    assert not probabilities.requires_grad
    found = classify_text(model, vocabulary, TEXT, 100)
    assert found.probabilities == pytest.approx(probabilities[0].tolist(), abs=1e-12)
    assert sum(found.probabilities) == pytest.approx(1.0)
    expected = model.eval()(x, torch.tensor([len(indices), 12])).softmax(dim=1)
    torch.testing.assert_close(probabilities, expected)


@pytest.mark.parametrize("text", [TEXT, "a", "(fine)\n a film", "nothing known here"])
@pytest.mark.parametrize("level", ["word", "char"])
def test_tokens_are_the_text_as_it_is_read(text: str, level: str) -> None:
    """Joined, the tokens are what the vocabulary writes for the text; each has a weight."""
    vocabulary: Vocabulary = words()
    if level == "char":
        vocabulary = CharacterVocabulary()
        vocabulary.build_vocabulary("a fine film")
    found = classify_text(make_model(vocabulary), vocabulary, text, 100)
    indices = vocabulary.text_to_indices(text)
    assert len(found.tokens) == len(found.weights) == len(indices)
    assert "".join(found.tokens) == vocabulary.indices_to_text(indices)


def test_a_long_text_is_cut() -> None:
    """No more tokens are read than asked for, and the answer is that of the part read."""
    vocabulary = words()
    model = make_model(vocabulary)
    cut = classify_text(model, vocabulary, TEXT, 3)
    assert cut == classify_text(model, vocabulary, "a fine film", 100)
    assert cut.tokens == ["a", " fine", " film"]


@pytest.mark.parametrize("pooling", ["max", "attention"])
@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize("grad", [False, True])
def test_asking_disturbs_nothing(pooling: Pooling, training: bool, grad: bool) -> None:
    """Weights, gradients, modes and torch's random numbers are the same before and after."""
    vocabulary = words()
    model = make_model(vocabulary, pooling=pooling).train(training)
    x, lengths = torch.tensor([[1, 2, 3]]), torch.tensor([3])
    model(x, lengths).square().sum().backward()
    model.embedding.weight.grad = None
    with torch.set_grad_enabled(grad):
        before = spied_state(model)
        first = classify_text(model, vocabulary, TEXT, 100)
        predict_probabilities(model, x, lengths)
        assert spied_state(model) == before
        assert classify_text(model, vocabulary, TEXT, 100) == first


def test_a_step_after_asking_is_the_step_without() -> None:
    """Asked between forward and backward passes, training goes on bit for bit as it would have."""
    vocabulary = words()
    asked = make_model(vocabulary)
    left = copy.deepcopy(asked)
    x, lengths = torch.tensor([[1, 2, 3], [4, 1, 0]]), torch.tensor([3, 2])
    gradients: list[list[Tensor]] = []
    for model in (left, asked):
        torch.manual_seed(8)
        loss = model(x, lengths).square().sum()
        if model is asked:
            classify_text(model, vocabulary, TEXT, 100)
        loss = loss + model(x, lengths).sum()
        gradients.append(list(torch.autograd.grad(loss, list(model.parameters()))))
    assert all(torch.equal(one, other) for one, other in zip(*gradients, strict=True))


def test_the_mode_is_restored_after_an_error() -> None:
    """A model that fails while it is asked trains on in its mode."""
    model = make_model(words())
    with pytest.raises(IndexError):
        predict_probabilities(model, torch.tensor([[99]]), torch.tensor([1]))
    assert all(module.training for module in model.modules())


@pytest.mark.parametrize("text", ["", " ", "\n\t "])
def test_a_blank_text_is_refused(text: str) -> None:
    """There is nothing to classify, and one line says so."""
    vocabulary = words()
    with pytest.raises(InputError, match="the text is empty") as refusal:
        classify_text(make_model(vocabulary), vocabulary, text, 100)
    assert "\n" not in str(refusal.value)


def test_a_foreign_vocabulary_is_refused() -> None:
    """The numbers of another vocabulary would mean other words."""
    vocabulary = words()
    model = make_model(vocabulary)
    with pytest.raises(InputError, match=f"1 tokens and the model {len(vocabulary)}"):
        classify_text(model, WordVocabulary(), TEXT, 100)


@pytest.mark.parametrize("broken", [math.nan, math.inf])
def test_a_model_that_is_not_finite_is_refused(broken: float) -> None:
    """No numbers are shown that are none."""
    vocabulary = words()
    model = make_model(vocabulary)
    with torch.no_grad():
        model.output.bias[1] = broken
    with pytest.raises(InputError, match="predictions are not finite"):
        classify_text(model, vocabulary, TEXT, 100)


def test_a_text_that_moves_nothing_has_weights_of_zero() -> None:
    """Where the answer does not depend on the text, no token is made to look as if it did."""
    vocabulary = words()
    model = make_model(vocabulary)
    with torch.no_grad():
        model.output.weight.zero_()
    found = classify_text(model, vocabulary, TEXT, 100)
    assert found.weights == [0.0] * len(found.tokens)


def test_float32_answers_like_float64() -> None:
    """The precision that models are trained in gives the same, up to rounding."""
    vocabulary = words()
    model = make_model(vocabulary)
    exact = classify_text(model, vocabulary, TEXT, 100)
    found = classify_text(model.float(), vocabulary, TEXT, 100)
    assert found.probabilities == pytest.approx(exact.probabilities, abs=1e-5)
    assert found.weights == pytest.approx(exact.weights, abs=1e-4)
