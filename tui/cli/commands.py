"""Which commands there are, in one table, and the parser of the whole command line."""

import argparse
import importlib
from functools import partial
from typing import Protocol, cast

import msgspec

from core.language import tr
from tui.cli.options import add_general_options
from tui.cli.parser import StudioParser
from tui.cli.subcommands import examples_text
from tui.cli.version import VERSION

PROGRAM = "rnnstudio"


class CommandModule(Protocol):
    """What the file of a command offers."""

    def add_arguments(self, parser: StudioParser) -> None:
        """Add the command's arguments to its parser."""

    def run(self, args: argparse.Namespace) -> int:
        """Do what the command is for and return the exit code.

        Raises:
            RnnStudioError: It cannot; the message is for the user.
        """


class CommandLine(msgspec.Struct, frozen=True):
    """Describe one command; its code is in the module of the same name, with _ for -."""

    name: str
    summary: str
    """What it does, for the list of commands."""
    usage: str
    """What follows its name."""
    description: str
    examples: tuple[str, ...]
    """Whole lines that a user could type."""
    stray_hint: str = ""
    """What to say of an argument too many."""


def command_module(name: str) -> CommandModule:
    """Import a command's file."""
    return cast("CommandModule", importlib.import_module(f"tui.cli.{name.replace('-', '_')}"))


RUN_HELP = tr("RUN is a run's number or name, or a checkpoint's path; left out, the newest run.")

COMMAND_LINES: tuple[CommandLine, ...] = (
    CommandLine(
        "train",
        tr("Train a model, without the dashboard"),
        "[--SETTING VALUE ...] [--preset NAME] [--name NAME] [--json]",
        tr(
            "Train a recurrent model and keep it in the workspace: a language model on a text or,\n"
            "with --task classify, a classifier on labelled texts. These are a table of texts and\n"
            "classes (.tsv, .csv), JSON Lines, or a folder with a folder of text files a class.\n"
            "On a terminal a progress display shows how it goes; into a pipe go plain lines, or\n"
            "events with --json.\n"
            "ctrl+c saves a checkpoint and ends; a second ctrl+c ends at once."
        ),
        (
            "rnnstudio train --model_type lstm --vocab_type char --epochs 15",
            "rnnstudio train --data_file novel.txt --hidden_size 512 --max_seconds 600",
            "rnnstudio train --task classify --data_file reviews.tsv --val_file held-out.tsv",
            "rnnstudio train --preset fast --data_file novel.txt --max_seconds 60",
            "rnnstudio train --preset tiny --json > events.jsonl",
        ),
        tr("; what to train on is named with --data_file"),
    ),
    CommandLine(
        "generate",
        tr("Write text with a trained model"),
        "[RUN] [--prompt TEXT] [--SETTING VALUE ...]",
        tr(
            "Write text with a trained model, token by token as it is made. The text begins with "
            "the\n"
            "prompt. {run_help}",
            run_help=RUN_HELP,
        ),
        (
            "rnnstudio generate --prompt 'The ' --max_length 500 --temperature 0.7",
            "rnnstudio generate 3 --greedy --max_length 200 > sample.txt",
            "rnnstudio generate 3 --memorised",
        ),
        tr("; a prompt is given with --prompt"),
    ),
    CommandLine(
        "classify",
        tr("Say which class texts have, by a trained classifier"),
        "[RUN] [TEXT ...] [--json]\n"
        "       rnnstudio classify [RUN] --data_file FILE [--text_column COLUMN] [-o FILE]",
        tr(
            "Say which class texts have, a line each, with the probabilities of the classes. "
            "Without\n"
            "a TEXT, each line of standard input is one, and is answered as it comes in; that "
            "of a\n"
            "blank line is blank (label null with --json), so that lines correspond. With "
            "--data_file\n"
            "a table is written with a column more, `predicted`.\n"
            "RUN is a run's number or name, or a checkpoint's path; left out, the newest run that\n"
            "classifies. A first word that is none of these is a text. Name RUN before texts "
            "that may\n"
            "be mistaken for one, and write -- before texts that may begin with a hyphen."
        ),
        (
            "rnnstudio classify 'a great film'",
            "rnnstudio classify 3 'a great film' 'two wasted hours' --json",
            "rnnstudio classify 3 -- '-1 out of 10'",
            "rnnstudio classify < reviews.txt",
            "tail -f reviews.log | rnnstudio classify 3",
            "rnnstudio classify 3 --data_file new.csv --text_column review -o answered.csv",
        ),
    ),
    CommandLine(
        "inspect",
        tr("Look inside a trained language model"),
        "[RUN] [--text TEXT] [--data_file FILE] [--json]",
        tr(
            "Look inside of a trained language model: how far back its gradients reach, how its "
            "gates\n"
            "and hidden states are distributed, and which units follow quotes, line position,\n"
            "brackets, line beginnings, digits or capitals, beside what chance would find.\n"
            "{run_help}",
            run_help=RUN_HELP,
        ),
        (
            "rnnstudio inspect",
            "rnnstudio inspect 3 --text 'He said \"no\" (twice).'",
            "rnnstudio inspect 3 --data_file held-out.txt --json",
        ),
        tr("; a text is given with --text"),
    ),
    CommandLine(
        "evaluate",
        tr("Measure a trained model on any text, or on labelled texts"),
        "[RUN] [--data_file FILE] [--per_char] [--json]",
        tr(
            "Measure how well a trained model predicts a text: loss in nats per token, "
            "perplexity,\n"
            "bits per character and nats per word, so that models with different tokens compare,\n"
            "and beside them what n-grams and compressors reach. Tokens that the model does not\n"
            "know are counted; bits per character and nats per word include what it takes to\n"
            "spell them, in bytes like those of the known ones. --per_char shows each token's\n"
            "surprisal and the most surprising places; with --json first an object that sums up\n"
            "(`type` Surprisal), then one for each token (`type` Token).\n"
            "A classifier is measured on labelled texts: loss in nats per text, accuracy, "
            "macro-F1,\n"
            "precision and recall of each class, and what was taken for what.\n"
            "{run_help}",
            run_help=RUN_HELP,
        ),
        (
            "rnnstudio evaluate --data_file held-out.txt",
            "rnnstudio evaluate --data_file held-out.txt --per_char",
            "rnnstudio evaluate 3 --data_file held-out.txt --json",
            "rnnstudio evaluate 4 --data_file labelled.csv --text_column review --label_column 3",
        ),
        tr("; what to measure it on is named with --data_file"),
    ),
    CommandLine(
        "resume",
        tr("Resume a run from its newest good checkpoint"),
        "[RUN] [--SETTING VALUE ...] [--json]",
        tr(
            "Resume a run from its newest good checkpoint, as if it had never stopped. "
            "One is\ngood whose losses are finite and not far above the run's best; `runs show` "
            "lists them\nall, and a path takes any of them.\n"
            "A run that has reached its planned end goes on with a larger --epochs or "
            "--max_steps.\n"
            "{run_help}",
            run_help=RUN_HELP,
        ),
        (
            "rnnstudio resume",
            "rnnstudio resume 3 --epochs 30 --learning_rate 0.0005",
        ),
    ),
    CommandLine(
        "replay",
        tr("Train a recorded run again, with every live edit at its step"),
        "[RUN] [--name NAME] [--data_file FILE] [--json]",
        tr(
            "Train a run again as a new one, from the settings that it began with, on the same "
            "text,\n"
            "with every recorded live edit at its step. On the same machine the losses are equal "
            "bit\n"
            "for bit; at the end you are told whether they were, or the first step that differs\n"
            "(exit code 1). A run that was stopped and resumed is repeated as if it never "
            "stopped.\n"
            "RUN is a run's number or name; left out, the newest run."
        ),
        (
            "rnnstudio replay 3",
            "rnnstudio replay 3 --data_file moved/novel.txt --json",
        ),
    ),
    CommandLine(
        "report",
        tr("Write a report of runs: HTML, Markdown or a notebook"),
        "[RUN ...] [-o FILE] [--format html|md|ipynb]",
        tr(
            "Write all that is stored of a run as one document: results, learning curves with "
            "every\n"
            "live edit, gradients, gates, classes, samples by training step, notes, settings, "
            "and the\n"
            "command that does it again. Several runs are compared first. HTML is one file that "
            "loads\n"
            "nothing; a notebook reads the stored runs and draws them anew. A file that is there "
            "is\n"
            "replaced. Needs the extra package: pip install 'rnnstudio[report]'.\n"
            "RUN is a run's number or name; left out, the newest run."
        ),
        (
            "rnnstudio report",
            "rnnstudio report 3 4 5 -o comparison.html",
            "rnnstudio report 3 -o notebooks/run-3.ipynb",
        ),
    ),
    CommandLine(
        "experiment",
        tr("Train every combination of some settings, and compare them in a table"),
        "--vary NAME=V1,V2 [--vary ...] [--SETTING VALUE ...] [--seeds N]\n"
        "       rnnstudio experiment [model-types | hidden-sizes | sequence-lengths | dropout |\n"
        "                             clipping | list | show | resume | delete] ...",
        tr(
            "Train every combination of some settings, each as a normal run of the workspace, and\n"
            "compare them: validation loss and perplexity or accuracy as mean ± standard "
            "deviation\n"
            "over the seeds, parameters, tokens/s, and seconds to a validation loss. All models "
            "get\n"
            "equal steps, equal seconds or equal numbers of parameters. Five comparisons have "
            "names.\n"
            "A run that fails or diverges is shown as such and stops no other. ctrl+c saves and "
            "ends;\n"
            "`experiment resume` goes on, also after a kill, as if nothing had happened.\n"
            "Exit codes: 0 every run ended by its plan; 1 one failed or diverged; 2 wrong input;\n"
            "129, 130 or 143 ended by a signal."
        ),
        (
            "rnnstudio experiment model-types",
            "rnnstudio experiment --vary model_type=rnn,lstm,gru --vary hidden_size=128,256 "
            "--seeds 3",
            "rnnstudio experiment model-types --by parameters --max_steps 1000 --parallel 2",
            "rnnstudio experiment show --json",
        ),
    ),
    CommandLine(
        "lr-range",
        tr("Find a learning rate that suits a model and its data"),
        "[--SETTING VALUE ...] [--lowest X] [--highest X] [--steps N] [--json]",
        tr(
            "Test learning rates: a fresh model is trained for a few steps with a rate that grows\n"
            "from step to step, until its loss diverges; nothing of it is kept. The curve of the\n"
            "smoothed loss is drawn, and a rate is suggested: the geometric mean of the rate at "
            "which\n"
            "the loss falls fastest and a tenth of the rate at which it is lowest."
        ),
        (
            "rnnstudio lr-range --model_type gru --hidden_size 128",
            "rnnstudio lr-range --data_file novel.txt --json",
        ),
        tr("; what to train on is named with --data_file"),
    ),
    CommandLine(
        "runs",
        tr("List, show, export or delete runs"),
        "[list | show | export | delete] ...",
        tr("Look after the runs of the workspace; without a further word, list them."),
        (
            "rnnstudio runs",
            "rnnstudio runs show 3",
            "rnnstudio runs export 3 --save_dir ./checkpoints",
            "rnnstudio runs delete 1 2 --yes",
        ),
    ),
    CommandLine(
        "learn",
        tr("Open the dashboard with a guided tour of six lessons"),
        "[LESSON] [--ascii]",
        tr(
            "Open the dashboard with a guided tour: six lessons on the built-in texts, each with\n"
            "goals that the program checks while you train, a hint, and what to look at."
        ),
        ("rnnstudio learn", "rnnstudio learn 3"),
    ),
    CommandLine(
        "doctor",
        tr("Say what is wrong with a run, and what mends it"),
        "[RUN] [--json]",
        tr(
            "Look at all that was seen of a run, finished or still going, and say what is wrong "
            "with\n"
            "it: learning rate, gradients, over- and under-fitting, data, sampling, memory. With "
            "each\n"
            "finding come the numbers that it was seen by and the command that mends it.\n"
            "RUN is a run's number or name; left out, the newest run."
        ),
        ("rnnstudio doctor", "rnnstudio doctor 3 --json | jq .fix"),
    ),
    CommandLine(
        "check",
        tr("Check the workspace and say what is wrong with it; --repair mends it"),
        "[--repair] [--json]",
        tr(
            "Check everything in the workspace: the database, the runs and their folders, every\n"
            "checkpoint's SHA-256, locks, experiments, fetched texts, and files that were never\n"
            "finished. --repair mends what can be mended and deletes nothing: what is in the way "
            "goes\n"
            "to WORKSPACE/aside/N, with a copy of the database as it was. Runs that are being "
            "trained\n"
            "are passed over.\n"
            "Exit codes: 0 nothing is wrong, or all was mended; 1 something is; 2 there is no\n"
            "workspace, or its database is of a newer rnnstudio or another program."
        ),
        ("rnnstudio check", "rnnstudio check --repair", "rnnstudio check --json | jq .message"),
    ),
    CommandLine(
        "settings",
        tr("Print every setting, its range and default, and the presets"),
        "[--json]",
        tr(
            "Print every setting of training and of sampling with its range and default, and the\n"
            "presets: named sets of settings that --preset takes."
        ),
        ("rnnstudio settings", "rnnstudio settings --json"),
    ),
    CommandLine(
        "corpora",
        tr("List, fetch or show texts to train on"),
        "[list | fetch NAME | show NAME] ...",
        tr(
            "Look after the texts that --corpus takes; without a further word, list them. "
            "Built-in\n"
            "ones are always there, the others are fetched from the web once, on request. Those "
            "for\n"
            "classify are labelled texts."
        ),
        (
            "rnnstudio corpora",
            "rnnstudio corpora fetch tiny-shakespeare",
            "rnnstudio train --corpus tiny-shakespeare",
            "rnnstudio train --task classify --corpus python-modules",
        ),
    ),
    CommandLine(
        "about",
        tr("Say what computes on this machine: versions, processor, kernels"),
        "[--json]",
        tr(
            "Say which versions run, and what computes the models on this processor, and why: the\n"
            "compiled kernels in AVX-512, AVX2 or portable vectors, or torch's own operations\n"
            "where no compiler was there to build them. The environment variable\n"
            "RNNSTUDIO_KERNELS=avx512|avx2|portable|torch asks for one of these."
        ),
        ("rnnstudio about", "RNNSTUDIO_KERNELS=torch rnnstudio train --max_steps 100"),
    ),
    CommandLine(
        "bench",
        tr("Measure how fast models train on this machine, beside plain PyTorch"),
        "[--model_type NAME] [--rounds N] [--seconds X] [--threads N] [--json]",
        tr(
            "Train the default model of each cell without a screen, in turn with a plain PyTorch\n"
            "loop of the same model on the same text: in fp32, in bf16 and without the compiled\n"
            "kernels. Say tokens a second, their spread, the ratio to the plain loop, and the\n"
            "share of what the machine does in a large fp32 product. It takes some 90 seconds;\n"
            "let nothing else run meanwhile."
        ),
        ("rnnstudio bench", "rnnstudio bench --model_type lstm --rounds 9 --seconds 2 --json"),
    ),
    CommandLine(
        "completion",
        tr("Print a script that completes rnnstudio's options in your shell"),
        "SHELL",
        tr(
            "Print a completion script for a shell: bash, zsh, tcsh and what else shtab knows.\n"
            "Needs the extra package: pip install 'rnnstudio[completion]'."
        ),
        (
            "rnnstudio completion bash > ~/.local/share/bash-completion/completions/rnnstudio",
            'rnnstudio completion zsh > "${fpath[1]}/_rnnstudio"',
        ),
    ),
)
"""Every command but the dashboard, which is what the bare program opens."""


def root_parser() -> StudioParser:
    """Return the parser of the whole command line; commands fill themselves when called."""
    return StudioParser(
        PROGRAM,
        usage=f"{PROGRAM} [--SETTING VALUE ...]\n       {PROGRAM} COMMAND ...",
        description=tr(
            "A terminal studio for recurrent language models and text classifiers: train, "
            "watch,\nsteer and sample.\n\nWithout a command it opens the dashboard; every "
            "setting of\n"
            "`{program} train --help` can be given, such as --hidden_size 512.",
            program=PROGRAM,
        ),
        epilog=tr("`{program} COMMAND --help` says more, with examples.", program=PROGRAM),
        fill=_fill_root,
    )


def _fill_root(parser: StudioParser) -> None:
    commands = parser.add_subparsers(
        title=tr("commands"),
        metavar="COMMAND",
        dest="command",
        parser_class=StudioParser,
    )
    for line in COMMAND_LINES:
        prog = f"{PROGRAM} {line.name}"
        commands.add_parser(
            line.name,
            prog=prog,
            help=line.summary,
            usage=f"{prog} {line.usage}",
            description=line.description,
            epilog=examples_text(line.examples),
            fill=partial(_fill_command, line.name),
            stray_hint=line.stray_hint,
        )
    command_module("dashboard").add_arguments(parser)
    add_general_options(parser).add_argument(
        "--version", action="version", version=f"{PROGRAM} {VERSION}", help=tr("Show the version")
    )


def _fill_command(name: str, parser: StudioParser) -> None:
    command_module(name).add_arguments(parser)
    add_general_options(parser)
