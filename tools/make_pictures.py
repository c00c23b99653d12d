"""Draws the picture of the README from an export of the demo: ``make pictures``."""

from __future__ import annotations

import csv
import sys
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image
from skimage.segmentation import find_boundaries

from s2label.demo import make_demo
from s2label.exports.options import ExportOptions, Format
from s2label.exports.run import export_project
from s2label.progress import finish
from s2label.project import open_project

CHIP_PX = 64
PLACES, DATES = 2, 5
GAP_PX = 6
OUTLINE = (255, 59, 48)


def main() -> None:
    """Write ``docs/pictures/demo.png``."""
    with tempfile.TemporaryDirectory() as scratch:
        demo = finish(make_demo(Path(scratch) / "demo"))
        out = Path(scratch) / "out"
        for name, project in (("vessels", demo.vessels), ("landcover", demo.landcover)):
            with open_project(project) as opened:
                options = ExportOptions(Format.PNG, include_open=True)
                finish(export_project(opened, out / name, options))
        port = draw_port(out / "vessels")
        rows = draw_places(out / "landcover", port.shape[1])
        target = Path(__file__).parents[1] / "docs" / "pictures" / "demo.png"
        picture = Image.fromarray(np.concatenate([port, rows]))
        picture.quantize(256, dither=Image.Dither.NONE).save(target, optimize=True)
    print(f"wrote {target}", file=sys.stderr)


def read_pairs(folder: Path) -> list[dict[str, str]]:
    """Return the rows of ``splits.csv``."""
    with (folder / "splits.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def draw_port(folder: Path) -> np.ndarray:
    """Put the chips of the port together, (y, x, 3) uint8, labels outlined."""
    pairs = read_pairs(folder)
    spots = [tuple(int(p[1:]) for p in row["place"].split("-")[0].split("_")[-2:]) for row in pairs]
    height, width = (max(s[axis] for s in spots) + 1 for axis in (0, 1))
    port = np.zeros((height * CHIP_PX, width * CHIP_PX, 3), np.uint8)
    mask = np.zeros(port.shape[:2], np.uint8)
    for row, (r, c) in zip(pairs, spots, strict=True):
        window = np.s_[r * CHIP_PX : (r + 1) * CHIP_PX, c * CHIP_PX : (c + 1) * CHIP_PX]
        port[window] = np.asarray(Image.open(folder / row["image_file"]))
        mask[window] = np.asarray(Image.open(folder / row["mask_file"]))
    port[find_boundaries(mask, mode="outer")] = OUTLINE
    return port[: 7 * CHIP_PX]


def draw_places(folder: Path, width_px: int) -> np.ndarray:
    """Draw a row per place: its mask, then its dates, (y, x, 3) uint8."""
    pairs = read_pairs(folder)
    names = sorted({row["place"] for row in pairs})
    rows = [
        draw_row(folder, [p for p in pairs if p["place"] == name], width_px)
        for name in names[:: len(names) // PLACES][:PLACES]
    ]
    return np.concatenate(rows)


def draw_row(folder: Path, pairs: list[dict[str, str]], width_px: int) -> np.ndarray:
    """Draw the mask and the first dates of a place side by side."""
    side = (width_px - DATES * GAP_PX) // (DATES + 1)
    files = [pairs[0]["mask_file"]] + [pair["image_file"] for pair in pairs[:DATES]]
    row = np.full((side + GAP_PX, width_px, 3), 255, np.uint8)
    for index, name in enumerate(files):
        picture = Image.open(folder / name).convert("RGB").resize((side, side))
        x = index * (side + GAP_PX)
        row[GAP_PX:, x : x + side] = np.asarray(picture)
    return row


if __name__ == "__main__":
    main()
