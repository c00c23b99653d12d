"""Exploring real ports: counts and quantiles equal numpy's over the rasters themselves."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import rasterio

from s2label.explore.options import ExploreOptions
from s2label.explore.run import explore
from s2label.progress import finish
from s2label.project import open_project
from tests.factories.commands import do

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from s2label.explore.exploration import Exploration

# The smallest two: a third of one lies over water so dark that B08 is 0.
PORTS = ("honolulu", "casablanca")
BANDS = ("B02", "B03", "B04", "B08", "B11")
CHIP_PX = 64


@pytest.fixture(scope="module")
def project(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("ports") / "project"
    do("init", folder, "--classes", "vessels")
    for port in PORTS:
        source = real_data / "ports" / port
        options = ("--masks", source, "--chip", CHIP_PX, "--quantification", 65535)
        do("import", folder, source, *options)
    return folder


@pytest.fixture(scope="module")
def direct(real_data: Path) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
    """Return reflectance (band, pixel) and class of all whole tiles, without any code of ours."""
    values, classes = [], []
    for port in PORTS:
        folder = real_data / "ports" / port
        mask = vessels_in(folder)
        height, width = (side // CHIP_PX * CHIP_PX for side in mask.shape)
        dn = np.stack([read(next(folder.glob(f"*_{band}_*"))) for band in BANDS])
        has_data = (dn != 0).any(axis=0)[:height, :width]
        values.append(dn[:, :height, :width][:, has_data].astype(np.float32) / np.float32(65535))
        classes.append(mask[:height, :width][has_data])
    return np.concatenate(values, axis=1), np.concatenate(classes)


def read(path: Path) -> NDArray[np.uint16]:
    with rasterio.open(path) as dataset:
        pixels: NDArray[np.uint16] = dataset.read(1)
        return pixels


def vessels_in(folder: Path) -> NDArray[np.uint8]:
    """Decode uncompressed run lengths the slow way."""
    document: dict[str, Any] = json.loads(next(folder.glob("*_coco.json")).read_text())
    height, width = document["annotations"][0]["segmentation"]["size"]
    mask = np.zeros(height * width, np.uint8)
    for annotation in document["annotations"]:
        lengths = annotation["segmentation"]["counts"]
        ends = np.cumsum(lengths)
        for end, length in list(zip(ends, lengths, strict=True))[1::2]:
            mask[end - length : end] = 1
    return mask.reshape(width, height).T


def explored(project: Path, **wanted: Any) -> Exploration:
    with open_project(project) as opened:
        return finish(explore(opened, ExploreOptions(**wanted)))


def test_counts_and_quantiles_equal_those_of_the_rasters(
    project: Path, direct: tuple[NDArray[np.float32], NDArray[np.uint8]]
) -> None:
    values, classes = direct
    found = explored(project, samples=200_000)
    assert [count.is_exact for count in found.counts] == [True, True]
    assert [count.pixels for count in found.counts] == [
        int((classes == value).sum()) for value in (0, 1)
    ]
    assert found.sample.size == min(classes.size, 200_000)
    shares = (0.0, 0.05, 0.25, 0.5, 0.75, 0.95, 1.0)
    for number, band in enumerate(BANDS):
        of_vessels = values[number, classes == 1].astype(np.float64)
        drawn = found.distributions[band][1]
        assert drawn.size == of_vessels.size  # the rare class is drawn whole
        assert drawn.quantiles(shares) == pytest.approx(np.quantile(of_vessels, shares), abs=1e-9)


def test_quantiles_of_a_sample_are_near_those_of_all_pixels(
    project: Path, direct: tuple[NDArray[np.float32], NDArray[np.uint8]]
) -> None:
    values, classes = direct
    found = explored(project, samples=6_000)
    water = np.sort(values[BANDS.index("B08"), classes == 0])
    drawn = found.distributions["B08"][0]
    assert drawn.size > 3_000
    for share, quantile in zip((0.25, 0.5, 0.75), drawn.quantiles((0.25, 0.5, 0.75)), strict=True):
        # The share of 3,000 pixels below a value is off by 0.01 or less in two cases of three.
        below = np.searchsorted(water, quantile, "left") / water.size
        above = np.searchsorted(water, quantile, "right") / water.size
        assert below - 0.03 < share < above + 0.03
