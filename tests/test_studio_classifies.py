"""The dashboard over the real engine: train a classifier, ask it while and after it trains."""

from pathlib import Path

from core.config import make_config
from studio_cases import Studio
from tui.app import StudioApp
from tui.backend import StudioBackend
from tui.desk import Desk
from tui.panels.classify import ClassifyPanel
from tui.widgets.shaded_view import ShadedView
from workspace.paths import Workspace
from workspace.runs import RunStore

SMALL = {
    "model_type": "gru", "hidden_size": 8, "num_layers": 1, "embedding_dim": 8, "batch_size": 8,
    "epochs": 10_000, "threads": 1, "eval_every": 20, "dropout": 0.0, "learning_rate": 0.01,
}  # fmt: skip


def labelled(folder: Path) -> Path:
    """Write a table of texts whose class is told by one word."""
    path = folder / "films.tsv"
    rows = [f"a {word} film number {n}\t{word}" for n in range(40) for word in ("good", "bad")]
    path.write_text("text\tlabel\n" + "\n".join(rows) + "\n")
    return path


async def test_a_life_of_a_classifier(tmp_path: Path) -> None:
    """It is asked about one text by the weights in training, and by the best ones afterwards."""
    workspace = Workspace(tmp_path / "home")
    store = RunStore(workspace)
    desk = Desk(StudioBackend(workspace), store)
    config = make_config({**SMALL, "data_file": str(labelled(tmp_path))}, preset="classifier")
    app = StudioApp(lambda: desk, config, name="films")
    async with app.run_test(size=(120, 40)) as pilot:
        await live(Studio(app, desk, pilot))
    assert desk.engine.close()
    desk.pump()
    assert not desk.engine.crash
    assert store.find(1).best_accuracy == 1.0
    store.close()


async def live(studio: Studio) -> None:
    """Do what a user does."""
    await studio.open()
    desk = studio.desk
    view = studio.dashboard.query_one(ClassifyPanel).query_one(ShadedView)
    await studio.press("g")
    await studio.type("a good film")
    await studio.press("enter", "space")
    await studio.until(lambda: desk.live.classes.best_accuracy == 1.0, "a model that knows")
    assert [line.name for line in desk.live.classes.baselines] == ["majority class", "bag of words"]
    step = desk.live.step
    await studio.until(lambda: view.answer and view.answer.step >= step, "an answer in training")
    await studio.press("S", "s")
    await studio.until(lambda: desk.live.reason == "stopped", "the stop")
    step = desk.live.best_step or 0
    await studio.until(lambda: view.answer and view.answer.step == step, "the best model's answer")
    answer = view.answer
    assert answer is not None
    assert "".join(answer.tokens).split() == ["a", "good", "film"]
    assert answer.labels[answer.probabilities.index(max(answer.probabilities))] == "good"
    weights = dict(zip((token.strip() for token in answer.tokens), answer.weights, strict=True))
    assert max(weights, key=lambda token: weights[token]) == "good"
    await studio.press("q")
    await studio.until(lambda: not studio.app.is_running, "the end")
