"""Every key of the dashboard, written once: footer, palette, help and remapping read this table."""

from typing import Literal

import msgspec
from textual.binding import Binding, BindingType

from core.language import tr
from tui.tasks import Task

Scope = Literal[
    "everywhere",
    "params",
    "charts",
    "gradients",
    "classes",
    "runs",
    "generate",
    "classify",
    "time",
    "gates",
    "microscope",
    "doctor",
    "experiments",
]

SCOPES: dict[Scope, str] = {
    "everywhere": "",
    "params": tr("Params"),
    "charts": tr("Charts"),
    "gradients": tr("Gradients"),
    "classes": tr("Classes"),
    "runs": tr("Runs"),
    "generate": tr("Generate"),
    "classify": tr("Classify"),
    "time": tr("Time"),
    "gates": tr("Gates"),
    "microscope": tr("Microscope"),
    "doctor": tr("Doctor"),
    "experiments": tr("Experiments"),
}
"""What each scope is called where its commands are listed among others."""


class Command(msgspec.Struct, frozen=True):
    """Describe one thing a key does."""

    id: str
    """Stable name, used to remap the keys in the config file."""
    scope: Scope
    """Where the key works."""
    keys: str
    """Textual's names of the default keys, separated by commas."""
    shown: str
    """The keys as a person reads them."""
    action: str
    """Textual's action, looked up on the panel (or on the screen, for `everywhere`)."""
    label: str
    """One or two words for the footer."""
    help: str
    """One sentence without a full stop, for help and palette."""
    footer: bool = False
    """Whether the footer shows it while its scope has the focus."""
    classify_label: str = ""
    """The label where texts are classified, if it is another one."""
    task: Task | None = None
    """The only task that it means anything to; None for both."""


# fmt: off
COMMANDS: tuple[Command, ...] = (
    Command("training.toggle", "everywhere", "space,f5", "space", "toggle_training",
            tr("Start/Pause"), tr("Start training, pause it or go on"), footer=True),
    Command("training.stop", "everywhere", "S", "S", "stop_training", tr("Stop"),
            tr("Stop the run or the experiment in progress; asks which of them, and how"),
            footer=True),
    Command("training.checkpoint", "everywhere", "c", "c", "save_checkpoint", tr("Save"),
            tr("Save a checkpoint at the next step")),
    Command("run.new", "everywhere", "n", "n", "new_run", tr("New run"),
            tr("Begin a new run: choose text, preset and name")),
    Command("panel.params", "everywhere", "1", "1", "focus_panel(1)", tr("Params"),
            tr("Focus the settings; again zooms them")),
    Command("panel.loss", "everywhere", "2", "2", "focus_panel(2)", tr("Loss"),
            tr("Focus the loss chart; again zooms it")),
    Command("panel.perplexity", "everywhere", "3", "3", "focus_panel(3)", tr("Perplexity"),
            tr("Focus the perplexity or accuracy chart; again zooms it"),
            classify_label=tr("Accuracy")),
    Command("panel.gradients", "everywhere", "4", "4", "focus_panel(4)", tr("Gradients"),
            tr("Focus the gradient meters, or a classifier's classes; again zooms them"),
            classify_label=tr("Classes")),
    Command("panel.runs", "everywhere", "5", "5", "focus_panel(5)", tr("Runs"),
            tr("Focus the list of runs; again zooms it")),
    Command("panel.generate", "everywhere", "6", "6", "focus_panel(6)", tr("Generate"),
            tr("Focus the console that generates, or classifies; again zooms it"),
            classify_label=tr("Classify")),
    Command("panel.time", "everywhere", "7", "7", "focus_panel(7)", tr("Through time"),
            tr("Look how far back gradients reach; again zooms it"), task="language"),
    Command("panel.gates", "everywhere", "8", "8", "focus_panel(8)", tr("Gates"),
            tr("Look how gates and hidden states move; again zooms it"), task="language"),
    Command("panel.microscope", "everywhere", "9", "9", "focus_panel(9)", tr("Microscope"),
            tr("Look at a text: what surprises the model, what a unit does; again zooms it"),
            task="language"),
    Command("panel.doctor", "everywhere", "0", "0", "focus_panel(0)", tr("Doctor"),
            tr("Read what the doctor found, and how to mend it; again zooms it")),
    Command("panel.experiments", "everywhere", "E", "E", "focus_panel(11)", tr("Experiments"),
            tr("Compare models side by side, or test learning rates; again zooms it")),
    Command("panel.zoom", "everywhere", "z", "z", "zoom", tr("Zoom"),
            tr("Let the focused panel fill the screen, or bring the others back"), footer=True),
    Command("panel.next", "everywhere", "tab", "Tab", "focus_next_panel", tr("Next"),
            tr("Focus the next panel")),
    Command("panel.previous", "everywhere", "shift+tab", "shift+Tab", "focus_previous_panel",
            tr("Previous"), tr("Focus the panel before")),
    Command("generate.open", "everywhere", "g", "g", "open_prompt", tr("Generate"),
            tr("Write a prompt, or a text that is classified as you type"), footer=True,
            classify_label=tr("Classify")),
    Command("app.commands", "everywhere", "colon,ctrl+p", ":", "command_palette", tr("Command"),
            tr("Find any command by its words"), footer=True),
    Command("app.help", "everywhere", "question_mark,f1", "?", "help", tr("Help"),
            tr("Show every key and what it does"), footer=True),
    Command("app.theme", "everywhere", "f9", "F9", "next_theme", tr("Theme"),
            tr("Take the next colour theme")),
    Command("app.suspend", "everywhere", "ctrl+z", "ctrl+z", "suspend_process", tr("Suspend"),
            tr("Go back to the shell; fg returns")),
    Command("lesson.begin", "everywhere", "f2", "F2", "begin_lesson", tr("Begin lesson"),
            tr("In rnnstudio learn: begin a run with the settings of the lesson")),
    Command("lesson.next", "everywhere", "f3", "F3", "turn_lesson(1)", tr("Next lesson"),
            tr("In rnnstudio learn: go to the next lesson")),
    Command("lesson.before", "everywhere", "f6,shift+f3", "F6", "turn_lesson(-1)",
            tr("Lesson before"), tr("In rnnstudio learn: go to the lesson before")),
    Command("lesson.hint", "everywhere", "f4", "F4", "toggle_hint", tr("Hint"),
            tr("In rnnstudio learn: show the hint, what to look at, or the text")),
    Command("app.quit", "everywhere", "q", "q", "quit_studio", tr("Quit"),
            tr("Leave; asks while training and saves a checkpoint"), footer=True),
    Command("app.back", "everywhere", "escape", "Esc", "back", tr("Back"),
            tr("Close what is open, or leave the zoom")),

    Command("params.down", "params", "down,j", "↓ j", "row(1)", tr("Next row"),
            tr("Go to the next setting")),
    Command("params.up", "params", "up,k", "↑ k", "row(-1)", tr("Row before"),
            tr("Go to the setting before")),
    Command("params.less", "params", "left,h", "← h", "nudge(-1)", tr("Less"),
            tr("Nudge the value down (learning rate in 1-2-5 steps)"), footer=True),
    Command("params.more", "params", "right,l", "→ l", "nudge(1)", tr("More"),
            tr("Nudge the value up (learning rate in 1-2-5 steps)"), footer=True),
    Command("params.edit", "params", "enter,e", "Enter e", "edit", tr("Edit"),
            tr("Type a value, checked as you type"), footer=True),
    Command("params.revert", "params", "u", "u", "revert", tr("Revert"),
            tr("Drop the staged edit of this row"), footer=True),
    Command("params.apply", "params", "a", "a", "apply", tr("Apply"),
            tr("Put the staged edits in force at the next step"), footer=True),
    Command("params.apply_new", "params", "A", "A", "apply_as_new_run", tr("Apply as new run"),
            tr("Begin a new run with the staged edits")),
    Command("params.undo", "params", "U", "U", "undo", tr("Undo"),
            tr("Take back the last applied change")),

    Command("charts.left", "charts", "left", "←", "crosshair(-1)", tr("Crosshair"),
            tr("Move the crosshair left and read the values"), footer=True),
    Command("charts.right", "charts", "right", "→", "crosshair(1)", tr("Crosshair"),
            tr("Move the crosshair right and read the values"), footer=True),
    Command("charts.zoom_in", "charts", "plus,equals_sign", "+", "zoom_x(1)", tr("Zoom in"),
            tr("Show fewer steps"), footer=True),
    Command("charts.zoom_out", "charts", "minus", "-", "zoom_x(-1)", tr("Zoom out"),
            tr("Show more steps")),
    Command("charts.follow", "charts", "f", "f", "follow", tr("Follow"),
            tr("Show the whole run and follow it"), footer=True),
    Command("charts.log", "charts", "y", "y", "toggle_log", tr("Log scale"),
            tr("Switch the value axis between linear and logarithmic"), footer=True),
    Command("charts.axis", "charts", "x", "x", "next_x_axis", tr("Step/epoch/time"),
            tr("Count along the axis in steps, epochs or seconds"), footer=True),
    Command("charts.unit", "charts", "u", "u", "next_unit", tr("Loss unit"),
            tr("Show the loss in nats per token, bits per character or as perplexity")),
    Command("charts.yardsticks", "charts", "b", "b", "toggle_levels", tr("Yardsticks"),
            tr("Show or hide what n-grams, compressors or simple methods reach")),
    Command("charts.smoother", "charts", "right_square_bracket", "]", "smooth(1)", tr("Smoother"),
            tr("Smooth the training curve more")),
    Command("charts.rougher", "charts", "left_square_bracket", "[", "smooth(-1)", tr("Rougher"),
            tr("Smooth the training curve less")),

    Command("gradients.down", "gradients", "down,j", "↓ j", "scroll(1)", tr("Down"),
            tr("Show the meters below")),
    Command("gradients.up", "gradients", "up,k", "↑ k", "scroll(-1)", tr("Up"),
            tr("Show the meters above")),
    Command("gradients.ratio", "gradients", "r", "r", "toggle_ratio", tr("Norm/ratio"),
            tr("Switch between gradient norms and update-to-weight ratios"), footer=True),

    Command("classes.next", "classes", "right,l,v", "→ l v", "turn(1)", tr("View"),
            tr("Show the next view: matrix, mistakes, gradients"), footer=True),
    Command("classes.previous", "classes", "left,h", "← h", "turn(-1)", tr("View"),
            tr("Show the view before")),
    Command("classes.read", "classes", "enter", "Enter", "read", tr("Mistakes"),
            tr("Go to the worst mistakes, and read one in full"), footer=True),
    Command("classes.explain", "classes", "w", "w", "explain", tr("Why"),
            tr("Classify a mistake's text in the console: see which tokens spoke"), footer=True),
    Command("classes.down", "classes", "down,j", "↓ j", "move(1)", tr("Down"),
            tr("Go down: to less confused classes, the next mistake, further meters")),
    Command("classes.up", "classes", "up,k", "↑ k", "move(-1)", tr("Up"), tr("Go up")),
    Command("classes.ratio", "classes", "r", "r", "toggle_ratio", tr("Norm/ratio"),
            tr("Switch the view of gradients between norms and update-to-weight ratios")),

    Command("runs.down", "runs", "down,j", "↓ j", "row(1)", tr("Next run"),
            tr("Go to the next run")),
    Command("runs.up", "runs", "up,k", "↑ k", "row(-1)", tr("Run before"),
            tr("Go to the run before")),
    Command("runs.open", "runs", "enter", "Enter", "open_run", tr("Open"),
            tr("Show this run's curves, settings and samples"), footer=True),
    Command("runs.resume", "runs", "R", "R", "resume_run", tr("Resume"),
            tr("Go on training this run from its newest checkpoint"), footer=True),
    Command("runs.overlay", "runs", "o", "o", "overlay", tr("Overlay"),
            tr("Draw this run's curve behind the current one"), footer=True),
    Command("runs.pin", "runs", "p", "p", "pin", tr("Pin"), tr("Keep this run on top of the list")),
    Command("runs.diff", "runs", "d", "d", "diff", tr("Diff"),
            tr("List the settings that differ from the current run"), footer=True),
    Command("runs.delete", "runs", "D", "D", "delete_run", tr("Delete"),
            tr("Delete this run and its checkpoints, after a question")),
    Command("runs.filter", "runs", "slash", "/", "filter", tr("Filter"),
            tr("Show only runs whose name or settings hold some words"), footer=True),

    Command("generate.prompt", "generate", "enter,e", "Enter", "edit_prompt", tr("Prompt"),
            tr("Write the prompt; Enter runs it"), footer=True),
    Command("generate.again", "generate", "r", "r", "rerun", tr("Again"),
            tr("Draw again with the same prompt and seed"), footer=True),
    Command("generate.reseed", "generate", "R", "R", "rerun_new_seed", tr("New seed"),
            tr("Draw again with the next seed")),
    Command("generate.cooler", "generate", "t", "t", "temperature(-1)", tr("Cooler"),
            tr("Lower the temperature"), footer=True),
    Command("generate.hotter", "generate", "T", "T", "temperature(1)", tr("Hotter"),
            tr("Raise the temperature")),
    Command("generate.fewer", "generate", "k", "k", "top_k(-1)", tr("Top-k down"),
            tr("Draw from fewer tokens"), footer=True),
    Command("generate.more", "generate", "K", "K", "top_k(1)", tr("Top-k up"),
            tr("Draw from more tokens")),
    Command("generate.settings", "generate", "s", "s", "edit_decoding", tr("Sampling"),
            tr("Edit every sampling setting: top-p, min-p, repetition penalty, seed, length, stop"),
            footer=True),
    Command("generate.probabilities", "generate", "v", "v", "toggle_probabilities",
            tr("Probabilities"), tr("Walk the tokens with ← → and read each one's probability")),
    Command("generate.copy", "generate", "y", "y", "copy", tr("Copy"),
            tr("Copy the sample to the clipboard"), footer=True),

    Command("classify.text", "classify", "enter,e", "Enter", "edit_text", tr("Text"),
            tr("Type a text; it is classified as you type"), footer=True),
    Command("classify.tokens", "classify", "v", "v", "toggle_tokens", tr("Tokens"),
            tr("Walk the tokens with ← → and read how much each one moved the answer"),
            footer=True),
    Command("classify.copy", "classify", "y", "y", "copy", tr("Copy"),
            tr("Copy the text with its class and the probability to the clipboard"), footer=True),

    Command("time.higher", "time", "right,l", "→ l", "layer(1)", tr("Layer above"),
            tr("Show the layer above"), footer=True),
    Command("time.lower", "time", "left,h", "← h", "layer(-1)", tr("Layer below"),
            tr("Show the layer below")),
    Command("time.log", "time", "y", "y", "toggle_log", tr("Log scale"),
            tr("Switch the value axis between logarithmic and linear"), footer=True),

    Command("gates.down", "gates", "down,j", "↓ j", "scroll(1)", tr("Down"),
            tr("Show the layers above the first"), footer=True),
    Command("gates.up", "gates", "up,k", "↑ k", "scroll(-1)", tr("Up"),
            tr("Go back to the first layer")),

    Command("microscope.shading", "microscope", "m", "m", "toggle_shading", tr("Surprisal/unit"),
            tr("Shade the text by surprisal, or by a hidden unit's activation"), footer=True),
    Command("microscope.left", "microscope", "left,h", "← h", "sideways(-1)", tr("Unit"),
            tr("Go to the unit before, or walk back along the text")),
    Command("microscope.right", "microscope", "right,l", "→ l", "sideways(1)", tr("Unit"),
            tr("Go to the next unit, or walk on along the text"), footer=True),
    Command("microscope.find", "microscope", "f", "f", "find", tr("Find"),
            tr("Go to the unit that best follows quotes, lines, brackets, digits or capitals"),
            footer=True),
    Command("microscope.surprise", "microscope", "w", "w", "surprise", tr("Worst"),
            tr("Go to the next of the most surprising places"), footer=True),
    Command("microscope.clamp", "microscope", "x", "x", "clamp", tr("Hold"),
            tr("Hold the unit in the next sample: off, at 1, at -1, or no longer"), footer=True),
    Command("microscope.walk", "microscope", "v", "v", "toggle_walk", tr("Walk"),
            tr("Walk the tokens with ← → and read what was expected at each"), footer=True),
    Command("microscope.text", "microscope", "enter,e", "Enter e", "edit_text", tr("Text"),
            tr("Read a text of your own"), footer=True),
    Command("microscope.next", "microscope", "p", "p", "passage(1)", tr("Passage"),
            tr("Read the next passage of the held-out text"), footer=True),
    Command("microscope.before", "microscope", "P", "P", "passage(-1)", tr("Passage before"),
            tr("Read the passage before")),
    Command("microscope.sample", "microscope", "s", "s", "read_sample", tr("Sample"),
            tr("Read the newest sample"), footer=True),
    Command("microscope.higher", "microscope", "right_square_bracket", "]", "layer(1)",
            tr("Layer above"), tr("Go to the same unit of the layer above")),
    Command("microscope.lower", "microscope", "left_square_bracket", "[", "layer(-1)",
            tr("Layer below"), tr("Go to the same unit of the layer below")),
    Command("microscope.down", "microscope", "down,j", "↓ j", "move(1)", tr("Down"),
            tr("Scroll down, or walk to the line below")),
    Command("microscope.up", "microscope", "up,k", "↑ k", "move(-1)", tr("Up"),
            tr("Scroll up, or walk to the line above")),

    Command("doctor.fix", "doctor", "a,enter", "a Enter", "stage_fix", tr("Stage the fix"),
            tr("Stage the fix of the selected finding, like any edit in Params"), footer=True),
    Command("doctor.down", "doctor", "down,j", "↓ j", "row(1)", tr("Down"),
            tr("Go to the next finding"), footer=True),
    Command("doctor.up", "doctor", "up,k", "↑ k", "row(-1)", tr("Up"),
            tr("Go to the finding before")),

    Command("experiments.compare", "experiments", "e", "e", "compare", tr("Compare"),
            tr("Begin an experiment: choose what varies, how long and how often each run trains"),
            footer=True),
    Command("experiments.test", "experiments", "t", "t", "test_rates", tr("Test rates"),
            tr("Find a learning rate by a short range test"), footer=True),
    Command("experiments.stage", "experiments", "a", "a", "stage_rate", tr("Stage"),
            tr("Stage the learning rate that the range test suggests"), footer=True),
    Command("experiments.resume", "experiments", "R", "R", "resume", tr("Go on"),
            tr("Go on with the experiment on show, in turn or several runs at a time"),
            footer=True),
    Command("experiments.open", "experiments", "enter", "Enter", "open_run", tr("Open"),
            tr("Show the lane's run in the other panels"), footer=True),
    Command("experiments.overlay", "experiments", "o", "o", "overlay", tr("Overlay"),
            tr("Draw all of its runs in Loss, Perplexity and Through time"), footer=True),
    Command("experiments.measure", "experiments", "m", "m", "toggle_measure", tr("Train/val"),
            tr("Switch between the loss of training and on held-out text"), footer=True),
    Command("experiments.axis", "experiments", "x", "x", "next_x_axis", tr("Step/time"),
            tr("Count along the axis in steps or in seconds of training")),
    Command("experiments.log", "experiments", "y", "y", "next_scale", tr("Scale"),
            tr("Show where the runs part, everything, or everything on a logarithmic axis")),
    Command("experiments.next", "experiments", "right_square_bracket", "]", "turn(1)", tr("Next"),
            tr("Show the next experiment")),
    Command("experiments.before", "experiments", "left_square_bracket", "[", "turn(-1)",
            tr("Before"), tr("Show the experiment before")),
    Command("experiments.down", "experiments", "down,j", "↓ j", "row(1)", tr("Down"),
            tr("Go to the next lane")),
    Command("experiments.up", "experiments", "up,k", "↑ k", "row(-1)", tr("Up"),
            tr("Go to the lane before")),
)
# fmt: on


def bindings_of(scope: Scope) -> list[BindingType]:
    """Return Textual's bindings for one scope, each with the command's id."""
    return [
        Binding(
            command.keys,
            command.action,
            command.label,
            show=command.footer,
            key_display=command.shown,
            id=command.id,
            tooltip=command.help,
        )
        for command in COMMANDS
        if command.scope == scope
    ]
