"""Every key of the dashboard, written once: footer, palette, help and remapping read this table."""

from typing import Literal

import msgspec
from textual.binding import Binding, BindingType

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
]


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
    Command("training.toggle", "everywhere", "space,f5", "space", "toggle_training", "Start/Pause",
            "Start training, pause it or go on", footer=True),
    Command("training.stop", "everywhere", "S", "S", "stop_training", "Stop",
            "Stop training: finish the step and save, stop now, or cancel", footer=True),
    Command("training.checkpoint", "everywhere", "c", "c", "save_checkpoint", "Save",
            "Save a checkpoint at the next step"),
    Command("run.new", "everywhere", "n", "n", "new_run", "New run",
            "Begin a new run: choose text, preset and name"),
    Command("panel.params", "everywhere", "1", "1", "focus_panel(1)", "Params",
            "Focus the settings; again zooms them"),
    Command("panel.loss", "everywhere", "2", "2", "focus_panel(2)", "Loss",
            "Focus the loss chart; again zooms it"),
    Command("panel.perplexity", "everywhere", "3", "3", "focus_panel(3)", "Perplexity",
            "Focus the perplexity or accuracy chart; again zooms it",
            classify_label="Accuracy"),
    Command("panel.gradients", "everywhere", "4", "4", "focus_panel(4)", "Gradients",
            "Focus the gradient meters, or a classifier's classes; again zooms them",
            classify_label="Classes"),
    Command("panel.runs", "everywhere", "5", "5", "focus_panel(5)", "Runs",
            "Focus the list of runs; again zooms it"),
    Command("panel.generate", "everywhere", "6", "6", "focus_panel(6)", "Generate",
            "Focus the console that generates, or classifies; again zooms it",
            classify_label="Classify"),
    Command("panel.time", "everywhere", "7", "7", "focus_panel(7)", "Through time",
            "Look how far back gradients reach; again zooms it", task="language"),
    Command("panel.gates", "everywhere", "8", "8", "focus_panel(8)", "Gates",
            "Look how gates and hidden states move; again zooms it", task="language"),
    Command("panel.microscope", "everywhere", "9", "9", "focus_panel(9)", "Microscope",
            "Look at a text: what surprises the model, what a unit does; again zooms it",
            task="language"),
    Command("panel.doctor", "everywhere", "0", "0", "focus_panel(0)", "Doctor",
            "Read what the doctor found, and how to mend it; again zooms it"),
    Command("panel.zoom", "everywhere", "z", "z", "zoom", "Zoom",
            "Let the focused panel fill the screen, or bring the others back", footer=True),
    Command("panel.next", "everywhere", "tab", "Tab", "focus_next_panel", "Next",
            "Focus the next panel"),
    Command("panel.previous", "everywhere", "shift+tab", "shift+Tab", "focus_previous_panel",
            "Previous", "Focus the panel before"),
    Command("generate.open", "everywhere", "g", "g", "open_prompt", "Generate",
            "Write a prompt, or a text that is classified as you type",
            footer=True, classify_label="Classify"),
    Command("app.commands", "everywhere", "colon,ctrl+p", ":", "command_palette", "Command",
            "Find any command by its words", footer=True),
    Command("app.help", "everywhere", "question_mark,f1", "?", "help", "Help",
            "Show every key and what it does", footer=True),
    Command("app.theme", "everywhere", "f9", "F9", "next_theme", "Theme",
            "Take the next colour theme"),
    Command("app.suspend", "everywhere", "ctrl+z", "ctrl+z", "suspend_process", "Suspend",
            "Go back to the shell; fg returns"),
    Command("lesson.begin", "everywhere", "f2", "F2", "begin_lesson", "Begin lesson",
            "In rnnstudio learn: begin a run with the settings of the lesson"),
    Command("lesson.next", "everywhere", "f3", "F3", "turn_lesson(1)", "Next lesson",
            "In rnnstudio learn: go to the next lesson"),
    Command("lesson.before", "everywhere", "shift+f3", "shift+F3", "turn_lesson(-1)",
            "Lesson before", "In rnnstudio learn: go to the lesson before"),
    Command("lesson.hint", "everywhere", "f4", "F4", "toggle_hint", "Hint",
            "In rnnstudio learn: show the hint, or what to look at"),
    Command("app.quit", "everywhere", "q", "q", "quit_studio", "Quit",
            "Leave; asks while training and saves a checkpoint", footer=True),
    Command("app.back", "everywhere", "escape", "Esc", "back", "Back",
            "Close what is open, or leave the zoom"),

    Command("params.down", "params", "down,j", "↓ j", "row(1)", "Next row",
            "Go to the next setting"),
    Command("params.up", "params", "up,k", "↑ k", "row(-1)", "Row before",
            "Go to the setting before"),
    Command("params.less", "params", "left,h", "← h", "nudge(-1)", "Less",
            "Nudge the value down (learning rate in 1-2-5 steps)", footer=True),
    Command("params.more", "params", "right,l", "→ l", "nudge(1)", "More",
            "Nudge the value up (learning rate in 1-2-5 steps)", footer=True),
    Command("params.edit", "params", "enter,e", "Enter e", "edit", "Edit",
            "Type a value, checked as you type", footer=True),
    Command("params.revert", "params", "u", "u", "revert", "Revert",
            "Drop the staged edit of this row", footer=True),
    Command("params.apply", "params", "a", "a", "apply", "Apply",
            "Put the staged edits in force at the next step", footer=True),
    Command("params.apply_new", "params", "A", "A", "apply_as_new_run", "Apply as new run",
            "Begin a new run with the staged edits"),
    Command("params.undo", "params", "U", "U", "undo", "Undo",
            "Take back the last applied change"),

    Command("charts.left", "charts", "left", "←", "crosshair(-1)", "Crosshair",
            "Move the crosshair left and read the values", footer=True),
    Command("charts.right", "charts", "right", "→", "crosshair(1)", "Crosshair",
            "Move the crosshair right and read the values", footer=True),
    Command("charts.zoom_in", "charts", "plus,equals_sign", "+", "zoom_x(1)", "Zoom in",
            "Show fewer steps", footer=True),
    Command("charts.zoom_out", "charts", "minus", "-", "zoom_x(-1)", "Zoom out",
            "Show more steps"),
    Command("charts.follow", "charts", "f", "f", "follow", "Follow",
            "Show the whole run and follow it", footer=True),
    Command("charts.log", "charts", "y", "y", "toggle_log", "Log scale",
            "Switch the value axis between linear and logarithmic", footer=True),
    Command("charts.axis", "charts", "x", "x", "next_x_axis", "Step/epoch/time",
            "Count along the axis in steps, epochs or seconds", footer=True),
    Command("charts.unit", "charts", "u", "u", "next_unit", "Unit",
            "Show the loss in nats per token, bits per character or as perplexity"),
    Command("charts.yardsticks", "charts", "b", "b", "toggle_levels", "Yardsticks",
            "Show or hide what n-grams, compressors or simple methods reach"),
    Command("charts.smoother", "charts", "right_square_bracket", "]", "smooth(1)", "Smoother",
            "Smooth the training curve more"),
    Command("charts.rougher", "charts", "left_square_bracket", "[", "smooth(-1)", "Rougher",
            "Smooth the training curve less"),

    Command("gradients.down", "gradients", "down,j", "↓ j", "scroll(1)", "Down",
            "Show the meters below"),
    Command("gradients.up", "gradients", "up,k", "↑ k", "scroll(-1)", "Up",
            "Show the meters above"),
    Command("gradients.ratio", "gradients", "r", "r", "toggle_ratio", "Norm/ratio",
            "Switch between gradient norms and update-to-weight ratios", footer=True),

    Command("classes.next", "classes", "right,l,v", "→ l v", "turn(1)", "View",
            "Show the next view: matrix, mistakes, gradients", footer=True),
    Command("classes.previous", "classes", "left,h", "← h", "turn(-1)", "View",
            "Show the view before"),
    Command("classes.read", "classes", "enter", "Enter", "read", "Mistakes",
            "Go to the worst mistakes, and read one in full", footer=True),
    Command("classes.explain", "classes", "w", "w", "explain", "Why",
            "Classify a mistake's text in the console: see which tokens spoke",
            footer=True),
    Command("classes.down", "classes", "down,j", "↓ j", "move(1)", "Down",
            "Go down: to less confused classes, the next mistake, further meters"),
    Command("classes.up", "classes", "up,k", "↑ k", "move(-1)", "Up",
            "Go up"),
    Command("classes.ratio", "classes", "r", "r", "toggle_ratio", "Norm/ratio",
            "Switch the view of gradients between norms and update-to-weight ratios"),

    Command("runs.down", "runs", "down,j", "↓ j", "row(1)", "Next run", "Go to the next run"),
    Command("runs.up", "runs", "up,k", "↑ k", "row(-1)", "Run before", "Go to the run before"),
    Command("runs.open", "runs", "enter", "Enter", "open_run", "Open",
            "Show this run's curves, settings and samples", footer=True),
    Command("runs.resume", "runs", "R", "R", "resume_run", "Resume",
            "Go on training this run from its newest checkpoint", footer=True),
    Command("runs.overlay", "runs", "o", "o", "overlay", "Overlay",
            "Draw this run's curve behind the current one", footer=True),
    Command("runs.pin", "runs", "p", "p", "pin", "Pin",
            "Keep this run on top of the list"),
    Command("runs.diff", "runs", "d", "d", "diff", "Diff",
            "List the settings that differ from the current run", footer=True),
    Command("runs.delete", "runs", "D", "D", "delete_run", "Delete",
            "Delete this run and its checkpoints, after a question"),
    Command("runs.filter", "runs", "slash", "/", "filter", "Filter",
            "Show only runs whose name or settings hold some words", footer=True),

    Command("generate.prompt", "generate", "enter,e", "Enter", "edit_prompt", "Prompt",
            "Write the prompt; Enter runs it", footer=True),
    Command("generate.again", "generate", "r", "r", "rerun", "Again",
            "Draw again with the same prompt and seed", footer=True),
    Command("generate.reseed", "generate", "R", "R", "rerun_new_seed", "New seed",
            "Draw again with the next seed"),
    Command("generate.cooler", "generate", "t", "t", "temperature(-1)", "Cooler",
            "Lower the temperature", footer=True),
    Command("generate.hotter", "generate", "T", "T", "temperature(1)", "Hotter",
            "Raise the temperature"),
    Command("generate.fewer", "generate", "k", "k", "top_k(-1)", "Top-k down",
            "Draw from fewer tokens", footer=True),
    Command("generate.more", "generate", "K", "K", "top_k(1)", "Top-k up",
            "Draw from more tokens"),
    Command("generate.settings", "generate", "s", "s", "edit_decoding", "Sampling",
            "Edit every sampling setting: top-p, min-p, repetition penalty, seed, length, stop",
            footer=True),
    Command("generate.probabilities", "generate", "v", "v", "toggle_probabilities", "Probabilities",
            "Walk the tokens with ← → and read each one's probability"),
    Command("generate.copy", "generate", "y", "y", "copy", "Copy",
            "Copy the sample to the clipboard", footer=True),

    Command("classify.text", "classify", "enter,e", "Enter", "edit_text", "Text",
            "Type a text; it is classified as you type", footer=True),
    Command("classify.tokens", "classify", "v", "v", "toggle_tokens", "Tokens",
            "Walk the tokens with ← → and read how much each one moved the answer", footer=True),
    Command("classify.copy", "classify", "y", "y", "copy", "Copy",
            "Copy the text with its class and the probability to the clipboard", footer=True),

    Command("time.higher", "time", "right,l", "→ l", "layer(1)", "Layer above",
            "Show the layer above", footer=True),
    Command("time.lower", "time", "left,h", "← h", "layer(-1)", "Layer below",
            "Show the layer below"),
    Command("time.log", "time", "y", "y", "toggle_log", "Log scale",
            "Switch the value axis between logarithmic and linear", footer=True),

    Command("gates.down", "gates", "down,j", "↓ j", "scroll(1)", "Down",
            "Show the layers above the first", footer=True),
    Command("gates.up", "gates", "up,k", "↑ k", "scroll(-1)", "Up",
            "Go back to the first layer"),

    Command("microscope.shading", "microscope", "m", "m", "toggle_shading", "Surprisal/unit",
            "Shade the text by surprisal, or by a hidden unit's activation", footer=True),
    Command("microscope.left", "microscope", "left,h", "← h", "sideways(-1)", "Unit",
            "Go to the unit before, or walk back along the text"),
    Command("microscope.right", "microscope", "right,l", "→ l", "sideways(1)", "Unit",
            "Go to the next unit, or walk on along the text", footer=True),
    Command("microscope.find", "microscope", "f", "f", "find", "Find",
            "Go to the unit that best follows quotes, lines, brackets, digits or capitals",
            footer=True),
    Command("microscope.surprise", "microscope", "w", "w", "surprise", "Worst",
            "Go to the next of the most surprising places", footer=True),
    Command("microscope.clamp", "microscope", "x", "x", "clamp", "Hold",
            "Hold the unit in the next sample: off, at 1, at -1, or no longer", footer=True),
    Command("microscope.walk", "microscope", "v", "v", "toggle_walk", "Walk",
            "Walk the tokens with ← → and read what was expected at each", footer=True),
    Command("microscope.text", "microscope", "enter,e", "Enter e", "edit_text", "Text",
            "Read a text of your own", footer=True),
    Command("microscope.next", "microscope", "p", "p", "passage(1)", "Passage",
            "Read the next passage of the held-out text", footer=True),
    Command("microscope.before", "microscope", "P", "P", "passage(-1)", "Passage before",
            "Read the passage before"),
    Command("microscope.sample", "microscope", "s", "s", "read_sample", "Sample",
            "Read the newest sample", footer=True),
    Command("microscope.higher", "microscope", "right_square_bracket", "]", "layer(1)",
            "Layer above", "Go to the same unit of the layer above"),
    Command("microscope.lower", "microscope", "left_square_bracket", "[", "layer(-1)",
            "Layer below", "Go to the same unit of the layer below"),
    Command("microscope.down", "microscope", "down,j", "↓ j", "move(1)", "Down",
            "Scroll down, or walk to the line below"),
    Command("microscope.up", "microscope", "up,k", "↑ k", "move(-1)", "Up",
            "Scroll up, or walk to the line above"),

    Command("doctor.fix", "doctor", "a,enter", "a Enter", "stage_fix", "Stage the fix",
            "Stage the fix of the selected finding, like any edit in Params", footer=True),
    Command("doctor.down", "doctor", "down,j", "↓ j", "row(1)", "Down",
            "Go to the next finding", footer=True),
    Command("doctor.up", "doctor", "up,k", "↑ k", "row(-1)", "Up",
            "Go to the finding before"),
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
