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
def alone(path: Path, busy: str, error: type[S2LabelError] = S2LabelError) -> Iterator[None]:
    """Hold a lock file, which is gone afterwards.

    Parameters
    ----------
    path : Path
        The file, in a folder that is there. It lies beside what it guards, so that this can be
        renamed and deleted while it is held.
    busy : str
        What to say if another program holds it.
    error : type of S2LabelError
        How to say it.

    Raises
    ------
    S2LabelError
        If another program holds it.
    """
    lock = FileLock(path)
    try:
        lock.acquire(timeout=0)
    except (Timeout, FileNotFoundError) as problem:  # not found: deleted by whoever just ended
        raise error(busy) from problem
    try:
        yield
    finally:
        try:
            # While it is held: afterwards it may be that of the next program. Who opened it
            # before it went locks a file without a name, which filelock sees and gives up.
            path.unlink(missing_ok=True)
        except PermissionError:
            pass  # Windows deletes no open file; there the lock deletes its own
        finally:
            lock.release()
