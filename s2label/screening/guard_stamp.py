"""Of what the guard over a whole project was made last: as long as it holds, nobody looks again.

It lies beside the cloud rasters and can be deleted: the guard then looks again.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from s2label.durable import make_folder, put_whole

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_FILE = "rasters/cloud/.compared.json"


def read_stamp(project_folder: Path) -> list[Any] | None:
    """Return what was written last; None if there is nothing, or it is damaged."""
    try:
        found = json.loads((project_folder / _FILE).read_bytes())
    except (OSError, ValueError):
        return None
    return found if isinstance(found, list) else None


def write_stamp(project_folder: Path, stamp: Sequence[Any]) -> None:
    """Keep a stamp, of JSON types, whole or not at all."""
    path = project_folder / _FILE
    make_folder(path.parent, inside=project_folder)
    put_whole(path, json.dumps(list(stamp)).encode())
