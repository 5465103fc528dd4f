"""What people call a command beside its label: palette and help find it by these words, too."""

from core.language import tr

WORDS: dict[str, str] = {
    "run.new": tr("file, text, data, open, load, corpus, folder"),
    "params.undo": tr("rollback, revert, go back"),
    "runs.resume": tr("rollback, continue, go back, checkpoint"),
    "training.checkpoint": tr("snapshot"),
    "training.stop": tr("end, abort, cancel, kill"),
    "training.toggle": tr("run, train, begin, go, continue"),
    "app.quit": tr("exit, leave, close"),
    "app.help": tr("keys, shortcuts, manual"),
    "app.explain": tr("explain, meaning, glossary, what does this mean"),
    "app.theme": tr("colours, colors, dark, light"),
    "experiments.compare": tr("experiment, sweep, grid, ablation"),
    "experiments.test": tr("lr finder"),
    "microscope.surprise": tr("errors, mistakes"),
}
"""What else people call a command, by its id."""
