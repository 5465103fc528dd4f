"""What a look inside shows: units that are dead, units that are stuck at an end of their range."""

from core.doctor.findings import Finding, usual_rate
from core.doctor.observations import Observations
from core.events import GatesMeasured, LayerActivity
from core.language import tr
from core.settings import Value

MOST_DEAD = 0.5
"""Share of a layer's units that may be dead."""
MOST_SATURATED = 0.8
"""Share of a layer's hidden values that may be at an end of their range."""


def dead_units(seen: Observations) -> Finding | None:
    """Find a layer most of whose units always say the same, in two looks in a row."""
    looks = list(seen.gates)[-2:]
    if len(looks) < 2 or seen.steps_seen < 40:
        return None
    dead = [max(layer.dead / layer.units for layer in look.layers) for look in looks]
    # Units that are stuck because training has only begun come loose by themselves.
    if min(dead) < MOST_DEAD or not (seen.has_stalled or _is_silent(looks[-1])):
        return None
    return Finding(
        tr(
            "Most units of a layer are dead: they say the same whatever the text, so that their "
            "weights are wasted. {advice}",
            advice=_advice(seen),
        ),
        tr("{share:.0%} of a layer's units hardly change", share=dead[-1]),
        _loosening(seen),
    )


def saturated_units(seen: Observations) -> Finding | None:
    """Find a layer stuck at the ends of its range, in two looks in a row, as training stalls."""
    looks = list(seen.gates)[-2:]
    if len(looks) < 2 or not seen.has_stalled:
        return None
    stuck = [max(_at_ends(layer) for layer in look.layers) for look in looks]
    if min(stuck) < MOST_SATURATED:
        return None
    return Finding(
        tr(
            "Units are saturated: most hidden values are stuck at -1 or 1, where gradients are "
            "next to nothing, and the loss has stopped falling. {advice}",
            advice=_advice(seen),
        ),
        tr("{share:.0%} of a layer's hidden values are within 0.1 of -1 or 1", share=stuck[-1]),
        _loosening(seen),
    )


def _at_ends(layer: LayerActivity) -> float:
    return sum(v.at_low + v.at_high for v in layer.values if v.name == "hidden")


def _is_silent(look: GatesMeasured) -> bool:
    """Tell whether a layer's hidden values are all far from the ends: its units are at rest."""
    return any(
        layer.dead >= MOST_DEAD * layer.units and _at_ends(layer) < 0.05 for layer in look.layers
    )


def _loosening(seen: Observations) -> dict[str, Value]:
    config = seen.config
    if config.weight_decay >= 0.01:
        return {"weight_decay": 0.0}
    if config.learning_rate > usual_rate(config):
        return {"learning_rate": usual_rate(config)}
    return {"num_layers": 1} if config.num_layers > 1 else {}


def _advice(seen: Observations) -> str:
    match list(_loosening(seen)):
        case ["weight_decay"]:
            return tr("Weight decay has pulled them to rest: use none.")
        case ["learning_rate"]:
            return tr("Smaller steps, from the start of a new run, keep them alive.")
        case ["num_layers"]:
            return tr("Fewer layers in a new run use them better.")
        case _:
            return tr("A smaller model would do the same.")
