"""Steps recorded as a CUDA graph: a GPU does a whole step again without being told each kernel.

A small recurrent network's step is hundreds of short kernels, and launching them takes longer than
they do. So the first steps are taken as they come, then one is recorded, and from there on a step
is: copy the batch to where the recording reads it, replay, copy what was measured.
"""

from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Protocol

import torch
from torch import Tensor

from core.models.recurrence import State, state_from_tensors, state_tensors
from core.training.step_result import StepResult
from core.training.task import Batch

WARM_UP = 3
"""Steps before one is recorded: libraries choose their algorithms in them, and memory settles."""

Record = Callable[[Callable[[], None]], Callable[[], None]]
"""Records what a function does on the device, without doing it, and returns what replays it."""


def record_on_gpu(run: Callable[[], None]) -> Callable[[], None]:
    """Record a function's work as a CUDA graph; its tensors' memory belongs to the recording."""
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        run()
    return graph.replay


class Take(Protocol):
    """A learner's way to take a step."""

    def __call__(self, batch: Batch, before: State | None) -> tuple[StepResult, State | None]:
        """Step from a state, and return what was measured and the state after it."""


class RecordedSteps:
    """Take a learner's steps, and record those that come again.

    Args:
        take: Takes one step without waiting for what it finds.
        record: Records it.
        device: Where.
    """

    def __init__(self, take: Take, record: Record, device: torch.device) -> None:
        self._take = take
        self._record = record
        self._device = device
        self._refused = False
        """Whether the device would not record; then each step is taken as it comes."""
        self._taken: Counter[tuple[torch.Size, ...]] = Counter()
        self._states: dict[tuple[torch.Size, ...], State] = {}
        """What a state looks like, by the sizes of a batch."""
        self._recordings: dict[tuple[torch.Size, ...], _Recording] = {}

    def forget(self) -> None:
        """Record anew: a recording holds the settings under which it was made."""
        self._taken.clear()
        self._states.clear()
        self._recordings.clear()

    def step(self, batch: Batch, before: State | None) -> tuple[StepResult, State | None]:
        """Take a step from a state, by a recording of its like where there is one.

        Args:
            batch: What to learn from.
            before: The state to start from; zeros where there is none.
        """
        tensors = batch.tensors()
        if tensors is None or self._refused:
            return self._take(batch, before)
        kind = tuple(tensor.shape for tensor in tensors)
        if self._taken[kind] < WARM_UP:
            self._taken[kind] += 1
            with _aside(self._device):
                result, state = self._take(batch, before)
            if state is None:
                raise AssertionError("what can be recorded carries a state")
            self._states[kind] = state
            return result, state
        if kind not in self._recordings:
            try:
                recording = _Recording(self._take, self._record, batch, self._states[kind])
            except torch.OutOfMemoryError:
                raise
            except RuntimeError:
                self._refused = True
                return self._take(batch, before)
            self._recordings[kind] = recording
        return self._recordings[kind].replay(tensors, before)


class _Recording:
    """Hold one recorded step and the places that it reads from and writes to."""

    def __init__(self, take: Take, record: Record, batch: Batch, state: State) -> None:
        tensors = batch.tensors()
        assert tensors is not None
        places = state_tensors(state)
        device = places[0].device
        self._inputs = [tensor.to(device, copy=True) for tensor in tensors]
        self._places = [torch.zeros_like(place) for place in places]
        self._result: StepResult | None = None
        over = batch.over(self._inputs)

        def run() -> None:
            self._result, after = take(over, state_from_tensors(self._places))
            assert after is not None
            for place, tensor in zip(self._places, state_tensors(after), strict=True):
                place.copy_(tensor)

        self._replay = record(run)

    def replay(
        self, tensors: tuple[Tensor, ...], before: State | None
    ) -> tuple[StepResult, State | None]:
        """Take the step on a batch's tensors; the state that it returns is written by the next."""
        for place, tensor in zip(self._inputs, tensors, strict=True):
            place.copy_(tensor, non_blocking=True)
        if before is None:
            torch._foreach_zero_(self._places)
        else:
            for place, tensor in zip(self._places, state_tensors(before), strict=True):
                if place is not tensor:
                    place.copy_(tensor)
        self._replay()
        assert self._result is not None
        return self._result.kept(), state_from_tensors(self._places)


def _aside(device: torch.device) -> AbstractContextManager[object]:
    """Return a context that works on a stream of its own, as is asked of what is then recorded."""
    return _OwnStream() if device.type == "cuda" else nullcontext()


class _OwnStream:
    def __enter__(self) -> None:
        self._stream = torch.cuda.Stream()
        self._stream.wait_stream(torch.cuda.current_stream())
        self._inside = torch.cuda.stream(self._stream)
        self._inside.__enter__()

    def __exit__(self, *error: object) -> None:
        self._inside.__exit__(*error)
        torch.cuda.current_stream().wait_stream(self._stream)
