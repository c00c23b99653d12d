"""R1: a program killed while it paints or decides has lost no act that it called kept.

Real processes, ``kill -9``, one after the other on one project: at moments drawn from a seed,
between two steps towards the disk, and after a file of a version was renamed into place and before
the row that names it. What is there afterwards is compared with a simple model, pixel by pixel.
`killing.KILLS` says how often; with ``-s`` it prints what it saw.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from s2label.canvases import CanvasRef
from s2label.checking import check_project
from s2label.classes import LANDCOVERNET, VESSELS
from s2label.painting.canvas import read_canvas
from s2label.progress import finish
from s2label.project import open_project
from tests.factories.killable import Work
from tests.factories.painting import IGNORE, MASK
from tests.factories.painting_agreement import acts_on_disk, compare
from tests.factories.painting_model import PaintingModel, blank
from tests.factories.painting_process import SIDE_PX, sequence
from tests.factories.projects import apart, make_project
from tests.faults.killing import times, warm_program
from tests.faults.seeds import chance_of

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator

    from s2label.project import Project
    from s2label.types import ClassTable
    from tests.factories.painting_process import Word
    from tests.faults.killing import WarmProgram

# An act that was done so long before the kill has to be there, whether that was said or not.
SAFE_AFTER_S = 0.5
# How often the same project is killed, before another one begins.
KILLS_OF_A_PROJECT = 20
# Until a program that is killed in time has begun to paint, mostly.
BEGINNING_S = 0.15

pytestmark = pytest.mark.skipif(os.name != "posix", reason="processes are forked")


@pytest.fixture(scope="module")
def program() -> Iterator[WarmProgram]:
    with warm_program("tests.factories.painting_process") as program:
        yield program


@dataclass
class Fate:
    """How a process ended: acts that it called kept, acts done 0.5 s before; did it paint yet?"""

    kept: int
    due: int
    had_begun: bool


@dataclass
class Toll:
    """What the kills of a kind of work came to."""

    kind: str
    kills: int = 0
    acts: int = 0
    due: int = 0
    unreported: int = 0
    recovered: int = 0
    gaps: int = 0
    blank: int = 0
    before_painting: int = 0
    strays: set[str] = field(default_factory=set)

    def __str__(self) -> str:
        return (
            f"{self.kind}: {self.kills} kills, {self.acts} acts kept, 0 lost, {self.due} of them "
            f"{SAFE_AFTER_S} s old, {self.unreported} without word of it; {self.before_painting} "
            f"kills before the first act, {self.gaps} times a file was there before its row, "
            f"{self.recovered} canvases recovered, {self.blank} left blank, "
            f"{len(self.strays)} stray files"
        )


def work_and_kill(program: WarmProgram, folder: Path, kind: str, number: int) -> tuple[int, Fate]:
    """Let a process work and be killed; return the seed of what it did, and how it ended."""
    chance = chance_of(kind, folder.parent.name, number)
    seed = chance.randrange(2**32)
    after_s = BEGINNING_S + chance.choice([0.05, 0.3, 1.5]) * chance.random()
    moment: list[dict[str, Any]] = [
        {"after_s": after_s},
        {"steps": chance.randint(1, 400)},
        _rename(kind, chance),
    ]
    call = "tests.factories.painting_process:work_until_killed"
    ended = program.do(Work((str(folder), kind, str(seed)), call, **moment[number % 3]))
    assert ended.was_killed, ended.said
    return seed, fate_of([line.split() for line in ended.said.splitlines()])


def _rename(kind: str, chance: random.Random) -> dict[str, int]:
    """Return a rename to be killed after; who only decides renames nothing."""
    return (
        {"steps": chance.randint(1, 100)}
        if kind == "deciding"
        else {"renames": chance.randint(1, 12)}
    )


def fate_of(said: list[list[str]]) -> Fate:
    """Return what a process said of itself."""
    words = [word for word, _ in said]
    (killed_s,) = [float(number) for word, number in said if word == "killed"]
    acted_s = [float(number) for word, number in said if word == "acted"]
    due = sum(moment_s <= killed_s - SAFE_AFTER_S for moment_s in acted_s)
    return Fate(words.count("kept"), due, "ready" in words)


def go_on_to(model: PaintingModel, words: Iterator[Word], acts: int) -> None:
    """Let the model paint until it has made a number of acts, and then be reopened."""
    while model.acts < acts:
        next(words).say_to(model)
    model.leave()
    model.view = None


def adopt_blank_canvases(project: Project, model: PaintingModel) -> int:
    """Take canvases that were begun, and killed before their first stroke; return how many."""
    ids = [(MASK, row["id"]) for row in project.catalog.list_masks()]
    ids += [(IGNORE, row["raster_id"]) for row in project.catalog.canvases.ignore_versions()]
    refs = {CanvasRef(kind, id_) for kind, id_ in ids} - model.pixels.keys()
    for ref in refs:
        empty = blank(ref.kind, (SIDE_PX, SIDE_PX))
        found = read_canvas(project, ref)
        assert found is not None
        assert np.array_equal([found.classes, found.provenance], empty)
        model.start(ref, empty)
    return len(refs)


def require_harmless(strays: list[str], model: PaintingModel) -> None:
    """Demand that files in the way are first, blank versions of masks that nobody painted yet."""
    known = {ref.id for ref in model.pixels}
    for finding in strays:
        path = Path(finding.rsplit(": ", 1)[0])
        assert path.name in ("1.tif", ".1.part.tif"), finding
        assert path.parent.name not in known, finding


def begin_model(folder: Path) -> PaintingModel:
    """Return the model of a project in which nothing was done."""
    with open_project(folder) as project:
        model = PaintingModel(project)
        for row in project.catalog.list_masks():
            found = read_canvas(project, CanvasRef(MASK, row["id"]))
            assert found is not None
            model.start(CanvasRef(MASK, row["id"]), np.stack([found.classes, found.provenance]))
    return model


def reopen(
    folder: Path, model: PaintingModel, words: Iterator[Word], fate: Fate, toll: Toll
) -> None:
    """Open the project again and compare it with what the model makes of the acts in it."""
    with open_project(folder) as project:  # as somebody looks who may not write
        toll.gaps += any("not in the catalog" in line for line in finish(check_project(project)))
    with open_project(folder, write=True) as project:
        kept = acts_on_disk(folder) - model.acts
        # Some may be on disk of which the process had no time to say so; none may be missing.
        assert kept >= max(fate.kept, fate.due)
        go_on_to(model, words, model.acts + kept)
        toll.blank += adopt_blank_canvases(project, model)
        strays = compare(project, model)
        require_harmless(strays, model)
        toll.strays.update(strays)
        toll.recovered += len(project.recovered)
    toll.kills += 1
    toll.acts += kept
    toll.due += fate.due
    toll.unreported += kept - fate.kept
    toll.before_painting += not fate.had_begun


def new_project(folder: Path, classes: ClassTable) -> Path:
    """Make a project of a place with masks and one without."""
    with_masks, without = apart(2, side_px=SIDE_PX)[:1], apart(2, side_px=SIDE_PX, mask_values=())
    return make_project(folder, [*with_masks, without[1]], classes)


@pytest.mark.parametrize("classes", [LANDCOVERNET, VESSELS], ids=["static", "moving"])
@pytest.mark.parametrize("kind", ["painting", "deciding"])
def test_a_killed_program_lost_nothing_that_it_called_kept(
    program: WarmProgram, tmp_path: Path, kind: str, classes: ClassTable
) -> None:
    toll = Toll(f"{kind}, {classes.lifetime}")
    for number in range(times(kind) // 2):
        if number % KILLS_OF_A_PROJECT == 0:
            folder = new_project(tmp_path / f"{classes.lifetime}-{number}", classes)
            model = begin_model(folder)
        seed, fate = work_and_kill(program, folder, kind, number)
        reopen(folder, model, sequence(kind, seed), fate, toll)
    assert toll.acts, "every kill came before the first act"
    print(toll)
