"""Examining the units of an import, in several processes at once and in order to the caller.

Opening rasters holds the interpreter, so threads would not help. This process examines as well,
and does anew whatever a worker did not bring to an end: errors are raised here, in order.
"""

from __future__ import annotations

import os
from collections import deque
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import rasterio

from s2label.errors import S2LabelError
from s2label.importers.workers import Workers

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Sequence

    from s2label.importers.contract import Unit, UnitRecord
    from s2label.importers.staging import Staging
    from s2label.raster import RasterPool
    from s2label.stretch_sample import Samples

# Below, workers would hardly have started when all is done.
_LEAST_CHIPS = 100
_WORKERS = min(7, (os.cpu_count() or 1) - 1)
# Neighbours read the same blocks of the same files; more at once would make progress jump.
_RUN_UNITS = 16
# GDAL would keep up to a twentieth of the memory in blocks, in every process. This holds the blocks
# of seven bands under a row of chips of a whole product.
_CACHE_BYTES = 64 * 2**20
# Of larger imports only some images are in the sample: these are read again instead.
_MOST_SAMPLED = 1000


@dataclass(frozen=True)
class Kept:
    """A unit that is staged, and samples of its images if it was examined just now."""

    record: UnitRecord
    samples: Samples = field(default_factory=dict)


@dataclass(frozen=True)
class Run:
    """Units that lie beside each other, with the pool that they share."""

    units: tuple[Unit, ...]
    staging: Staging
    pool: RasterPool
    is_sampled: bool

    def keep(self, unit: Unit) -> Kept:
        """Examine and stage a prepared unit, unless that was done before."""
        record = self.staging.find(unit)
        if record is not None:
            return Kept(record)
        examined = unit.examine(sampled=self.is_sampled)
        return Kept(self.staging.keep(examined), examined.samples)

    def prepared(self) -> Run:
        """Return the run as far as its units can be prepared."""
        units: list[Unit] = []
        with suppress(S2LabelError):  # raised anew in its turn
            for unit in self.units:
                units.append(unit.prepared())
        return replace(self, units=tuple(units))

    def __call__(self) -> list[Kept]:
        """Keep prepared units up to the first that is not sound."""
        kept: list[Kept] = []
        # One environment for all: GDAL's settings are not made and unmade for every file.
        # An error is raised anew in its turn.
        settings = {"GDAL_CACHEMAX": _CACHE_BYTES}
        with rasterio.Env(**settings), self.pool, suppress(S2LabelError):
            for unit in self.units:
                kept.append(self.keep(unit))
        return kept


def keep_units(units: Sequence[Unit], staging: Staging, pool: RasterPool) -> Generator[Kept]:
    """Examine and stage units; yields them in order.

    Raises
    ------
    InputError
        If something in a unit is not as it has to be, when all units before it were yielded.
    """
    chips = sum(unit.chips for unit in units)
    whole = Run(tuple(units), staging, pool, chips <= _MOST_SAMPLED)
    if chips < _LEAST_CHIPS or not _WORKERS:
        for unit in units:
            yield whole.keep(unit.prepared())
        return
    with Workers[list[Kept]](_WORKERS) as workers:
        yield from _keep_with(workers, whole)


def _keep_with(workers: Workers[list[Kept]], whole: Run) -> Iterator[Kept]:
    """Let workers work ahead; work as well while the run whose turn it is is not done."""
    waiting = deque(_runs_of(whole))
    ahead: deque[tuple[Run, Future[list[Kept]]]] = deque()
    while waiting or ahead:
        while waiting and sum(not future.done() for _, future in ahead) <= _WORKERS:
            run = waiting.popleft()
            ahead.append((run, workers.submit(run.prepared())))
        if waiting and not ahead[0][1].done():
            run = waiting.popleft()
            ahead.append((run, _done(run.prepared()())))
            continue
        run, future = ahead.popleft()
        kept = [] if future.exception() else future.result()
        yield from kept
        for unit in run.units[len(kept) :]:
            yield run.keep(unit.prepared())


def _runs_of(whole: Run) -> Iterator[Run]:
    units = whole.units
    # Some runs for each process, so that all end at about the same time.
    length = max(1, min(_RUN_UNITS, len(units) // (4 * (_WORKERS + 1))))
    for first in range(0, len(units), length):
        yield replace(whole, units=units[first : first + length])


def _done(kept: list[Kept]) -> Future[list[Kept]]:
    future: Future[list[Kept]] = Future()
    future.set_result(kept)
    return future
