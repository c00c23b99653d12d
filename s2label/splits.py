"""Splits: groups of ground go to training, validation or test as a whole."""

from __future__ import annotations

import hashlib
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence, Set
    from typing import Any

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

SHARES: Mapping[str, float] = {"train": 0.70, "validation": 0.15, "test": 0.15}
# With fewer groups than splits these are filled first, in this order.
_FIRST = ("train", "test", "validation")
_MOST_MOVES = 100
_NONE_FIXED: Mapping[str, str] = MappingProxyType({})


def split_groups(
    pixels_by_group: Mapping[str, Mapping[int, int]],
    pairs_by_group: Mapping[str, int],
    shares: Mapping[str, float] = SHARES,
    seed: int = 0,
    fixed: Mapping[str, str] = _NONE_FIXED,
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
    fixed : mapping
        Group -> split that it stays in; the others are shared out around them.

    Returns
    -------
    dict of str to str
        Group -> split. Every split has a group where there are enough; `missing_splits` tells.
    """
    groups = sorted(pairs_by_group)
    names = _splits_for(shares, len(groups), set(fixed.values()))
    if not names:
        return {}
    wanted = np.array([shares[name] for name in names], dtype=float)
    amounts = label_shares(groups, pixels_by_group, pairs_by_group)
    sharing = _Sharing(amounts, wanted / wanted.sum())
    for group, name in fixed.items():
        sharing.fix(groups.index(group), names.index(name))
    for number in _in_turn(groups, sharing.amounts, seed):
        if not sharing.is_fixed[number]:
            sharing.place(number)
    sharing.fill_empty()
    sharing.improve()
    return {group: names[side] for group, side in zip(groups, sharing.side, strict=True)}


def missing_splits(splits: Mapping[str, str], shares: Mapping[str, float] = SHARES) -> list[str]:
    """Return the splits that got no group because there were too few groups."""
    return [name for name, share in shares.items() if share > 0 and name not in splits.values()]


def _splits_for(shares: Mapping[str, float], groups: int, needed: Set[str]) -> list[str]:
    used = [name for name, share in shares.items() if share > 0]
    rank = {name: number for number, name in enumerate(_FIRST)}
    in_order = sorted(used, key=lambda name: (name not in needed, rank.get(name, len(rank))))
    return in_order[:groups]


def label_shares(
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
        self.is_fixed = np.zeros(len(amounts), bool)

    def fix(self, number: int, side: int) -> None:
        """Give one group to a split for good."""
        self._give(number, side)
        self.is_fixed[number] = True

    def place(self, number: int) -> None:
        """Give one group to the split where it costs least."""
        self._give(number, int(self._cost_of_adding(self.amounts[number]).argmin()))

    def fill_empty(self) -> None:
        """Give each empty split the group that costs least to move there."""
        for side in range(len(self.wanted)):
            costs = self._cost_of_moving()[:, side]
            if not (self.side == side).any() and np.isfinite(costs).any():
                self._give(int(costs.argmin()), side)

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
        """Return the change of cost (group, split); infinite where it must not be moved.

        That is where a group is fixed, or its split would become empty.
        """
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
        costs[alone | self.is_fixed] = np.inf
        return costs
