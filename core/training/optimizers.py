"""Adam and AdamW without torch's compiler, which they import and nothing here uses."""

import inspect
from typing import TypeVar, cast

import torch

_Kind = TypeVar("_Kind", bound=torch.optim.Optimizer)

_METHODS = ("add_param_group", "load_state_dict", "state_dict", "step", "zero_grad")
"""The methods around which torch puts code that imports its compiler at the first call."""


def _without_compiler(kind: type[_Kind]) -> type[_Kind]:
    """Return an optimizer whose methods do what they say and no more; 800 modules, 1 to 2 s less.

    What torch wraps around them matters inside of `torch.compile`, and for steps through which
    gradients are taken (`differentiable=True`).
    """
    methods = {name: inspect.unwrap(getattr(kind, name)) for name in _METHODS}
    methods["step"] = torch.no_grad()(methods["step"])
    return cast(type[_Kind], type(kind.__name__, (kind,), methods))


Adam = _without_compiler(torch.optim.Adam)
"""Adam (Kingma and Ba 2015, arXiv 1412.6980)."""

AdamW = _without_compiler(torch.optim.AdamW)
"""Adam with decoupled weight decay (Loshchilov and Hutter 2019, arXiv 1711.05101)."""
