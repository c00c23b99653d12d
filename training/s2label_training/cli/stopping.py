"""Ctrl-C in commands whose work stops where it can go on later."""

from __future__ import annotations

import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType


@contextmanager
def stopping_on_interrupt() -> Iterator[threading.Event]:
    """Let the first Ctrl-C ask for a stop, wherever it arrives; a second one breaks off."""
    wish = threading.Event()

    def ask(number: int, frame: FrameType | None) -> None:
        if wish.is_set():
            raise KeyboardInterrupt
        wish.set()

    if threading.current_thread() is not threading.main_thread():
        yield wish  # only the main thread may say what signals do
        return
    before = signal.signal(signal.SIGINT, ask)
    try:
        yield wish
    finally:
        signal.signal(signal.SIGINT, before)
