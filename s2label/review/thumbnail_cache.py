"""Thumbnails on disk, in ``thumbnails/``: safe to delete at any time."""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from s2label.durable import PART_SUFFIX, make_folder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from s2label.stretch import Stretch
    from s2label.types import ImageRecord

LIMIT_BYTES = 512 * 2**20
# Down to this share of the limit, so that not every new thumbnail clears the cupboard.
_SHARE_AFTER_PRUNING = 0.8


class ThumbnailCache:
    """Thumbnails on disk, those that were not used for longest thrown away.

    Parameters
    ----------
    folder : Path
        Made when first needed. A disk that is full or read-only only means slower thumbnails.
    limit_bytes : int
        How much is kept.
    """

    def __init__(self, folder: Path, limit_bytes: int = LIMIT_BYTES) -> None:
        self._folder = folder
        self._limit_bytes = limit_bytes
        self._kept_bytes: int | None = None

    def read(self, image: ImageRecord, stretch: Stretch) -> NDArray[np.uint8] | None:
        """Return a thumbnail, (y, x, 3) uint8; None where there is none or it is damaged."""
        path = self._path(image, stretch)
        try:
            with Image.open(path, formats=["PNG"]) as picture:
                rgb = np.array(picture.convert("RGB"))
            os.utime(path)
        except (OSError, SyntaxError, ValueError):  # what Pillow raises over damaged files
            return None
        return rgb

    def write(self, image: ImageRecord, stretch: Stretch, rgb: NDArray[np.uint8]) -> None:
        """Keep a thumbnail, whole or not at all; not synced, since it can be drawn anew."""
        path = self._path(image, stretch)
        part = path.with_name(f".{path.stem}{PART_SUFFIX}{path.suffix}")
        try:
            make_folder(path.parent, inside=self._folder.parent)
            Image.fromarray(rgb).save(part, compress_level=1)
            size_bytes = part.stat().st_size
            os.replace(part, path)
        except OSError:
            with suppress(OSError):
                part.unlink(missing_ok=True)
            return
        self._make_room(size_bytes)

    def prune(self) -> int:
        """Throw the oldest away until there is room again; return how many bytes stay."""
        files = sorted(self._files())
        kept_bytes = sum(size for _, size, _ in files)
        goal_bytes = int(_SHARE_AFTER_PRUNING * self._limit_bytes)
        for _, size, path in files:
            if kept_bytes <= goal_bytes:
                break
            path.unlink(missing_ok=True)
            kept_bytes -= size
        return kept_bytes

    def _make_room(self, added_bytes: int) -> None:
        if self._kept_bytes is None:
            self._kept_bytes = sum(size for _, size, _ in self._files())
        else:
            self._kept_bytes += added_bytes
        if self._kept_bytes > self._limit_bytes:
            self._kept_bytes = self.prune()

    def _files(self) -> Iterator[tuple[int, int, Path]]:
        """Yield (when it was last used, size in bytes, path)."""
        for path in self._folder.glob("*/*.png"):
            with suppress(OSError):  # somebody empties the folder just now
                stat = path.stat()
                yield stat.st_mtime_ns, stat.st_size, path

    def _path(self, image: ImageRecord, stretch: Stretch) -> Path:
        return self._folder / stretch_key(stretch) / f"{image.id}.{image.version}.png"


def stretch_key(stretch: Stretch) -> str:
    """Return what identifies the limits of a stretch, as the name of a folder."""
    return hashlib.sha256(repr(sorted(stretch.limits.items())).encode()).hexdigest()[:12]
