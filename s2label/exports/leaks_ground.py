"""Places that overlap across splits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from s2label.footprints import candidates, gap_m, locate

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Set

    from s2label.grid import Grid

# As in `groups`: less is what rounding leaves between chips that lie side by side.
_TOUCH_M = 1.0


def overlapping_places(
    grids: Mapping[str, Grid], sides: Mapping[str, Set[str]]
) -> Iterator[tuple[str, str, float]]:
    """Yield pairs of places in different splits that overlap by more than a metre, and how deep.

    Parameters
    ----------
    grids : mapping
        Place -> its ground, in any CRS.
    sides : mapping
        Place -> the splits that it is in.

    Yields
    ------
    tuple
        Two places in order, and the depth of the overlap in metres.

    Raises
    ------
    InputError
        If a place lies nowhere on Earth.
    """
    ids = sorted(sides)
    names = sorted({frozenset(side) for side in sides.values()}, key=sorted)
    if len(names) < 2:
        return
    number = {side: n for n, side in enumerate(names)}
    side_of = np.array([number[frozenset(sides[id_])] for id_ in ids])
    footprints, everywhere = locate([grids[id_] for id_ in ids]), np.arange(len(ids))
    for first, second, _ in candidates(footprints, everywhere, everywhere, -_TOUCH_M):
        apart = (first < second) & (side_of[first] != side_of[second])
        a, b = first[apart], second[apart]
        slack_m = footprints.slack_m[a] + footprints.slack_m[b]
        depth_m = -gap_m(footprints, a, b)
        # The same limit as of groups, so that splits of whole groups are always clean.
        for n in np.flatnonzero(depth_m + slack_m >= _TOUCH_M).tolist():
            yield ids[a[n]], ids[b[n]], float(max(depth_m[n], 0))
