"""A network sees bands and indices in the order that its model names, as numbers of like size."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from s2label_training.channels import (
    bands_of,
    choose_bands,
    normalise,
    read_channels,
    with_indices,
)
from s2label_training.normalisation import ChannelSampler, fit_normalisation
from s2label_training.sections import InputSettings

from s2label.errors import InputError
from s2label.labelled.chips import find_labelled
from s2label.project import open_project
from tests.factories.projects import NODATA_ROWS, Ground, make_project, pixels

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray
    from s2label_training.normalisation import Normalisation

    from s2label.labelled.chips import LabelledChip

NDVI = "(B08 - B04) / (B08 + B04)"
PORT = Ground("port", dates=("2020-01-05",))


@pytest.fixture
def chips(tmp_path: Path) -> list[LabelledChip]:
    """Return the chips of two places, one of which has a band more, in another order."""
    bands = ("B11", "B08", "B04", "B03", "B02")
    grounds = [PORT, Ground("bay", 400_000, dates=("2020-01-05",), bands=bands)]
    with open_project(make_project(tmp_path, grounds)) as project:
        return sorted(find_labelled(project), key=lambda chip: chip.place.name, reverse=True)


def test_all_bands_are_those_of_every_chip_in_the_order_of_the_instrument(
    chips: list[LabelledChip],
) -> None:
    assert choose_bands("all", chips) == ("B02", "B03", "B04", "B08")
    assert choose_bands("all", chips[1:]) == ("B02", "B03", "B04", "B08", "B11")


def test_named_bands_keep_their_order(chips: list[LabelledChip]) -> None:
    assert choose_bands(("B08", "B02"), chips) == ("B08", "B02")


def test_a_chip_without_a_named_band_is_named(chips: list[LabelledChip]) -> None:
    with pytest.raises(InputError, match=rf"{chips[0].image.id}: .*without B11.*expected"):
        choose_bands(("B02", "B11"), chips)


def test_a_band_without_a_scale_is_refused(chips: list[LabelledChip]) -> None:
    bands = tuple(replace(band, quantification=0) for band in chips[0].image.bands)
    with pytest.raises(InputError, match="--quantification"):
        bands_of(replace(chips[0].image, bands=bands), ("B02",))


def test_channels_are_reflectance_then_indices_with_nan_at_nodata(
    chips: list[LabelledChip],
) -> None:
    chip = chips[0]
    channels = read_channels(chip.image, chip.place.grid, ("B08", "B04"), (NDVI,))
    expected = pixels(PORT, 0)[[3, 2], NODATA_ROWS:] / np.float32(10_000)
    assert channels.dtype == np.float32
    assert np.isnan(channels[:, :NODATA_ROWS]).all()
    np.testing.assert_allclose(channels[:2, NODATA_ROWS:], expected, rtol=1e-6)
    ndvi = (expected[0] - expected[1]) / (expected[0] + expected[1])
    np.testing.assert_allclose(channels[2, NODATA_ROWS:], ndvi, rtol=1e-5)


def test_a_window_of_a_chip_reads_as_a_part_of_the_whole(chips: list[LabelledChip]) -> None:
    image, grid = chips[0].image, chips[0].place.grid
    whole = read_channels(image, grid, ("B02", "B03"))
    part = read_channels(image, grid.window(5, 9, 11, 7), ("B02", "B03"))
    np.testing.assert_array_equal(part, whole[:, 9:16, 5:16])


def test_an_index_without_a_value_is_nan_and_then_zero() -> None:
    values = np.array([[[0.2]], [[-0.2]]], np.float32)
    channels = with_indices(values, ("B08", "B04"), (NDVI,))
    assert np.isnan(channels[2]).all()
    assert normalise(channels, (0, 0, 0.5), (1, 1, 1))[2] == 0


def sample_of(channels: NDArray[np.float32]) -> ChannelSampler:
    sampler = ChannelSampler(seed=0)
    sampler.add(channels)
    return sampler


def fitted(channels: NDArray[np.float32], **settings: object) -> Normalisation:
    bands = ("B02", "B03", "B04", "B08")[: len(channels)]
    return fit_normalisation(InputSettings(**settings), bands, sample_of(channels).sample)


@pytest.fixture
def scene() -> NDArray[np.float32]:
    """Return a scene (4, 80, 80) with nodata in a corner."""
    values = np.random.default_rng(0).gamma(2, 0.05, (4, 80, 80)).astype(np.float32)
    values[:, :5, :5] = np.nan
    return values


def test_mean_std_gives_mean_0_and_deviation_1(scene: NDArray[np.float32]) -> None:
    measured = fitted(scene)
    values = normalise(scene, measured.offset, measured.scale)
    inside = values[:, 10:]
    np.testing.assert_allclose(inside.mean(axis=(1, 2)), 0, atol=0.03)
    np.testing.assert_allclose(inside.std(axis=(1, 2)), 1, atol=0.03)
    assert (values[:, :5, :5] == 0).all()


def test_maxima_give_a_largest_value_of_1(scene: NDArray[np.float32]) -> None:
    measured = fitted(scene, normalisation="maxima")
    values = normalise(scene, measured.offset, measured.scale)
    np.testing.assert_allclose(values.max(axis=(1, 2)), 1, rtol=1e-6)


def test_imagenet_stretches_percentiles_and_then_centres_red_green_and_blue(
    scene: NDArray[np.float32],
) -> None:
    measured = fitted(scene, normalisation="imagenet")
    values = normalise(scene, measured.offset, measured.scale)
    low, high = np.nanpercentile(scene[2], [2, 98])
    expected = ((scene[2] - low) / (high - low) - 0.485) / 0.229
    np.testing.assert_allclose(values[2, 10:], expected[10:], atol=1e-5)
    assert abs(values[3, 10:].mean()) < 0.03  # B08, of which ImageNet knows nothing


def test_typical_values_are_the_1st_and_99th_percentile(scene: NDArray[np.float32]) -> None:
    expected = np.nanpercentile(scene[0], [1, 99])
    np.testing.assert_allclose(fitted(scene).typical[0], expected, rtol=1e-6)


def test_a_constant_channel_is_not_divided_by_nothing() -> None:
    measured = fitted(np.full((1, 20, 20), 0.3, np.float32))
    assert measured.scale == (1.0,)


def test_chips_without_data_are_told() -> None:
    with pytest.raises(InputError, match="no pixel with data"):
        _ = sample_of(np.full((1, 4, 4), np.nan, np.float32)).sample


def test_a_sidecar_that_lacks_a_band_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from types import SimpleNamespace

    read = SimpleNamespace(bands=("B02", "B04"), maxima_reflectance=(0.5, 0.25))
    monkeypatch.setattr("s2label_training.sidecar.read_sidecar", lambda path: read)
    settings = InputSettings(normalisation="sidecar", sidecar=str(tmp_path / "model.xml"))
    sample = sample_of(np.ones((2, 4, 4), np.float32)).sample
    assert fit_normalisation(settings, ("B04", "B02"), sample).scale == (0.25, 0.5)
    with pytest.raises(InputError, match=r"model\.xml: .*without B03.*input\.bands"):
        fit_normalisation(settings, ("B02", "B03"), sample)
