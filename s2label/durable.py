"""Files that are written whole or not at all: temporary file, fsync, rename, fsync of folder."""

from __future__ import annotations

import hashlib
import os
import sys
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from s2label.refusals import naming

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

PART_SUFFIX = ".part"
# Each fsync costs milliseconds; `sync` writes down what other programs wrote as well.
_MANY_FILES = 64


def write_whole(path: Path, data: bytes) -> None:
    """Write bytes so that after a crash the file is the old one, the new one, or absent."""

    def write(part: Path) -> None:
        part.write_bytes(data)

    make_whole(path, write)


def make_whole(path: Path, write: Callable[[Path], None]) -> None:
    """Let `write` make a file under a temporary name, then put it in place durably.

    The temporary name keeps the suffix, since some writers choose their format by it.
    """
    part = path.with_name(f".{path.stem}{PART_SUFFIX}{path.suffix}")
    with _put(path, part):
        write(part)
        sync_file(part)
    sync_folder(path.parent)


def put_whole(path: Path, data: bytes) -> None:
    """Write bytes so that other programs see the old file, the new one, or none.

    It outlives a kill, but a power cut only after `sync_file`.
    """
    # With the process in its name: what a killed program started may still be writing its own.
    part = path.with_name(f".{path.stem}.{os.getpid()}{PART_SUFFIX}{path.suffix}")
    with _put(path, part):
        part.write_bytes(data)


@contextmanager
def _put(path: Path, part: Path) -> Iterator[None]:
    """Put what the block writes in place; where that fails, nothing is left of it."""
    try:
        with naming(path, part):
            yield
            os.replace(part, path)
    except BaseException:
        with suppress(OSError):  # the disk may be gone; what went wrong first is to be told
            part.unlink(missing_ok=True)
        raise


def make_folder(folder: Path, inside: Path) -> None:
    """Make a folder and those above it, but not the one that all are inside of.

    Where a project's folder is gone (its disk unplugged, or moved away), nothing may grow in its
    place: it would hide the project when that comes back.

    Raises
    ------
    FileNotFoundError
        If the one they are inside of is not there.
    """
    # One after the other: `parents=True` would make that one, too, if it went just now.
    for name in folder.relative_to(inside).parts:
        inside /= name
        inside.mkdir(exist_ok=True)


def sync_folder(folder: Path) -> None:
    """Make renames inside a folder durable; Windows has no such call and needs none."""
    if os.name == "posix":
        _sync(folder, os.O_RDONLY)


def sync_file(path: Path) -> None:
    """Wait until what was written to a file is on the disk."""
    # Windows syncs only what is open for writing.
    _sync(path, os.O_RDWR)


def sync_files(paths: Iterable[Path]) -> None:
    """Wait until what was written to some files is on the disk; thousands at once where possible.

    Linux waits in ``sync`` until all is written; of other systems only ``fsync`` promises it.
    """
    files = list(paths)
    if sys.platform == "linux" and len(files) > _MANY_FILES:
        os.sync()
        return
    for path in files:
        sync_file(path)


def _sync(path: Path, flags: int) -> None:
    descriptor = os.open(path, flags)
    try:
        with naming(path):
            os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a whole file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
