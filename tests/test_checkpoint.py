"""A checkpoint is whole or not there, and says in one line what is wrong with it."""

import errno
import json
import os
import stat
import struct
from pathlib import Path

import msgspec
import pytest
import torch
from safetensors.torch import save

from core.errors import CheckpointError, SaveError
from core.training.checkpoint import (
    METADATA_KEY,
    Checkpoint,
    read_checkpoint,
    read_header,
    write_checkpoint,
)
from core.training.model_weights import language_model_of
from training_cases import Recorder, small_config


@pytest.fixture(scope="module")
def checkpoint() -> Checkpoint:
    """Train two steps and return the checkpoint."""
    recorder = Recorder()
    recorder.trainer(small_config(max_steps=2, tie_weights=True)).run()
    return recorder.checkpoints[-1]


def with_header(checkpoint: Checkpoint, path: Path, **changes: object) -> Path:
    """Write a checkpoint whose header is changed in some fields."""
    header = json.loads(msgspec.json.encode(checkpoint.header))
    header.update(changes)
    path.write_bytes(save(checkpoint.tensors, metadata={METADATA_KEY: json.dumps(header)}))
    return path


def test_what_is_written_is_read(checkpoint: Checkpoint, tmp_path: Path) -> None:
    """Header and tensors come back equal; the announced hash and size are the file's."""
    path = tmp_path / "deep" / "c.safetensors"
    sha256, size = write_checkpoint(path, checkpoint)
    assert path.stat().st_size == size
    found = read_checkpoint(path, sha256)
    assert found.header == checkpoint.header == read_header(path)
    assert found.tensors.keys() == checkpoint.tensors.keys()
    for name, tensor in checkpoint.tensors.items():
        assert torch.equal(found.tensors[name], tensor)
    assert [file.name for file in path.parent.iterdir()] == ["c.safetensors"]


def test_tied_weights_come_back_tied(checkpoint: Checkpoint) -> None:
    """The model of a checkpoint shares embedding and output again, and predicts alike."""
    model, vocabulary = language_model_of(checkpoint)
    assert model.output.weight is model.embedding.weight
    assert not model.training
    again, _ = language_model_of(checkpoint)
    x = torch.arange(len(vocabulary)).unsqueeze(0)
    assert torch.equal(model(x)[0], again(x)[0])
    assert "model/output.weight" not in checkpoint.tensors


def test_the_file_is_durable_before_its_name_is(
    checkpoint: Checkpoint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The order is: fsync of the file, rename, fsync of the folder."""
    calls = []
    fsync, replace = os.fsync, Path.replace

    def note_fsync(handle: int) -> None:
        calls.append("fsync folder" if stat.S_ISDIR(os.fstat(handle).st_mode) else "fsync file")
        fsync(handle)

    def note_replace(path: Path, target: Path) -> Path:
        calls.append("rename")
        return replace(path, target)

    monkeypatch.setattr(os, "fsync", note_fsync)
    monkeypatch.setattr(Path, "replace", note_replace)
    write_checkpoint(tmp_path / "c.safetensors", checkpoint)
    assert calls == ["fsync file", "rename", "fsync folder"]


def test_a_failed_write_leaves_nothing_behind(
    checkpoint: Checkpoint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk is one sentence, the checkpoint before it stays, no partial file remains."""
    path = tmp_path / "c.safetensors"
    path.write_bytes(b"the one before")

    def refuse(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(SaveError, match="No space left on device"):
        write_checkpoint(path, checkpoint)
    assert path.read_bytes() == b"the one before"
    assert list(tmp_path.iterdir()) == [path]


def test_damage_is_noticed(checkpoint: Checkpoint, tmp_path: Path) -> None:
    """One flipped bit fails the hash; a file cut short is refused even without it."""
    path = tmp_path / "c.safetensors"
    sha256, _ = write_checkpoint(path, checkpoint)
    data = bytearray(path.read_bytes())
    data[-5] ^= 1
    path.write_bytes(data)
    with pytest.raises(CheckpointError, match="is damaged"):
        read_checkpoint(path, sha256)
    path.write_bytes(bytes(data[:-5]))
    with pytest.raises(CheckpointError, match="not an rnnstudio checkpoint"):
        read_checkpoint(path)


NESTED_VERSION = '{"format_version":' + "[" * 100_000 + "]" * 100_000 + "}"


def framed(header: bytes) -> bytes:
    """Return a safetensors file of a header alone."""
    return struct.pack("<Q", len(header)) + header


def in_metadata(text: str) -> bytes:
    """Return a header that says this of the checkpoint."""
    return json.dumps({"__metadata__": {"rnnstudio": text}}).encode()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"abc",
        b"To be, or not to be, that is the question",
        struct.pack("<Q", 2**63) + b"{}",
        struct.pack("<Q", 2) + b"{}",
        struct.pack("<Q", 2) + b"[]",
        struct.pack("<Q", 3) + b"\xff\xff\xff",
        pytest.param(framed(b'{"__metadata__":' + b"[" * 100_000), id="deep header"),
        pytest.param(framed(in_metadata("[" * 100_000)), id="deep metadata"),
        pytest.param(framed(in_metadata(NESTED_VERSION)), id="deep version"),
        b"\x80\x04\x95cos\nsystem\n",
    ],
)
def test_other_files_are_no_checkpoints(content: bytes, tmp_path: Path) -> None:
    """Texts, pickles and torn headers end in one sentence, never in an allocation."""
    path = tmp_path / "other"
    path.write_bytes(content)
    with pytest.raises(CheckpointError, match="is not an rnnstudio checkpoint"):
        read_checkpoint(path)


def test_missing_files_and_folders_are_no_checkpoints(tmp_path: Path) -> None:
    """The file system's reason is part of the sentence."""
    with pytest.raises(CheckpointError, match=os.strerror(errno.ENOENT)):
        read_checkpoint(tmp_path / "missing")
    with pytest.raises(CheckpointError, match=os.strerror(errno.EISDIR)):
        read_checkpoint(tmp_path)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"format_version": 999}, "checkpoint format 999; this program reads format 1"),
        ({"surprise": 1}, "surprise"),
        ({"progress": {"step": "many"}}, "not an rnnstudio checkpoint"),
        ({"config": {"hidden_size": 10**9}}, "hidden_size must be between"),
        ({"config": {"hidden_sise": 12}}, "unknown setting 'hidden_sise'"),
        ({"config": {"hidden_size": 8000}}, "its settings need"),
        ({"vocabulary": {"kind": "none"}}, "vocabulary is not valid"),
    ],
)
def test_a_header_that_lies_is_refused(
    checkpoint: Checkpoint, tmp_path: Path, changes: dict[str, object], sentence: str
) -> None:
    """Newer formats, unknown fields and sizes that are not the weights' are named."""
    if "config" in changes:
        changes = {"config": {**checkpoint.header.config, **changes["config"]}}  # type: ignore[dict-item]
    path = with_header(checkpoint, tmp_path / "c.safetensors", **changes)
    with pytest.raises(CheckpointError, match=sentence):
        language_model_of(read_checkpoint(path))


def test_weights_that_are_not_finite_are_refused(checkpoint: Checkpoint) -> None:
    """A NaN in a file never becomes a model."""
    tensors = dict(checkpoint.tensors)
    tensors["model/output.bias"] = tensors["model/output.bias"] * float("nan")
    with pytest.raises(CheckpointError, match=r"output\.bias holds values that are not finite"):
        language_model_of(Checkpoint(checkpoint.header, tensors))


def test_missing_and_misshapen_weights_are_named(checkpoint: Checkpoint) -> None:
    """The sentence says which weights, and what shape was needed."""
    tensors = dict(checkpoint.tensors)
    bias = tensors.pop("model/output.bias")
    with pytest.raises(CheckpointError, match=r"no weights 'output\.bias'"):
        language_model_of(Checkpoint(checkpoint.header, tensors))
    tensors["model/output.bias"] = bias[:3]
    with pytest.raises(CheckpointError, match=r"output\.bias is \(3,\)"):
        language_model_of(Checkpoint(checkpoint.header, tensors))
