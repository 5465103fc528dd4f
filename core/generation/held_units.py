"""What holds hidden units at a value while a model writes."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from torch import Tensor

from core.clamps import Clamp, parse_clamps, write_clamps
from core.errors import InputError
from core.language import tr

if TYPE_CHECKING:  # a model draws by way of this file
    from core.insight.unrolled import Edit
    from core.models.language_model import LanguageModel


def clamps_of(text: str, model: "LanguageModel") -> list[Clamp]:
    """Read which units of a model are to be held.

    Raises:
        InputError: A clamp cannot be read, or the model has no such unit.
    """
    clamps = parse_clamps(text)
    layers, units = model.recurrence.num_layers, model.recurrence.hidden_size
    for clamp in clamps:
        if clamp.layer >= layers or clamp.unit >= units:
            raise InputError(
                tr(
                    "clamp {clamp} names a unit that is not there: the model has layers 1 to "
                    "{layers} of units 1 to {units}",
                    clamp=write_clamps([clamp]),
                    layers=layers,
                    units=units,
                )
            )
    return clamps


def held_units(clamps: Sequence[Clamp]) -> "Edit | None":
    """Return what holds units, to be given to `unroll`; None for no clamp."""

    def held(layer: int, hidden: Tensor) -> Tensor:
        for clamp in clamps:
            if clamp.layer == layer:
                hidden = hidden.clone()
                hidden[:, clamp.unit] = clamp.value
        return hidden

    return held if clamps else None
