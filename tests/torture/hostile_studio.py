"""The dashboard over a workspace and an engine that say nothing but hostile texts."""

import itertools
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

if "naive" in sys.argv:
    from naive_terminal import obey_everything

    obey_everything()

from hostile_workspace import fill_runs, in_a_name, new_workspace, poisoned

from core.config import make_config
from core.control import Control
from core.decoding import Decoding
from core.errors import InputError
from core.events import Copied, Emit, Event, Noticed
from scripted_backend import ScriptedBackend
from tui.app import run_dashboard
from tui.backend import DrawnToken
from workspace.requests import Request


class HostileBackend(ScriptedBackend):
    """Put a hostile text wherever an event has a text."""

    def __init__(self, texts: list[str]) -> None:
        super().__init__(steps=5000, pace_s=0.005)
        self._texts = itertools.cycle(texts)
        self._asked = 0

    def _hostile(self, emit: Emit) -> Emit:
        def spoilt(event: Event) -> None:
            emit(poisoned(event, self._texts))  # type: ignore[arg-type]

        return spoilt

    def train(self, request: Request, emit: Emit, control: Control) -> None:
        """Play a run, with notices before it."""
        for text in itertools.islice(self._texts, 4):
            emit(Noticed(message=text))
        super().train(request, self._hostile(emit), control)

    def sample(
        self, run: int, prompt: str, decoding: Decoding, emit: Emit,
        should_stop: Callable[[], bool],
    ) -> Iterator[DrawnToken]:  # fmt: skip
        """Draw hostile tokens; every third time refuse in hostile words."""
        self._asked += 1
        if self._asked % 3 == 0:
            raise InputError(next(self._texts))
        for _ in range(12):
            yield DrawnToken(next(self._texts), 0.1, 7)

    def copied(
        self, run: int, sample: str, emit: Emit, should_stop: Callable[[], bool]
    ) -> Copied | None:
        """Find the beginning of each sample."""
        return Copied(longest=5, start=0, share=0.5, is_partial=False)

    def classify(self, run: int, sample: int, text: str, emit: Emit) -> None:
        """Answer in hostile words."""
        super().classify(run, sample, text, self._hostile(emit))

    def inspect(self, run: int, sample: int, text: str, offset: int, emit: Emit) -> None:
        """Answer in hostile words."""
        super().inspect(run, sample, text or next(self._texts), offset, self._hostile(emit))


def main(root: Path, texts: list[str], task: str) -> int:
    """Open the dashboard."""
    folder = root / in_a_name(texts[0])
    folder.mkdir()
    workspace = new_workspace(folder)
    fill_runs(workspace, texts)
    settings = {"task": task, "data_file": texts[0], "corpus": texts[-1], "save_dir": ""}
    safe = {name: value.encode("utf-8", "replace").decode() for name, value in settings.items()}
    return run_dashboard(make_config(safe), workspace, backend=HostileBackend(texts))


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), json.loads(Path(sys.argv[2]).read_text()), sys.argv[3]))
