"""Small audits: a fleet with two planted errors, and networks that learn it in seconds."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import numpy as np
from s2label_training.audit.request import AuditRequest, audit_recipe
from s2label_training.audit.run import audit_project

from s2label.classes import VESSELS
from s2label.progress import finish
from s2label.project import open_project
from s2label.suspicion_files import read_left
from tests.factories import fleet

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray
    from s2label_training.audit.request import AuditReport

    from s2label.progress import Progress

# Group and place of a mask from which a vessel was taken, and of one with a vessel too many.
LACKS_ONE, HAS_TOO_MANY = (0, 0), (2, 1)
# Nothing is learnt in two epochs, and all that a run does is done; fp32: the same everywhere.
QUICK = ("network.filters=4", "fit.epochs=2", "fit.batch_size=4", "fit.precision=fp32")
# Enough to tell vessels from foam.
LEARNING = (
    "network.filters=8",
    "network.dropout=0",
    "loss.terms={dice=1.0, cross_entropy=1.0}",
    "optimiser.lr=0.01",
    "fit.epochs=16",
    "fit.batch_size=2",
    "fit.precision=fp32",
)
RECIPE = "vessels_unet"


def make_faulty_fleet(folder: Path) -> Path:
    """Make a project of eight places in four groups; the masks of two of them are wrong."""
    return fleet.make_fleet(folder, groups=4, places=2, labels=faulty_labels)


def faulty_labels(group: int, place: int) -> NDArray[np.uint8]:
    """Return the mask (y, x) of a place, with the planted errors."""
    labels = fleet.truth(group, place)
    if (group, place) == LACKS_ONE:
        y, x = np.argwhere(labels)[0]
        labels[max(0, y - 1) : y + 4, max(0, x - 1) : x + 9] = 0
    if (group, place) == HAS_TOO_MANY:
        labels[40:44, 50:56] = 1
    return labels


def request(*changes: str, folds: int = 2, again: bool = False) -> AuditRequest:
    """Return what is wanted of a small audit."""
    return AuditRequest(audit_recipe(VESSELS, RECIPE, changes or QUICK), folds, again)


def arguments(*changes: str) -> list[str]:
    """Return the same for the command line."""
    named = ["--recipe", RECIPE, "--folds", "2"]
    return [*named, *(part for change in changes or QUICK for part in ("--set", change))]


def audit(
    project: Path,
    wanted: AuditRequest | None = None,
    *,
    stop_at: Callable[[Progress], bool] | None = None,
) -> AuditReport:
    """Audit a project; stop at the first step that a test wants it to."""
    wish = threading.Event()

    def look(step: Progress) -> None:
        if stop_at is not None and stop_at(step):
            wish.set()

    with open_project(project) as opened:
        return finish(audit_project(opened, wanted or request(), wish), look)


def proposals_of(project: Path) -> dict[str, bytes]:
    """Return what models proposed: path in the project -> content."""
    paths = sorted((project / "rasters").glob("*-suggestion/*.tif"))
    return {str(path.relative_to(project)): path.read_bytes() for path in paths}


def left_in(project: Path) -> list[dict[str, Any]]:
    """Return what was left for the catalog, without what differs from audit to audit."""
    found = [left.model_dump(mode="json") for left in read_left(project)]
    for left in found:
        del left["audit"]
        for record in left["records"]:
            del record["audit"]
    return found
