"""Processes that are not our children."""

from __future__ import annotations

import os
import select


def wait_for_end(pid: int, timeout_s: float = 20) -> bool:
    """Wait until a process that is not our child has ended; tell whether it has."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([descriptor], [], [], timeout_s)[0])
    finally:
        os.close(descriptor)
