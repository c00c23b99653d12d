"""A process that computes keeps what it frees, and gets no empty pages; a window gives it back."""

from __future__ import annotations

import platform

import pytest

from tests.factories.held_memory import number_printed_by

# In a thread, as a training's: there glibc gives back even what it kept in the main one.
_ASK_AGAIN = """
import resource, threading
import numpy as np
from s2label_training.freed_memory import keep_freed_memory

def faults():
    return resource.getrusage(resource.RUSAGE_THREAD).ru_minflt

def ask(count):
    for _ in range(count):
        np.ones(PIXELS, np.float32)

def work():
    ask(1)
    before = faults()
    ask(20)
    print(faults() - before)

assert not KEEPS or keep_freed_memory()
thread = threading.Thread(target=work)
thread.start()
thread.join()
"""


def empty_pages(mib: int, *, keeps: bool) -> int:
    """Return how many empty pages a process is given for asking 20 times for so much."""
    program = f"PIXELS, KEEPS = {mib * 2**18}, {keeps}\n{_ASK_AGAIN}"
    return number_printed_by(program)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another memory library")
@pytest.mark.parametrize("mib", [1, 8, 24])
def test_what_was_freed_is_used_again_without_asking_the_system(mib: int) -> None:
    assert empty_pages(mib, keeps=True) < 20 < empty_pages(mib, keeps=False)


# Threads that come and go at once, as those which draw and read ahead: each with holes of its own.
_LEAVE_HOLES = """
import gc, threading
import numpy as np
from s2label_training.freed_memory import give_freed_memory_back
from tests.factories.held_memory import held_kib

assert not GIVES or give_freed_memory_back()

def work():
    np.ones(2**20, np.uint8)  # from then on glibc takes pieces of this size from its own
    large = [np.ones(2**19, np.uint8) for _ in range(40)]
    kept.append(np.ones(2**12, np.uint8))  # above the hole
    del large

kept = []
before = held_kib()
for _ in range(4):
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
print(held_kib() - before)
"""


def kib_of_holes(*, gives: bool) -> int:
    """Return how much more a process holds after it has freed nearly all that it asked for."""
    program = f"GIVES = {gives}\n{_LEAVE_HOLES}"
    return number_printed_by(program)


# Every second one of many small pieces is let go of.
_LEAVE_SMALL_HOLES = """
import numpy as np
from s2label_training.freed_memory import give_holes_back
from tests.factories.held_memory import held_kib

pieces = [np.ones(2**14, np.uint8) for _ in range(2000)]
del pieces[::2]
before = held_kib()
assert give_holes_back()
print(before - held_kib())
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another memory library")
def test_holes_between_what_is_kept_are_given_back_when_asked_for() -> None:
    assert number_printed_by(_LEAVE_SMALL_HOLES) > 1000 * 8  # KiB, of 16 in each hole


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another memory library")
def test_a_window_gives_back_what_it_freed_below_what_it_keeps() -> None:
    assert kib_of_holes(gives=True) < 4096 < kib_of_holes(gives=False)
