"""The checkpoint file: one `.safetensors` with a JSON header, written so that it cannot tear.

Tensors are named `model/…`, `optimizer/…`, `rng/…` and `state/…`; the header is the one metadata
key `rnnstudio`. Nothing in the file is ever executed.
"""

import hashlib
import os
import struct
from dataclasses import dataclass
from pathlib import Path

import msgspec
from safetensors import SafetensorError
from safetensors import torch as safetensors_torch
from torch import Tensor

from core.config import Config, make_config, stored_values
from core.durable import write_durably
from core.errors import CheckpointError, SaveError, SettingsError
from core.language import tr
from core.settings import Value
from core.training.progress import Progress

FORMAT_VERSION = 1
METADATA_KEY = "rnnstudio"
LARGEST_HEADER = 256 * 2**20
"""Bytes; a file that claims a longer header is refused before it is read."""


LARGEST_LIST = 2**20
"""Bytes of the header's list of tensors; each of them costs far more memory than its line."""


class _SafetensorsHeader(msgspec.Struct):
    """Find the one entry of a file's header that is ours; what lists the tensors is not kept."""

    metadata: msgspec.Raw = msgspec.field(name="__metadata__", default=msgspec.Raw(b"{}"))


class CheckpointHeader(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Describe a checkpoint without its tensors."""

    format_version: int
    name: str
    """The run's name."""
    config: dict[str, Value]
    """Every setting in force, live changes included."""
    vocabulary: dict[str, object]
    """What `vocabulary_from_dict` reads."""
    labels: list[str] = []
    """The classes in their order, where the model classifies texts."""
    progress: Progress
    corpus_name: str
    corpus_digest: str
    """SHA-256 of the tokens that the run trains on."""
    val_loss: float | None
    """The validation loss of these very weights, where it was measured."""


@dataclass(frozen=True)
class Checkpoint:
    """Hold all that a bit-exact resume needs."""

    header: CheckpointHeader
    tensors: dict[str, Tensor]


def write_checkpoint(path: Path, checkpoint: Checkpoint) -> tuple[str, int]:
    """Write a checkpoint durably: temporary file, fsync, rename, fsync of the folder.

    Returns:
        The SHA-256 of the file in hexadecimal, and its size in bytes.

    Raises:
        SaveError: The file system refused; no partial file remains.
    """
    header = msgspec.json.encode(checkpoint.header).decode()
    tensors = {name: t.detach().cpu().contiguous() for name, t in checkpoint.tensors.items()}
    data = safetensors_torch.save(tensors, metadata={METADATA_KEY: header})
    try:
        write_durably(path, data)
    except OSError as error:
        raise SaveError(
            tr(
                "cannot save the checkpoint: {why}; free some room or choose another --workspace "
                "({path})",
                why=error.strerror or error,
                path=path,
            )
        ) from error
    return hashlib.sha256(data).hexdigest(), len(data)


def read_header(path: Path) -> CheckpointHeader:
    """Read what a checkpoint says of itself, without its tensors.

    Raises:
        CheckpointError: The file is no checkpoint of this program, or a newer format's.
    """
    try:
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            start = file.read(8)
            length = struct.unpack("<Q", start)[0] if len(start) == 8 else 0
            if not 0 < length <= min(size - 8, LARGEST_HEADER):
                raise _not_ours(path, tr("it does not start with a safetensors header"))
            raw = file.read(length)
    except OSError as error:
        raise CheckpointError(
            tr("cannot read {path}: {why}", path=path, why=error.strerror or error)
        ) from error
    return _parse_header(path, raw)


def read_checkpoint(path: Path, sha256: str | None = None) -> Checkpoint:
    """Read and verify a checkpoint.

    Args:
        path: The file.
        sha256: What its hash must be, in hexadecimal; not compared if left out.

    Raises:
        CheckpointError: The file is unreadable, damaged, or no checkpoint of this program.
    """
    header = read_header(path)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise CheckpointError(
            tr("cannot read {path}: {why}", path=path, why=error.strerror or error)
        ) from error
    if sha256 is not None and hashlib.sha256(data).hexdigest() != sha256:
        raise CheckpointError(
            tr("{path} is damaged: its SHA-256 is not the one recorded", path=path)
        )
    try:
        tensors = safetensors_torch.load(data)
    except (SafetensorError, ValueError, KeyError) as error:
        raise _not_ours(path, str(error)) from error
    return Checkpoint(header, tensors)


def config_of(header: CheckpointHeader) -> Config:
    """Return the settings of a checkpoint, checked.

    Raises:
        CheckpointError: A setting is unknown or out of range, named in the message.
    """
    try:
        return make_config(stored_values(header.config))
    except SettingsError as error:
        raise CheckpointError(
            tr("the checkpoint's settings are not valid: {error}", error=error)
        ) from error


def _parse_header(path: Path, raw: bytes) -> CheckpointHeader:
    try:
        metadata = msgspec.json.decode(raw, type=_SafetensorsHeader).metadata
        text = msgspec.json.decode(metadata, type=dict[str, str]).get(METADATA_KEY)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _not_ours(path, tr("its header is not JSON")) from error
    if text is None:
        raise _not_ours(path, tr("it has no rnnstudio header"))
    if len(raw) - len(bytes(metadata)) > LARGEST_LIST:
        raise _not_ours(path, tr("it lists more tensors than a model has"))
    try:
        version = msgspec.json.decode(text, type=dict[str, msgspec.Raw]).get("format_version")
        number = msgspec.json.decode(version, type=int) if version is not None else 0
        if number != FORMAT_VERSION:
            raise CheckpointError(
                tr(
                    "{path} has checkpoint format {number}; this program reads format "
                    "{known}, a newer rnnstudio may read it",
                    path=path,
                    number=number,
                    known=FORMAT_VERSION,
                )
            )
        return msgspec.json.decode(text, type=CheckpointHeader)
    except (msgspec.DecodeError, RecursionError) as error:
        raise _not_ours(path, str(error)) from error


def _not_ours(path: Path, why: str) -> CheckpointError:
    return CheckpointError(tr("{path} is not an rnnstudio checkpoint: {why}", path=path, why=why))
