"""Several scenes: what a folder or a list names, each scene by a name of its own."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from s2label.errors import InputError, S2LabelError
from s2label.importers.baselines import baseline_in_name
from s2label.importers.options import Kind
from s2label.importers.recognise import IMPORTERS, choose_importer
from s2label.results.places import MAP_SUFFIXES, OBJECTS_SUFFIXES, scene_of_result
from s2label.scenes import find_scenes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from s2label.importers.options import ImportOptions
    from s2label.scenes import FoundScene

_LISTS = {".txt", ".lst", ".list", ""}
_BESIDE_PIXELS = {*OBJECTS_SUFFIXES, *MAP_SUFFIXES, ".csv"}
_PIXELS = {".zip", ".tif", ".tiff", ".gtiff", ".jp2", ".j2k"}


@dataclass(frozen=True)
class NamedScene:
    """A scene among others, by the name of its files.

    Parameters
    ----------
    source : Path
        What it was found in.
    name : str
        Without suffix; no other scene has it. Where nothing can be read, that of the source.
    found : FoundScene or None
        None where the source cannot be read.
    error : str
        Why not; empty where it can.
    """

    source: Path
    name: str
    found: FoundScene | None
    error: str = ""


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
    found = _in_sight(path)
    if not found:
        raise InputError(path, "an empty folder", "a folder of scenes")
    return found


def _in_sight(folder: Path) -> list[Path]:
    return sorted(entry for entry in folder.iterdir() if not entry.name.startswith("."))


def _listed(path: Path) -> list[Path]:
    try:
        lines = [line.strip() for line in path.read_text("utf-8-sig").splitlines()]
    except UnicodeDecodeError as error:
        raise InputError(path, "not text in UTF-8", "a scene, or a list of paths") from error
    named = [line for line in lines if line and not line.startswith("#")]
    if not named:
        raise InputError(path, "an empty list", "a path per line")
    return [path.parent / os.path.expanduser(line) for line in named]


def every_source(path: Path, results: Iterable[Path] = ()) -> list[Path]:
    """Return what each holds a scene or more: the lines of a list, the entries of a folder.

    What `s2label predict` left in a folder is no scene.

    Parameters
    ----------
    path : Path
        A list, a folder, or a single source.
    results : iterable of Path
        Folders that take results, and may hold nothing else.

    Raises
    ------
    InputError
        If a list or folder is empty, or holds nothing but results.
    """
    if path.is_file():
        is_list = path.suffix.casefold() in _LISTS
        return scene_sources(path) if is_list else [path]
    if not path.is_dir() or _is_one(path):
        return [path]
    own = {folder.resolve() for folder in results}
    entries = [entry for entry in scene_sources(path) if _may_hold_pixels(entry)]
    found = [source for entry in entries for source in _without_results(entry, own)]
    if entries and not found:
        raise InputError(path, "only results of predictions", "a folder of scenes")
    return found


def _may_hold_pixels(path: Path) -> bool:
    return path.is_dir() or path.suffix.casefold() in _PIXELS


def _without_results(entry: Path, own: set[Path]) -> list[Path]:
    """Return an entry of a folder; for a folder with results in it, what else is in there."""
    if not entry.is_dir():
        return [] if _is_result(entry) else [entry]
    files = _in_sight(entry)
    inside = [path for path in files if _may_hold_pixels(path)]
    has_results = any(map(_is_result, inside)) or _are_without_pixels(files)
    if entry.resolve() not in own and not has_results:
        return [entry]
    if inside and _is_one(entry):
        return [entry]
    return [source for each in inside for source in _without_results(each, own)]


def _are_without_pixels(files: list[Path]) -> bool:
    """Tell whether files can be the objects, maps and tables of results, and nothing else."""
    return bool(files) and all(path.suffix.casefold() in _BESIDE_PIXELS for path in files)


def _is_result(path: Path) -> bool:
    return scene_of_result(path) is not None


def _is_one(folder: Path) -> bool:
    """Tell whether the files of a scene lie in a folder itself."""
    from s2label.importers.band_folder import band_paths
    from s2label.importers.safe.finding import is_product_folder

    if is_product_folder(folder) or band_paths(folder):
        return True
    return choose_importer(folder, Kind.AUTO) is IMPORTERS[Kind.LANDCOVERNET]


def name_scenes(sources: Iterable[Path], options: ImportOptions) -> Iterator[NamedScene]:
    """Yield the scenes of sources, each once; a source that cannot be read with its error.

    The names do not depend on the order of the sources: of several scenes with one name each gets
    a piece of its fingerprint.
    """
    kept: dict[object, NamedScene] = {}
    for number, each in enumerate(_found_in(sources, options)):
        kept.setdefault(number if each.found is None else _key(each.name, each.found), each)
    # Names that differ in case are one file on some disks.
    counts = Counter(each.name.casefold() for each in kept.values() if each.found is not None)
    for each in kept.values():
        if each.found is not None and counts[each.name.casefold()] > 1:
            yield replace(each, name=f"{each.name}-{each.found.image.fingerprint[:8]}")
        else:
            yield each


def _found_in(sources: Iterable[Path], options: ImportOptions) -> Iterator[NamedScene]:
    for source in sources:
        try:
            found = find_scenes(source, options)
        except (S2LabelError, OSError) as error:
            yield NamedScene(source, source.name, None, str(error))
        else:
            yield from (NamedScene(source, scene.file_name, scene) for scene in found)


def _key(name: str, scene: FoundScene) -> tuple[str, str]:
    # The zip of a product lies beside its folder, or is listed twice.
    is_product = baseline_in_name(scene.name) is not None
    return name, "" if is_product else scene.image.fingerprint
