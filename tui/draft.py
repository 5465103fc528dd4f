"""Settings as the user is shaping them: in force, staged, and how to take a step back."""

from collections.abc import Mapping

from core.config import PRESETS, SETTINGS, Config, config_values, make_config
from core.settings import Value

PRESET_NAMES = tuple(PRESETS)
PRESET_SETTINGS = tuple(dict.fromkeys(name for preset in PRESETS.values() for name in preset))
"""Every setting that some preset sets; choosing a preset sets all of them."""


class Draft:
    """Hold the settings in force and the edits staged over them.

    In force means: what the running run trains with, or what the next start would take.
    """

    def __init__(self, config: Config) -> None:
        self.values = config_values(config)
        """Settings in force by name."""
        self.staged: dict[str, Value] = {}
        """Edits not yet applied; none equals what is in force."""
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
        """Stage an edit; setting a value back to what is in force drops it."""
        if value == self.values[name]:
            self.staged.pop(name, None)
        else:
            self.staged[name] = value

    def stage_preset(self, preset: str) -> None:
        """Stage all that it takes to have a preset."""
        for name, value in _preset_values(preset).items():
            self.stage(name, value)

    @property
    def preset(self) -> str:
        """The preset that the shown settings are, or `custom`."""
        for preset in PRESET_NAMES:
            wanted = _preset_values(preset)
            if all(self.shown(name) == value for name, value in wanted.items()):
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


def _preset_values(preset: str) -> dict[str, Value]:
    return {name: PRESETS[preset].get(name, SETTINGS[name].default) for name in PRESET_SETTINGS}
