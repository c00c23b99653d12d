"""Many scenes, one after the other: a result each, and a table of what came of them."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from s2label.errors import InputError, S2LabelError
from s2label.importers.options import ImportOptions
from s2label.progress import Progress
from s2label.scenes import every_source, name_scenes
from s2label_training.scene.request import ResultFiles, SceneRequest
from s2label_training.scene.summary import SUMMARY_NAME, Summary

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from s2label.progress import Job
    from s2label.scenes import FoundScene
    from s2label_training.predict import Predictor
    from s2label_training.scene.run import SceneReport


@dataclass(frozen=True)
class ScenesRequest:
    """Scenes, and what is wanted of each.

    Parameters
    ----------
    source : Path
        A folder of scenes, a text list of paths, or a single source.
    folders : ResultFiles
        The folder of each kind of result; results are named after scenes.
    options, skip_land, threshold, again
        See `SceneRequest`.
    """

    source: Path
    folders: ResultFiles
    options: ImportOptions = field(default_factory=ImportOptions)
    skip_land: bool = False
    threshold: float | None = None
    again: bool = False

    def check(self) -> None:
        """Make the folders, and raise `InputError` where that cannot be."""
        if not self.source.exists():
            raise InputError(self.source, "no such file or folder")
        for what, folder in self.folders.wanted():
            if folder.exists() and not folder.is_dir():
                found, expected = "a file", f"a folder for the {what} of many scenes"
                raise InputError(folder, found, expected, "OUT.tif is for one scene")
            if not folder.parent.is_dir():
                raise InputError(folder.parent, "no such folder", advice="make it first")
            folder.mkdir(exist_ok=True)

    def of_scene(self, source: Path, name: str) -> SceneRequest:
        """Return the request for one scene, by the name of its files."""
        endings = {
            "classes": ".tif",
            "probabilities": "_probabilities.tif",
            "rgb": "_rgb.tif",
            "objects": ".geojson",
            "map": ".html",
        }
        paths = {what: folder / (name + endings[what]) for what, folder in self.folders.wanted()}
        wishes = (self.options, self.skip_land, self.threshold, self.again)
        return SceneRequest(source, ResultFiles(**paths), *wishes)


@dataclass
class ScenesReport:
    """What came of many scenes; all values are JSON types.

    ``done`` and ``kept`` count scenes, ``errors`` says in a line each what went wrong, ``summary``
    is the path of the table.
    """

    summary: str
    done: int = 0
    kept: int = 0
    errors: list[str] = field(default_factory=list)
    seconds: float = 0.0

    def as_dict(self) -> dict[str, Any]:
        """Return the report as JSON types."""
        return asdict(self)


def predict_scenes(request: ScenesRequest, bundle: Path) -> Job[ScenesReport]:
    """Predict many scenes with one model; what is there already is kept.

    A scene that cannot be predicted does not stop the others: its line stands in the report and in
    the table, which is written anew after each. Each step's data tell the ``scene``, how many
    ``scenes`` there are and the ``step``; the last one of a scene has its ``report`` or ``error``.

    Parameters
    ----------
    request : ScenesRequest
        What is wanted.
    bundle : Path
        The model.

    Raises
    ------
    S2LabelError
        If the model is damaged, or there is nothing at the path.
    """
    from s2label_training.predict import Predictor

    begin, predictor = time.perf_counter(), Predictor(bundle)
    summary = Summary(request.folders.classes / SUMMARY_NAME)
    report = ScenesReport(str(summary.path))
    scenes = list(_scenes(request, summary, report))
    for number, (source, found, name) in enumerate(scenes, start=1):
        where = f"{number} of {len(scenes)}, {name}"
        told: dict[str, Any] = {"scene": name, "scenes": len(scenes)}
        try:
            made = yield from _one(request.of_scene(source, name), found, predictor, where, told)
        except (S2LabelError, OSError) as error:
            report.errors.append(str(error))
            summary.add_error(name, found.time, str(error))
            end: dict[str, Any] = {"error": str(error)}
        else:
            report.done += made.state == "done"
            report.kept += made.state == "kept"
            summary.add(name, made)
            end = {"report": made.as_dict()}
        yield Progress(number, len(scenes), "scenes", told | end)
    report.seconds = round(time.perf_counter() - begin, 1)
    return report


def _one(
    request: SceneRequest,
    found: FoundScene,
    predictor: Predictor,
    where: str,
    told: dict[str, Any],
) -> Job[SceneReport]:
    from s2label_training.scene.run import predict_scene

    job = predict_scene(request, found, predictor)
    while True:
        try:
            step = next(job)
        except StopIteration as stop:
            report: SceneReport = stop.value
            return report
        data = step.data | told | {"step": step.message}
        yield Progress(step.done, step.total, f"{where}: {step.message}", data)


def _scenes(
    request: ScenesRequest, summary: Summary, report: ScenesReport
) -> Iterator[tuple[Path, FoundScene, str]]:
    """Yield sources, scenes and their names, each name once; what cannot be read is reported."""
    for each in name_scenes(every_source(request.source), request.options):
        if each.found is None:
            report.errors.append(each.error)
            summary.add_error(each.name, None, each.error)
        else:
            yield each.source, each.found, each.name
