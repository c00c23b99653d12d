"""An export holds exactly what was accepted, the same bytes every time, whole or not at all."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import rasterio
from PIL import Image

from s2label import durable
from s2label.canvases import CanvasKind
from s2label.classes import LANDCOVERNET, VESSELS
from s2label.errors import ExportError
from s2label.exports.options import ExportOptions, Format
from s2label.exports.run import export_project
from s2label.importers.options import ImportOptions, Kind
from s2label.importers.run import import_sources
from s2label.painting.canvas import canvas_of, read_canvas
from s2label.painting.painter import Painter
from s2label.progress import finish
from s2label.project import open_project
from s2label.project_file import FILE_NAME
from s2label.stretch import Stretch
from s2label.types import IGNORE, ClassTable, LabelClass, Lifetime, Verdict
from tests.factories.exports import (
    expected_descriptions,
    expected_files,
    export,
    files,
    rows,
    written_classes,
)
from tests.factories.painting import Inline
from tests.factories.projects import (
    BANDS,
    NODATA_ROWS,
    STRETCH,
    apart,
    classes_of,
    decide,
    make_project,
    pixels,
    write_source,
)
from tests.faults.seeds import LONG, some_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from s2label.progress import Progress
    from s2label.project import Project

FORMATS = pytest.mark.parametrize("format_", list(Format))
TABLES = {
    *("classes.csv", "splits.csv", "decisions.jsonl"),
    *("leaks.json", "LOG.jsonl", "DATA_CARD.md", "SHA256SUMS"),
}
GROUNDS = apart(5, mask_values=(1, 2, 5, 254, 255))


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a project of five places with two dates and a static mask, all accepted."""
    folder = make_project(tmp_path, GROUNDS)
    with open_project(folder, write=True) as opened:
        decide(opened, Verdict.ACCEPT)
    return folder


def steps(project: Path, out: Path, count: int, **options: Any) -> None:
    """Run an export for some steps, then close it as Ctrl-C does."""
    with open_project(project) as opened:
        job = export_project(opened, out, ExportOptions(**options))
        for _ in range(count):
            next(job)
        job.close()


def change(project: Path, act: Callable[[Any], object]) -> None:
    with open_project(project, write=True) as opened:
        act(opened)


def pairs(out: Path) -> set[tuple[str, str]]:
    return {(row["image"], row["mask"]) for row in rows(out / "splits.csv")}


def draft(out: Path) -> Path:
    return out.with_name(f".{out.name}.exporting")


def ids(project: Path) -> tuple[list[str], list[str]]:
    with open_project(project) as opened:
        return opened.catalog.image_ids(), [row["id"] for row in opened.catalog.list_masks()]


# -- what is taken -------------------------------------------------------------------------------


@FORMATS
def test_files_are_those_of_the_pairs(project: Path, tmp_path: Path, format_: Format) -> None:
    report = export(project, tmp_path / "out", format=format_)

    images, masks = ids(project)
    expected = expected_files(format_, images, masks)
    more = expected_descriptions(format_, images, masks)
    assert files(tmp_path / "out").keys() == expected | more | TABLES
    assert pairs(tmp_path / "out") == {(i, f"{i.rsplit('-', 2)[0]}-mask") for i in images}
    assert sorted(p.name for p in tmp_path.iterdir()) == ["out", "project", "sources"]
    assert (report.places, report.images, report.masks, report.pairs) == (5, 10, 5, 10)
    assert sum(report.pairs_by_split.values()) == 10
    json.dumps(asdict(report))


def test_a_rejected_image_leaves_its_mask(project: Path, tmp_path: Path) -> None:
    images, masks = ids(project)
    change(project, lambda p: decide(p, Verdict.REJECT, images[0], reason="cloudy"))

    export(project, tmp_path / "out")

    assert {image for image, _ in pairs(tmp_path / "out")} == set(images[1:])
    assert len(list((tmp_path / "out/masks").iterdir())) == len(masks)


def ignore(project: Project, image_id: str, rows: int) -> None:
    """Paint the upper rows of an image as cloud, as the window does."""
    painter = Painter(project, Inline())
    chip = project.catalog.chip(image_id)
    assert chip is not None
    mask = read_canvas(project, canvas_of(chip, CanvasKind.MASK, project.classes.lifetime))
    painter.look_at(chip, mask, None)
    chosen = np.zeros(chip.place.grid.shape, np.bool_)
    chosen[:rows] = True
    painter.set_pixels(CanvasKind.IGNORE, "brush", chosen, IGNORE)
    painter.settle()


@FORMATS
def test_pixels_ignored_in_one_image_are_ignored_in_no_other(
    project: Path, tmp_path: Path, format_: Format
) -> None:
    with open_project(project, write=True) as opened:
        first = opened.catalog.image_ids()[0]
        ignore(opened, first, rows=7)

    report = export(project, tmp_path / "out", format=format_)

    assert report.masks == len(GROUNDS)
    card = (tmp_path / "out" / "DATA_CARD.md").read_text("utf-8")
    assert re.search(rf"\| masks \|.*\| {len(GROUNDS)} \|", card)
    for row in rows(tmp_path / "out" / "splits.csv"):
        written = written_classes(tmp_path / "out" / row["mask_file"])
        expected = classes_of(GROUNDS[0])
        if row["image"] == first:
            expected[:7] = 255
        assert np.array_equal(written, expected), row
    assert card.count("copy of its own") == 1


def test_strokes_that_are_in_no_version_yet_are_said(project: Path, tmp_path: Path) -> None:
    with open_project(project, write=True) as opened:
        first = opened.catalog.image_ids()[0]
        chip = opened.catalog.chip(first)
        assert chip is not None
        painter = Painter(opened, Inline())
        ref = canvas_of(chip, CanvasKind.MASK, opened.classes.lifetime)
        painter.look_at(chip, read_canvas(opened, ref), None)
        painter.clear()

    assert any("strokes" in warning for warning in export(project, tmp_path / "out").warnings)


def test_a_rejected_mask_takes_all_its_images(project: Path, tmp_path: Path) -> None:
    images, masks = ids(project)
    change(project, lambda p: decide(p, Verdict.REJECT, masks[0], reason="wrong"))

    export(project, tmp_path / "out")

    assert {image for image, _ in pairs(tmp_path / "out")} == set(images[2:])
    assert f"masks/{masks[0]}.tif" not in files(tmp_path / "out")


def test_moving_masks_are_decided_one_by_one(tmp_path: Path) -> None:
    project = make_project(tmp_path, apart(2, mask_values=(0, 1, 254)), VESSELS)
    images, masks = ids(project)
    assert len(masks) == len(images) == 4
    change(project, lambda p: decide(p, Verdict.ACCEPT))
    change(project, lambda p: decide(p, Verdict.REJECT, masks[1]))

    export(project, tmp_path / "out")

    assert pairs(tmp_path / "out") == {(i, f"{i}-mask") for i in images if i != images[1]}


def test_open_ones_are_taken_only_when_asked(tmp_path: Path) -> None:
    project = make_project(tmp_path, GROUNDS)
    images, masks = ids(project)
    change(project, lambda p: decide(p, Verdict.ACCEPT, images[0], images[1], masks[0]))
    change(project, lambda p: decide(p, Verdict.REJECT, images[2]))

    export(project, tmp_path / "decided")
    export(project, tmp_path / "all", include_open=True)

    assert {image for image, _ in pairs(tmp_path / "decided")} == set(images[:2])
    assert {image for image, _ in pairs(tmp_path / "all")} == set(images) - {images[2]}
    assert "7 images and 4 masks in it are *open*" in (tmp_path / "all/DATA_CARD.md").read_text()


def test_nothing_accepted_is_said_with_counts(tmp_path: Path) -> None:
    project = make_project(tmp_path, GROUNDS)

    with pytest.raises(ExportError, match=r"nothing accepted yet: 10 images open.*--include-open"):
        export(project, tmp_path / "out")
    assert not (tmp_path / "out").exists()
    assert not draft(tmp_path / "out").exists()


def test_images_without_visible_bands_are_left_out_and_named(tmp_path: Path) -> None:
    odd = replace(GROUNDS[1], bands=("B08", "B04"))
    project = make_project(tmp_path, [GROUNDS[0], odd, *GROUNDS[2:]])
    change(project, lambda p: decide(p, Verdict.ACCEPT))

    report = export(project, tmp_path / "out", format=Format.PNG)

    assert len(report.left_out) == 2
    assert set(report.left_out.values()) == {"no B03, B02"}
    assert report.images == 8
    card = (tmp_path / "out/DATA_CARD.md").read_text()
    assert all(f"`{id_}`: no B03, B02" in card for id_ in report.left_out)
    assert export(project, tmp_path / "all").images == 10


def test_when_the_format_holds_no_image_that_is_refused(tmp_path: Path) -> None:
    project = make_project(tmp_path, [replace(GROUNDS[0], bands=("B08",))])
    change(project, lambda p: decide(p, Verdict.ACCEPT))

    with pytest.raises(ExportError, match="no B04, B03, B02 in 2 images"):
        export(project, tmp_path / "out", format="png")


# -- what is written -----------------------------------------------------------------------------


def test_geotiffs_hold_the_sources_numbers(tmp_path: Path) -> None:
    project = make_project(tmp_path, GROUNDS, offset_dn=-1000)
    change(project, lambda p: decide(p, Verdict.ACCEPT))
    export(project, tmp_path / "out")

    first, _ = sorted((tmp_path / "out/images").glob("p1-*"))
    with rasterio.open(first) as raster:
        assert np.array_equal(raster.read(), pixels(GROUNDS[1], 0))
        assert raster.crs == rasterio.CRS.from_epsg(32633)
        assert raster.transform == GROUNDS[1].grid.affine
        assert raster.descriptions == BANDS
        assert raster.nodata == 0
        assert not raster.dataset_mask()[:NODATA_ROWS].any()
        assert raster.dataset_mask()[NODATA_ROWS:].all()
        assert np.allclose(raster.scales, 1e-4)
        assert np.allclose(raster.offsets, -0.1)
        assert raster.profile["compress"] == "deflate"
        tags = raster.tags()
    assert tags["image"] == first.stem
    assert (tags["date"], tags["scene"]) == ("2018-01-05", "p1_0")
    assert tags["radiometry"] == "said by the test"
    assert not [name for name in tags if name.startswith("TIFFTAG")]


def test_geotiff_masks_have_classes_colours_and_provenance(project: Path, tmp_path: Path) -> None:
    export(project, tmp_path / "out")

    (path,) = (tmp_path / "out/masks").glob("p0-*")
    with rasterio.open(path) as raster:
        assert np.array_equal(raster.read(1), classes_of(GROUNDS[0]))
        assert np.array_equal(raster.read(2), (classes_of(GROUNDS[0]) != 254).astype(np.uint8))
        assert raster.crs == rasterio.CRS.from_epsg(32633)
        assert raster.transform == GROUNDS[0].grid.affine
        assert raster.descriptions == ("class", "provenance")
        assert raster.nodata is None
        assert raster.colormap(1)[5][:3] == LANDCOVERNET.classes[4].rgb
        assert raster.tags()["CLASS_5"] == "Woody Vegetation"
        assert raster.tags()["CLASS_254"] == "not labelled"


def test_bands_of_eight_bits_stay_bands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.factories.projects.pixels", lambda *_: np.full((4, 32, 32), 7, "u1"))
    project = make_project(tmp_path, [GROUNDS[0]])
    change(project, lambda p: decide(p, Verdict.ACCEPT))

    export(project, tmp_path / "out")

    with rasterio.open(next((tmp_path / "out/images").iterdir())) as raster:
        assert raster.dtypes == ("uint8",) * 4
        colours = {interpretation.name for interpretation in raster.colorinterp}
        assert colours == {"gray", "undefined"}


@pytest.mark.parametrize("offset_dn", [0, -1000])
def test_png_images_are_stretched_reflectance(tmp_path: Path, offset_dn: int) -> None:
    project = make_project(tmp_path, GROUNDS[:2], offset_dn=offset_dn)
    change(project, lambda p: decide(p, Verdict.ACCEPT))
    export(project, tmp_path / "out", format="png")

    first, _ = sorted((tmp_path / "out/images").glob("p1-*"))
    with Image.open(first) as picture:
        assert picture.mode == "RGB"
        assert picture.text["crs"] == "EPSG:32633"  # type: ignore[attr-defined]
        shown = np.asarray(picture)
    low, high = STRETCH.limits["B04"]
    rgb = pixels(GROUNDS[1], 0)[[2, 1, 0]].transpose(1, 2, 0).astype(float)
    expected = np.clip(1 + 254 * ((rgb + offset_dn) / 10_000 - low) / (high - low), 1, 255)
    assert (shown[:NODATA_ROWS] == 0).all()
    assert np.abs(shown[NODATA_ROWS:] - expected[NODATA_ROWS:]).max() <= 0.501


def test_png_masks_are_indices_of_eight_bits_with_a_palette(project: Path, tmp_path: Path) -> None:
    export(project, tmp_path / "out", format="png")

    (path,) = (tmp_path / "out/masks").glob("p0-*")
    # Of the PNG specification: bit depth and colour type stand at bytes 24 and 25; 3 is a palette.
    assert tuple(path.read_bytes()[24:26]) == (8, 3)
    with Image.open(path) as picture:
        assert np.array_equal(np.asarray(picture), classes_of(GROUNDS[0]))
        colours = np.asarray(picture.convert("RGB")).reshape(-1, 3)
    table = {int(r["value"]): r["colour"] for r in rows(tmp_path / "out/classes.csv")}
    for value in (1, 5, 254, 255):
        (shown,) = np.unique(colours[classes_of(GROUNDS[0]).ravel() == value], axis=0)
        assert "#" + bytes(shown.tolist()).hex() == table[value]
    assert len(set(table.values())) == len(table)


def test_classes_table_names_every_written_value(project: Path, tmp_path: Path) -> None:
    export(project, tmp_path / "out")

    names = {int(r["value"]): r["name"] for r in rows(tmp_path / "out/classes.csv")}
    assert names == {
        0: "background",
        **{c.value: c.name for c in LANDCOVERNET.classes},
        254: "not labelled",
        255: "ignore",
    }


@FORMATS
@pytest.mark.parametrize("void", [0, 99])
def test_void_is_written_for_not_labelled(
    project: Path, tmp_path: Path, format_: Format, void: int
) -> None:
    export(project, tmp_path / "out", format=format_, void=void)

    row = next(r for r in rows(tmp_path / "out/splits.csv") if r["image"].startswith("p0-"))
    path = tmp_path / "out" / row["mask_file"]
    expected = classes_of(GROUNDS[0])
    expected[expected == 254] = void
    assert np.array_equal(written_classes(path), expected)
    if path.suffix == ".tif":
        with rasterio.open(path) as raster:
            assert raster.tags()[f"CLASS_{void}"] == "not labelled"
    table = {r["value"]: r["name"] for r in rows(tmp_path / "out/classes.csv")}
    assert table[str(void)] == "not labelled"
    assert "254" not in table


@pytest.mark.parametrize("void", [1, 7, 255, 256, -1])
def test_void_that_means_something_is_refused(project: Path, tmp_path: Path, void: int) -> None:
    with pytest.raises(ExportError, match=f"void {void}"):
        export(project, tmp_path / "out", void=void)


def test_void_zero_is_refused_where_zero_is_background(tmp_path: Path) -> None:
    project = make_project(tmp_path, apart(1, mask_values=(0, 1, 254)), VESSELS)
    change(project, lambda p: decide(p, Verdict.ACCEPT))

    with pytest.raises(ExportError, match="0 means the background"):
        export(project, tmp_path / "out", void=0)


def test_void_zero_never_mixes_with_painted_background(tmp_path: Path) -> None:
    project = make_project(tmp_path, apart(1, mask_values=(0, 1, 254)))
    change(project, lambda p: decide(p, Verdict.ACCEPT))

    with pytest.raises(ExportError, match=r"holds background \(0\)"):
        export(project, tmp_path / "out", void=0)


def test_a_value_that_the_class_table_lost_is_refused(tmp_path: Path) -> None:
    table = ClassTable("few", Lifetime.STATIC, (LabelClass(1, "Water", "#0000ff"),))
    project = make_project(tmp_path, apart(1, mask_values=(1, 6)), table)
    change(project, lambda p: decide(p, Verdict.ACCEPT))

    with pytest.raises(ExportError, match="holds 6"):
        export(project, tmp_path / "out")


# -- tables and card -----------------------------------------------------------------------------


def test_decisions_are_the_log_line_by_line(project: Path, tmp_path: Path) -> None:
    change(project, lambda p: p.catalog.undo())
    change(project, lambda p: p.catalog.redo())
    export(project, tmp_path / "out")

    lines = (tmp_path / "out/decisions.jsonl").read_text("utf-8").splitlines()
    with open_project(project) as opened:
        assert [json.loads(line) for line in lines] == opened.catalog.history()


def test_checksums_are_what_sha256sum_reads(project: Path, tmp_path: Path) -> None:
    export(project, tmp_path / "out")

    lines = (tmp_path / "out/SHA256SUMS").read_text().splitlines()
    found = {line[66:]: line[:64] for line in lines}
    content = files(tmp_path / "out")
    del content["SHA256SUMS"]
    assert found == {name: hashlib.sha256(data).hexdigest() for name, data in content.items()}
    assert list(found) == sorted(found)
    command = ["sha256sum", "-c", "--quiet", "SHA256SUMS"]
    assert subprocess.run(command, cwd=tmp_path / "out", check=False).returncode == 0


def test_splits_never_divide_a_group(tmp_path: Path) -> None:
    near = [replace(g, name=f"near-{g.name}", west_m=g.west_m + 1500) for g in GROUNDS]
    project = make_project(tmp_path, [*GROUNDS, *near])
    change(project, lambda p: decide(p, Verdict.ACCEPT))
    report = export(project, tmp_path / "out")

    table = rows(tmp_path / "out/splits.csv")
    sides: dict[str, set[str]] = {}
    places: dict[str, set[str]] = {}
    for row in table:
        sides.setdefault(row["group"], set()).add(row["split"])
        places.setdefault(row["group"], set()).add(row["place"])
    assert all(len(splits) == 1 for splits in sides.values())
    assert all(len(members) == 2 for members in places.values())
    assert (report.groups, len(table)) == (5, 20)
    assert Counter(row["split"] for row in table) == report.pairs_by_split
    assert set(report.pairs_by_split) == {"train", "validation", "test"}


def test_chips_of_a_scene_are_one_group_and_that_is_warned_of(tmp_path: Path) -> None:
    project = make_project(tmp_path, apart(3, 640, scene="S2A_T33"))
    change(project, lambda p: decide(p, Verdict.ACCEPT))

    report = export(project, tmp_path / "out")

    assert report.groups == 1
    assert report.pairs_by_split == {"train": 6, "validation": 0, "test": 0}
    (warning,) = report.warnings
    assert "only 1 group of ground" in warning
    assert warning in (tmp_path / "out/DATA_CARD.md").read_text()


def test_the_card_tells_counts_reasons_sources_and_no_folders(
    project: Path, tmp_path: Path
) -> None:
    images, masks = ids(project)
    change(project, lambda p: decide(p, Verdict.REJECT, images[0], reason="cloudy"))
    change(project, lambda p: decide(p, Verdict.REJECT, masks[4], reason="wrong | odd"))
    export(project, tmp_path / "out", licence="CC-BY-4.0", format="png")

    card = (tmp_path / "out/DATA_CARD.md").read_text("utf-8")
    assert "| image | rejected: cloudy | 1 |" in card
    assert "| mask | rejected: wrong \\| odd | 1 |" in card
    assert "| image | its mask is rejected, open or missing | 2 |" in card
    assert re.search(r"\| pairs \|.*\| 7 \|", card)
    assert "| 5 | Woody Vegetation | #d64c2b |" in card
    assert "| B04 | 7 | 10000 | 0 | 0 |" in card
    assert "| B04 | 0.01 | 0.31 |" in card
    assert "CC-BY-4.0" in card
    assert "modified Copernicus Sentinel data" in card
    assert "sha256sum -c SHA256SUMS" in card
    assert "sources" in card
    assert str(tmp_path) not in card


# -- the same bytes ------------------------------------------------------------------------------


@FORMATS
def test_bytes_depend_on_nothing_but_the_project(
    project: Path, tmp_path: Path, format_: Format, monkeypatch: pytest.MonkeyPatch
) -> None:
    export(project, tmp_path / "out", format=format_)
    expected = files(tmp_path / "out")
    later = time.time() + 400 * 86_400
    monkeypatch.setattr(time, "time", lambda: later)
    for path in (tmp_path / "sources").iterdir():
        os.utime(path, (later, later))

    export(project, tmp_path / "elsewhere/deeper/data", format=format_)
    export(project, tmp_path / "out", format=format_)

    assert files(tmp_path / "elsewhere/deeper/data") == expected
    assert files(tmp_path / "out") == expected


@FORMATS
@pytest.mark.parametrize("count", some_of([4, 9, 13]))
def test_an_interrupted_export_goes_on_to_the_same_bytes(
    project: Path, tmp_path: Path, format_: Format, count: int
) -> None:
    export(project, tmp_path / "whole", format=format_)

    steps(project, tmp_path / "out", count, format=format_)
    assert not (tmp_path / "out").exists()
    export(project, tmp_path / "out", format=format_)

    assert files(tmp_path / "out") == files(tmp_path / "whole")
    assert not draft(tmp_path / "out").exists()


def test_a_rerun_keeps_what_is_written(project: Path, tmp_path: Path) -> None:
    steps(project, tmp_path / "out", 9)
    kept = {p.name: p.stat().st_ino for p in (draft(tmp_path / "out") / "images").iterdir()}
    assert kept

    export(project, tmp_path / "out")

    again = {p.name: p.stat().st_ino for p in (tmp_path / "out/images").iterdir()}
    assert kept.items() <= again.items()


@pytest.mark.parametrize("difference", ["options", "decisions", "stretch", "restart"])
def test_another_plan_starts_anew(
    project: Path, tmp_path: Path, difference: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps(project, tmp_path / "out", 9, format="png")
    stale = next((draft(tmp_path / "out") / "images").iterdir())
    stale.write_bytes(b"of another plan")
    options: dict[str, Any] = {"format": "png"}
    if difference == "options":
        options["void"] = 0
    elif difference == "decisions":
        last = ids(project)[0][-1]
        change(project, lambda p: decide(p, Verdict.REJECT, last))
    elif difference == "stretch":
        wider = Stretch(dict.fromkeys(BANDS, (0.0, 0.5)), fixed=True)
        change(project, lambda p: p.keep_stretch(wider))
    else:
        monkeypatch.setattr("s2label.exports.draft._boot", lambda: "another start")

    export(project, tmp_path / "out", **options)
    export(project, tmp_path / "whole", **options)

    assert files(tmp_path / "out") == files(tmp_path / "whole")


def test_parts_and_side_files_do_not_get_in(project: Path, tmp_path: Path) -> None:
    steps(project, tmp_path / "out", 9)
    (draft(tmp_path / "out") / "images/.x.part.tif").write_bytes(b"half")
    (draft(tmp_path / "out") / "masks/y.tif.aux.xml").write_bytes(b"<PAM/>")

    export(project, tmp_path / "out")
    export(project, tmp_path / "whole")

    assert files(tmp_path / "out") == files(tmp_path / "whole")


KILLED = """
import os, signal, sys
from pathlib import Path
from s2label.exports import draft
from s2label.exports.options import ExportOptions
from s2label.exports.run import export_project
from s2label.painting.canvas import canvas_of, read_canvas
from s2label.painting.painter import Painter
from s2label.progress import finish
from s2label.project import open_project

project, out, moment = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
calls = 0

def counted(function):
    def call(*args, **kwargs):
        global calls
        calls += 1
        if calls == moment:
            os.kill(os.getpid(), signal.SIGKILL)
        return function(*args, **kwargs)
    return call

for owner, name in ((Path, "replace"), (Path, "rename"), (Path, "unlink"), (os, "fsync"),
                    (draft.shutil, "rmtree")):
    setattr(owner, name, counted(getattr(owner, name)))
with open_project(project) as opened:
    finish(export_project(opened, out, ExportOptions()))
print("not killed")
"""


# Each moment costs a process; the kills at random ones (tests/faults) come beside these.
MOMENTS = range(1, 60, 1 if LONG else 13)


@pytest.mark.skipif(os.name != "posix", reason="kill -9")
def test_killed_at_any_moment_the_same_command_gives_the_same_bytes(
    tmp_path: Path,
) -> None:
    project = make_project(tmp_path, GROUNDS[:1])
    change(project, lambda p: decide(p, Verdict.ACCEPT))
    out = tmp_path / "out"
    export(project, out, seed=1)
    export(project, tmp_path / "whole")
    old, new = files(out), files(tmp_path / "whole")
    killed = 0
    for moment in MOMENTS:
        shutil.rmtree(out)
        export(project, out, seed=1)
        command = [sys.executable, "-c", KILLED, str(project), str(out), str(moment)]
        run = subprocess.run(command, capture_output=True, text=True, check=False)
        if run.returncode != -signal.SIGKILL:
            assert run.stdout == "not killed\n", run.stderr
            break
        killed += 1
        assert not out.exists() or files(out) in (old, new)
        export(project, out)
        assert files(out) == new
        assert not list(tmp_path.glob(".out.*"))
    assert 20 < killed * MOMENTS.step < 59


def test_what_a_kill_between_two_renames_left_is_put_back(project: Path, tmp_path: Path) -> None:
    export(project, tmp_path / "out")
    before = files(tmp_path / "out")
    (tmp_path / "out").rename(tmp_path / ".out.replaced")
    change(project, lambda p: decide(p, Verdict.OPEN))

    with pytest.raises(ExportError, match="nothing accepted"):
        export(project, tmp_path / "out")
    assert files(tmp_path / "out") == before
    assert not (tmp_path / ".out.replaced").exists()


# -- refusals ------------------------------------------------------------------------------------


@FORMATS
def test_an_earlier_export_and_an_empty_folder_are_replaced(
    project: Path, tmp_path: Path, format_: Format
) -> None:
    (tmp_path / "out").mkdir()
    export(project, tmp_path / "out", format=Format.PNG)

    export(project, tmp_path / "out", format=format_)
    export(project, tmp_path / "whole", format=format_)

    assert files(tmp_path / "out") == files(tmp_path / "whole")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["out", "project", "sources", "whole"]


def test_a_folder_of_something_else_stays(project: Path, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out/thesis.txt").write_text("mine")

    with pytest.raises(ExportError, match="no export of this program"):
        export(project, tmp_path / "out")
    assert files(tmp_path / "out") == {"thesis.txt": b"mine"}


def test_a_file_stays(project: Path, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("mine")

    with pytest.raises(ExportError, match="is a file"):
        export(project, tmp_path / "out")
    assert (tmp_path / "out").read_text() == "mine"


@pytest.mark.parametrize("where", ["project", "project/data", ".", "link/data"])
def test_out_and_project_must_not_overlap(project: Path, tmp_path: Path, where: str) -> None:
    (tmp_path / "link").symlink_to(project)
    before = files(project).keys()

    with pytest.raises(ExportError, match="overlaps the project"):
        export(project, tmp_path / where)
    assert files(project).keys() == before


def test_an_export_that_is_a_source_is_not_replaced(project: Path, tmp_path: Path) -> None:
    export(project, tmp_path / "out")
    change(project, lambda p: reimport_images(p, tmp_path / "out" / "images"))
    before = files(tmp_path / "out")

    with pytest.raises(ExportError, match="a source of this project"):
        export(project, tmp_path / "out")
    assert files(tmp_path / "out") == before


def reimport_images(project: Project, folder: Path) -> None:
    finish(import_sources(project, [folder], ImportOptions(kind=Kind.GEOTIFF)))


def test_files_that_somebody_put_into_an_export_are_not_deleted(
    project: Path, tmp_path: Path
) -> None:
    export(project, tmp_path / "out")
    (tmp_path / "out" / "images" / "my-notes.txt").write_text("mine")
    before = files(tmp_path / "out")

    with pytest.raises(ExportError, match=r"images/my-notes\.txt.*did not write"):
        export(project, tmp_path / "out")
    assert files(tmp_path / "out") == before


def test_what_gdal_notes_beside_a_raster_is_nobodys_data(project: Path, tmp_path: Path) -> None:
    export(project, tmp_path / "out")
    before = files(tmp_path / "out")
    image = next(iter(sorted((tmp_path / "out/images").iterdir())))
    image.with_name(f"{image.name}.aux.xml").write_text("<PAMDataset/>")

    export(project, tmp_path / "out")

    assert files(tmp_path / "out") == before
    (tmp_path / "out/images/other.tif.aux.xml").write_text("<PAMDataset/>")
    with pytest.raises(ExportError, match=r"other\.tif\.aux\.xml"):
        export(project, tmp_path / "out")


def test_a_folder_that_cannot_be_made_is_said(project: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")

    with pytest.raises(ExportError, match="cannot be written"):
        export(project, tmp_path / "file/out")


@FORMATS
@pytest.mark.parametrize("damage", ["changed", "shorter", "missing"])
def test_a_changed_or_missing_source_is_named(
    project: Path, tmp_path: Path, format_: Format, damage: str
) -> None:
    source = tmp_path / "sources/p3_1.tif"
    if damage == "changed":
        write_source(source, GROUNDS[3], pixels(GROUNDS[3], 7))
    elif damage == "shorter":
        source.write_bytes(source.read_bytes()[:-100])
    else:
        source.unlink()

    with pytest.raises(ExportError, match=r"p3_1\.tif: (is missing|has changed since)"):
        export(project, tmp_path / "out", format=format_)
    assert not (tmp_path / "out").exists()
    assert not draft(tmp_path / "out").exists()


def test_a_source_that_no_pair_needs_may_be_missing(project: Path, tmp_path: Path) -> None:
    images, _ = ids(project)
    change(project, lambda p: decide(p, Verdict.REJECT, images[-1]))
    (tmp_path / "sources/p4_1.tif").unlink()

    assert export(project, tmp_path / "out").images == 9


@pytest.mark.parametrize("damage", ["changed", "missing"])
def test_a_damaged_mask_is_named(project: Path, tmp_path: Path, damage: str) -> None:
    _, masks = ids(project)
    path = project / "masks" / masks[2] / "1.tif"
    if damage == "changed":
        data = bytearray(path.read_bytes())
        data[-1] ^= 1
        path.write_bytes(bytes(data))
    else:
        path.unlink()

    with pytest.raises(ExportError, match=rf"{masks[2]}/1\.tif: (is damaged|cannot be read)"):
        export(project, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_an_earlier_export_survives_a_refusal(project: Path, tmp_path: Path) -> None:
    export(project, tmp_path / "out")
    before = files(tmp_path / "out")
    (tmp_path / "sources/p3_1.tif").unlink()

    with pytest.raises(ExportError, match="is missing"):
        export(project, tmp_path / "out", format="png")
    assert files(tmp_path / "out") == before


def test_a_stretch_without_a_needed_band_is_said(project: Path, tmp_path: Path) -> None:
    change(project, lambda p: p.keep_stretch(Stretch({"B02": (0, 0.3), "B04": (0, 0.3)})))
    if "B03 =" in (project / FILE_NAME).read_text():
        pytest.fail("the factory's stretch is still there")

    with pytest.raises(ExportError, match="no limits for B03; run `s2label import` again"):
        export(project, tmp_path / "out", format="png")
    assert export(project, tmp_path / "out").images == 10


def test_two_exports_to_one_folder_do_not_mix(project: Path, tmp_path: Path) -> None:
    with open_project(project) as opened:
        job = export_project(opened, tmp_path / "out", ExportOptions())
        for _ in range(4):
            next(job)
        with pytest.raises(ExportError, match="another export is writing"):
            export(project, tmp_path / "out")
        finish(job)
    assert len(pairs(tmp_path / "out")) == 10


@pytest.mark.parametrize(
    "options",
    [
        pytest.param({"format": "bmp"}, id="format"),
        pytest.param({"shares": {"train": -1, "test": 2}}, id="negative share"),
        pytest.param({"shares": {}}, id="no shares"),
    ],
)
def test_options_that_mean_nothing_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ExportError):
        ExportOptions(**options)


def test_progress_counts_pairs(project: Path, tmp_path: Path) -> None:
    seen: list[Progress] = []
    with open_project(project) as opened:
        finish(export_project(opened, tmp_path / "out", ExportOptions()), seen.append)

    assert {step.total for step in seen} == {10}
    done = [step.done for step in seen]
    assert done == sorted(done)
    assert set(range(11)) == set(done)


def test_mask_files_are_only_read(project: Path, tmp_path: Path) -> None:
    before = {p: durable.sha256_of(p) for p in (project / "masks").rglob("*.tif")}

    export(project, tmp_path / "out", void=0)

    assert {p: durable.sha256_of(p) for p in (project / "masks").rglob("*.tif")} == before
