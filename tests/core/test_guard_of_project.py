"""What only the images of a project together tell: an offset that was forgotten, mixed levels."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from s2label.catalog.guarded import GuardedImage
from s2label.project import open_project
from s2label.screening.findings import PROJECT_KINDS
from s2label.screening.guard_levels import level_of
from s2label.screening.guard_of_project import note_project_findings, project_findings
from s2label.screening.left_files import leave_screenings, take_oldest_left
from s2label.screening_records import ScreeningRecord
from s2label.types import BandRaster, ImageRecord, Source, Verdict
from tests.factories.projects import Ground, apart, decide, make_project
from tests.factories.radiometry import (
    BANDS,
    CLOUD,
    PLANTS,
    SOIL,
    WATER,
    image_record,
    pixels,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from s2label.screening.findings import Finding

Screened = tuple[ImageRecord, ScreeningRecord]
L1C, L2A = "S2A_MSIL1C_20180629T000241", "S2A_MSIL2A_20180629T000241"
OF_PRODUCT = "T33SVB_20181229T095411_B02_10m.jp2"
# What air adds to the darkest pixels of B02, B03 and B04, and to no others.
AIR = np.array([0.085, 0.05, 0.03, 0.01, 0, 0, 0.01])


def screened(
    number: int,
    *grounds: Sequence[float],
    scene: str = "scene",
    dn_more: float = 0,
    air: float = 0,
    cloud: float = 0,
) -> Screened:
    """Return an image with statistics measured from made-up pixels."""
    spectra = [(np.array(ground) + air * AIR).tolist() for ground in grounds or (PLANTS, SOIL)]
    values = (pixels(*spectra, seed=number).astype(np.float64) + dn_more) / 10_000
    low, high = np.percentile(values.reshape(len(BANDS), -1), (2, 98), axis=1)
    statistics = {
        name: {"p2": float(p2), "p98": float(p98)}
        for name, p2, p98 in zip(BANDS, low, high, strict=True)
    }
    id_ = f"{scene} {number}"
    image = replace(image_record(scene=scene), id=id_)
    return image, ScreeningRecord(id_, 1, "made up", cloud, statistics=statistics)


def guarded(image: ImageRecord, screening: ScreeningRecord) -> GuardedImage:
    """Return an image as the catalog gives it to the guard."""
    low = {name: numbers["p2"] for name, numbers in screening.statistics.items()}
    return GuardedImage(
        image.id,
        image.version,
        image.scene,
        image.bands[0].source.path,
        names_of(image),
        is_raw=all(b.quantification == 10_000 and not b.offset_dn for b in image.bands),
        cloud=screening.cloud,
        low=low,
    )


def names_of(image: ImageRecord) -> frozenset[str]:
    return frozenset(raster.name for raster in (*image.bands, *image.rasters))


def kinds(images: Sequence[Screened]) -> dict[str, list[str]]:
    found = project_findings(guarded(*its) for its in images)
    return {id_: [finding.kind for finding in its] for id_, its in found.items()}


def test_all_images_of_a_scene_without_its_offset_are_found() -> None:
    sound = [screened(n) for n in range(3)]
    lacking = [screened(n, WATER, SOIL, scene="new", dn_more=1000) for n in range(3)]

    assert kinds([*sound, *lacking]) == {f"new {n}": ["no-offset"] for n in range(3)}


def test_one_dark_image_in_a_scene_tells_that_its_offset_was_applied() -> None:
    bright = [screened(n, scene="town", dn_more=1000) for n in range(3)]

    assert not kinds([*bright, screened(3, WATER, scene="town")])


@pytest.mark.parametrize("cloud", [0.6, 1.0])
def test_clouds_hide_the_dark_ground_that_would_tell(cloud: float) -> None:
    assert not kinds([screened(0, WATER, CLOUD, dn_more=1000, cloud=cloud)])


@pytest.mark.parametrize("ground", [(WATER,), (PLANTS, SOIL), (CLOUD, SOIL), (SOIL,)])
def test_sound_images_alone_tell_nothing(ground: Sequence[Sequence[float]]) -> None:
    assert not kinds([screened(0, *ground)])


def test_the_rarer_level_is_found_by_what_is_said() -> None:
    images = [screened(n, scene=L2A) for n in range(3)] + [screened(n, scene=L1C) for n in range(2)]

    assert kinds(images) == {f"{L1C} {n}": ["level"] for n in range(2)}


def test_one_level_alone_is_no_mixture() -> None:
    assert not kinds([screened(n, scene=L1C) for n in range(3)])


def test_a_scene_of_which_nothing_is_said_is_found_by_its_haze() -> None:
    ground = [screened(n, PLANTS, WATER, scene="ground") for n in range(25)]
    air = [screened(n, PLANTS, WATER, scene="air", air=1) for n in range(20)]

    assert kinds([*ground, *air]) == {f"air {n}": ["level"] for n in range(20)}


def test_a_few_hazy_images_are_no_other_level() -> None:
    ground = [screened(n, PLANTS, WATER, scene="ground") for n in range(25)]

    assert not kinds([*ground, *(screened(n, PLANTS, scene="haze", air=1) for n in range(5))])


def test_a_hazy_day_over_part_of_a_scene_is_no_other_level() -> None:
    ground = [screened(n, PLANTS, WATER, scene="ground") for n in range(25)]
    part = [screened(n, PLANTS, WATER, scene="part", air=n > 5) for n in range(25)]

    assert not kinds([*ground, *part])


def raster(name: str, path: str = "x.tif") -> BandRaster:
    return BandRaster(name, Source(path, 1, 1, "d"))


@pytest.mark.parametrize(
    ("image", "level"),
    [
        (image_record(scene="S2A_MSIL1C_20180629T000241_N0206_R030_T56JMM_x.SAFE"), "L1C"),
        (image_record(scene="S2A_33TWL_20230815_0_L2A"), "L2A"),
        (image_record(["B02", "B10"]), "L1C"),
        (replace(image_record(), rasters=(raster("SCL"),)), "L2A"),
        (replace(image_record(), bands=(raster("B02", OF_PRODUCT),)), "L2A"),
        (image_record(scene="hedland"), None),
        (image_record(scene="XL1Cx"), None),
    ],
)  # fmt: skip
def test_the_level_is_told_by_names_bands_and_rasters(
    image: ImageRecord, level: str | None
) -> None:
    assert level_of(image.scene, image.bands[0].source.path, names_of(image)) == level


@pytest.fixture
def mixed(tmp_path: Path) -> Path:
    """Return a project with two images of L2A and one of L1C, all screened."""
    grounds = [
        Ground("a", scene=L2A, dates=["2018-01-05", "2018-04-10"]),
        Ground("b", west_m=500_000, scene=L1C, dates=["2018-01-05"]),
    ]
    project = make_project(tmp_path, grounds)
    with open_project(project, write=True) as opened:
        images = opened.catalog.images(opened.catalog.image_ids())
        opened.catalog.screenings.note(
            [ScreeningRecord(id_, image.version, "made up", 0.0) for id_, image in images.items()]
        )
    return project


def test_findings_of_a_project_are_kept_and_go_with_their_cause(mixed: Path) -> None:
    with open_project(mixed, write=True) as opened:
        assert note_project_findings(opened) == 1
        (finding,) = opened.catalog.screenings.open_findings()
        assert finding.kind == "level"
        l2a = [i for i in opened.catalog.image_ids() if i != finding.image_id]
        decide(opened, Verdict.REJECT, *l2a)

        assert note_project_findings(opened) == 0
        assert not opened.catalog.screenings.open_findings()
        assert not opened.catalog.state_differences()


def words_of(images: Sequence[Screened]) -> list[Finding]:
    found = project_findings(guarded(*its) for its in images)
    return [finding for its in found.values() for finding in its]


def test_the_words_name_the_numbers_and_what_to_do() -> None:
    (finding,) = words_of([screened(n, scene=L2A) for n in range(3)] + [screened(0, scene=L1C)])

    assert "L1C, as 1 of the project are, but 3 are L2A" in finding.words
    assert "reject" in finding.words


def test_a_project_tells_the_guard_of_bands_offsets_and_levels(tmp_path: Path) -> None:
    with open_project(make_project(tmp_path, apart(1)), write=True) as opened:
        (first, *_) = images = opened.catalog.images(opened.catalog.image_ids())
        statistics = {"B02": {"mean": 0.2, "p2": 0.125}}
        record = ScreeningRecord(first, 1, "made up", 0.5, valid_cloud=0.25, statistics=statistics)
        opened.catalog.screenings.note([record])

        (found,) = opened.catalog.screenings.guarded(10_000)
        (other,) = opened.catalog.screenings.guarded(1000)

        assert (found.id, found.version, found.scene) == (first, 1, images[first].scene)
        assert found.path == images[first].bands[0].source.path
        assert (found.cloud, found.low) == (0.25, {"B02": 0.125})
        assert found.is_raw
        assert not other.is_raw


def test_nobody_looks_again_as_long_as_nothing_changes(mixed: Path) -> None:
    with open_project(mixed, write=True) as opened:
        screenings = opened.catalog.screenings
        note_project_findings(opened)
        (finding,) = screenings.open_findings()
        screenings.note_findings([finding.image_id], [], PROJECT_KINDS)
        assert note_project_findings(opened) == 0

        screenings.note(list(screenings.records([finding.image_id]).values()))
        assert note_project_findings(opened) == 1


def test_a_rejection_that_is_taken_back_is_looked_at(mixed: Path) -> None:
    with open_project(mixed, write=True) as opened:
        note_project_findings(opened)
        (finding,) = opened.catalog.screenings.open_findings()
        decide(opened, Verdict.REJECT, finding.image_id)
        assert note_project_findings(opened) == 0
        opened.catalog.undo()
        assert note_project_findings(opened) == 1


def test_a_damaged_stamp_makes_the_guard_look_again(mixed: Path) -> None:
    with open_project(mixed, write=True) as opened:
        note_project_findings(opened)
        stamp = mixed / "rasters" / "cloud" / ".compared.json"
        stamp.write_text("[")
        assert note_project_findings(opened) == 1
        assert stamp.read_text() != "["


def test_screening_an_image_again_keeps_what_its_project_told_of_it(mixed: Path) -> None:
    with open_project(mixed, write=True) as opened:
        note_project_findings(opened)
        (finding,) = opened.catalog.screenings.open_findings()
        again = opened.catalog.screenings.records([finding.image_id]).values()
        leave_screenings(opened.folder, list(again), [])
        assert take_oldest_left(opened)
        assert opened.catalog.screenings.open_findings() == [finding]
