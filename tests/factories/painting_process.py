"""A program that paints until it is killed: ``painting_process.py FOLDER SEED STEPS RENAMES``.

It writes through the ledger, as the window does, and prints lines of a word and a number: ``acted``
with the time when an act was done for whoever sits before the screen, ``kept`` with how many acts
are on disk. After a number of steps towards the disk (a file opened, a transaction begun or about
to be committed), or right after a number of renames, it says ``killed`` with the time and kills
itself, so that every gap between two steps is hit; 0 and 0 leave that to others.
"""

from __future__ import annotations

import math
import os
import random
import signal
import sys
import time
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

from sqlalchemy import Engine, event

from s2label.canvases import CanvasKind
from s2label.project import open_project
from s2label.review.ledger import Ledger
from s2label.types import Provenance, Verdict
from tests.factories.painting import RealPainting

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.factories.painting import Draws

SIDE_PX, IMAGES = 32, 4
# As the window lets the writing thread rest; and faster than anybody paints.
REST_S, PACE_S = 0.04, 0.01
_WORDS = ("paint",) * 8 + ("look",) * 3 + ("undo", "redo") * 2 + ("rest", "clear", "decide")


@dataclass(frozen=True)
class Word:
    """One thing to tell a real painting or a model, see `factories.painting.Draws`."""

    name: str
    told: tuple[object, ...] = ()
    named: dict[str, bool] = field(default_factory=dict)

    def say_to(self, target: Draws) -> bool:
        """Tell it; return whether it was an act."""
        return getattr(target, self.name)(*self.told, **self.named) is True


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
    """Paint, and say of every act when it was done and that it is kept."""
    with open_project(folder, write=True) as project:
        numbers = count(1)
        # Nobody has to be woken: what is done is told after every word.
        ledger = Ledger(_give_up, lambda tell: None, REST_S)
        real = RealPainting(project, ledger, lambda _: say("kept", next(numbers)))
        say("ready", time.monotonic())
        pace = Event()
        for word in sequence(seed):
            if word.say_to(real):
                say("acted", time.monotonic())
            pace.wait(PACE_S)
            ledger.tell()


def _give_up(error: Exception) -> None:
    raise error


def say(word: str, number: float) -> None:
    """Print a line in one call, so that a kill cannot leave half of it."""
    os.write(1, f"{word} {number}\n".encode())


def kill_after(steps: int, renames: int) -> None:
    """Let this process kill itself after some steps, or right after a rename; 0 for never."""
    left = {"steps": steps or math.inf, "renames": renames or math.inf}

    def step(*_: object) -> None:
        left["steps"] -= 1
        if 0 in left.values():
            say("killed", time.monotonic())
            os.kill(os.getpid(), signal.SIGKILL)

    def hear(name: str, arguments: tuple[object, ...]) -> None:
        if name == "os.rename":  # about to be done
            left["renames"] -= 1
        elif name == "open" and _is_of_disk(arguments):
            step()

    event.listen(Engine, "begin", step)
    event.listen(Engine, "commit", step)
    sys.addaudithook(hear)


def _is_of_disk(arguments: tuple[object, ...]) -> bool:
    """Tell whether a file is opened for writing, or a folder to make a rename durable."""
    path = str(arguments[0])
    return "/masks/" in path or "/rasters/" in path


if __name__ == "__main__":
    kill_after(int(sys.argv[3]), int(sys.argv[4]))
    paint_until_killed(Path(sys.argv[1]), int(sys.argv[2]))
