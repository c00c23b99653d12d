"""What becomes of memory that was let go of: kept for the next tensors, or given back. No torch.

A network asks for the same large pieces in every step. glibc gives each of them back to the system,
which hands them out anew as empty pages. A window is open all day, and its threads ask for pieces
of many sizes: glibc keeps them apart for each thread, with holes that grow by the hour.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

# Names and numbers of mallopt(3), malloc.h of glibc.
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _M_ARENA_MAX = -1, -3, -8
# glibc allows no more: half of the largest piece that it adds to a thread's own memory.
_LARGEST_PIECE = 32 * 2**20
_MOST_KEPT = 2**30
# Without a limit glibc raises it to the largest piece that was ever freed.
_LARGE_PIECE = 2**18
_ONE_ARENA = (_M_ARENA_MAX, 1)


def keep_freed_memory() -> bool:
    """Let this process keep up to 1 GiB of what it frees, in pieces of up to 32 MiB.

    For a process that exists to compute: it holds on to what its largest step needed. Does nothing
    where memory comes from another library than glibc.

    Returns
    -------
    bool
        Whether it does so from now on.
    """
    # One arena: what one thread freed, all may have.
    return _set((_M_MMAP_THRESHOLD, _LARGEST_PIECE), (_M_TRIM_THRESHOLD, _MOST_KEPT), _ONE_ARENA)


def give_freed_memory_back() -> bool:
    """Let this process give back what it frees in pieces of 256 KiB and more.

    For a window, before it starts threads. Does nothing where memory comes from another library
    than glibc.

    Returns
    -------
    bool
        Whether it does so from now on.
    """
    given_back = (_M_MMAP_THRESHOLD, _LARGE_PIECE), (_M_TRIM_THRESHOLD, _LARGE_PIECE)
    return _set(*given_back, _ONE_ARENA)


def give_holes_back() -> bool:
    """Give back what was freed between pieces that are in use: whole pages of it, once.

    For a window, now and then: glibc does so by itself only at the end of its memory. With
    3 MiB of holes it takes half a millisecond, with 50 MiB at once it took 30 on a busy machine.
    Does nothing where memory comes from another library than glibc.

    Returns
    -------
    bool
        Whether the system took some; it takes what it has already, too.
    """
    malloc_trim = _of_glibc("malloc_trim")
    return malloc_trim is not None and malloc_trim(0) == 1


def _set(*settings: tuple[int, int]) -> bool:
    mallopt = _of_glibc("mallopt")
    return mallopt is not None and all(mallopt(*setting) == 1 for setting in settings)


def _of_glibc(name: str) -> Callable[..., int] | None:
    if not sys.platform.startswith("linux"):
        return None
    from ctypes import CDLL

    return getattr(CDLL(None), name, None)
