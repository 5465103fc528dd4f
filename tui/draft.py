"""Settings as the user is shaping them: in force, staged, and how to take a step back."""

from collections.abc import Mapping

from core.config import DATA_SETTINGS, SETTINGS, Config, config_values, make_config
from core.presets import PRESET_OF_TASK, PRESETS, preset_values
from core.settings import Value
from tui.tasks import TASKS, Task, task_of, task_of_preset

PRESET_NAMES = tuple(PRESETS)

PRESET_SETTINGS: dict[Task, tuple[str, ...]] = {
    task: tuple(
        dict.fromkeys(
            name
            for preset, values in PRESETS.items()
            if task_of_preset(preset) == task
            for name in values
            if name != "corpus"
        )
    )
    for task in TASKS
}
"""Every setting that some preset of a task sets; choosing one of them sets all of these.

The corpus is left to the user, unless the presets are of different tasks.
"""

_OF_PRESETS = DATA_SETTINGS | {name for names in PRESET_SETTINGS.values() for name in names}
"""Every setting that the choice of another task's preset sets."""


class Draft:
    """Hold the settings in force and the edits staged over them.

    In force means: what the running run trains with, or what the next start would take.
    """

    def __init__(self, config: Config) -> None:
        self.values = config_values(config)
        """Settings in force by name."""
        self.staged: dict[str, Value] = {}
        """Edits not yet applied; none equals what is in force."""
        self._set_aside: dict[str, Value] = {}
        """Edits that the staging of another task has replaced."""
        self._undo: list[dict[str, Value]] = []

    def shown(self, name: str) -> Value:
        """Return a setting as it would be once the staged edits are applied."""
        return self.staged.get(name, self.values[name])

    def follow(self, values: Mapping[str, Value]) -> None:
        """Take what is in force from a run; staged edits stay, except where they came true."""
        known = {name: value for name, value in values.items() if name in SETTINGS}
        self.values = {**self.values, **known}
        self.staged = {
            name: value for name, value in self.staged.items() if value != self.values[name]
        }

    def stage(self, name: str, value: Value) -> None:
        """Stage an edit; setting a value back to what is in force drops it.

        Where the preset `fast` is staged, its sizes follow an edit of its time.
        """
        follows = name == "max_seconds" and bool(value) and self._stages("fast")
        self._stage(name, value)
        if follows:
            self.stage_preset("fast")

    @property
    def task(self) -> Task:
        """What a run would learn once the staged edits are applied."""
        return task_of({"task": self.shown("task")})

    def stage_preset(self, preset: str) -> None:
        """Stage all that it takes to have a preset."""
        task = task_of_preset(preset)
        if task != self.task:
            # What makes a good model of the one task makes a poor one of the other.
            if self.task == task_of(self.values):
                self._set_aside = {n: v for n, v in self.staged.items() if n in _OF_PRESETS}
            for name in _OF_PRESETS:
                self._stage(name, SETTINGS[name].default)
            self._stage("corpus", _corpus_of(preset))
        for name, value in self._values_of(preset).items():
            self._stage(name, value)

    def stage_task(self, task: Task) -> None:
        """Stage the other task with what suits it, or go back to what is in force."""
        if task == self.task:
            return
        if task == task_of(self.values):
            others = {n: v for n, v in self.staged.items() if n not in _OF_PRESETS}
            self.staged, self._set_aside = {**others, **self._set_aside}, {}
        else:
            self.stage_preset(PRESET_OF_TASK[task])

    @property
    def preset(self) -> str:
        """The preset that the shown settings are, or `custom`."""
        for preset in PRESET_NAMES:
            wanted = self._values_of(preset)
            of_task = task_of_preset(preset) == self.task
            if of_task and all(self.shown(name) == value for name, value in wanted.items()):
                return preset
        return "custom"

    def applied(self, values: Mapping[str, Value]) -> None:
        """Take note that edits were sent off, so that they can be undone."""
        self._undo.append({name: self.values[name] for name in values})
        self.staged = {name: v for name, v in self.staged.items() if name not in values}

    def take_undo(self, *, training: bool) -> dict[str, Value]:
        """Return the values before the last applied change, and forget that change.

        While training a change of a setting that is not live cannot be taken back; it is skipped.
        """
        while self._undo:
            before = self._undo.pop()
            undone = {
                name: value
                for name, value in before.items()
                if value != self.values[name] and (not training or SETTINGS[name].about.live)
            }
            if undone:
                return undone
        return {}

    def config(self, changes: Mapping[str, Value] | None = None) -> Config:
        """Build the config that a start would take.

        Raises:
            SettingsError: The settings of an opened run, perhaps of an older version, are refused.
        """
        return make_config({**self.values, **(changes or {})})

    def _stage(self, name: str, value: Value) -> None:
        if value == self.values[name]:
            self.staged.pop(name, None)
        else:
            self.staged[name] = value

    def _stages(self, preset: str) -> bool:
        """Tell whether a preset is shown that is not in force but for its time."""
        edited = self.staged.keys() - {"max_seconds"}
        return self.preset == preset and not edited.isdisjoint(self._values_of(preset))

    def _values_of(self, preset: str) -> dict[str, Value]:
        """Return all that a preset sets, for the training time that is shown."""
        values = preset_values(preset, {"max_seconds": self.shown("max_seconds")})
        names = PRESET_SETTINGS[task_of_preset(preset)]
        return {name: values.get(name, SETTINGS[name].default) for name in names}


def _corpus_of(preset: str) -> Value:
    """Return a corpus that a preset's task can be trained on at once."""
    usual = PRESETS[PRESET_OF_TASK[task_of_preset(preset)]]
    default = SETTINGS["corpus"].default
    return PRESETS[preset].get("corpus", usual.get("corpus", default))
