"""Why a disk refused something, in words that say what to do."""

from __future__ import annotations

import errno
import os
import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_FULL = "the disk is full; make room and do the same again"
_READ_ONLY = "the disk is read-only; make it writable and do the same again"
_AWAY = "the disk does not answer; see that it is connected and do the same again"
_GONE = "not there; was its folder moved, or its disk unplugged? bring it back"

_BUSY = "another program is writing to it; wait for it and do the same again"
_OF_SYSTEM = {
    errno.ENOSPC: _FULL,
    errno.EDQUOT: "your share of the disk is full; make room and do the same again",
    errno.EFBIG: "a file may not become so large here; lift that limit and do the same again",
    errno.EROFS: _READ_ONLY,
    errno.EIO: _AWAY,
    errno.ENXIO: _AWAY,
    errno.ENODEV: _AWAY,
    errno.ESTALE: _AWAY,
    errno.ENOTCONN: _AWAY,
    errno.ENOENT: _GONE,
}
# https://www.sqlite.org/rescode.html: primary result codes.
_OF_SQLITE = {
    sqlite3.SQLITE_FULL: _FULL,
    sqlite3.SQLITE_BUSY: _BUSY,
    sqlite3.SQLITE_LOCKED: _BUSY,
    sqlite3.SQLITE_READONLY: (
        "it cannot be written; is its disk read-only, or was its folder moved? make it writable "
        "or bring it back, and do the same again"
    ),
    # What SQLite says where its files beside the catalog find no room, too.
    sqlite3.SQLITE_IOERR: (
        "the disk is full or does not answer; make room, see that it is connected, and do the "
        "same again"
    ),
    sqlite3.SQLITE_CANTOPEN: (
        "it cannot be opened; is its disk full, read-only or unplugged? mend that and do the "
        "same again"
    ),
}
_PRIMARY = 0xFF


def reason_of(error: OSError) -> str:
    """Return why the system refused something and what to do, without naming a file."""
    number, found = error.errno, error.strerror or str(error)
    if number is None or found != os.strerror(number):  # said by this program already
        return found
    return _OF_SYSTEM.get(number, found)


def refusal_of(error: OSError) -> str:
    """Return one line about what the system refused; it begins with the file where one is known."""
    where = f"{error.filename}: " if error.filename else ""
    return f"{where}{reason_of(error)}"


def in_words(error: Exception) -> str:
    """Return an error as a user reads it: one of the system as `refusal_of`, else its own text."""
    return refusal_of(error) if isinstance(error, OSError) else str(error)


def sqlite_reason(error: BaseException | None) -> str | None:
    """Return why SQLite could not write or read and what to do; None if the disk is not why."""
    code = getattr(error, "sqlite_errorcode", None)
    return None if code is None else _OF_SQLITE.get(code & _PRIMARY)


@contextmanager
def naming(path: Path, part: Path | None = None) -> Iterator[None]:
    """Let errors of the system name a file: what writes or syncs an open one does not know it.

    Parameters
    ----------
    path : Path
        What is named where nothing is.
    part : Path, optional
        The temporary name of the same file; a user need not know it.
    """
    try:
        yield
    except OSError as error:
        # A library's own has no number: beside a file's name its text would be lost.
        is_of_system = error.errno is not None
        if is_of_system and (error.filename is None or str(error.filename) == str(part)):
            error.filename = str(path)
        raise
