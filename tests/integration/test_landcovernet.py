"""LandCoverNet comes in whole, in both layouts, and with files missing exactly what is there.

With ``S2LABEL_LONG=1`` they are written in full size: 200 places, 12 dates, 33,600 rasters.
"""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from s2label.masks import read_mask
from s2label.project import open_project
from s2label.raster import open_raster, read_bands, reflectance
from tests.factories.commands import do, run
from tests.factories.landcovernet import (
    REGIONS,
    band_path,
    label_path,
    write_layout_1,
    write_layout_2,
)
from tests.factories.landcovernet_truth import BANDS, REFLECTANCE_BANDS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from s2label.project import Project
    from s2label.types import ImageRecord, PlaceRecord
    from tests.factories.landcovernet_truth import Place, Truth

FULL = {"places": 200, "dates": 12}
SMALL = {"places": 20, "dates": 4}
SIZE = FULL if os.environ.get("S2LABEL_LONG") == "1" else SMALL


@dataclass(frozen=True)
class Imported:
    """A tree, and the project that it was imported into."""

    truth: Truth
    project: Path

    def written(self, place: Place, day: str, name: str) -> bool:
        return self.truth.has(band_path(self.truth.layout, place, day, name))

    @property
    def images(self) -> set[tuple[str, str]]:
        """Place and day of every image that the tree holds."""
        days = {(place.id, day) for place in self.truth.places for day in place.dates}
        return days - self.truth.dates_without_files

    @property
    def labels(self) -> set[str]:
        """Every place whose label the tree holds."""
        return {p.id for p in self.truth.places if self.truth.has(label_path(self.truth.layout, p))}


def _import(folder: Path, write: Any, **settings: Any) -> Imported:
    truth = write(folder / "tree", size=16, **settings)
    do("init", folder / "project", "--classes", "landcovernet")
    do("import", folder / "project", folder / "tree")
    return Imported(truth, folder / "project")


@pytest.fixture(
    scope="module",
    params=[write_layout_1, write_layout_2],
    ids=["layout 1", "layout 2"],
)
def whole(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Imported:
    return _import(tmp_path_factory.mktemp("whole"), request.param, **SIZE)


@pytest.fixture(scope="module", params=[write_layout_1, write_layout_2], ids=["one", "two"])
def holed(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Imported:
    settings = SIZE | {"drop_share": 0.1}
    return _import(tmp_path_factory.mktemp("holed"), request.param, **settings)


def records(opened: Project) -> Iterator[tuple[PlaceRecord, ImageRecord]]:
    places = opened.catalog.places()
    for image in opened.catalog.images(opened.catalog.image_ids()).values():
        yield places[image.place_id], image


def day_of(image: ImageRecord) -> str:
    return str(image.date).replace("-", "")


# -- counts ----------------------------------------------------------------------------------


def test_every_place_mask_and_image_comes_in(whole: Imported) -> None:
    status = do("status", whole.project, "--json").lines[0]
    places = len(whole.truth.places)
    dates = len(whole.truth.places[0].dates)
    assert (status["places"], status["masks"], status["images"]) == (places, places, places * dates)
    assert (places, dates) == (SIZE["places"], SIZE["dates"])
    assert status["images_open"] == status["images"]
    assert do("check", whole.project).out == "all is well\n"


def test_with_files_missing_exactly_what_is_there_comes_in(holed: Imported) -> None:
    assert holed.truth.missing
    assert holed.truth.dates_without_files
    with open_project(holed.project) as opened:
        found = {(place.name, day_of(image)): image for place, image in records(opened)}
        masks = {opened.catalog.places()[m["place"]].name for m in opened.catalog.list_masks()}
        places = {place.name for place in opened.catalog.places().values()}
    assert found.keys() == holed.images
    assert masks == holed.labels
    assert places == {place for place, _ in holed.images} | holed.labels
    for (place, day), image in found.items():
        rasters = {n for n in BANDS if holed.written(holed.truth.place(place), day, n)}
        bands = [name for name in REFLECTANCE_BANDS if name in rasters]
        assert [band.name for band in image.bands] == bands
        assert {raster.name for raster in image.rasters} == rasters - set(bands)


def test_importing_again_doubles_nothing(holed: Imported) -> None:
    before = do("status", holed.project, "--json").lines[0]
    out = do("import", holed.project, holed.truth.root).out
    assert f"0 new places; images: 0 new, 0 changed, {before['images']} unchanged" in out
    after = do("status", holed.project, "--json").lines[0]
    assert (before | {"imports": 0}) == (after | {"imports": 0})


# -- pixels ----------------------------------------------------------------------------------


def test_bands_clouds_and_classes_are_those_of_the_files(whole: Imported) -> None:
    with open_project(whole.project) as opened:
        for place, image in list(records(opened))[:: max(1, len(whole.images) // 60)]:
            day = day_of(image)
            truth = whole.truth.place(place.name)
            layers = [truth.band(day, name) / 10_000 for name in REFLECTANCE_BANDS]
            assert [band.name for band in image.bands] == list(REFLECTANCE_BANDS)
            values = reflectance(read_bands(image.bands, place.grid), image.bands)
            assert values == pytest.approx(np.stack(layers))
            assert image.nodata_share == 0
            assert [(r.name, r.quantification) for r in image.rasters] == [("SCL", 0), ("CLD", 0)]
            for raster in image.rasters:
                with open_raster(raster.source.path) as dataset:
                    assert np.array_equal(dataset.read(1), truth.band(day, raster.name))


def test_ground_is_that_of_the_tiles(whole: Imported) -> None:
    with open_project(whole.project) as opened:
        for place in opened.catalog.places().values():
            truth = whole.truth.place(place.name)
            assert place.grid.crs == f"EPSG:{truth.tile.epsg}"
            assert place.grid.affine == truth.transform


def test_classes_keep_their_values_and_no_data_becomes_not_labelled(whole: Imported) -> None:
    totals: Counter[int] = Counter()
    with open_project(whole.project) as opened:
        places = opened.catalog.places()
        for row in opened.catalog.list_masks():
            truth = whole.truth.place(places[row["place"]].name)
            stored = np.where(truth.classes == 0, 254, truth.classes)
            mask = read_mask(opened.mask_path(row["id"], 1))
            assert np.array_equal(mask.classes, stored)
            assert np.array_equal(mask.provenance, stored != 254)
            assert mask.grid == places[row["place"]].grid
            consensus = truth.consensus[truth.classes != 0].mean() / 100
            assert row["scores"]["consensus"] == pytest.approx(consensus)
            assert row["scores"]["labelled_share"] == pytest.approx((stored != 254).mean())
            totals.update({int(value): n for value, n in row["class_pixels"].items()})
    assert set(totals) == {1, 2, 3, 4, 5, 6, 7, 254}


# -- decisions -------------------------------------------------------------------------------


@pytest.fixture
def decided(tmp_path: Path) -> Imported:
    imported = _import(tmp_path, write_layout_1, places=3, dates=4)
    rows = [row["id"] for row in do("list", imported.project, "--json").lines]
    masks = [row["id"] for row in do("list", imported.project, "--masks", "--json").lines]
    decide(imported, {("image", id_): "accept" for id_ in rows})
    decide(imported, {("mask", id_): "accept" for id_ in masks})
    return imported


def decide(imported: Imported, verdicts: dict[tuple[str, str], str]) -> None:
    lines = [f"{subject},{id_},{verdict},why" for (subject, id_), verdict in verdicts.items()]
    path = imported.project.parent / "decisions.csv"
    path.write_text("\n".join(["subject,id,decision,reason", *lines, ""]))
    do("decide", imported.project, path)


def pairs(imported: Imported) -> Counter[str]:
    """Return place -> how many of its images an export takes."""
    with open_project(imported.project) as opened:
        return Counter(pair.place_id for pair in opened.catalog.pairs())


def test_a_rejected_date_leaves_the_mask_and_the_other_dates(decided: Imported) -> None:
    image = do("list", decided.project, "--json").lines[0]
    decide(decided, {("image", image["id"]): "reject"})
    assert sorted(pairs(decided).values()) == [3, 4, 4]
    assert pairs(decided)[image["place"]] == 3
    states = {m["state"] for m in do("list", decided.project, "--masks", "--json").lines}
    assert states == {"accepted"}


def test_a_rejected_mask_takes_all_its_dates_and_no_image_state(decided: Imported) -> None:
    mask = do("list", decided.project, "--masks", "--json").lines[0]
    decide(decided, {("mask", mask["id"]): "reject"})
    assert sorted(pairs(decided).values()) == [4, 4]
    assert mask["place"] not in pairs(decided)
    assert {row["state"] for row in do("list", decided.project, "--json").lines} == {"accepted"}


# -- ways to give it -------------------------------------------------------------------------


@pytest.mark.parametrize("region", REGIONS)
def test_every_region_is_recognised(tmp_path: Path, region: str) -> None:
    imported = _import(tmp_path, write_layout_2, region=region, places=2, dates=2)
    status = do("status", imported.project, "--json").lines[0]
    assert (status["places"], status["masks"], status["images"]) == (2, 2, 4)


@pytest.mark.parametrize("apart", [True, False], ids=["in two commands", "in one command"])
def test_labels_and_images_may_be_given_as_two_folders(tmp_path: Path, apart: bool) -> None:
    write_layout_2(tmp_path / "tree", places=2, dates=2, size=16)
    labels, images = sorted((tmp_path / "tree").iterdir())
    do("init", tmp_path / "project", "--classes", "landcovernet")
    for sources in ([labels], [images]) if apart else ([labels, images],):
        do("import", tmp_path / "project", *sources)
    status = do("status", tmp_path / "project", "--json").lines[0]
    assert (status["places"], status["masks"], status["images"]) == (2, 2, 4)


@pytest.mark.parametrize(
    ("classes", "options", "words"),
    [
        pytest.param("vessels", (), "masks belong to places", id="moving classes"),
        pytest.param("landcovernet", ("--chip", 8), "leave out --chip", id="chips"),
        pytest.param("landcovernet", ("--date", "2018-01-01"), "--date", id="a date"),
        pytest.param("landcovernet", ("--masks", "tree"), "brings its own masks", id="masks"),
    ],
)
def test_what_does_not_suit_it_is_refused(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    classes: str,
    options: tuple[Any, ...],
    words: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    write_layout_1(tmp_path / "tree", places=1, dates=1, size=16)
    do("init", tmp_path / "project", "--classes", classes)
    printed = run("import", tmp_path / "project", tmp_path / "tree", *options)
    assert printed.code == 1
    assert words in printed.err


def test_bands_are_chosen_by_option(tmp_path: Path) -> None:
    write_layout_1(tmp_path / "tree", places=1, dates=1, size=16)
    do("init", tmp_path / "project", "--classes", "landcovernet")
    do("import", tmp_path / "project", tmp_path / "tree", "--bands", "B08,B02")
    with open_project(tmp_path / "project") as opened:
        ((_, image),) = records(opened)
    assert [band.name for band in image.bands] == ["B08", "B02"]


def test_a_day_that_never_was_is_no_date(tmp_path: Path) -> None:
    truth = write_layout_1(tmp_path / "tree", places=1, dates=1, size=16)
    (place,) = truth.places
    for path in (tmp_path / "tree").glob("*/source/*"):
        path.rename(path.with_name(path.name.replace(place.dates[0], "20181345")))
    do("init", tmp_path / "project", "--classes", "landcovernet")
    run("import", tmp_path / "project", tmp_path / "tree")
    dates = {row["date"] for row in do("list", tmp_path / "project", "--json").lines}
    assert "2018-13-45" not in dates
