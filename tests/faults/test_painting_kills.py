"""R1: a program killed while it paints has lost no act that it called kept, and damaged nothing.

Real processes, ``kill -9``. Half of them are killed at moments drawn from a seed, a quarter kill
themselves between two steps towards the disk, a quarter after a file of a version was renamed into
place and before the row that names it. A few kills in the normal suite; ``S2LABEL_LONG=1 python -m
pytest tests/faults/test_painting_kills.py -s`` makes it 200 and prints what it saw.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from s2label.canvases import CanvasRef
from s2label.checking import check_project
from s2label.classes import LANDCOVERNET, VESSELS
from s2label.painting.canvas import read_canvas
from s2label.progress import finish
from s2label.project import open_project
from tests.factories import painting_process
from tests.factories.painting import IGNORE, MASK
from tests.factories.painting_agreement import acts_on_disk, compare
from tests.factories.painting_model import PaintingModel, blank
from tests.factories.painting_process import SIDE_PX, sequence
from tests.factories.projects import apart, make_project

if TYPE_CHECKING:
    from s2label.project import Project
    from s2label.types import ClassTable

LONG = bool(os.environ.get("S2LABEL_LONG"))
SEED = 20261121
# An act that was done so long before the kill has to be there, whether that was said or not.
SAFE_AFTER_S = 0.5
# Projects of each kind, and how often each is killed, one after the other.
PROJECTS, KILLS = (5, 20) if LONG else (1, 4)
ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.skipif(os.name != "posix", reason="processes kill themselves by signal")


@dataclass
class Fate:
    """How a process ended: acts that it called kept, acts done 0.5 s before; did it paint yet?"""

    kept: int
    due: int
    had_begun: bool


@dataclass
class Toll:
    """What the kills of a project came to."""

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
            f"{self.kills} kills ({self.before_painting} before painting began); {self.acts} acts "
            f"kept, {self.due} of them {SAFE_AFTER_S} s old, {self.unreported} without word of it, "
            f"none lost; {self.gaps} times a file was there before its row, {self.recovered} "
            f"canvases recovered, {self.blank} left blank, {len(self.strays)} stray files"
        )


def paint_and_kill(folder: Path, seed: int, chance: random.Random) -> Fate:
    """Let a process paint and kill it, or let it kill itself."""
    is_aimed = chance.random() < 0.5
    aims = [(chance.randint(1, 600), 0), (0, chance.randint(1, 12))]
    aim = map(str, chance.choice(aims) if is_aimed else (0, 0))
    after_s = chance.choice([0.05, 0.3, 1.5]) * chance.random()
    command = [sys.executable, painting_process.__file__, str(folder), str(seed), *aim]
    surroundings = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=surroundings) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline()]
        if not is_aimed:
            with suppress(subprocess.TimeoutExpired):
                process.wait(timeout=after_s)
            assert process.poll() is None, "it ended by itself"
            lines.append(f"killed {time.monotonic()}".encode())
            process.kill()
        lines += process.stdout.read().splitlines()
    assert process.returncode == -9
    return fate_of([line.decode().split() for line in lines])


def fate_of(said: list[list[str]]) -> Fate:
    """Return what a process said of itself."""
    words = [word for word, _ in said]
    (killed_s,) = [float(number) for word, number in said if word == "killed"]
    acted_s = [float(number) for word, number in said if word == "acted"]
    due = sum(moment_s <= killed_s - SAFE_AFTER_S for moment_s in acted_s)
    return Fate(words.count("kept"), due, "ready" in words)


def go_on_to(model: PaintingModel, seed: int, acts: int) -> None:
    """Let the model paint until it has made a number of acts, and then be reopened."""
    words = sequence(seed)
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


def reopen(folder: Path, model: PaintingModel, seed: int, fate: Fate, toll: Toll) -> None:
    """Open the project again and compare it with what the model makes of the acts in it."""
    with open_project(folder) as project:  # as somebody looks who may not write
        toll.gaps += any("not in the catalog" in line for line in finish(check_project(project)))
    with open_project(folder, write=True) as project:
        kept = acts_on_disk(folder) - model.acts
        # Some may be on disk of which the process had no time to say so; none may be missing.
        assert kept >= max(fate.kept, fate.due)
        go_on_to(model, seed, model.acts + kept)
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


@pytest.mark.parametrize("classes", [LANDCOVERNET, VESSELS], ids=["static", "moving"])
@pytest.mark.parametrize("number", range(PROJECTS))
def test_a_killed_painter_lost_nothing_that_it_called_kept(
    tmp_path: Path, classes: ClassTable, number: int
) -> None:
    with_masks, without = apart(2, side_px=SIDE_PX)[:1], apart(2, side_px=SIDE_PX, mask_values=())
    folder = make_project(tmp_path, [*with_masks, without[1]], classes)
    model, toll, begin = begin_model(folder), Toll(), time.perf_counter()
    chance = random.Random(f"{SEED} {classes.lifetime} {number}")
    for _ in range(KILLS):
        seed = chance.randrange(2**32)
        fate = paint_and_kill(folder, seed, chance)
        reopen(folder, model, seed, fate, toll)
    assert toll.acts, "every kill came before the first act"
    print(f"{toll}, {time.perf_counter() - begin:.0f} s")
