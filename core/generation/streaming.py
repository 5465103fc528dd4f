"""Stream a sample as text: prompt in, tokens with their text and probability out."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from core.decoding import Decoding
from core.errors import InputError
from core.generation.drawing import draw_batch, draw_tokens
from core.language import tr
from core.models.language_model import LanguageModel
from core.text.vocabulary import UNKNOWN_INDEX, Vocabulary


@dataclass(frozen=True, slots=True)
class SampledToken:
    """Hold one generated token; the texts of a sample, joined, are its text."""

    index: int
    text: str
    """What it adds to the text; cut short where a stop text begins inside it."""
    probability: float
    """What the model itself gave it, before any filter, 0 to 1."""


def stream_tokens(
    model: LanguageModel,
    vocabulary: Vocabulary,
    prompt: str,
    decoding: Decoding,
    *,
    should_stop: Callable[[], bool] | None = None,
) -> Iterator[SampledToken]:
    """Yield the tokens that follow a prompt, each computed when it is asked for or just before.

    The prompt itself is not yielded. Tokens of it that were never seen in training count as
    unknown; an empty one starts from the vocabulary's start token. Tokens that may turn out to
    begin the stop text are held back until that is decided; the stop text is never yielded.
    The model may train between two tokens.

    Args:
        model: On any device, in any mode.
        vocabulary: The one that the model was trained with.
        prompt: Any text.
        decoding: How to choose, how many, the seed, and where to stop.
        should_stop: Asked before each token; true ends the sample.

    Raises:
        InputError: The vocabulary does not fit the model, or its predictions are not finite.
    """
    tokens = _read(model, vocabulary, prompt, decoding, should_stop or (lambda: False))
    return until_stop(decoding.stop, tokens) if decoding.stop else tokens


def draw_texts(
    model: LanguageModel,
    vocabulary: Vocabulary,
    prompt: str,
    decoding: Decoding,
    count: int,
) -> list[str]:
    """Draw several texts that follow a prompt, all at once, which is faster than one by one.

    Text number n, from 0, draws by the seed plus n. Each ends before its own stop text.

    Args:
        model: On any device, in any mode.
        vocabulary: The one that the model was trained with.
        prompt: Any text, as for `stream_tokens`.
        decoding: How to choose, how many tokens, the first text's seed, and where to stop.
        count: How many texts.

    Raises:
        InputError: As for `stream_tokens`.
    """
    indices = _indices_of(model, vocabulary, prompt)
    texts = [""] * count
    last = [indices[-1] if indices else None] * count
    going_on = set(range(count))
    start = indices or [vocabulary.start_index]
    for step in draw_batch(model, start, decoding, count=count, excluded=UNKNOWN_INDEX):
        chosen = step.indices.tolist()
        for text in tuple(going_on):
            piece = vocabulary.piece(last[text], chosen[text])
            last[text] = chosen[text]
            before = len(texts[text])
            texts[text] += piece
            if decoding.stop:
                found = texts[text].find(decoding.stop, max(0, before - len(decoding.stop)))
                if found >= 0:
                    texts[text] = texts[text][:found]
                    going_on.remove(text)
        if not going_on:
            break
    return texts


def _indices_of(model: LanguageModel, vocabulary: Vocabulary, prompt: str) -> list[int]:
    """Return the tokens of a prompt.

    Raises:
        InputError: The vocabulary does not fit the model.
    """
    vocab_size = model.embedding.num_embeddings
    if len(vocabulary) != vocab_size:
        raise InputError(
            tr(
                "the vocabulary has {count} tokens and the model {vocab_size}; use the vocabulary "
                "that the model was trained with",
                count=len(vocabulary),
                vocab_size=vocab_size,
            )
        )
    indices: list[int] = vocabulary.text_to_indices(prompt).tolist()
    return indices


def _read(
    model: LanguageModel,
    vocabulary: Vocabulary,
    prompt: str,
    decoding: Decoding,
    should_stop: Callable[[], bool],
) -> Iterator[SampledToken]:
    indices = _indices_of(model, vocabulary, prompt)
    previous = indices[-1] if indices else None
    start = indices or [vocabulary.start_index]
    for choice in draw_tokens(
        model, start, decoding, excluded=UNKNOWN_INDEX, should_stop=should_stop
    ):
        text = vocabulary.piece(previous, choice.index)
        yield SampledToken(choice.index, text, choice.probability)
        previous = choice.index


def until_stop(stop: str, tokens: Iterator[SampledToken]) -> Iterator[SampledToken]:
    """Pass tokens on up to the first place where their joined texts contain the stop text.

    Args:
        stop: The text to end before, not empty.
        tokens: Where the tokens come from; no more are taken than are needed.
    """
    held: list[SampledToken] = []
    for token in tokens:
        held.append(token)
        text = "".join(token.text for token in held)
        found = text.find(stop)
        if found >= 0:
            yield from _cut(held, found)
            return
        decided = len(text) - _overlap(text, stop)
        while held and len(held[0].text) <= decided:
            decided -= len(held[0].text)
            yield held.pop(0)
    yield from held


def _cut(tokens: list[SampledToken], length: int) -> Iterator[SampledToken]:
    """Yield the tokens whose text fills the first `length` characters, the last one cut."""
    for token in tokens:
        if length <= 0:
            return
        yield replace(token, text=token.text[:length])
        length -= len(token.text)


def _overlap(text: str, stop: str) -> int:
    """Return the length of the longest end of `text` that `stop` begins with."""
    longest = min(len(text), len(stop) - 1)
    return next((n for n in range(longest, 0, -1) if text.endswith(stop[:n])), 0)
