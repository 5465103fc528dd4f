"""A process in a terminal that runs command lines full of hostile texts, one after another."""

import json
import sys
import traceback
from collections.abc import Iterator, Sequence
from pathlib import Path

if "naive" in sys.argv:
    from naive_terminal import obey_everything

    obey_everything()

from hostile_workspace import fill_runs, in_a_name, make_models, new_workspace

from training_cases import TEXT
from tui.cli.main import run_command_line
from workspace.paths import Workspace


def short_lines(texts: Sequence[str]) -> Iterator[list[str]]:
    """Yield command lines that need no model and are done at once."""
    for text in texts:
        yield from (
            [text],
            ["runs", "show", text],
            ["train", "--hidden_size", text],
            ["train", f"--{text}"],
            ["corpora", "fetch", text],
            ["--language", text, "runs"],
        )
    yield from (["runs", "list"], ["runs", "list", "--json"], ["experiment", "list"])
    for run in range(2, len(texts) + 2):
        yield from (["runs", "show", str(run)], ["runs", "show", str(run), "--json"])
        yield from (["doctor", str(run)], ["runs", "show", str(run), "--as", "command"])


def model_lines(root: Path, workspace: Workspace, texts: Sequence[str]) -> Iterator[list[str]]:
    """Yield command lines that ask three models, or train."""
    plain = root / "plain.txt"
    plain.write_text(TEXT)
    named = root / "named"
    named.mkdir()
    models = [
        str(next(workspace.run_dir(run).glob("checkpoint-*.safetensors"))) for run in (1, 2, 3)
    ]
    for text in texts:
        file = named / in_a_name(text)
        file.write_bytes((text + "\nof old\n").encode("utf-8", "replace"))
        yield from (
            ["generate", text],
            ["generate", f"./{text}.pt"],
            ["train", "--data_file", text],
            ["train", "--data_file", str(file)],
            ["train", "--name", text, "--data_file", "missing"],
            ["train", "--corpus", text],
            ["train", "--encoding", text, "--data_file", str(plain)],
            ["train", "--device", text],
            ["generate", models[0], "--prompt", text, "--max_length", "2"],
            ["generate", models[1], "--prompt", text, "--max_length", "2", "--stop", text],
            ["generate", models[0], "--clamp", text],
            ["classify", models[2], text],
            ["evaluate", models[0], "--data_file", str(file)],
            ["evaluate", models[1], "--data_file", str(file), "--json"],
            ["evaluate", models[0], "--data_file", str(file), "--per_char"],
            ["inspect", models[0], "--text", text, "--data_file", str(plain)],
        )
    for temperature in ("0.5", "5"):
        sampling = ["--max_length", "3000", "--temperature", temperature]
        yield from (["generate", model, *sampling] for model in models[:2])
    yield from (["generate", str(run)] for run in range(4, len(texts) + 4))
    for run in (1, 3, 4, 5):
        yield from (["resume", str(run)], ["replay", str(run)])
        yield ["report", str(run), "-o", str(root / "report.md")]


def main(root: Path, texts: Sequence[str], *, short: bool) -> None:
    """Run them all, each with a line after it, and write down what crashed."""
    crashes = []
    workspace = new_workspace(root) if short else make_models(root, texts)
    fill_runs(workspace, texts)
    for words in short_lines(texts) if short else model_lines(root, workspace, texts):
        try:
            run_command_line([*words, "--workspace", str(workspace.root)])
        except BaseException:
            crashes.append(f"{words!r}: {traceback.format_exc()[-800:]}")
        sys.stdout.write(f"\n@@{json.dumps(words)}@@\n")
        sys.stdout.flush()
    (root / "crashes.json").write_text(json.dumps(crashes))


if __name__ == "__main__":
    main(Path(sys.argv[1]), json.loads(Path(sys.argv[2]).read_text()), short="short" in sys.argv)
