"""What a process holds: memory, threads, timers, files, callbacks, objects of Qt and of the GPU.

Read from ``/proc`` and from the objects themselves, so it needs Linux and counts only itself and
its children.
"""

from __future__ import annotations

import ctypes
import gc
import os
import sys
import threading
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from napari.utils.events import EventEmitter
from psygnal import SignalInstance
from qtpy.QtCore import QEvent, QObject, QTimer
from qtpy.QtWidgets import QApplication

if TYPE_CHECKING:
    import napari

_OWN = Path("/proc/self")
_MIB = 1024 * 1024
_BEAT_MS = 10
# The last bin takes all that was longer.
_BINS = 5000


def count_all(viewer: napari.Viewer, project: Path) -> dict[str, float]:
    """Return what this process holds now; rubbish is collected before.

    Parameters
    ----------
    viewer : napari.Viewer
        The only window of the process.
    project : Path
        The project that is open in it.

    Returns
    -------
    dict
        Name of what is counted -> number; those in MiB say so.
    """
    throw_rubbish_away()
    return {
        **_memory(),
        **_threads(),
        **_qt_objects(),
        **_callbacks(),
        "files": float(len(open_files())),
        "layers": float(len(viewer.layers)),
        "gpu_objects": float(_gpu_objects(viewer)),
        "python_objects": float(len(gc.get_objects())),
        "python_blocks": float(sys.getallocatedblocks()),
        "children": float(len(children())),
        **_catalog(project),
    }


def throw_rubbish_away() -> None:
    """Delete what Qt was asked to delete later, and what only holds itself."""
    QApplication.sendPostedEvents(None, int(QEvent.Type.DeferredDelete))
    gc.collect()


def open_files() -> list[str]:
    """Return what the open descriptors of this process are, but the one that lists them."""
    names = []
    for descriptor in os.listdir(_OWN / "fd"):
        try:
            names.append(str((_OWN / "fd" / descriptor).readlink()))
        except FileNotFoundError:
            continue
    return names


def children() -> list[int]:
    """Return the ids of the processes that this one has started and that live."""
    found: list[int] = []
    for task in (_OWN / "task").iterdir():
        found += map(int, (task / "children").read_text().split())
    return found


def kinds_of_objects() -> Counter[str]:
    """Return how many objects of each class Python's collector knows."""
    return Counter(f"{type(o).__module__}.{type(o).__qualname__}" for o in gc.get_objects())


def _memory() -> dict[str, float]:
    lines = (line.split() for line in (_OWN / "smaps_rollup").read_text().splitlines()[1:])
    kib = {words[0].rstrip(":"): int(words[1]) for words in lines}
    return {
        "resident_mib": kib["Rss"] / 1024,
        "own_mib": (kib["Private_Clean"] + kib["Private_Dirty"]) / 1024,
        "written_mib": kib["Anonymous"] / 1024,
        **_heap(),
    }


class _MallInfo(ctypes.Structure):
    """``struct mallinfo2`` of mallinfo(3): all are sizes in bytes or numbers of pieces."""

    _fields_ = [
        (name, ctypes.c_size_t)
        for name in (
            *("arena", "ordblks", "smblks", "hblks", "hblkhd"),
            *("usmblks", "fsmblks", "uordblks", "fordblks", "keepcost"),
        )
    ]


def _heap() -> dict[str, float]:
    """Return what all of C has asked for and holds, and the holes between: a leak, or not."""
    mallinfo = ctypes.CDLL(None).mallinfo2
    mallinfo.restype = _MallInfo
    info = mallinfo()
    return {
        "heap_in_use_mib": (info.uordblks + info.hblkhd) / _MIB,
        "heap_holes_mib": info.fordblks / _MIB,
        "heap_pieces": float(info.hblks),
    }


def _threads() -> dict[str, float]:
    return {
        "python_threads": float(threading.active_count()),
        "threads": float(len(os.listdir(_OWN / "task"))),
    }


def _qt_objects() -> dict[str, float]:
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    every: set[Any] = {o for o in gc.get_objects() if issubclass(type(o), QObject)}
    for top in (application, *application.topLevelWidgets()):
        every |= {top, *top.findChildren(QObject)}
    timers = [o for o in every if isinstance(o, QTimer)]
    return {
        "qt_objects": float(len(every)),
        "widgets": float(len(application.allWidgets())),
        "timers": float(len(timers)),
    }


def _callbacks() -> dict[str, float]:
    """Return how many callbacks wait for a signal of napari, and of ours."""
    emitters = slots = 0
    for one in gc.get_objects():
        if issubclass(type(one), EventEmitter):
            emitters += len(one.callbacks)
        elif issubclass(type(one), SignalInstance):
            slots += len(one)
    return {"event_callbacks": float(emitters), "signal_slots": float(slots)}


def _gpu_objects(viewer: napari.Viewer) -> int:
    """Return how many textures, buffers and programs vispy keeps for the canvas."""
    canvas = viewer.window._qt_viewer.canvas._scene_canvas
    return len(canvas.context.shared.parser._objects)


def _catalog(project: Path) -> dict[str, float]:
    sizes = {"catalog_mib": "catalog.sqlite", "wal_mib": "catalog.sqlite-wal"}
    paths = {key: project / name for key, name in sizes.items()}
    return {key: p.stat().st_size / _MIB if p.exists() else 0.0 for key, p in paths.items()}


class Blocks:
    """Notes how long the event loop was blocked, in bins of a millisecond: it takes no memory."""

    def __init__(self, clock: Any) -> None:
        self._clock = clock
        self._bins = np.zeros(_BINS, np.int64)
        self._last_s: float | None = None
        self._timer = QTimer(interval=_BEAT_MS)
        self._timer.timeout.connect(self._on_timer_timeout)
        self._timer.start()

    def leave_out(self) -> None:
        """Do not count what was done since the last beat: the measuring itself."""
        self._last_s = None

    def take(self) -> dict[str, float]:
        """Return the milliseconds since the last time that it was asked, and begin anew."""
        bins, self._bins = self._bins, np.zeros(_BINS, np.int64)
        if not bins.any():
            return {}
        until = np.cumsum(bins) / bins.sum()
        at = {"p50": 0.5, "p99": 0.99, "max": 1.0}
        return {f"block_{name}_ms": float(np.argmax(until >= share)) for name, share in at.items()}

    def _on_timer_timeout(self) -> None:
        now = self._clock()
        if self._last_s is not None:
            late_ms = max(0.0, 1e3 * (now - self._last_s) - _BEAT_MS)
            self._bins[min(int(late_ms), _BINS - 1)] += 1
        self._last_s = now
