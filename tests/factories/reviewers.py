"""A screened project without pixels worth a look, and a reviewer who knows the true clouds."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from s2label.project import open_project
from s2label.screening_records import ScreeningRecord
from s2label.types import Decision, State, Subject, Verdict
from tests.factories.projects import apart, make_project

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from s2label.project import Project

PLACES, DATES = 20, tuple(f"2018-{month:02d}-05" for month in range(1, 11))
BANDS = {"B02": 0.06, "B08": 0.3}
# A third of the places is bright ground, on which the cloud layer guesses.
_BRIGHT = 3
_CLOUDY = 0.3


@dataclass(frozen=True)
class Reviewer:
    """Rejects what is truly cloudy; ``clouds`` is image id -> true share."""

    clouds: Mapping[str, float]

    def rejects(self, image_id: str) -> bool:
        """Tell what the reviewer makes of an image."""
        return self.clouds[image_id] > _CLOUDY

    def decide(self, project: Project, image_ids: Iterable[str]) -> None:
        """Decide on images as one act."""
        verdicts = {True: Verdict.REJECT, False: Verdict.ACCEPT}
        project.catalog.decide(
            [Decision(Subject.IMAGE, id_, verdicts[self.rejects(id_)]) for id_ in image_ids]
        )


def make_screened(
    folder: Path,
    seed: int = 0,
    *,
    keeps_sources: bool = False,
    mask_values: tuple[int, ...] = (),
) -> Reviewer:
    """Make ``folder/project``: 20 places on ten dates with made-up screenings; all are open."""
    grounds = apart(PLACES, dates=DATES, bands=tuple(BANDS), side_px=16, mask_values=mask_values)
    project = make_project(folder, grounds)
    if not keeps_sources:
        shutil.rmtree(folder / "sources")
    rng = np.random.default_rng(seed)
    clouds: dict[str, float] = {}
    with open_project(project, write=True) as opened:
        images = opened.catalog.images(opened.catalog.image_ids())
        bright = set(sorted({image.place_id for image in images.values()})[::_BRIGHT])
        records = []
        for image in images.values():
            clouds[image.id] = float(max(0.0, rng.uniform(-0.5, 1)))
            is_bright = image.place_id in bright
            records.append(_screening(rng, image.id, clouds[image.id], is_bright=is_bright))
        opened.catalog.screenings.note(records)
    return Reviewer(clouds)


def _screening(
    rng: np.random.Generator, id_: str, cloud: float, *, is_bright: bool
) -> ScreeningRecord:
    """Return what a cloud layer and the bands say of an image with so much cloud."""
    guessed = (
        float(rng.uniform()) if is_bright else float(np.clip(cloud + rng.normal(0, 0.05), 0, 1))
    )
    statistics = {}
    for band, ground in BANDS.items():
        mean = (1 - cloud) * (ground + 0.2 * is_bright) + cloud * 0.6 + rng.normal(0, 0.01)
        statistics[band] = {"mean": mean, "deviation": 0.1, "p2": mean / 2, "p98": mean * 1.5}
    return ScreeningRecord(id_, 1, "made up", guessed, valid_cloud=guessed, statistics=statistics)


def open_images(project: Project) -> list[str]:
    """Return the ids of the open images, those likeliest to be rejected first."""
    images = [i for i in project.catalog.screenings.judged() if i.state is State.OPEN]
    return [i.id for i in sorted(images, key=lambda i: (-(i.chance or 0.0), i.id))]
