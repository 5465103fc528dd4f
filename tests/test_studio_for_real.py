"""The dashboard over the real engine: train, sample while and after it, steer, leave, resume."""

from pathlib import Path

from core.config import make_config
from core.decoding import Decoding
from studio_cases import Studio
from tui.app import StudioApp
from tui.backend import StudioBackend
from tui.closing import closing_lines
from tui.desk import Desk
from tui.panels.console import ConsolePanel
from tui.widgets.sample_view import SampleView
from workspace.paths import Workspace
from workspace.runs import RunStore

SMALL = {
    "model_type": "gru", "hidden_size": 8, "num_layers": 1, "embedding_dim": 4, "batch_size": 4,
    "seq_length": 16, "epochs": 10_000, "threads": 1, "eval_every": 1000, "sample_length": 10,
}  # fmt: skip


async def test_a_life_of_a_run(tmp_path: Path) -> None:
    """One key trains; text and changes reach the run; it is saved, resumed, and sampled from."""
    text = tmp_path / "text.txt"
    text.write_text("to be or not to be, that is the question.\n" * 60)
    workspace = Workspace(tmp_path / "home")
    store = RunStore(workspace)
    desk = Desk(StudioBackend(workspace), store)
    app = StudioApp(lambda: desk, make_config({**SMALL, "data_file": str(text)}), name="life")
    async with app.run_test(size=(120, 40)) as pilot:
        await live(Studio(app, desk, pilot))
    assert desk.engine.close()
    desk.pump()
    run = store.find(1)
    assert run.status == "stopped"
    assert run.config["learning_rate"] == 0.0005
    assert closing_lines(desk.live, workspace=None)[-1] == "resume with: rnnstudio resume 1"
    assert not desk.engine.crash
    store.close()


def own_samples(desk: Desk) -> int:
    """Return how many samples were asked for."""
    return sum(sample.is_asked_for for sample in desk.live.samples)


async def live(studio: Studio) -> None:
    """Do what a user does."""
    await studio.open()
    desk = studio.desk
    sample = studio.dashboard.query_one(SampleView)
    console = studio.dashboard.query_one(ConsolePanel)
    console.decoding = Decoding(max_length=20)
    await studio.press("space")
    await studio.until(lambda: desk.live.step > 10, "steps")
    await studio.press("left", "a")
    await studio.until(lambda: desk.live.config["learning_rate"] == 0.0005, "the change")
    await studio.press("6", "r")
    await studio.until(lambda: sample.sample and sample.sample.origin == "console", "the sample")
    await studio.until(lambda: sample.sample and sample.sample.done, "its end")
    await studio.press("S", "s")
    await studio.until(lambda: desk.live.reason == "stopped", "the stop")
    step = desk.live.step
    await studio.press("r")
    await studio.until(
        lambda: own_samples(desk) == 2 and sample.sample and sample.sample.done,
        "the sample from the best checkpoint",
    )
    assert sample.sample is not None
    assert sample.sample.total == 20
    await studio.press("5", "R")
    await studio.until(lambda: desk.live.step > step, "further steps")
    await studio.press("q", "s")
    await studio.until(lambda: not studio.app.is_running, "the end")
