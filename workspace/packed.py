"""How a file of `torch.save` is packed, seen to before anything of it is unpacked."""

import zipfile
from pathlib import Path
from typing import BinaryIO

LARGEST_PICKLE = 16 * 2**20
"""Bytes; what names the tensors is small, the tensors themselves lie beside it."""


def packed_wrongly(path: Path) -> bool:
    """Tell whether a file is something else than an archive of plain, uncompressed parts.

    So its parts are together no larger than the file, whatever they claim, and no part is made
    of another. Files of torch before 1.6 are no such archives.

    Raises:
        OSError: It cannot be read.
    """
    try:
        with path.open("rb") as file, zipfile.ZipFile(file) as archive:
            return not _is_plain(archive, file)
    except (zipfile.BadZipFile, NotImplementedError, ValueError, EOFError):
        return True


def _is_plain(archive: zipfile.ZipFile, file: BinaryIO) -> bool:
    parts = archive.infolist()
    ends_plainly = not archive.comment  # where it may end in two ways, torch might take the other
    begins = sorted(part.header_offset for part in parts)
    names = {part.filename for part in parts}
    pickles = [part.file_size for part in parts if part.filename.endswith(".pkl")]
    size = file.seek(0, 2)
    return (
        ends_plainly
        and begins[:1] == [0]
        and len(names) == len(parts)
        and all(part.compress_type == zipfile.ZIP_STORED for part in parts)
        and all(part.file_size == part.compress_size for part in parts)
        and sum(part.file_size for part in parts) <= size
        and max(pickles, default=0) <= LARGEST_PICKLE
    )
