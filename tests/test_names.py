"""What events and tables name in words of their own has a word on the screen."""

from typing import get_args

from core.doctor.rules import RULES
from core.events.run import Phase, Reason
from core.insight.text_properties import PROPERTIES
from tui.commands import SCOPES, Scope
from tui.names import FINDINGS, NAMES, finding_name, said
from tui.panels.params import GROUPS
from tui.screens.help import HEADINGS


def test_all_that_is_named_inside_has_a_word() -> None:
    """A phase, a reason, a group or a property that is added is said in the user's language."""
    assert {*get_args(Phase), *get_args(Reason), *GROUPS, *PROPERTIES} <= set(NAMES)
    assert {rule.code for rule in RULES} == set(FINDINGS)


def test_every_scope_is_named_in_palette_and_help() -> None:
    """No command is listed without its place."""
    assert set(get_args(Scope)) == set(SCOPES) == set(HEADINGS)


def test_what_is_not_ours_is_said_as_it_is() -> None:
    """Names of classes and compressors, and codes of a later version, are left alone."""
    assert [said(name) for name in ("gzip", "体育", "3-gram", "a-gram", "-gram")] == [
        "gzip", "体育", "3-gram", "a-gram", "-gram",
    ]  # fmt: skip
    assert finding_name("dead_units") == "dead units"
    assert finding_name("bad_weather") == "bad weather"
