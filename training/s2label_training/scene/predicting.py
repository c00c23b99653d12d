"""The work itself: strips are read and tiles predicted by the same threads, rows come out done.

Reading ahead and the network share as many threads as there are cores, each with one thread of
torch: none waits for another, and what is computed does not depend on their number.
"""

from __future__ import annotations

from collections import deque
from concurrent.futures import Future
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from s2label.raster import reflectance
from s2label_training.scene.finishing import Finishing
from s2label_training.scene.reading import StripReader
from s2label_training.scene.rows import Rows
from s2label_training.scene.sums import RowSums

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import Any

    from numpy.typing import NDArray

    from s2label.types import BandRaster
    from s2label_training.predict import Predictor
    from s2label_training.scene.finishing import RowBand
    from s2label_training.scene.plan import ScenePlan
    from s2label_training.scene.threads import Threads

    Answers = list[NDArray[np.float32] | None]


@dataclass(frozen=True)
class _Asked:
    """Tiles of one row of tiles, by column; none where the row has come to its end."""

    row: int
    columns: tuple[int, ...] = ()


def predict_bands(
    plan: ScenePlan, predictor: Predictor, threads: Threads, first_band: int = 0
) -> Iterator[int | RowBand]:
    """Yield the bands of rows of a scene, done, from top to bottom.

    Between them come numbers of tiles that were predicted.

    Parameters
    ----------
    plan : ScenePlan
        How.
    predictor : Predictor
        The model.
    threads : Threads
        Whose threads work.
    first_band : int
        The band to begin with; those above are there already. They come out the same whichever
        band one begins with.
    """
    work = _Work(plan, predictor, threads, first_band)
    try:
        yield from work.steps()
    finally:
        work.close()


class _Work:
    def __init__(
        self, plan: ScenePlan, predictor: Predictor, threads: Threads, first_band: int
    ) -> None:
        self._plan, self._predictor, self._threads = plan, predictor, threads
        self._next_band = first_band
        tiles, start = plan.tiles, plan.band_rows(first_band)[0]
        self._first_tiles = tiles.first_row_of_tiles(start)
        above = tiles.rows.inside(tiles.rows.starts[self._first_tiles])[0]
        begin = max(0, min(above, start - plan.context))
        self._strips = _Strips(plan, plan.bands, threads, begin)
        # Colours that the model sees are not read twice.
        own = set(plan.colours) <= set(plan.bands)
        colours = None if own else _Strips(plan, plan.colours, threads, begin)
        self._finishing = Finishing(plan, self._strips, colours)
        self._readers = [self._strips, *([colours] if colours else [])]
        self._sums = RowSums(tiles, len(plan.record.classes), start)

    def close(self) -> None:
        self._threads.drop()
        for strips in self._readers:
            strips.close()

    def steps(self) -> Iterator[int | RowBand]:
        for asked, answers in self._answers():
            if asked.columns:
                self._add(asked, answers)
                yield len(asked.columns)
            elif asked.row >= self._next_band:
                rows = self._plan.band_rows(asked.row)
                self._finishing.add(asked.row, rows, *self._sums.take(rows[1]))
                self._next_band += 1
            yield from self._finishing.done()

    def _add(self, asked: _Asked, answers: Answers) -> None:
        axes = self._plan.tiles
        for column, answer in zip(asked.columns, answers, strict=True):
            if answer is not None:
                y, x = axes.rows.starts[asked.row], axes.columns.starts[column]
                self._sums.add(y, x, answer)

    def _answers(self) -> Iterator[tuple[_Asked, Answers]]:
        """Yield what was predicted, in order; some tiles are worked on ahead."""
        waiting: deque[tuple[_Asked, Future[Answers]]] = deque()
        for asked in self._tiles():
            waiting.append((asked, self._submitted(asked)))
            while len(waiting) > self._threads.ahead:
                first, future = waiting.popleft()
                yield first, future.result()
        for first, future in waiting:
            yield first, future.result()

    def _tiles(self) -> Iterator[_Asked]:
        tiles = self._plan.tiles
        shape = tiles.rows.tile_px, tiles.columns.tile_px
        together = self._predictor.tiles_together(shape)
        for row in range(self._first_tiles, len(tiles.rows.starts)):
            self._read_for(row)
            wanted = range(len(tiles.columns.starts))
            kept = [c for c in wanted if (row, c) not in self._plan.land.tiles]
            for first in range(0, len(kept), together):
                yield _Asked(row, tuple(kept[first : first + together]))
            yield _Asked(row)

    def _read_for(self, row: int) -> None:
        """Wait for the strip of a row of tiles, and have the next one read."""
        rows = self._plan.tiles.rows
        this, after = rows.starts[row], rows.starts[row + 1 : row + 2]
        needed = self._plan.band_rows(self._next_band)[0] - self._plan.context
        for strips in self._readers:
            strips.read_to(rows.inside(this)[1], rows.inside(after[0])[1] if after else 0)
            strips.rows.let_go(min(needed, this, self._finishing.needs))

    def _submitted(self, asked: _Asked) -> Future[Answers]:
        if not asked.columns:
            done: Future[Answers] = Future()
            done.set_result([])
            return done
        pieces = [self._piece(asked.row, column) for column in asked.columns]
        return self._threads.network.submit(self._predict, pieces)

    def _piece(self, row: int, column: int) -> NDArray[Any]:
        axes = self._plan.tiles
        first, end = axes.columns.inside(axes.columns.starts[column])
        rows = axes.rows.inside(axes.rows.starts[row])
        return self._strips.rows.between(*rows)[:, :, first:end]

    def _predict(self, pieces: Sequence[NDArray[Any]]) -> Answers:
        """Predict tiles of raw numbers; None for those without any data."""
        values = [reflectance(piece, self._plan.bands) for piece in pieces]
        has_data = [bool(np.isfinite(each).all(axis=0).any()) for each in values]
        tiles = [
            self._plan.tiles.mirrored(each) for each, h in zip(values, has_data, strict=True) if h
        ]
        predicted = iter(self._predictor.tile_probabilities(tiles))
        return [next(predicted) if has else None for has in has_data]


class _Strips:
    """Rows of some bands as they are read, one strip ahead."""

    def __init__(
        self, plan: ScenePlan, bands: Sequence[BandRaster], threads: Threads, begin: int
    ) -> None:
        self.rows = Rows(begin)
        self._reader = StripReader(plan.grid, bands, threads.reading)
        self._asked_to = begin
        self._answers: deque[Callable[[], NDArray[Any]]] = deque()

    def read_to(self, end: int, next_end: int) -> None:
        """Have all rows up to `end`, and begin to read those up to `next_end`."""
        self._ask(end)
        while self._answers:
            self.rows.append(self._answers.popleft()())
        self._ask(next_end)

    def _ask(self, end: int) -> None:
        if end > self._asked_to:
            self._answers.append(self._reader.ask(self._asked_to, end))
            self._asked_to = end

    def close(self) -> None:
        self._reader.close()
