"""XML that others wrote: read whole, of limited size, and with nothing in it that expands."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from s2label.errors import InputError
from s2label.source_files import is_lfs_pointer, is_there, open_bytes

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

# Tile metadata of a whole product has 0.6 MB.
MOST_BYTES = 16 * 1024 * 1024


def parse_xml(path: Path | str, kind: str = "XML", most_bytes: int = MOST_BYTES) -> Element:
    """Return the root of an XML file, on disk or in a zip archive.

    Parameters
    ----------
    path : Path or str
        The file, or GDAL's path of a member of an archive.
    kind : str
        What it should be, for the message.
    most_bytes : int
        Larger files are refused.

    Raises
    ------
    InputError
        If there is no such file, it is no XML in UTF-8, too large, or declares a document type,
        whose entities could grow without end or read other files.
    """
    from xml.etree import ElementTree

    text = _plain_text(Path(path), kind, most_bytes)
    try:
        return ElementTree.fromstring(text)
    except ElementTree.ParseError as error:
        raise InputError(path, f"no XML ({error})", kind) from error


def local_name(tag: str) -> str:
    """Return the name of an element without its namespace."""
    return tag.rpartition("}")[2]


def _plain_text(path: Path, kind: str, most_bytes: int) -> str:
    """Return the text of a file that can hold nothing to be expanded."""
    if not is_there(path):
        raise InputError(path, "no such file", kind)
    with open_bytes(path) as file:
        data = file.read(most_bytes + 1)
    if len(data) > most_bytes:
        raise InputError(path, "is too large", f"{kind} of at most {most_bytes // 1024} KiB")
    if is_lfs_pointer(data):
        raise InputError(path, "a Git LFS pointer", kind, "run `git lfs pull`")
    try:
        # One encoding only: in another, what is looked for below would be spelled otherwise.
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(path, "not UTF-8", kind) from error
    # UTF-16 of plain letters is UTF-8 with NULs between them; the parser would tell, and read it.
    if "\0" in text:
        raise InputError(path, "not UTF-8", kind)
    # In the text, before it is parsed: expat reads on after an exception in one of its handlers,
    # and goes on declaring and expanding entities meanwhile.
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        advice = "remove what begins with <!DOCTYPE"
        raise InputError(path, "declares a document type", "elements only", advice)
    return text
