"""A tile of a scene as a chip: its place, its image, where its bands are."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from s2label.ids import fingerprint, image_id, place_id
from s2label.importers.cutting.store import with_chip
from s2label.types import ChipRecord, ImageRecord, PlaceRecord

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from s2label.grid import Grid
    from s2label.importers.scene import Scene
    from s2label.types import Source


def chip_of(scene: Scene, label: str, grid: Grid, nodata_share: float) -> ChipRecord:
    """Return a chip without mask whose bands are those of the scene.

    Parameters
    ----------
    scene : Scene
        What it is cut from.
    label : str
        What tells it from the scene's other chips; empty where it is the whole scene.
    grid : Grid
        Its ground.
    nodata_share : float
        0..1.
    """
    name = f"{scene.name}_{label}" if label else scene.name
    place = PlaceRecord(place_id(name, grid), name, grid)
    image = ImageRecord(
        id=image_id(place.id, scene.scene, scene.date),
        place_id=place.id,
        scene=scene.scene,
        date=scene.date,
        bands=scene.bands,
        rasters=scene.rasters,
        radiometry=scene.radiometry,
        cut=bool(label),
        nodata_share=nodata_share,
        fingerprint=scene.content,
        bands_fingerprint=fingerprint(scene.bands),
    )
    return ChipRecord(place, (image,))


def stored_chip(
    scene: Scene, chip: ChipRecord, dn: NDArray[Any], kept: Source | None
) -> tuple[ChipRecord, dict[str, bytes]]:
    """Return a chip that is read from a file of its own, and that file by path, if it is new.

    Parameters
    ----------
    scene : Scene
        What it is cut from; it has a store.
    chip : ChipRecord
        With the bands of the scene.
    dn : ndarray
        Its pixels (band, y, x).
    kept : Source or None
        The file, where the project has it already.
    """
    store = scene.context.store
    assert store is not None
    (image,) = chip.images
    if kept is not None:
        return replace(chip, images=(with_chip(image, kept),)), {}
    stored, data = store.stored_image(image, dn, chip.place.grid)
    return replace(chip, images=(stored,)), {stored.bands[0].source.path: data}
