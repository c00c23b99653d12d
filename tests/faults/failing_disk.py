"""A disk that refuses from its n-th write on: it is full, read-only, or was unplugged.

Python asks its audit hooks before it opens, makes or renames a file. There the disk fails, whatever
part of the program, or which library, asked. What C libraries write (SQLite, GDAL) is not asked for
there: `Trouble.LIMIT` is a true limit of the system on how large a file may become, which they meet
as well; and `small_disk` is a true file system that is full to its last page.
"""

from __future__ import annotations

import errno
import os
import resource
import shutil
import subprocess
import sys
import threading
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE_BYTES = 4096
_SIZE_MB = 48
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT
_TAKING_AWAY = ("os.remove", "os.rmdir", "os.chmod", "os.utime")
_MAKING = ("os.mkdir", "os.rename", "os.link", "os.symlink")


class Trouble(StrEnum):
    """What happens at the n-th write."""

    NONE = "none"
    FULL = "full"
    LIMIT = "limit"
    READ_ONLY = "read-only"
    GONE = "gone"


@dataclass
class FailingDisk:
    """What lies under a folder.

    Parameters
    ----------
    folder : Path
        Writes elsewhere always work.
    trouble : Trouble
        What happens.
    number : int
        At which write, from 0; later ones fail as well.
    limit_bytes : int
        For `Trouble.LIMIT`: how large a file may be from then on.

    Attributes
    ----------
    seen : list of str
        The writes, as far as they came.
    """

    folder: Path
    trouble: Trouble = Trouble.NONE
    number: int = 0
    limit_bytes: int = 64
    seen: list[str] = field(default_factory=list)

    @property
    def away(self) -> Path:
        """Where the folder is while it is gone."""
        return self.folder.with_name(f"{self.folder.name} unplugged")

    @property
    def has_failed(self) -> bool:
        """Whether it came to that write."""
        return len(self.seen) > self.number

    @contextmanager
    def plugged_in(self) -> Iterator[FailingDisk]:
        """Let it fail inside of the block; afterwards all is in order again."""
        limits = resource.getrlimit(resource.RLIMIT_FSIZE)
        _DISKS.append(self)
        try:
            yield self
        finally:
            _DISKS.remove(self)
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
            if self.away.exists():
                self._plug_in_again()

    def _plug_in_again(self) -> None:
        grown = sorted(path for path in self.folder.rglob("*") if not path.is_dir())
        # filelock makes the folder of its file; there is no moment between that and our looking.
        strays = [str(path) for path in grown if path.name != ".lock"]
        assert strays == [], f"{strays} at write {self.number}: {self.seen[self.number]}"
        shutil.rmtree(self.folder, ignore_errors=True)
        self.away.rename(self.folder)

    def note(self, event: str, path: str) -> None:
        """Take notice of a write; raises what the system would."""
        is_counted = event not in _TAKING_AWAY
        if is_counted:
            self.seen.append(f"{event} {path}")
        if self.trouble is Trouble.NONE or not self.has_failed:
            return
        match self.trouble:
            case Trouble.FULL if is_counted:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), path)
            case Trouble.READ_ONLY:
                raise OSError(errno.EROFS, os.strerror(errno.EROFS), path)
            case Trouble.LIMIT:
                _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
                resource.setrlimit(resource.RLIMIT_FSIZE, (self.limit_bytes, hard))
            case Trouble.GONE if not self.away.exists():
                with _unheard():
                    self.folder.rename(self.away)


@contextmanager
def small_files(limit_bytes: int) -> Iterator[None]:
    """Let no file of this process grow beyond so many bytes: a limit of the system."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


# An audit hook stays until the process ends: there is one, and it does nothing without a disk.
_DISKS: list[FailingDisk] = []
_HERE = threading.local()


@contextmanager
def _unheard() -> Iterator[None]:
    _HERE.is_deaf = True
    try:
        yield
    finally:
        _HERE.is_deaf = False


def _hear(event: str, arguments: tuple[Any, ...]) -> None:
    if not _DISKS or getattr(_HERE, "is_deaf", False):
        return
    is_open = event == "open"
    if is_open and not (isinstance(arguments[2], int) and arguments[2] & _WRITING):
        return
    if is_open or event in _MAKING or event in _TAKING_AWAY:
        _tell_disks(event, arguments)


def _tell_disks(event: str, arguments: tuple[Any, ...]) -> None:
    names = [os.fsdecode(a) for a in arguments[:2] if isinstance(a, str | bytes | os.PathLike)]
    for disk in tuple(_DISKS):
        inside = [name for name in names if Path(name).is_relative_to(disk.folder)]
        if inside:
            disk.note(event, inside[0])


sys.addaudithook(_hear)


# -- a true file system --------------------------------------------------------------------------


@dataclass(frozen=True)
class SmallDisk:
    """A file system in memory, of some megabytes.

    Parameters
    ----------
    folder : Path
        Where it is mounted.
    """

    folder: Path

    @contextmanager
    def full(self, pages_left: int = 0) -> Iterator[None]:
        """Leave no room but for so many pages."""
        ballast = self.folder / "ballast"
        descriptor = os.open(ballast, os.O_CREAT | os.O_RDWR)
        try:
            while (pages := os.fstatvfs(descriptor).f_bavail - pages_left) > 0:
                # A program that writes meanwhile takes some of it: what is left is less then.
                with suppress(OSError):
                    os.posix_fallocate(descriptor, 0, pages * PAGE_BYTES)
                    break
            yield
        finally:
            os.close(descriptor)
            ballast.unlink()

    @contextmanager
    def read_only(self) -> Iterator[None]:
        """Let nobody write, root neither."""
        _mount("remount,ro", self.folder)
        try:
            yield
        finally:
            _mount("remount,rw", self.folder)


@contextmanager
def small_disk(folder: Path) -> Iterator[SmallDisk]:
    """Mount a small disk in a folder; skip the test where that is not allowed."""
    folder.mkdir()
    if _mount(f"size={_SIZE_MB}m", folder, check=False):
        pytest.skip("mounting a small disk is not allowed here")
    try:
        yield SmallDisk(folder)
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def _mount(options: str, folder: Path, *, check: bool = True) -> int:
    command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
    return subprocess.run(command, check=check, capture_output=True).returncode
