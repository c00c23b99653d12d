"""A rebuild makes the same bytes from log, sources and mask files; what differs is named."""

from __future__ import annotations

import json
import os
import shutil
import zipfile
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from s2label.canvases import CanvasKind
from s2label.classes import LANDCOVERNET, VESSELS
from s2label.errors import ExportError
from s2label.exports.checksums import CHECKSUMS
from s2label.exports.log_request import LogRequest
from s2label.exports.options import ExportOptions, Format
from s2label.exports.run import export_project
from s2label.progress import finish
from s2label.project import open_project
from s2label.raster import source_of
from s2label.rebuilding.run import rebuild_export
from s2label.suspicions import SuspicionKind
from s2label.types import Decision, Subject, Verdict
from tests.factories.commands import do, run
from tests.factories.cut_scenes import bring, new_project, store_chips, write_scene
from tests.factories.exports import export, files
from tests.factories.painting import RealPainting
from tests.factories.projects import apart, decide, import_grounds, make_project
from tests.factories.rebuilding import (
    GROUNDS,
    keep_only_masks,
    make_worked_project,
    random_work,
    rebuild,
    rows_of,
)
from tests.factories.suspicions import chips_of, suspicion, unlabelled


@pytest.fixture(scope="module")
def worked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a worked project and its sources; tests only read it."""
    folder = tmp_path_factory.mktemp("worked")
    make_worked_project(folder)
    return folder


def moved_to(path: Path, target: Path) -> Path:
    target.parent.mkdir(parents=True, exist_ok=True)
    return path.rename(target)


OPTIONS: dict[Format, dict[str, Any]] = {
    Format.PNG: {"include_open": True, "void": 0, "seed": 3},
    Format.GEOTIFF: {"licence": "CC-BY-4.0"},
    Format.NPZ: {"include_open": True},
    Format.COCO: {},
    Format.STAC: {"shares": {"train": 1, "test": 1}},
}


@pytest.mark.parametrize("format_", list(Format))
def test_every_format_is_made_again_without_project_and_with_moved_sources(
    worked: Path, tmp_path: Path, format_: Format
) -> None:
    here = shutil.copytree(worked, tmp_path / "here")
    with open_project(here / "project") as opened:
        places = opened.catalog.places()
    given = dict(zip(places, ("train", "test", "train", "test", "mine"), strict=True))
    splits = {"given_splits": given} if format_ is Format.COCO else {}
    export(worked / "project", tmp_path / "out", format=format_, **OPTIONS[format_], **splits)
    masks = keep_only_masks(here / "project", tmp_path / "masks")
    moved = moved_to(here / "sources", tmp_path / "disk")

    report = rebuild(tmp_path / "out/LOG.jsonl", tmp_path / "again", masks, moved)

    assert files(tmp_path / "again") == files(tmp_path / "out")
    assert report.is_identical
    assert report.files == len(files(tmp_path / "out")) - 1
    assert report.program is None
    json.dumps(asdict(report))


@pytest.mark.parametrize("seed", range(3))
def test_whatever_was_done_is_replayed_to_the_same_states(tmp_path: Path, seed: int) -> None:
    classes, values = (VESSELS, (0, 1, 254)) if seed % 2 else (LANDCOVERNET, (1, 2, 254))
    grounds = apart(2, mask_values=values, side_px=16)
    project = make_project(tmp_path, grounds, classes)
    random_work(project, seed, 25)
    # Sources change and are imported again: versions that no act made.
    more = [replace(ground, mask_values=(1, 254)) for ground in grounds]
    with open_project(project, write=True) as opened:
        import_grounds(opened, tmp_path / "sources", more, offset_dn=-1000)
    random_work(project, seed + 100, 25)
    export(project, tmp_path / "out", format="png", include_open=True)
    kinds = {row["kind"] for row in rows_of(tmp_path / "out/LOG.jsonl") if row["row"] == "act"}
    assert {"decide", "paint", "undo", "settle"} <= kinds

    report = rebuild(tmp_path / "out/LOG.jsonl", tmp_path / "again", project, tmp_path / "sources")

    assert report.is_identical


def test_decisions_on_suspicions_are_replayed(tmp_path: Path) -> None:
    project = make_project(tmp_path, apart(2, mask_values=(0, 1), side_px=16), VESSELS)
    with open_project(project, write=True) as opened:
        catalog = opened.catalog
        decide(opened, Verdict.ACCEPT)
        chips = chips_of(catalog)
        found = [suspicion(chips[0], SuspicionKind.SHIFTED), unlabelled(chips[1])]
        catalog.note_suspicions(found, [], found[0].audit)
        for record in found:
            catalog.decide([Decision(Subject.SUSPICION, record.id, Verdict.REJECT, "is fine")])
        catalog.undo()
    export(project, tmp_path / "out", format="png")
    assert '"suspicion"' in (tmp_path / "out/decisions.jsonl").read_text()

    report = rebuild(tmp_path / "out/LOG.jsonl", tmp_path / "again", project, tmp_path / "sources")

    assert report.is_identical


def test_no_folder_of_this_machine_is_in_the_log(worked: Path, tmp_path: Path) -> None:
    export(worked / "project", tmp_path / "out", format="png")
    log = (tmp_path / "out/LOG.jsonl").read_text("utf-8")
    assert str(worked.parent) not in log
    paths = {row["path"] for row in rows_of(tmp_path / "out/LOG.jsonl") if row["row"] == "source"}
    assert paths == {f"sources/p{n}_{date}.tif" for n in range(len(GROUNDS)) for date in (0, 1)}


def test_a_log_for_this_machine_needs_no_folders(worked: Path, tmp_path: Path) -> None:
    own = tmp_path / "own.jsonl"
    do("export", worked / "project", tmp_path / "out", "--format", "png", "--log", own)
    expected = files(tmp_path / "out")
    shutil.rmtree(tmp_path / "out")

    printed = do("rebuild", own, tmp_path / "again")

    assert files(tmp_path / "again") == expected
    assert f"identical: {len(expected) - 1} files" in printed.out


def test_without_folders_the_log_of_an_export_is_refused(worked: Path, tmp_path: Path) -> None:
    export(worked / "project", tmp_path / "out", format="png")
    printed = run("rebuild", tmp_path / "out/LOG.jsonl", tmp_path / "again")
    assert printed.code == 1
    assert "--masks" in printed.err
    assert not (tmp_path / "again").exists()


@pytest.mark.parametrize("where", ["{out}/own.jsonl", "nowhere/own.jsonl", "{out}"])
def test_a_log_for_this_machine_lies_in_no_export(worked: Path, tmp_path: Path, where: str) -> None:
    own = tmp_path / where.format(out="out")
    out = tmp_path / "out"
    printed = run("export", worked / "project", out, "--format", "png", "--log", own)
    assert printed.code == 1
    assert str(own) in printed.err
    assert not out.exists()


@pytest.mark.parametrize(
    ("name", "as_said"),
    [("DATA_CARD.md", "differs"), ("gone.txt", "not made"), ("LEAKS", "new")],
)
def test_what_differs_is_named(worked: Path, tmp_path: Path, name: str, as_said: str) -> None:
    out = tmp_path / "out"
    export(worked / "project", out, format="png")
    lines = (out / CHECKSUMS).read_text().splitlines()
    if as_said == "differs":
        lines = [f"{'0' * 64}  {name}" if line.endswith(name) else line for line in lines]
    elif as_said == "not made":
        lines.append(f"{'0' * 64}  {name}")
    else:
        name = "leaks.json"
        lines = [line for line in lines if not line.endswith(name)]
    (out / CHECKSUMS).write_text("\n".join(lines) + "\n")
    folders = ("--masks", worked / "project", "--sources", worked / "sources")

    printed = run("rebuild", out / "LOG.jsonl", tmp_path / "again", *folders)

    assert printed.code == 1
    assert f"{name}: {as_said}" in printed.out
    assert "1 files are not as they were" in printed.err
    assert (tmp_path / "again/DATA_CARD.md").is_file()


def test_without_checksums_nothing_is_compared(worked: Path, tmp_path: Path) -> None:
    export(worked / "project", tmp_path / "out", format="png")
    log = shutil.copy(tmp_path / "out/LOG.jsonl", tmp_path / "alone.jsonl")
    folders = ("--masks", worked / "project", "--sources", worked / "sources")
    printed = do("rebuild", log, tmp_path / "again", *folders)
    assert "not compared" in printed.out
    assert files(tmp_path / "again") == files(tmp_path / "out")


def test_a_stopped_rebuild_goes_on(
    worked: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    export(worked / "project", tmp_path / "out", format="geotiff")
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(scratch))
    log, again = tmp_path / "out/LOG.jsonl", tmp_path / "again"
    job = rebuild_export(log, again, worked / "project", [worked / "sources"])
    draft = tmp_path / ".again.exporting"
    while len(list(draft.glob("images/[!.]*"))) < 2:
        next(job)
    job.close()
    written = {path: path.stat().st_mtime_ns for path in (draft / "images").iterdir()}
    assert written
    assert not again.exists()
    assert list(scratch.iterdir()) == []

    report = rebuild(log, again, worked / "project", worked / "sources")

    assert report.is_identical
    for path, mtime_ns in written.items():
        assert (again / "images" / path.name).stat().st_mtime_ns == mtime_ns
    assert list(scratch.iterdir()) == []


def test_sources_are_told_apart_by_content_where_folders_are_not_as_before(
    worked: Path, tmp_path: Path
) -> None:
    export(worked / "project", tmp_path / "out", format="png")
    # Every source under the name of another as well: size and name fit, content does not.
    sources = sorted((worked / "sources").glob("*.tif"))
    for number, path in enumerate(sources):
        wrong, right = tmp_path / "disk/a/x", tmp_path / f"disk/b/{number}"
        for folder in (wrong, right):
            folder.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, right)
        shutil.copy(sources[number - 1], wrong / path.name)

    log = tmp_path / "out/LOG.jsonl"
    assert rebuild(log, tmp_path / "again", worked / "project", tmp_path / "disk").is_identical


def test_equal_sources_may_share_the_file_that_is_left(tmp_path: Path) -> None:
    project = make_project(tmp_path, apart(1, side_px=16, dates=("2018-01-05",)))
    double = tmp_path / "more/sources"
    with open_project(project, write=True) as opened:
        import_grounds(opened, double, apart(1, side_px=16, dates=("2018-02-05",)))
        decide(opened, Verdict.ACCEPT)
    export(project, tmp_path / "out", format="png")
    shutil.rmtree(double)

    log = tmp_path / "out/LOG.jsonl"
    assert rebuild(log, tmp_path / "again", project, tmp_path / "sources").is_identical


def test_a_source_that_no_pair_needs_may_be_missing(worked: Path, tmp_path: Path) -> None:
    export(worked / "project", tmp_path / "out", format="png")
    sources = shutil.copytree(worked / "sources", tmp_path / "sources")
    (sources / "p0_0.tif").unlink()  # of the rejected image
    log = tmp_path / "out/LOG.jsonl"
    assert rebuild(log, tmp_path / "again", worked / "project", sources).is_identical
    (sources / "p1_0.tif").unlink()
    os.truncate(sources / "p1_1.tif", 100)
    with pytest.raises(
        ExportError, match=r"2 of 7 sources .*p1_0\.tif, sources/p1_1\.tif \(changed"
    ):
        rebuild(log, tmp_path / "third", worked / "project", tmp_path)
    assert not (tmp_path / "third").exists()


def test_strokes_in_no_version_yet_are_warned_of_again(tmp_path: Path) -> None:
    project = make_project(tmp_path, apart(1, side_px=16))
    with open_project(project, write=True) as opened:
        decide(opened, Verdict.ACCEPT)
        painting = RealPainting(opened)
        painting.look(0)
        painting.paint(CanvasKind.MASK, range(9), 2, 2, drawn=False)
    with open_project(project) as opened:
        request = LogRequest(own=tmp_path / "own.jsonl")
        options = ExportOptions(Format.PNG)
        report = finish(export_project(opened, tmp_path / "out", options, request))
    assert "strokes" in report.warnings[-1]
    assert rebuild(tmp_path / "own.jsonl", tmp_path / "again").is_identical


def test_stored_chips_count_as_sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store_chips(monkeypatch)
    project = new_project(tmp_path / "project")
    bring(project, write_scene(tmp_path / "scene", 64))
    with open_project(project, write=True) as opened:
        painting = RealPainting(opened)
        for number in range(len(painting.images)):
            painting.look(number)
            painting.paint(CanvasKind.MASK, range(30), 1, 2, drawn=False)
        painting.leave()
    export(project, tmp_path / "out", include_open=True)
    masks = moved_to(project / "masks", tmp_path / "masks")
    chips = moved_to(project / "chips", tmp_path / "kept/elsewhere")
    shutil.rmtree(project)
    shutil.rmtree(tmp_path / "scene")

    report = rebuild(tmp_path / "out/LOG.jsonl", tmp_path / "again", masks, chips)

    assert report.is_identical
    assert report.pairs == 4


def test_a_zip_that_moved_is_read_in_place(tmp_path: Path) -> None:
    project = make_project(tmp_path, apart(1, side_px=16))
    archive = tmp_path / "sources/port.zip"
    with zipfile.ZipFile(archive, "w") as made, open_project(project, write=True) as opened:
        rows = opened.catalog.sources()
        for row in rows:
            made.write(row["path"], f"deep/{Path(row['path']).name}")
        made.close()
        zipped = {
            row["path"]: source_of(f"/vsizip/{{{archive}}}/deep/{Path(row['path']).name}")
            for row in rows
        }
        opened.catalog.relink_sources(zipped)
        decide(opened, Verdict.ACCEPT)
    export(project, tmp_path / "out", format="png")
    assert str(tmp_path) not in (tmp_path / "out/LOG.jsonl").read_text("utf-8")
    (tmp_path / "disk").mkdir()
    shutil.move(archive, tmp_path / "disk/port.zip")
    shutil.rmtree(tmp_path / "sources")

    log = tmp_path / "out/LOG.jsonl"
    assert rebuild(log, tmp_path / "again", project, tmp_path / "disk").is_identical


def test_another_program_is_said_and_what_it_changes_is_found(
    worked: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    with monkeypatch.context() as patch:
        for module in ("data_card", "log"):
            patch.setattr(f"s2label.exports.{module}.__version__", "0.0.9")
        export(worked / "project", out, format="png")
    folders = ("--masks", worked / "project", "--sources", worked / "sources")
    printed = run("rebuild", out / "LOG.jsonl", tmp_path / "again", *folders)
    assert "the log is of s2label 0.0.9" in printed.out
    assert printed.code == 1
    assert "DATA_CARD.md: differs\nLOG.jsonl: differs\n" in printed.out
