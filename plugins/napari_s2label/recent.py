"""Projects that were open lately, kept beside napari's own settings."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from napari.settings import get_settings

from s2label.durable import write_whole
from s2label.project_file import FILE_NAME

if TYPE_CHECKING:
    from collections.abc import Iterator

_FILE_NAME = "s2label-recent.json"
_KEPT = 10


class RecentProjects:
    """The list of projects, the latest first.

    Parameters
    ----------
    path : Path, optional
        Where it is kept; by default in the folder of napari's settings.
    """

    def __init__(self, path: Path | None = None) -> None:
        settings = get_settings().config_path
        # napari can be told to keep no settings; then this list is not kept either.
        self._path = path or (Path(settings).with_name(_FILE_NAME) if settings else None)

    @property
    def folders(self) -> list[Path]:
        """Those that are still there."""
        return [folder for folder in self._read() if (folder / FILE_NAME).is_file()]

    def note(self, folder: Path) -> None:
        """Put a project first."""
        if self._path is None:
            return
        others = [other for other in self._read() if other != folder]
        names = [str(path) for path in (folder, *others)][:_KEPT]
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(self._path, json.dumps(names, indent=1).encode())
        except OSError:
            return  # a list for convenience; no reason to trouble anybody

    def _read(self) -> Iterator[Path]:
        if self._path is None:
            return
        try:
            names = json.loads(self._path.read_text("utf-8"))
        except (OSError, ValueError):
            return
        if isinstance(names, list):
            yield from (Path(name) for name in names if isinstance(name, str))
