"""Reading ahead: threads prepare what comes next while the network computes. Knows no torch."""

from __future__ import annotations

import threading
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

from s2label.raster import RasterPool

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from concurrent.futures import Future

Item = TypeVar("Item")
Result = TypeVar("Result")


def read_ahead(
    read: Callable[[Item], Result], items: Iterable[Item], threads: int, ahead: int
) -> Iterator[Result]:
    """Yield ``read(item)`` for each item, in order; threads work up to `ahead` items in advance.

    What one raises comes out in its turn; what waits is dropped when the iterator is closed.
    """
    pool = ThreadPoolExecutor(threads, thread_name_prefix="s2label-ahead")
    try:
        waiting: deque[Future[Result]] = deque()
        for item in items:
            waiting.append(pool.submit(read, item))
            if len(waiting) > ahead:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


class PoolPerThread:
    """A `RasterPool` for each thread that asks: open rasters must not be shared by threads."""

    def __init__(self) -> None:
        self._mine = threading.local()

    @property
    def pool(self) -> RasterPool:
        """The pool of the thread that asks; its rasters close when the thread ends."""
        if not hasattr(self._mine, "pool"):
            self._mine.pool = RasterPool()
        pool: RasterPool = self._mine.pool
        return pool
