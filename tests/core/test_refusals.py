"""What the system refuses is said in words that name the file and what to do."""

from __future__ import annotations

import errno
import os
import sqlite3
from typing import TYPE_CHECKING

import pytest
from rasterio.errors import RasterioIOError

from s2label.refusals import naming, refusal_of, sqlite_reason

if TYPE_CHECKING:
    from pathlib import Path


def refused(path: Path, error: OSError) -> str:
    """Return what is said of an error while a file is written under a temporary name."""
    part = path.with_name(".mask.part.tif")
    with pytest.raises(OSError) as caught, naming(path, part):  # noqa: PT011 - its text is asked
        raise error
    return refusal_of(caught.value)


def test_a_full_disk_is_said_with_the_file_and_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "mask.tif"
    said = refused(path, OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)))
    assert said == f"{path}: the disk is full; make room and do the same again"


def test_the_temporary_name_is_not_said(tmp_path: Path) -> None:
    path = tmp_path / "mask.tif"
    part = str(tmp_path / ".mask.part.tif")
    assert refused(path, OSError(errno.EROFS, "x", part)).startswith(f"{path}: ")


def test_what_a_library_says_is_not_lost(tmp_path: Path) -> None:
    path = tmp_path / "mask.tif"
    said = refused(path, RasterioIOError("Write failed: band 1"))
    assert said == "Write failed: band 1"


@pytest.mark.parametrize("code", [sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED])
def test_a_catalog_that_another_program_writes_is_worth_waiting_for(code: int) -> None:
    error = sqlite3.OperationalError("database is locked")
    error.sqlite_errorcode = code
    assert sqlite_reason(error) == (
        "another program is writing to it; wait for it and do the same again"
    )
