"""Writing the pairs of a plan: several at once, each file once."""

from __future__ import annotations

import os
import threading
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

from s2label.errors import ExportError
from s2label.exports.mask_files import read_exported
from s2label.exports.survey import in_chunks
from s2label.progress import Progress
from s2label.raster import RasterPool

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Future

    from s2label.exports.draft import Draft
    from s2label.exports.formats import FormatWriter
    from s2label.exports.mask_files import MaskFile
    from s2label.exports.plan import Plan
    from s2label.project import Project
    from s2label.types import ImageRecord, Pair

# Reading and encoding release the interpreter; more threads than this only wait for the disk.
_WRITERS = min(4, os.cpu_count() or 1)
# Of each thread: the bands of one image, so that chips of one scene find them open.
_OPEN_SOURCES = 16


def write_pairs(
    project: Project, plan: Plan, draft: Draft, writer: FormatWriter
) -> Iterator[Progress]:
    """Write images and masks that the draft lacks; yields one step per pair."""
    pending: deque[Future[str]] = deque()
    total, done = len(plan.pairs), 0
    # The readers close last: until the executor has ended, a thread may still read.
    with _Readers() as readers, ThreadPoolExecutor(_WRITERS) as pool:
        pairs = PairWriting(project, plan, draft, writer, readers)
        try:
            for work in pairs.in_turn():
                pending.append(pool.submit(pairs.write, work))
                if len(pending) > 2 * _WRITERS:
                    done += 1
                    yield Progress(done, total, pending.popleft().result())
            while pending:
                done += 1
                yield Progress(done, total, pending.popleft().result())
        finally:
            for future in pending:
                future.cancel()


class _Readers:
    """Open sources of each thread, for GDAL lets only one thread use an open raster."""

    def __init__(self) -> None:
        self._here = threading.local()
        self._all = ExitStack()

    def __enter__(self) -> _Readers:
        return self

    def __exit__(self, *_: object) -> None:
        self._all.close()

    def of_this_thread(self) -> RasterPool:
        """Return the open sources of the thread that asks."""
        if not hasattr(self._here, "pool"):
            self._here.pool = self._all.enter_context(RasterPool(_OPEN_SOURCES))
        pool: RasterPool = self._here.pool
        return pool


@dataclass(frozen=True)
class _Work:
    """What is still to be written for a pair: files that neither draft nor earlier pairs bring."""

    pair: Pair
    image: ImageRecord | None
    mask: MaskFile | None


@dataclass(frozen=True)
class PairWriting:
    """What it takes to write the pairs of a plan."""

    project: Project
    plan: Plan
    draft: Draft
    writer: FormatWriter
    readers: _Readers

    def in_turn(self) -> Iterator[_Work]:
        """Yield the work of each pair, in order; no file comes up twice."""
        plan, seen = self.plan, set[str]()
        for pairs in in_chunks(plan.pairs):
            files = {p.image_id: plan.image_file(p.image_id) for p in pairs}
            wanted = [id_ for id_, file in files.items() if self._is_new(file, seen)]
            images = self.project.catalog.images(wanted)
            for pair in pairs:
                is_new = self._is_new(plan.mask_file(pair.image_id), seen)
                mask = plan.masks.of_image[pair.image_id] if is_new else None
                yield _Work(pair, images.pop(pair.image_id, None), mask)

    def _is_new(self, file: str, seen: set[str]) -> bool:
        is_new = file not in seen and not self.draft.holds(file)
        seen.add(file)
        return is_new

    def write(self, work: _Work) -> str:
        """Write what a pair brings; returns the image's id. Runs in a thread of its own."""
        if work.mask is not None:
            self._write_mask(work.mask)
        image = work.image
        if image is not None:
            place = self.plan.places[work.pair.place_id]
            name, sources = self.plan.image_file(image.id), self.readers.of_this_thread()
            self.draft.put(name, lambda part: self.writer.write_image(part, image, place, sources))
        return work.pair.image_id

    def _write_mask(self, file: MaskFile) -> None:
        mask, grid = read_exported(self.project, file), self.plan.places[file.place_id].grid
        if mask.grid.shape != grid.shape:
            found, expected = (" x ".join(map(str, g.shape)) for g in (mask.grid, grid))
            path = self.project.mask_path(file.id, file.version)
            raise ExportError(
                f"{path}: is {found} px where its place has {expected}; import the mask again"
            )
        self.draft.put(self.plan.written(file), lambda part: self.writer.write_mask(part, mask))
