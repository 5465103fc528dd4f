"""Panel 0: what the doctor says of the run, the evidence, and the fix that one key stages."""

from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Static

from core.language import joined, tr
from core.settings import Value, text_of
from tui.cells import cell_rjust
from tui.commands import bindings_of
from tui.findings import Finding
from tui.history import History
from tui.intents import LabelsChanged, StageFix
from tui.names import finding_name
from tui.panels.panel import Panel
from tui.safe_text import displayable
from tui.signs import UNICODE, Signs
from tui.widgets.glyphs import BRAILLE, Glyphs
from tui.widgets.row_list import Row, RowList

DETAIL_ROWS = 8
"""Rows that the explanation of a finding has at least."""


class DoctorPanel(Panel):
    """List the findings, the newest first; below stands what the selected one means."""

    number = 0
    heading = tr("Doctor")
    scope = "doctor"
    place = "inside"
    BINDINGS = bindings_of("doctor")
    DEFAULT_CSS = """
    DoctorPanel #detail {
        height: 1fr; min-height: 8; border-top: solid $foreground 30%; padding: 0 1;
    }
    """

    def __init__(self, *, signs: Signs = UNICODE, glyphs: Glyphs = BRAILLE) -> None:
        super().__init__(id="doctor")
        self._signs, self._glyphs = signs, glyphs
        self._list = RowList(signs=signs)
        self._findings: dict[str, Finding] = {}

    def compose(self) -> ComposeResult:
        """Lay out the list above what the selected finding means."""
        yield self._list
        yield Static(id="detail", markup=False)

    def on_mount(self) -> None:
        """Begin without a finding."""
        super().on_mount()
        self.show(History())

    def show(self, history: History) -> None:
        """Show what was found so far."""
        # What stands comes first, in each part the newest.
        newest = list(history.findings)[::-1]
        ordered = sorted(newest, key=lambda one: one.over_at is not None)
        self._findings = {f"{one.said.step} {one.said.code}": one for one in ordered}
        self._list.empty = self._glyphs.text(_nothing_text(history))
        self._fit()
        self._list.set_rows([Row(key, _line(one)) for key, one in self._findings.items()])
        count = len(history.findings.standing)
        found = tr("{count} found", count=count)
        self.set_title(f"{self._signs.rule} {found}" if count else "")
        self._explain()

    def on_resize(self) -> None:
        """Keep the explanation below the list."""
        super().on_resize()
        self._fit()

    def _fit(self) -> None:
        """Give the list the rows that it has, so that what explains it stands right below."""
        room = self.size.height - DETAIL_ROWS
        self._list.styles.height = (
            max(1, min(len(self._findings), room)) if self._findings else "1fr"
        )
        self.query_one("#detail").display = bool(self._findings)

    def action_row(self, direction: int) -> None:
        """Go to the next finding or the one before."""
        self._list.move(direction)
        self._explain()
        self.post_message(LabelsChanged())

    def labels(self) -> dict[str, str]:
        """Name the key that stages the fix, where there is one."""
        return {"doctor.fix": tr("Stage the fix")} if self._fix else {}

    def offers(self, command_id: str) -> bool:
        """Leave the fix out where there is none."""
        return command_id != "doctor.fix" or command_id in self.labels()

    def action_stage_fix(self) -> None:
        """Stage the fix of the selected finding like any other edit."""
        if not self._fix:
            self.app.notify(tr("there is no fix to stage"), markup=False)
            return
        self.post_message(StageFix(self._fix))

    def on_row_list_chosen(self, message: RowList.Chosen) -> None:
        """Explain what was clicked."""
        message.stop()
        self._explain()
        self.post_message(LabelsChanged())

    @property
    def _selected(self) -> Finding | None:
        return self._findings.get(self._list.selected)

    @property
    def _fix(self) -> dict[str, Value]:
        """What mends the selected finding; nothing where no setting does, or where it is over."""
        finding = self._selected
        return finding.said.fix if finding is not None and finding.over_at is None else {}

    def _explain(self) -> None:
        finding = self._selected
        detail = self.query_one("#detail", Static)
        if finding is None:
            detail.update(Content(""))
            return
        said = finding.said
        fix = joined(f"{name} {text_of(value)}" for name, value in self._fix.items())
        text = Content.assemble(
            (displayable(said.message), "bold"),
            f"\n{displayable(said.evidence)}",
            (tr("\nfix: {settings}", settings=displayable(fix)) if fix else "", "$text-success"),
        )
        detail.update(Content(self._glyphs.text(text.plain)) if self._glyphs.ascii_only else text)


def _nothing_text(history: History) -> str:
    """Say why there is no finding."""
    if history.run is None:
        return tr("watches each run as it trains")
    if history.state == "ended":
        return tr("the doctor sees nothing wrong")
    return tr("nothing found so far")


def _line(finding: Finding) -> Content:
    said, over_at = finding
    code = displayable(finding_name(said.code))
    when = cell_rjust(f"{said.step:,}" if said.step else tr("sizes"), 7)
    if over_at is not None:
        over = tr("over since step {step:,}", step=over_at)
        return Content.styled(f"{when}  {code}  {over}", "$text-muted")
    return Content.assemble(
        (f"{when}  ", "$text-muted"), (code, "bold"), f"  {displayable(said.evidence)}"
    )
