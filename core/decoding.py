"""How text is drawn from a model's predictions: the settings of sampling."""

from typing import Annotated

import msgspec

from core.settings import About


class Decoding(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Hold the settings of one sample; build it with `core.settings.build`."""

    max_length: Annotated[
        int, About(group="sampling", help="Tokens to generate, the prompt not counted",
                   unit="tokens", low=1, high=10**12)
    ] = 200  # fmt: skip
    temperature: Annotated[
        float, About(group="sampling", low=0.01, high=100.0,
                     help="Divides the logits: below 1 conservative, above 1 more random")
    ] = 0.8  # fmt: skip
    top_k: Annotated[
        int, About(group="sampling", help="Draw from the k most probable tokens only",
                   unit="tokens", low=0, high=10**12, off="all")
    ] = 0  # fmt: skip
    top_p: Annotated[
        float, About(group="sampling", low=0.0, high=1.0, low_open=True,
                     help="Draw from the smallest set of tokens that holds this probability")
    ] = 1.0  # fmt: skip
    min_p: Annotated[
        float, About(group="sampling", low=0.0, high=1.0, off="none",
                     help="Drop tokens less probable than this share of the most probable one")
    ] = 0.0  # fmt: skip
    repetition_penalty: Annotated[
        float, About(group="sampling", low=0.1, high=10.0,
                     help="Above 1 makes tokens already in the text less probable")
    ] = 1.0  # fmt: skip
    greedy: Annotated[
        bool, About(group="sampling", help="Always take the most probable token")
    ] = False  # fmt: skip
    seed: Annotated[
        int, About(group="sampling", help="Seed of this sample's own generator",
                   low=0, high=2**63 - 1)
    ] = 0  # fmt: skip
    stop: Annotated[
        str, About(group="sampling", help="End before this text appears; empty for none")
    ] = ""  # fmt: skip
    clamp: Annotated[
        str, About(group="sampling", help="Hold hidden units, as LAYER:UNIT=VALUE from 1 on, such "
                   "as 1:37=0 (off), 2:5=-1; empty for none")
    ] = ""  # fmt: skip
