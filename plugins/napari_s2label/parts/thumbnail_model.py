"""What a contact sheet lists: image ids, and for those in sight what is known of them."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from qtpy.QtCore import QAbstractListModel, QModelIndex, Qt
from qtpy.QtGui import QImage

from napari_s2label.parts.audit_reasons import tooltip_lines
from napari_s2label.parts.thumbnail_drawer import Listing
from napari_s2label.parts.words import finding_words, percent

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

    from s2label.chip_views import ChipView
    from s2label.review.thumbnails import ThumbnailKey, ThumbnailLook

CELL = int(Qt.ItemDataRole.UserRole) + 1
# Thumbnails of so many times the rows in sight are kept, and of so many at least: others are drawn
# again from small ones on the disk.
_KEPT_SCREENS, _KEPT_CELLS = 2, 300
_FIRST_BATCH = 200


@dataclass(frozen=True, eq=False)
class Cell:
    """A chip with its thumbnail, as far as they are known.

    ``key`` tells what the thumbnail depends on; ``problem`` why there is none; ``is_stale`` that
    the chip may have been decided on since it was read.
    """

    chip: ChipView | None = None
    image: QImage | None = None
    key: ThumbnailKey | None = None
    problem: str = ""
    is_stale: bool = True


_UNKNOWN = Cell()


class ThumbnailModel(QAbstractListModel):
    """Images of a listing from a start on, loaded batch by batch as somebody scrolls."""

    def __init__(self) -> None:
        super().__init__()
        self.batch = _FIRST_BATCH
        self.is_by_date = False
        self.listing = Listing()
        self.in_view: str | None = None
        self.marks: Mapping[str, str] = {}
        self._start = 0
        self._loaded = 0
        self._cells: OrderedDict[str, Cell] = OrderedDict()
        self._room = _KEPT_CELLS

    # -- what is listed --------------------------------------------------------------------

    def show_listing(self, listing: Listing, start: int = 0) -> None:
        """List other images, beginning with the one at `start`."""
        self.beginResetModel()
        self.listing = listing
        self.is_by_date = listing.place_id is not None
        self._start = start
        self._loaded = min(self.batch, len(listing.ids) - start)
        self.endResetModel()

    def forget_all(self) -> None:
        """Forget everything: another project may have the same ids."""
        self._cells.clear()
        self.in_view = None
        self.show_listing(Listing())

    def remaining(self) -> int:
        """Return how many images there are from the start on, loaded or not."""
        return len(self.listing.ids) - self._start

    def id_at(self, row: int) -> str:
        """Return the image of a row."""
        return self.listing.ids[self._start + row]

    def row_of(self, image_id: str | None) -> int | None:
        """Return the row of an image, loaded or not; None where it is not on the sheet."""
        place = self.listing.row_of.get(image_id) if image_id is not None else None
        return None if place is None or place < self._start else place - self._start

    def load_through(self, row: int) -> None:
        """Load up to a row and a batch more."""
        if row >= self._loaded:
            self._load(row - self._loaded + 1 + self.batch)

    def rowCount(self, parent: QModelIndex | None = None) -> int:
        """Return how many rows are loaded."""
        return 0 if parent is not None and parent.isValid() else self._loaded

    def canFetchMore(self, parent: QModelIndex) -> bool:
        """Tell whether the listing goes on."""
        return not parent.isValid() and self._loaded < self.remaining()

    def fetchMore(self, parent: QModelIndex) -> None:
        """Load another batch."""
        if not parent.isValid():
            self._load(self.batch)

    def _load(self, count: int) -> None:
        last = min(self._loaded + count, self.remaining()) - 1
        if last >= self._loaded:
            self.beginInsertRows(QModelIndex(), self._loaded, last)
            self._loaded = last + 1
            self.endInsertRows()

    # -- what is known ---------------------------------------------------------------------

    def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return the `Cell` of a row, or its tooltip."""
        if not index.isValid() or role not in (CELL, Qt.ItemDataRole.ToolTipRole):
            return None
        cell = self._cells.get(self.id_at(index.row()), _UNKNOWN)
        return cell if role == CELL else _tooltip(cell)

    def shown(self, image_ids: Iterable[str]) -> dict[str, ThumbnailKey]:
        """Return image id -> what its thumbnail depends on, of those that have one."""
        found = ((id_, self._cells.get(id_, _UNKNOWN).key) for id_ in image_ids)
        return {id_: key for id_, key in found if key is not None}

    def missing(self, rows: range, look: ThumbnailLook) -> list[str]:
        """Return the images of rows in sight that are unknown, stale, or drawn otherwise."""
        self._room = max(_KEPT_CELLS, _KEPT_SCREENS * len(rows))
        ids = (self.id_at(row) for row in rows if row < self._loaded)
        return [id_ for id_ in ids if not _is_fresh(self._cells.get(id_, _UNKNOWN), look)]

    def forget_states(self) -> None:
        """Note that any chip may have been decided on."""
        for id_, cell in self._cells.items():
            self._cells[id_] = replace(cell, is_stale=True)

    def take_chips(self, chips: Mapping[str, ChipView]) -> None:
        """Take what was read; only rows that changed are painted again."""
        for id_, chip in chips.items():
            cell = self._cells.get(id_, _UNKNOWN)
            self._keep(id_, replace(cell, chip=chip, is_stale=False), is_seen=cell.chip == chip)

    def take_thumbnail(
        self, image_id: str, key: ThumbnailKey, answer: NDArray[np.uint8] | str
    ) -> None:
        """Take a thumbnail, (y, x, 3) uint8, or why there is none."""
        cell = self._cells.get(image_id, _UNKNOWN)
        if isinstance(answer, str):
            cell = replace(cell, key=key, image=None, problem=answer)
        else:
            cell = replace(cell, key=key, image=_image(answer), problem="")
        self._keep(image_id, cell)

    def set_in_view(self, image_id: str | None) -> None:
        """Mark the chip in view."""
        before, self.in_view = self.in_view, image_id
        for id_ in {before, image_id}:
            self._paint(id_)

    def set_marks(self, marks: Mapping[str, str]) -> None:
        """Mark images with a word each (image id -> word), in place of those marked before."""
        if marks or self.marks:
            self.marks = marks
            if self._loaded:
                self.dataChanged.emit(self.index(0), self.index(self._loaded - 1))

    def _keep(self, image_id: str, cell: Cell, *, is_seen: bool = False) -> None:
        self._cells[image_id] = cell
        self._cells.move_to_end(image_id)
        while len(self._cells) > self._room:
            self._cells.popitem(last=False)
        if not is_seen:
            self._paint(image_id)

    def _paint(self, image_id: str | None) -> None:
        row = self.row_of(image_id)
        if row is not None and row < self._loaded:
            index = self.index(row)
            self.dataChanged.emit(index, index)


def _is_fresh(cell: Cell, look: ThumbnailLook) -> bool:
    return not cell.is_stale and cell.key is not None and cell.key.look == look


def _image(rgb: NDArray[np.uint8]) -> QImage:
    height, width = rgb.shape[:2]
    pixels = np.ascontiguousarray(rgb)
    # The copy owns its pixels: Qt would otherwise read freed memory.
    return QImage(pixels.data, width, height, 3 * width, QImage.Format.Format_RGB888).copy()


def _tooltip(cell: Cell) -> str:
    chip = cell.chip
    if chip is None:
        return ""
    lines = [f"{chip.place.name}  {chip.image.date or 'no date'}"]
    lines.append("image " + _with_reason(str(chip.image_state), chip.image_reason))
    if chip.cloud is not None:
        lines.append(f"cloud {percent(chip.cloud)} of the pixels with data")
    if chip.finding is not None:
        lines.append(f"finding: {finding_words(chip.finding)}")
    lines += [f"doubtful: {each}" for each in chip.doubts]
    lines += tooltip_lines(chip)
    if chip.mask is not None:
        lines.append("mask " + _with_reason(str(chip.mask.state), chip.mask.reason))
    return "\n".join([*lines, cell.problem] if cell.problem else lines)


def _with_reason(state: str, reason: str) -> str:
    return f"{state}: {reason}" if reason else state
