"""Groups and splits by ground: what lies together stays on one side of a split."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from pyproj import Transformer
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from s2label.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Any

    from numpy.typing import NDArray

    from s2label.grid import Grid
    from s2label.types import PlaceRecord

    Floats = NDArray[np.float64]
    Indices = NDArray[np.intp]

SHARES: Mapping[str, float] = {"train": 0.70, "validation": 0.15, "test": 0.15}
# With fewer groups than splits these are filled first, in this order.
_FIRST = ("train", "test", "validation")

_EARTH_RADIUS_M = 6_371_000.0
# Metres of a map grid differ from metres on the ground by up to a thousandth (UTM).
_GRID_SCALE = 1.001
# Less than this is what rounding leaves between chips that lie side by side.
_TOUCH_M = 1.0
# Bounds the memory for candidate pairs; chips of 64 px have some 90 neighbours each.
_PLACES_AT_ONCE = 1000
_MOST_MOVES = 100


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
    footprints = _locate([places[id_].grid for id_ in ids])
    is_cut = np.isin(ids, [place for place, _ in cut])
    pieces, others = np.flatnonzero(is_cut), np.flatnonzero(~is_cut)
    groups = _groups_of_scenes(ids, cut)
    limit_m = distance_m * _GRID_SCALE
    groups = _join_near(groups, footprints, others, np.arange(len(ids)), limit_m)
    groups = _join_near(groups, footprints, pieces, pieces, -_TOUCH_M)
    return _name_groups(places, dict(zip(ids, groups.tolist(), strict=True)), cut)


@dataclass(frozen=True, eq=False)
class _Footprints:
    """Footprints in geocentric metres: corners (place, 4, 3) in turn, centres (place, 3).

    `outer_m` and `inner_m` are the radii of the circles around and in a footprint; `slack_m`
    bounds how far its edges bend away from straight lines (sagitta, doubled for parallels).
    """

    corners: Floats
    centres: Floats
    outer_m: Floats
    inner_m: Floats
    slack_m: Floats


def _locate(grids: Sequence[Grid]) -> _Footprints:
    numbers = np.array([(*g.transform, g.width, g.height) for g in grids], dtype=float)
    a, b, c, d, e, f, width, height = numbers.T[..., None]
    column, row = width * np.array([0, 1, 1, 0]), height * np.array([0, 0, 1, 1])
    x, y = a * column + b * row + c, d * column + e * row + f
    corners = np.empty((len(grids), 4, 3))
    names = np.array([g.crs for g in grids], dtype=object)
    for crs in sorted(set(names)):
        here = names == crs
        corners[here] = _geocentric(crs, x[here], y[here])
    centres = corners.mean(axis=1)
    outer_m = np.linalg.norm(corners - centres[:, None], axis=2).max(axis=1)
    along, down = corners[:, 1] - corners[:, 0], corners[:, 3] - corners[:, 0]
    sides = np.stack([np.linalg.norm(along, axis=1), np.linalg.norm(down, axis=1)])
    inner_m = np.linalg.norm(np.cross(along, down), axis=1) / sides.max(axis=0) / 2
    return _Footprints(corners, centres, outer_m, inner_m, (2 * outer_m) ** 2 / 4 / _EARTH_RADIUS_M)


def _geocentric(crs: str, x: Floats, y: Floats) -> Floats:
    lon, lat = Transformer.from_crs(crs, "EPSG:4326", always_xy=True).transform(x, y)
    to_earth = Transformer.from_crs("EPSG:4979", "EPSG:4978", always_xy=True)
    points = np.stack(to_earth.transform(lon, lat, np.zeros_like(lon)), axis=-1)
    if not np.isfinite(points).all():
        advice = "check CRS and geotransform of the source"
        raise InputError(crs, "a place that lies nowhere on Earth", advice=advice)
    return points


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
    groups: Indices, footprints: _Footprints, some: Indices, others: Indices, limit_m: float
) -> Indices:
    inner_m, slack_m = footprints.inner_m, footprints.slack_m
    for first, second, centre_m in _candidates(footprints, some, others, limit_m):
        surely = centre_m - inner_m[first] - inner_m[second] <= limit_m
        groups = _joined(groups, first[surely], second[surely])
        # Most candidates are one group by now; only the rest is worth exact geometry.
        apart = groups[first] != groups[second]
        a, b = first[apart], second[apart]
        near = _gap_m(footprints, a, b) <= limit_m + slack_m[a] + slack_m[b]
        groups = _joined(groups, a[near], b[near])
    return groups


def _candidates(
    footprints: _Footprints, some: Indices, others: Indices, limit_m: float
) -> Iterator[tuple[Indices, Indices, Floats]]:
    """Yield pairs whose outer circles are near enough, with the distance of their centres."""
    outer_m, centres = footprints.outer_m, footprints.centres
    # By powers of two of size, lest one whole scene make every chip a candidate of every other.
    size = np.ceil(np.log2(outer_m + 1))
    for larger in np.unique(size[others]):
        among = others[size[others] == larger]
        tree = cKDTree(centres[among])
        for smaller in np.unique(size[some]):
            of = some[size[some] == smaller]
            reach_m = outer_m[of].max() + outer_m[among].max() + max(limit_m, 0) * 1.01 + 1
            for start in range(0, len(of), _PLACES_AT_ONCE):
                part = of[start : start + _PLACES_AT_ONCE]
                near = cKDTree(centres[part]).sparse_distance_matrix(
                    tree, reach_m, output_type="ndarray"
                )
                yield part[near["i"]], among[near["j"]], near["v"]


def _gap_m(footprints: _Footprints, first: Indices, second: Indices) -> Floats:
    """Return the distance of convex footprints, negative by how deep they overlap.

    By the separating axis theorem: the greatest gap between the shadows of two convex shapes
    on any line is their distance; the line is square to an edge or runs from corner to corner.
    """
    a, b = _on_plane(footprints, first, second)
    edges = np.concatenate([np.roll(a, -1, axis=1) - a, np.roll(b, -1, axis=1) - b], axis=1)
    square = np.stack([-edges[..., 1], edges[..., 0]], axis=-1)
    across = (b[:, None] - a[:, :, None]).reshape(len(a), 16, 2)
    axes = np.concatenate([square, across], axis=1)
    length = np.linalg.norm(axes, axis=2)
    axes /= np.maximum(length, 1e-9)[..., None]
    on_a, on_b = axes @ a.swapaxes(1, 2), axes @ b.swapaxes(1, 2)
    gaps = np.maximum(on_b.min(axis=2) - on_a.max(axis=2), on_a.min(axis=2) - on_b.max(axis=2))
    # Corners that coincide give no direction, and a gap of 0 that means nothing.
    return np.asarray(np.where(length > 1e-6, gaps, -np.inf).max(axis=1, initial=-np.inf))


def _on_plane(footprints: _Footprints, first: Indices, second: Indices) -> tuple[Floats, Floats]:
    """Return corners (pair, 4, 2) in metres on the plane that touches Earth between a pair."""
    middle = (footprints.centres[first] + footprints.centres[second]) / 2
    up = middle / np.linalg.norm(middle, axis=1, keepdims=True)
    # Any direction but up will do, at the poles too: the axis that is least like it.
    aside = np.eye(3)[np.abs(up).argmin(axis=1)]
    east = np.cross(aside, up)
    east /= np.linalg.norm(east, axis=1, keepdims=True)
    plane = np.stack([east, np.cross(up, east)], axis=2)
    a, b = (footprints.corners[side] - middle[:, None] for side in (first, second))
    return a @ plane, b @ plane


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


def split_groups(
    pixels_by_group: Mapping[str, Mapping[int, int]],
    pairs_by_group: Mapping[str, int],
    shares: Mapping[str, float] = SHARES,
    seed: int = 0,
) -> dict[str, str]:
    """Share whole groups out to splits so that each class and the pairs come near the shares.

    Iterative stratification (Sechidis, Tsoumakas and Vlahavas 2011, "On the Stratification of
    Multi-Label Data"), for groups of any size: the rarest class goes first, large groups before
    small ones, each to the split where it least disturbs the squared distance from the shares;
    single moves then better the whole. Pairs weigh as much as all classes together.

    Parameters
    ----------
    pixels_by_group : mapping
        Group -> class -> labelled pixels; groups without labels may be missing.
    pairs_by_group : mapping
        Group -> image-mask pairs; names all groups.
    shares : mapping
        Split -> share; normalised to 1; splits with a share of 0 get nothing.
    seed : int
        Another seed breaks ties, and orders groups of like size, otherwise.

    Returns
    -------
    dict of str to str
        Group -> split. Every split has a group where there are enough; `missing_splits` tells.
    """
    groups = sorted(pairs_by_group)
    names = _splits_for(shares, len(groups))
    if not names:
        return {}
    wanted = np.array([shares[name] for name in names], dtype=float)
    sharing = _Sharing(_amounts(groups, pixels_by_group, pairs_by_group), wanted / wanted.sum())
    for number in _in_turn(groups, sharing.amounts, seed):
        sharing.place(number)
    sharing.fill_empty()
    sharing.improve()
    return {group: names[side] for group, side in zip(groups, sharing.side, strict=True)}


def missing_splits(splits: Mapping[str, str], shares: Mapping[str, float] = SHARES) -> list[str]:
    """Return the splits that got no group because there were too few groups."""
    return [name for name, share in shares.items() if share > 0 and name not in splits.values()]


def _splits_for(shares: Mapping[str, float], groups: int) -> list[str]:
    used = [name for name, share in shares.items() if share > 0]
    rank = {name: number for number, name in enumerate(_FIRST)}
    return sorted(used, key=lambda name: rank.get(name, len(rank)))[:groups]


def _amounts(
    groups: Sequence[str],
    pixels_by_group: Mapping[str, Mapping[int, int]],
    pairs_by_group: Mapping[str, int],
) -> Floats:
    """Return (group, class + 1) shares of each class's pixels; pairs are the last column."""
    classes = sorted({c for counts in pixels_by_group.values() for c, n in counts.items() if n})
    rows = [
        [*(pixels_by_group.get(g, {}).get(c, 0) for c in classes), pairs_by_group[g]]
        for g in groups
    ]
    amounts = np.array(rows, dtype=float)
    return np.asarray(amounts / np.maximum(amounts.sum(axis=0), 1))


def _in_turn(groups: Sequence[str], amounts: Floats, seed: int) -> Iterator[int]:
    """Yield groups, rarest class first, then large before small (by powers of two), then chance."""
    chance = [hashlib.sha256(f"{seed}|{group}".encode()).digest() for group in groups]
    left = np.ones(len(groups), bool)
    while left.any():
        holders = (amounts[left] > 0).sum(axis=0)
        column = int(np.where(holders > 0, holders, len(groups) + 1).argmin())
        amount = amounts[:, column]
        chosen = np.flatnonzero(left & (amount > 0)) if holders.any() else np.flatnonzero(left)
        size = np.floor(np.log2(np.maximum(amount, 1e-300)))
        yield from sorted(chosen.tolist(), key=lambda n: (-size[n], chance[n]))
        left[chosen] = False


class _Sharing:
    """Groups being shared out: `side` is the split of each group, -1 before it has one.

    The cost is the sum over columns and splits of (share got - wanted)² / wanted.
    """

    def __init__(self, amounts: Floats, wanted: Floats) -> None:
        self.amounts, self.wanted = amounts, wanted
        self.weight = np.ones(amounts.shape[1])
        self.weight[-1] = max(amounts.shape[1] - 1, 1)
        self.got = np.zeros((len(wanted), amounts.shape[1]))
        self.side = np.full(len(amounts), -1)

    def place(self, number: int) -> None:
        """Give one group to the split where it costs least."""
        self._give(number, int(self._cost_of_adding(self.amounts[number]).argmin()))

    def fill_empty(self) -> None:
        """Give each empty split the group that costs least to move there."""
        for side in range(len(self.wanted)):
            if not (self.side == side).any():
                self._give(int(self._cost_of_moving()[:, side].argmin()), side)

    def improve(self) -> None:
        """Move single groups as long as that brings all nearer to the shares."""
        for _ in range(_MOST_MOVES):
            costs = self._cost_of_moving()
            number, side = np.unravel_index(costs.argmin(), costs.shape)
            if costs[number, side] >= 0:
                return
            self._give(int(number), int(side))

    def _give(self, number: int, side: int) -> None:
        if self.side[number] >= 0:
            self.got[self.side[number]] -= self.amounts[number]
        self.got[side] += self.amounts[number]
        self.side[number] = side

    def _cost_of_adding(self, amounts: Floats) -> Floats:
        slope = 2 * (self.got - self.wanted[:, None]) * self.weight
        square = (amounts**2 @ self.weight)[..., None]
        # Rounded, so that the last bit of another processor decides nothing.
        return np.round((amounts @ slope.T + square) / self.wanted, 12)

    def _cost_of_moving(self) -> Any:
        """Return the change of cost (group, split); infinite where a split would become empty."""
        rows = np.arange(len(self.side))
        square = self.amounts**2 @ self.weight
        # Taking away is adding, less twice the square that adding put in.
        leaving = (
            2 * square / self.wanted[self.side]
            - self._cost_of_adding(self.amounts)[rows, self.side]
        )
        costs = np.round(self._cost_of_adding(self.amounts) + leaving[:, None], 9)
        costs[rows, self.side] = 0
        alone = np.bincount(self.side, minlength=len(self.wanted))[self.side] == 1
        costs[alone] = np.inf
        return costs
