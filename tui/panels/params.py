"""Panel 1: every setting as a row that can be nudged, edited, staged, applied and undone."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.widgets import Static

from core.config import Config, foreign_settings, stored_values
from core.language import joined, tr
from core.settings import Value
from tui.commands import bindings_of
from tui.draft import PRESET_NAMES, Draft
from tui.history import History
from tui.intents import ChangeSettings, StartNewRun
from tui.keymap import Keymap
from tui.nudge import nudge
from tui.panels.panel import Panel
from tui.screens.edit import edit_dialog
from tui.signs import UNICODE, Signs
from tui.tasks import Corpora, task_of
from tui.widgets.row_list import FAR, RowList
from tui.widgets.settings_list import SettingsList, describe

GROUPS = ("training", "model", "classification", "data", "run")
"""The groups in the panel's order: what can be steered while training comes first."""

PRESET_ROW = "preset"
STAGED_KEYS = (
    ("params.apply", tr("apply")),
    ("params.revert", tr("revert")),
    ("params.apply_new", tr("new run")),
)
"""What can be done with staged edits, for the frame."""

_SHOWS_OTHER = tr("another run is shown; Esc goes back to the one in training")
_NOT_IN_TRAINING = tr("not the one that is training")

RUNNING = frozenset({"training", "paused", "evaluating", "saving", "preparing"})
"""States in which only live settings can change."""


class ParamsPanel(Panel):
    """Show the settings in force, take edits and post what is to be applied."""

    number = 1
    heading = tr("Params")
    scope = "params"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings_of("params"), *FAR]
    DEFAULT_CSS = """
    ParamsPanel #about {
        height: 4; padding: 0 1; border-top: solid $primary 30%;
    }
    ParamsPanel { border-subtitle-color: $text-muted; }
    ParamsPanel.-short #about { display: none; }
    """

    def __init__(
        self,
        config: Config,
        *,
        signs: Signs = UNICODE,
        keymap: Keymap | None = None,
        corpora: Corpora | None = None,
    ) -> None:
        """Make the panel.

        Args:
            config: What the next start takes.
            signs: What to draw arrows and marks with.
            keymap: The keys in force; the defaults if None.
            corpora: Names that the corpus can be nudged through, by task.
        """
        super().__init__(id="params")
        self.draft = Draft(config)
        """The settings in force and the staged edits."""
        self._signs = signs
        self._keymap = keymap or Keymap()
        self._corpora = corpora or {}
        self._followed: tuple[int | None, dict[str, Value]] = (None, {})
        self._drawn: tuple[dict[str, Value], dict[str, Value]] = ({}, {})
        self._in_training = False
        self._frozen = False

    def compose(self) -> ComposeResult:
        """Lay out the rows and, below them, what the selected one means."""
        yield SettingsList(Config, self._signs, groups=GROUPS, id="settings")
        yield Static(id="about", markup=False)

    def on_mount(self) -> None:
        """Fill the rows."""
        super().on_mount()
        self._redraw()
        self._list.select("learning_rate")
        self._redraw()

    def on_resize(self) -> None:
        """Give the few lines of a low panel to the rows."""
        self.set_class(self.size.height < 12, "-short")

    def show(self, history: History) -> None:
        """Follow the run's settings, live changes included."""
        self._in_training = history.state in RUNNING
        if history.config and (history.run, history.config) != self._followed:
            # Only what is new is taken over: changes for the next start are made over it.
            self._followed = (history.run, dict(history.config))
            self.draft.follow(stored_values(history.config))
        if self._drawn != (self.draft.values, self.draft.staged):
            self._redraw()

    def freeze(self, *, frozen: bool) -> None:
        """Refuse to apply edits, while another run than the one in training is shown."""
        if frozen != self._frozen:
            self._frozen = frozen
            self._redraw()

    def put_in_force(self, values: dict[str, Value]) -> None:
        """Take settings for the next start."""
        self.draft.follow(values)
        self._redraw()

    def put_back(self, values: dict[str, Value]) -> None:
        """Stage edits again that a run in training cannot take."""
        for name, value in values.items():
            self.draft.stage(name, value)
        self._redraw()
        key = self._keymap.first_shown("params.apply_new")
        self._tell(
            tr(
                "{count} staged need a new run: {key} starts one with them",
                count=len(values),
                key=key,
            )
        )

    def action_row(self, rows: int) -> None:
        """Move the cursor."""
        self._list.travel(rows)
        self._explain()

    def action_nudge(self, direction: int) -> None:
        """Stage the next value up or down."""
        if self._list.selected == PRESET_ROW:
            names = PRESET_NAMES
            here = names.index(self.draft.preset) if self.draft.preset in names else -direction
            self.draft.stage_preset(names[(here + direction) % len(names)])
        elif (setting := self._list.setting) is not None:
            choices = self._corpora_at_hand if setting.name == "corpus" else ()
            value = nudge(setting, self.draft.shown(setting.name), direction, choices)
            self._stage(setting.name, value)
        self._redraw()

    def edit_setting(self, name: str) -> None:
        """Put the cursor on a setting and ask for its value, if this task has it."""
        self._list.select(name)
        if self._list.selected == name:
            self._explain()
            self.action_edit()

    def action_edit(self) -> None:
        """Ask for a value; what has two values is switched at once."""
        setting = self._list.setting
        if setting is None or setting.kind == "bool":
            self.action_nudge(1)
            return

        def stage(value: Value | None) -> None:
            if value is not None:
                self._stage(setting.name, value)
                self._redraw()

        choices = self._corpora_at_hand if setting.name == "corpus" else setting.choices
        dialog = edit_dialog(setting, self.draft.shown(setting.name), choices)
        self.app.push_screen(dialog, stage)

    def action_revert(self) -> None:
        """Drop the staged edit of this row, or all of a preset's or a task's."""
        self.draft.staged.pop(self._list.selected, None)
        if self._list.selected in (PRESET_ROW, "task"):
            self.draft.staged.clear()
        self._redraw()

    def action_apply(self) -> None:
        """Put in force what can be."""
        if self._frozen:
            self._tell(_SHOWS_OTHER)
        elif self.draft.staged:
            values = dict(self.draft.staged)
            self.draft.applied(values)
            self.post_message(ChangeSettings(values))
            self._redraw()
        else:
            self._tell(
                tr("nothing is staged: nudge a value with the arrow keys or edit it with Enter")
            )

    def action_apply_as_new_run(self) -> None:
        """Begin a new run with all that is staged."""
        self.post_message(StartNewRun(dict(self.draft.staged)))

    def action_undo(self) -> None:
        """Take back the last applied change."""
        if self._frozen:
            self._tell(_SHOWS_OTHER)
            return
        values = self.draft.take_undo(training=self._in_training)
        if values:
            self.post_message(ChangeSettings(values))
        else:
            self._tell(tr("there is no applied change to undo"))

    def on_row_list_chosen(self, message: RowList.Chosen) -> None:
        """Explain the clicked row."""
        message.stop()
        self._explain()

    @property
    def _list(self) -> SettingsList:
        return self.query_one("#settings", SettingsList)

    @property
    def _corpora_at_hand(self) -> tuple[str, ...]:
        return self._corpora.get(self.draft.task, ())

    def _stage(self, name: str, value: Value) -> None:
        """Stage an edit; another task brings the settings that suit it."""
        if name == "task":
            self.draft.stage_task(task_of({name: value}))
        else:
            self.draft.stage(name, value)

    def _tell(self, message: str) -> None:
        self.app.notify(message, markup=False)

    def _redraw(self) -> None:
        self._drawn = (dict(self.draft.values), dict(self.draft.staged))
        shown = self.draft.preset if self.draft.preset in PRESET_NAMES else tr("custom")
        hidden = foreign_settings(self.draft.task)
        self._list.show(self.draft.values, self.draft.staged, {PRESET_ROW: shown}, hidden)
        staged = len(self.draft.staged)
        facts = []
        if self._frozen:
            facts.append(tr("of run {run}", run=self._followed[0]))
        if staged:
            facts.append(tr("{count} staged", count=staged))
        self.set_title(" ".join([self._signs.rule, *facts]) if facts else "")
        keys = [(self._keymap.first_shown(id_), word) for id_, word in STAGED_KEYS]
        if staged:
            self.set_subtitle("  ".join(f"{key} {word}" for key, word in keys))
        else:
            self.set_subtitle(_NOT_IN_TRAINING if self._frozen else "")
        self._explain()

    def _explain(self) -> None:
        """Say what the selected row means."""
        setting = self._list.setting
        about = describe(setting) if setting else Content("\n".join(_preset_words()))
        self.query_one("#about", Static).update(about, layout=False)


def _preset_words() -> list[str]:
    """Say what a preset is."""
    return [
        tr("A named set of settings"),
        joined(PRESET_NAMES),
        tr("fast goes by max_seconds"),
    ]
