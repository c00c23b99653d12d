"""A whole scene, end to end: a model learns from one made product and finds the vessels of another.

    python -m tests.benchmarks.vessels_in_scene --work FOLDER

Both products are L1C zips of 10980 x 10980 px with seven bands and 500 vessels (``--quick``: 2048
px, 60 vessels). The commands of the program do all of it: import, train, predict. A vessel counts
as found if the middle of an object lies within half the vessel's length, or 2 px, of its own.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from argparse import ArgumentParser
from pathlib import Path
from shutil import rmtree
from typing import TYPE_CHECKING, Any

import numpy as np
from pyproj import Transformer
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist

from tests.benchmarks.material import _made
from tests.benchmarks.planted import MASK_NAME, read_truth, write_planted
from tests.factories.products import CORNER, CRS

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from tests.benchmarks.planted import Planted

_WHOLE, _QUICK = (10_980, 500), (2_048, 60)
_LEAST_REACH_PX = 2.0
# Tiles without a vessel: of too few, a network does not learn what coasts look like.
_ELSEWHERE = 2_000


def main() -> None:
    """Make both products, train on one, predict the other, compare."""
    given = _arguments()
    side, count = _QUICK if given.quick else _WHOLE
    known, other = (_product(given.work, side, count, seed) for seed in (1, 2))
    project = given.work / f"project-{side}"
    if not project.is_dir():
        _learn(project, known, given)
    seconds = _predict(project, next(other.glob("*.zip")), given.work)
    found = json.loads((given.work / "found.geojson").read_text("utf-8"))["features"]
    figures = compare(read_truth(other), found) | {"seconds": seconds}
    sys.stdout.write(json.dumps(figures, indent=1) + "\n")


def _product(work: Path, side: int, count: int, seed: int) -> Path:
    where = work / f"planted-{side}-{seed}"
    return _made(where, lambda folder: write_planted(folder, side, count, seed))


def _arguments() -> Namespace:
    parser = ArgumentParser(prog="python -m tests.benchmarks.vessels_in_scene", description=__doc__)
    parser.add_argument("--work", type=Path, required=True, help="folder, kept for the next run")
    parser.add_argument("--quick", action="store_true", help="small products")
    parser.add_argument("--minutes", type=float, default=5.0, help="of training, at most")
    return parser.parse_args()


def _learn(project: Path, known: Path, given: Namespace) -> None:
    """Make a project of chips around vessels and elsewhere, and train a model that is in use."""
    archive, mask = next(known.glob("*.zip")), known / MASK_NAME
    draft = project.with_name(f"{project.name}.part")
    rmtree(draft, ignore_errors=True)
    _s2label("init", draft, "--classes", "vessels")
    shared = ("import", draft, archive, "--masks", mask, "--chip", 64)
    _s2label(*shared, "--around", "masks")
    _s2label(*shared, "--random", _ELSEWHERE)
    changes = ("labels.trust=imported", f"fit.max_minutes={given.minutes}", "fit.epochs=10")
    settings = [word for change in changes for word in ("--set", change)]
    _s2label("train", draft, "--recipe", "vessels_resnet34", *settings)
    draft.rename(project)


def _predict(project: Path, archive: Path, work: Path) -> float:
    begin = time.perf_counter()
    out, objects = work / "found.tif", work / "found.geojson"
    _s2label("predict", project, archive, out, "--objects", objects, "--again")
    return time.perf_counter() - begin


def _s2label(*words: object) -> None:
    command = [sys.executable, "-W", "ignore", "-m", "s2label", *map(str, words)]
    subprocess.run(command, check=True)


def compare(truth: Sequence[Planted], found: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Match vessels and found objects one to one; returns how many match, and how exactly.

    Positions are compared in pixels of 10 m, lengths in metres, headings as axes in degrees.
    """
    at = np.array([[vessel.x, vessel.y] for vessel in truth])
    places = _pixels([feature["properties"] for feature in found])
    apart = cdist(at, places)
    reach = np.array([max(vessel.length_m / 20, _LEAST_REACH_PX) for vessel in truth])
    cost = np.where(apart <= reach[:, None], apart, 1e6)
    pairs = [(t, f) for t, f in zip(*linear_sum_assignment(cost), strict=True) if cost[t, f] < 1e6]
    is_known = np.array([(truth[t], found[f]["properties"]) for t, f in pairs], dtype=object)
    return {
        "vessels": len(truth),
        "objects": len(found),
        "found_share": len(pairs) / len(truth),
        "right_share": len(pairs) / max(1, len(found)),
        "moored": _exactness(pairs, apart, is_known, is_moving=False),
        "sailing": _exactness(pairs, apart, is_known, is_moving=True),
    }


def _exactness(
    pairs: Sequence[tuple[int, int]], apart: NDArray[np.float64], known: Any, *, is_moving: bool
) -> dict[str, float]:
    """Return medians and 90 % quantiles of errors; sailing vessels shift from band to band."""
    chosen = [n for n, (vessel, _) in enumerate(known) if vessel.is_moving == is_moving]
    if not chosen:
        return {"matched": 0}
    position = [float(apart[pairs[n]]) for n in chosen]
    length = [known[n][1]["length_m"] - known[n][0].length_m for n in chosen]
    heads = [(known[n][1]["heading_deg"], known[n][0].heading_deg) for n in chosen]
    turns = [abs((a - b + 90) % 180 - 90) for a, b in heads if a is not None]
    return {
        "matched": len(chosen),
        "position_error_px_median": float(np.median(position)),
        "position_error_px_p90": float(np.quantile(position, 0.9)),
        "length_error_m_median": float(np.median(length)),
        "length_error_m_median_absolute": float(np.median(np.abs(length))),
        "heading_error_deg_median": float(np.median(turns)) if turns else float("nan"),
    }


def _pixels(properties: Sequence[dict[str, Any]]) -> NDArray[np.float64]:
    """Return (object, x and y) in pixels of 10 m of the products' grid."""
    to_crs = Transformer.from_crs("EPSG:4326", CRS, always_xy=True)
    lon, lat = ([each[key] for each in properties] for key in ("longitude", "latitude"))
    x, y = to_crs.transform(np.array(lon, float), np.array(lat, float))
    return np.column_stack([(np.array(x) - CORNER[0]) / 10, (CORNER[1] - np.array(y)) / 10])


if __name__ == "__main__":
    main()
