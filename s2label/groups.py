"""Groups of places: ground that must stay on one side of a split."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from s2label.footprints import candidates, gap_m, locate

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from s2label.footprints import Footprints, Indices
    from s2label.types import PlaceRecord

# Metres of a map grid differ from metres on the ground by up to a thousandth (UTM).
_GRID_SCALE = 1.001
# Less than this is what rounding leaves between chips that lie side by side.
_TOUCH_M = 1.0


def group_places(
    places: Mapping[str, PlaceRecord], cut_scenes: Sequence[tuple[str, str]], distance_m: float
) -> dict[str, str]:
    """Tell which places must stay together: place id -> name of its group.

    Places cut from one scene are one group; a place of several scenes joins them, and so do
    cut places that overlap by more than a metre. Every other place joins all whose footprint
    is `distance_m` or less from its own. Distances run between the edges of the footprints,
    on the plane that touches the ellipsoid between them, whatever the CRS; they err towards
    joining, by a thousandth and by the sagitta of the footprints (0.5 m for 2.56 km).

    Parameters
    ----------
    places : mapping of str to PlaceRecord
        Places by id.
    cut_scenes : sequence of (str, str)
        (place id, scene) of what was cut from larger scenes.
    distance_m : float
        Greatest distance in metres at which places are neighbours, 0 or more.

    Returns
    -------
    dict of str to str
        A group is named after its smallest scene, or place name without one, with the smallest
        place id behind it where another group has the same name.

    Raises
    ------
    InputError
        If a place lies nowhere on Earth.
    """
    ids = sorted(places)
    if not ids:
        return {}
    cut = [(place, scene) for place, scene in cut_scenes if place in places]
    footprints = locate([places[id_].grid for id_ in ids])
    is_cut = np.isin(ids, [place for place, _ in cut])
    pieces, others = np.flatnonzero(is_cut), np.flatnonzero(~is_cut)
    groups = _groups_of_scenes(ids, cut)
    limit_m = distance_m * _GRID_SCALE
    groups = _join_near(groups, footprints, others, np.arange(len(ids)), limit_m)
    groups = _join_near(groups, footprints, pieces, pieces, -_TOUCH_M)
    return _name_groups(places, dict(zip(ids, groups.tolist(), strict=True)), cut)


def find_overlapping(
    places: Sequence[PlaceRecord], chosen: NDArray[np.bool_], *, or_touching: bool = False
) -> NDArray[np.bool_]:
    """Tell which places overlap one of the chosen ones by more than a metre.

    Parameters
    ----------
    places : sequence of PlaceRecord
        Places, whatever their CRS.
    chosen : ndarray
        (place,) bool.
    or_touching : bool
        Also those that lie beside one, a metre apart at most.

    Returns
    -------
    ndarray
        (place,) bool; False for the chosen ones themselves.

    Raises
    ------
    InputError
        If a place lies nowhere on Earth.
    """
    is_over = np.zeros(len(places), np.bool_)
    if not chosen.any() or chosen.all():
        return is_over
    footprints = locate([place.grid for place in places])
    slack_m, others = footprints.slack_m, np.flatnonzero(~chosen)
    limit_m = _TOUCH_M if or_touching else -_TOUCH_M
    for first, second, _ in candidates(footprints, others, np.flatnonzero(chosen), limit_m):
        unknown = ~is_over[first]
        a, b = first[unknown], second[unknown]
        over = gap_m(footprints, a, b) <= slack_m[a] + slack_m[b] + limit_m
        is_over[a[over]] = True
    return is_over


def _groups_of_scenes(ids: Sequence[str], cut: Sequence[tuple[str, str]]) -> Indices:
    """Return a group number per place: places that share scenes have the same."""
    place_at = {id_: number for number, id_ in enumerate(ids)}
    scene_at = {scene: len(ids) + n for n, scene in enumerate(sorted({s for _, s in cut}))}
    numbers = np.arange(len(ids) + len(scene_at))
    start = np.array([place_at[place] for place, _ in cut], dtype=np.intp)
    end = np.array([scene_at[scene] for _, scene in cut], dtype=np.intp)
    return _joined(numbers, start, end)[: len(ids)]


def _joined(groups: Indices, first: Indices, second: Indices) -> Indices:
    """Return new group numbers after the groups of `first` and `second` became one, pairwise."""
    if not first.size:
        return groups
    size = int(groups.max()) + 1
    edges = (np.ones(first.size, bool), (groups[first], groups[second]))
    _, renamed = connected_components(coo_array(edges, shape=(size, size)), directed=False)
    return np.asarray(renamed[groups], dtype=np.intp)


def _join_near(
    groups: Indices, footprints: Footprints, some: Indices, others: Indices, limit_m: float
) -> Indices:
    inner_m, slack_m = footprints.inner_m, footprints.slack_m
    for first, second, centre_m in candidates(footprints, some, others, limit_m):
        surely = centre_m - inner_m[first] - inner_m[second] <= limit_m
        groups = _joined(groups, first[surely], second[surely])
        # Most candidates are one group by now; only the rest is worth exact geometry.
        apart = groups[first] != groups[second]
        a, b = first[apart], second[apart]
        near = gap_m(footprints, a, b) <= limit_m + slack_m[a] + slack_m[b]
        groups = _joined(groups, a[near], b[near])
    return groups


def _name_groups(
    places: Mapping[str, PlaceRecord], number_of: Mapping[str, int], cut: Sequence[tuple[str, str]]
) -> dict[str, str]:
    members, scenes = defaultdict(list), defaultdict(list)
    for id_, number in number_of.items():
        members[number].append(id_)
    for place, scene in cut:
        scenes[number_of[place]].append(scene)
    names = {n: min(scenes.get(n) or (places[i].name for i in m)) for n, m in members.items()}
    shared = Counter(names.values())
    full = {
        n: name if shared[name] == 1 else f"{name} {min(members[n])}" for n, name in names.items()
    }
    return {id_: full[number] for id_, number in number_of.items()}
