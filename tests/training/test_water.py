"""Where water is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from s2label_training.channels import read_reflectance
from s2label_training.water import can_tell_water, is_near_water, kept_to_water

from s2label.classes import VESSELS
from s2label.importers.options import ImportOptions
from s2label.importers.run import import_sources
from s2label.labelled.chips import find_labelled
from s2label.labelled.pixels import IMPORTED, read_labels
from s2label.progress import finish
from s2label.project import create_project, open_project
from s2label.tiling import Edge

if TYPE_CHECKING:
    from pathlib import Path

BANDS = ("B02", "B11")


def coast(width: int = 40) -> np.ndarray:
    """Return land with a bay of some columns at its left."""
    values = np.full((2, 64, 64), 0.25, np.float32)
    values[:, :, :width] = 0.03
    return values


def test_water_and_what_is_beside_it_is_near_water() -> None:
    near = is_near_water(coast(), BANDS, 5)
    assert near[:, :45].all()
    assert not near[:, 45:].any()


def test_a_vessel_in_the_water_is_near_it() -> None:
    values = coast()
    values[:, 20:28, 10:30] = 0.4
    assert is_near_water(values, BANDS, 5)[20:28, 10:30].all()


def test_shadows_and_pools_are_no_water() -> None:
    values = coast(0)
    values[:, 10:20, 10:20] = 0.02
    assert not is_near_water(values, BANDS, 5).any()


def test_no_data_is_no_water() -> None:
    assert not is_near_water(np.full((2, 64, 64), np.nan, np.float32), BANDS, 5).any()


def test_near_infrared_does_not_tell() -> None:
    assert not can_tell_water(("B02", "B08", "B8A"))
    assert can_tell_water(("B12", "B02"))


def test_away_from_water_background_is_certain() -> None:
    is_near = np.array([[True, False]])
    found = kept_to_water(np.full((2, 1, 2), 0.5, np.float32), is_near, (0, 1))
    np.testing.assert_array_equal(found[:, 0], [[0.5, 1], [0.5, 0]])
    of_land_cover = np.full((2, 1, 2), 0.5, np.float32)
    np.testing.assert_array_equal(kept_to_water(of_land_cover, is_near, (1, 2)), of_land_cover)


@pytest.mark.parametrize(
    ("port", "left"),
    [
        ("algiers", 0.85),
        ("cartagena", 0.63),
        ("casablanca", 0.7),
        ("hedland", 0.8),
        ("honolulu", 0.65),
    ],
)
def test_vessels_of_real_ports_are_near_water_and_much_of_their_land_is_not(
    real_data: Path, tmp_path: Path, port: str, left: float
) -> None:
    create_project(tmp_path / "project", VESSELS)
    with open_project(tmp_path / "project", write=True) as project:
        folder = real_data / "ports" / port
        options = ImportOptions(masks=folder, chip=1408, edge=Edge.PAD, quantification=65535)
        finish(import_sources(project, [folder], options))
        (chip,) = find_labelled(project)
        bands = [band.name for band in chip.image.bands]
        values = read_reflectance(chip.image, chip.place.grid, bands)
        is_vessel = read_labels(project, chip, IMPORTED).classes == 1
    near = is_near_water(values, bands, 5)
    assert near[is_vessel].mean() > 0.94
    assert near[np.isfinite(values[0])].mean() < left
