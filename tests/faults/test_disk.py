"""R6: a disk that is full, read-only or gone at the n-th write of any kind of work.

What is said names a file and says what to do, ``check`` finds nothing wrong, and the same work done
again ends as if nothing had been. Some writes of each kind of work in the normal suite, in turns
with each trouble; all of them with ``S2LABEL_LONG=1``.
"""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest

from s2label.project import open_project
from s2label.types import Verdict
from tests.factories.commands import do
from tests.factories.fleet import make_fleet
from tests.factories.projects import apart, decide, make_project
from tests.factories.snapshots import project_snapshot
from tests.faults.disk_work import count_writes, disturb, go_on, put_back, require_same
from tests.faults.killed_work import JOBS, command
from tests.faults.killing import Job
from tests.faults.seeds import LONG, chance_of

if os.name != "posix":
    pytest.skip("limits and mounts of POSIX", allow_module_level=True)

from tests.faults.failing_disk import Trouble

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.factories.killable import Work

TROUBLES = [Trouble.FULL, Trouble.LIMIT, Trouble.GONE, Trouble.READ_ONLY]
DRAWS = 3


def _prepare_import(world: Path) -> None:
    make_fleet(world, groups=2, places=1)
    shutil.rmtree(world / "project")
    do("init", world / "project", "--classes", "vessels")


def _import(world: Path) -> list[Work]:
    sources = world / "sources"
    words = ("--kind", "geotiff", "--masks", sources / "masks", "--offset", 0)
    scale = ("--quantification", 10_000)
    return [command("import", world / "project", sources / "images", *words, *scale)]


def _init(world: Path) -> list[Work]:
    return [command("init", world / "project", "--classes", "vessels")]


def _begin_again(world: Path, work: Work) -> list[Work]:
    """Begin once only: where the disk failed at nothing that matters, the project is there."""
    return [] if (world / "project").exists() else [work]


def _prepare_exploring(world: Path) -> None:
    project = make_project(world, apart(4, side_px=16))
    with open_project(project, write=True) as opened:
        decide(opened, Verdict.ACCEPT)


def _explore(world: Path) -> list[Work]:
    return [command("explore", world / "project", world / "out")]


def _explored(world: Path) -> list[str]:
    return sorted(str(path.relative_to(world)) for path in (world / "out").rglob("*"))


def _made(world: Path) -> object:
    return project_snapshot(world / "project")


# A few chips instead of the coast's hundreds, which several processes cut.
OWN = (
    Job("beginning", lambda world: None, _init, _made, _begin_again),
    Job("importing", _prepare_import, _import, _made),
)
# Drawing takes long.
LONG_ONLY = (Job("exploring", _prepare_exploring, _explore, _explored),) if LONG else ()
WORK = (*OWN, *LONG_ONLY, *(job for job in JOBS if job.kind != "importing"))


def troubles_of(job: Job, works: int) -> list[list[Trouble]]:
    """Return the troubles of each of the works of a job: in a short run, few in all."""
    if LONG:
        return [TROUBLES] * works
    drawn = chance_of("troubles", job.kind).sample(TROUBLES, DRAWS)
    return [drawn[number::works] for number in range(works)]


def cases(job: Job, troubles: list[Trouble], writes: int) -> Iterator[tuple[Trouble, int]]:
    """Yield each trouble at each write; in a short run at one that is drawn."""
    chance = chance_of("writes", job.kind, *troubles)
    for trouble in troubles:
        numbers = range(writes) if LONG else [chance.randrange(writes)]
        yield from ((trouble, number) for number in numbers)


@pytest.mark.parametrize("job", WORK, ids=lambda job: job.kind)
def test_work_on_a_failing_disk_says_so_and_goes_on_later(tmp_path: Path, job: Job) -> None:
    world, kept = tmp_path / "world", tmp_path / "kept"
    world.mkdir()
    job.prepare(world)
    shutil.copytree(world, kept, symlinks=True)
    works = job.works(world)
    broken = 0
    for work, troubles in zip(works, troubles_of(job, len(works)), strict=True):
        put_back(kept, world)
        writes = count_writes(work, world) if troubles else 0
        expected = job.end(world) if troubles else None
        for trouble, write in cases(job, troubles, writes):
            put_back(kept, world)
            broken += disturb(job, work, world, trouble, write)
            go_on(job, work, world)
            require_same(job.end(world), expected, f"{work}: {trouble} at {write}")
    assert broken, "the disk failed where nobody minded"
