"""From a request to a plan: what can be refused is refused before pixels are worked on."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import numpy as np

from s2label import __version__
from s2label.errors import InputError
from s2label.ids import fingerprint
from s2label.results.ground import require_degrees
from s2label.stretch import Stretch
from s2label.webmap.ground import plan_ground
from s2label_training.channels import bands_of
from s2label_training.scene.land import LandTiles, find_land, require_water
from s2label_training.scene.look import colour_limits, take_look
from s2label_training.scene.plan import COLOURS, ScenePlan
from s2label_training.scene.tiles import plan_tiles
from s2label_training.suitability import refusal

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from s2label.grid import Grid
    from s2label.scenes import FoundScene
    from s2label_training.bundle import ModelRecord
    from s2label_training.scene.request import SceneRequest

# Pixels of less than this are measured in degrees, not in metres.
_LARGEST_DEGREES = 0.1


def check_fit(request: SceneRequest, record: ModelRecord, found: FoundScene) -> None:
    """Raise `S2LabelError` for what headers and records tell: bands, scale, pixel size, classes."""
    reason = refusal(record, found.image, _gsd_m(found.grid))
    if reason:
        told = reason.replace("import it again with", "give")
        raise InputError(request.source, told)
    request.files.check_kinds(record)
    names = {band.name for band in found.image.bands}
    missing = [name for name in COLOURS if name not in names]
    if request.files.needs_rgb and missing:
        found_, advice = f"no {' '.join(missing)}", "leave out --rgb and --map"
        raise InputError(request.source, found_, "red, green and blue for a picture", advice)
    _require_ground(request, found)


def _require_ground(request: SceneRequest, found: FoundScene) -> None:
    """Raise `InputError` if a map or places in degrees cannot be made of where a scene lies."""
    if request.files.map is not None:
        plan_ground(request.source, found.grid)
    if request.files.objects is not None:
        require_degrees(request.source, found.grid)


def _gsd_m(grid: Grid) -> float | None:
    gsd = float(np.mean(grid.gsd))
    return gsd if gsd > _LARGEST_DEGREES else None


def settle(
    request: SceneRequest,
    record: ModelRecord,
    found: FoundScene,
    tile_px: int,
    executor: Executor,
) -> ScenePlan:
    """Take a look at a scene and return how it is predicted.

    Parameters
    ----------
    request : SceneRequest
        What is wanted.
    record : ModelRecord
        The model; `check_fit` took it.
    found : FoundScene
        The scene.
    tile_px : int
        Side of a tile.
    executor : Executor
        Whose threads read.

    Raises
    ------
    S2LabelError
        If the numbers are no reflectance, or land cannot be told.
    """
    bands = tuple(bands_of(found.image, record.bands))
    colours = tuple(bands_of(found.image, COLOURS)) if request.files.needs_rgb else ()
    both = tuple(dict.fromkeys((*bands, *colours)))
    numbers = take_look(found.grid, both, executor)
    # The bands of the picture change neither what is refused nor what is land.
    its_numbers = numbers.of(bands)
    look = its_numbers.check(found.name, record, any_values=request.options.any_values)
    tiles, land = plan_tiles(found.grid.shape, tile_px), LandTiles()
    if request.skip_land:
        require_water(record, look)
        land = find_land(look, tiles, found.grid)
    limits = colour_limits(numbers.of(colours).as_look(), COLOURS) if colours else Stretch()
    return ScenePlan(found, record, bands, colours, limits, tiles, land)


def inputs_of(request: SceneRequest, plan: ScenePlan, way: str) -> dict[str, Any]:
    """Return all that finished bands of rows depend on, by names that a user understands."""
    return {
        "version of s2label": __version__,
        "model": f"{plan.record.id} {plan.record.weights_sha256}",
        "scene": fingerprint(plan.bands),
        "ground": plan.grid.key,
        "size of tiles": plan.tiles.rows.tile_px,
        "precision": way,
        "picture": bool(plan.colours),
        "bands of the picture": fingerprint(
            band for band in plan.found.image.bands if band.name in COLOURS
        ),
        "choice about land": request.skip_land,
    }


def run_digest(inputs: dict[str, Any], plan: ScenePlan, threshold: float) -> str:
    """Return what identifies a run: two of the same give the same files, as far as both make them.

    Name and time of the scene stand in the files, though no finished rows depend on them.
    """
    counting = {name: value for name, value in inputs.items() if name != "picture"}
    text = json.dumps([counting, plan.found.name, plan.found.time, threshold], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:32]
