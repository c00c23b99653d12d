"""Decoding: each block of a slow raster once, into a plain raster from which chips are cut.

A block of JPEG2000 has to be decoded whole, 1024 x 1024 px, whatever is read of it, and chips may
lie across its borders. Threads suffice: GDAL decodes without holding the interpreter.
"""

from __future__ import annotations

import os
import queue
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from itertools import groupby
from typing import TYPE_CHECKING

from s2label.importers.cutting.blocks import needed_blocks
from s2label.importers.cutting.decoded_band import DecodedBand
from s2label.importers.scene_row import SceneRow
from s2label.progress import Job, Progress

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from s2label.importers.contract import Unit
    from s2label.importers.cutting.blocks import Block
    from s2label.importers.cutting.store import ChipStore
    from s2label.importers.staging import Staging

_THREADS = os.cpu_count() or 1
# A row of blocks of a whole product; whoever opens a raster in a zip reads it from its beginning.
_BLOCKS_A_TURN = 11


def read_together(units: Sequence[Unit]) -> Iterator[list[Unit]]:
    """Yield units in groups, in order: rows of a scene that is decoded first are a group."""
    for _, group in groupby(units, key=_decoded_scene):
        yield list(group)


def _decoded_scene(unit: Unit) -> int:
    is_decoded = isinstance(unit, SceneRow) and unit.is_stored and not unit.is_kept
    return id(unit.scene) if is_decoded else 0  # type: ignore[attr-defined]


def undecoded(group: Sequence[Unit], staging: Staging) -> list[SceneRow]:
    """Return the rows of a group that are to be cut from decoded bands and are not staged yet."""
    return [
        unit
        for unit in group
        if isinstance(unit, SceneRow) and _decoded_scene(unit) and staging.find(unit) is None
    ]


def decode_scene(rows: Sequence[SceneRow], store: ChipStore) -> Job[None]:
    """Decode what rows of tiles need of the bands of their scene, unless that was done before.

    Raises
    ------
    InputError
        If a block is damaged.
    """
    scene = rows[0].scene
    windows = [window for row in rows for window in row.windows]
    store.decoded.mkdir(exist_ok=True)
    bands = []
    for band in scene.bands:
        blocks = needed_blocks(band, scene.grid, windows)
        decoded = DecodedBand(band, blocks, store.decoded_path(band))
        bands += [] if decoded.is_done() else [decoded]
    done, total = 0, sum(len(band.blocks) for band in bands)
    for count in _decode(bands):
        done += count
        yield Progress(done, total, f"decoding {scene.scene}")


def forget_decoded(rows: Sequence[SceneRow], store: ChipStore) -> None:
    """Delete the decoded bands of a scene."""
    for band in rows[0].scene.bands:
        path = store.decoded_path(band)
        for file in (path.with_suffix(".json"), path):
            with suppress(OSError):  # it goes with the staging folder
                file.unlink(missing_ok=True)


def _decode(bands: Sequence[DecodedBand]) -> Iterator[int]:
    """Decode bands, several blocks at once; yields how many came to their end."""
    stop, counts = threading.Event(), queue.SimpleQueue[int]()
    with ThreadPoolExecutor(_THREADS) as threads:
        running = []
        for band in bands:
            for turn in _turns(band.blocks):
                running.append(threads.submit(_take_turn, band, turn, stop, counts.put))
        left = len(running)
        try:
            while left:
                count = counts.get()
                left -= count == 0
                yield count
        finally:
            stop.set()  # whoever asked may have gone
    for band in bands:
        band.close()
    for future in running:
        future.result()


def _turns(blocks: Sequence[Block]) -> Iterator[Sequence[Block]]:
    for first in range(0, len(blocks), _BLOCKS_A_TURN):
        yield blocks[first : first + _BLOCKS_A_TURN]


def _take_turn(
    band: DecodedBand,
    blocks: Sequence[Block],
    stop: threading.Event,
    count: Callable[[int], object],
) -> None:
    """Decode some blocks; counts 1 for each, and 0 in the end."""
    try:
        for _ in band.decode(blocks):
            count(1)
            if stop.is_set():
                return
    except BaseException:
        stop.set()
        raise
    finally:
        count(0)
