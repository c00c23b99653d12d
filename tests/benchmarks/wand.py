"""The wand on real ports: one click on each hand-drawn vessel, IoU of what it selects.

    python -m tests.benchmarks.wand hedland algiers

An object is an 8-connected component of a port's mask; the click is its pixel nearest its
centroid, on the 64 px chip that holds it. Objects that cross the chip's edge are cut with it.
"""

from __future__ import annotations

import json
from argparse import ArgumentParser
from dataclasses import astuple, dataclass
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import rasterio
from pycocotools import mask as coco
from scipy import ndimage

from s2label.painting.wand import grow, start_growth
from tests.benchmarks.measure import milliseconds, seconds_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

PORTS = Path(__file__).resolve().parents[3] / "shared" / "data" / "ports"
BANDS = ("B02", "B03", "B04", "B08", "B11")
CHIP_PX = 64
SIZES = (1, 51, 101, 201, 1000)
SEA_CLICKS = 300
_QUANTIFICATION = 65535
_TOLERANCES = np.arange(1, 20) / 20
_BESIDE = [(x, y) for x in (-1, 0, 1) for y in (-1, 0, 1) if (x, y) != (0, 0)]
_NEIGHBOURS = np.ones((3, 3))


@dataclass(frozen=True)
class Clicked:
    """One row of the table: an object, and the IoU (0..1) of what clicks on it selected."""

    port: str
    x: int
    y: int
    px: int
    selected_px: int
    default: float
    whole_port: float
    beside: float
    disc: float
    best: float
    tolerance: float
    note: str


@dataclass(frozen=True)
class Port:
    """A port: reflectance (band, y, x), valid pixels and hand-drawn objects, 0 sea, both (y, x)."""

    name: str
    values: NDArray[np.float32]
    valid: NDArray[np.bool_]
    objects: NDArray[np.int32]


def main() -> None:
    """Print the objects of the named ports, then what they add up to."""
    parser = ArgumentParser(prog="python -m tests.benchmarks.wand", description=__doc__)
    parser.add_argument("ports", nargs="+", help="names of folders of --data")
    parser.add_argument("--data", type=Path, default=PORTS, help="folder of the ports")
    given = parser.parse_args()
    ports = [read_port(given.data / name) for name in given.ports]
    rows = [row for port in ports for row in click_objects(port)]
    print_objects(rows)
    print_summary(rows)
    for port in ports:
        print_sea(port)
        print_speed(port)


def read_port(folder: Path) -> Port:
    """Read the band files and the COCO document of a port."""
    layers = []
    for band in BANDS:
        with rasterio.open(next(folder.glob(f"*_{band}_*"))) as dataset:
            layers.append(dataset.read(1))
    dn = np.stack(layers)
    document: dict[str, Any] = json.loads(next(folder.glob("*_coco.json")).read_text())
    drawn = np.zeros(dn.shape[1:], bool)
    for annotation in document["annotations"]:
        runs = annotation["segmentation"]
        drawn |= coco.decode(coco.frPyObjects(runs, *runs["size"])).astype(bool)
    objects = ndimage.label(drawn, _NEIGHBOURS)[0]
    values = (dn / _QUANTIFICATION).astype(np.float32)
    return Port(folder.name, values, np.asarray(dn.any(axis=0)), objects)


def click_objects(port: Port) -> Iterator[Clicked]:
    """Click each object at its centre, one pixel beside it, and at every tolerance."""
    for number in range(1, port.objects.max() + 1):
        drawn = port.objects == number
        x, y = centre(drawn)
        top, left = y - y % CHIP_PX, x - x % CHIP_PX
        chip = np.s_[top : top + CHIP_PX, left : left + CHIP_PX]
        truth, click = drawn[chip], (x % CHIP_PX, y % CHIP_PX)
        values, valid = port.values[:, *chip], port.valid[chip]
        growth = start_growth(values, valid, click)
        selected = growth.region()
        ious = [iou(growth.region(tolerance), truth) for tolerance in _TOLERANCES]
        beside = [
            iou(grow(values, valid, near), truth)
            for near in ((click[0] + dx, click[1] + dy) for dx, dy in _BESIDE)
            if 0 <= near[0] < truth.shape[1] and 0 <= near[1] < truth.shape[0]
        ]
        yield Clicked(
            port=port.name,
            x=x,
            y=y,
            px=int(truth.sum()),
            selected_px=int(selected.sum()),
            default=iou(selected, truth),
            whole_port=iou(grow(port.values, port.valid, (x, y)), drawn),
            beside=float(np.median(beside)),
            disc=iou(disc(truth.shape, click), truth),
            best=max(ious),
            tolerance=float(_TOLERANCES[int(np.argmax(ious))]),
            note=growth.note(),
        )


def centre(drawn: NDArray[np.bool_]) -> tuple[int, int]:
    """Return the object's pixel (x, y) that is nearest its centroid."""
    rows, columns = np.nonzero(drawn)
    nearest = np.argmin((rows - rows.mean()) ** 2 + (columns - columns.mean()) ** 2)
    return int(columns[nearest]), int(rows[nearest])


def disc(shape: tuple[int, ...], click: tuple[int, int], radius: float = 3.4) -> NDArray[np.bool_]:
    """Return a disc about a click: it sees nothing; the best radius for the ports tuned on."""
    rows, columns = np.ogrid[: shape[0], : shape[1]]
    return np.asarray(np.hypot(rows - click[1], columns - click[0]) <= radius)


def iou(one: NDArray[np.bool_], other: NDArray[np.bool_]) -> float:
    """Return the share of common pixels among all."""
    return float((one & other).sum() / max(1, (one | other).sum()))


def print_objects(rows: Sequence[Clicked]) -> None:
    """Print a line per object."""
    print("port         x    y   px  got  default  whole  beside  disc  best at    note")
    for row in rows:
        port, x, y, px, got, *ious, note = astuple(row)
        figures = "  ".join(f"{value:5.2f}" for value in ious)
        print(f"{port:10} {x:4} {y:4} {px:4} {got:4}    {figures}  {note}")


def print_summary(rows: Sequence[Clicked]) -> None:
    """Print quartiles of all columns, then the default's by size of the object."""
    for column in ("default", "whole_port", "beside", "disc", "best"):
        print(f"{column:11} {quartiles([getattr(row, column) for row in rows])}")
    for low, high in pairwise(SIZES):
        some = [row.default for row in rows if low <= row.px < high]
        print(f"{low:4} to {high - 1:3} px: {quartiles(some) if some else 'none'}")


def quartiles(ious: Sequence[float]) -> str:
    """Return median and quartiles of IoUs as text."""
    low, middle, high = np.quantile(ious, (0.25, 0.5, 0.75))
    return f"median {middle:.2f}, quartiles {low:.2f} and {high:.2f}, n = {len(ious)}"


def print_sea(port: Port) -> None:
    """Print what clicks on open water and inland select; by NDWI, away from the drawn vessels."""
    green, near_infrared = port.values[1], port.values[3]
    ndwi = (green - near_infrared) / (green + near_infrared + 1e-6)
    far = ~ndimage.binary_dilation(port.objects > 0, _NEIGHBOURS, 5)
    for name, ground, margin in (("water", ndwi > 0.1, 3), ("land", ndwi < 0, 8)):
        rows, columns = np.nonzero(ndimage.binary_erosion(ground, _NEIGHBOURS, margin) & far)
        if not rows.size:
            continue
        some = np.random.default_rng(0).choice(rows.size, SEA_CLICKS)
        clicks = [(int(x), int(y)) for y, x in zip(rows[some], columns[some], strict=True)]
        sizes = [grow(port.values, port.valid, click).sum() for click in clicks]
        empty, (most, nearly_all) = np.mean(np.equal(sizes, 0)), np.quantile(sizes, (0.75, 0.95))
        print(f"{port.name}, clicks on {name}: {empty:.0%} of {len(sizes)} select nothing,")
        print(f"  75 % select {most:.0f} px or fewer, 95 % {nearly_all:.0f}")


def print_speed(port: Port) -> None:
    """Print how long a click and a change of tolerance take on 256 px of the port."""
    values, valid = port.values[:, :256, :256], port.valid[:256, :256]
    clicks = [(x, y) for y in range(8, valid.shape[0], 24) for x in range(8, valid.shape[1], 24)]
    starts = [seconds_of(partial(start_growth, values, valid, click)) for click in clicks]
    growth = start_growth(values, valid, clicks[0])
    regions = [seconds_of(partial(growth.region, tolerance)) for tolerance in _TOLERANCES]
    print(port.name, milliseconds(starts, "click") | milliseconds(regions, "region"))


if __name__ == "__main__":
    main()
