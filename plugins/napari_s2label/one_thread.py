"""A thread of the window that reads or computes, whose mistakes are seen."""

from __future__ import annotations

import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future


class OneThread(ThreadPoolExecutor):
    """Does one thing after the other, beside the window.

    An error that nobody foresaw would stay in a future that nobody asks: here it is told as that of
    any other thread, which napari shows.

    Parameters
    ----------
    name : str
        What it is for, in a word.
    """

    def __init__(self, name: str) -> None:
        super().__init__(1, thread_name_prefix=f"s2label-{name}")

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Have something done after what was asked for before."""
        return super().submit(_do, fn, *args, **kwargs)


def _do(fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
    try:
        return fn(*args, **kwargs)
    except Exception:
        what = threading.ExceptHookArgs((*sys.exc_info(), threading.current_thread()))
        threading.excepthook(what)
        raise
