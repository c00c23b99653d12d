"""Whole scenes of any source that imports: where their bands are, on which grid, of when."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from s2label.classes import LANDCOVERNET
from s2label.errors import InputError, S2LabelError
from s2label.ids import fingerprint, slug
from s2label.importers.baselines import baseline_in_name
from s2label.importers.contract import ImportContext
from s2label.importers.options import Kind
from s2label.importers.recognise import IMPORTERS, choose_importer
from s2label.importers.scene_row import SceneRow
from s2label.raster import RasterPool
from s2label.tiling import Edge
from s2label.types import ImageRecord

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from s2label.grid import Grid
    from s2label.importers.contract import Unit
    from s2label.importers.options import ImportOptions
    from s2label.importers.scene import Scene

# Names of products and of their bands say when the image was taken.
_SENSED = re.compile(r"(?<!\d)(20\d{6}T\d{6})(?!\d)")
_LISTS = {".txt", ".lst", ".list", ""}
_PIXELS = {".zip", ".tif", ".tiff", ".gtiff", ".jp2", ".j2k"}


@dataclass(frozen=True)
class FoundScene:
    """A scene, as one predicts it whole.

    Parameters
    ----------
    name : str
        Name of the product, folder or file; results are called after it, see `file_name`.
    image : ImageRecord
        Its bands and what their numbers mean.
    grid : Grid
        Grid of its finest band.
    time : str or None
        When it was taken, ISO 8601 in UTC; the date alone where nothing tells the time.
    notes : tuple of str
        What the user should know of how it was read.
    """

    name: str
    image: ImageRecord
    grid: Grid
    time: str | None
    notes: tuple[str, ...] = ()

    @property
    def file_name(self) -> str:
        """Its name as that of a file, without suffix."""
        name = slug(self.name.replace("/", "-"))
        return re.sub(r"\.(SAFE|zip|tiff?|jp2)$", "", name, flags=re.IGNORECASE)


@dataclass(frozen=True)
class NamedScene:
    """A scene among others, by the name of its files.

    Parameters
    ----------
    source : Path
        What it was found in.
    name : str
        Without suffix; no other scene has it.
    found : FoundScene or None
        None where the source cannot be read.
    error : str
        Why not; empty where it can.
    """

    source: Path
    name: str
    found: FoundScene | None
    error: str = ""


def find_scenes(source: Path, options: ImportOptions) -> list[FoundScene]:
    """Return the scenes of a source, in the order of an import; reads headers and metadata.

    Each is what an import with the same options would cut its chips from.

    Parameters
    ----------
    source : Path
        A product, a folder of bands, a GeoTIFF, LandCoverNet places, or a folder of such.
    options : ImportOptions
        Those that say how numbers become reflectance count, those about chips and masks do not.

    Raises
    ------
    InputError
        If there is nothing that imports.
    """
    # A scene smaller than a chip is a scene as well.
    options = options.model_copy(update={"edge": Edge.PAD, "masks": None})
    with RasterPool() as pool:
        context = ImportContext(options, LANDCOVERNET, pool)
        units = choose_importer(source, options.kind).find_units(source, context, None)
        return list(_scenes_of(units))


def require_one_scene(source: Path, options: ImportOptions) -> FoundScene:
    """Return the only scene of a source.

    Raises
    ------
    InputError
        If it holds none, or several.
    """
    scenes = find_scenes(source, options)
    if len(scenes) > 1:
        names = ", ".join(scene.name for scene in scenes[:3])
        found = f"{len(scenes)} scenes ({names}{', …' if len(scenes) > 3 else ''})"
        raise InputError(source, found, "one scene", "give a folder for the results, not a file")
    if not scenes:
        raise InputError(source, "no scene in it")
    return scenes[0]


def _scenes_of(units: list[Unit]) -> Iterator[FoundScene]:
    seen: set[int] = set()
    for unit in units:
        if not isinstance(unit, SceneRow):
            yield from _of_chips(unit)
        elif id(unit.scene) not in seen:
            seen.add(id(unit.scene))
            yield _of_scene(unit.scene)


def _of_scene(scene: Scene) -> FoundScene:
    image = ImageRecord(
        id=scene.scene,
        place_id=scene.name,
        scene=scene.scene,
        date=scene.date,
        bands=scene.bands,
        rasters=scene.rasters,
        radiometry=scene.radiometry,
        fingerprint=fingerprint(scene.bands),
    )
    names = (scene.scene, Path(scene.bands[0].source.path).name)
    return FoundScene(scene.scene, image, scene.grid, sensed_at(scene.date, *names), scene.notes)


def _of_chips(unit: Unit) -> Iterator[FoundScene]:
    """Yield the images of a place whose pixels are known only when they were read."""
    for chip in unit.prepared().examine().record.chips:
        for image in chip.images:
            yield FoundScene(image.scene, image, chip.place.grid, image.date)


def sensed_at(date: str | None, *names: str) -> str | None:
    """Return date and time (``2023-08-15T09:50:31Z``) if a name tells the time of that date.

    Parameters
    ----------
    date : str or None
        ``YYYY-MM-DD``; a time of another day is that of a production, not of the image.
    names : str
        Names of products and files, the best first.
    """
    for text in (found for name in names for found in _SENSED.findall(name)):
        try:
            moment = datetime.strptime(text, "%Y%m%dT%H%M%S")
        except ValueError:
            continue
        if date is None or moment.date().isoformat() == date:
            return f"{moment.isoformat()}Z"
    return date


def scene_sources(path: Path) -> list[Path]:
    """Return the sources that a folder or a text list names, each of one scene or more.

    A list has a path per line, relative to the list; lines that begin with ``#`` are left out. In
    a folder every entry is a source; names that begin with a dot are not.

    Raises
    ------
    InputError
        If it is neither, or empty.
    """
    if path.is_file():
        return _listed(path)
    found = sorted(entry for entry in path.iterdir() if not entry.name.startswith("."))
    if not found:
        raise InputError(path, "an empty folder", "a folder of scenes")
    return found


def _listed(path: Path) -> list[Path]:
    try:
        lines = [line.strip() for line in path.read_text("utf-8-sig").splitlines()]
    except UnicodeDecodeError as error:
        raise InputError(path, "not text in UTF-8", "a scene, or a list of paths") from error
    named = [line for line in lines if line and not line.startswith("#")]
    if not named:
        raise InputError(path, "an empty list", "a path per line")
    return [Path(os.path.expanduser(path.parent / line)) for line in named]


def every_source(path: Path) -> list[Path]:
    """Return what each holds a scene or more: the lines of a list, the entries of a folder.

    Raises
    ------
    InputError
        If a list or folder is empty.
    """
    if path.is_file():
        is_list = path.suffix.casefold() in _LISTS
        return scene_sources(path) if is_list else [path]
    if not path.is_dir() or _is_one(path):
        return [path]
    return [p for p in scene_sources(path) if p.is_dir() or p.suffix.casefold() in _PIXELS]


def _is_one(folder: Path) -> bool:
    """Tell whether the files of a scene lie in a folder itself."""
    from s2label.importers.band_folder import band_paths
    from s2label.importers.safe.finding import is_product_folder

    if is_product_folder(folder) or band_paths(folder):
        return True
    return choose_importer(folder, Kind.AUTO) is IMPORTERS[Kind.LANDCOVERNET]


def name_scenes(sources: Iterable[Path], options: ImportOptions) -> Iterator[NamedScene]:
    """Yield the scenes of sources, each name once; a source that cannot be read with its error."""
    taken: dict[str, str] = {}
    for source in sources:
        try:
            found = find_scenes(source, options)
        except (S2LabelError, OSError) as error:
            yield NamedScene(source, source.name, None, str(error))
            continue
        for scene in found:
            content, name = scene.image.fingerprint, scene.file_name
            # The zip of a product lies beside its folder, or is listed twice.
            is_product = baseline_in_name(scene.name) is not None
            if taken.get(name) == content or (is_product and name in taken):
                continue
            if taken.setdefault(name, content) != content:
                name = f"{name}-{content[:8]}"
            yield NamedScene(source, name, scene)
