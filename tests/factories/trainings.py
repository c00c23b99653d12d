"""Trainings and judgings without a network: the window's side of them, with a scripted child."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from napari_s2label.jobs import CommandJob
from PIL import Image

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from qtpy.QtCore import QObject

_CHILD = Path(__file__).with_name("training_child.py")
STEPS_PER_EPOCH = 10


def scripted_jobs(
    folder: Path,
    steps: Sequence[dict[str, Any]],
    stopped: dict[str, Any] | None = None,
    command: str = "train",
) -> Callable[[Sequence[str], QObject | None], CommandJob]:
    """Return what makes jobs of which one command tells these steps; others are real.

    Parameters
    ----------
    folder : Path
        Where the script is kept.
    steps : sequence of dict
        What the child does, see ``training_child.py``.
    stopped : dict, optional
        The result when it is asked to stop.
    command : str
        The command.
    """
    script = folder / "script.json"
    script.write_text(json.dumps({"steps": list(steps), "stopped": stopped}))

    class ScriptedJob(CommandJob):
        def __init__(self, arguments: Sequence[str], parent: QObject | None = None) -> None:
            super().__init__(arguments, parent)
            if arguments[0] == command:
                self._process.setArguments(["-P", str(_CHILD), str(script), *arguments])

    return ScriptedJob


def beginning(**changes: Any) -> dict[str, Any]:
    """Return the first record: what it learns from."""
    data = {
        "run": "20240501-120000-vessels_unet",
        "chips": 12,
        "groups": 6,
        "pixels": {"background": 9000, "vessel": 420},
        "checked_share": 0.5,
        "held_out": {"chips": 2, "by_group": True},
        "warnings": [],
        "device": "cpu, fp32",
    }
    return progress(0, 0, "reading chips", data | changes)


def epoch(number: int, of: int, preview: Path | str = "", **changes: Any) -> list[dict[str, Any]]:
    """Return the records of an epoch: its steps, then its scores."""
    first, total = (number - 1) * STEPS_PER_EPOCH, of * STEPS_PER_EPOCH
    words = f"epoch {number} of {of}"
    scores = {
        "epoch": number,
        "loss": 1 / number,
        "validation_loss": 1.2 / number,
        "headline": 1 - 0.8 / number,
        "iou": {"background": 0.99, "vessel": 1 - 0.9 / number},
        "lr": 0.001,
        "preview": str(preview),
    }
    steps = [progress(first + n, total, words) for n in range(1, STEPS_PER_EPOCH)]
    return [*steps, progress(first + STEPS_PER_EPOCH, total, words, scores | changes)]


def progress(
    done: int, total: int, message: str, data: dict[str, Any] | None = None
) -> dict[str, Any]:
    """Return a record of progress."""
    step = {"done": done, "total": total, "message": message, "data": data or {}}
    return {"progress": step}


def result(model: str = "", **changes: Any) -> dict[str, Any]:
    """Return the last record."""
    values = {
        "model": model,
        "in_use": False,
        "stopped": False,
        "epochs": 3,
        "scores": {},
        "verdict": None,
        "unjudged": "",
        "resume": False,
    }
    return {"result": values | changes}


def draw_picture(path: Path, columns: int, rows: int = 1, side_px: int = 192) -> Path:
    """Write a PNG as the trainer and the gate draw them: rows of panels with thin gaps."""
    path.parent.mkdir(parents=True, exist_ok=True)
    picture = np.full((rows * (side_px + 4) - 4, columns * (side_px + 4) - 4, 3), 40, np.uint8)
    for row in range(rows):
        for column in range(columns):
            y, x = row * (side_px + 4), column * (side_px + 4)
            picture[y : y + side_px, x : x + side_px] = (30 * row, 50 * column, 120)
    Image.fromarray(picture).save(path)
    return path
