"""Explanations of what the panels show: each term in a paragraph and with a worked number."""

from typing import NamedTuple

from core.language import tr
from tui.commands import Scope


class Explanation(NamedTuple):
    """Explain one term."""

    term: str
    text: str
    """What it is and what it tells, in two sentences or three."""
    example: str
    """The same with numbers."""


# fmt: off
EXPLANATIONS: dict[Scope, tuple[Explanation, ...]] = {
    "params": (
        Explanation(
            tr("Staged, live, new run"),
            tr("An edit is staged until it is applied. Settings marked live take effect at the "
               "next step of the run in training; the others shape the model or its data, and "
               "need a new run."),
            tr("learning_rate 0.002 to 0.001 is live; hidden_size 128 to 256 makes new weights."),
        ),
        Explanation(
            tr("Batch, sequence length, step"),
            tr("A step reads batch_size pieces of text of seq_length tokens each and changes the "
               "weights once. An epoch is one pass over the whole training text."),
            tr("32 pieces of 64 tokens are 2,048 tokens a step; a text of 1,000,000 tokens then "
               "takes 488 steps an epoch."),
        ),
    ),
    "charts": (
        Explanation(
            tr("Loss"),
            tr("The loss is how surprised the model is by each next token, on average: minus the "
               "natural logarithm of the probability that it gave to the right one. Its unit is "
               "nats; divided by 0.693 it is in bits."),
            tr("A right token given 25 % costs -ln 0.25 = 1.386 nats, which is 2 bits."),
        ),
        Explanation(
            tr("Perplexity"),
            tr("Perplexity is how many tokens the model hesitates between, on average: the "
               "exponential of the loss."),
            tr("A loss of 1.386 nats is a perplexity of 4: as unsure as with four tokens that are "
               "equally likely."),
        ),
        Explanation(
            tr("EMA, the smoothed curve"),
            tr("Each step sees other text, so that its loss jumps. The line is an exponential "
               "moving average: at each step it keeps a share of itself and takes the rest from "
               "the new loss."),
            tr("EMA .90 keeps 0.9: a line at 2.00 and a new loss of 3.00 give "
               "0.9 x 2.00 + 0.1 x 3.00 = 2.10."),
        ),
        Explanation(
            tr("Training and validation"),
            tr("The validation loss is measured on text that is never trained on. With little "
               "text a model learns it by heart: the training loss falls on while the validation "
               "loss rises."),
            tr("Training 0.90 beside validation 1.60, up from 1.45: it over-fits; the checkpoint "
               "at 1.45 is kept as the best."),
        ),
    ),
    "gradients": (
        Explanation(
            tr("Gradient norm, ‖g‖"),
            tr("The gradient says in which direction the loss rises fastest with each weight. Its "
               "norm ‖g‖ is its length: the root of the sum of the squares. Much below the usual "
               "means that nothing is learned there, much above that a step is too large."),
            tr("Two parts of norm 3 and 4 make a total of 5, since 9 + 16 = 25 and its root is 5."),
        ),
        Explanation(
            tr("Clipping"),
            tr("Clipping shortens any gradient that is longer than max_grad_norm to that length, "
               "so that no step is too large; its direction stays."),
            tr("With max_grad_norm 1, a gradient of norm 5 is multiplied by 1 / 5 = 0.2."),
        ),
        Explanation(
            tr("Update-to-weight ratio"),
            tr("How much a step changes a weight matrix, beside its size. About one thousandth is "
               "healthy; far less learns slowly, far more may diverge."),
            tr("An update of norm 0.02 to weights of norm 20 is a ratio of 0.001."),
        ),
    ),
    "classes": (
        Explanation(
            tr("Confusion matrix"),
            tr("A row is a true class, a column what its texts were given, in percent of the row. "
               "The diagonal is right, everything beside it a mistake."),
            tr("80 in the row 'sport' and the column 'sport', 20 in the column 'news': of 50 "
               "texts on sport, 40 were recognised and 10 taken for news."),
        ),
    ),
    "runs": (
        Explanation(
            tr("Best loss"),
            tr("The lowest validation loss that a run has reached. Its weights are kept as the "
               "best checkpoint, which writes samples once the run has ended. Runs can be "
               "compared by it where they learn from the same text and tokens."),
            tr("1.412 against 1.498 nats: 0.086 better, a perplexity of 4.10 against 4.47."),
        ),
    ),
    "generate": (
        Explanation(
            tr("Temperature"),
            tr("Temperature sharpens or flattens the model's choice when it writes: the logarithms "
               "of the probabilities are divided by it. Below 1 the likely tokens win more often, "
               "above 1 rare ones get a chance."),
            tr("Probabilities of 80 % and 20 % become 94 % and 6 % at temperature 0.5, "
               "and 67 % and 33 % at 2."),
        ),
        Explanation(
            tr("Top-k and top-p"),
            tr("Top-k draws from the k likeliest tokens only; top-p from as few of the likeliest "
               "as together have that probability."),
            tr("Of 50 %, 30 %, 15 % and 5 %, top-k 2 keeps the first two; top-p 0.9 keeps three, "
               "since 50 + 30 + 15 = 95."),
        ),
    ),
    "classify": (
        Explanation(
            tr("Probability, and what spoke for it"),
            tr("The model divides 100 % among the classes. How much each token moved the answer is "
               "estimated by gradient x input, or read from the attention of a model that has it. "
               "The strongest token has 1, or -1 where it spoke against the answer."),
            tr("goal 1.00, match 0.50, budget -0.20: 'match' did half as much as 'goal', and "
               "'budget' spoke against it."),
        ),
    ),
    "time": (
        Explanation(
            tr("Gradient through time"),
            tr("To learn that an early token matters now, a gradient has to reach back to it. The "
               "curve shows how large the gradient still is k tokens back, relative to k = 0. In "
               "a plain RNN it fades quickly; the cell of an LSTM carries it on."),
            tr("0.25 at k = 20: a token 20 steps ago moves the weights a quarter as much as the "
               "present one."),
        ),
        Explanation(
            tr("Half-life"),
            tr("The half-life is how many tokens back the gradient has halved."),
            tr("With a half-life of 5 tokens, 1/2 is left after 5, 1/4 after 10 and 1/16 "
               "after 20."),
        ),
    ),
    "gates": (
        Explanation(
            tr("Gates"),
            tr("A gate is a number between 0 and 1 that a value is multiplied by: 0 shuts it out, "
               "1 lets it through. The forget gate of an LSTM says how much of its memory stays "
               "at each token."),
            tr("A forget gate of 0.9 leaves 0.9 x 0.9 x ... = 0.35 of it after ten tokens; "
               "one of 0.99 leaves 0.90."),
        ),
        Explanation(
            tr("Saturated"),
            tr("A gate near 0 or 1 and a hidden state near -1 or 1 hardly move any more, so that "
               "little gradient passes. Some are meant to be so; if most are, learning stalls."),
            tr("tanh has the slope 1 at 0, 0.42 at 1 and 0.01 at 3."),
        ),
    ),
    "microscope": (
        Explanation(
            tr("Surprisal"),
            tr("How little a token was expected from what stands before it: minus the logarithm "
               "of its probability. Its mean over a text is the loss."),
            tr("A token that was given 1 % costs 4.61 nats, or 6.64 bits."),
        ),
        Explanation(
            tr("Tracking, r"),
            tr("r is the correlation of a unit's activation with something in the text, such as "
               "being inside quotes: 1 rises and falls with it, -1 the other way round, 0 has "
               "nothing to do with it. The best of many units is never 0, so what chance would "
               "find is said beside it."),
            tr("r = -0.73 where chance finds 0.07: this unit does follow it. r = 0.09 would be "
               "nothing."),
        ),
    ),
    "doctor": (
        Explanation(
            tr("Findings"),
            tr("The doctor compares what the run reports with rules of thumb: losses, gradients, "
               "samples and data. A finding names what was seen, what it means, and where there "
               "is one the edit that mends it."),
            tr("The training loss rose from 2.1 to 6.4 within 50 steps: the learning rate is too "
               "high, and the fix proposes a lower one."),
        ),
    ),
    "experiments": (
        Explanation(
            tr("A fair comparison"),
            tr("Models are compared by giving all of them equally much: steps, seconds or "
               "parameters. Several seeds show how much is chance: a difference smaller than that "
               "between seeds says nothing."),
            tr("LSTM 1.41 and 1.47 in two seeds, GRU 1.45: within the 0.06 between seeds, neither "
               "is better."),
        ),
        Explanation(
            tr("Learning-rate range test"),
            tr("A fresh model trains while its learning rate rises step by step. Where the loss "
               "falls fastest, or a little below the rate at which it rises again, is a good one."),
            tr("If the loss rises from 0.03 on, a rate of 0.003 to 0.01 suits."),
        ),
    ),
}
"""By the scope of the panel that shows it."""
# fmt: on
