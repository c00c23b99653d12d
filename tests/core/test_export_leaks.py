"""A leak between splits is found, whichever way it came about; clean splits have none."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image
from pyproj import Transformer
from scipy.ndimage import gaussian_filter

from s2label.errors import InputError
from s2label.exports.leak_report import LeakKind, LeakReport
from s2label.exports.leaks import Member, find_leaks
from s2label.exports.leaks_of_export import check_export
from s2label.exports.leaks_pixels import near_copies
from s2label.exports.options import Format
from s2label.exports.sketches import Sketch, sketch_of
from s2label.exports.survey import Survey
from s2label.grid import Grid
from s2label.progress import finish
from s2label.project import open_project
from s2label.types import Verdict
from tests.factories import projects
from tests.factories.commands import do, run
from tests.factories.exports import export, files, rows
from tests.factories.projects import Ground, apart, decide, make_project

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from numpy.typing import NDArray

    from s2label.types import BandRaster, ImageRecord

GROUNDS = apart(4)
ADD = Survey.add
SPLITS = {"p0": "train", "p1": "train", "p2": "validation", "p3": "test"}


def make(tmp_path: Path, grounds: Iterable[Ground] = GROUNDS) -> Path:
    folder = make_project(tmp_path, grounds)
    with open_project(folder, write=True) as opened:
        decide(opened, Verdict.ACCEPT)
    return folder


def given(project: Path, splits: dict[str, str]) -> dict[str, str]:
    """Return place -> split for name -> split."""
    with open_project(project) as opened:
        return {id_: splits[place.name] for id_, place in opened.catalog.places().items()}


def leaks_of(out: Path) -> dict[str, int]:
    document = json.loads((out / "leaks.json").read_text())
    return {kind: row["count"] for kind, row in document["leaks"].items() if row["count"]}


def first_of(out: Path, kind: LeakKind) -> dict[str, object]:
    document = json.loads((out / "leaks.json").read_text())
    first: dict[str, object] = document["leaks"][str(kind)]["first"][0]
    return first


def edit(out: Path, column: str, value: str, *, row: int) -> None:
    """Change one field of an export's splits.csv, as with an editor."""
    table = rows(out / "splits.csv")
    table[row][column] = value
    with (out / "splits.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, list(table[0]))
        writer.writeheader()
        writer.writerows(table)


def look(out: Path, splits: Path | None = None) -> LeakReport:
    return finish(check_export(out, splits))


# -- none ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("format_", list(Format))
def test_own_splits_share_nothing_and_looking_again_says_the_same(
    tmp_path: Path, format_: Format
) -> None:
    near = [replace(g, name=f"near-{g.name}", west_m=g.west_m + 300) for g in GROUNDS]
    project = make(tmp_path, [*GROUNDS, *near])
    report = export(project, tmp_path / "out", format=format_)

    assert leaks_of(tmp_path / "out") == {}
    assert set(report.leaks.values()) == {0}
    assert look(tmp_path / "out").as_dict() == json.loads((tmp_path / "out/leaks.json").read_text())
    assert "| groups of ground in several splits | 0 |" in (
        tmp_path / "out/DATA_CARD.md"
    ).read_text("utf-8")


# -- each kind -----------------------------------------------------------------------------------


def test_ground_that_overlaps_across_splits_and_its_group_are_found(tmp_path: Path) -> None:
    over = replace(GROUNDS[0], name="over", west_m=GROUNDS[0].west_m + 200, crs="EPSG:32633")
    project = make(tmp_path, [*GROUNDS, over])

    report = export(
        project, tmp_path / "out", given_splits=given(project, SPLITS | {"over": "test"})
    )

    assert leaks_of(tmp_path / "out") == {"group": 1, "ground": 1}
    first = first_of(tmp_path / "out", LeakKind.GROUND)
    assert [str(m).split("-")[0] for m in first["members"]] == ["over", "p0"]  # type: ignore[attr-defined]
    assert first["splits"] == ["test", "train"]
    assert first["measure"] == pytest.approx(120, abs=1)
    assert any("overlapping places" in warning for warning in report.warnings)
    card = (tmp_path / "out/DATA_CARD.md").read_text("utf-8")
    assert "| pairs of overlapping places in different splits | 1 |" in card
    assert "- ground: `over-" in card


def test_places_of_other_crs_overlap_too() -> None:
    zone_33 = Grid("EPSG:32633", (10.0, 0, 780_000.0, 0, -10.0, 5_000_000.0), 64, 64)
    x, y = Transformer.from_crs(zone_33.crs, "EPSG:32634").transform(780_600, 4_999_400)
    # Its upper left corner lies in the lower right corner of the other.
    zone_34 = Grid("EPSG:32634", (10.0, 0, x, 0, -10.0, y), 64, 64)
    members = [member("a", "a", "train"), member("b", "b", "test")]

    report = find_leaks(members, {"a": zone_33, "b": zone_34}, sketches_of(members))

    assert report.counts[LeakKind.GROUND] == 1


def test_a_place_whose_dates_were_divided_is_found(tmp_path: Path) -> None:
    project = make(tmp_path)
    export(project, tmp_path / "out")
    before = rows(tmp_path / "out/splits.csv")[0]
    edit(tmp_path / "out", "split", "elsewhere", row=0)

    report = look(tmp_path / "out")

    assert report.counts[LeakKind.DATES] == 1
    assert report.counts[LeakKind.GROUP] == 1
    assert report.found[LeakKind.DATES][0].name == before["place"]
    assert report.counts[LeakKind.GROUND] == 0


def test_a_scene_that_was_divided_is_found(tmp_path: Path) -> None:
    project = make(tmp_path, apart(4, scene="S2A_T33"))

    export(project, tmp_path / "out", given_splits=given(project, SPLITS))

    assert leaks_of(tmp_path / "out") == {"group": 1, "scene": 1}
    assert first_of(tmp_path / "out", LeakKind.SCENE)["name"] == "S2A_T33"


@pytest.mark.parametrize("format_", list(Format))
def test_copies_and_near_copies_are_found(
    tmp_path: Path, format_: Format, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = projects.pixels

    def planted(ground: Ground, number: int) -> NDArray[np.uint16]:
        if ground.name == "p3":
            ground = replace(ground, name="p0")
            noise = np.random.default_rng(1).normal(0, 40, (4, 32, 32))
            # One date as it is; the other darker, and noisy as after a lossy codec.
            pixels = plain(ground, number)
            lossy = np.where(pixels > 0, np.clip(0.8 * pixels + 60 + noise, 1, None), 0)
            return pixels if number == 0 else lossy.astype(np.uint16)
        return plain(ground, number)

    monkeypatch.setattr(projects, "pixels", planted)
    project = make(tmp_path)

    export(project, tmp_path / "out", format=format_, given_splits=given(project, SPLITS))

    assert leaks_of(tmp_path / "out") == {"copy": 1, "near copy": 1}
    copy = first_of(tmp_path / "out", LeakKind.COPY)["members"]
    assert [str(m).split("-")[0] for m in copy] == ["p0", "p3"]  # type: ignore[attr-defined]
    near = first_of(tmp_path / "out", LeakKind.NEAR_COPY)
    assert [str(m)[-19:-11] for m in near["members"]] == ["20180410", "20180410"]  # type: ignore[attr-defined]
    assert near["splits"] == ["test", "train"]


def test_a_run_that_was_stopped_finds_the_same_leaks(tmp_path: Path) -> None:
    from s2label.exports.options import ExportOptions
    from s2label.exports.run import export_project

    over = replace(GROUNDS[0], name="over", west_m=GROUNDS[0].west_m + 200)
    project = make(tmp_path, [*GROUNDS, over])
    splits = given(project, SPLITS | {"over": "test"})
    export(project, tmp_path / "whole", given_splits=splits)
    with open_project(project) as opened:
        job = export_project(opened, tmp_path / "out", ExportOptions(given_splits=splits))
        for _ in range(9):
            next(job)
        job.close()

    export(project, tmp_path / "out", given_splits=splits)

    assert files(tmp_path / "out") == files(tmp_path / "whole")


# -- what is no copy -----------------------------------------------------------------------------


def member(image: str, place: str, split: str) -> Member:
    return Member(image, place, place, image, split)


def sketches_of(members: Iterable[Member]) -> dict[str, Sketch]:
    return {m.image: sketch_of(scenery(n)) for n, m in enumerate(members)}


def scenery(seed: int, *, waves: float = 30, side_px: int = 64) -> NDArray[np.uint16]:
    """Return a coast: the same bright land and dark sea each time, with waves of its own."""
    chance = np.random.default_rng(seed)
    y, x = np.mgrid[:side_px, :side_px]
    coast = np.where(x + 0.3 * y > side_px * 0.6, 2500, 300) + 4 * y
    rough = coast + chance.normal(0, waves, (3, side_px, side_px))
    numbers: NDArray[np.uint16] = np.rint(rough).astype(np.uint16)
    return numbers


def likeness(*images: NDArray[Any]) -> dict[LeakKind, int]:
    members = [member(f"i{n}", f"p{n}", f"split{n}") for n in range(len(images))]
    grids = {f"p{n}": g.grid for n, g in enumerate(apart(len(images)))}
    sketches = {m.image: sketch_of(i) for m, i in zip(members, images, strict=True)}
    counts = find_leaks(members, grids, sketches).counts
    return {kind: n for kind, n in counts.items() if n}


def test_coasts_that_look_alike_are_no_copies() -> None:
    assert likeness(*(scenery(seed) for seed in range(12))) == {}


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda image: image * 3 + 100, id="other scale"),
        pytest.param(lambda image: np.minimum(image, 2600), id="saturated"),
        pytest.param(lambda image: image // 20, id="fewer levels"),
    ],
)
def test_the_same_picture_in_other_numbers_is_a_near_copy(
    change: Callable[[NDArray[Any]], NDArray[Any]],
) -> None:
    image = scenery(1)
    assert likeness(image, change(image)) == {LeakKind.NEAR_COPY: 1}


def test_pictures_that_were_saved_as_good_jpeg_are_near_copies() -> None:
    # Water: waves of two levels, seen by all bands alike, and noise of each band.
    for seed in range(8):
        chance = np.random.default_rng(seed)
        waves = 2 * gaussian_filter(chance.normal(0, 1, (64, 64)), 1)
        noise = chance.normal(0, 0.4, (3, 64, 64))
        image = np.rint(waves + noise + np.linspace(60, 70, 64)[:, None]).astype(np.uint8)
        assert likeness(image, saved(image)) == {LeakKind.NEAR_COPY: 1}, seed


def saved(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return what a JPEG of quality 95 holds of an image (3, y, x)."""
    file = io.BytesIO()
    Image.fromarray(image.transpose(1, 2, 0)).save(file, "JPEG", quality=95)
    return np.array(Image.open(file)).transpose(2, 0, 1)


def test_equal_images_of_a_split_count_once_among_near_copies() -> None:
    image = scenery(1)
    images = [image, image, image * 2, image * 2, image * 3]
    split_of = {f"i{n}": "train" if n < 2 else "test" for n in range(len(images))}
    sketches = {f"i{n}": sketch_of(one) for n, one in enumerate(images)}

    assert near_copies(split_of, sketches, 9).total == 2
    assert near_copies(split_of, sketches, 9).first == [("i0", "i2", 1.0), ("i0", "i4", 1.0)]
    assert near_copies(split_of, sketches, 1) == (2, [("i0", "i2", 1.0)])


def test_thousands_of_near_copies_are_counted_and_the_first_are_named() -> None:
    image = scenery(1)
    sketches = {f"i{n:04}": sketch_of(image + n) for n in range(600)}
    split_of = {id_: "train" if n % 2 else "test" for n, id_ in enumerate(sketches)}

    found = near_copies(split_of, sketches, 5)

    assert found.total == 300 * 300
    assert found.first == [("i0000", f"i000{n}", 1.0) for n in (1, 3, 5, 7, 9)]


def test_empty_images_copy_nothing() -> None:
    empty = np.zeros((3, 64, 64), np.uint16)
    hollow = np.full((3, 64, 64), np.nan, np.float32)

    assert likeness(empty, empty.copy()) == {}
    assert likeness(hollow, hollow.copy()) == {}


def test_small_and_mostly_empty_images_are_compared_for_equality() -> None:
    small, edge = scenery(1, side_px=20), scenery(1)
    edge[:, :, :40] = 0

    assert likeness(small, small + 1) == {}
    assert likeness(small, small.copy()) == {LeakKind.COPY: 1}
    assert likeness(edge, edge + 0) == {LeakKind.COPY: 1}


# -- the command ---------------------------------------------------------------------------------


def test_the_command_says_what_leaks_and_exits_with_a_code_of_its_own(tmp_path: Path) -> None:
    project = make(tmp_path)
    export(project, tmp_path / "out")
    clean = do("leaks", tmp_path / "out")
    edit(tmp_path / "out", "split", "elsewhere", row=0)
    found = run("leaks", tmp_path / "out")

    assert (clean.code, clean.out) == (0, "the splits share nothing that was looked for\n")
    assert found.code == 3
    assert "1 place with dates in several splits\n" in found.out
    assert run("leaks", tmp_path / "elsewhere").code == 1
    assert run("leaks", tmp_path / "out", "--json").lines[0]["leaks"]["dates"]["count"] == 1


def test_other_splits_are_judged_without_changing_the_export(tmp_path: Path) -> None:
    over = replace(GROUNDS[0], name="over", west_m=GROUNDS[0].west_m + 200)
    project = make(tmp_path, [*GROUNDS, over])
    export(project, tmp_path / "out")
    before = files(tmp_path / "out")
    mine = tmp_path / "mine.csv"
    lines = [f"{p},{s}\n" for p, s in given(project, SPLITS | {"over": "test"}).items()]
    mine.write_text("place,split\n" + "".join(lines))

    assert look(tmp_path / "out").total == 0
    assert look(tmp_path / "out", mine).counts[LeakKind.GROUND] == 1
    assert files(tmp_path / "out") == before


def test_an_image_without_a_scene_does_not_hide_that_others_share_one(tmp_path: Path) -> None:
    project = make(tmp_path, apart(4, scene="S2A_T33"))
    export(project, tmp_path / "out", given_splits=given(project, SPLITS))
    edit(tmp_path / "out", "scene", "", row=0)

    report = look(tmp_path / "out")

    assert report.counts[LeakKind.SCENE] == 1
    assert report.unchecked == {LeakKind.SCENE: 1}
    assert report.as_dict()["unchecked"] == {"scene": 1}
    line = "1 of 8 pairs have no scene and were not checked for it"
    assert line in run("leaks", tmp_path / "out").out


def test_card_and_warnings_say_what_was_not_checked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("s2label.exports.survey.Survey.add", without_scene)
    report = export(make(tmp_path), tmp_path / "out")

    line = "8 of 8 pairs have no scene and were not checked for it"
    assert line in report.warnings
    assert f"- {line}" in (tmp_path / "out/DATA_CARD.md").read_text("utf-8")


def without_scene(self: Survey, image: ImageRecord, bands: Iterable[BandRaster]) -> None:
    """Count an image as a source without scenes would have it counted."""
    ADD(self, replace(image, scene=""), bands)


@pytest.mark.parametrize("damage", ["folder", "columns", "image", "cut short", "binary"])
def test_what_is_no_sound_export_is_refused_in_one_line(tmp_path: Path, damage: str) -> None:
    out = tmp_path / "out"
    if damage == "folder":
        out.mkdir()
    else:
        export(make(tmp_path), out, format="png")
    image = next(iter(sorted((out / "images").glob("*"))), out)
    if damage == "columns":
        (out / "splits.csv").write_text("image,split\na,train\n")
    elif damage == "binary":
        (out / "splits.csv").write_bytes(b"\xff\xfe\x00image")
    elif damage == "image":
        image.unlink()
    elif damage == "cut short":
        image.write_bytes(image.read_bytes()[:60])

    with pytest.raises(InputError) as error:
        look(out)
    assert "\n" not in str(error.value)


# -- splits of one's own -------------------------------------------------------------------------


def test_given_splits_are_used_as_they_are(tmp_path: Path) -> None:
    project = make(tmp_path)
    export(project, tmp_path / "first")
    mine = tmp_path / "mine.csv"
    lines = [f"{place},{split}\n" for place, split in given(project, SPLITS).items()]
    mine.write_text("place,split\n" + "".join(lines))

    out = do("export", project, tmp_path / "out", "--format", "png", "--splits", mine)
    do(
        "export",
        project,
        tmp_path / "same",
        "--format",
        "png",
        "--splits",
        tmp_path / "out/splits.csv",
    )

    assert out.code == 0
    assert {
        r["place"].split("-")[0]: r["split"] for r in rows(tmp_path / "out/splits.csv")
    } == SPLITS
    assert files(tmp_path / "same") == files(tmp_path / "out")
    assert "They were given (`--splits`)" in (tmp_path / "out/DATA_CARD.md").read_text("utf-8")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("place\na\n", "no column split", id="column"),
        pytest.param("place,split\n", "no rows", id="empty"),
        pytest.param("place,split\na,train\na,test\n", "row 3 puts a into test", id="two splits"),
        pytest.param("place,split\na,../b\n", "row 2 has the split '../b'", id="path"),
        pytest.param("place,split\na,\n", "row 2 has the split ''", id="no split"),
        pytest.param("place,split\na,Train\nb,train\n", "the splits Train and train", id="case"),
        pytest.param("place,split\na,train\n", "none for 4 of 4 places", id="places"),
        pytest.param(None, "cannot be read", id="missing"),
    ],
)
def test_splits_that_cannot_be_used_are_refused(
    tmp_path: Path, text: str | None, expected: str
) -> None:
    project = make(tmp_path)
    mine = tmp_path / "mine.csv"
    if text is not None:
        mine.write_text(text)

    result = run("export", project, tmp_path / "out", "--format", "png", "--splits", mine)

    assert result.code == 1
    assert expected in result.err
    assert not (tmp_path / "out").exists()


def test_places_that_are_not_there_are_warned_of(tmp_path: Path) -> None:
    project = make(tmp_path)
    splits = given(project, SPLITS)
    report = export(project, tmp_path / "out", given_splits=splits | {"p9-gone": "test"})
    mine = tmp_path / "mine.csv"
    lines = [f" {place} ,{split} \n" for place, split in {**splits, "x": "test"}.items()]
    mine.write_text("place,split\n" + "".join(lines))

    words = "the given splits name 1 place that the project does not have, such as p9-gone"
    assert words in report.warnings
    assert f"Warning: {words}." in (tmp_path / "out/DATA_CARD.md").read_text("utf-8")
    found = look(tmp_path / "out", mine)
    assert found.warnings == [
        "the given splits name 1 place that the export does not have, such as x"
    ]
    assert found.total == 0


def test_a_rejected_place_in_given_splits_is_no_slip(tmp_path: Path) -> None:
    project = make(tmp_path)
    splits = given(project, SPLITS)
    with open_project(project, write=True) as opened:
        gone = next(id_ for id_ in splits if id_.startswith("p0"))
        images = [i for i in opened.catalog.image_ids() if i.startswith(gone)]
        decide(opened, Verdict.REJECT, *images)

    assert export(project, tmp_path / "out", given_splits=splits).warnings == []


def test_blanks_of_an_edited_table_make_no_split_of_their_own(tmp_path: Path) -> None:
    project = make(tmp_path)
    export(project, tmp_path / "out")
    split = rows(tmp_path / "out/splits.csv")[0]["split"]
    edit(tmp_path / "out", "split", f" {split} ", row=0)
    assert look(tmp_path / "out").total == 0

    edit(tmp_path / "out", "split", split.upper(), row=0)
    with pytest.raises(InputError, match="differ by more than case"):
        look(tmp_path / "out")
