"""A backend that plays a short training without torch: the engine's part in the screen's tests."""

import math
import time
from collections.abc import Callable, Iterator

from core.config import config_values, make_config
from core.control import (
    CancelSample,
    Change,
    Classify,
    Control,
    Inspect,
    Pause,
    Resume,
    Sample,
    Save,
    StopRequested,
)
from core.decoding import Decoding
from core.errors import DataError
from core.events import (
    CheckpointSaved,
    Copied,
    Diverged,
    Emit,
    Evaluated,
    Paused,
    PhaseChanged,
    Resumed,
    RunEnded,
    RunStarted,
    SettingChange,
    SettingsChanged,
    StepsDone,
    TextSampled,
)
from core.settings import Value
from scripted_classifier import (
    TOPICS,
    answer,
    baselines,
    measured,
    measured_accuracy,
    measured_f1,
    share_right,
)
from scripted_look import inspected
from tui.backend import DrawnToken
from workspace.requests import Request, ResumeRequest, StartRequest

GROUPS = ["embedding", "l0.input", "l0.recurrent", "l1.input", "l1.recurrent", "output"]


class ScriptedBackend:
    """Emit what a session would, of either task, obeying its control; nothing is stored.

    Args:
        steps: Steps until the run is finished.
        pace_s: Seconds that a step takes.
        refuse: What to raise before the run exists; nothing if empty.
        diverge_at: The step at which the loss is no number; never if 0.
    """

    def __init__(
        self, *, steps: int = 10_000, pace_s: float = 0.005, refuse: str = "", diverge_at: int = 0
    ) -> None:
        self.steps = steps
        self.pace_s = pace_s
        self.refuse = refuse
        self.diverge_at = diverge_at
        self.requests: list[Request] = []
        self.controls: list[Control] = []
        self.saved: list[int] = []
        self.classified: list[str] = []
        """The texts that were asked about, in training or after it."""

    def load(self) -> None:
        """Load nothing."""

    def train(self, request: Request, emit: Emit, control: Control) -> None:
        """Play a run."""
        self.requests.append(request)
        self.controls.append(control)
        if self.refuse:
            raise DataError(self.refuse)
        emit(PhaseChanged(phase="reading_text", step=0, detail="python-reference"))
        if control.should_stop():
            raise StopRequested
        _Play(self, request, emit, control).run()

    def sample(
        self,
        run: int,
        prompt: str,
        decoding: Decoding,
        emit: Emit,
        should_stop: Callable[[], bool],
    ) -> Iterator[DrawnToken]:
        """Draw the alphabet with falling probabilities."""
        for index in range(decoding.max_length):
            if should_stop():
                return
            time.sleep(self.pace_s)
            yield DrawnToken(chr(97 + index % 26), 1 / (1 + index % 26), 7)

    def copied(
        self, run: int, sample: str, emit: Emit, should_stop: Callable[[], bool]
    ) -> Copied | None:
        """Find half of each sample in the training text."""
        return Copied(longest=len(sample) // 2, start=0, share=0.5, is_partial=False)

    def classify(self, run: int, sample: int, text: str, emit: Emit) -> None:
        """Answer at once, from step 7."""
        self.classified.append(text)
        emit(answer(sample, text, 7))

    def inspect(self, run: int, sample: int, text: str, offset: int, emit: Emit) -> None:
        """Answer at once, from step 7."""
        emit(inspected(sample, text, 7, offset))


class _Play:
    """Play one run."""

    def __init__(
        self, backend: ScriptedBackend, request: Request, emit: Emit, control: Control
    ) -> None:
        self.backend = backend
        self.emit = emit
        self.control = control
        resumed = isinstance(request, ResumeRequest)
        config = request.config if isinstance(request, StartRequest) else make_config()
        self.config: dict[str, Value] = config_values(config)
        self.classifies = config.task == "classify"
        self.step = 100 if resumed else 0
        self.name = (request.name if isinstance(request, StartRequest) else None) or "scripted"
        self.best: float | None = None
        self.best_accuracy: float | None = None
        self.sampling: Sample | None = None

    def run(self) -> None:
        """Play until the end or a stop."""
        self.emit(
            RunStarted(
                run=1, name=self.name, config=self.config, parameters=1000, vocab_size=90,
                train_tokens=100_000, val_tokens=10_000, steps_per_epoch=500,
                planned_steps=self.backend.steps, start_step=self.step, device="cpu", threads=1,
                corpus_name="python-reference", grad_groups=GROUPS,
                labels=TOPICS if self.classifies else [],
            )
        )  # fmt: skip
        if self.classifies:
            self.emit(baselines())
        self.emit(PhaseChanged(phase="training", step=self.step))
        while self.step < self.backend.steps and not self.control.should_stop():
            self._obey()
            if not self._take_step():
                return
        if not self.control.should_stop() or self.control.save_on_stop:
            self._save()
        self._end(self.control.stop_reason or "finished")

    def _take_step(self) -> bool:
        time.sleep(self.backend.pace_s)
        self.step += 1
        if self.step == self.backend.diverge_at:
            self.emit(
                Diverged(
                    step=self.step, what="loss", parameter="", message="not finite",
                    checkpoint="/tmp/checkpoint-2", checkpoint_step=2,
                )
            )  # fmt: skip
            self._end("diverged")
            return False
        loss = 1.2 + 3.3 * math.exp(-self.step / 300) + 0.05 * math.sin(self.step)
        self.emit(self._report(loss))
        if self.step % 100 == 0:
            self._evaluate(loss + 0.05)
        if self.sampling is not None:
            self._answer(self.sampling, ["x"], done=False)
        return True

    def _report(self, loss: float) -> StepsDone:
        norms: dict[str, float | None] = {
            name: 0.1 * (index + 1) for index, name in enumerate(GROUPS)
        }
        return StepsDone(
            first_step=self.step, step=self.step, epoch=1 + self.step // 500, loss=loss,
            grad_norm=0.9, losses=[loss], perplexity=math.exp(loss),
            learning_rate=float(self.config["learning_rate"]), tokens_per_s=31_000.0,
            elapsed_s=self.step * self.backend.pace_s, tokens=self.step * 2048,
            clipped=self.step % 2, max_grad_norm=float(self.config["max_grad_norm"]),
            grad_norms=norms, update_ratios=dict.fromkeys(GROUPS, 1e-3),
            accuracy=share_right(self.step) if self.classifies else None,
        )  # fmt: skip

    def _evaluate(self, loss: float) -> None:
        self.best = loss if self.best is None else min(self.best, loss)
        if self.classifies:
            self.best_accuracy = measured_accuracy(self.step)
        self.emit(
            Evaluated(
                step=self.step, epoch=1, val_loss=loss, val_perplexity=math.exp(loss),
                bits_per_char=loss / math.log(2), nats_per_word=5 * loss,
                is_best=self.best == loss, best_val_loss=self.best, elapsed_s=1.0, eval_s=0.1,
                accuracy=self.best_accuracy, best_accuracy=self.best_accuracy,
                macro_f1=measured_f1(self.step) if self.classifies else None,
            )
        )  # fmt: skip
        if self.classifies:
            self.emit(measured(self.step))
            return
        self._sample(
            self.step, "training", "", list("The sample of a step. "), Decoding(), done=True
        )

    def _answer(self, asked: Sample, tokens: list[str], *, done: bool) -> None:
        self._sample(asked.sample, "console", asked.prompt, tokens, asked.decoding, done=done)

    def _sample(
        self,
        number: int,
        origin: str,
        prompt: str,
        tokens: list[str],
        decoding: Decoding,
        *,
        done: bool,
    ) -> None:
        self.emit(
            TextSampled(
                sample=number, step=self.step,
                origin="console" if origin == "console" else "training", prompt=prompt,
                tokens=tokens, probabilities=[0.9 / (i + 1) for i in range(len(tokens))], done=done,
                decoding=decoding,
            )
        )  # fmt: skip

    def _obey(self) -> None:
        for command in self.control.take():
            match command:
                case Pause():
                    self.emit(Paused(step=self.step))
                    while not self.control.should_stop():
                        self.control.wait(0.05)
                        if any(isinstance(c, Resume) for c in self.control.take()):
                            break
                    self.emit(Resumed(step=self.step))
                case Change(values):
                    changes = [
                        SettingChange(name=name, old=self.config[name], new=value)
                        for name, value in values.items()
                    ]
                    self.config |= values
                    self.emit(SettingsChanged(step=self.step, changes=changes))
                case Save():
                    self._save()
                case Sample():
                    self.sampling = command
                case Inspect(number, text, offset):
                    self.emit(inspected(number, text, self.step, offset))
                case Classify(number, text):
                    self.backend.classified.append(text)
                    self.emit(answer(number, text, self.step))
                case CancelSample() if self.sampling is not None:
                    self._answer(self.sampling, [], done=True)
                    self.sampling = None
                case _:
                    pass

    def _save(self) -> None:
        self.backend.saved.append(self.step)
        self.emit(
            CheckpointSaved(
                step=self.step, path=f"/tmp/checkpoint-{self.step}", sha256="0" * 64, size=1,
                is_best=True,
            )
        )  # fmt: skip

    def _end(self, reason: str) -> None:
        self.emit(
            RunEnded(
                run=1, reason=reason, step=self.step, best_val_loss=self.best,  # type: ignore[arg-type]
                checkpoint=f"/tmp/checkpoint-{self.step}", best_step=self.step, elapsed_s=1.0,
                best_accuracy=self.best_accuracy,
            )
        )  # fmt: skip
