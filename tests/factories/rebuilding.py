"""Projects to rebuild exports of, and logs that somebody tampered with."""

from __future__ import annotations

import hashlib
import json
import shutil
from typing import TYPE_CHECKING, Any

import numpy as np

from s2label.canvases import CanvasKind
from s2label.progress import finish
from s2label.project import open_project
from s2label.rebuilding.run import RebuildReport, rebuild_export
from s2label.types import IGNORE, Verdict
from tests.factories.painting import RealPainting
from tests.factories.projects import apart, decide, make_project

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

GROUNDS = apart(5, mask_values=(1, 2, 5, 254, 255), side_px=16)


def make_worked_project(folder: Path) -> Path:
    """Make a project in which somebody decided, painted, ignored, undid and did again."""
    project = make_project(folder, GROUNDS)
    with open_project(project, write=True) as opened:
        masks = [row["id"] for row in opened.catalog.list_masks()]
        images = opened.catalog.image_ids()
        decide(opened, Verdict.ACCEPT, *images, *masks[:4])
        decide(opened, Verdict.REJECT, images[0], reason="cloudy")
        decide(opened, Verdict.REJECT, images[1], reason="by mistake")
        opened.catalog.undo()
        painting = RealPainting(opened)
        painting.look(2)
        painting.paint(CanvasKind.MASK, range(40), 5, 2, drawn=False)
        painting.paint(CanvasKind.IGNORE, range(100, 150), IGNORE, 2, drawn=False)
        painting.look(4)
        painting.paint(CanvasKind.MASK, range(10), 2, 2, drawn=False)
        painting.undo(show=True)
        painting.redo(show=True)
        painting.leave()
    return project


def keep_only_masks(project: Path, copy: Path) -> Path:
    """Copy masks and rasters out of a project and delete it; return the copy."""
    for name in ("masks", "rasters"):
        shutil.copytree(project / name, copy / name)
    shutil.rmtree(project)
    return copy


def rebuild(log: Path, out: Path, masks: Path | None = None, *sources: Path) -> RebuildReport:
    """Make an export again."""
    return finish(rebuild_export(log, out, masks, sources))


def rows_of(log: Path) -> list[dict[str, Any]]:
    """Return the rows of a log."""
    return [json.loads(line) for line in log.read_text("utf-8").splitlines()]


def write_rows(log: Path, rows: Sequence[dict[str, Any]]) -> None:
    """Write a log of rows, with an end that fits, as somebody would who knows the format."""
    body = b"".join(_line(row) for row in rows if row["row"] != "end")
    end = {"row": "end", "rows": {}, "sha256": hashlib.sha256(body).hexdigest()}
    log.write_bytes(body + _line(end))


def change_rows(log: Path, target: Path, change: Callable[[list[dict[str, Any]]], object]) -> Path:
    """Write a changed copy of a log, alone in a folder of its own."""
    rows = rows_of(log)
    change(rows)
    target.parent.mkdir(exist_ok=True)
    write_rows(target, rows)
    return target


def _line(row: dict[str, Any]) -> bytes:
    return json.dumps(row, ensure_ascii=False).encode() + b"\n"


def random_work(project: Path, seed: int, steps: int) -> None:
    """Let somebody do anything in a project, as a seed says."""
    random = np.random.default_rng(seed)
    verdicts = (Verdict.ACCEPT, Verdict.REJECT, Verdict.OPEN)
    with open_project(project, write=True) as opened:
        painting = RealPainting(opened)
        painting.look(0)
        for _ in range(steps):
            said = (verdicts[random.integers(3)], ("", "odd")[random.integers(2)])
            pixels = random.choice(256, 20, replace=False).tolist()
            match random.integers(9):
                case 0 | 1:
                    painting.paint(CanvasKind.MASK, pixels, 1, 2, drawn=False)
                case 2:
                    painting.paint(CanvasKind.IGNORE, pixels, IGNORE, 2, drawn=False)
                case 3:
                    painting.look(int(random.integers(len(painting.images))))
                case 4:
                    painting.decide(said, None)
                case 5:
                    painting.decide(said, said)
                case 6 | 7:
                    painting.undo(show=True)
                case _:
                    painting.redo(show=False)
