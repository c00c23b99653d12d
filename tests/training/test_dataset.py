"""Tiles are pixels, targets and weights that belong together, from memory or from disk."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from s2label_training.ahead import read_ahead
from s2label_training.dataset import ChipPixels, TileReader, memory_gib
from s2label_training.labels import Labels, network_values, read_chip_labels
from s2label_training.normalisation import Normalisation
from s2label_training.sampling import Tile
from s2label_training.sections import LabelSettings

from s2label.classes import LANDCOVERNET, VESSELS
from s2label.errors import InputError
from s2label.labelled.chips import find_labelled
from s2label.project import open_project
from s2label.types import Verdict
from tests.factories.projects import NODATA_ROWS, Ground, classes_of, decide, make_project, pixels

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from s2label.labelled.chips import LabelledChip
    from s2label.project import Project

SIDE = 32
BANDS = ("B02", "B08")
PORT = Ground("port", dates=("2020-01-05",), mask_values=(1, 2, 254, 255))
MEASURED = Normalisation((0.1, 0.2), (0.5, 0.25), ((0, 1), (0, 1)))
VALUES = LANDCOVERNET.values


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    """Return a project with one labelled place."""
    with open_project(make_project(tmp_path, [PORT]), write=True) as opened:
        yield opened


def labels_of(project: Project, trust: str = "checked", **weights: float) -> Labels:
    settings = LabelSettings.model_validate({"trust": trust, **weights})
    return read_chip_labels(project, find_labelled(project)[0], VALUES, settings)


def test_only_labelled_pixels_weigh(project: Project) -> None:
    labels = labels_of(project, unchecked_imported=0.5)
    stored = classes_of(PORT)
    is_labelled = stored < 254
    np.testing.assert_array_equal(labels.weight, np.where(is_labelled, 0.5, 0))
    np.testing.assert_array_equal(np.array(VALUES)[labels.target][is_labelled], stored[is_labelled])
    np.testing.assert_array_equal(labels.truth, stored)
    assert labels.target.dtype == np.uint8
    assert labels.weight.dtype == np.float32


def test_only_checked_pixels_validate(project: Project) -> None:
    assert not labels_of(project).counts.any()
    is_labelled = classes_of(PORT) < 254
    np.testing.assert_array_equal(labels_of(project, "imported").counts, is_labelled)
    decide(project, Verdict.ACCEPT)
    np.testing.assert_array_equal(labels_of(project).counts, is_labelled)


def test_a_class_that_the_network_lacks_is_refused(project: Project) -> None:
    chip = find_labelled(project)[0]
    with pytest.raises(InputError, match=r"1\.tif: class value 1; expected"):
        read_chip_labels(project, chip, (2, 3), LabelSettings())


def test_land_cover_has_a_background_only_where_somebody_labelled_it(project: Project) -> None:
    chip = find_labelled(project)[0]
    assert network_values(LANDCOVERNET, [chip]) == LANDCOVERNET.values
    painted = replace(chip, class_counts={0: 5, 1: 7})
    assert network_values(LANDCOVERNET, [chip, painted]) == (0, *LANDCOVERNET.values)
    assert network_values(VESSELS, [chip]) == (0, *VESSELS.values)


def pixels_of(chips: list[LabelledChip], *, in_memory: bool) -> ChipPixels:
    source = ChipPixels(chips, BANDS, (), MEASURED)
    for number in range(len(chips) if in_memory else 0):
        source.keep(number)
    return source


@pytest.mark.parametrize("in_memory", [True, False], ids=["memory", "disk"])
def test_pieces_of_a_chip_are_normalised_and_zero_without_data(
    project: Project, *, in_memory: bool
) -> None:
    source = pixels_of(find_labelled(project), in_memory=in_memory)
    values, has_data = source.piece(0, slice(0, 8), slice(4, 20))
    dn = pixels(PORT, 0)[[0, 3], :8, 4:20] / 10_000
    expected = (dn - np.array([0.1, 0.2])[:, None, None]) / np.array([0.5, 0.25])[:, None, None]
    expected[:, :NODATA_ROWS] = 0
    np.testing.assert_allclose(values, expected, atol=1e-5)
    assert has_data.shape == (8, 16)
    np.testing.assert_array_equal(has_data.all(axis=1), np.arange(8) >= NODATA_ROWS)


@pytest.mark.parametrize("in_memory", [True, False], ids=["memory", "disk"])
def test_a_batch_holds_what_lies_at_its_tiles(project: Project, *, in_memory: bool) -> None:
    source, labels = pixels_of(find_labelled(project), in_memory=in_memory), labels_of(project)
    batch = TileReader(source, [labels], 16).batch([Tile(0, 0, 0, 5), Tile(0, 16, 9, 7)])
    whole, has_data = source.whole(0)
    assert batch.images.shape == (2, len(BANDS), 16, 16)
    np.testing.assert_array_equal(batch.images[1], whole[:, 16:32, 9:25])
    np.testing.assert_array_equal(batch.targets[1], labels.target[16:32, 9:25])
    np.testing.assert_array_equal(batch.weights[0], (labels.weight * has_data)[:16, :16])
    assert not batch.weights[0, :NODATA_ROWS].any()
    assert batch.targets.dtype == np.int64
    assert batch.weights.dtype == np.float32
    np.testing.assert_array_equal(batch.slots, [5, 7])


def test_chips_smaller_than_a_tile_are_mirrored_and_what_is_mirrored_does_not_count(
    project: Project,
) -> None:
    source, labels = pixels_of(find_labelled(project), in_memory=True), labels_of(project)
    batch = TileReader(source, [labels], 64).batch([Tile(0, 0, 0, 0)])
    np.testing.assert_array_equal(
        batch.images[0, :, :SIDE, SIDE], source.whole(0)[0][:, :, SIDE - 2]
    )
    assert batch.weights[0, :SIDE, :SIDE].any()
    assert not batch.weights[0, SIDE:].any()
    assert not batch.weights[0, :, SIDE:].any()


def test_memory_is_four_bytes_a_channel_and_eight_for_labels(project: Project) -> None:
    chips = find_labelled(project) * 3
    assert memory_gib(chips, 13) == 3 * SIDE * SIDE * 60 / 2**30


def test_reading_ahead_keeps_the_order() -> None:
    assert list(read_ahead(lambda n: n * n, range(50), threads=4, ahead=5)) == [
        n * n for n in range(50)
    ]


def test_an_error_while_reading_ahead_comes_out_in_its_turn() -> None:
    def read(number: int) -> int:
        return 1 // (3 - number)

    reading = read_ahead(read, range(10), threads=2, ahead=4)
    assert [next(reading) for _ in range(3)] == [0, 0, 1]
    with pytest.raises(ZeroDivisionError):
        next(reading)


def test_reading_ahead_that_is_given_up_reads_no_more() -> None:
    started: list[int] = []
    reading = read_ahead(lambda n: started.append(n), range(1000), threads=2, ahead=3)
    next(reading)
    reading.close()  # type: ignore[attr-defined]
    assert len(started) < 10
