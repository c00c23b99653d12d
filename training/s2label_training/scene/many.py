"""Many scenes, one after the other: a result each, and a table of what came of them."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from s2label.alone import alone
from s2label.errors import MissingExtraError, S2LabelError
from s2label.many_scenes import every_source, name_scenes
from s2label.progress import Progress
from s2label.results.places import (
    require_apart,
    require_no_source,
    require_replaceable,
)
from s2label.scenes import bare_name
from s2label_training.scene.summary import SUMMARY_NAME, Summary

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from s2label.many_scenes import NamedScene
    from s2label.progress import Job
    from s2label.scenes import FoundScene
    from s2label_training.predict import Predictor
    from s2label_training.scene.request import SceneRequest
    from s2label_training.scene.run import SceneReport
    from s2label_training.scene.scenes_request import ScenesRequest

LOCK_NAME = ".summary.lock"


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
        If the model is damaged, there is nothing at the path, another program predicts into the
        folder, or a result would replace what is read.
    """
    begin = time.perf_counter()
    with _alone(request.folders.classes):
        summary = Summary(request.folders.classes / SUMMARY_NAME)
        report = ScenesReport(str(summary.path))
        folders = [folder for _, folder in request.folders.wanted()]
        named = list(name_scenes(every_source(request.source, folders), request.options))
        scenes = [(each.found, each) for each in named if each.found is not None]
        _require_places(request, scenes)
        predictor = load_predictor(bundle)
        for each in named:
            if each.found is None:
                report.errors.append(each.error)
                summary.add_error(bare_name(each.name), None, each.error)
        yield from _each(request, scenes, predictor, summary, report)
    report.seconds = round(time.perf_counter() - begin, 1)
    return report


def _alone(folder: Path) -> AbstractContextManager[None]:
    """Keep out other runs: they would write the same table."""
    busy = f"{folder}: another program predicts scenes into this folder; wait for it"
    return alone(folder / LOCK_NAME, busy)


def _require_places(
    request: ScenesRequest, scenes: Sequence[tuple[FoundScene, NamedScene]]
) -> None:
    """Raise `InputError` if a result of any scene would replace a source, or another result."""
    wanted = [request.of_scene(each.source, each.name).files for _, each in scenes]
    paths = [path for files in wanted for _, path in files.wanted()]
    require_no_source(paths, [path for found, _ in scenes for path in found.files])
    require_apart(paths)


def load_predictor(bundle: Path) -> Predictor:
    """Load a model.

    Raises
    ------
    MissingExtraError
        If what predicts is not installed.
    InputError
        If the model is damaged.
    """
    try:
        from s2label_training.predict import Predictor
    except ImportError as error:
        raise MissingExtraError("predicting", "training") from error
    return Predictor(bundle)


def _each(
    request: ScenesRequest,
    scenes: Sequence[tuple[FoundScene, NamedScene]],
    predictor: Predictor,
    summary: Summary,
    report: ScenesReport,
) -> Iterator[Progress]:
    for number, (found, each) in enumerate(scenes, start=1):
        name, where = each.name, f"{number} of {len(scenes)}, {each.name}"
        told: dict[str, Any] = {"scene": name, "scenes": len(scenes)}
        wanted = request.of_scene(each.source, name)
        try:
            require_replaceable(wanted.files.classes, found.name)
            made = yield from _one(wanted, found, predictor, where, told)
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
