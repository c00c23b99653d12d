"""A file of weights, looked at before anything loads it: pickles can run code. Knows no torch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from s2label.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

_SUFFIXES = (".pt", ".pth", ".ckpt", ".bin", ".pkl", ".pickle")
# First bytes of a zip file, as torch.save makes them, and of pickles of protocol 2 and up.
_STARTS = (b"PK\x03\x04", b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05")
# A safetensors file: 8 bytes with the length of a JSON object, then that object.
_LENGTH_BYTES = 8


def refuse_pickled(path: Path) -> None:
    """Raise `InputError` unless a file begins as safetensors do; loading those runs no code."""
    with path.open("rb") as file:
        start = file.read(_LENGTH_BYTES + 1)
    if path.suffix.lower() in _SUFFIXES or start.startswith(_STARTS):
        raise pickled(path, "is pickled")
    length = int.from_bytes(start[:_LENGTH_BYTES], "little")
    if start[_LENGTH_BYTES:] != b"{" or length > path.stat().st_size - _LENGTH_BYTES:
        raise InputError(path, "no safetensors file, or cut short", "weights", "copy the file anew")


def pickled_in(folder: Path) -> Path | None:
    """Return a file in a folder that is pickled to judge by its name; None without one."""
    found = (path for path in folder.iterdir() if path.suffix.lower() in _SUFFIXES)
    return min(found, default=None)


def pickled(path: Path, found: str) -> InputError:
    """Return the error that refuses pickled weights."""
    return InputError(
        path,
        f"{found}, and could run code when it is loaded",
        "weights as .safetensors",
        "save them with the library safetensors on a machine where you trust the file",
    )
