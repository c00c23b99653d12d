"""Screening the images of a project: in several processes, resumable, unreadable ones told."""

from __future__ import annotations

import os
import time
from collections import Counter, deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from s2label.catalog.rows import chunked
from s2label.importers.workers import Workers
from s2label.progress import Progress
from s2label.screening.cloud_rasters import has_clouds
from s2label.screening.cloudless import require_extra
from s2label.screening.ground import Target
from s2label.screening.left_files import leave_screenings, left_records
from s2label.screening.methods import Method
from s2label.screening.patch_task import PatchTask, Screened
from s2label.screening.patches import find_patches

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from concurrent.futures import Future

    from s2label.chip_views import ChipView
    from s2label.progress import Job
    from s2label.project import Project
    from s2label.screening.ground import Patch

_MESSAGE = "looking at images"
# A file that is left is taken over at once, and decisions wait for that.
_LEFT_TOGETHER = 250
# A killed program loses no more than this.
_LEFT_AFTER_S = 10.0
# Below, workers would hardly have started when all is done.
_LEAST_IMAGES = 100
_WORKERS = min(7, (os.cpu_count() or 1) - 1)


@dataclass(frozen=True)
class ScreenReport:
    """What came of screening; all values are JSON types.

    Parameters
    ----------
    images : int
        How many images there are.
    screened, kept : int
        How many were screened now, and how many had been before.
    methods : dict
        Method -> how many of those screened now were judged by it.
    findings : dict
        Kind of finding -> how many of those screened now have it.
    errors : tuple of str
        One line for each image that could not be read.
    """

    images: int
    screened: int = 0
    kept: int = 0
    methods: dict[str, int] = field(default_factory=dict)
    findings: dict[str, int] = field(default_factory=dict)
    errors: tuple[str, ...] = ()


def screen_images(
    project: Project, method: Method = Method.AUTO, *, again: bool = False
) -> Job[ScreenReport]:
    """Screen all images of a project that were not screened in their current version.

    What is found is left for whoever writes the catalog (`left_files`); cloud rasters are written
    at once. Stopped and run again it goes on where it was.

    Parameters
    ----------
    project : Project
        It may be open for reading only.
    method : Method
        What clouds are found by. Images that were screened by another method are screened again
        if one is asked for.
    again : bool
        Screen all images, whatever was found before.

    Raises
    ------
    MissingExtraError
        If a method is asked for that is not installed.
    """
    if method is Method.S2CLOUDLESS:
        require_extra()
    ids = project.catalog.image_ids()
    wanted = frozenset(ids) if again else frozenset(ids) - _screened(project, method)
    patches = list(find_patches(_targets_around(project, ids, wanted), wanted))
    counts, methods, findings = Counter[str](), Counter[str](), Counter[str]()
    errors: list[str] = []
    left = _Left(project)
    yield Progress(0, len(wanted), _MESSAGE)
    try:
        for answers in _screen(project, patches, method):
            for answer in answers:
                counts["done"] += 1
                if answer.record is None:
                    errors.append(answer.error)
                    continue
                methods[answer.record.method] += 1
                findings.update(f.kind for f in answer.findings)
                left.add(answer)
            yield Progress(counts["done"], len(wanted), _MESSAGE)
    finally:
        left.flush()
    told = (dict(methods.most_common()), dict(findings.most_common()), tuple(errors))
    return ScreenReport(len(ids), methods.total(), len(ids) - len(wanted), *told)


class _Left:
    """Collects what was found until it is worth a file."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._waiting: list[Screened] = []
        self._last_s = time.monotonic()

    def add(self, answer: Screened) -> None:
        """Take what was found in an image."""
        self._waiting.append(answer)
        is_late = time.monotonic() - self._last_s > _LEFT_AFTER_S
        if is_late or len(self._waiting) >= _LEFT_TOGETHER:
            self.flush()

    def flush(self) -> None:
        """Leave what was collected."""
        records = [a.record for a in self._waiting if a.record is not None]
        findings = [finding for a in self._waiting for finding in a.findings]
        leave_screenings(self._project.folder, records, findings)
        self._waiting.clear()
        self._last_s = time.monotonic()


def _targets_around(
    project: Project, ids: Sequence[str], wanted: frozenset[str]
) -> Sequence[Target]:
    """Return the images to be screened, in order, and all others where these may be neighbours."""
    chosen = list(_targets(project, [id_ for id_ in ids if id_ in wanted]))
    if len(wanted) < len(ids) and any(target.image.cut for target in chosen):
        return list(_targets(project, ids))
    return chosen


def _targets(project: Project, ids: Sequence[str]) -> Iterator[Target]:
    for chunk in chunked(ids):
        chips = project.catalog.chips(chunk)
        yield from (_target(project, chip) for _, chip in sorted(chips.items()))


def _target(project: Project, chip: ChipView) -> Target:
    mask = chip.mask
    path = project.mask_path(mask.id, mask.version) if mask is not None else None
    return Target(chip.image, chip.place.grid, path)


def _screened(project: Project, method: Method) -> frozenset[str]:
    """Return the images of which all is known already, their cloud raster included."""
    # Read first: what is taken over meanwhile is then in the catalog, not in neither.
    left = left_records(project.folder)
    known = project.catalog.screenings.methods()
    images = project.catalog.images(left)
    known |= {
        id_: left[id_].method
        for id_, image in images.items()
        if left[id_].image_version == image.version
    }
    return frozenset(
        id_
        for id_, by in known.items()
        if method in (Method.AUTO, by) and has_clouds(project.folder, id_)
    )


def _screen(project: Project, patches: Sequence[Patch], method: Method) -> Iterator[list[Screened]]:
    tasks = deque(PatchTask(patch, method, project.folder) for patch in patches)
    if sum(len(patch.targets) for patch in patches) < _LEAST_IMAGES or not _WORKERS:
        yield from (task() for task in tasks)
        return
    with Workers[list[Screened]](_WORKERS) as workers:
        yield from _screen_with(workers, tasks)


def _screen_with(
    workers: Workers[list[Screened]], tasks: deque[PatchTask]
) -> Iterator[list[Screened]]:
    """Let workers work ahead, and work as well; a task that a worker broke off is done here."""
    ahead: deque[tuple[PatchTask, Future[list[Screened]]]] = deque()
    while tasks or ahead:
        while tasks and len(ahead) < 2 * _WORKERS:
            task = tasks.popleft()
            ahead.append((task, workers.submit(task)))
        if tasks and not ahead[0][1].done():
            yield tasks.popleft()()
            continue
        task, future = ahead.popleft()
        yield task() if future.exception() else future.result()
