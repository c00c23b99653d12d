"""Files in zips are read in place, by the same paths that GDAL takes."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from s2label.errors import InputError
from s2label.raster import source_of
from s2label.source_files import ZipMember, file_of, is_there, open_bytes, zip_member
from s2label.xml_documents import parse_xml

NAME = "folder/ä b.xml"


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    path = tmp_path / "some (1).zip"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr(NAME, "<a>b</a>")
    return path


@pytest.fixture
def inside(archive: Path) -> str:
    return ZipMember(archive, NAME).path


def test_a_path_into_a_zip_tells_archive_and_member(archive: Path, inside: str) -> None:
    assert zip_member(inside) == zip_member(Path(inside)) == ZipMember(archive, NAME)
    assert file_of(inside) == archive
    assert zip_member(archive) is None
    assert file_of(archive) == archive


def test_what_is_in_a_zip_is_there_and_can_be_read(archive: Path, inside: str) -> None:
    assert is_there(inside)
    assert not is_there(f"{inside}x")
    assert not is_there(inside.replace("some", "other"))
    with open_bytes(inside) as file:
        assert file.read() == b"<a>b</a>"
    assert parse_xml(inside).text == "b"


def test_a_zip_cut_short_is_told_and_nothing_is_there(archive: Path, inside: str) -> None:
    archive.write_bytes(archive.read_bytes()[:-30])
    assert not is_there(inside)
    with pytest.raises(InputError, match=r"some \(1\)\.zip: a damaged zip"):
        source_of(inside)


def test_a_member_whose_bytes_are_damaged_is_told(archive: Path, inside: str) -> None:
    archive.write_bytes(archive.read_bytes().replace(b"<a>b</a>", b"<a>c</a>"))
    with pytest.raises(InputError, match="a damaged zip"), open_bytes(inside) as file:
        file.read()


def test_a_member_is_identified_by_its_archive_and_its_own_bytes(
    archive: Path, inside: str
) -> None:
    before = source_of(inside)
    assert (before.path, before.size_bytes) == (inside, archive.stat().st_size)
    assert source_of(inside) == before
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr(NAME, "<a>c</a>")
    after = source_of(inside)
    assert (after.size_bytes, after.digest != before.digest) == (before.size_bytes, True)
