"""The console: prompts, samples in training and after it, probabilities, copying."""

from pathlib import Path

import msgspec
from textual import events
from textual.content import Content
from textual.widgets import Input, Static

from core.decoding import Decoding
from core.events import TextInspected
from scripted_backend import ScriptedBackend
from scripted_look import HELD_OUT, inspected
from studio_cases import Studio, open_studio
from tui.look_text import walk_reading
from tui.merging import compact
from tui.panels.console import ConsolePanel
from tui.samples import Sample
from tui.screens.decoding import DecodingDialog
from tui.widgets.key_line import KeyLine
from tui.widgets.sample_view import SampleView
from tui.widgets.settings_list import SettingsList


def console(studio: Studio) -> ConsolePanel:
    """Return the panel."""
    return studio.dashboard.query_one(ConsolePanel)


def text(studio: Studio) -> str:
    """Return what the panel shows of the sample, digits included."""
    view = console(studio).query_one(SampleView)
    return "\n".join(view.render_line(y).text.rstrip() for y in range(view.size.height))


async def train(studio: Studio) -> None:
    """Start a run and wait for its first steps."""
    await studio.press("space")
    await studio.until(lambda: studio.desk.live.step > 2, "steps")


async def show(studio: Studio, tokens: list[str], probabilities: list[float]) -> None:
    """Show a sample as if the training had drawn it."""
    sample = Sample(1, 5, "training", "", tokens, probabilities, done=True)
    studio.desk.live.samples.add(sample)
    studio.desk.live.version += 1
    view = console(studio).query_one(SampleView)
    await studio.until(
        lambda: view.sample is sample and view.virtual_size.width > 1, "the sample on screen"
    )


async def test_a_prompt_is_continued_while_training(tmp_path: Path) -> None:
    """`g`, a prompt and Enter stream text; training goes on, and the keys are back."""
    async with open_studio(tmp_path) as studio:
        await train(studio)
        await studio.press("g")
        assert isinstance(studio.app.focused, Input)
        await studio.type("To be q")
        await studio.press("enter")
        await studio.until(lambda: "To be qx" in text(studio), "the sample")
        step = studio.desk.live.step
        await studio.until(lambda: studio.desk.live.step > step, "further steps")
        assert studio.desk.live.state == "training"
        assert not isinstance(studio.app.focused, Input)


async def test_the_first_sample_is_never_drawn_a_letter_a_line(tmp_path: Path) -> None:
    """Before the view has its place on the screen, it flows no text."""
    async with open_studio(tmp_path) as studio:
        sample = Sample(1, 5, "training", "", ["a", "b", "c"], [0.5] * 3, done=True)
        studio.desk.live.samples.add(sample)
        console(studio).show(studio.desk.live)
        view = console(studio).query_one(SampleView)
        assert len(view._flow.lines) == 1
        await studio.until(lambda: "abc" in text(studio), "the sample")


async def test_a_prompt_that_waits_is_no_prompt_of_what_is_shown(tmp_path: Path) -> None:
    """Above a sample of another prompt it says that it is for the next one."""
    async with open_studio(tmp_path) as studio:
        await train(studio)
        line = console(studio).query_one("#prompt-line", Static)
        await studio.press("6", "enter")
        await studio.type("ab")
        await studio.press("enter")
        await studio.until(lambda: studio.desk.live.samples.newest("console"), "a sample")
        await studio.until(lambda: str(line.render()) == "> ab", "its prompt")
        studio.desk.stop(save=True)
        await studio.until(lambda: not studio.desk.training, "the end")
        await studio.press("escape", "escape")
        own = Sample(9, 5, "training", "", ["a"], [0.5], done=True)
        studio.desk.live.samples.add(own)
        console(studio).expect(None)
        console(studio).show(studio.desk.live)
        assert str(line.render()) == "next > ab"


async def test_escape_stops_then_leaves(tmp_path: Path) -> None:
    """Esc ends the sample in progress first, then goes back to the training's own samples."""
    async with open_studio(tmp_path) as studio:
        await train(studio)
        await studio.press("6", "r")
        await studio.until(lambda: "x" in text(studio), "the sample")
        keys = studio.dashboard.query_one(KeyLine)
        await studio.until(lambda: "Esc Stop" in str(keys.render()), "the key is named")
        await studio.press("escape")
        await studio.until(lambda: all(s.done for s in studio.desk.live.samples), "its end")
        await studio.until(lambda: "Esc Stop" not in str(keys.render()), "nothing to stop")
        assert studio.desk.training


async def own_sample(studio: Studio, prompt: str) -> None:
    """Train until a sample of the training's own is there, then draw one of a prompt."""
    await train(studio)
    await studio.until(lambda: studio.desk.live.sample, "an automatic sample")
    await studio.press("g")
    await studio.type(prompt)
    await studio.press("enter")
    await studio.until(lambda: f"{prompt}x" in text(studio), "the sample")
    await studio.press("escape")
    await studio.until(lambda: all(s.done for s in studio.desk.live.samples), "its end")


async def test_escape_leaves_the_zoom_before_the_text(tmp_path: Path) -> None:
    """What was opened last is left first, and a text that was left comes back with `{`."""
    async with open_studio(tmp_path) as studio:
        await own_sample(studio, "Romeo")
        await studio.press("z")
        assert studio.dashboard.zoomed
        await studio.press("escape")
        assert not studio.dashboard.zoomed
        assert "Romeox" in text(studio)
        await studio.press("escape")
        assert "Romeox" not in text(studio)
        await studio.press("left_curly_bracket")
        assert "Romeox" in text(studio)


async def test_a_text_says_how_it_was_drawn(tmp_path: Path) -> None:
    """After a change of temperature the title is of the next text, the edge of the one on show."""
    async with open_studio(tmp_path) as studio:
        await own_sample(studio, "Romeo")
        assert "T 0.80" in str(console(studio).border_title)
        assert "next" not in str(console(studio).border_title)
        await studio.press("t", "less_than_sign")
        assert "next: T 0.70 · k 80" in str(console(studio).border_title)
        assert "T 0.80 · k all" in str(console(studio).border_subtitle)
        await studio.press("T", "greater_than_sign")
        assert "next" not in str(console(studio).border_title)


async def test_the_walk_stays_on_while_texts_are_turned(tmp_path: Path) -> None:
    """`{` shows the text before with the crosshair on its first token; the ends are told."""
    async with open_studio(tmp_path) as studio:
        await own_sample(studio, "Romeo")
        await studio.press("v", "right", "left_curly_bracket")
        view = console(studio).query_one(SampleView)
        assert view.crosshair == 0
        assert view.sample is not None
        assert view.sample.origin == "training"
        for _ in studio.desk.live.samples:
            await studio.press("left_curly_bracket")
        assert "this is the oldest text" in studio.messages()


async def test_a_finished_run_is_sampled_too(tmp_path: Path) -> None:
    """Without training, text comes from the shown run's best checkpoint; `r` repeats it."""
    async with open_studio(tmp_path, ScriptedBackend(steps=5, pace_s=0.001)) as studio:
        await studio.press("space")
        await studio.until(lambda: studio.desk.live.reason, "the end")
        await studio.press("6", "r")
        await studio.until(lambda: "abcdefghij" in text(studio), "the sample")
        assert console(studio).decoding.seed == 0
        await studio.press("N")
        assert console(studio).decoding.seed == 1


async def test_without_a_model_the_console_says_so(tmp_path: Path) -> None:
    """Asking for text before anything was trained is answered, not ignored."""
    async with open_studio(tmp_path) as studio:
        await studio.press("6", "r")
        assert "no model yet" in studio.messages()


async def test_escapes_are_read_in_the_fields(tmp_path: Path) -> None:
    """A typed backslash and n are a line end in prompt and stop; pasted backslashes stay."""
    async with open_studio(tmp_path) as studio:
        await train(studio)
        await studio.press("g")
        await studio.type(r"one\ntwo")
        studio.app.post_message(events.Paste("\\nu\n"))
        await studio.press("enter")
        assert console(studio).prompt == "one\ntwo\\nu\n"
        await studio.until(lambda: r"two\nu" in text(studio), "the sample")
        assert "one\n" in text(studio)
        await studio.press("e")
        rows = list(studio.app.screen.query_one(SettingsList).settings)
        await studio.press(*["down"] * rows.index("stop"), "enter")
        await studio.type(r"\n")
        studio.app.post_message(events.Paste("a\n"))
        await studio.press("enter", "escape")
        assert console(studio).decoding.stop == "\na\n"


async def test_sampling_settings_by_key_and_dialog(tmp_path: Path) -> None:
    """Temperature and top-k have keys; the dialog has everything."""
    async with open_studio(tmp_path) as studio:
        await studio.press("6", "t", "less_than_sign", "less_than_sign", "greater_than_sign")
        assert console(studio).decoding.temperature == 0.7
        assert console(studio).decoding.top_k == 80
        await studio.press("greater_than_sign")
        assert console(studio).decoding.top_k == 0
        await studio.press("e")
        assert isinstance(studio.app.screen, DecodingDialog)
        await studio.press("down", "down", "down", "left", "escape")
        assert console(studio).decoding.top_p == 0.95
        assert "p 0.95" in str(console(studio).border_title)


async def test_probabilities_are_readable_without_colour(tmp_path: Path) -> None:
    """`v` writes tenths below the tokens, and the arrows read each one's number."""
    async with open_studio(tmp_path) as studio:
        await show(studio, ["a", "b", "\n", "c"], [0.97, 0.42, 0.5, 0.031])
        await studio.press("6", "v")
        assert text(studio).splitlines()[:4] == ["ab", "945", "c", "0"]
        assert "below: tenths of the probability" in str(console(studio).border_subtitle)
        await studio.press("right")
        reading = console(studio).query_one("#reading", Static)
        assert "token 2/4" in str(reading.render())
        assert "0.4200" in str(reading.render())
        await studio.press("escape")
        assert text(studio).splitlines()[0] == "ab"
        assert "tenths" not in str(console(studio).border_subtitle)


async def test_improbable_tokens_are_underlined(tmp_path: Path) -> None:
    """The look of a token tells its probability by more than colour."""
    async with open_studio(tmp_path) as studio:
        await show(studio, ["a", "b"], [0.9, 0.01])
        strip = console(studio).query_one(SampleView).render_line(0)
        styles = {segment.text: segment.style for segment in strip if segment.style}
        assert not styles["a"].underline
        assert styles["b"].underline


async def test_hostile_text_is_harmless(tmp_path: Path) -> None:
    """Escape sequences and markup in a sample are shown, not obeyed, and copied as shown."""
    async with open_studio(tmp_path) as studio:
        await show(studio, ["[/]", "\x1b]52;c;x\x07", "\ud800"], [0.5, 0.5, 0.5])
        assert "[/]␛]52;c;x␇" in text(studio)
        assert "\x1b" not in text(studio)
        await studio.press("6", "y")
        assert studio.app.clipboard.startswith("[/]␛]52")
        await studio.press("g")
        await studio.type("[/b] [red]")
        await studio.press("enter")


async def test_a_long_sample_scrolls_and_follows(tmp_path: Path) -> None:
    """The newest lines stay in view until the user scrolls up."""
    async with open_studio(tmp_path) as studio:
        await show(studio, [f"{n}\n" for n in range(100)], [0.5] * 100)
        await studio.pilot.pause()
        assert "99" in text(studio)
        await studio.press("6", "pageup")
        assert "99" not in text(studio)


def expected(studio: Studio) -> str:
    """Return what the panel says was expected at the crosshair; empty while it says nothing."""
    line = console(studio).query_one("#expected", Static)
    return str(line.render()) if line.display else ""


async def show_drawn(studio: Studio, tokens: list[str], step: int) -> Sample:
    """Show a sample of this run as if the training had drawn it after a prompt."""
    studio.desk.stop(save=True)
    await studio.until(lambda: not studio.desk.training, "the end")
    await show(studio, tokens, [0.5] * len(tokens))
    sample = console(studio).query_one(SampleView).sample
    assert sample is not None
    sample.prompt, sample.step, sample.run = "To ", step, 1
    return sample


async def test_the_walk_tells_what_was_expected(tmp_path: Path) -> None:
    """`v` asks the model once; each token then shows the most probable ones in its place."""
    async with open_studio(tmp_path) as studio:
        await train(studio)
        await show_drawn(studio, ["b", "e"], 7)  # the scripted model answers from step 7
        assert not expected(studio)
        await studio.press("6", "v")
        await studio.until(lambda: expected(studio), "the answer")
        assert expected(studio) == r"expected  'e' 60%  '\n' 10%"
        await studio.press("right")
        assert expected(studio) == r"expected  'e' 60%  '\n' 10%"
        line = console(studio).query_one("#expected", Static)
        assert isinstance(line.content, Content)
        bold = [line.content.plain[s.start : s.end] for s in line.content.spans if s.style]
        assert bold == ["'e' 60%"]
        assert studio.desk._walking.question is None
        await studio.press("v")
        assert not expected(studio)


async def test_what_is_expected_by_later_weights_is_said_so(tmp_path: Path) -> None:
    """In training its step is named, and the same is not asked again at the next evaluation."""
    async with open_studio(tmp_path) as studio:
        await train(studio)
        await studio.until(lambda: studio.desk.live.sample, "an automatic sample")
        await studio.press("6", "v")
        await studio.until(lambda: expected(studio), "the answer")
        look = studio.desk.live.looks.walked
        assert look is not None
        assert look.text == "The sample of a step. "
        assert expected(studio).startswith(f"expected at step {look.step:,}  'e' 60%")
        evaluated = studio.desk.live.samples.newest("training")
        await studio.until(
            lambda: studio.desk.live.samples.newest("training") is not evaluated, "an evaluation"
        )
        await studio.pilot.pause(0.5)
        assert studio.desk.live.looks.walked is look


async def test_the_walk_leaves_the_microscope_its_text(tmp_path: Path) -> None:
    """Both ask the same model, and each gets the answer to its own question."""
    async with open_studio(tmp_path, size=(200, 60)) as studio:
        await train(studio)
        await studio.until(lambda: studio.desk.live.sample, "an automatic sample")
        await studio.press("9")
        await studio.until(lambda: studio.desk.live.looks.inspected, "a look")
        await studio.press("6", "v")
        await studio.until(lambda: expected(studio), "the answer")
        await studio.pilot.pause(0.3)
        looks = studio.desk.live.looks
        assert looks.inspected is not None and looks.walked is not None
        assert looks.inspected.text == HELD_OUT
        assert looks.walked.text == "The sample of a step. "
        events = [inspected(1, "a", 1), inspected(-1, "b", 1), inspected(2, "c", 1)]
        assert [one.text for one in compact(events) if isinstance(one, TextInspected)] == ["c", "b"]


async def test_a_text_of_another_run_is_walked_without_expectations(tmp_path: Path) -> None:
    """The model on show did not draw it, and is not asked."""
    async with open_studio(tmp_path) as studio:
        await train(studio)
        sample = await show_drawn(studio, ["b", "e"], 7)
        sample.run = 99
        await studio.press("6", "v", "right")
        await studio.pilot.pause(0.3)
        assert "token 2/2" in str(console(studio).query_one("#reading", Static).render())
        assert not expected(studio)
        assert studio.desk.live.looks.walked is None


def test_a_long_text_s_end_says_that_nothing_is_known() -> None:
    """The model reads the beginning; a place that it split elsewhere says nothing at all."""
    sample = Sample(1, 10, "training", "ab", ["c", "de", "f"], [0.5] * 3, done=True)
    look = msgspec.structs.replace(inspected(-1, "abcde", 10), cut=True)
    assert walk_reading(look, sample, 1).plain.startswith("expected  'e' 60%")
    assert walk_reading(look, sample, 2).plain == "expected: known of the first 5 tokens"
    other = msgspec.structs.replace(look, tokens=["a", "bc", "de"])
    assert walk_reading(other, sample, 0).plain == ""
    sample.decoding = Decoding(clamp="1:1=0")
    assert walk_reading(look, sample, 0).plain.startswith("expected, no unit held  'e'")
