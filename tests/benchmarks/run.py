"""``make bench``: measure everything against the bare work, print one table, write JSON beside it.

Speed targets are ratios of one run: nothing fails here because a machine is slow or busy.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from argparse import ArgumentParser
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.benchmarks.measure import machine

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

REPOSITORY = Path(__file__).resolve().parents[2]
BENCHMARKS = (
    "next_chip",
    "catalog_size",
    "importing",
    "training",
    "suggesting",
    "exporting",
    "painting",
    "window",
    "scenes",
    "whole_scene",
    "screening",
)
_NO_TARGET_YET = "could not be measured"


def main() -> None:
    """Run the benchmarks, each in a process of its own."""
    given = parser().parse_args()
    with working_folder(given.work) as work:
        out: Path = given.out or (given.work or Path.cwd() / "bench").with_name("bench.json")
        before = machine()
        rows = [row for name in given.only for row in run_benchmark(name, work, quick=given.quick)]
    where = {**before, "load_1_min_after": machine()["load_1_min"]}
    out.write_text(json.dumps({"machine": where, "rows": rows}, indent=1) + "\n")
    print(table(rows))
    print(", ".join(f"{key} {value}" for key, value in where.items()))
    print(f"all figures: {out.name}")


def parser() -> ArgumentParser:
    """Return the options."""
    made = ArgumentParser(prog="python -m tests.benchmarks.run", description=__doc__)
    made.add_argument(
        "--work",
        type=Path,
        help="folder for made-up data, kept for the next run; by default a temporary one",
    )
    made.add_argument("--out", type=Path, help="JSON file; by default bench.json beside --work")
    made.add_argument("--quick", action="store_true", help="fewer repetitions: a try")
    made.add_argument("--only", nargs="+", choices=BENCHMARKS, default=BENCHMARKS, metavar="NAME")
    return made


@contextmanager
def working_folder(chosen: Path | None) -> Iterator[Path]:
    """Give the chosen folder, or one that goes away afterwards."""
    if chosen is not None:
        chosen.mkdir(parents=True, exist_ok=True)
        yield chosen.resolve()
        return
    with tempfile.TemporaryDirectory(prefix="s2label-bench-") as scratch:
        yield Path(scratch)


def run_benchmark(name: str, work: Path, *, quick: bool) -> list[dict[str, Any]]:
    """Run one benchmark; one that breaks gives a row that says so."""
    out = work / f"{name}.json"
    out.unlink(missing_ok=True)
    command = [sys.executable, "-W", "ignore", "-m", f"tests.benchmarks.{name}"]
    command += ["--work", str(work), "--out", str(out), *(["--quick"] if quick else [])]
    # Settings of whoever runs it stay out of it, and as they are.
    settings = {"NAPARI_CONFIG": str(work / "napari.yaml")}
    print(f"{name} ...", file=sys.stderr, flush=True)
    done = subprocess.run(
        command, cwd=REPOSITORY, env={**os.environ, **settings}, stderr=subprocess.PIPE, text=True
    )
    if done.returncode == 0 and out.is_file():
        rows: list[dict[str, Any]] = json.loads(out.read_text())
        return rows
    print(done.stderr[-2000:], file=sys.stderr)
    return [{"id": "-", "what": f"{name}: broke off, see above", "is_met": None, "figures": {}}]


def table(rows: Sequence[dict[str, Any]]) -> str:
    """Return the rows as one table."""
    lines = [("row", "what", "ratio", "target", "")]
    lines += [
        (row["id"], row["what"], shown(row, "value"), target(row), verdict(row)) for row in rows
    ]
    widths = [max(len(line[column]) for line in lines) for column in range(5)]
    return "\n".join(
        "  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def shown(row: dict[str, Any], name: str) -> str:
    """Return a number of a row with its unit."""
    return f"{row[name]:.2f} {row['unit']}".rstrip() if name in row else ""


def target(row: dict[str, Any]) -> str:
    """Return what a row is held against."""
    return (
        f"{'>=' if row['is_at_least'] else '<='} {shown(row, 'target')}" if "value" in row else ""
    )


def verdict(row: dict[str, Any]) -> str:
    """Return whether the target is met, in words."""
    return {True: "met", False: "not met", None: _NO_TARGET_YET}[row["is_met"]]


if __name__ == "__main__":
    main()
