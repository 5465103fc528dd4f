"""The compiled part: where it is, which instruction set it runs with, and why.

It is plain C++ without Python in it, called through ctypes, which releases the interpreter's lock.
"""

import ctypes
import importlib.util
import os
from functools import lru_cache
from typing import Literal, NamedTuple

from core.errors import InputError
from core.language import joined, tr

VARIABLE = "RNNSTUDIO_KERNELS"
"""Environment variable that asks for a path, for tests and to look for faults."""

PathName = Literal["avx512", "avx2", "portable", "torch"]

PATHS: tuple[PathName, ...] = ("avx512", "avx2", "portable", "torch")
"""The ways to compute a layer, the fastest first; `torch` needs nothing compiled."""

_NUMBERS = {"portable": 0, "avx2": 1, "avx512": 2}
_BFLOAT16_BIT = 3


class Layer(ctypes.Structure):
    """Mirror `Layer` of `native/kernels.h`, where the fields are explained."""

    _fields_ = (
        [
            (name, ctypes.c_int64)
            for name in (
                "cell", "time", "batch", "input", "hidden", "threads", "slices", "keeps",
                "x_batch", "x_time", "dy_batch", "dy_time", "vocabulary",
            )
        ]
        + [
            (name, ctypes.c_void_p)
            for name in (
                "x", "tokens", "weight_ih", "weight_hh", "bias_ih", "bias_hh", "h_start", "c_start",
                "y", "h_end", "c_end", "saved", "packed", "scratch", "dy", "dh_end", "dc_end",
                "dx", "dweight_ih", "dweight_hh", "dbias_ih", "dbias_hh", "dh_start", "dc_start",
                "norms",
            )
        ]
    )  # fmt: skip


class Needs(ctypes.Structure):
    """Mirror `Needs` of `native/kernels.h`: bytes of each memory area."""

    _fields_ = [(name, ctypes.c_int64) for name in ("saved", "packed", "scratch")]


class Sampling(ctypes.Structure):
    """Mirror `Sampling` of `native/kernels.h`: how a token is chosen."""

    _fields_ = [
        *(
            (name, ctypes.c_double)
            for name in ("temperature", "top_p", "min_p", "repetition_penalty")
        ),
        *((name, ctypes.c_int64) for name in ("top_k", "greedy", "excluded")),
    ]


class Writer(ctypes.Structure):
    """Mirror `Writer` of `native/kernels.h`, where the fields are explained."""

    _fields_ = [
        *(
            (name, ctypes.c_int64)
            for name in ("depth", "vocabulary", "embedding", "batch", "steps", "threads")
        ),
        *(
            (name, ctypes.c_void_p)
            for name in (
                "layers", "embeddings", "projection", "output", "output_bias", "packed",
                "scratch", "states", "memories",
            )
        ),
        ("clamps", ctypes.c_int64),
        *(
            (name, ctypes.c_void_p)
            for name in ("clamped", "held", "uniforms", "seen", "tokens", "probabilities")
        ),
        ("sampling", Sampling),
    ]  # fmt: skip


class Path(NamedTuple):
    """Say how layers are computed."""

    name: PathName
    why: str
    """The reason, for people."""
    multiplies_bf16: bool
    """Whether the processor has instructions for products of bfloat16, and they are used."""


def load(file: str) -> ctypes.CDLL:
    """Load the compiled part from a file and declare its functions.

    Raises:
        OSError: It cannot be loaded, or it is another version's.
    """
    library = ctypes.CDLL(file)
    number, pointer = ctypes.c_int64, ctypes.c_void_p
    try:
        library.rnnstudio_machine.restype = number
        library.rnnstudio_layer_bytes.restype = number
        library.rnnstudio_needs.argtypes = [number, number, pointer, number, pointer]
        library.rnnstudio_pack.argtypes = [number, number, pointer, number]
        library.rnnstudio_forward.argtypes = [number, number, pointer]
        library.rnnstudio_backward.argtypes = [number, number, pointer]
        library.rnnstudio_writer_bytes.restype = number
        library.rnnstudio_writer_needs.argtypes = [number, number, pointer, pointer]
        library.rnnstudio_pack_writer.argtypes = [number, number, pointer]
        library.rnnstudio_write.argtypes = [number, number, pointer]
        library.rnnstudio_loss_needs.argtypes = [number, number, pointer]
        library.rnnstudio_loss_needs.restype = number
        library.rnnstudio_output_loss.argtypes = [number, number, pointer]
        library.rnnstudio_dropout.argtypes = [
            number, number, number, pointer, pointer,
            ctypes.c_uint64, number, ctypes.c_double, number,
        ]  # fmt: skip
    except AttributeError as error:
        raise OSError(str(error)) from error
    for name in (
        "needs", "pack", "forward", "backward", "writer_needs", "pack_writer", "write", "dropout",
        "output_loss",
    ):  # fmt: skip
        getattr(library, f"rnnstudio_{name}").restype = None
    if library.rnnstudio_layer_bytes() != ctypes.sizeof(Layer):
        raise OSError("it describes a layer in another way")
    if library.rnnstudio_writer_bytes() != ctypes.sizeof(Writer):
        raise OSError("it describes a writer in another way")
    return library


@lru_cache(maxsize=1)
def compiled() -> ctypes.CDLL | None:
    """Return the compiled part, if the installation has built it for this interpreter."""
    try:
        spec = importlib.util.find_spec("core.kernels._compiled")
        return load(spec.origin) if spec is not None and spec.origin else None
    except OSError:
        return None


@lru_cache(maxsize=1)
def chosen() -> Path:
    """Choose how layers are computed on this machine, once.

    Raises:
        InputError: The environment variable names no path, or one that cannot be had here.
    """
    return choose(compiled(), os.environ.get(VARIABLE, ""))


def choose(library: ctypes.CDLL | None, wish: str) -> Path:
    """Choose the fastest path that there is, or the one that is wished for.

    Args:
        library: The compiled part; None where there is none.
        wish: A name of `PATHS`; empty for the fastest.

    Raises:
        InputError: It names no path, or one that cannot be had here.
    """
    bits = library.rnnstudio_machine() if library is not None else 0
    there = [name for name in PATHS if name == "torch" or bits >> _NUMBERS[name] & 1]
    if wish and wish not in PATHS:
        raise InputError(
            tr(
                "{variable} must be one of {paths}, got {wish!r}",
                variable=VARIABLE,
                paths=joined(PATHS),
                wish=wish,
            )
        )
    if wish and wish not in there:
        raise InputError(
            tr(
                "{variable} is {wish}, which cannot be had here; there is {paths}",
                variable=VARIABLE,
                wish=wish,
                paths=joined(there),
            )
        )
    name: PathName = next(path for path in PATHS if path == wish) if wish else there[0]
    bf16 = name == "avx512" and bool(bits >> _BFLOAT16_BIT & 1)
    return Path(name, _reason(name, wish, library is not None), bf16)


def number_of(path: Path) -> int:
    """Return the number by which the compiled part knows an instruction set."""
    return _NUMBERS[path.name]


def _reason(name: PathName, wish: str, has_library: bool) -> str:
    if wish:
        return tr("the environment variable {variable} asks for it", variable=VARIABLE)
    if not has_library:
        return tr("the compiled part is not there: no C++ compiler was found when installing")
    if name == "portable":
        return tr("the processor has no wider vectors that the kernels know")
    return tr("the widest vectors that this processor has")
