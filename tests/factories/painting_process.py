"""A program that paints or decides until it is killed, see `factories.killable`.

It writes through the ledger, as the window does, and prints lines of a word and a number: ``acted``
with the time when an act was done for whoever sits before the screen, ``kept`` with how many acts
are on disk.
"""

from __future__ import annotations

import os
import random
import time
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

from s2label.canvases import CanvasKind
from s2label.project import open_project
from s2label.review.ledger import Ledger
from s2label.review.session import REST_S
from s2label.types import Provenance, Verdict
from tests.factories.painting import RealPainting

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.factories.painting import Draws

SIDE_PX, IMAGES = 32, 4
# Faster than anybody paints.
PACE_S = 0.01
_WORDS = {
    "painting": ("paint",) * 8 + ("look",) * 3 + ("undo", "redo") * 2 + ("rest", "clear", "decide"),
    "deciding": ("decide",) * 6 + ("look",) * 3 + ("undo", "redo"),
}


@dataclass(frozen=True)
class Word:
    """One thing to tell a real painting or a model, see `factories.painting.Draws`."""

    name: str
    told: tuple[object, ...] = ()
    named: dict[str, bool] = field(default_factory=dict)

    def say_to(self, target: Draws) -> bool:
        """Tell it; return whether it was an act."""
        return getattr(target, self.name)(*self.told, **self.named) is True


def sequence(kind: str, seed: int) -> Iterator[Word]:
    """Yield words of ``painting`` or ``deciding`` without end, always the same of a seed."""
    chance = random.Random(seed)
    yield Word("look", (chance.randrange(IMAGES),))
    while True:
        name = chance.choice(_WORDS[kind])
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


def work_until_killed(folder: str, kind: str, seed: str) -> None:
    """Paint or decide, and say of every act when it was done and that it is kept."""
    with open_project(Path(folder), write=True) as project:
        numbers = count(1)
        # Nobody has to be woken: what is done is told after every word.
        ledger = Ledger(_give_up, lambda tell: None, REST_S)
        real = RealPainting(project, ledger, lambda _: say("kept", next(numbers)))
        say("ready", time.monotonic())
        pace = Event()
        for word in sequence(kind, int(seed)):
            if word.say_to(real):
                say("acted", time.monotonic())
            pace.wait(PACE_S)
            ledger.tell()


def _give_up(error: Exception) -> None:
    raise error


def say(word: str, number: float) -> None:
    """Print a line in one call, so that a kill cannot leave half of it."""
    os.write(1, f"{word} {number}\n".encode())
