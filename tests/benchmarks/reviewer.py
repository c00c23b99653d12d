"""A simulated reviewer: how soon each order of the queue brings what is rejected.

200 generated LandCoverNet places on 12 dates, 60 of them sand, which the cloud layers take for
clouds. The reviewer rejects by the true cloud, with a shaky hand, and goes through the queue in
an order: learnt (anew after every 50 decisions), by cloud share alone, or at random. Images are 64
px a side, so that the project is made in minutes.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from s2label.classes import LANDCOVERNET
from s2label.handover import take_all
from s2label.importers.options import ImportOptions, Kind
from s2label.importers.run import import_sources
from s2label.learnt.features import build_features
from s2label.learnt.model import TooFewDecisionsError, chances_of, fit_model
from s2label.progress import finish
from s2label.project import create_project, open_project
from s2label.samples import write_landcover_places
from s2label.screening.left_files import take_oldest_screenings
from s2label.screening.run import screen_images

if TYPE_CHECKING:
    from numpy.typing import NDArray

PLACES, DATES, BRIGHT, SIDE_PX = 200, 12, 60, 64
QUEUE_SHARE = 0.3
_STEP = 50
_CLOUDY, _SHAKY, _SLIPS = 0.2, 0.05, 0.03
_TRUTH = "truth.json"


@dataclass(frozen=True, eq=False)
class Scored:
    """Images as screening and the truth tell of them; one row or entry an image."""

    features: NDArray[np.float64]
    places: NDArray[Any]
    cloud: NDArray[np.float64]
    true_cloud: NDArray[np.float64]


def prepare(folder: Path, places: int = PLACES, dates: int = DATES, bright: int = BRIGHT) -> Path:
    """Make and screen the project in a folder, or take what is there; returns the project."""
    project = folder / "project"
    if (folder / _TRUTH).is_file():
        return project
    made = write_landcover_places(
        folder / "sources", 5, places, dates, bright=bright, side_px=SIDE_PX
    )
    create_project(project, LANDCOVERNET)
    with open_project(project, write=True) as opened:
        options = ImportOptions(kind=Kind.LANDCOVERNET)
        finish(import_sources(opened, [folder / "sources"], options))
        finish(screen_images(opened))
        take_all(take_oldest_screenings, opened)
    truth = [[*key, share] for key, share in made.cloud_shares.items()]
    (folder / _TRUTH).write_text(json.dumps(truth))
    return project


def read_scored(folder: Path) -> Scored:
    """Return the images of a prepared project with their true clouds."""
    rows = json.loads((folder / _TRUTH).read_text())
    truth = {(place, date): share for place, date, share in rows}
    with open_project(folder / "project") as opened:
        images = opened.catalog.screenings.judged()
        records = opened.catalog.screenings.records()
        names = {id_: place.name for id_, place in opened.catalog.places().items()}
    screenings = [records[image.id] for image in images]
    return Scored(
        build_features(images, screenings),
        np.array([image.place_id for image in images]),
        np.array([s.cloud if s.valid_cloud is None else s.valid_cloud for s in screenings]),
        np.array([truth[names[image.place_id], image.date or ""] for image in images]),
    )


def rejections(scored: Scored, seed: int) -> NDArray[np.bool_]:
    """Return what the reviewer rejects: a shaky threshold on true cloud, and a few slips."""
    rng = np.random.default_rng(seed)
    size = scored.true_cloud.size
    seen = scored.true_cloud + rng.normal(0, _SHAKY, size)
    return np.asarray((seen > _CLOUDY) ^ (rng.random(size) < _SLIPS))


def found_by(scored: Scored, order: str, seed: int, queue_share: float = QUEUE_SHARE) -> float:
    """Return the share of all rejects that lie in the first part of a queue.

    Parameters
    ----------
    scored : Scored
        The images.
    order : str
        ``learnt`` (the first 50 at random), ``cloud``, ``random``, or ``perfect``.
    seed : int
        Of the reviewer and of the random order.
    queue_share : float
        How much of the queue is looked at, 0..1.
    """
    is_rejected = rejections(scored, seed)
    looked_at = round(queue_share * is_rejected.size)
    start = np.random.default_rng([seed, 1]).permutation(is_rejected.size)
    match order:
        case "random":
            queue = start
        case "cloud":
            queue = start[np.argsort(-scored.cloud[start], kind="stable")]
        case "perfect":
            queue = np.argsort(~is_rejected, kind="stable")
        case _:
            queue = _learnt_queue(scored, is_rejected, start, looked_at)
    return float(is_rejected[queue[:looked_at]].sum() / is_rejected.sum())


def _learnt_queue(
    scored: Scored, is_rejected: NDArray[np.bool_], start: NDArray[np.intp], length: int
) -> NDArray[np.intp]:
    queue = start[:_STEP]
    while queue.size < length:
        left = np.setdiff1d(start, queue)
        try:
            model = fit_model(scored.features[queue], is_rejected[queue], scored.places[queue])
            worth = chances_of(model, scored.features[left])
        except TooFewDecisionsError:
            worth = scored.cloud[left]
        queue = np.concatenate([queue, left[np.argsort(-worth, kind="stable")[:_STEP]]])
    return queue


def main() -> None:
    """Print the share of rejects found by each order, over some reviewers."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("work", type=Path, help="folder to work in; kept for the next time")
    parser.add_argument("--reviewers", type=int, default=5)
    arguments = parser.parse_args()
    prepare(arguments.work)
    scored = read_scored(arguments.work)
    for order in ("random", "cloud", "learnt", "perfect"):
        shares = [found_by(scored, order, seed) for seed in range(arguments.reviewers)]
        low, high = min(shares), max(shares)
        print(f"{order}: {np.mean(shares):.1%} of rejects ({low:.1%} to {high:.1%})")


if __name__ == "__main__":
    main()
