"""Tiles of a scene that were read together, and what was cut out of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from s2label.importers.value_counts import ValueCounts
    from s2label.masks import Mask
    from s2label.stretch_sample import Samples
    from s2label.tiling import Tile
    from s2label.types import ChipRecord


@dataclass
class Cut:
    """What a row gave so far."""

    chips: list[ChipRecord] = field(default_factory=list)
    masks: dict[str, Mask] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    counts: list[ValueCounts] = field(default_factory=list)
    samples: Samples = field(default_factory=dict)
    blanks: list[str] = field(default_factory=list)


@dataclass(frozen=True, eq=False)
class Strip:
    """Tiles that were read together: DN (band, y, x), and which pixels (y, x) hold data."""

    tiles: tuple[Tile, ...]
    dn: NDArray[Any]
    valid: NDArray[np.bool_]

    def piece(self, tile: Tile) -> tuple[NDArray[Any], NDArray[np.bool_]]:
        """Return the pixels of a tile, and which of them hold data."""
        x = tile.x - self.tiles[0].x
        columns = slice(x, x + tile.width)
        return self.dn[:, :, columns], self.valid[:, columns]
