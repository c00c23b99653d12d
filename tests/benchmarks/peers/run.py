"""``make peers``: measure s2label against other programs and other ways, print one table.

Same machine, same run, same data, both sides in turns. Nothing fails because a machine is slow.
"""

from __future__ import annotations

import json
import sys
import time
import traceback
from argparse import ArgumentParser
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.benchmarks.measure import machine
from tests.benchmarks.peers import networks, scene, strokes, triage
from tests.benchmarks.peers.sides import PEERS_PYTHON, Comparison, SideError, peers_versions
from tests.benchmarks.run import working_folder
from tests.benchmarks.wand import PORTS

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Callable, Sequence

COMPARISONS: dict[str, Callable[..., list[Comparison]]] = {
    "networks": networks.compare,
    "triage": triage.compare,
    "scene": scene.compare,
    "whole-scene": scene.compare_whole,
    "strokes": strokes.compare,
}
USUAL = ("networks", "triage", "scene", "strokes")
NEED_PORTS = ("networks", "strokes")


def main() -> None:
    """Run the comparisons, one after the other."""
    given = parser().parse_args()
    if not PEERS_PYTHON.exists():
        raise SystemExit("the peers are not installed: run tests/benchmarks/peers/setup")
    with working_folder(given.work) as work:
        out: Path = given.out or (given.work or Path.cwd() / "bench").with_name("peers.json")
        before, begin = machine(), time.perf_counter()
        rows = [row for name in given.only for row in compare(name, work, given)]
    where = {**before, "load_1_min_after": machine()["load_1_min"]}
    where |= {"seconds": round(time.perf_counter() - begin)}
    tables = {"rows": [row.as_dict() for row in rows]}
    record = {"machine": where, "peers": peers_versions(), **tables}
    out.write_text(json.dumps(record, indent=1) + "\n")
    print(table(rows))
    print(", ".join(f"{key} {value}" for key, value in where.items()))
    print(f"all figures: {out.name}")


def parser() -> ArgumentParser:
    """Return the options."""
    made = ArgumentParser(prog="python -m tests.benchmarks.peers.run", description=__doc__)
    made.add_argument(
        "--work", type=Path, help="folder for what it makes, kept for the next run; else temporary"
    )
    made.add_argument("--out", type=Path, help="JSON file; by default peers.json beside --work")
    made.add_argument("--data", type=Path, default=PORTS, help="folder of the real ports")
    made.add_argument("--quick", action="store_true", help="fewer repetitions: a try")
    made.add_argument(
        "--only", nargs="+", choices=tuple(COMPARISONS), default=USUAL, metavar="NAME"
    )
    return made


def compare(name: str, work: Path, given: Namespace) -> list[Comparison]:
    """Run one comparison; one that cannot be had or breaks off gives a row that says so."""
    if name in NEED_PORTS and not given.data.is_dir():
        return [Comparison(name, "not measured", note="the real ports are not here: --data")]
    print(f"{name} ...", file=sys.stderr, flush=True)
    try:
        return COMPARISONS[name](work, given.data, quick=given.quick)
    except Exception as error:  # what the others found must not be lost
        print(error if isinstance(error, SideError) else traceback.format_exc(), file=sys.stderr)
        return [
            Comparison(
                name, "broke off, see above", note=f"{type(error).__name__} {error}".splitlines()[0]
            )
        ]


def table(rows: Sequence[Comparison]) -> str:
    """Return the rows as one table; the last column is how many times better s2label does."""
    lines = [["part", "what", "s2label", "peer", "times better", ""]]
    for row in rows:
        figures = map(shown, (row.ours, row.peer, row.ratio))
        lines.append([row.part, row.what, *figures, row.note])
    widths = [max(len(line[column]) for line in lines) for column in range(6)]
    return "\n".join(
        "  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def shown(value: Any) -> str:
    """Return a figure with three digits or more."""
    if value is None:
        return "-"
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"


if __name__ == "__main__":
    main()
