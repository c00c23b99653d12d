"""``check`` says what is wrong with a project, one line each, and repairs nothing."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import numpy as np
import pytest

from s2label.checking import check_project
from s2label.durable import PART_SUFFIX
from s2label.progress import finish
from s2label.project import open_project
from tests.factories.commands import do, run
from tests.factories.ports import BANDS, band_folder, chip_folder, chip_masks, write_raster
from tests.factories.projects import apart, make_project
from tests.factories.snapshots import tree_snapshot

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

CHIPS = ("--quantification", "10000")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a sound project of two places with two images and a mask each."""
    return make_project(tmp_path, apart(2))


def check(folder: Path, *, full: bool = False) -> list[str]:
    with open_project(folder) as project:
        return finish(check_project(project, full=full))


def masks_of(folder: Path) -> list[Path]:
    return sorted((folder / "masks").rglob("*.tif"))


def sources_of(folder: Path) -> list[Path]:
    return sorted((folder.parent / "sources").glob("*.tif"))


@pytest.mark.parametrize("full", [pytest.param(False, id="ends"), pytest.param(True, id="full")])
def test_a_sound_project_has_no_findings(folder: Path, full: bool) -> None:
    assert check(folder, full=full) == []


def test_suggestions_are_no_rubbish_but_their_torn_parts_are(folder: Path) -> None:
    suggested = folder / "rasters" / "p0-suggestion"
    suggested.mkdir()
    (suggested / "a-model.tif").write_bytes(b"made anew where it is damaged")
    assert check(folder) == []
    torn = suggested / f"a-model.tif{PART_SUFFIX}1"
    torn.touch()
    (finding,) = check(folder)
    assert finding.startswith(f"{torn}: left by a crash")


def _missing_mask(folder: Path) -> Path:
    masks_of(folder)[0].unlink()
    return masks_of(folder)[0].parents[1]


def _damaged_mask(folder: Path) -> Path:
    path = masks_of(folder)[1]
    path.write_bytes(path.read_bytes()[:-1] + b"\xa5")
    return path


def _foreign_mask(folder: Path) -> Path:
    path = masks_of(folder)[0].with_name("notes ü.txt")
    path.write_text("mine")
    return path


def _part_of_a_mask(folder: Path) -> Path:
    path = masks_of(folder)[0].with_name(".2.part.tif")
    path.write_bytes(b"half")
    return path


def _changed_source(folder: Path) -> Path:
    path = sources_of(folder)[2]
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    return path


def _missing_source(folder: Path) -> Path:
    sources_of(folder)[1].unlink()
    return folder.parent / "sources"


def _unfinished_import(folder: Path) -> Path:
    (folder / ".importing").mkdir()
    return folder / ".importing"


DAMAGES = [
    pytest.param(_missing_mask, "missing; restore it", id="missing mask"),
    pytest.param(_damaged_mask, "not the file that was written", id="damaged mask"),
    pytest.param(_foreign_mask, "not in the catalog", id="foreign file"),
    pytest.param(_part_of_a_mask, "left by a crash", id="part of a file"),
    pytest.param(_changed_source, "changed since it was imported", id="changed source"),
    pytest.param(_missing_source, "missing; put it back", id="missing source"),
    pytest.param(_unfinished_import, "an unfinished import", id="unfinished import"),
]


@pytest.mark.parametrize(("damage", "words"), DAMAGES)
def test_a_damage_is_one_finding_that_names_the_file(
    folder: Path, damage: Callable[[Path], Path], words: str
) -> None:
    where = damage(folder)
    before = tree_snapshot(folder.parent)

    (finding,) = check(folder)

    assert finding.startswith(str(where))
    assert words in finding
    assert "\n" not in finding
    assert tree_snapshot(folder.parent) == before


def test_every_damage_is_found_at_once(folder: Path) -> None:
    for damage in (_missing_mask, _part_of_a_mask, _changed_source):
        damage(folder)

    assert len(check(folder)) == 3


def test_what_an_unfinished_import_may_need_is_not_said_to_be_rubbish(folder: Path) -> None:
    _part_of_a_mask(folder)
    _unfinished_import(folder)

    findings = check(folder)

    assert len(findings) == 1
    assert "unfinished import" in findings[0]


def test_a_tampered_state_is_found(folder: Path) -> None:
    with closing(sqlite3.connect(folder / "catalog.sqlite")) as connection, connection:
        connection.execute("UPDATE state SET state = 'accepted' WHERE subject = 'mask'")

    findings = check(folder)

    assert len(findings) == 2
    assert all(line.endswith("state differs from the log in state") for line in findings)


def test_damage_in_the_middle_of_a_source_is_found_by_the_full_check(tmp_path: Path) -> None:
    source = tmp_path / "port"
    noisy = np.random.default_rng(0).integers(50, 4000, (1, 512, 512), dtype=np.uint16)
    for name in BANDS:
        path = write_raster(source / f"port_{name}.tif", noisy, compress="deflate")
    do("init", tmp_path / "p", "--classes", "vessels")
    do("import", tmp_path / "p", source, *CHIPS, "--chip", "512")
    content = bytearray(path.read_bytes())
    assert len(content) > 4 * 2**16
    middle = len(content) // 2
    content[middle : middle + 2000] = bytes(2000)
    path.write_bytes(content)

    assert check(tmp_path / "p") == []
    (finding,) = check(tmp_path / "p", full=True)

    assert finding.startswith(f"{path}: damaged or cut short")


def test_progress_ends_at_its_total(folder: Path) -> None:
    with open_project(folder) as project:
        steps = list(check_project(project))

    last = {step.message: (step.done, step.total) for step in steps}
    assert last == {"checking masks": (2, 2), "checking sources": (4, 4)}


# -- faults ---------------------------------------------------------------------------------------


def test_a_moved_source_is_well_again_once_it_is_imported_from_its_new_place(
    tmp_path: Path,
) -> None:
    project, source = tmp_path / "p", chip_folder(tmp_path / "old")
    do("init", project, "--classes", "vessels")
    do("import", project, source, *CHIPS)
    source.rename(tmp_path / "new")

    do("import", project, tmp_path / "new", *CHIPS)

    assert run("check", project).out == "all is well\n"


def test_an_import_succeeds_though_an_earlier_source_is_gone(tmp_path: Path) -> None:
    project, earlier = tmp_path / "p", chip_folder(tmp_path / "earlier")
    do("init", project, "--classes", "vessels")
    do("import", project, earlier, *CHIPS)
    shutil.rmtree(earlier)

    printed = run("import", project, band_folder(tmp_path / "later"))

    assert printed.code == 0, printed.err


def test_following_the_advice_after_a_kill_leaves_an_import_that_can_be_finished(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project, masks = tmp_path / "p", chip_masks(tmp_path / "masks")
    do("init", project, "--classes", "vessels")
    command = ("import", project, chip_folder(tmp_path / "chips"), *CHIPS, "--masks", masks)
    with monkeypatch.context() as patch:
        patch.setattr("s2label.catalog.merging.refresh_states", _stop)
        assert run(*command).code != 0
    findings = run("check", project).out.splitlines()
    for path in (line.split(": ")[0] for line in findings if "it can be deleted" in line):
        (project / path).unlink()

    assert run(*command).code == 0


def _stop(*_: object) -> None:
    raise KeyboardInterrupt
