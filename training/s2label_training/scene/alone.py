"""One program at a time: a lock file, held while a block runs."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from s2label.errors import S2LabelError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def alone(path: Path, busy: str) -> Iterator[None]:
    """Hold a lock file, which is gone afterwards.

    Parameters
    ----------
    path : Path
        The file, in a folder that is there.
    busy : str
        What to say if another program holds it.

    Raises
    ------
    S2LabelError
        If another program holds it.
    """
    lock = FileLock(path)
    try:
        lock.acquire(timeout=0)
    except (Timeout, FileNotFoundError) as error:  # not found: deleted by whoever just ended
        raise S2LabelError(busy) from error
    if not path.exists():  # the same, but it was open here already
        lock.release()
        raise S2LabelError(busy)
    try:
        yield
    finally:
        try:
            # While it is held: afterwards it may be that of the next program.
            path.unlink(missing_ok=True)
        except PermissionError:
            pass  # Windows deletes no open file; there the lock deletes its own
        finally:
            lock.release()
