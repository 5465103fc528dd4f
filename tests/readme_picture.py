"""The README's picture of the dashboard, taken of a real run on the built-in corpus.

    python tests/readme_picture.py [--steps 1200]

It opens the dashboard without a terminal, trains, changes the learning rate on the way, draws a
sample, and writes Textual's SVG.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from core.config import make_config  # noqa: E402 - found by the line above when run as a script
from tui.app import StudioApp  # noqa: E402
from tui.backend import StudioBackend  # noqa: E402
from tui.desk import Desk  # noqa: E402
from workspace.paths import Workspace  # noqa: E402
from workspace.runs import RunStore  # noqa: E402

PICTURE = ROOT / "tests" / "dashboard.svg"
SETTINGS = {"eval_every": 200, "epochs": 10}


async def picture(workspace: Workspace, steps: int) -> str:
    """Train for some steps and return the screen as SVG."""
    desk = Desk(StudioBackend(workspace), RunStore(workspace))
    app = StudioApp(lambda: desk, make_config(SETTINGS), name="lstm-256")
    async with app.run_test(size=(120, 40)) as pilot:

        async def until(done: Callable[[], bool], limit_s: float = 1800) -> None:
            deadline = time.monotonic() + limit_s
            while not done() and time.monotonic() < deadline:
                await pilot.pause(0.2)

        await until(lambda: app.dashboard is not None)
        await pilot.press("space")
        await until(lambda: desk.live.step >= steps // 2)
        await pilot.press("right", "a")
        await until(lambda: desk.live.step >= steps)
        await pilot.press("g", *"The ", "enter", "1")
        await until(lambda: desk.live.samples.newest("console") is not None, 60)
        await pilot.pause(4)
        svg = app.export_screenshot(title="rnnstudio")
        desk.engine.ask_to_end()
        await until(lambda: not desk.engine.training, 60)
    desk.engine.close()
    return svg


def main() -> None:
    """Take the picture."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=1200)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        svg = asyncio.run(picture(Workspace(Path(folder)), options.steps))
    PICTURE.write_text(svg, encoding="utf-8")


if __name__ == "__main__":
    main()
