"""Which chips are explored, and what the catalog knows of them without a look at any pixel."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from s2label.errors import InputError
from s2label.labelled.chips import labelled_pixels
from s2label.types import State

if TYPE_CHECKING:
    from collections.abc import Mapping

    from s2label.conditions import Conditions
    from s2label.project import Project


@dataclass(frozen=True)
class ExploredChip:
    """An image with what is known of it.

    Parameters
    ----------
    image_id, place_id, date, state : str
        The image; its date is None where nobody knows it.
    cloud : float or None
        Share of its valid pixels under cloud, 0..1; None before it was screened.
    nodata : float
        Share of its pixels without data, 0..1.
    mask_id, mask_version : str, int
        The current version of its mask; "" and 0 without one.
    is_accepted : bool
        Whether a decision accepted that version.
    class_counts : dict
        Class value -> labelled pixels of that version: neither "not labelled" nor "ignore".
    """

    image_id: str
    place_id: str
    date: str | None
    state: str
    cloud: float | None
    nodata: float
    mask_id: str = ""
    mask_version: int = 0
    is_accepted: bool = False
    class_counts: dict[int, int] = field(default_factory=dict)


def find_chips(
    project: Project, conditions: Conditions, image_ids: tuple[str, ...] | None = None
) -> list[ExploredChip]:
    """Return the chips that are meant, by image id, as one moment knows them.

    Parameters
    ----------
    project : Project
        The project; only its catalog is read.
    conditions : Conditions
        Which states are meant.
    image_ids : tuple of str, optional
        Only these images of them.

    Raises
    ------
    InputError
        If there is no image at all, one of these is not in the project, or none is meant.
    """
    with project.catalog.snapshot():
        images, masks = project.catalog.list_images(), project.catalog.list_masks()
    if not images:
        advice = "s2label import brings some into it"
        raise InputError(project.folder, "there is no image in this project", advice=advice)
    _require_known(image_ids, images)
    wanted = None if image_ids is None else frozenset(image_ids)
    of_image = _first_of(masks, "image")
    of_place = _first_of([row for row in masks if row["image"] is None], "place")
    chips = []
    for row in images:
        mask = of_image.get(row["id"]) or of_place.get(row["place"])
        is_wanted = wanted is None or row["id"] in wanted
        state = None if mask is None else mask["state"]
        if is_wanted and conditions.fit_states(row["state"], state):
            chips.append(_chip(row, mask))
    if not chips:
        raise InputError(project.folder, "no image fits", advice="ask for others with --where")
    return chips


def _require_known(image_ids: tuple[str, ...] | None, images: list[dict[str, Any]]) -> None:
    known = {row["id"] for row in images}
    unknown = [id_ for id_ in image_ids or () if id_ not in known]
    if unknown:
        found = f"{unknown[0]!r}, which is no image of this project"
        raise InputError("--images", found, advice="s2label list PROJECT shows their ids")


def _first_of(masks: list[dict[str, Any]], owner: str) -> dict[str, dict[str, Any]]:
    """Return owner id -> its first mask by id, as everywhere where there are several."""
    found: dict[str, dict[str, Any]] = {}
    for row in masks:
        found.setdefault(row[owner], row)
    return found


def _chip(row: Mapping[str, Any], mask: Mapping[str, Any] | None) -> ExploredChip:
    scores = row["scores"]
    facts = (row["id"], row["place"], row["date"], row["state"])
    chip = ExploredChip(*facts, scores["cloud"], scores["nodata_share"] or 0.0)
    if mask is None:
        return chip
    counts = {int(value): pixels for value, pixels in mask["class_pixels"].items()}
    return ExploredChip(
        *facts,
        cloud=chip.cloud,
        nodata=chip.nodata,
        mask_id=mask["id"],
        mask_version=mask["version"],
        is_accepted=mask["state"] == State.ACCEPTED,
        class_counts=labelled_pixels(counts),
    )
