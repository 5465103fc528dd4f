"""The draft of the settings: staging, applying, undoing, presets."""

from core.config import config_values, make_config
from core.presets import PRESET_OF_TASK, PRESETS
from tui.draft import Draft


def test_staging_back_to_what_is_in_force_drops_the_edit() -> None:
    """An edit that changes nothing is none."""
    draft = Draft(make_config())
    draft.stage("dropout", 0.5)
    assert draft.staged == {"dropout": 0.5}
    draft.stage("dropout", 0.3)
    assert draft.staged == {}


def test_undo_gives_the_values_before() -> None:
    """Each applied change can be taken back, the last one first, as far as it can be now."""
    draft = Draft(make_config())
    for values in ({"dropout": 0.5}, {"hidden_size": 64}):
        draft.applied(values)
        draft.follow(values)
    assert draft.take_undo(training=True) == {"dropout": 0.3}
    draft.follow({"dropout": 0.3})
    assert draft.take_undo(training=True) == {}


def test_following_a_run_keeps_the_users_edits() -> None:
    """A change that comes back from the run ends its edit; other edits stay."""
    draft = Draft(make_config())
    draft.stage("dropout", 0.5)
    draft.stage("epochs", 7)
    draft.follow({**draft.values, "dropout": 0.5, "from_a_newer_version": 1})
    assert draft.staged == {"epochs": 7}
    assert "from_a_newer_version" not in draft.values


def test_presets_are_staged_and_recognised() -> None:
    """Choosing each preset leads to the settings that the command line would give.

    The preset of a file's name has no corpus of its own; here one that it can begin with stays.
    """
    draft = Draft(make_config())
    assert draft.preset == "chapter"
    for preset in PRESETS:
        draft.stage_preset(preset)
        assert draft.preset == preset
        corpus = {"corpus": draft.shown("corpus")}
        assert draft.config(draft.staged) == make_config(corpus, preset=preset)
        usual = make_config(preset=PRESET_OF_TASK[draft.task]).corpus
        assert draft.shown("corpus") == usual
    draft.stage("num_layers", 7)
    assert draft.preset == "custom"
    assert config_values(draft.config())["num_layers"] == 2


def test_the_fast_preset_is_staged_for_its_time() -> None:
    """A time that was chosen stays, the model is the one that suits it, and follows its edits."""
    draft = Draft(make_config({"max_seconds": 5.0}))
    for seconds in (5.0, 300.0, 60.0):
        draft.stage("max_seconds", seconds)
        draft.stage_preset("fast")
        assert draft.config(draft.staged) == make_config({"max_seconds": seconds}, preset="fast")
        assert draft.preset == "fast"
    for seconds in (300.0, 5.0):
        draft.stage("max_seconds", seconds)
        assert draft.config(draft.staged) == make_config({"max_seconds": seconds}, preset="fast")
    draft.stage("max_seconds", 0.0)  # Without a limit nothing says which size suits.
    assert draft.shown("max_seconds") == 0
    assert draft.preset == "custom"


def test_a_run_of_the_fast_preset_keeps_its_sizes() -> None:
    """What is in force belongs to a run: more time for it makes no other model of it."""
    draft = Draft(make_config(preset="fast"))
    for seconds in (100.0, 300.0):
        draft.stage("max_seconds", seconds)
        assert draft.staged == {"max_seconds": seconds}
    assert draft.preset == "custom"


def test_a_preset_of_the_same_task_leaves_the_corpus() -> None:
    """Which text is read is the user's choice, as long as it is one of the task."""
    draft = Draft(make_config({"corpus": "brackets"}))
    draft.stage_preset("tiny")
    assert draft.shown("corpus") == "brackets"
    draft.stage_preset("classifier")
    assert draft.shown("corpus") == "python-topics"


def test_another_task_brings_what_suits_it_and_takes_it_back() -> None:
    """Staging a task stages its preset; staging the one in force leaves it as it was."""
    draft = Draft(make_config({"hidden_size": 64, "dropout": 0.1}))
    draft.stage("learning_rate", 0.01)
    draft.stage_task("classify")
    assert draft.task == "classify"
    assert draft.preset == "classifier"
    draft.stage_task("language")
    assert draft.staged == {"learning_rate": 0.01}
