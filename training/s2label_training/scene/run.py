"""One scene from request to files: settled, predicted band by band, written; goes on if stopped."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import rasterio

from s2label.progress import Progress
from s2label.results.runs import run_of
from s2label_training.scene.finishing import RowBand
from s2label_training.scene.predicting import predict_bands
from s2label_training.scene.reading import cache_bytes
from s2label_training.scene.results import Writing, result_record
from s2label_training.scene.settling import check_fit, inputs_of, run_digest, settle
from s2label_training.scene.threads import Threads
from s2label_training.scene.work_folder import WorkFolder

if TYPE_CHECKING:
    from collections.abc import Iterator

    from s2label.progress import Job
    from s2label.scenes import FoundScene
    from s2label_training.predict import Predictor
    from s2label_training.scene.plan import ScenePlan
    from s2label_training.scene.request import SceneRequest

_MESSAGE = "predicting"


@dataclass
class SceneReport:
    """What came of a scene; all values are JSON types.

    Parameters
    ----------
    scene, time, model : str
        What was predicted with what.
    state : str
        ``done``, or ``kept`` where the same result was there already.
    files : dict
        What each file is -> its path.
    pixels : dict
        Class name, background and "no data" -> pixels.
    objects : int or None
        How many were found, where they were looked for.
    bands, bands_before : int
        Bands of rows in all, and how many of them an earlier run had finished.
    seconds : dict
        Stage -> seconds.
    notes : list of str
        What the user should know.
    tiles_anew : int or None
        How many tiles were predicted anew, where only what changed was.
    """

    scene: str
    time: str | None
    model: str
    state: str = "done"
    files: dict[str, str] = field(default_factory=dict)
    pixels: dict[str, int] = field(default_factory=dict)
    objects: int | None = None
    bands: int = 0
    bands_before: int = 0
    seconds: dict[str, float] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    tiles_anew: int | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return the report as JSON types."""
        return asdict(self)

    @contextmanager
    def timed(self, stage: str) -> Iterator[None]:
        """Add the seconds that something takes to a stage."""
        begin = time.perf_counter()
        try:
            yield
        finally:
            spent = self.seconds.get(stage, 0.0) + time.perf_counter() - begin
            self.seconds[stage] = round(spent, 2)


def predict_scene(
    request: SceneRequest, found: FoundScene, predictor: Predictor
) -> Job[SceneReport]:
    """Predict a scene and write what is wanted of it.

    Nothing of the results is touched until all is done. Stopped at any moment, the same request
    goes on from the bands of rows that were finished, and gives the same class raster.

    Parameters
    ----------
    request : SceneRequest
        What is wanted.
    found : FoundScene
        The scene.
    predictor : Predictor
        The model.

    Raises
    ------
    S2LabelError
        If the model does not fit the scene, or a file cannot be read.
    """
    request.check(found)
    check_fit(request, predictor.record, found)
    report = SceneReport(found.name, found.time, predictor.record.id, notes=list(found.notes))
    work = WorkFolder(request.files.classes)
    with work.locked(), Threads(is_on_gpu=predictor.is_on_gpu) as threads:
        yield Progress(0, 0, "looking at the scene")
        with report.timed("looking"):
            tile_px = predictor.tile_px
            plan = settle(request, predictor.record, found, tile_px, threads.reading)
        yield from _predict_and_write(request, plan, predictor, work, threads, report)
        work.remove()
    return report


def _predict_and_write(
    request: SceneRequest,
    plan: ScenePlan,
    predictor: Predictor,
    work: WorkFolder,
    threads: Threads,
    report: SceneReport,
) -> Iterator[Progress]:
    wish = request.threshold
    record = result_record(plan, plan.record.threshold if wish is None else wish)
    inputs = inputs_of(request, plan, predictor.way)
    run = run_digest(inputs, plan, record.threshold)
    report.notes += record.notes
    report.files = {name: str(path) for name, path in request.files.wanted()}
    if not request.again and is_there(request, run):
        report.state = "kept"
        report.notes.append("the same result is there already; --again makes it anew")
        return
    begun_anew = work.begin(inputs, again=request.again)
    report.notes += [begun_anew] if begun_anew else []
    with report.timed("predicting"):
        yield from _predict(plan, predictor, work, threads, report)
    with report.timed("writing"):
        writing = Writing(plan, work, request.files, record, run)
        counted = yield from writing.write()
    report.pixels, report.objects = counted.pixels, counted.objects


def _predict(
    plan: ScenePlan,
    predictor: Predictor,
    work: WorkFolder,
    threads: Threads,
    report: SceneReport,
) -> Iterator[Progress]:
    first = work.done()
    report.bands, report.bands_before = len(plan.tiles.ends), first
    if first == report.bands:
        return
    total = _tiles_from(plan, 0)
    before = done = total - _tiles_from(plan, first)
    yield Progress(done, total, "decoding" if not first else "going on")
    begin = time.perf_counter()
    with rasterio.Env(GDAL_CACHEMAX=cache_bytes((*plan.bands, *plan.colours))):
        for step in predict_bands(plan, predictor, threads, first):
            if isinstance(step, RowBand):
                work.keep(step, plan)
                continue
            # The tiles of a row that reach into a finished band are predicted once more.
            done = min(total, done + step)
            rate = (time.perf_counter() - begin) / max(1, done - before)
            left = {"seconds_left": round(rate * (total - done))}
            yield Progress(done, total, _MESSAGE, left)


def _tiles_from(plan: ScenePlan, band: int) -> int:
    """Return how many tiles are predicted from the first row of tiles of a band on."""
    columns, rows = len(plan.tiles.columns.starts), len(plan.tiles.rows.starts)
    left_out = sum(row >= band for row, _ in plan.land.tiles)
    return (rows - band) * columns - left_out


def is_there(request: SceneRequest, run: str) -> bool:
    """Tell whether all files of a request are there, each from a run of the same inputs."""
    return all(run_of(path) == run for _, path in request.files.wanted())
