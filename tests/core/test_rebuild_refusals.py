"""A log that was tampered with, and files that are not those of the log, are refused in a line."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.factories.commands import run
from tests.factories.exports import export, files
from tests.factories.rebuilding import change_rows, make_worked_project, rows_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.factories.commands import Printed


@pytest.fixture(scope="module")
def worked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a worked project, its sources and an export; tests only read it."""
    folder = tmp_path_factory.mktemp("worked")
    export(make_worked_project(folder), folder / "out", format="png", include_open=True)
    return folder


def refusal(worked: Path, log: Path, out: Path, **folders: Path) -> str:
    """Return how a rebuild refuses: in one line, and nothing is written."""
    before = files(out.parent)
    named = {"masks": worked / "project", "sources": worked / "sources"} | folders
    arguments = [part for name, folder in named.items() for part in (f"--{name}", folder)]
    printed: Printed = run("rebuild", log, out, *arguments)
    assert printed.code == 1, printed.out
    assert printed.err.count("\n") == 1
    assert not out.exists()
    assert files(out.parent) == before
    return printed.err


def first(rows: list[dict[str, Any]], row: str, /, **wanted: object) -> dict[str, Any]:
    """Return the first row of a kind that has some values."""
    return next(r for r in rows if r["row"] == row and wanted.items() <= r.items())


# -- bytes that are not as they were written -------------------------------------------------------


def drop_a_decision(log: bytes) -> bytes:
    lines = log.splitlines(keepends=True)
    acts = [line for line in lines if line.startswith(b'{"row": "act"')]
    return log.replace(acts[1], b"")


BYTES: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "a decision is gone": (drop_a_decision, "was changed after it was written"),
    "a word is another": (lambda log: log.replace(b"cloudy", b"sunny!"), "was changed after"),
    "cut short in a line": (lambda log: log[:-40], "no JSON (cut short)"),
    "cut short behind a line": (lambda log: log[: log.rindex(b'{"row": "end"')], "was cut short"),
    "no JSON": (lambda log: log.replace(b'{"row": "place"', b'{row: "place"', 1), "no JSON"),
    "not UTF-8": (lambda log: log.replace(b"cloudy", b"\xff\xfe"), "no JSON"),
    "another format": (lambda log: log.replace(b'"format": 1', b'"format": 2', 1), "of format 2"),
    "something else": (lambda _: b'{"type": "FeatureCollection"}\n', "not the log of an export"),
    "a number": (lambda _: b"7\n", "not the log of an export"),
    "empty": (lambda _: b"", "was cut short"),
    "more behind the end": (lambda log: log + b'{"row": "place"}\n', "line"),
}


@pytest.mark.parametrize("damage", BYTES)
def test_a_log_that_is_not_as_it_was_written_is_refused(
    worked: Path, tmp_path: Path, damage: str
) -> None:
    change, said = BYTES[damage]
    log = tmp_path / "log.jsonl"
    log.write_bytes(change((worked / "out/LOG.jsonl").read_bytes()))
    assert said in refusal(worked, log, tmp_path / "again")


# -- logs made to fit ------------------------------------------------------------------------------


def without_act(position: int) -> Callable[[list[dict[str, Any]]], object]:
    def change(rows: list[dict[str, Any]]) -> None:
        acts = [row for row in rows if row["row"] == "act"]
        rows.remove(acts[position])

    return change


def other(kind: str, /, **values: object) -> Callable[[list[dict[str, Any]]], object]:
    return lambda rows: first(rows, kind).update(values)


def reject_what_was_accepted(rows: list[dict[str, Any]]) -> None:
    first(rows, "act", kind="decide")["decisions"][5]["verdict"] = "reject"


def undo_something_else(rows: list[dict[str, Any]]) -> None:
    first(rows, "act", kind="undo")["target_id"] = 1


def undo_to_something_else(rows: list[dict[str, Any]]) -> None:
    first(rows, "act", kind="undo")["decisions"][0]["verdict"] = "open"


def settle_to_a_rejection(rows: list[dict[str, Any]]) -> None:
    first(rows, "act", kind="settle")["decisions"][0]["verdict"] = "reject"


def point_back(rows: list[dict[str, Any]]) -> None:
    first(rows, "mask", current_version=2)["current_version"] = 1


def decide_on_a_version_to_come(rows: list[dict[str, Any]]) -> None:
    first(rows, "act", kind="decide")["decisions"][0]["version"] = 9


def lead_out(rows: list[dict[str, Any]]) -> None:
    first(rows, "image")["id"] = "../../etc/cron"


HELD: dict[str, tuple[Callable[[list[dict[str, Any]]], object], str]] = {
    "the first decisions are gone": (without_act(0), "act"),
    "a rejection is gone": (without_act(1), "lead to other states than it says, for 1 images"),
    "an undo is gone": (without_act(3), "(by mistake), the log says accepted"),
    "a verdict is another": (reject_what_was_accepted, "the log says accepted"),
    "a state is another": (other("image", state="open"), "other states"),
    "an undo of something else": (undo_something_else, "the log says undo of act 1"),
    "an undo to something else": (undo_to_something_else, "leads to other decisions"),
    "settled to something else": (settle_to_a_rejection, "leads to other decisions"),
    "an older version is current": (point_back, "acts lead to version 2"),
    "a version that nobody made": (decide_on_a_version_to_come, "has no version 9"),
    "a name that leads out": (lead_out, "line"),
    "a source that leads out": (
        other("source", path="../../secret.tif"),
        "leads out of its folder",
    ),
    "a source on a disk": (other("source", path="/secret.tif"), "leads out of its folder"),
    "a mask that leads out": (other("mask", id="../x"), "line"),
    "a kind of act that there is not": (other("act", kind="guess"), "no such kind of act"),
    "a key that there is not": (other("place", owner="me"), "owner"),
    "a source too few": (lambda rows: rows.remove(first(rows, "source")), "not numbered in order"),
    "an image of no place": (other("image", place="nowhere"), "does not hold together"),
    "another mask file": (
        lambda rows: first(rows, "mask")["versions"][-1].update(sha256="0" * 64),
        "mask files are missing or changed",
    ),
    "another source": (
        lambda rows: [r for r in rows if r["row"] == "source"][-1].update(digest="0" * 64),
        "p4_1.tif (changed)",
    ),
    "a void that means something": (
        lambda rows: rows[0]["options"].update(void=5),
        "5",
    ),
}


@pytest.mark.parametrize("damage", HELD)
def test_a_log_that_does_not_hold_together_is_refused(
    worked: Path, tmp_path: Path, damage: str
) -> None:
    change, said = HELD[damage]
    log = change_rows(worked / "out/LOG.jsonl", tmp_path / "log.jsonl", change)
    assert said in refusal(worked, log, tmp_path / "again")


def test_a_log_that_fits_itself_but_not_its_checksums_is_refused(
    worked: Path, tmp_path: Path
) -> None:
    copy = shutil.copytree(worked / "out", tmp_path / "copy")
    change_rows(copy / "LOG.jsonl", copy / "LOG.jsonl", other("log", name="Better"))
    said = refusal(worked, copy / "LOG.jsonl", tmp_path / "again")
    assert "not the log that SHA256SUMS beside it names" in said


# -- files -----------------------------------------------------------------------------------------


def test_missing_and_changed_sources_are_told_at_once(worked: Path, tmp_path: Path) -> None:
    (tmp_path / "disk/sources").mkdir(parents=True)
    source = tmp_path / "disk/sources/p0_1.tif"
    shutil.copy(worked / "sources/p0_1.tif", source)
    source.write_bytes(source.read_bytes() + b"x")
    log = worked / "out/LOG.jsonl"
    said = refusal(worked, log, tmp_path / "again", sources=tmp_path / "disk")
    assert "9 of 9 sources are missing or changed" in said
    assert "sources/p0_1.tif (changed), sources/p1_0.tif, sources/p1_1.tif" in said


def test_missing_and_changed_masks_are_told_at_once(worked: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(worked / "project/masks", copy / "masks")
    paths = sorted((copy / "masks").glob("*/1.tif"))
    paths[-1].unlink()
    paths[-2].write_bytes(b"other")
    said = refusal(worked, worked / "out/LOG.jsonl", tmp_path / "again", masks=copy)
    # The ignore raster was not copied.
    assert "3 of 6 mask files are missing or changed" in said
    for path in paths[-2:]:
        assert f"masks/{path.parent.name}/1.tif" in said


@pytest.mark.parametrize("name", ["masks", "sources"])
def test_folders_that_are_not_there_are_said(worked: Path, tmp_path: Path, name: str) -> None:
    log = worked / "out/LOG.jsonl"
    said = refusal(worked, log, tmp_path / "again", **{name: tmp_path / "nowhere"})
    assert f"{tmp_path / 'nowhere'}: no such folder" in said


def test_a_log_that_is_not_there_is_said(worked: Path, tmp_path: Path) -> None:
    assert "cannot be read" in refusal(worked, tmp_path / "none.jsonl", tmp_path / "again")
    assert "cannot be read" in refusal(worked, tmp_path, tmp_path / "again")


@pytest.mark.parametrize(
    ("where", "said"),
    [
        ("out", "holds the log"),
        (".", "holds the log"),
        ("out/deeper", "lies in the export"),
        ("project/new", "overlaps"),
    ],
)
def test_nothing_is_written_over_log_export_or_project(
    tmp_path: Path, worked: Path, where: str, said: str
) -> None:
    here = shutil.copytree(worked, tmp_path / "here")
    before = files(here)
    folders = ("--masks", here / "project", "--sources", here / "sources")
    printed = run("rebuild", here / "out/LOG.jsonl", here / where, *folders)
    assert printed.code == 1
    assert said in printed.err
    assert files(here) == before


def test_the_rows_are_those_that_the_page_lists(worked: Path) -> None:
    kinds = {row["row"] for row in rows_of(worked / "out/LOG.jsonl")}
    page = (Path(__file__).parents[2] / "docs/rebuilding.md").read_text("utf-8")
    assert all(f"| `{kind}` |" in page for kind in kinds | {"split", "file", "suspicion"})
