"""How text is drawn from a model's predictions: the settings of sampling."""

from typing import Annotated

import msgspec

from core.language import tr
from core.settings import About


# fmt: off
class Decoding(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Hold the settings of one sample; build it with `core.settings.build`."""

    max_length: Annotated[int, About(
        group="sampling", help=tr("Tokens to generate, the prompt not counted"), unit=tr("tokens"),
        low=1, high=10**12)
    ] = 200
    temperature: Annotated[float, About(
        group="sampling", low=0.01, high=100.0,
        help=tr("Divides the logits: below 1 conservative, above 1 more random"),
        instead_of_0=tr("for the most probable token each time, give --greedy"))
    ] = 0.8
    top_k: Annotated[int, About(
        group="sampling", help=tr("Draw from the k most probable tokens only"), unit=tr("tokens"),
        low=0, high=10**12, off=tr("all"))
    ] = 0
    top_p: Annotated[float, About(
        group="sampling", low=0.0, high=1.0, low_open=True,
        help=tr("Draw from the smallest set of tokens that holds this probability"))
    ] = 1.0
    min_p: Annotated[float, About(
        group="sampling", low=0.0, high=1.0, off=tr("none"),
        help=tr("Drop tokens less probable than this share of the most probable one"))
    ] = 0.0
    repetition_penalty: Annotated[float, About(
        group="sampling", low=0.1, high=10.0,
        help=tr("Above 1 makes tokens already in the text less probable"))
    ] = 1.0
    greedy: Annotated[bool, About(
        group="sampling", help=tr("Always take the most probable token"))
    ] = False
    seed: Annotated[int, About(
        group="sampling", help=tr("Seed of this sample's own generator"), low=0, high=2**63 - 1)
    ] = 0
    stop: Annotated[str, About(
        group="sampling", escapes=True, help=tr("End before this text appears; empty for none"))
    ] = ""
    clamp: Annotated[str, About(
        group="sampling",
        help=tr("Hold hidden units, as LAYER:UNIT=VALUE from 1 on, such as 1:37=0 (off), "
            "2:5=-1; empty for none"))
    ] = ""
# fmt: on
