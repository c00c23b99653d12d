"""Reads figures and what a click on them means, in a thread: some are megabytes."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from qtpy.QtCore import QObject, Signal
from qtpy.QtGui import QImage

from napari_s2label.one_thread import OneThread
from s2label.durable import put_whole
from s2label.explore.options import CLICKS, IMAGES

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray


@dataclass(frozen=True)
class Part:
    """A part of a figure: what the images behind it have in common, and their ids."""

    words: str
    image_ids: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class FigureInView:
    """A figure as one looks at it.

    Parameters
    ----------
    name : str
        Which one.
    picture : QImage
        The figure.
    boxes : ndarray
        (part, 4) float64: left, top, right, bottom as shares of the picture.
    words : tuple of str
        What the images behind each part have in common.
    chips : tuple of list
        Numbers of these images in `images`.
    images : list of str
        Ids of all images of the exploration.
    """

    name: str
    picture: QImage
    boxes: NDArray[np.float64]
    words: tuple[str, ...]
    chips: tuple[list[int], ...]
    images: list[str]

    def part_at(self, across: float, down: float) -> int | None:
        """Return the smallest part at a place, given as shares of the picture; None if none."""
        left, top, right, bottom = self.boxes.T
        is_in = (left <= across) & (across <= right) & (top <= down) & (down <= bottom)
        areas = np.where(is_in, (right - left) * (bottom - top), np.inf)
        return int(areas.argmin()) if is_in.any() else None

    def part(self, number: int) -> Part:
        """Return a part by its number."""
        ids = tuple(self.images[chip] for chip in self.chips[number])
        return Part(self.words[number], ids)


class ExploreReader(QObject):
    """Reads one figure after the other; of several asked for at once only the last is told.

    Signals
    -------
    read : FigureInView
        A figure.
    failed : str
        It cannot be read, and why.
    """

    read = Signal(object)
    failed = Signal(str)
    _answered = Signal(int, object)

    def __init__(self) -> None:
        super().__init__()  # and no parent: it lives as long as a thread has to answer
        self._number = 0
        self._thread = OneThread("explore")
        self._answered.connect(self._on_answered)

    def ask(self, folder: Path, name: str) -> None:
        """Ask for a figure of a folder."""
        self._number += 1
        self._thread.submit(self._answer, self._number, folder, name)

    def forget(self, folder: Path) -> None:
        """Remove a folder that nobody looks at any more; what was asked of it is not answered."""
        self._number += 1
        self._thread.submit(partial(shutil.rmtree, folder, ignore_errors=True))

    def _answer(self, number: int, folder: Path, name: str) -> None:
        if number != self._number:
            return
        try:
            found: FigureInView | str = read_figure(folder, name)
        except (OSError, ValueError) as error:
            found = f"{folder / name}.png: cannot be shown ({error})"
        self._answered.emit(number, found)

    def _on_answered(self, number: int, found: FigureInView | str) -> None:
        if number != self._number:
            return
        if isinstance(found, str):
            self.failed.emit(found)
        else:
            self.read.emit(found)


def read_figure(folder: Path, name: str) -> FigureInView:
    """Read a figure of an exploration.

    Raises
    ------
    OSError, ValueError
        If a file is gone or damaged.
    """
    picture = QImage(str(folder / f"{name}.png"))
    if picture.isNull():
        raise ValueError("no picture")
    regions: list[dict[str, Any]] = json.loads(
        (folder / CLICKS / f"{name}.json").read_text("utf-8")
    )
    return FigureInView(
        name=name,
        picture=picture,
        boxes=np.array([region["box"] for region in regions], np.float64).reshape(-1, 4),
        words=tuple(region["words"] for region in regions),
        chips=tuple(region["chips"] for region in regions),
        images=(folder / IMAGES).read_text("utf-8").splitlines(),
    )


def copy_file(source: Path, path: Path) -> None:
    """Copy a file so that other programs see the old one, the new one, or none.

    Raises
    ------
    OSError
        If it cannot be read or written.
    """
    put_whole(path, source.read_bytes())
