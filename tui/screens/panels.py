"""Which panel has the focus, and which panels fit the terminal."""

from collections.abc import Iterator
from typing import TypeVar

from textual import events
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from core.language import tr
from tui.panels.panel import Panel
from tui.screens.outline import NEEDED, OutlinedScreen
from tui.tasks import Task

PanelT = TypeVar("PanelT", bound=Panel)


class PanelScreen(OutlinedScreen):
    """Arrange numbered panels, side by side or one alone; the base of the dashboard."""

    def __init__(self) -> None:
        super().__init__()
        self.places: dict[str, list[Widget]] = {}
        """The panels and what stands beside them, by the box that holds them and in order."""
        self._arrangement: tuple[object, ...] = ()

    def show_all(self) -> None:
        """Draw the run on show in every panel that can be seen."""
        raise NotImplementedError

    def focus_changed(self) -> None:
        """Follow the focus: another panel has the keys."""
        raise NotImplementedError

    def panel(self, number: int) -> Panel:
        """Return a panel by its number."""
        return next(panel for panel in self.present_panels() if panel.number == number)

    def present_panels(self) -> list[Panel]:
        """Return the panels that there are for the task on show."""
        return [panel for panel in self.panels_of(Panel) if self.is_present(panel)]

    def panels_of(self, kind: type[PanelT]) -> list[PanelT]:
        """Return the panels of a kind that are on the screen already, in its order.

        Asked many times a second: a query of Textual's would go through every widget.
        """
        widgets = (widget for place in self.places.values() for widget in place)
        return [widget for widget in widgets if isinstance(widget, kind) and widget.parent]

    def is_present(self, panel: Panel) -> bool:
        """Tell whether a panel is one of the task on show."""
        return panel.only_for in (None, self.task_on_show)

    def show_task(self, task: Task) -> None:
        """Put the panels of a task in the place of those that it has no use for."""
        if task == self.task_on_show:
            return
        self.task_on_show = task
        if self.current not in self.numbers():
            self.current, self.inside = 2, None
        self.rearrange()
        around = self.focused.ancestors_with_self if self.focused is not None else []
        if any(isinstance(node, Panel) and not self.is_present(node) for node in around):
            self.set_focus(self.panel(self.current), scroll_visible=False)

    def seen_panels(self) -> list[Panel]:
        """Return the panels that the arrangement shows."""
        if self.has_class("-single"):
            return [self.panel(self.current)]
        present = self.present_panels()
        inside = self.inside_on_show()
        if self.is_vast():
            return [panel for panel in present if panel.place != "inside" or panel.number == inside]
        if inside is None:
            return [panel for panel in present if panel.place != "inside"]
        return [panel for panel in present if panel.place == "left" or panel.number == inside]

    def inside_on_show(self) -> int | None:
        """Return the number of the panel that looks inside: any, where there is room for it."""
        if self.inside is not None or not self.is_vast():
            return self.inside
        numbers = (panel.number for panel in self.present_panels() if panel.place == "inside")
        return next(numbers, None)

    def numbers(self) -> list[int]:
        """Return the numbers of the panels that there are, in the order of the keyboard."""
        return sorted((panel.number for panel in self.present_panels()), key=lambda n: n or 10)

    def focus_panel(self, number: int) -> None:
        """Give a panel the keys, or another where it goes with its task at this moment."""
        self._take_up(number)
        self.rearrange()
        # At once: a key that came in the same moment must find the new focus, and
        # `Widget.focus` waits until those before it are done.
        self.set_focus(self.panel(self.current), scroll_visible=False)

    def on_resize(self, event: events.Resize) -> None:
        """Fit the layout to the terminal."""
        self.rearrange()

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Remember which panel has the keys."""
        for node in event.widget.ancestors_with_self:
            # It may have been told of a panel that has gone with its task since.
            if isinstance(node, Panel) and node.number != self.current and self.is_present(node):
                self._take_up(node.number)
                self.rearrange()
        self.focus_changed()

    def action_focus_panel(self, number: int) -> None:
        """Focus a panel; again zooms it."""
        if number not in self.numbers():
            self.app.notify(tr("a classifier has no such panel"), markup=False)
            return
        if number == self.current:
            self.action_zoom()
        self.focus_panel(number)

    def action_zoom(self) -> None:
        """Let the focused panel fill the screen, or bring the others back."""
        self.zoomed = not self.zoomed
        self.rearrange()

    def action_focus_next_panel(self) -> None:
        """Focus the next panel."""
        self._focus_beside(1)

    def action_focus_previous_panel(self) -> None:
        """Focus the panel before."""
        self._focus_beside(-1)

    def _focus_beside(self, distance: int) -> None:
        numbers = self.numbers()
        self.focus_panel(numbers[(numbers.index(self.current) + distance) % len(numbers)])

    def _take_up(self, number: int) -> None:
        """Make a panel the current one; those on the right make room for one that looks inside."""
        self.current = number
        place = self.panel(number).place
        if place == "inside" or (place == "right" and not self.is_vast()):
            self.inside = number if place == "inside" else None

    def rearrange(self) -> None:
        """Set the classes that the style sheet lays out by, and draw what came into view.

        A class costs a layout, so none is set that makes no difference; all are styled at once,
        and what is inside of a panel, which is most of the screen, is not.
        """
        width, height = self.app.size
        single = self.zoomed or self.is_compact()
        current = self.current if single else 0
        places = {panel.number: panel.place for panel in self.present_panels()}
        if places.get(self.current) == "right" and not self.zoomed and not self.is_vast():
            self.inside = None  # it stood beside the charts while there was room
        shown = self.inside, self.inside_on_show()
        arrangement = (width, height, current, *shown, self.task_on_show)
        if arrangement == self._arrangement:
            return
        self._arrangement = arrangement
        panels, groups = self.panels_of(Panel), list(self.query(".group"))
        before = [node.classes for node in (self, *panels, *groups)]
        self.set_layout_classes(update=False)
        for panel in panels:
            self._set_panel_classes(panel)
        for group in groups:
            holds_it = any(panel.number == self.current for panel in group.query(Panel))
            group.set_class(single and holds_it, "-current", update=False)
        if before != [node.classes for node in (self, *panels, *groups)]:
            self.app.stylesheet.update_nodes(self._arranged())
        if self.has_class("-tiny"):
            needed = tr(
                "rnnstudio needs at least {needed}, this is {size}",
                needed=f"{NEEDED[0]}x{NEEDED[1]}",
                size=f"{width}x{height}",
            )
            self.query_one("#too-small", Static).update(Content(needed))
        self.show_all()

    def _arranged(self) -> Iterator[Widget]:
        """Yield what the style sheet lays out by the classes of the screen: no panel's inside."""
        yield self
        boxes: list[Widget] = [self]
        while boxes:
            for child in boxes.pop().children:
                yield child
                if child.id == "body" or child.has_class("group"):
                    boxes.append(child)
        yield from self.query("ToastRack, Toast").results(Widget)

    def _set_panel_classes(self, panel: Panel) -> None:
        """Say whether a panel is there and has the place; the style sheet has yet to be asked."""
        present = self.is_present(panel)
        single = self.zoomed or self.is_compact()
        for name, holds in (
            ("-absent", not present),
            ("-looks-inside", panel.place == "inside"),
            ("-shown", panel.number == self.inside_on_show()),
            ("-current", single and present and panel.number == self.current),
        ):
            panel.set_class(holds, name, update=False)

    def standing_in(self, place: str) -> Iterator[Widget]:
        """Yield what of a place the first frame may show; styling the rest would delay it."""
        for widget in self.places[place]:
            if isinstance(widget, Panel):
                self._set_panel_classes(widget)
                if not self.is_present(widget) or widget.place == "inside":
                    continue
            yield widget

    async def complete(self) -> None:
        """Put in what the first frame had no need of, each at its place."""
        for place, widgets in self.places.items():
            box, following = self.query_one(f"#{place}"), None
            for widget in reversed(widgets):
                if not widget.is_attached:
                    await box.mount(widget, before=following)
                following = widget
        self.rearrange()
