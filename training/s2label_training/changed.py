"""The chips on which old and new differ most, drawn into the bundle of the new model."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import numpy as np

from s2label.durable import sync_folder
from s2label.progress import Progress
from s2label_training.pictures import draw_row, draw_true_colour, save_png
from s2label_training.verdicts import CHANGED_FOLDER, VERDICT_NAME, ChangedChip, write_verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from s2label.progress import Job
    from s2label.project import Project
    from s2label_training.comparison import Arena, ComparedChip
    from s2label_training.pictures import Coloured
    from s2label_training.tallies import ChipTally
    from s2label_training.verdicts import Verdict

MOST = 12
_MESSAGE = "drawing the chips that changed most"


def draw_changed(
    project: Project,
    arena: Arena,
    compared: Sequence[ComparedChip],
    classes: Iterable[Coloured],
    draft: Path,
) -> Job[tuple[ChangedChip, ...]]:
    """Draw image, truth, old and new proposal of the chips that changed most.

    Parameters
    ----------
    project, arena : Project, Arena
        Where the two were compared.
    compared : sequence of ComparedChip
        What came of it.
    classes : iterable
        Value and colour of each class.
    draft : Path
        A folder for the pictures; it is made anew.

    Returns
    -------
    tuple of ChangedChip
        The chip first on which most checked pixels changed.
    """
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    classes = tuple(classes)
    changed = [each for each in compared if each.changed]
    changed = sorted(changed, key=lambda each: (-each.changed, each.chip.image.id))[:MOST]
    drawn = []
    for number, each in enumerate(changed, start=1):
        yield Progress(number - 1, len(changed), _MESSAGE)
        picture = f"{number:02d}.png"
        _draw(project, arena, each, classes, draft / picture)
        shares = (_right_share(each.old), _right_share(each.new))
        path = f"{CHANGED_FOLDER}/{picture}"
        image = each.chip.image.id
        drawn.append(ChangedChip(image_id=image, old=shares[0], new=shares[1], picture=path))
    return tuple(drawn)


def keep_verdict(bundle: Path, draft: Path, verdict: Verdict) -> None:
    """Put pictures and verdict into a bundle in place of earlier ones.

    Killed in between there is no verdict, never one with pictures of another.
    """
    (bundle / VERDICT_NAME).unlink(missing_ok=True)
    shutil.rmtree(bundle / CHANGED_FOLDER, ignore_errors=True)
    draft.rename(bundle / CHANGED_FOLDER)
    sync_folder(bundle)
    write_verdict(bundle, verdict)


def _draw(
    project: Project, arena: Arena, each: ComparedChip, classes: Iterable[Coloured], path: Path
) -> None:
    chip = each.chip
    read = arena.read(chip)
    ((old, new),) = arena.proposals([read])
    rgb = draw_true_colour(project, chip.image, chip.place.grid)
    save_png(path, draw_row(rgb, (read.labels.classes, old, new), classes))


def _right_share(tally: ChipTally) -> float:
    right = np.trace(tally.confusion[:-1, :-1])
    return float(right / max(1, tally.confusion.sum()))
