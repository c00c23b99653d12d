"""R6 on a true file system that is full to a page, or read-only: whatever writes, SQLite too.

How many pages are left is drawn; ``S2LABEL_LONG=1`` tries every number until there is room enough.
"""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest

from tests.factories.commands import do, run
from tests.factories.fleet import accept, make_fleet
from tests.factories.snapshots import project_snapshot, tree_snapshot
from tests.faults.disk_work import Ended, put_back, require_clear, require_sound
from tests.faults.seeds import LONG, chance_of

if os.name != "posix":
    pytest.skip("mounts of POSIX", allow_module_level=True)

from tests.faults.failing_disk import SmallDisk, small_disk

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# More than any of the works below needs.
ENOUGH_PAGES = 400
DRAWS = 3


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    with small_disk(tmp_path / "disk") as disk:
        yield disk


def prepare(world: Path, work: str) -> list[object]:
    """Make what a work needs; return its command."""
    project = make_fleet(world, groups=2, places=1)
    if work == "import":
        shutil.rmtree(project)
        do("init", project, "--classes", "vessels")
        sources = world / "sources"
        words = ["--kind", "geotiff", "--masks", sources / "masks", "--offset", 0]
        return ["import", project, sources / "images", *words, "--quantification", 10_000]
    if work == "export":
        accept(project)
        return ["export", project, world / "out", "--format", "coco", "--include-open"]
    rows = do("list", project, "--json").lines
    lines = [f"image,{row['id']},accept," for row in rows]
    (world / "decisions.csv").write_text("\n".join(["subject,id,decision,reason", *lines]))
    return ["decide", project, world / "decisions.csv"]


@pytest.mark.parametrize("work", ["decide", "import", "export"])
def test_work_on_a_full_file_system_says_so_and_goes_on_where_there_is_room(
    disk: SmallDisk, work: str
) -> None:
    world = disk.folder / "world"
    command = prepare(world, work)
    kept = disk.folder.parent / "kept"
    shutil.copytree(world, kept)
    failures = 0
    for pages in page_counts(work):
        with disk.full(pages):
            printed = run(*command)
        if printed.code == 0:
            break
        failures += 1
        require_clear(Ended(printed.code, printed.err), world)
        require_sound(world)
    else:
        do(*command)
    assert failures, "it was room enough"
    found = ends(world)
    put_back(kept, world)
    do(*command)
    assert found == ends(world)
    require_sound(world)


def page_counts(work: str) -> list[int]:
    """Return how many pages are left, ever more."""
    if LONG:
        return list(range(ENOUGH_PAGES))
    return sorted(chance_of("pages", work).sample(range(26), DRAWS))


def ends(world: Path) -> object:
    out = world / "out"
    return project_snapshot(world / "project"), tree_snapshot(out) if out.is_dir() else None


def test_a_read_only_file_system_can_be_read_and_says_why_it_cannot_be_written(
    disk: SmallDisk,
) -> None:
    command = prepare(disk.folder / "world", "decide")
    project = command[1]
    before = do("status", project, "--json").out
    with disk.read_only():
        assert do("status", project, "--json").out == before
        printed = run(*command)
    advice = "the disk is read-only; make it writable and do the same again"
    assert printed.err == f"s2label: {project}: cannot be written ({advice})\n"
    do(*command)
