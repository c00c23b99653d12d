"""A window that is open all day gives freed memory back while somebody works."""

from __future__ import annotations

import platform

import pytest

from tests.factories.held_memory import number_printed_by

# A process of its own: the suite frees pieces of its own all the while.
_WAIT_FOR_LESS = """
import numpy as np
from napari_s2label import app
from qtpy.QtCore import QCoreApplication, QTimer
from tests.factories.held_memory import held_kib

def look():
    if held_kib() < before - 8000 or not looks.pop():
        program.quit()

program = QCoreApplication([])
pieces = [np.ones(2**14, np.uint8) for _ in range(2000)]
del pieces[::2]
before, looks = held_kib(), [0, *[1] * 200]
app._GIVE_BACK_MS = 1
timer = app.give_back_now_and_then()
watch = QTimer(interval=10)
watch.timeout.connect(look)
watch.start()
program.exec_()
print(before - held_kib())
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another memory library")
def test_holes_are_given_back_while_the_window_runs() -> None:
    assert number_printed_by(_WAIT_FOR_LESS) > 8000  # KiB, of 16,000 in holes
