"""One bad input: what is put where, the command that meets it, and the words that refuse it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from tests.faults.corpus.sound import Sound


@dataclass(frozen=True)
class Desk:
    """A folder for one case, and the sound material that copies are taken from.

    Parameters
    ----------
    folder : Path
        Everything that the case may touch; it is compared before and after.
    sound : Sound
        Made once, only read.
    """

    folder: Path
    sound: Sound

    @property
    def out(self) -> Path:
        """Where a result would be written."""
        return self.folder / "out"

    def file(self, name: str, content: bytes | str = b"") -> Path:
        """Write a file and return it."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def copy(self, path: Path, name: str = "") -> Path:
        """Copy a sound file or folder to the desk once, and return it."""
        target = self.folder / (name or path.name)
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            copy = shutil.copytree if path.is_dir() else shutil.copy
            copy(path, target)
        return target

    def project(self) -> Path:
        """Return a copy of the project: two places, masks accepted, a model in use."""
        return self.copy(self.sound.project, "harbour")


Command = Sequence[object]


@dataclass(frozen=True)
class BadInput:
    """A case.

    Parameters
    ----------
    family : str
        What it is about, for the table.
    name : str
        What is wrong, in words.
    command : callable
        Puts it on the desk and returns the arguments of ``s2label``.
    said : tuple of str
        Words of the one line that refuses it; the first names what is at fault.
    code : int
        Exit code: 1, or 2 where the program says how it is used.
    needs_torch : bool
        Whether the command imports torch before it can know.
    """

    family: str
    name: str
    command: Callable[[Desk], Command]
    said: tuple[str, ...]
    code: int = 1
    needs_torch: bool = False

    @property
    def id(self) -> str:
        """The name of the test."""
        return f"{self.family}: {self.name}"
