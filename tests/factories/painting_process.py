"""A program that paints without end until it is killed: ``painting_process.py FOLDER SEED STEPS``.

It says "ready", then after every act that is on disk how many there were. After a number of steps
towards the disk (a file opened for writing, a rename, a transaction begun or about to be
committed) it kills itself, so that every gap between two of them is hit; 0 leaves that to others.
"""

from __future__ import annotations

import os
import random
import signal
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Engine, event

from s2label.canvases import CanvasKind
from s2label.project import open_project
from s2label.types import Provenance, Verdict
from tests.factories.painting import Easel

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator
    from concurrent.futures import Future

    from tests.factories.painting import Draws

SIDE_PX, IMAGES = 32, 4
_WORDS = ("paint",) * 8 + ("look",) * 3 + ("undo", "redo") * 2 + ("rest", "clear", "decide")


class OneThread:
    """Does what a painter submits, in order, in a thread of its own."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(max_workers=1)
        self._waiting: list[Future[None]] = []

    def submit(
        self,
        work: Callable[[], Any],
        touches: Collection[str],
        then: Callable[[Any], object] | None = None,
        failed: Callable[[Exception], object] | None = None,
    ) -> object:
        """Do it after all that was submitted before."""
        assert touches

        def do() -> None:
            result = work()
            if then is not None:
                then(result)

        self._waiting.append(self._thread.submit(do))
        return None

    def flush(self) -> None:
        """Wait for all of it; what failed raises here."""
        while self._waiting:
            self._waiting.pop(0).result()


@dataclass(frozen=True)
class Word:
    """One thing to tell an easel or a model, see `factories.painting.Draws`."""

    name: str
    told: tuple[object, ...] = ()
    named: dict[str, bool] = field(default_factory=dict)

    def say_to(self, target: Draws) -> None:
        """Tell it."""
        getattr(target, self.name)(*self.told, **self.named)


def sequence(seed: int) -> Iterator[Word]:
    """Yield words without end, always the same of a seed."""
    chance = random.Random(seed)
    yield Word("look", (chance.randrange(IMAGES),))
    while True:
        name = chance.choice(_WORDS)
        yield Word(name, *_told(name, chance))


def _told(name: str, chance: random.Random) -> tuple[tuple[object, ...], dict[str, bool]]:
    if name == "look":
        return (chance.randrange(IMAGES),), {}
    if name == "paint":
        return _stroke(chance), {"drawn": chance.random() < 0.5}
    if name == "decide":
        verdicts = [chance.choice([None, *Verdict]) for _ in range(2)]
        return tuple(None if verdict is None else (verdict, "") for verdict in verdicts), {}
    return (), {"show": chance.random() < 0.5} if name in ("undo", "redo") else {}


def _stroke(chance: random.Random) -> tuple[object, ...]:
    kind = chance.choice([CanvasKind.MASK, CanvasKind.MASK, CanvasKind.IGNORE])
    left, top, side = chance.randrange(SIDE_PX), chance.randrange(SIDE_PX), chance.randint(1, 12)
    rows, columns = range(top, min(top + side, SIDE_PX)), range(left, min(left + side, SIDE_PX))
    chosen = [y * SIDE_PX + x for y in rows for x in columns]
    value = chance.choice([0, 1, 2, 254, 255] if kind is CanvasKind.MASK else [0, 255])
    return kind, chosen, value, Provenance.HUMAN


def paint_until_killed(folder: Path, seed: int) -> None:
    """Paint, and say after every act that it is kept."""
    with open_project(folder, write=True) as project:
        kept = 0

        def tell(_act: object) -> None:
            nonlocal kept
            kept += 1
            # One write call, so that a kill cannot leave half a line.
            os.write(1, f"{kept}\n".encode())

        easel = Easel(project, OneThread(), tell)
        os.write(1, b"ready\n")
        for word in sequence(seed):
            word.say_to(easel)


def kill_after(steps: int) -> None:
    """Let this process kill itself after some steps towards the disk from now on."""
    left = steps

    def step(*_: object) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def hear(name: str, arguments: tuple[object, ...]) -> None:
        if name == "os.rename" or (name == "open" and _is_of_disk(arguments)):
            step()

    event.listen(Engine, "begin", step)
    event.listen(Engine, "commit", step)
    sys.addaudithook(hear)


def _is_of_disk(arguments: tuple[object, ...]) -> bool:
    """Tell whether a file is opened for writing, or a folder to make a rename durable."""
    path = str(arguments[0])
    return "/masks/" in path or "/rasters/" in path


if __name__ == "__main__":
    if int(sys.argv[3]):
        kill_after(int(sys.argv[3]))
    paint_until_killed(Path(sys.argv[1]), int(sys.argv[2]))
