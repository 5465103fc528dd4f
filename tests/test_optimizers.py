"""The optimizers do what torch's own do, and leave torch's compiler alone."""

import subprocess
import sys

import pytest
import torch
from torch import nn

from core.training.optimizers import Adam, AdamW

OWN = {"adam": (Adam, torch.optim.Adam), "adamw": (AdamW, torch.optim.AdamW)}


def trained(kind: type[torch.optim.Adam], resumes: bool) -> list[torch.Tensor]:
    """Return the weights of a small model after ten steps, on the way through a state dict."""
    torch.manual_seed(3)
    model = nn.Linear(7, 5)
    optimizer = kind(model.parameters(), lr=0.01, weight_decay=0.1, fused=True)
    for step in range(10):
        optimizer.zero_grad()
        model(torch.randn(4, 7)).square().mean().backward()
        optimizer.step()
        if resumes and step == 4:
            state = optimizer.state_dict()
            optimizer = kind(model.parameters(), lr=0.01, weight_decay=0.1, fused=True)
            optimizer.load_state_dict(state)
    return [weight.detach().clone() for weight in model.parameters()]


@pytest.mark.parametrize("resumes", [False, True])
@pytest.mark.parametrize("name", OWN)
def test_steps_equal_those_of_torch_to_the_bit(name: str, resumes: bool) -> None:
    """Only what is wrapped around the methods is gone; the state is in torch's own form."""
    ours, theirs = OWN[name]
    for weight, expected in zip(trained(ours, resumes), trained(theirs, resumes), strict=True):
        assert torch.equal(weight, expected)


def test_a_step_does_not_import_the_compiler() -> None:
    """A run begins a second sooner for it."""
    code = (
        "import sys, torch; from core.training.optimizers import Adam\n"
        "weight = torch.nn.Parameter(torch.zeros(3)); optimizer = Adam([weight])\n"
        "weight.grad = torch.ones(3); optimizer.step(); optimizer.zero_grad()\n"
        "optimizer.load_state_dict(optimizer.state_dict())\n"
        "sys.exit('torch._dynamo' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
