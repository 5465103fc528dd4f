"""The samples that the console keeps: in which order, and which one is on show."""

from core.decoding import Decoding
from core.events import TextSampled
from event_cases import started
from tui.history import History
from tui.sample_walk import SampleWalk
from tui.samples import MOST_KEPT, Origin


def sampled(number: int, text: str, origin: Origin = "training") -> TextSampled:
    """Return a whole sample of the step that is its number."""
    return TextSampled(
        sample=number, step=number, origin=origin, prompt="", tokens=[text],
        probabilities=[0.5], done=True, decoding=Decoding(seed=number),
    )  # fmt: skip


def history_of(run: int, *events: TextSampled) -> History:
    """Return a run that has drawn some samples."""
    history = History()
    history.fold(started(run=run))
    for event in events:
        history.fold(event)
    return history


def text(walk: SampleWalk) -> str:
    """Return the text on show."""
    return walk.text.text if walk.text is not None else ""


def test_without_a_choice_the_newest_of_the_training_is_on_show() -> None:
    """It changes with each evaluation; one that was chosen stays."""
    walk = SampleWalk()
    history = history_of(1, sampled(10, "a"))
    walk.follow(history)
    assert text(walk) == "a"
    history.fold(sampled(20, "b"))
    walk.follow(history)
    assert text(walk) == "b"
    assert walk.turn(-1)
    history.fold(sampled(30, "c"))
    walk.follow(history)
    assert (text(walk), walk.place) == ("a", (1, 3))


def test_a_text_that_was_left_is_one_key_away() -> None:
    """Leaving one's own text shows the training's newest; `{` brings it back."""
    walk = SampleWalk()
    history = history_of(1, sampled(10, "a"), sampled(1, "own", "console"))
    walk.expect(1)
    walk.follow(history)
    assert text(walk) == "own"
    assert walk.leave()
    assert text(walk) == "a"
    assert not walk.leave()
    assert walk.turn(-1)
    assert text(walk) == "own"
    assert walk.turn(1)
    assert text(walk) == "a"
    assert not walk.turn(1)
    assert walk.turn(-1)
    assert walk.leave()
    history.fold(sampled(20, "b"))
    history.fold(sampled(30, "c"))
    walk.follow(history)
    assert text(walk) == "c"
    assert walk.turn(-1)
    assert text(walk) == "own"


def test_there_is_nothing_to_leave_before_the_first_evaluation() -> None:
    """One's own text is not given up for an empty panel."""
    walk = SampleWalk()
    walk.expect(1)
    walk.follow(history_of(1, sampled(1, "own", "console")))
    assert not walk.leave()
    assert text(walk) == "own"
    assert not walk.turn(1)


def test_one_s_own_texts_outlive_their_run() -> None:
    """What was asked for is still there in the next run and after a run is opened again."""
    walk = SampleWalk()
    walk.follow(history_of(1, sampled(10, "a"), sampled(1, "own", "console")))
    walk.expect(None)
    walk.follow(history_of(2))
    assert text(walk) == ""
    assert walk.turn(-1)
    assert (text(walk), walk.text and walk.text.run) == ("own", 1)
    # Of a finished run nothing is stored but what it drew in training.
    walk.expect(None)
    walk.follow(history_of(1, sampled(10, "a")))
    assert walk.place == (1, 2)
    assert walk.turn(-1)
    assert (text(walk), walk.place) == ("own", (2, 2))


def test_the_training_s_samples_push_none_of_one_s_own_away() -> None:
    """There is room for so many of each; the oldest go first."""
    history = history_of(1, sampled(1, "own", "console"))
    for step in range(MOST_KEPT + 5):
        history.fold(sampled(step, str(step)))
    texts = [sample.text for sample in history.samples]
    assert texts[:2] == ["own", "5"]
    assert len(texts) == MOST_KEPT + 1


def test_a_sample_of_the_same_number_begins_anew() -> None:
    """A resumed run may draw again at a step; the two samples are not joined."""
    history = history_of(1, sampled(10, "a"), sampled(10, "b"))
    assert [sample.text for sample in history.samples] == ["a", "b"]
