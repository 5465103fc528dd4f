"""No widget of ours takes a name that Textual keeps for itself."""

import ast
import importlib
import inspect
import pkgutil
import textwrap
from collections.abc import Iterator

import pytest
from textual.app import App
from textual.message_pump import MessagePump
from textual.screen import ModalScreen, Screen
from textual.widget import Widget

import tui

TITLES = {"border_title", "border_subtitle", "_border_title", "_border_subtitle"}

OVERRIDDEN = frozenset(
    {
        *TITLES,
        "virtual_size",
        "theme",
        "_compositor",
        "_notifications",
        "_repaint_required",
        "_resize_timer",
        "cursor_position",
        "value",
    }
)
"""What Textual offers to be set, and what is meant to take the place of its own."""


def classes_of_ours() -> Iterator[type[MessagePump]]:
    """Yield every widget, screen and application that the dashboard defines."""
    for module in pkgutil.walk_packages(tui.__path__, "tui."):
        if module.name.startswith("tui.cli"):
            continue
        for _, found in inspect.getmembers(importlib.import_module(module.name), inspect.isclass):
            if issubclass(found, MessagePump) and found.__module__ == module.name:
                yield found


def names_of_textual(found: type[MessagePump]) -> set[str]:
    """Return the attributes of Textual's own part of an object, those of its instances included."""
    instance: MessagePump = Widget()
    if issubclass(found, Screen):
        instance = ModalScreen()
    elif issubclass(found, App):
        instance = App()
    bases = [base for base in found.__mro__ if base.__module__.startswith("textual.")]
    return set(vars(instance)).union(*(vars(base) for base in bases))


def names_we_set(found: type[MessagePump]) -> set[str]:
    """Return the attributes that a class assigns to itself."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(found)))
    return {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and isinstance(node.ctx, ast.Store)
        and isinstance(node.value, ast.Name)
        and node.value.id == "self"
    }


@pytest.mark.parametrize("found", list(classes_of_ours()), ids=lambda found: found.__name__)
async def test_no_name_is_taken_twice(found: type[MessagePump]) -> None:
    """An attribute such as `_running` would silently stop the widget from being repainted."""
    assert names_we_set(found) & names_of_textual(found) <= OVERRIDDEN
