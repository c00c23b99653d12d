"""The window's own threads: one thing after the other, and no mistake in silence."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from napari_s2label.one_thread import OneThread

if TYPE_CHECKING:
    import pytest


def test_an_error_that_nobody_foresaw_is_told_and_the_next_thing_is_done(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told: list[threading.ExceptHookArgs] = []
    monkeypatch.setattr(threading, "excepthook", told.append)
    done: list[str] = []
    with OneThread("trial") as thread:
        thread.submit({}.__getitem__, "nothing of this name")
        thread.submit(done.append, "next")
    (error,) = told
    assert error.exc_type is KeyError
    assert error.thread is not None
    assert error.thread.name.startswith("s2label-trial")
    assert done == ["next"]


def test_what_was_cancelled_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[threading.ExceptHookArgs] = []
    monkeypatch.setattr(threading, "excepthook", told.append)
    blocked = threading.Event()
    with OneThread("trial") as thread:
        thread.submit(blocked.wait)
        thread.submit(told.clear).cancel()
        blocked.set()
    assert told == []
