"""A sample streams as text, token by token, and ends where it was asked to."""

from collections.abc import Iterator

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from core.decoding import Decoding
from core.errors import InputError
from core.generation.streaming import SampledToken, stream_tokens, until_stop
from core.models import LanguageModel, SimpleLSTM, SimpleRNN
from core.settings import build
from core.text.vocabulary import (
    UNKNOWN_INDEX,
    CharacterVocabulary,
    Vocabulary,
    WordVocabulary,
)

TEXT = "The sea, the sky.\nA ship (red) sails; \tit sinks!\n\nThe end?"


def character_vocabulary(text: str = TEXT) -> CharacterVocabulary:
    """Return the characters of a text as a vocabulary."""
    vocabulary = CharacterVocabulary()
    vocabulary.build_vocabulary([text])
    return vocabulary


def word_vocabulary(text: str = TEXT) -> WordVocabulary:
    """Return the words of a text as a vocabulary."""
    vocabulary = WordVocabulary()
    vocabulary.build_vocabulary([text])
    return vocabulary


def random_model(vocabulary: Vocabulary) -> LanguageModel:
    """Make an untrained model, in training mode, that fits the vocabulary."""
    torch.manual_seed(2)
    return SimpleLSTM(len(vocabulary), 8, 8, 1, dropout=0.5)


def alphabet_model(letters: str) -> tuple[LanguageModel, CharacterVocabulary]:
    """Make a model that, read greedily, writes the letters in turn, over and over."""
    vocabulary = character_vocabulary(letters)
    size = len(vocabulary)
    model = SimpleRNN(size, size, size, 1, dropout=0.0)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.zero_()
        model.embedding.weight.copy_(10 * torch.eye(size))
        model.recurrence.get_parameter("weight_ih_l0").copy_(torch.eye(size))
        for here, following in zip(letters, letters[1:] + letters[0], strict=True):
            row, column = vocabulary.char2idx[following], vocabulary.char2idx[here]
            model.output.weight[row, column] = 50.0
    return model, vocabulary


def stream(
    model: LanguageModel, vocabulary: Vocabulary, prompt: str, **values: object
) -> list[SampledToken]:
    """Draw a whole sample."""
    return list(stream_tokens(model, vocabulary, prompt, build(Decoding, values)))


def joined(tokens: list[SampledToken]) -> str:
    """Return the text of a sample."""
    return "".join(token.text for token in tokens)


@pytest.mark.parametrize("vocabulary", [character_vocabulary(), word_vocabulary()])
@pytest.mark.parametrize("prompt", ["The sea", "The ship (", "A ship sails;", "\n"])
@pytest.mark.parametrize("seed", [0, 1])
def test_the_pieces_are_the_text(vocabulary: Vocabulary, prompt: str, seed: int) -> None:
    """The prompt and the streamed texts, joined, are the text of all the indices."""
    tokens = stream(random_model(vocabulary), vocabulary, prompt, seed=seed, max_length=60)
    assert len(tokens) == 60
    before: list[int] = vocabulary.text_to_indices(prompt).tolist()
    indices = before + [token.index for token in tokens]
    assert prompt + joined(tokens) == vocabulary.indices_to_text(indices)
    assert UNKNOWN_INDEX not in indices


@pytest.mark.parametrize("vocabulary", [character_vocabulary(), word_vocabulary()])
def test_it_is_what_generate_draws(vocabulary: Vocabulary) -> None:
    """The same seed gives the same tokens as `generate`, and the same again."""
    model = random_model(vocabulary)
    prompt: list[int] = vocabulary.text_to_indices("The sky").tolist()
    expected = model.generate(prompt, 30, seed=9, top_k=12)[len(prompt) :]
    for _ in range(2):
        tokens = stream(model, vocabulary, "The sky", seed=9, max_length=30, top_k=12)
        assert [token.index for token in tokens] == expected
    other = stream(model, vocabulary, "The sky", seed=10, max_length=30, top_k=12)
    assert [token.index for token in other] != expected


@pytest.mark.parametrize("vocabulary", [character_vocabulary(), word_vocabulary()])
def test_an_empty_prompt_starts_from_the_start_token(vocabulary: Vocabulary) -> None:
    """The start token is fed but not shown, and the first piece stands at the start of a text."""
    model = random_model(vocabulary)
    tokens = stream(model, vocabulary, "", seed=1, max_length=20)
    indices = [token.index for token in tokens]
    assert indices == model.generate(vocabulary.start_index, 20, seed=1)[1:]
    assert joined(tokens) == vocabulary.indices_to_text(indices)


def test_a_start_token_that_is_not_shown_asks_for_no_space() -> None:
    """Where the start token is a word, the first word shown has no space before it."""
    vocabulary = word_vocabulary("one two three")
    text = joined(stream(random_model(vocabulary), vocabulary, "", max_length=3))
    assert text == text.strip()
    assert len(text.split()) == 3


def test_a_prompt_never_seen_is_unknown_tokens() -> None:
    """Characters that training never saw are fed as the unknown token, and nothing crashes."""
    vocabulary = character_vocabulary()
    model = random_model(vocabulary)
    tokens = stream(model, vocabulary, "Ω\ud800😀", seed=1, max_length=10)
    expected = model.generate([UNKNOWN_INDEX] * 3, 10, seed=1)[3:]
    assert [token.index for token in tokens] == expected


def test_the_probability_is_the_models_own() -> None:
    """Each probability is the softmax of the raw logits after the text so far."""
    vocabulary = character_vocabulary()
    model = random_model(vocabulary)
    tokens = stream(model, vocabulary, "The", temperature=0.3, top_k=3, max_length=8)
    text: list[int] = vocabulary.text_to_indices("The").tolist()
    model.eval()
    for token in tokens:
        with torch.no_grad():
            logits = model(torch.tensor([text]))[0][0, -1]
        expected = torch.softmax(logits, dim=-1)[token.index].item()
        assert token.probability == pytest.approx(expected, rel=1e-4)
        text.append(token.index)


def test_a_stop_text_ends_the_sample_before_it() -> None:
    """The stop text is not shown, and what the prompt holds of it does not count."""
    model, vocabulary = alphabet_model("abcdefgh")
    assert joined(stream(model, vocabulary, "b", greedy=True, max_length=12)) == "cdefghabcdef"
    assert joined(stream(model, vocabulary, "b", greedy=True, stop="fg")) == "cde"
    assert joined(stream(model, vocabulary, "ab", greedy=True, stop="abc")) == "cdefgh"
    assert joined(stream(model, vocabulary, "b", greedy=True, stop="c")) == ""
    whole = stream(model, vocabulary, "b", greedy=True, stop="dx", max_length=10)
    assert joined(whole) == "cdefghabcd", "a beginning of the stop text at the end is shown"


def test_only_what_may_begin_the_stop_text_waits() -> None:
    """A token is shown as soon as it cannot belong to the stop text any more."""
    model, vocabulary = alphabet_model("abcdefgh")
    asked: list[bool] = []

    def should_stop() -> bool:
        asked.append(False)
        return False

    decoding = build(Decoding, {"greedy": True, "stop": "efx"})
    tokens = stream_tokens(model, vocabulary, "b", decoding, should_stop=should_stop)
    steps = []
    for token in tokens:
        steps.append((token.text, len(asked)))
        if token.text == "h":
            break
    assert steps == [("c", 1), ("d", 2), ("e", 5), ("f", 5), ("g", 5), ("h", 6)]


def test_a_request_to_stop_shows_what_was_held_back() -> None:
    """Tokens drawn before the request are all shown, even those held back."""
    model, vocabulary = alphabet_model("abcdefgh")
    answers = iter([False] * 4 + [True])
    decoding = build(Decoding, {"greedy": True, "stop": "efx"})
    tokens = stream_tokens(model, vocabulary, "b", decoding, should_stop=lambda: next(answers))
    assert joined(list(tokens)) == "cdef"


def test_the_model_can_train_between_two_tokens() -> None:
    """The consumer of a stream may train the model meanwhile; the stream goes on."""
    vocabulary = word_vocabulary()
    model = random_model(vocabulary).train()
    drawn = 0
    for _token in stream_tokens(model, vocabulary, "The", build(Decoding, {"max_length": 4})):
        drawn += 1
        assert model.training and torch.is_grad_enabled()
        model(torch.tensor([[1, 2, 3]]))[0].sum().backward()
    assert drawn == 4


@pytest.mark.parametrize("size", [3, 100])
def test_a_vocabulary_of_another_model_is_refused(size: int) -> None:
    """A vocabulary smaller or larger than the model's gets one line with the way out."""
    vocabulary = character_vocabulary()
    message = rf"has {len(vocabulary)} tokens and the model {size}; use the vocabulary that"
    with pytest.raises(InputError, match=message):
        stream(SimpleLSTM(size, 4, 4, 1), vocabulary, "T", max_length=3)


pieces = st.lists(st.text("ab", max_size=3), max_size=12)
stops = st.text("ab", min_size=1, max_size=5)


@given(pieces, stops)
def test_until_stop_is_the_text_before_the_first_stop(texts: list[str], stop: str) -> None:
    """However the text is cut into tokens, what passes is all before the first stop text."""
    tokens = [SampledToken(index, text, 0.5) for index, text in enumerate(texts)]
    passed = list(until_stop(stop, iter(tokens)))
    assert joined(passed) == "".join(texts).split(stop)[0]
    assert [token.index for token in passed] == list(range(len(passed)))


@given(pieces, stops)
def test_until_stop_holds_back_no_more_than_it_must(texts: list[str], stop: str) -> None:
    """Whenever it takes another token, all before the possible start of a stop text has passed."""
    passed: list[SampledToken] = []

    def source() -> Iterator[SampledToken]:
        for index, text in enumerate(texts):
            so_far = "".join(texts[:index])
            starts = [at for at in range(len(so_far)) if stop.startswith(so_far[at:])]
            decided = min(starts, default=len(so_far))
            ends = [len("".join(texts[: count + 1])) for count in range(index)]
            assert len(passed) == sum(end <= decided for end in ends)
            yield SampledToken(index, text, 0.5)

    for token in until_stop(stop, source()):
        passed.append(token)
