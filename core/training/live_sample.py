"""Samples drawn while training goes on, from a copy of the weights, a slice of time at a step."""

import copy
import time
from collections.abc import Callable, Iterator

from core.control import Sample
from core.decoding import Decoding
from core.events import Copied, Emit, TextSampled
from core.generation.streaming import SampledToken, stream_tokens
from core.models import LanguageModel
from core.text.vocabulary import Vocabulary

LONGEST_SLICE_S = 0.05

Compare = Callable[[str], Copied | None]
"""Says what of a sample stands in the training text; None where that is not known."""


class LiveSample:
    """Draw the sample that the console asked for, bit by bit.

    The sample comes from the weights as they were when it was asked for, so the same prompt and
    seed at the same step give the same text however training goes on.
    """

    def __init__(
        self,
        request: Sample,
        model: LanguageModel,
        vocabulary: Vocabulary,
        *,
        step: int,
        compare: Compare,
    ) -> None:
        frozen = copy.deepcopy(model)
        frozen.eval()
        self._request = request
        self._step = step
        self._compare = compare
        self._text: list[str] = []
        self._tokens: Iterator[SampledToken] = stream_tokens(
            frozen, vocabulary, request.prompt, request.decoding
        )

    def advance(self, seconds: float, emit: Emit) -> bool:
        """Draw for about `seconds` and emit what came; tell whether the sample goes on."""
        deadline = time.perf_counter() + min(seconds, LONGEST_SLICE_S)
        drawn: list[SampledToken] = []
        going_on = True
        while going_on:
            token = next(self._tokens, None)
            if token is None:
                going_on = False
            else:
                drawn.append(token)
                if time.perf_counter() >= deadline:
                    break
        emit(self._event(drawn, done=not going_on))
        return going_on

    def cancel(self, emit: Emit) -> None:
        """End the sample where it stands."""
        emit(self._event([], done=True))

    def _event(self, drawn: list[SampledToken], *, done: bool) -> TextSampled:
        self._text += [token.text for token in drawn]
        return TextSampled(
            sample=self._request.sample,
            step=self._step,
            origin="console",
            prompt=self._request.prompt,
            tokens=[token.text for token in drawn],
            probabilities=[token.probability for token in drawn],
            done=done,
            copied=self._compare("".join(self._text)) if done else None,
            decoding=self._request.decoding,
        )


def sample_for_run(
    model: LanguageModel,
    vocabulary: Vocabulary,
    *,
    number: int,
    step: int,
    length: int,
    seed: int,
    compare: Compare,
    should_stop: Callable[[], bool],
) -> TextSampled:
    """Draw the sample that goes with an evaluation, without a prompt."""
    frozen = copy.deepcopy(model)
    frozen.eval()
    decoding = Decoding(max_length=length, seed=seed)
    drawn = list(stream_tokens(frozen, vocabulary, "", decoding, should_stop=should_stop))
    return TextSampled(
        sample=number,
        step=step,
        origin="training",
        prompt="",
        tokens=[token.text for token in drawn],
        probabilities=[token.probability for token in drawn],
        done=True,
        copied=compare("".join(token.text for token in drawn)),
        decoding=decoding,
    )
