"""Importing again doubles nothing; what changed is open again; what was edited here is kept."""

from __future__ import annotations

import itertools
import sqlite3
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from s2label.catalog import merging_images
from s2label.types import BandRaster, ChipRecord, ImportCounts, ImportRun
from tests.factories.catalog import (
    chip_record,
    image,
    image_record,
    mask,
    mask_record,
    merge,
    new_catalog,
    place_record,
    source_record,
    states,
)
from tests.factories.snapshots import catalog_snapshot

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from s2label.catalog.store import Catalog
    from s2label.types import MaskRecord


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    opened = new_catalog(tmp_path)
    yield opened
    opened.close()


def decide_all(catalog: Catalog) -> None:
    masks = [mask(record["id"]) for record in catalog.list_masks()]
    catalog.decide([*(image(id_) for id_ in catalog.image_ids()), *masks])


def test_a_first_import_is_all_new_and_open(catalog: Catalog) -> None:
    counts = merge(catalog, [chip_record(n, images=["a", "b"]) for n in range(3)])

    assert counts == ImportCounts(places_new=3, images_new=6, masks_new=3)
    assert set(states(catalog).values()) == {("open", "")}
    assert catalog.state_differences() == []


def test_the_same_import_again_changes_nothing(catalog: Catalog) -> None:
    chips = [chip_record(n, images=["a", "b"]) for n in range(3)]
    merge(catalog, chips)
    decide_all(catalog)
    before = (states(catalog), catalog.images(catalog.image_ids()), catalog.sources())

    counts = merge(catalog, reversed(chips))

    assert counts == ImportCounts(images_unchanged=6, masks_unchanged=3)
    assert before == (states(catalog), catalog.images(catalog.image_ids()), catalog.sources())


@pytest.mark.parametrize(
    ("images", "mask_content", "opened"),
    [
        pytest.param(["A", "b"], "first", {"image 1"}, id="one image"),
        pytest.param(["a", "b"], "second", {"mask"}, id="the mask"),
        pytest.param(["A", "B"], "second", {"image 1", "image 2", "mask"}, id="all"),
    ],
)
def test_what_changed_is_a_new_version_and_open_again(
    catalog: Catalog, images: list[str], mask_content: str, opened: set[str]
) -> None:
    merge(catalog, [chip_record(0, images=["a", "b"]), chip_record(1)])
    decide_all(catalog)
    names = dict(zip(["image 1", "image 2"], catalog.image_ids()[:2], strict=True))
    names["mask"] = catalog.list_masks()[0]["id"]

    merge(catalog, [chip_record(0, images=images, mask=mask_content)])

    expected = {names[name] for name in opened}
    records = [*catalog.list_images(), *catalog.list_masks()]
    assert {r["id"] for r in records if r["state"] == "open"} == expected
    assert {r["id"] for r in records if r["version"] == 2} == expected
    assert catalog.state_differences() == []


def test_content_that_comes_back_is_a_third_version(catalog: Catalog) -> None:
    for content in ("a", "b", "a"):
        merge(catalog, [chip_record(0, images=[content], mask=content)])

    assert [r["version"] for r in (*catalog.list_images(), *catalog.list_masks())] == [3, 3]
    assert [v["version"] for v in catalog.mask_versions()] == [1, 2, 3]


def test_one_ground_under_two_names_is_one_place(catalog: Catalog) -> None:
    merge(catalog, [chip_record(0, name="Algiers")])
    decide_all(catalog)

    counts = merge(catalog, [chip_record(0, name="El Djazaïr")])

    assert counts.places_new == 0
    assert [place.name for place in catalog.places().values()] == ["Algiers 0"]
    assert set(states(catalog).values()) == {("accepted", "")}


def test_a_renamed_scene_with_the_same_bytes_is_the_same_image(catalog: Catalog) -> None:
    place = place_record()
    merge(catalog, [ChipRecord(place, (image_record(place, "old name", path="/old.tif"),))])
    decide_all(catalog)

    counts = merge(
        catalog, [ChipRecord(place, (image_record(place, "new name", path="/new.tif"),))]
    )

    assert counts == ImportCounts(images_moved=1)
    (record,) = catalog.images(catalog.image_ids()).values()
    assert record.bands[0].source.path == "/new.tif"
    assert set(states(catalog).values()) == {("accepted", "")}


def test_the_mask_of_an_image_follows_its_image(catalog: Catalog) -> None:
    place = place_record()
    one = image_record(place)
    merge(catalog, [ChipRecord(place, (one,), (mask_record(place, one),))])
    other = replace(one, scene="renamed", id="whatever an importer called it")

    counts = merge(catalog, [ChipRecord(place, (other,), (mask_record(place, other),))])

    assert counts == ImportCounts(images_moved=1, masks_unchanged=1)
    assert [record["image"] for record in catalog.list_masks()] == [one.id]


def test_more_chips_than_one_batch_are_all_merged(catalog: Catalog) -> None:
    counts = merge(catalog, (chip_record(n) for n in range(1201)))

    assert counts == ImportCounts(places_new=1201, images_new=1201, masks_new=1201)
    assert catalog.counts()["images_open"] == 1201


# -- masks somebody worked on ---------------------------------------------------------------------


def edit_mask(folder: Path) -> None:
    """Put a painted version on top of every mask, as a stroke does."""
    with closing(sqlite3.connect(folder / "catalog.sqlite")) as connection, connection:
        connection.execute(
            "INSERT INTO mask_version"
            " (mask_id, version, sha256, content, origin, class_counts, at, who, program)"
            " SELECT mask_id, version + 1, sha256, 'painted', 'paint', class_counts, at, who,"
            " program FROM mask_version"
        )
        connection.execute("UPDATE mask SET current_version = current_version + 1")


@pytest.mark.parametrize(
    ("content", "counted"),
    [
        pytest.param("second", ImportCounts(images_unchanged=1, masks_kept=1), id="changed source"),
        pytest.param("first", ImportCounts(images_unchanged=1, masks_unchanged=1), id="same"),
    ],
)
def test_a_source_never_replaces_somebodys_work(
    tmp_path: Path, content: str, counted: ImportCounts
) -> None:
    catalog = new_catalog(tmp_path, [chip_record(0)])
    edit_mask(tmp_path)
    catalog.rebuild_states()

    assert merge(catalog, [chip_record(0, mask=content)]) == counted

    assert [record["source"] for record in catalog.list_masks()] == ["paint"]
    assert [record["version"] for record in catalog.list_masks()] == [2]
    catalog.close()


# -- all or nothing -------------------------------------------------------------------------------


def test_a_merge_that_stops_midway_leaves_the_catalog_as_it_was(catalog: Catalog) -> None:
    merge(catalog, [chip_record(0)])
    before = (catalog.counts(), catalog.images(catalog.image_ids()), catalog.imports())

    def broken() -> Iterator[ChipRecord]:
        yield from (chip_record(n, images=["x"]) for n in range(600))
        raise OSError("the disk is gone")

    with pytest.raises(OSError, match="the disk is gone"):
        merge(catalog, broken())

    assert before == (catalog.counts(), catalog.images(catalog.image_ids()), catalog.imports())


def test_every_mask_file_is_placed_under_its_final_name_and_version(catalog: Catalog) -> None:
    placed: list[tuple[str, str, int]] = []

    def place(record: MaskRecord, id_: str, version: int) -> None:
        placed.append((record.content, id_, version))

    for number, content in enumerate(("first", "second", "second")):
        catalog.merge(ImportRun((f"/data {number}",)), [chip_record(0, mask=content)], place)

    versions = [(v["content"], v["mask_id"], v["version"]) for v in catalog.mask_versions()]
    assert placed == versions
    assert [version for _, _, version in placed] == [1, 2]


def test_an_import_that_changes_nothing_leaves_no_trace(catalog: Catalog, tmp_path: Path) -> None:
    merge(catalog, [chip_record(0)])
    before = catalog_snapshot(tmp_path / "catalog.sqlite")

    merge(catalog, [chip_record(0)])
    merge(catalog, [])

    assert catalog_snapshot(tmp_path / "catalog.sqlite") == before


def test_the_log_of_imports_tells_who_asked_what(catalog: Catalog) -> None:
    run = ImportRun(("/data/порт",), {"chip": 64})
    catalog.merge(run, [chip_record(0)], lambda *_: None)

    (entry,) = catalog.imports()

    assert entry["sources"] == ["/data/порт"]
    assert entry["options"] == {"chip": 64}
    assert (entry["who"], entry["report"]["images_new"]) == ("Zoë", 1)


# -- faults ---------------------------------------------------------------------------------------


def test_a_changed_source_opens_every_image_that_uses_it(catalog: Catalog) -> None:
    def chip(column: int, content: str) -> ChipRecord:
        place = place_record("scene", column)
        return ChipRecord(place, (image_record(place, content=content, path="/scene.tif"),))

    merge(catalog, [chip(0, "old")])
    decide_all(catalog)

    merge(catalog, [chip(1, "new")])

    assert {state for state, _ in states(catalog).values()} == {"open"}


def test_a_changed_cloud_raster_is_known_after_it_is_imported_again(catalog: Catalog) -> None:
    place = place_record()

    def chip(clouds: str) -> ChipRecord:
        raster = BandRaster("SCL", source_record("/scl.tif", clouds))
        return ChipRecord(place, (replace(image_record(place), rasters=(raster,)),))

    for content in ("some clouds", "other clouds"):
        merge(catalog, [chip(content)])

    digests = {source["path"]: source["digest"] for source in catalog.sources()}
    assert digests["/scl.tif"] == source_record("/scl.tif", "other clouds").digest


def test_contents_that_changed_their_file_names_are_all_kept(catalog: Catalog) -> None:
    place = place_record()

    def chip(*files: tuple[str, str]) -> ChipRecord:
        images = (image_record(place, s, content=c, path=f"/{s}.tif") for s, c in files)
        return ChipRecord(place, tuple(images))

    merge(catalog, [chip(("a", "X"), ("b", "Y"))])

    merge(catalog, [chip(("b", "X"), ("c", "Y"))])

    records = catalog.images(catalog.image_ids()).values()
    assert {"/b.tif", "/c.tif"} <= {record.bands[0].source.path for record in records}


def test_two_scenes_whose_ids_collide_stay_two_images(
    catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(merging_images, "image_id", lambda *_: "the same")
    place = place_record()
    images = [image_record(place, scene, None, content=scene) for scene in ("one", "other")]

    counts = merge(catalog, [ChipRecord(place, (image,)) for image in images])

    assert counts.images_new == 2
    assert catalog.image_ids() == ["the same", "the same-2"]


def test_a_copy_of_an_image_in_the_same_import_is_one_image(catalog: Catalog) -> None:
    place = place_record()
    images = [image_record(place, scene, path=f"/{scene}.tif") for scene in ("one", "copy")]
    chips = [ChipRecord(place, (image,)) for image in images]

    first, again = merge(catalog, chips), merge(catalog, chips)

    assert (first.images_new, first.images_unchanged) == (1, 1)
    assert again.is_nothing
    assert len(catalog.image_ids()) == 1


def test_two_grounds_whose_ids_collide_stay_two_places(catalog: Catalog) -> None:
    one, other = place_record("港", 0), place_record("港", 1)

    merge(catalog, [ChipRecord(one), ChipRecord(replace(other, id=one.id))])

    assert len(catalog.places()) == 2


def test_a_source_that_moved_is_listed_where_it_is_now(catalog: Catalog) -> None:
    place = place_record()
    for path in ("/old.tif", "/new.tif"):
        merge(catalog, [ChipRecord(place, (image_record(place, path=path),))])

    assert [source["path"] for source in catalog.sources()] == ["/new.tif"]


def test_every_image_has_its_own_id_among_hundreds_of_dates(catalog: Catalog) -> None:
    days = [f"{y}-{m:02d}-01" for y, m in itertools.product(range(2016, 2026), range(1, 13))]
    place = place_record()

    merge(catalog, [ChipRecord(place, tuple(image_record(place, "s", day, day) for day in days))])

    assert len(catalog.image_ids()) == len(days)
