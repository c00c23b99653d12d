"""A real window of the program, driven by true key presses (xdotool, a window manager)."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from contextlib import contextmanager
from threading import Event
from time import monotonic
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_PATIENCE_S = 60.0
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.01, 0.25


def wait_until(is_done: Callable[[], bool], what: str, patience_s: float = _PATIENCE_S) -> None:
    """Look again and again until something is so, ever less often; fail after a while.

    A look may be as dear as a program: a hundred in a second would slow down what is waited for.
    """
    end, pause, pause_s = monotonic() + patience_s, Event(), _FIRST_PAUSE_S
    while not is_done():
        assert monotonic() < end, f"waited {patience_s} s in vain: {what}"
        pause.wait(pause_s)
        pause_s = min(1.3 * pause_s, _LONGEST_PAUSE_S)


@contextmanager
def window_manager() -> Iterator[None]:
    """Run a window manager: without one, windows get no true focus."""
    for tool in ("xdotool", "openbox"):
        if shutil.which(tool) is None or not os.environ.get("DISPLAY"):
            pytest.skip(f"{tool} and a screen are needed for a real window")
    with subprocess.Popen(["openbox"], stderr=subprocess.DEVNULL) as manager:
        try:
            wait_until(lambda: _manages(manager), "the window manager")
            yield
        finally:
            manager.terminate()


def _manages(manager: subprocess.Popen[bytes]) -> bool:
    """Tell whether a window manager has taken the screen over; programs before it get no focus."""
    assert manager.poll() is None, f"the window manager ended ({manager.returncode})"
    command = ["xdotool", "get_num_desktops"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


class Window:
    """A running ``s2label open``."""

    def __init__(self, project: Path) -> None:
        self._title = f"s2label - {project.name}"
        self._process = subprocess.Popen(
            [sys.executable, "-m", "s2label", "open", str(project)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        wait_until(self._is_active, "the window")

    def _is_active(self) -> bool:
        assert self._process.poll() is None, "the program ended"
        command = ["xdotool", "search", "--onlyvisible", "--name", f"^{self._title}$"]
        found = subprocess.run(command, capture_output=True, text=True, check=False)
        for id_ in found.stdout.split():
            # A window that fills the screen is made anew at its start: its first id dies.
            command = ["xdotool", "windowactivate", "--sync", id_]
            if subprocess.run(command, capture_output=True, check=False).returncode == 0:
                return True
        return False

    @property
    def pid(self) -> int:
        """Id of the program."""
        return self._process.pid

    def press(self, *keys: str) -> None:
        """Press keys, one after the other, as xdotool writes them."""
        if keys:
            self._run("key", "--clearmodifiers", *keys)

    def click(self, across: float, down: float) -> None:
        """Click at a share of the screen's width and height."""
        size = subprocess.run(
            ["xdotool", "getdisplaygeometry"], check=True, capture_output=True, text=True
        )
        width, height = (int(number) for number in size.stdout.split())
        self._run("mousemove", str(round(width * across)), str(round(height * down)))
        self._run("click", "1")

    def kill(self) -> None:
        """End the program as a crash would, if it runs."""
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    def quit(self) -> None:
        """Close the window by the window manager, and confirm that as napari asks for it."""
        self._run("key", "--clearmodifiers", "alt+F4")
        wait_until(self._has_ended, "the window closes")

    def _has_ended(self) -> bool:
        if self._process.poll() is None:
            self._run("key", "--clearmodifiers", "ctrl+w")
        return self._process.poll() is not None

    def close(self) -> None:
        """Close the window as a user does."""
        self._run("key", "--clearmodifiers", "ctrl+w")
        self._process.terminate()
        self._process.wait(timeout=_PATIENCE_S)

    def _run(self, *arguments: str) -> None:
        subprocess.run(["xdotool", *arguments], check=True, capture_output=True)
