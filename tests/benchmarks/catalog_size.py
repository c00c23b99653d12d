"""P2: a catalog of 100,000 chips is as quick as one of 1,000, for the next chip and for opening.

Both catalogs name the same few source files. The next chip is measured as in `next_chip.py`, in
one window that has one project open and then the other, in turns. Opening is measured twice: in
a window that is there, and as the whole of `s2label open` against an empty viewer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.benchmarks import material
from tests.benchmarks.measure import Row, arguments, median, milliseconds, percentile, write_rows
from tests.benchmarks.next_chip import BLOCK, LOOK_S, Bench, Times
from tests.benchmarks.starting import start_window

if TYPE_CHECKING:
    from pathlib import Path

FEW, MANY = 1_000, 100_000
TARGET, BEYOND_S = 1.1, 1.0
_ROUNDS, _STARTS = 3, 5


def main() -> None:
    """Measure both catalogs."""
    given = arguments(__doc__.splitlines()[0])
    projects = {
        chips: material.undecided(
            material.project_of(given.work, chips), given.work / f"used-{chips}"
        )
        for chips in (FEW, MANY)
    }
    rows = in_one_window(projects, rounds=2 if given.quick else _ROUNDS)
    rows += from_process_start(projects, starts=2 if given.quick else _STARTS)
    write_rows(given.out, rows)


def in_one_window(projects: dict[int, Path], rounds: int) -> list[Row]:
    """Open one project and the other in turns, and go through some chips of each."""
    bench = Bench()
    times = {chips: Times() for chips in projects}
    opened: dict[int, list[float]] = {chips: [] for chips in projects}
    for _ in range(rounds):
        for chips, project in projects.items():
            opened[chips].append(bench.open(project))
            bench.measure(2 * BLOCK, LOOK_S, times[chips])
    bench.close()
    few, many = times[FEW].keys, times[MANY].keys
    next_figures = {"p50_ratio": median(many) / median(few), "chips": len(many)}
    next_figures |= milliseconds(many, "many") | milliseconds(few, "few")
    next_figures |= {"bare_ratio_many": times[MANY].ratio, "bare_ratio_few": times[FEW].ratio}
    many_s, few_s = median(opened[MANY]), median(opened[FEW])
    return [
        Row(
            "P2",
            f"next chip: p95 with {MANY:,} chips against {FEW:,}",
            percentile(many, 0.95) / percentile(few, 0.95),
            TARGET,
            figures=next_figures,
        ),
        Row(
            "P2",
            f"opening in a window that is there: {MANY:,} chips against {FEW:,}",
            many_s / few_s,
            TARGET,
            figures={"many_s": many_s, "few_s": few_s},
        ),
    ]


def from_process_start(projects: dict[int, Path], starts: int) -> list[Row]:
    """Start the program with one project and the other, and an empty viewer, in turns."""
    empty: list[float] = []
    whole: dict[int, list[float]] = {chips: [] for chips in projects}
    for _ in range(starts):
        empty.append(start_window("empty"))
        for chips, project in projects.items():
            whole[chips].append(start_window("open", project))
    many_s, few_s, empty_s = median(whole[MANY]), median(whole[FEW]), median(empty)
    figures = {"many_s": many_s, "few_s": few_s, "empty_s": empty_s}
    return [
        Row(
            "P2",
            f"s2label open, whole: {MANY:,} chips against {FEW:,}",
            many_s / few_s,
            TARGET,
            figures=figures,
        ),
        Row(
            "P2",
            f"s2label open with {MANY:,} chips, beyond an empty viewer",
            many_s - empty_s,
            BEYOND_S,
            unit="s",
            figures=figures,
        ),
    ]


if __name__ == "__main__":
    main()
