"""What there is of scenes: those to predict, what of them is done, and what was found. No Qt."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from napari_s2label.scene_wish import (
    CLASSES_ENDING,
    MAKES,
    OBJECTS,
    is_class_raster,
    result_path,
)
from s2label import __version__
from s2label.errors import InputError, S2LabelError
from s2label.many_scenes import every_source, name_scenes
from s2label.raster import is_raster
from s2label.refusals import in_words
from s2label.results.rasters import read_record

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path
    from typing import Any

    from s2label_training.bundle import ModelRecord

    from napari_s2label.scene_wish import SceneWish
    from s2label.results.rasters import ResultRecord
    from s2label.scenes import FoundScene


@dataclass(frozen=True)
class SceneEntry:
    """A scene that somebody wants predicted.

    Parameters
    ----------
    name : str
        That of its files.
    source : Path
        What holds it.
    refusal : str
        Why the model cannot take it, or why it cannot be read; empty where all is well.
    found : FoundScene, optional
        The scene; None where it cannot be read.
    """

    name: str
    source: Path
    refusal: str = ""
    found: FoundScene | None = field(default=None, compare=False)

    @property
    def height(self) -> int:
        """Rows of pixels; 0 where it cannot be read."""
        return self.found.grid.height if self.found is not None else 0


@dataclass(frozen=True)
class Unfinished:
    """What an earlier run left of a scene: the share that is done, 0..1, and what is otherwise now.

    ``changed`` names what has changed since, in words; the next run then begins anew.
    """

    share: float
    changed: tuple[str, ...] = ()


@dataclass(frozen=True)
class SceneResult:
    """A result on disk."""

    name: str
    classes: Path
    record: ResultRecord
    made: tuple[str, ...]


@dataclass(frozen=True)
class Looked:
    """What there is for a wish: scenes, results by name, and what is left of stopped runs."""

    entries: tuple[SceneEntry, ...] = ()
    results: tuple[SceneResult, ...] = ()
    unfinished: tuple[tuple[str, Unfinished], ...] = ()


class SceneFinder:
    """Looks for the scenes of sources; those that did not change are not read again."""

    def __init__(self) -> None:
        self._known: dict[object, list[tuple[str, Path, FoundScene | None, str]]] = {}

    def look(self, wish: SceneWish, model: ModelRecord | None, folder: Path) -> Looked:
        """Return what there is; headers and tags are read, no pixels.

        Parameters
        ----------
        wish : SceneWish
            What is wanted.
        model : ModelRecord or None
            Of what has to fit; None: nothing is compared.
        folder : Path
            Of the results.
        """
        found = self._find(wish)
        entries = [_entry(each, wish, model) for each in found]
        results = tuple(read_results(folder))
        left = [(e.name, _unfinished(e, wish, model, folder)) for e in entries if e.height]
        return Looked(tuple(entries), results, tuple((n, u) for n, u in left if u is not None))

    def _find(self, wish: SceneWish) -> list[tuple[str, Path, FoundScene | None, str]]:
        sources, unread = _sources_of(wish.sources)
        key = (tuple((path, _changed_ns(path)) for path in sources), wish.options)
        if key not in self._known:
            named = name_scenes(sources, wish.options)
            self._known = {
                key: [(each.name, each.source, each.found, each.error) for each in named]
            }
        return [*self._known[key], *unread]


def _sources_of(
    paths: Sequence[Path],
) -> tuple[list[Path], list[tuple[str, Path, FoundScene | None, str]]]:
    sources: list[Path] = []
    unread: list[tuple[str, Path, FoundScene | None, str]] = []
    for path in paths:
        try:
            sources += every_source(path) if path.exists() else [path]
        except (S2LabelError, OSError) as error:
            unread.append((path.name, path, None, in_words(error)))
    return sources, unread


def _changed_ns(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0


def _entry(
    found: tuple[str, Path, FoundScene | None, str], wish: SceneWish, model: ModelRecord | None
) -> SceneEntry:
    name, source, scene, error = found
    if scene is None:
        return SceneEntry(name, source, _without(source, error))
    refusal = "" if model is None else _refusal(name, source, scene, wish, model)
    return SceneEntry(name, source, refusal, scene)


def _refusal(
    name: str, source: Path, scene: FoundScene, wish: SceneWish, model: ModelRecord
) -> str:
    from s2label_training.scene.request import ResultFiles, SceneRequest
    from s2label_training.scene.settling import check_fit

    files = {what: result_path(source.parent, name, what) for what in MAKES if what in wish.makes}
    wanted = ResultFiles(result_path(source.parent, name), **files)
    try:
        check_fit(SceneRequest(source, wanted, wish.options), model, scene)
    except S2LabelError as error:
        return _without(source, str(error))
    return ""


def numbers_refusal(entry: SceneEntry, wish: SceneWish, model: ModelRecord) -> str:
    """Return why a scene's numbers are no reflectance; empty where they can be.

    A coarse version is read, as the prediction itself does at its start.
    """
    from s2label_training.channels import bands_of
    from s2label_training.scene.look import take_look

    if entry.found is None:
        return ""
    bands = bands_of(entry.found.image, model.bands)
    try:
        with ThreadPoolExecutor(1) as executor:
            numbers = take_look(entry.found.grid, bands, executor)
        numbers.check(entry.name, model, any_values=wish.options.any_values)
    except (S2LabelError, OSError) as error:
        return in_words(error).removeprefix(f"{entry.name}: ")
    return ""


def _without(source: Path, error: str) -> str:
    """Return an error without the path that stands beside it in the list."""
    return error.removeprefix(f"{source}: ")


def _unfinished(
    entry: SceneEntry, wish: SceneWish, model: ModelRecord | None, folder: Path
) -> Unfinished | None:
    from s2label_training.scene.work_folder import WorkFolder

    work = WorkFolder(result_path(folder, entry.name))
    rows = work.rows_done()
    if not rows:
        return None
    return Unfinished(min(1.0, rows / entry.height), _changed(work.inputs(), wish, model))


def _changed(inputs: dict[str, Any], wish: SceneWish, model: ModelRecord | None) -> tuple[str, ...]:
    """Return which of the inputs of finished rows are otherwise now, as far as can be told."""
    now = {
        "version of s2label": __version__,
        "picture": bool({"map", "rgb"} & set(wish.makes)),
        "choice about land": wish.skip_land,
    }
    if model is not None:
        now["model"] = f"{model.id} {model.weights_sha256}"
    return tuple(what for what, value in now.items() if inputs.get(what) != value)


def read_results(folder: Path) -> Iterator[SceneResult]:
    """Yield the results in a folder, by name; what is none of ours is passed over."""
    for path in sorted(folder.glob(f"*{CLASSES_ENDING}")):
        if not is_class_raster(path) or not is_raster(path):
            continue
        try:
            record = read_record(path)
        except InputError:
            continue
        name = path.name.removesuffix(CLASSES_ENDING)
        made = tuple(what for what in MAKES if result_path(folder, name, what).is_file())
        yield SceneResult(name, path, record, made)


def objects_of(result: SceneResult) -> int | None:
    """Return how many objects a result lists; None where it lists none."""
    from s2label.results.geojson import count_features

    if OBJECTS not in result.made:
        return None
    return count_features(result_path(result.classes.parent, result.name, OBJECTS))
