"""Where somebody stopped: the queue and the chip, kept beside the catalog for each person."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pydantic import TypeAdapter, ValidationError

from s2label.durable import make_folder, put_whole
from s2label.ids import slug
from s2label.queue_specs import QueueSpec

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Bookmark:
    """The queue somebody works through, the image in view, and the suspicion asked about."""

    queue: QueueSpec = field(default_factory=QueueSpec)
    image_id: str | None = None
    suspicion_id: str | None = None


_ADAPTER = TypeAdapter(Bookmark)


def bookmark_path(project_folder: Path, who: str) -> Path:
    """Return where the bookmark of a person is kept."""
    return project_folder / "bookmarks" / f"{slug(who)}.json"


def read_bookmark(path: Path) -> Bookmark:
    """Read a bookmark; without one, or with a damaged one, the queue begins at its start."""
    try:
        return _ADAPTER.validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return Bookmark()


def write_bookmark(path: Path, bookmark: Bookmark) -> None:
    """Write a bookmark, whole or not at all.

    It is written at every step and not synced: a power cut may cost one's place, not one's work.
    So may a disk that is full or gone; the next step tries again.
    """
    with suppress(OSError):
        make_folder(path.parent, inside=path.parent.parent)
        put_whole(path, _ADAPTER.dump_json(bookmark))
