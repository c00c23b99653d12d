"""Labels of the coast scene with planted errors, and the truth to measure them against."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from s2label.samples.files import Grid, encode_runs, write_json, write_raster, write_table
from s2label.samples.vessels import Vessel, mark_vessel

UNLABELLED, SHIFTED, LOOKALIKE = "unlabelled", "shifted", "lookalike"
_UNLABELLED_COUNT, _SHIFTED_COUNT, _LOOKALIKE_COUNT = 8, 6, 3
_SHIFTABLE_PX = 9.0
_LEAST_COVER = 0.42

Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class PlantedError:
    """A label error made on purpose: its kind and the pixel (10 m) of the object."""

    kind: str
    x: int
    y: int


@dataclass(frozen=True)
class CoastLabels:
    """Label files of the coast scene.

    Attributes
    ----------
    coco
        COCO file with the imperfect vessel masks, run lengths in column-major order.
    truth
        uint8 GeoTIFF, 1 where a vessel really is.
    planted_table
        CSV with the planted errors: kind, x, y.
    planted
        The same errors.
    annotation_count
        Masks in the COCO file.
    """

    coco: Path
    truth: Path
    planted_table: Path
    planted: tuple[PlantedError, ...]
    annotation_count: int

    def count_planted(self) -> dict[str, int]:
        """Count the planted errors of each kind.

        Returns
        -------
        dict of str to int
            Counts by kind.
        """
        return dict(Counter(error.kind for error in self.planted))


def write_labels(
    rng: np.random.Generator, folder: Path, fleet: tuple[Vessel, ...],
    lookalikes_xy: tuple[tuple[float, float], ...], shape: tuple[int, int], grid: Grid,
    image_name: str,
) -> CoastLabels:  # fmt: skip
    """Write labels with errors, the truth, and the list of errors.

    Parameters
    ----------
    rng
        Chooses the errors.
    folder
        Folder of the scene; `labels` and `truth` are made in it.
    fleet
        The vessels really there.
    lookalikes_xy
        Rocks and platforms on which wrong masks may lie, in pixels.
    shape, grid
        Size and position of the scene.
    image_name
        File name that the COCO file gives to its image.

    Returns
    -------
    CoastLabels
        The files and the errors.
    """
    masks = [mark_vessel(vessel, shape, _LEAST_COVER) for vessel in fleet]
    drawn, planted = _plant_errors(rng, fleet, masks, lookalikes_xy)
    for name in ("labels", "truth"):
        (folder / name).mkdir(exist_ok=True)
    coco, truth = folder / "labels" / "coast_coco.json", folder / "truth" / "vessels.tif"
    table = folder / "truth" / "planted.csv"
    write_json(coco, describe_masks(drawn, shape, image_name))
    write_raster(truth, np.any(masks, axis=0).astype(np.uint8), grid)
    write_table(table, ("kind", "x", "y"), [(p.kind, p.x, p.y) for p in planted])
    return CoastLabels(coco, truth, table, planted, len(drawn))


def describe_masks(masks: list[Mask], shape: tuple[int, int], image_name: str) -> dict[str, Any]:
    """Describe vessel masks as CVAT exports them to COCO.

    Parameters
    ----------
    masks
        (y, x) each, bool.
    shape
        (height, width) of the image.
    image_name
        File name of the image.

    Returns
    -------
    dict
        Content of the COCO file.
    """
    image = {"id": 1, "width": shape[1], "height": shape[0], "file_name": image_name,
             "license": 0, "flickr_url": "", "coco_url": "", "date_captured": 0}  # fmt: skip
    return {
        "licenses": [{"name": "", "id": 0, "url": ""}],
        "info": {"contributor": "", "date_created": "", "description": "", "url": "",
                 "version": "", "year": ""},
        "categories": [{"id": 1, "name": "vessel", "supercategory": ""}],
        "images": [image],
        "annotations": [_describe_mask(number, mask) for number, mask in enumerate(masks, 1)],
    }  # fmt: skip


def _describe_mask(number: int, mask: Mask) -> dict[str, Any]:
    rows, columns = np.nonzero(mask)
    left, top = int(columns.min()), int(rows.min())
    width, height = int(columns.max()) - left + 1, int(rows.max()) - top + 1
    return {
        "id": number, "image_id": 1, "category_id": 1,
        "segmentation": {"counts": encode_runs(mask), "size": list(mask.shape)},
        "area": float(mask.sum()), "bbox": [float(left), float(top), float(width), float(height)],
        "iscrowd": 1, "attributes": {"occluded": False},
    }  # fmt: skip


def _plant_errors(
    rng: np.random.Generator, fleet: tuple[Vessel, ...], masks: list[Mask],
    lookalikes_xy: tuple[tuple[float, float], ...],
) -> tuple[list[Mask], tuple[PlantedError, ...]]:  # fmt: skip
    order = rng.permutation(len(fleet)).tolist()
    shifted = [n for n in order if fleet[n].length_px >= _SHIFTABLE_PX][:_SHIFTED_COUNT]
    unlabelled = [n for n in order if n not in shifted][:_UNLABELLED_COUNT]
    drawn = [
        _shift_mask(rng, mask) if number in shifted else mask
        for number, mask in enumerate(masks) if number not in unlabelled
    ]  # fmt: skip
    picks = rng.permutation(len(lookalikes_xy))[:_LOOKALIKE_COUNT]
    false = [lookalikes_xy[number] for number in picks]
    drawn += [_draw_blob(rng, spot, (masks[0].shape[0], masks[0].shape[1])) for spot in false]
    spots = [(UNLABELLED, fleet[n].x, fleet[n].y) for n in sorted(unlabelled)]
    spots += [(SHIFTED, fleet[n].x, fleet[n].y) for n in sorted(shifted)]
    spots += [(LOOKALIKE, x, y) for x, y in false]
    return drawn, tuple(PlantedError(kind, int(x), int(y)) for kind, x, y in spots)


def _shift_mask(rng: np.random.Generator, mask: Mask) -> Mask:
    distance_px, angle = rng.uniform(3.4, 5.6), rng.uniform(0, 2 * np.pi)
    step = (round(distance_px * np.sin(angle)), round(distance_px * np.cos(angle)))
    return np.asarray(ndimage.shift(mask, step, order=0), dtype=bool)


def _draw_blob(
    rng: np.random.Generator, spot_xy: tuple[float, float], shape: tuple[int, int]
) -> Mask:
    y, x = np.mgrid[: shape[0], : shape[1]] + 0.5
    distance = np.hypot(x - spot_xy[0], y - spot_xy[1])
    return np.asarray(distance < rng.uniform(1.7, 2.9), dtype=bool)
