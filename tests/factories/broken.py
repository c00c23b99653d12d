"""The corpus of broken inputs, and the same builders undamaged.

Each builder writes one source in the folder that it is given and returns the case. Keys are what
is wrong; they serve as test ids.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.factories.broken_masks import MASK_CASES
from tests.factories.broken_projects import PROJECT_CASES
from tests.factories.broken_rasters import RASTER_CASES
from tests.factories.case import Case
from tests.factories.ports import (
    band_folder,
    chip_folder,
    chip_masks,
    coco_file,
    mask_geotiff,
    mask_png,
    voc_masks,
)

if TYPE_CHECKING:
    from pathlib import Path

    from tests.factories.case import CaseBuilder

CASES: dict[str, CaseBuilder] = {**RASTER_CASES, **MASK_CASES, **PROJECT_CASES}
assert len(CASES) == len(RASTER_CASES) + len(MASK_CASES) + len(PROJECT_CASES)


def _bands_of_65535(folder: Path) -> Case:
    arguments = ("--chip", "64", "--quantification", "65535")
    return Case(band_folder(folder / "port", quantification=65535), arguments=arguments)


def _undescribed_chips(folder: Path) -> Case:
    arguments = ("--quantification", "10000", "--bands", "B02,B03,B04,B08")
    return Case(chip_folder(folder / "chips", described=False), arguments=arguments)


def _described_chips_with_masks(folder: Path) -> Case:
    source, masks = chip_folder(folder / "chips"), chip_masks(folder / "masks")
    return Case(source, masks, ("--quantification", "10000"))


GOOD: dict[str, CaseBuilder] = {
    "bands": lambda folder: Case(band_folder(folder / "port")),
    "bands of x65535": _bands_of_65535,
    "bands and GeoTIFF mask": lambda folder: Case(
        band_folder(folder / "port"), mask_geotiff(folder / "port_mask.tif")
    ),
    "bands and PNG mask": lambda folder: Case(
        band_folder(folder / "port"), mask_png(folder / "port_mask.png")
    ),
    "bands and PNG mask with labelmap": lambda folder: Case(
        band_folder(folder / "port"), voc_masks(folder / "masks")
    ),
    "bands and COCO masks": lambda folder: Case(
        band_folder(folder / "port"), coco_file(folder / "port_coco.json")
    ),
    "chips": lambda folder: Case(
        chip_folder(folder / "chips"), arguments=("--quantification", "10000")
    ),
    "chips without band names, named on the command line": _undescribed_chips,
    "chips and a folder of masks": _described_chips_with_masks,
}
