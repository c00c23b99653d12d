"""Masks beside what a model says of them, drawn by code: an audit without a training."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from s2label.audit.chips import AuditedChip
from s2label.grid import Grid
from s2label.types import ClassTable, LabelClass, Lifetime

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

SIDE_PX = 32
GRID = Grid("EPSG:32631", (10.0, 0.0, 500_000.0, 0.0, -10.0, 4_400_000.0), SIDE_PX, SIDE_PX)
LAND = ClassTable(
    "land",
    Lifetime.STATIC,
    (LabelClass(1, "forest", "#008000"), LabelClass(2, "water", "#0000ff")),
)


def vessel_mask(*boxes: tuple[int, int, int, int]) -> NDArray[np.uint8]:
    """Return a mask with vessels in boxes: top, left, height, width."""
    mask = np.zeros((SIDE_PX, SIDE_PX), np.uint8)
    for top, left, height, width in boxes:
        mask[top : top + height, left : left + width] = 1
    return mask


def seen_as(
    truth: NDArray[np.uint8], values: Sequence[int] = (0, 1), sure: float = 0.95, seed: int = 0
) -> NDArray[np.uint8]:
    """Return what a good model says of a chip whose truth is known, (class, y, x) uint8."""
    rest = (1 - sure) / (len(values) - 1)
    noise = np.random.default_rng(seed).uniform(-0.02, 0.02, truth.shape)
    some = [np.where(truth == value, sure + noise, rest - noise / 2) for value in values]
    total = np.stack(some)
    stored: NDArray[np.uint8] = np.rint(255 * np.clip(total, 0.004, 1)).astype(np.uint8)
    return stored


def audited(
    name: str,
    classes: NDArray[np.uint8],
    probabilities: NDArray[np.uint8],
    values: tuple[int, ...] = (0, 1),
    group: str = "port",
    consensus: float | None = None,
) -> AuditedChip:
    """Return a chip whose mask and image are called after it."""
    grid = GRID.window(0, 0, classes.shape[1], classes.shape[0])
    return AuditedChip(
        mask_id=f"{name}-mask",
        mask_version=3,
        image_id=f"{name}-image",
        image_version=2,
        group=group,
        model="fold-1",
        grid=grid,
        classes=classes,
        class_values=values,
        probabilities=probabilities,
        consensus=consensus,
        name=name,
    )


def fleet(count: int, seed: int = 0) -> list[AuditedChip]:
    """Return chips with one vessel each, labelled as it lies, in two groups one after the other."""
    random = np.random.default_rng(seed)
    chips = []
    for number in range(count):
        height, width = (int(n) for n in random.integers(4, 9, 2))
        top, left = (int(n) for n in random.integers(6, SIDE_PX - 15, 2))
        truth = vessel_mask((top, left, height, width))
        sure = float(random.uniform(0.75, 0.95))
        group = "one" if number < count // 2 else "two"
        seen = seen_as(truth, sure=sure, seed=number)
        chips.append(audited(f"chip{number:03}", truth, seen, group=group))
    return chips
