"""Only what changed: tiles around chips that were worked on are predicted anew, the rest stays."""

from __future__ import annotations

import time
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import rasterio

from s2label import __version__
from s2label.progress import Progress
from s2label.results.opened import open_result
from s2label_training.scene.accepted import without_note
from s2label_training.scene.changed_tiles import (
    all_tiles,
    bands_touched,
    in_words,
    share_of_tiles,
    tiles_touching,
    with_neighbours,
)
from s2label_training.scene.changes import find_changes
from s2label_training.scene.finishing import RowBand
from s2label_training.scene.land import LandTiles
from s2label_training.scene.mixing import mix
from s2label_training.scene.predicting import predict_bands
from s2label_training.scene.reading import cache_bytes
from s2label_training.scene.result_before import (
    CHANGED_TAG,
    LABELS_TAG,
    band_of,
    read_before,
)
from s2label_training.scene.results import Writing
from s2label_training.scene.run import SceneReport
from s2label_training.scene.settling import check_fit, inputs_of, run_digest, settle
from s2label_training.scene.threads import Threads
from s2label_training.scene.work_folder import WorkFolder

if TYPE_CHECKING:
    from collections.abc import Iterator

    from s2label.progress import Job
    from s2label.project import Project
    from s2label.results.opened import OpenResult
    from s2label.results.rasters import ResultRecord
    from s2label.scenes import FoundScene
    from s2label_training.predict import Predictor
    from s2label_training.scene.changed_tiles import Tiles
    from s2label_training.scene.changes import Changes
    from s2label_training.scene.plan import ScenePlan
    from s2label_training.scene.request import SceneRequest
    from s2label_training.scene.result_before import ResultBefore

_MESSAGE = "predicting what changed"


def renew_scene(
    request: SceneRequest,
    found: FoundScene,
    predictor: Predictor,
    project: Project,
    *,
    labels: bool = False,
) -> Job[SceneReport]:
    """Predict anew the tiles that touch chips which changed since a result was made.

    All other pixels stay as they are; towards the rim of those tiles the new goes over into the
    old. Their neighbours are predicted too: without them the same model would say something else
    where tiles overlap. Nothing is touched until all is done, and a stopped run goes on, as with
    `predict_scene`.

    Parameters
    ----------
    request : SceneRequest
        Names the result that is there; ``threshold`` is for what is predicted anew.
    found : FoundScene
        The scene.
    predictor : Predictor
        The model, another one than before or the same.
    project : Project
        Whose chips.
    labels : bool
        Let the checked pixels of accepted masks stand above what the model says.

    Raises
    ------
    S2LabelError
        If there is no result yet, it does not fit, or a file cannot be read.
    """
    request.check(found)
    check_fit(request, predictor.record, found)
    before = read_before(request.files, found, predictor.record)
    request = replace(request, files=replace(request.files, probabilities=before.probabilities))
    report = SceneReport(found.name, found.time, predictor.record.id, notes=list(found.notes))
    report.files = {name: str(path) for name, path in request.files.wanted()}
    changes = find_changes(project, found, before, labels=labels)
    if not changes.chips and changes.labels in ("", before.labels):
        report.state, report.tiles_anew = "kept", 0
        report.notes.append(f"nothing to do: no chip of this scene changed since {before.since}")
        return report
    work = WorkFolder(request.files.classes)
    with work.locked():
        yield Progress(0, 0, "looking at the scene")
        with report.timed("looking"), Threads(is_on_gpu=predictor.is_on_gpu) as threads:
            settled = replace(request, skip_land=False)
            plan = settle(settled, predictor.record, found, predictor.tile_px, threads.reading)
        yield from _Renewal(request, plan, predictor, before, changes, work, report).steps()
        work.remove()
    return report


class _Renewal:
    """One such run."""

    def __init__(
        self,
        request: SceneRequest,
        plan: ScenePlan,
        predictor: Predictor,
        before: ResultBefore,
        changes: Changes,
        work: WorkFolder,
        report: SceneReport,
    ) -> None:
        self._request, self._predictor = request, predictor
        self._before, self._changes, self._work, self._report = before, changes, work, report
        self._chosen: Tiles = tiles_touching(changes.chips, plan.tiles)
        self._predicted = with_neighbours(self._chosen, plan.tiles)
        left_out = all_tiles(plan.tiles) - self._predicted
        self._plan = replace(plan, land=LandTiles(left_out))
        wish = request.threshold
        self._threshold = plan.record.threshold if wish is None else wish
        if changes.accepted is not None:
            record = replace(before.record, classes=plan.classes)
            changes = replace(changes, accepted=replace(changes.accepted, record=record))
            self._changes = changes

    def steps(self) -> Iterator[Progress]:
        """Predict, keep the bands of rows, write; yields what is being done."""
        report, plan = self._report, self._plan
        inputs = inputs_of(self._request, plan, self._predictor.way) | self._own_inputs()
        begun_anew = self._work.begin(inputs, again=self._request.again)
        report.notes += [begun_anew] if begun_anew else []
        report.tiles_anew = len(self._chosen)
        with report.timed("predicting"):
            yield from self._predict()
        record = self._record()
        report.notes += [note for note in record.notes if note not in self._before.record.notes]
        tags = {CHANGED_TAG: self._changes.until, LABELS_TAG: self._changes.labels}
        run = run_digest(inputs, plan, self._threshold)
        with report.timed("writing"):
            writing = Writing(plan, self._work, self._request.files, record, run, tags)
            counted = yield from writing.write()
        report.pixels, report.objects = counted.pixels, counted.objects

    def _own_inputs(self) -> dict[str, Any]:
        """Return what finished bands depend on here, besides what they always do."""
        return {
            "result to go on from": self._before.run,
            "choice of chips that changed": self._changes.digest,
            "choice of accepted masks": self._changes.labels,
            "threshold": self._threshold,
        }

    def _record(self) -> ResultRecord:
        before, chosen, tiles = self._before.record, self._chosen, self._plan.tiles
        notes = without_note(before.notes)
        if chosen:
            count, chips = len(all_tiles(tiles)), len(self._changes.chips)
            notes += (
                f"{len(chosen)} of {count} tiles, around {chips} chip{'s' * (chips > 1)} that "
                f"changed up to {self._changes.until}, are by {self._plan.record.id} with a "
                f"threshold of {self._threshold:g}: {in_words(chosen, tiles)}",
            )
        accepted = self._changes.accepted
        notes += (accepted.note,) if accepted is not None and accepted.note else ()
        return replace(before, program=__version__, classes=self._plan.classes, notes=notes)

    def _predict(self) -> Iterator[Progress]:
        plan, report = self._plan, self._report
        first = self._work.done()
        report.bands, report.bands_before = len(plan.tiles.ends), first
        begin, done, total = time.perf_counter(), 0, len(self._predicted)
        yield Progress(0, total, _MESSAGE)
        paths = self._before.classes, self._before.probabilities
        with (
            open_result(*paths) as result,
            rasterio.Env(GDAL_CACHEMAX=cache_bytes((*plan.bands, *plan.colours))),
        ):
            for step in self._bands(result, first):
                if isinstance(step, RowBand):
                    self._work.keep(step, plan)
                    continue
                done = min(total, done + step)
                rate = (time.perf_counter() - begin) / max(1, done)
                left = {"seconds_left": round(rate * (total - done))}
                yield Progress(done, total, _MESSAGE, left)

    def _bands(self, result: OpenResult, first: int) -> Iterator[int | RowBand]:
        """Yield the bands of rows from one on; between them numbers of tiles."""
        touched, count = bands_touched(self._chosen, self._plan.tiles), len(self._plan.tiles.ends)
        if self._plan.colours:
            touched = set(range(count))  # the picture is made of all rows
        number = first
        while number < count:
            if number not in touched:
                yield self._labelled(band_of(result, number, self._plan))
                number += 1
                continue
            end = next((n for n in range(number, count) if n not in touched), count)
            yield from self._anew(result, number, end)
            number = end

    def _anew(self, result: OpenResult, first: int, end: int) -> Iterator[int | RowBand]:
        with Threads(is_on_gpu=self._predictor.is_on_gpu) as threads:
            steps = predict_bands(self._plan, self._predictor, threads, first)
            with closing(steps):  # type: ignore[type-var]
                for step in steps:
                    if not isinstance(step, RowBand):
                        yield step
                        continue
                    was = band_of(result, step.number, self._plan)
                    yield self._labelled(self._mixed(was, step))
                    if step.number == end - 1:
                        return

    def _mixed(self, was: RowBand, now: RowBand) -> RowBand:
        plan = self._plan
        share = share_of_tiles(self._chosen, plan.tiles, *plan.band_rows(now.number))
        return mix(plan, was, now, share, (self._before.record.threshold, self._threshold))

    def _labelled(self, band: RowBand) -> RowBand:
        accepted = self._changes.accepted
        if accepted is None:
            return band
        return accepted.put_on(band, *self._plan.band_rows(band.number))
