"""Writing the pairs of a plan: several at once, each file once."""

from __future__ import annotations

import os
import threading
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from s2label.errors import ExportError
from s2label.exports.mask_files import read_exported
from s2label.exports.reading import read_written
from s2label.exports.sketches import sketch_of
from s2label.exports.survey import in_chunks
from s2label.progress import Job, Progress
from s2label.raster import RasterPool, read_bands

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Future
    from pathlib import Path

    from s2label.exports.draft import Draft
    from s2label.exports.formats import FormatWriter
    from s2label.exports.mask_files import MaskFile
    from s2label.exports.plan import Plan
    from s2label.exports.sketches import Sketch
    from s2label.masks import Mask
    from s2label.project import Project
    from s2label.types import ImageRecord, Pair

# Reading and encoding release the interpreter; more threads than this only wait for the disk.
_WRITERS = min(4, os.cpu_count() or 1)
# Of each thread: the bands of one image, so that chips of one scene find them open.
_OPEN_SOURCES = 16


def write_pairs(
    project: Project, plan: Plan, draft: Draft, writer: FormatWriter
) -> Job[dict[str, Sketch]]:
    """Write images and masks that the draft lacks; returns image id -> sketch, of all."""
    pending: deque[Future[_Written]] = deque()
    total, done = len(plan.pairs), 0
    sketches: dict[str, Sketch] = {}

    def settle() -> Progress:
        image_id, sketch = pending.popleft().result()
        if sketch is not None:
            sketches[image_id] = sketch
        return Progress(done, total, image_id)

    # The readers close last: until the executor has ended, a thread may still read.
    with _Readers() as readers, ThreadPoolExecutor(_WRITERS) as pool:
        pairs = PairWriting(project, plan, draft, writer, readers)
        try:
            for work in pairs.in_turn():
                pending.append(pool.submit(pairs.write, work))
                if len(pending) > 2 * _WRITERS:
                    done += 1
                    yield settle()
            while pending:
                done += 1
                yield settle()
        finally:
            for future in pending:
                future.cancel()
    return sketches


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


class _Written(NamedTuple):
    """An image that was seen to; its sketch where the pair was the first to bring it."""

    image_id: str
    sketch: Sketch | None


@dataclass(frozen=True)
class _Work:
    """What is still to be done for a pair: what neither draft nor earlier pairs bring.

    `image` is to be written; of an image that the draft `holds`, the sketch is wanted.
    """

    pair: Pair
    image: ImageRecord | None
    mask: MaskFile | None
    holds: bool = False


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
            fresh = {p.image_id for p in pairs if self._is_first(plan.image_file(p.image_id), seen)}
            held = {id_ for id_ in fresh if self.draft.holds(plan.image_file(id_))}
            images = self.project.catalog.images(sorted(fresh - held))
            for pair in pairs:
                id_ = pair.image_id
                image, is_held = images.pop(id_, None), id_ in held
                held.discard(id_)
                yield _Work(pair, image, self._mask(pair, image is not None, seen), is_held)

    def _is_first(self, file: str, seen: set[str]) -> bool:
        is_first = file not in seen
        seen.add(file)
        return is_first

    def _mask(self, pair: Pair, has_image: bool, seen: set[str]) -> MaskFile | None:
        mask, file = self.plan.masks.of_image[pair.image_id], self.plan.mask_file(pair.image_id)
        if self.plan.layout.is_paired:
            return mask if has_image else None
        return mask if self._is_first(file, seen) and not self.draft.holds(file) else None

    def write(self, work: _Work) -> _Written:
        """Write what a pair brings. Runs in a thread of its own."""
        mask, image_id = None, work.pair.image_id
        if work.mask is not None:
            mask = self._read_mask(work.mask)
            if not self.plan.layout.is_paired:
                self._write_mask(self.plan.mask_file(image_id), mask)
        if work.image is not None:
            return _Written(image_id, self._write_image(work.pair, work.image, mask))
        if work.holds:
            pixels = read_written(self.draft.folder / self.plan.image_file(image_id)).pixels
            return _Written(image_id, sketch_of(pixels))
        return _Written(image_id, None)

    def _write_image(self, pair: Pair, image: ImageRecord, mask: Mask | None) -> Sketch:
        place, sources = self.plan.places[pair.place_id], self.readers.of_this_thread()
        dn = read_bands(self.writer.bands_of(image), place.grid, open_=sources.open)
        sketches: list[Sketch] = []

        def write(part: Path) -> None:
            written = self.writer.write_image(part, image, place, dn, mask)
            sketches.append(sketch_of(written))

        self.draft.put(self.plan.image_file(image.id), write)
        return sketches[0]

    def _write_mask(self, name: str, mask: Mask) -> None:
        self.draft.put(name, lambda part: self.writer.write_mask(part, mask))

    def _read_mask(self, file: MaskFile) -> Mask:
        mask, grid = read_exported(self.project, file), self.plan.places[file.place_id].grid
        if mask.grid.shape != grid.shape:
            found, expected = (" x ".join(map(str, g.shape)) for g in (mask.grid, grid))
            path = self.project.mask_path(file.id, file.version)
            raise ExportError(
                f"{path}: is {found} px where its place has {expected}; import the mask again"
            )
        return mask
