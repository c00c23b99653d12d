"""A long day: thousands of chips in a real window, and what its process holds meanwhile.

Somebody decides, paints with every tool, takes suggestions, takes back, and has one model trained,
by key presses and mouse events in a window of this process; the worker that suggests and the
trainer are real children. What is held is counted after a warm-up, along the way and at the end,
and written to a JSON file after each count: a run that is ended early has left what it knew.
"""

from __future__ import annotations

import json
import os
import random
import sqlite3
import sys
import tempfile
import time
from argparse import ArgumentParser
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from tests.benchmarks.measure import machine
from tests.factories.fleet import make_fleet

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Callable

    import napari
    from napari_s2label.desk import Desk

    from tests.faults.day_acts import Day
    from tests.faults.day_counts import Blocks

GROUPS = 10
RECIPE_NAME = "tiny.toml"
RECIPE = """
name = "tiny"
description = "A network so small that it learns in seconds."
network = { architecture = "unet", filters = 4 }
sampling = { tiles_per_epoch = 96, object_share = 0.5 }
loss = { terms = { dice = 1.0, cross_entropy = 1.0 } }
optimiser = { lr = 1e-2 }
fit = { epochs = 3, batch_size = 4, precision = "fp32" }
"""
_TRAINED_S = 1800.0
_SHOWN_KINDS = 40


def main() -> None:
    """Work for a day and write down what the process holds."""
    from napari_s2label.app import hold_little_memory

    hold_little_memory()  # as `open_in_window` does
    given = parser().parse_args()
    with tempfile.TemporaryDirectory(prefix="s2label-day-") as scratch:
        folder = Path(scratch)
        os.environ["NAPARI_CONFIG"] = str(folder / "napari.yaml")
        groups = min(GROUPS, given.chips)
        project = make_fleet(folder, groups=groups, places=given.chips // groups)
        (folder / RECIPE_NAME).write_text(RECIPE)
        work(project, given)


def parser() -> ArgumentParser:
    """Return the options."""
    made = ArgumentParser(prog="python -m tests.faults.long_day", description=__doc__)
    made.add_argument("--switches", type=int, default=10_000, help="how many chips come into view")
    made.add_argument("--chips", type=int, default=2000, help="how many the project has")
    made.add_argument("--warm-up", type=int, default=500, help="switches before the first count")
    made.add_argument("--every", type=int, default=500, help="switches between two counts")
    made.add_argument("--reopen", type=int, default=0, help="switches until it is opened again")
    made.add_argument("--busy", type=float, default=1.0, help="share of chips that are painted")
    made.add_argument("--train", action="store_true", help="have a model trained a fourth through")
    made.add_argument("--kinds", action="store_true", help="tell which objects have become more")
    made.add_argument("--seed", type=int, default=1)
    made.add_argument("--out", type=Path, required=True, help="JSON file")
    return made


def work(project: Path, given: Namespace) -> None:
    """Open a window, do what is given, and write what was counted after each count."""
    import napari
    from napari_s2label.app import arrange_window, give_back_now_and_then
    from napari_s2label.desk import desk_of

    from tests.faults.day_acts import Day
    from tests.faults.day_counts import Blocks
    from tests.faults.day_hands import Hands

    viewer = napari.Viewer(title="s2label - a long day")
    desk = desk_of(viewer)
    giving_back = give_back_now_and_then()  # as `open_in_window` does
    arrange_window(viewer)
    hands = Hands(viewer, desk)
    desk.open(project)
    hands.see()
    day = Day(hands, desk, random.Random(given.seed), given.busy)
    book = Book(given, viewer, project, Blocks(time.perf_counter))
    try:
        _switch_all(book, day, desk, given)
    finally:
        giving_back.stop()
        desk.close()
        viewer.close()


def _switch_all(book: Book, day: Day, desk: Desk, given: Namespace) -> None:
    from s2label.queue_specs import QueueOrder

    day.begin_queue(QueueOrder.NAME)
    hands, plan = day.hands, _plan(day, project_of(desk), given)
    hands.switches = 0
    while hands.switches < given.switches:
        day.chip()
        while plan and hands.switches >= plan[0][0]:
            plan.pop(0)[1]()
        if hands.switches >= book.due:
            book.count(hands.switches, day.done)
    if given.train:
        hands.wait_until(day.take_model, "the training", _TRAINED_S)
    hands.pause(1)
    book.count(hands.switches, day.done)


def _plan(day: Day, project: Path, given: Namespace) -> list[tuple[int, Callable[[], object]]]:
    """Return what is done once or now and then, and after how many switches."""
    plan: list[tuple[int, Callable[[], object]]] = [(given.warm_up // 2, day.learn_from_strokes)]
    if given.train:
        recipe = project.parent / RECIPE_NAME
        plan.append((given.switches // 4, lambda: day.train(project, recipe)))
        plan += [(given.switches * share // 10, day.take_model) for share in (5, 6, 7, 8, 9)]
    if given.reopen:
        plan += [(at, day.open_again) for at in range(given.reopen, given.switches, given.reopen)]
    return sorted(plan, key=lambda due: due[0])


def project_of(desk: Desk) -> Path:
    """Return the folder of the project that is open."""
    assert desk.folder is not None
    return desk.folder


def acts_by_tool(project: Path) -> dict[str, int]:
    """Return how many strokes of each tool, and acts of each kind, are on disk."""
    strokes = "SELECT 'stroke: ' || tool, count(*) FROM stroke GROUP BY 1"
    acts = "SELECT 'act: ' || kind, count(*) FROM act GROUP BY 1"
    with closing(sqlite3.connect(project / "catalog.sqlite")) as connection:
        return dict(connection.execute(f"{strokes} UNION ALL {acts}").fetchall())


class Book:
    """What was counted, kept in a file.

    Parameters
    ----------
    given : Namespace
        The options of the command.
    viewer, project, blocks
        What is counted.

    Attributes
    ----------
    due : int
        After how many switches is counted next.
    """

    def __init__(
        self, given: Namespace, viewer: napari.Viewer, project: Path, blocks: Blocks
    ) -> None:
        self._given = given
        self._viewer = viewer
        self._project = project
        self._blocks = blocks
        self._counts: list[dict[str, float]] = []
        self._kinds: Counter[str] = Counter()
        self._begin_s = time.monotonic()
        self._machine = machine()
        self.due = given.warm_up

    def count(self, switches: int, done: Counter[str]) -> None:
        """Count, and write all counts so far."""
        from tests.faults.day_counts import count_all, kinds_of_objects

        figures = {"switches": float(switches), "seconds": time.monotonic() - self._begin_s}
        figures |= {"cpu_seconds": time.process_time(), **self._blocks.take()}
        figures |= count_all(self._viewer, self._project)
        self._counts.append(figures)
        self.due = switches + self._given.every
        kinds = kinds_of_objects() if self._given.kinds else Counter()
        self._kinds = self._kinds or kinds
        more = dict((kinds - self._kinds).most_common(_SHOWN_KINDS))
        self._write(done, more)
        print(json.dumps({k: round(v, 1) for k, v in figures.items()}), file=sys.stderr, flush=True)
        self._blocks.leave_out()

    def _write(self, done: Counter[str], more: dict[str, int]) -> None:
        first, last = self._counts[0], self._counts[-1]
        record = {
            "machine": self._machine,
            "seed": self._given.seed,
            "switches": last["switches"],
            "growth": {key: last[key] - first[key] for key in last if key in first},
            "done": dict(done),
            "kept": acts_by_tool(self._project),
            "counts": self._counts,
            "more": more,
        }
        self._given.out.write_text(json.dumps(record, indent=1) + "\n")


if __name__ == "__main__":
    main()
