"""Finished bands of rows become the files that were wanted, all put in place at the end."""

from __future__ import annotations

import os
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from s2label import __version__
from s2label.durable import sync_folder
from s2label.errors import S2LabelError
from s2label.progress import Progress
from s2label.refusals import reason_of
from s2label.results.rasters import ResultRecord
from s2label.results.runs import RUN_TAG
from s2label.results.writing import write_classes, write_probabilities, write_rgb
from s2label.types import BACKGROUND, NOT_LABELLED, Lifetime
from s2label_training.scene.likeliest import plan_classes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from s2label.progress import Job
    from s2label_training.scene.plan import ScenePlan
    from s2label_training.scene.request import ResultFiles
    from s2label_training.scene.work_folder import WorkFolder


@dataclass
class Counted:
    """What a result holds: class name -> pixels, and objects where they were looked for."""

    pixels: dict[str, int] = field(default_factory=dict)
    objects: int | None = None


def result_record(plan: ScenePlan, threshold: float) -> ResultRecord:
    """Return what the tags of the result say."""
    return ResultRecord(
        model=plan.record.id,
        program=__version__,
        scene=plan.found.name,
        time=plan.found.time,
        lifetime=plan.record.lifetime,
        threshold=threshold,
        classes=plan.classes,
        notes=(plan.land.note,) if plan.land.note else (),
    )


class Writing:
    """Writes the files of a result under other names, then renames them all.

    Parameters
    ----------
    plan : ScenePlan
        How it was made.
    work : WorkFolder
        The finished bands.
    files : ResultFiles
        What is wanted.
    record : ResultRecord
        What its tags say.
    run : str
        What identifies the run, for a tag of its own in each file.
    extra_tags : dict, optional
        Other tags of the class raster.
    """

    def __init__(
        self,
        plan: ScenePlan,
        work: WorkFolder,
        files: ResultFiles,
        record: ResultRecord,
        run: str,
        extra_tags: dict[str, str] | None = None,
    ) -> None:
        self._plan, self._work, self._record = plan, work, record
        self._run, self._extra_tags = run, extra_tags or {}
        self._targets = dict(files.wanted())
        self._staged = {
            name: path.with_name(f".{path.stem}.staged{path.suffix}")
            for name, path in self._targets.items()
        }
        for name, file in self._needed(files):
            self._staged.setdefault(name, work.folder / file)
        self.counted = Counted()

    def _needed(self, files: ResultFiles) -> Iterator[tuple[str, str]]:
        """Yield what others are made of, wanted or not: what it is, and a name for it."""
        is_moving = self._plan.record.lifetime is Lifetime.MOVING
        has_objects = files.objects is not None or (files.map is not None and is_moving)
        if files.needs_rgb:
            yield "rgb", "rgb.tif"
        if has_objects:
            yield "objects", "objects.geojson"
            yield "probabilities", "probabilities.tif"

    def write(self) -> Job[Counted]:
        """Write everything; yields what is being written."""
        try:
            yield from self._steps()
            self._put_in_place()
        finally:
            for path in self._staged.values():
                path.unlink(missing_ok=True)
        return self.counted

    def _steps(self) -> Iterator[Progress]:
        steps = [
            ("writing classes", self._write_classes, "classes"),
            ("writing probabilities", self._write_probabilities, "probabilities"),
            ("writing the picture", self._write_rgb, "rgb"),
            ("finding objects", self._write_objects, "objects"),
            ("drawing the map", self._write_map, "map"),
        ]
        wanted = [each for each in steps if each[-1] in self._staged]
        for number, (message, step, name) in enumerate(wanted):
            yield Progress(number, len(wanted), message)
            with self._explained(name):
                step()

    @contextmanager
    def _explained(self, name: str) -> Iterator[None]:
        """Let an error name the file that was wanted, not what it is written as."""
        try:
            yield
        except OSError as error:
            path = self._targets.get(name, self._targets["classes"])
            raise S2LabelError(f"{path}: cannot be written ({reason_of(error)})") from error
        except S2LabelError as error:
            text = str(error)
            for each, path in self._targets.items():
                text = text.replace(str(self._staged[each]), str(path))
            raise S2LabelError(text) from error

    def _write_classes(self) -> None:
        pixels: Counter[int] = Counter()
        strips = self._class_strips(pixels)
        path = self._staged["classes"]
        tags = {RUN_TAG: self._run} | self._extra_tags
        write_classes(path, self._plan.grid, self._record, strips, tags)
        names = {c.value: c.name for c in self._plan.classes}
        names |= {BACKGROUND: "background", NOT_LABELLED: "no data"}
        self.counted.pixels = {name: pixels[value] for value, name in names.items()}

    def _class_strips(self, pixels: Counter[int]) -> Iterator[NDArray[np.uint8]]:
        for band in self._work.bands(self._plan):
            strip = band.classes
            if strip is None:
                strip = plan_classes(self._plan, band.probabilities, self._record.threshold)
            counts = np.bincount(strip.ravel(), minlength=256)
            pixels.update({int(v): int(counts[v]) for v in np.flatnonzero(counts)})
            yield strip

    def _write_probabilities(self) -> None:
        strips = (band.probabilities for band in self._work.bands(self._plan))
        path = self._staged["probabilities"]
        tags = {RUN_TAG: self._run}
        write_probabilities(path, self._plan.grid, self._record, strips, tags)

    def _write_rgb(self) -> None:
        strips = (band.rgb for band in self._work.bands(self._plan) if band.rgb is not None)
        limits = self._plan.limits.limits
        told = ", ".join(
            f"{band.name} {limits[band.name][0]:g} to {limits[band.name][1]:g}"
            for band in self._plan.colours
        )
        tags = {RUN_TAG: self._run, "S2LABEL_RGB": f"reflectance shown as 1 to 255: {told}"}
        write_rgb(self._staged["rgb"], self._plan.grid, self._record, strips, tags)

    def _write_objects(self) -> None:
        from s2label.results.objects import find_objects, write_objects

        found = find_objects(self._staged["classes"], self._staged["probabilities"])
        write_objects(self._staged["objects"], found, self._record, self._run)
        self.counted.objects = len(found)

    def _write_map(self) -> None:
        from s2label.webmap.page import write_map

        objects = self._staged.get("objects")
        write_map(self._staged["map"], self._staged["rgb"], self._staged["classes"], objects)

    def _put_in_place(self) -> None:
        # The class raster comes last: where it is there, the others are.
        for name, target in sorted(self._targets.items(), key=lambda item: item[0] == "classes"):
            os.replace(self._staged[name], target)
            sync_folder(target.parent)
