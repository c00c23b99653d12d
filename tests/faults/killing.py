"""Work that is killed: how often each kind is, a warm program to do it, and what came of it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from tests.factories.commands import run
from tests.factories.killable import Ended, Work
from tests.factories.snapshots import catalog_snapshot
from tests.faults.seeds import LONG, chance_of

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Iterator


class Times(NamedTuple):
    """How often work is killed in the normal suite, and with ``S2LABEL_LONG=1``."""

    short: int
    long: int


# Every kind of work that is killed; the long run makes more than 500 of all.
KILLS = {
    "deciding": Times(4, 60),
    "deciding by file": Times(2, 20),
    "painting": Times(4, 100),
    "importing": Times(1, 50),
    "importing products": Times(2, 20),
    "exporting": Times(2, 60),
    "rebuilding": Times(2, 20),
    "screening": Times(2, 30),
    "handing over": Times(2, 40),
    "promoting": Times(2, 40),
    "doubtful places": Times(2, 20),
    "training": Times(2, 30),
    "suggesting": Times(2, 20),
    "auditing": Times(1, 10),
    "predicting a scene": Times(2, 30),
}
ROOT = Path(__file__).parents[2]
# What `check` says of files that no row names yet, and of an import that can go on.
_MAY_GO, _GOES_ON = "it can be deleted", "run the same import again"

# A moment that came after the work had ended is drawn again so often.
_DRAWS = 6
# So many of those that were killed are killed again while they go on.
_TWICE = 0.3


def times(kind: str) -> int:
    """Return how often a kind of work is killed in this run."""
    return KILLS[kind].long if LONG else KILLS[kind].short


class WarmProgram:
    """A program that does work in processes that it forks, see `tests.factories.killable`."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def do(self, work: Work) -> Ended:
        """Do work, and wait until it has ended or was killed."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(json.dumps(asdict(work)), file=self._process.stdin, flush=True)
        ended = json.loads(self._process.stdout.readline())
        return Ended(**(ended | {"renamed": tuple(ended["renamed"])}))

    def do_whole(self, work: Work) -> Ended:
        """Do work that has to succeed."""
        ended = self.do(work)
        assert ended.code == 0, f"{work}: {ended.said}"
        return ended


@contextmanager
def warm_program(*modules: str) -> Iterator[WarmProgram]:
    """Start a warm program that has loaded some modules."""
    path = os.pathsep.join([str(ROOT), *os.environ.get("PYTHONPATH", "").split(os.pathsep)])
    surroundings = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": path}
    pipe = subprocess.PIPE
    with subprocess.Popen(
        [sys.executable, "-m", "tests.factories.killable", *modules],
        cwd=ROOT,
        env=surroundings,
        stdin=pipe,
        stdout=pipe,
        text=True,
    ) as process:
        yield WarmProgram(process)
        assert process.stdin is not None
        process.stdin.close()


def at_a_moment(work: Work, whole: Ended, number: int, chance: random.Random) -> Work:
    """Return work to be killed after a rename, before a step, or somewhere in time, in turns.

    Parameters
    ----------
    work : Work
        What is done.
    whole : Ended
        How it ended when nobody killed it, which says how long it takes.
    number : int
        How many kills of this kind were before.
    chance : random.Random
        Draws the moment.
    """
    if number % 3 == 2:
        return replace(work, after_s=chance.uniform(0.02, 0.95) * whole.took_s)
    if number % 3 == 1 or not whole.renamed:
        return replace(work, steps=chance.randint(1, max(1, whole.steps)))
    return replace(work, renames=chance.randint(1, len(whole.renamed)))


@dataclass
class Toll:
    """What the kills of one kind of work came to."""

    kind: str
    kills: int = 0
    late: int = 0
    acts: int = 0
    lost: int = 0

    def note(self, before: set[Any], after: set[Any], *, was_late: bool) -> None:
        """Note a kill: what had been done before it has to be there after it."""
        self.kills += not was_late
        self.late += was_late
        self.acts += len(before & after)
        self.lost += len(before - after)
        assert not before - after, f"lost: {before - after}"

    def __str__(self) -> str:
        late = f" ({self.late} more came too late)" if self.late else ""
        return f"{self.kind}: {self.kills} kills{late}, {self.acts} acts kept, {self.lost} lost"


@dataclass(frozen=True)
class Job:
    """Work that can be killed and done again.

    Parameters
    ----------
    kind : str
        One of `KILLS`.
    prepare : callable
        Makes a folder in which the work is done, with a project ``project``.
    works : callable
        Folder -> works, each of which is killed in its turn.
    end : callable
        What the folder holds once the work is done, without moments.
    go_on : callable
        Folder, work -> the works that a person does after a kill; the same again by default.
    """

    kind: str
    prepare: Callable[[Path], object]
    works: Callable[[Path], list[Work]]
    end: Callable[[Path], object]
    go_on: Callable[[Path, Work], list[Work]] = lambda _, work: [work]


def kill_and_go_on(program: WarmProgram, job: Job, folder: Path) -> Toll:
    """Kill work again and again; demand that nothing is lost and that it ends as if never killed.

    The folder is put back between two kills, in the same place: the catalog holds paths.
    """
    world, kept, toll = folder / "world", folder / "kept", Toll(job.kind)
    world.mkdir()
    job.prepare(world)
    world.rename(kept)
    wholes: dict[Work, tuple[Ended, object]] = {}
    for number in range(times(job.kind)):
        chance = chance_of(job.kind, number)
        _put_back(kept, world)
        works = job.works(world)
        work = works[number % len(works)]
        if work not in wholes:
            wholes[work] = program.do_whole(work), job.end(world)
            _put_back(kept, world)
        whole, expected = wholes[work]
        # Out of step with the works: each is to be killed at moments of each kind.
        moment = number + number // len(works)
        for draw in range(_DRAWS):
            if _kill(program, at_a_moment(work, whole, moment + draw, chance), world, toll):
                break
            _put_back(kept, world)
        _require_harmless(world, chance)
        if chance.random() < _TWICE:
            for again in job.go_on(world, work):
                _kill(program, at_a_moment(again, whole, moment + 1, chance), world, toll)
            _require_harmless(world, chance)
        for again in job.go_on(world, work):
            program.do_whole(again)
        _require_harmless(world, chance)
        _require_same(job.end(world), expected, f"kill {number} of {job.kind}")
    shutil.rmtree(world)
    assert toll.kills >= times(job.kind), "the kills came after the work"
    return toll


def _kill(program: WarmProgram, work: Work, world: Path, toll: Toll) -> bool:
    """Kill work; all that was done before it has to be there still. Tell whether it was killed."""
    before = acts_in(world)
    ended = program.do(work)
    assert ended.was_killed or ended.code == 0, f"{work}: {ended}"
    toll.note(before, acts_in(world), was_late=not ended.was_killed)
    return ended.was_killed


def _require_same(found: object, expected: object, what: str) -> None:
    if isinstance(found, dict) and isinstance(expected, dict):
        keys = {key for key in found | expected if found.get(key) != expected.get(key)}
        found, expected = ({key: each.get(key) for key in keys} for each in (found, expected))
    assert found == expected, f"{what}: {found} instead of {expected}"


def _put_back(kept: Path, world: Path) -> None:
    shutil.rmtree(world, ignore_errors=True)
    shutil.copytree(kept, world, symlinks=True)


def acts_in(world: Path) -> set[tuple[Any, ...]]:
    """Return the rows of what a person did: acts, decisions and strokes; none without a project."""
    path = world / "project" / "catalog.sqlite"
    if not path.is_file():
        return set()
    tables = catalog_snapshot(path)
    return {(name, *row) for name in ("act", "decision", "stroke") for row in tables[name]}


def _require_harmless(world: Path, chance: random.Random) -> None:
    """Demand that ``check`` finds no more than files in the way; delete those, now and then."""
    if not (world / "project").is_dir():
        return
    findings = [line for line in run("check", world / "project").out.splitlines() if ": " in line]
    strays = [line for line in findings if line.endswith(_MAY_GO)]
    unfinished = [line for line in findings if line.endswith(_GOES_ON)]
    assert sorted(findings) == sorted(strays + unfinished), findings
    if not unfinished and chance.random() < 0.5:
        for line in strays:
            Path(line.rsplit(": ", 1)[0]).unlink()
