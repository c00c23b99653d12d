"""SHA256SUMS: what ``sha256sum -c`` reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from s2label.durable import sha256_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

CHECKSUMS = "SHA256SUMS"


def checksum_lines(folder: Path, names: Sequence[str]) -> bytes:
    """Return one line per file, in the order of the names, which are relative to the folder."""
    return "".join(f"{sha256_of(folder / name)}  {name}\n" for name in names).encode()


def named_files(path: Path) -> list[str]:
    """Return the names in a SHA256SUMS file; none if there is no such file."""
    return list(read_sums(path))


def read_sums(path: Path) -> dict[str, str]:
    """Return name -> SHA-256 of a SHA256SUMS file; none if there is no such file."""
    if not path.is_file():
        return {}
    lines = path.read_text("utf-8", errors="replace").splitlines()
    found = (line.partition("  ") for line in lines)
    return {name: digest for digest, _, name in found}
