"""What lies in a folder, so that before and after can be compared."""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path


def fingerprint(path: Path) -> dict[str, str]:
    """Return names and contents of all that lies at a path, links not followed."""
    found = {".": _content(path)} if os.path.lexists(path) else {}
    for folder, folders, files in os.walk(path):
        for name in (*folders, *files):
            entry = Path(folder) / name
            found[str(entry.relative_to(path))] = _content(entry)
    return found


def _content(path: Path) -> str:
    mode = path.lstat().st_mode
    if stat.S_ISLNK(mode):
        return f"link to {os.readlink(path)}"
    if stat.S_ISREG(mode):
        return hashlib.sha256(path.read_bytes()).hexdigest()
    return "folder" if stat.S_ISDIR(mode) else "neither file nor folder"
