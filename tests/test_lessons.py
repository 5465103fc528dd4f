"""The tour: goals are reached by what really happens, and by nothing less."""

from pathlib import Path

import msgspec
import pytest

from cli_cases import Shell, is_one_line
from core.config import SETTINGS, config_values, make_config
from core.decoding import Decoding
from core.events import (
    Diverged,
    Event,
    GradientsThroughTime,
    SettingChange,
    SettingsChanged,
    TextInspected,
    TextSampled,
    UnitTracker,
)
from event_cases import evaluated, started, steps
from scripted_look import inspected
from studio_cases import open_studio
from tui.lessons.box import LessonBox
from tui.lessons.table import LESSONS
from tui.lessons.tour import Tour


def begun(**settings: object) -> Event:
    """Return the start of a run with some settings."""
    return started(config=config_values(make_config({"dropout": 0.0})) | settings)


def sampled(**decoding: object) -> TextSampled:
    """Return the end of a sample that the console asked for."""
    return TextSampled(
        sample=1, step=10, origin="console", prompt="", tokens=[], probabilities=[], done=True,
        decoding=Decoding(**decoding),  # type: ignore[arg-type]
    )  # fmt: skip


def looked(half_life: float | None, step: int = 60) -> GradientsThroughTime:
    """Return a look at gradients late enough to count."""
    return GradientsThroughTime(step=step, lags=[0, 1], norms=[[1.0, 0.5]], half_lives=[half_life])


def tracked(correlation: float, by_chance: float) -> TextInspected:
    """Return a look at a text with one unit that follows it."""
    tracker = UnitTracker(
        property="digit", layer=0, unit=0, correlation=correlation, by_chance=by_chance
    )
    return msgspec.structs.replace(inspected(1, "a1", 10), trackers=[tracker])


def forced(ratio: float) -> SettingsChanged:
    """Return a live change of the teacher forcing."""
    change = SettingChange(name="teacher_forcing_ratio", old=1.0, new=ratio)
    return SettingsChanged(step=10, changes=[change])


DONE: dict[int, list[list[Event]]] = {
    1: [
        [begun(), evaluated(10, 2.0, best=2.0)],
        [sampled(temperature=0.3)],
        [sampled(temperature=1.5)],
    ],
    2: [
        [begun(model_type="rnn"), looked(4.0)],
        [begun(model_type="lstm"), looked(9.0)],
    ],
    3: [
        [begun(max_grad_norm=0.0), steps(1, [3.0]), steps(2, [9.0])],
        [begun(), steps(1, [3.0]), steps(2, [2.0] * 6, loss=2.0, clipped=6)],
    ],
    4: [
        [begun(), evaluated(10, 2.0, best=2.0), evaluated(20, 2.2, best=2.0)],
        [begun(dropout=0.5), evaluated(10, 1.9, best=1.9)],
    ],
    5: [
        [begun(), forced(0.5)],
        [evaluated(20, 2.2, best=2.0)],
    ],
    6: [
        [begun(), tracked(-0.6, 0.1)],
        [sampled(clamp="1:1=0")],
    ],
}
"""What reaches the goals of each lesson, one after the other."""

NEARLY: dict[int, list[Event]] = {
    1: [begun(), evaluated(10, 2.2, best=2.2), sampled(temperature=0.8)],
    2: [begun(model_type="lstm"), looked(8.0)],
    3: [begun(), steps(1, [3.0]), steps(2, [4.0] * 6, loss=4.0, clipped=6)],
    4: [begun(), evaluated(10, 2.0, best=2.0), begun(dropout=0.5), evaluated(9, 1.9, best=1.9)],
    5: [begun(), forced(0.8), evaluated(20, 2.2, best=2.0)],
    6: [begun(), tracked(0.6, 0.3), tracked(0.4, 0.1), sampled()],
}
"""What comes close to a goal of each lesson, and reaches none."""


@pytest.mark.parametrize("number", range(1, len(LESSONS) + 1))
def test_each_goal_is_reached_in_its_turn(number: int) -> None:
    """The events that a learner's deeds bring tick one goal after the other."""
    tour = Tour(number)
    for place, events in enumerate(DONE[number]):
        assert not tour.is_done
        found = [goal for event in events for goal in tour.take(event)]
        assert found == [tour.lesson.goals[place].text]
    assert tour.is_done


def test_the_hint_gives_way_once_a_lesson_is_done() -> None:
    """Then the way to the next one is to be read, not how the last goal is reached."""
    tour = Tour(3)
    tour.page = "hint"
    pages: list[str] = []
    for events in DONE[3]:
        pages.append(tour.page)
        for event in events:
            tour.take(event)
    assert [*pages, tour.page] == ["hint"] * len(pages) + ["look"]


@pytest.mark.parametrize("number", range(1, len(LESSONS) + 1))
def test_what_is_nearly_it_is_not_it(number: int) -> None:
    """No goal is given away."""
    tour = Tour(number)
    for event in NEARLY[number]:
        assert tour.take(event) == []


def test_a_loss_that_is_no_number_has_exploded() -> None:
    """Divergence counts, and a goal once reached stays reached."""
    tour = Tour(3)
    tour.take(begun())
    assert tour.take(Diverged(step=3, what="loss", message="", parameter=""))
    assert tour.take(Diverged(step=3, what="loss", message="", parameter="")) == []
    assert tour.reached == [True, False]


def test_cells_are_compared_at_the_same_step() -> None:
    """An RNN that trained on, until its half-life grew, leaves the goal within reach."""
    tour = Tour(2)
    for event in (begun(model_type="rnn"), looked(4.0), looked(40.0, 9000)):
        tour.take(event)
    assert tour.take(begun(model_type="lstm")) == []
    assert tour.take(looked(7.0)) == []
    assert tour.take(looked(9.0, 80)) == [tour.lesson.goals[1].text]


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.title)
def test_a_lesson_begins_with_settings_that_are_valid(lesson: object) -> None:
    """Its run can be started as it is, and it is of the settings that its hint names."""
    number = 1 + LESSONS.index(lesson)
    assert Tour(number).config().task == "language"
    words = {word.strip(",.:;") for word in LESSONS[number - 1].hint.split()}
    assert all(word in SETTINGS for word in words if "_" in word)


async def test_the_tour_begins_turns_and_ticks(tmp_path: Path) -> None:
    """F2 begins the lesson's run, its goals are ticked while it trains, F3 turns the page."""
    async with open_studio(tmp_path, tour=Tour(5)) as studio:
        box = studio.dashboard.query_one(LessonBox)
        assert "Lesson 5 of 6: Teacher forcing" in str(box.border_title)
        await studio.press("f4")
        assert "hint: in 1 Params" in str(box.render())
        await studio.press("f2")
        await studio.until(lambda: studio.desk.live.step > 2, "steps")
        studio.desk.change({"teacher_forcing_ratio": 0.4})
        await studio.until(lambda: "reached: lower" in studio.messages(), "the goal")
        await studio.until(lambda: "✓ lower teacher_forcing_ratio" in str(box.render()), "a tick")
        await studio.press("f3")
        assert "Lesson 6 of 6" in str(box.border_title)
        await studio.press("f3")
        assert "Lesson 1 of 6" in str(box.border_title)
        await studio.press("f6", "f6")
        assert "✓ lower teacher_forcing_ratio" in str(box.render())


def test_ticks_are_kept_and_the_run_goes_along() -> None:
    """A lesson that is turned back to is as it was, and sees what its own run did meanwhile."""
    tour = Tour(4)
    tour.take(begun())
    tour.take(evaluated(10, 2.0, best=2.0))
    tour.turn(1)
    assert tour.take(forced(0.4)) == [tour.lesson.goals[0].text]
    tour.turn(-1)
    assert tour.take(evaluated(20, 2.2, best=2.0)) == [tour.lesson.goals[0].text]
    tour.turn(1)
    assert tour.reached == [True, False]
    assert tour.take(evaluated(30, 2.3, best=2.0)) == []
    tour.take(forced(0.3))
    tour.take(evaluated(40, 2.4, best=2.0))
    assert tour.lessons_done == [False] * 4 + [True, False]


async def test_a_small_screen_turns_to_the_text_and_away(tmp_path: Path) -> None:
    """Text and all goals stand there until the run begins; then F4 leads to them again."""
    async with open_studio(tmp_path, size=(80, 24), tour=Tour(4)) as studio:
        box = studio.dashboard.query_one(LessonBox)
        lesson = LESSONS[3]
        assert lesson.text in str(box.render())
        assert all(goal.text in str(box.render()) for goal in lesson.goals)
        await studio.press("f2")
        await studio.until(lambda: lesson.text not in str(box.render()), "the text folded away")
        assert lesson.look_at in str(box.render())
        await studio.press("f4")
        assert lesson.hint in str(box.render())
        await studio.press("f4")
        assert lesson.text in str(box.render())


async def test_messages_do_not_cover_the_lesson(tmp_path: Path) -> None:
    """They rise from above its box."""
    async with open_studio(tmp_path, size=(80, 24), tour=Tour()) as studio:
        studio.app.notify("look here")
        await studio.until(lambda: studio.dashboard.query("Toast"), "a message")
        box = studio.dashboard.query_one(LessonBox)
        toast = studio.dashboard.query("Toast").first()
        await studio.until(lambda: toast.region.height > 0, "a layout")
        assert toast.region.bottom <= box.region.y


@pytest.mark.parametrize("size", [(120, 40), (80, 24)])
async def test_the_box_leaves_room(tmp_path: Path, size: tuple[int, int]) -> None:
    """However small the terminal, a panel can be used beside the lesson."""
    async with open_studio(tmp_path, size=size, tour=Tour()) as studio:
        box = studio.dashboard.query_one(LessonBox)
        assert 3 <= box.size.height <= 8
        assert studio.dashboard.panel(studio.dashboard.current).size.height >= 8


async def test_without_a_tour_the_keys_say_so(tmp_path: Path) -> None:
    """F2 to F4 belong to the tour alone."""
    async with open_studio(tmp_path) as studio:
        await studio.press("f2")
        assert "rnnstudio learn" in studio.messages()
        assert studio.desk.live.run is None


def test_a_lesson_that_is_not_there_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line says which there are."""
    for word in ("0", "7", "vanishing", "-1"):
        done = Shell(tmp_path, capsys).run("learn", word)
        assert done.code == 2
        assert is_one_line(done.err)
