"""Where training runs: the device, its threads and its number format."""

from contextlib import AbstractContextManager, nullcontext

import torch

from core.config import Config
from core.cores import available_threads
from core.errors import InputError
from core.language import tr
from core.training.free_memory import free_memory


def pick_device(config: Config) -> torch.device:
    """Return the device that the settings ask for.

    Raises:
        InputError: `device` is `cuda` and torch sees no GPU.
    """
    if config.device == "cuda" and not torch.cuda.is_available():
        raise InputError(
            tr(
                "device is cuda, but torch sees no GPU; use --device cpu, or install a CUDA build "
                "of torch as the README says"
            )
        )
    if config.device != "cpu" and torch.cuda.is_available():
        return torch.device("cuda")
    return torch.device("cpu")


def device_name(device: torch.device) -> str:
    """Name a device for the user: `cpu`, or the GPU's own name."""
    return torch.cuda.get_device_name(device) if device.type == "cuda" else device.type


def free_bytes(device: torch.device) -> int | None:
    """Return how much memory a device has left; None where it does not tell."""
    if device.type == "cuda":
        return int(torch.cuda.mem_get_info(device)[0])
    return free_memory()


def set_threads(config: Config) -> None:
    """Let torch use as many CPU threads as the settings say."""
    torch.set_num_threads(config.threads or available_threads())


def products_in(config: Config, device: torch.device) -> AbstractContextManager[object]:
    """Return the context in which matrix products have the format of `precision`."""
    if config.precision == "bf16":
        return torch.autocast(device.type, torch.bfloat16)
    return nullcontext()
