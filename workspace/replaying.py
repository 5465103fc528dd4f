"""A recorded run trained again: each live edit at its step, and each loss beside the recorded."""

from collections import deque
from collections.abc import Mapping
from contextlib import suppress

from core.config import SETTINGS, Config, make_config, stored_values
from core.control import Control
from core.cores import available_threads
from core.errors import CheckpointError, InputError, SettingsError
from core.events import Evaluated, Event, ReplayCompared, RunStarted, StepsDone
from core.language import joined, tr, trn
from core.settings import Value
from core.training.checkpoint import read_header
from core.training.device import device_name, pick_device
from workspace.checkpoints import newest_intact
from workspace.records import Run
from workspace.runs import RunStore
from workspace.timeline import Edit, Timeline


class Replay:
    """Tell the engine what a user once told it, and compare what comes of it.

    Args:
        run: The run to repeat.
        timeline: Its events, folded.
        digest: The hash of the data that it was trained on; empty where that is not known.
        places: Where the data is now, if it has moved.

    Raises:
        InputError: The run cannot be repeated; the message says why.
    """

    def __init__(
        self, run: Run, timeline: Timeline, digest: str, places: Mapping[str, Value]
    ) -> None:
        self.run = run
        self.digest = digest
        self._timeline = timeline
        self._start = _replayable(run, timeline)
        self._by_clock = _follows_clock(timeline, self._start)
        self.config = self._config(places)
        """The settings that the run began with."""
        self.notices = self._notices()
        """What the user should know, a sentence each."""
        self._edits = deque(timeline.edits if self._by_clock else _without_clock(timeline))
        self._evaluated = (-1, 0)
        self._equal = 0
        self._differs: tuple[int, float | None, float | None] | None = None

    def steer(self, control: Control) -> None:
        """Give a control the recorded commands, each at its step."""

        def cue(step: int) -> None:
            while self._edits and self._is_due(self._edits[0], step):
                control.change(self._edits.popleft().new)
            if not self._edits and self._ends_by_hand and step >= self._timeline.last_step:
                control.stop()

        control.follow(cue)

    def take(self, event: Event) -> None:
        """Look at an event of the new run."""
        match event:
            case Evaluated():
                at, count = self._evaluated
                self._evaluated = (event.step, count + 1 if at == event.step else 1)
            case StepsDone():
                for step, loss in enumerate(event.losses, start=event.first_step):
                    self._compare(step, loss)
            case _:
                pass

    def compared(self) -> ReplayCompared:
        """Say how far the losses are equal."""
        step, loss, recorded = self._differs or (None, None, None)
        return ReplayCompared(
            run=self.run.run,
            equal_steps=self._equal,
            recorded_steps=len(self._timeline.losses),
            step=step,
            loss=loss,
            recorded_loss=recorded,
        )

    def check_same_text(self, name: str, digest: str) -> None:
        """Refuse to repeat the run on another text.

        Raises:
            InputError: The tokens differ.
        """
        if self.digest and digest != self.digest:
            raise InputError(
                tr(
                    "{name} is not the text that {run} was trained on, or has changed since, so no "
                    "loss could be equal; put the old text back (--data_file names it)",
                    name=name,
                    run=self.run.name,
                )
            )

    @property
    def _ends_by_hand(self) -> bool:
        return self._timeline.reason in (None, "stopped", "signal", "failed")

    def _is_due(self, edit: Edit, step: int) -> bool:
        at, count = self._evaluated
        return edit.step < step or (
            edit.step == step and edit.evaluations <= (count if at == step else 0)
        )

    def _compare(self, step: int, loss: float | None) -> None:
        if self._differs is not None or step not in self._timeline.losses:
            return
        recorded = self._timeline.losses[step]
        if loss == recorded:
            self._equal += 1
        else:
            self._differs = (step, loss, recorded)

    def _config(self, places: Mapping[str, Value]) -> Config:
        values = {**stored_values(self._start.config), **places, "save_dir": ""}
        if not self._by_clock:
            values["max_seconds"] = 0.0
        try:
            config = make_config(values)
        except SettingsError as error:
            raise InputError(
                tr(
                    "run {run} is of another version of rnnstudio and cannot be replayed: {error}",
                    run=self.run.run,
                    error=error,
                )
            ) from None
        if not config.threads and self._start.threads != available_threads():
            # Sums over another number of threads round differently.
            config = make_config({"threads": self._start.threads}, base=config)
        return config

    def _notices(self) -> list[str]:
        found = [
            tr(
                "replays run {run} {name}: {plan}",
                run=self.run.run,
                name=self.run.name,
                plan=self._plan_words(),
            )
        ]
        if not self.digest:
            found.append(tr("the run keeps no hash of its text, so only the losses can tell"))
        if self._by_clock:
            found.append(
                tr(
                    "its learning rate followed the clock (cosine with max_seconds), so the "
                    "losses can be no more than near"
                )
            )
        missing = [name for name in SETTINGS if name not in self._start.config]
        if missing:
            found.append(
                tr(
                    "the run is older than {missing}; the defaults are taken",
                    missing=joined(missing),
                )
            )
        if self.run.config != self._timeline.config:
            found.append(tr("not all changes of settings that the run had are recorded"))
        device = device_name(pick_device(self.config))
        for start in self._timeline.starts:
            if start.device != device or start.threads != self._start.threads:
                found.append(
                    trn(
                        "from step {step:,} on the run was on {device} with {n} thread, so losses "
                        "may differ in their last bits",
                        "from step {step:,} on the run was on {device} with {n} threads, so "
                        "losses may differ in their last bits",
                        start.threads,
                        step=start.start_step,
                        device=start.device,
                    )
                )
        return found

    def _plan_words(self) -> str:
        steps, edits = self._timeline.last_step, len(self._timeline.edits)
        parts = (trn("{n:,} step", "{n:,} steps", steps), trn("{n} edit", "{n} edits", edits))
        return joined(parts)


def prepare_replay(store: RunStore, run: Run, places: Mapping[str, Value]) -> Replay:
    """Read what is recorded of a run.

    Raises:
        InputError: The run cannot be repeated.
    """
    timeline = Timeline.of(store.events(run.run))
    digest = timeline.start.corpus_digest if timeline.start is not None else ""
    if not digest:
        with suppress(CheckpointError):
            saved, _ = newest_intact(store, run.run)
            digest = read_header(saved.path).corpus_digest
    return Replay(run, timeline, digest, places)


def _replayable(run: Run, timeline: Timeline) -> RunStarted:
    start = timeline.start
    if start is None or not timeline.losses:
        raise InputError(tr("run {run} took no step, so there is nothing to replay", run=run.run))
    if start.start_step:
        raise InputError(
            tr(
                "run {run} began from a checkpoint of another run at step {start_step:,}, and what "
                "led there is not recorded here; replay the run that it came from",
                run=run.run,
                start_step=start.start_step,
            )
        )
    return start


def _follows_clock(timeline: Timeline, start: RunStarted) -> bool:
    """Tell whether the learning rate ever depended on the time that training took."""
    config = dict(start.config)
    for changed in ({}, *(edit.new for edit in timeline.edits)):
        config |= changed
        if config.get("schedule") == "cosine" and config.get("max_seconds"):
            return True
    return False


def _without_clock(timeline: Timeline) -> list[Edit]:
    """Return the edits with each end by time as an end by steps, which any machine meets."""
    assert timeline.start is not None, "only what began is replayed"
    own = [_without(edit, "max_seconds") for edit in timeline.edits]
    ends = [_limit(end, 0, end) for end in timeline.time_ends]
    # What ended the run was lifted when it was resumed, after its last evaluation.
    lifted = [
        _limit(end, 1, _max_steps(timeline, timeline.start, end))
        for end in timeline.time_ends
        if end < timeline.last_step
    ]
    edits = [edit for edit in (*lifted, *own, *ends) if edit.new]
    return sorted(edits, key=lambda edit: (edit.step, edit.evaluations))


def _without(edit: Edit, name: str) -> Edit:
    new = {other: value for other, value in edit.new.items() if other != name}
    return Edit(step=edit.step, evaluations=edit.evaluations, old=edit.old, new=new)


def _limit(step: int, evaluations: int, max_steps: Value) -> Edit:
    return Edit(step=step, evaluations=evaluations, old={}, new={"max_steps": max_steps})


def _max_steps(timeline: Timeline, start: RunStarted, step: int) -> Value:
    """Return the limit of steps that was in force before a step."""
    limit = start.config.get("max_steps", 0)
    for edit in timeline.edits:
        if edit.step < step:
            limit = edit.new.get("max_steps", limit)
    return limit
