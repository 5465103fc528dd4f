"""The pictures of the bench: the runs of an experiment on one chart, and a test of rates."""

import math

import numpy as np

from core.language import tr
from tui.laboratory import RangeTest
from tui.race import Race
from tui.safe_text import displayable
from tui.smoothing import Smoother
from tui.widgets.plot import Curve, MarkLine, Plot, XAxis
from tui.widgets.value_scale import Scale, top_after_fall

SMOOTHING = 0.9
"""How much of the average so far is kept at each training step."""


def race_plot(race: Race, *, by_time: bool, validation: bool, scale: Scale) -> Plot:
    """Return a curve for each lane.

    Args:
        race: The experiment.
        by_time: Whether to count along the axis in seconds of training, not in steps.
        validation: Whether to show the loss on held-out data, not the smoothed one of training.
        scale: What the value axis shows.
    """
    curves = []
    for lane in race.lanes:
        role, stroke, sign = lane.look
        history = lane.history
        series = history.validation if validation else history.training
        x = series["elapsed_s" if by_time else "step"]
        y = series["loss"] if validation else Smoother(series, "loss").values(SMOOTHING)
        label = displayable(race.label_of(lane))
        point = sign if validation else ""
        curves.append(Curve(label if len(x) else "", x, y, role, stroke, point, sign))
    ends = [float(curve.x[-1]) for curve in curves if len(curve.x)]
    ends += [_budget(race, by_time=by_time)]
    return Plot(
        curves=curves[::-1],
        end=max(ends) or 1.0,
        log=scale == "log",
        fit_to=top_after_fall(curves) if scale == "close" else math.inf,
        x_axis=XAxis("time" if by_time else "step", clock=by_time),
        message=tr("curves come with the first steps"),
    )


def _budget(race: Race, *, by_time: bool) -> float:
    """Return where on the axis all runs end by their plan; 0 where that is not counted so."""
    limit = "max_seconds" if by_time else "max_steps"
    planned = [float(lane.member.config[limit]) for lane in race.lanes]
    if not by_time:
        planned += [float(lane.history.planned_steps or 0) for lane in race.lanes]
    return max(planned, default=0.0)


def range_plot(test: RangeTest) -> Plot:
    """Return the smoothed loss against the learning rate, and the rate that is suggested."""
    known = [point for point in test.points if point.smoothed is not None]
    x = np.array([math.log10(point.learning_rate) for point in known])
    losses = [point.smoothed for point in known if point.smoothed is not None]
    curves = [Curve(tr("smoothed loss"), x, np.array(losses), "train")]
    suggestion = test.suggestion
    marks = []
    if suggestion is not None:
        marks.append(MarkLine(math.log10(suggestion), f"{suggestion:g}"))
    return Plot(
        curves=curves,
        start=math.log10(test.lowest),
        end=math.log10(test.highest),
        marks=marks,
        x_axis=XAxis(tr("learning rate"), decades=True),
        message=tr("the test is being prepared"),
    )
