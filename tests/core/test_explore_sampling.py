"""What is counted and drawn of a project equals numpy over the pixels themselves."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np
import pytest

from s2label.canvases import CanvasKind
from s2label.classes import LANDCOVERNET
from s2label.errors import InputError
from s2label.explore.chips import ExploredChip
from s2label.explore.choosing import choose_chips, share_out
from s2label.explore.counts import count_classes
from s2label.explore.options import ExploreOptions, Trust
from s2label.explore.run import explore
from s2label.progress import finish
from s2label.project import open_project
from s2label.types import Provenance, Verdict
from tests.factories.painting import RealPainting
from tests.factories.projects import (
    BANDS,
    NODATA_ROWS,
    apart,
    classes_of,
    decide,
    make_project,
    pixels,
)

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from s2label.explore.exploration import Exploration

OFFSET_DN = -1000
GROUNDS = apart(3)
EVERYTHING = ExploreOptions(samples=100_000)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three places with two dates each: classes 1, 2 and 5, a stripe that nobody labelled."""
    return make_project(tmp_path_factory.mktemp("explore"), GROUNDS, offset_dn=OFFSET_DN)


def explored(folder: Path, options: ExploreOptions = EVERYTHING) -> Exploration:
    with open_project(folder) as project:
        return finish(explore(project, options))


def direct(value: int, band: str) -> NDArray[np.float32]:
    """Return the reflectance of all pixels of a class that count, without any code of ours."""
    found = []
    for ground in GROUNDS:
        for number in range(len(ground.dates)):
            dn = pixels(ground, number)[BANDS.index(band)].astype(np.float32)
            is_of_class = classes_of(ground) == value
            is_of_class[:NODATA_ROWS] = False
            found.append((dn[is_of_class] + np.float32(OFFSET_DN)) / np.float32(10_000))
    return np.concatenate(found)


def test_counts_are_those_of_the_pixels_with_data_and_labels(folder: Path) -> None:
    counts = {count.label_class.value: count for count in explored(folder).counts}
    assert list(counts) == list(LANDCOVERNET.values)
    for value in LANDCOVERNET.values:
        assert counts[value].pixels == direct(value, "B02").size
        assert counts[value].is_exact
        assert len(counts[value].chips) == (6 if value in (1, 2, 5) else 0)
        assert counts[value].places == (3 if value in (1, 2, 5) else 0)


@pytest.mark.parametrize("band", BANDS)
def test_quantiles_of_all_pixels_equal_those_of_numpy(folder: Path, band: str) -> None:
    found = explored(folder)
    shares = (0.0, 0.01, 0.25, 0.5, 0.99, 1.0)
    for value in (1, 2, 5):
        quantiles = found.distributions[band][value].quantiles(shares)
        expected = np.quantile(direct(value, band).astype(np.float64), shares)
        assert quantiles == pytest.approx(expected, abs=1e-9)


def test_mean_spectra_equal_those_of_numpy(folder: Path) -> None:
    spectrum = explored(folder).spectra[5]
    assert spectrum.wavelengths_nm.tolist() == [490, 560, 665, 842]
    for number, band in enumerate(spectrum.bands):
        values = direct(5, band).astype(np.float64)
        assert spectrum.mean[number] == pytest.approx(values.mean())
        assert spectrum.deviation[number] == pytest.approx(values.std(ddof=1))


def test_pixels_that_are_drawn_are_pixels_of_their_class_and_chip(folder: Path) -> None:
    sample = explored(folder, ExploreOptions(samples=99)).sample
    assert Counter(sample.classes.tolist()) == {1: 33, 2: 33, 5: 33}
    for value in (1, 2, 5):
        drawn = sample.reflectance[sample.classes == value][:, 0]
        assert np.isin(drawn, direct(value, "B02")).all()


def test_the_same_seed_draws_the_same_pixels_and_another_one_others(folder: Path) -> None:
    first, again, other = (
        explored(folder, ExploreOptions(samples=90, seed=seed)).sample for seed in (4, 4, 5)
    )
    assert np.array_equal(first.reflectance, again.reflectance)
    assert not np.array_equal(first.reflectance, other.reflectance)


def test_every_pixel_of_a_class_is_as_likely_to_be_drawn(folder: Path) -> None:
    drawn = Counter[int]()
    for seed in range(10):
        sample = explored(folder, ExploreOptions(samples=60, seed=seed)).sample
        drawn.update(sample.chips.tolist())
    # 600 draws from six chips alike: 100 each, with a standard deviation of 9.
    assert sorted(drawn) == list(range(6))
    assert max(abs(number - 100) for number in drawn.values()) < 5 * 9


def test_a_rare_class_gives_all_it_has_and_the_others_share_the_rest() -> None:
    assert share_out(20_000, {0: 4_000_000, 1: 8_351}) == {1: 8_351, 0: 11_649}
    assert share_out(10, {1: 100, 2: 100, 3: 1}) == {3: 1, 1: 5, 2: 4}
    assert share_out(10, {1: 3, 2: 2}) == {2: 2, 1: 3}
    assert share_out(10, {}) == {}


def test_of_many_chips_no_more_are_read_than_asked_for(folder: Path) -> None:
    found = explored(folder, ExploreOptions(samples=99, most_chips=2))
    assert len(found.sample.counted) == 2
    assert set(found.sample.chips.tolist()) == set(found.sample.counted)
    assert "from 2 of 6 labelled chips" in found.sample_words


def test_chips_of_a_class_are_taken_by_chance_and_for_all_classes_alike() -> None:
    chips = [chip_of(f"image-{number}", {1: 10, 2: 5 * (number % 2)}) for number in range(200)]
    chosen = choose_chips(chips, 20, seed=0)
    of_class = {
        value: {number for number, values in chosen.items() if value in values} for value in (1, 2)
    }
    assert {value: len(numbers) for value, numbers in of_class.items()} == {1: 20, 2: 20}
    assert all(number % 2 for number in of_class[2])
    # The chips with the lowest numbers hold both classes where they can.
    assert len(of_class[1] & of_class[2]) == sum(number % 2 for number in of_class[1])
    assert choose_chips(chips, 20, seed=1) != chosen


def chip_of(image: str, counts: dict[int, int], nodata: float = 0.0) -> ExploredChip:
    held = {value: number for value, number in counts.items() if number}
    return ExploredChip(image, "p", None, "open", None, nodata, "m", 1, False, held)


@pytest.mark.parametrize(
    ("chip", "ignored", "trust", "is_exact"),
    [
        (chip_of("a", {1: 9}), (), Trust.ALL, True),
        (chip_of("a", {1: 9}, nodata=0.1), (), Trust.ALL, False),
        (chip_of("a", {1: 9}), ("a",), Trust.ALL, False),
        (chip_of("a", {1: 9}), (), Trust.CHECKED, False),
    ],
)
def test_what_the_catalog_knows_is_exact_only_where_nothing_can_be_taken_off(
    chip: ExploredChip, ignored: tuple[str, ...], trust: Trust, is_exact: bool
) -> None:
    (count, *_) = count_classes([chip], {}, ignored, LANDCOVERNET, trust)
    assert (count.pixels, count.is_exact) == (9, is_exact)
    (read, *_) = count_classes([chip], {0: {1: 7}}, ignored, LANDCOVERNET, trust)
    assert (read.pixels, read.is_exact) == (7, True)


def test_only_checked_labels_count_where_that_is_asked(tmp_path: Path) -> None:
    folder = make_project(tmp_path, apart(2))
    checked = ExploreOptions(trust=Trust.CHECKED)
    assert explored(folder, checked).sample.size == 0
    with open_project(folder, write=True) as project:
        mask = project.catalog.list_masks()[0]
        decide(project, Verdict.ACCEPT, mask["id"])
    found = explored(folder, checked)
    assert {found.chips[number].place_id for number in found.sample.chips} == {mask["place"]}
    assert explored(folder, ExploreOptions(trust=Trust.IMPORTED)).pixels == 2 * found.pixels


def test_ignored_pixels_of_an_image_count_in_no_way(tmp_path: Path) -> None:
    folder = make_project(tmp_path, apart(1))
    before = explored(folder).pixels
    with open_project(folder, write=True) as project:
        hand = RealPainting(project)
        hand.look(0)
        cloud = {GROUNDS[0].side_px * row + column for row in range(8, 12) for column in range(4)}
        hand.paint(CanvasKind.IGNORE, cloud, 255, Provenance.HUMAN, drawn=False)
        hand.leave()
    assert before - explored(folder).pixels == 16


def test_rejected_images_and_masks_take_no_part_unless_they_are_asked_for(tmp_path: Path) -> None:
    folder = make_project(tmp_path, apart(3))
    with open_project(folder, write=True) as project:
        image = project.catalog.list_images()[0]
        mask = next(m for m in project.catalog.list_masks() if m["place"] != image["place"])
        decide(project, Verdict.REJECT, image["id"], mask["id"])
    assert len(explored(folder).chips) == 3
    assert len(explored(folder, ExploreOptions("state = any")).chips) == 4
    assert len(explored(folder, ExploreOptions("state = any and mask = any")).chips) == 6
    rejected = explored(folder, ExploreOptions("state = rejected")).chips
    assert [chip.image_id for chip in rejected] == [image["id"]]


def test_a_project_without_images_is_said_to_have_none(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"there is no image in this project; s2label import "):
        explored(make_project(tmp_path, ()))


def test_a_source_that_is_gone_is_said_and_the_others_are_explored(tmp_path: Path) -> None:
    folder = make_project(tmp_path, apart(2))
    (tmp_path / "sources" / "p0_0.tif").unlink()
    found = explored(folder)
    assert len(found.sample.counted) == 3
    (error,) = found.sample.errors
    assert "p0_0.tif: no such file" in error


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (ExploreOptions("state = rejected"), "no image fits"),
        (ExploreOptions(image_ids=("nobody",)), "'nobody', which is no image of this project"),
        (ExploreOptions(bands="B02,B12"), "--bands: B12 needs B12"),
        (ExploreOptions(bands="B02,oops"), "--bands: 'oops': found 'oops'"),
        (ExploreOptions(bands="B02,B2"), "--bands: B02 stands twice"),
        (ExploreOptions(scatter="B02"), "--scatter: found 1 in 'B02'; expected two"),
        *(
            (ExploreOptions(bands=wrong), f"--bands: '{wrong}': ")
            for wrong in ("B02 - B99", "B08**9999", "B08/", "(B08", "B04 B03", "x_B08", "redü")
        ),
    ],
)
def test_what_cannot_be_explored_is_said_in_one_line(
    folder: Path, options: ExploreOptions, message: str
) -> None:
    with pytest.raises(InputError) as caught:
        explored(folder, options)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("wrong", [{"samples": 0}, {"samples": 200_001}, {"most_chips": 0}])
def test_numbers_out_of_range_are_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(InputError, match="found"):
        ExploreOptions(**wrong)  # type: ignore[arg-type]


def test_an_index_is_named_computed_or_looked_up(folder: Path) -> None:
    options = ExploreOptions(samples=100_000, bands="nir, NDVI, max(B02, B03)")
    found = explored(folder, options)
    assert list(found.distributions) == ["B08", "NDVI", "max(B02, B03)"]
    red, near = direct(2, "B04"), direct(2, "B08")
    total = near + red
    expected = (near - red)[total != 0] / total[total != 0]
    assert np.median(found.distributions["NDVI"][2].values) == pytest.approx(np.median(expected))
