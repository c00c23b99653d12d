"""Moved sources are found by name, size and content; what was decided stays."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from s2label.classes import VESSELS
from s2label.errors import InputError
from s2label.progress import finish
from s2label.project import create_project, open_project
from s2label.raster import source_of
from s2label.relinking import LostSources, find_lost, relink_project
from s2label.types import BandRaster, ChipRecord, Verdict
from tests.factories.catalog import image_record, merge, place_record
from tests.factories.commands import do, run
from tests.factories.projects import apart, decide, import_grounds, make_project

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a project of two places with two images each, all accepted."""
    project = make_project(tmp_path, apart(2))
    with open_project(project, write=True) as opened:
        decide(opened, Verdict.ACCEPT)
    return project


def sources_of(project: Path) -> list[Path]:
    with open_project(project) as opened:
        return [Path(row["path"]) for row in opened.catalog.sources()]


def project_of_files(project: Path, paths: Sequence[Path]) -> Path:
    """Make a project of a place per file; all files hold the same bytes."""
    create_project(project, VESSELS)
    chips = []
    for number, path in enumerate(paths):
        path.parent.mkdir(parents=True)
        path.write_bytes(b"the same")
        place = place_record(f"place {number}", number)
        bands = (BandRaster("B02", source_of(path)),)
        chips.append(ChipRecord(place, (replace(image_record(place), bands=bands),)))
    with open_project(project, write=True) as opened:
        merge(opened.catalog, chips)
    return project


def relink(project: Path, folder: Path) -> LostSources:
    with open_project(project, write=True) as opened:
        return finish(relink_project(opened, folder))


def lost(project: Path) -> LostSources:
    with open_project(project) as opened:
        return finish(find_lost(opened))


def facts(project: Path) -> tuple[object, ...]:
    """Return what must not change: images with states and versions, masks, log, fingerprints."""
    with open_project(project) as opened:
        catalog = opened.catalog
        images = catalog.images(catalog.image_ids()).values()
        prints = [(image.id, image.fingerprint) for image in images]
        return catalog.list_images(), catalog.list_masks(), catalog.history(), prints


def test_a_moved_tree_is_found_and_nothing_else_changes(folder: Path, tmp_path: Path) -> None:
    before, old = facts(folder), sources_of(folder)
    (tmp_path / "disk").mkdir()
    (tmp_path / "sources").rename(tmp_path / "disk" / "ports ü")
    assert lost(folder).missing == [str(path) for path in old]

    found = relink(folder, tmp_path / "disk")

    assert found.left == 0
    assert sources_of(folder) == [tmp_path / "disk" / "ports ü" / path.name for path in old]
    assert facts(folder) == before
    assert do("check", folder).out == "all is well\n"


def test_nothing_is_lost_where_everything_is_in_place(folder: Path, tmp_path: Path) -> None:
    assert relink(folder, tmp_path) == LostSources()


def test_a_changed_file_is_not_taken_for_the_one_that_moved(folder: Path, tmp_path: Path) -> None:
    first, second, *_ = sources_of(folder)
    (tmp_path / "new").mkdir()
    for path in (first, second):
        path.rename(tmp_path / "new" / path.name)
    content = bytearray((tmp_path / "new" / first.name).read_bytes())
    content[-1] ^= 1
    (tmp_path / "new" / first.name).write_bytes(content)

    found = relink(folder, tmp_path / "new")

    assert found.missing == [str(first)]
    assert found.found == {str(second): str(tmp_path / "new" / second.name)}


def test_a_file_that_was_overwritten_is_found_in_a_backup(folder: Path, tmp_path: Path) -> None:
    path = sources_of(folder)[0]
    (tmp_path / "backup").mkdir()
    shutil.copy(path, tmp_path / "backup")
    path.write_bytes(b"II*\x00 something else")
    assert lost(folder).changed == [str(path)]

    found = relink(folder, tmp_path / "backup")

    assert found.left == 0
    assert found.found == {str(path): str(tmp_path / "backup" / path.name)}


def test_equal_copies_in_folders_of_other_names_are_ambiguous(folder: Path, tmp_path: Path) -> None:
    path = sources_of(folder)[0]
    copies = [tmp_path / "elsewhere" / name / path.name for name in ("a", "b")]
    _copy(path, copies)
    path.unlink()

    found = relink(folder, tmp_path / "elsewhere")

    assert found.found == {}
    assert found.missing == [str(path)]
    assert found.ambiguous == {str(path): [str(copy) for copy in copies]}
    assert path in sources_of(folder)


def test_of_equal_copies_the_one_in_the_folder_of_the_same_name_is_taken(
    folder: Path, tmp_path: Path
) -> None:
    path = sources_of(folder)[0]
    copies = [tmp_path / "elsewhere" / name / path.name for name in ("a", path.parent.name)]
    _copy(path, copies)
    path.unlink()

    assert relink(folder, tmp_path / "elsewhere").found == {str(path): str(copies[1])}


def test_two_sources_never_become_one(tmp_path: Path) -> None:
    twins = [tmp_path / name / "same.tif" for name in ("a", "b")]
    project = project_of_files(tmp_path / "project", twins)
    (tmp_path / "new").mkdir()
    shutil.copy(twins[0], tmp_path / "new")
    for path in twins:
        path.unlink()

    found = relink(project, tmp_path / "new")

    assert found.found == {}
    assert sorted(found.ambiguous) == [str(path) for path in twins]
    assert sources_of(project) == twins


def test_files_that_changed_places_are_told_apart(folder: Path) -> None:
    first, second, *_ = sources_of(folder)
    content = first.read_bytes(), second.read_bytes()
    nested = first.parent / "nested" / second.name
    nested.parent.mkdir()
    nested.write_bytes(content[1])
    second.unlink()
    (first.parent / "other").mkdir()
    first.rename(first.parent / "other" / first.name)

    found = relink(folder, first.parent)

    assert found.found[str(second)] == str(nested)
    assert found.left == 0


def test_a_file_goes_where_another_one_was_before(tmp_path: Path) -> None:
    project = make_project(tmp_path, apart(1, dates=("2018-01-05",)))
    with open_project(project, write=True) as opened:
        changed = apart(1, dates=("2019-01-05",), bands=("B02", "B03"))
        import_grounds(opened, tmp_path / "b" / "sources", changed)
    (tmp_path / "c").mkdir()
    (tmp_path / "b" / "sources").rename(tmp_path / "c" / "sources")
    (tmp_path / "sources").rename(tmp_path / "b" / "sources")

    found = relink(project, tmp_path)

    assert len(found.found) == 2
    assert lost(project) == LostSources()


def test_a_source_that_is_used_at_its_new_place_already_becomes_one_with_it(
    tmp_path: Path,
) -> None:
    old, new = (tmp_path / name / "same.tif" for name in ("old", "new"))
    project = project_of_files(tmp_path / "project", [old, new])
    old.unlink()

    relink(project, tmp_path / "new")

    assert sources_of(project) == [new]
    with open_project(project) as opened:
        images = opened.catalog.images(opened.catalog.image_ids()).values()
        assert [image.bands[0].source.path for image in images] == [str(new)] * 2


def test_a_source_comes_back_to_where_it_was_long_ago(folder: Path, tmp_path: Path) -> None:
    old = sources_of(folder)
    (tmp_path / "sources").rename(tmp_path / "new")
    with open_project(folder, write=True) as opened:
        import_grounds(opened, tmp_path / "new", apart(2))
    (tmp_path / "new").rename(tmp_path / "sources")

    relink(folder, tmp_path / "sources")

    assert sources_of(folder) == old
    assert lost(folder) == LostSources()


def test_a_folder_that_is_not_there_is_said(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such folder"):
        relink(folder, tmp_path / "nowhere")


def _copy(path: Path, copies: list[Path]) -> None:
    for copy in copies:
        copy.parent.mkdir(parents=True)
        shutil.copy(path, copy)


# -- the command ----------------------------------------------------------------------------------


def _only_ask(project: Path, folder: Path) -> tuple[object, ...]:
    return ("relink", project)


def _look_in_vain(project: Path, folder: Path) -> tuple[object, ...]:
    return ("relink", project, folder)


@pytest.mark.parametrize(
    "command", [pytest.param(_only_ask, id="ask"), pytest.param(_look_in_vain, id="in vain")]
)
def test_the_command_ends_with_1_while_sources_are_lost(
    folder: Path, tmp_path: Path, command: Callable[[Path, Path], tuple[object, ...]]
) -> None:
    path = sources_of(folder)[0]
    path.unlink()
    (tmp_path / "empty").mkdir()

    printed = run(*command(folder, tmp_path / "empty"))

    assert printed.code == 1
    assert printed.out == f"{path}: missing\n"
    assert printed.err == f"s2label: {folder}: 1 sources are missing or changed\n"


def test_the_command_says_where_things_are_now(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "sources").rename(tmp_path / "new")

    *_, last = do("relink", folder, tmp_path / "new", "--json-lines").lines

    assert set(last["result"]) == {"missing", "changed", "found", "ambiguous"}
    assert len(last["result"]["found"]) == 4
    assert json.dumps(last)
    assert do("relink", folder).out == "all sources are there\n"
