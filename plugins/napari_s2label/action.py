"""Something a user can do with one key, and how it finds what it acts on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from napari_s2label.desk import Desk
    from napari_s2label.easel import Easel
    from s2label.review.session import ReviewSession


@dataclass(frozen=True)
class Action:
    """Something a user can do with one key.

    Parameters
    ----------
    id : str
        Name in the manifest and the settings.
    title : str
        What it does, in a user's words.
    key : str
        Default key, as napari writes it.
    run : callable
        Does it; gets the desk.
    release : callable, optional
        Done when the key is let go, for keys that are held.
    paints : bool
        Whether it stands in for a painting action of napari and may have its key.
    group : str
        Under which title it stands on the page of keys, if not "Decide and look" or "Paint".
    """

    id: str
    title: str
    key: str
    run: Callable[[Desk], object]
    release: Callable[[Desk], object] | None = None
    paints: bool = False
    group: str = ""


def in_session(do: Callable[[ReviewSession], object]) -> Callable[[Desk], object]:
    """Return what does something in the session of a desk, if a project is open."""

    def run(desk: Desk) -> object:
        return do(desk.session) if desk.session is not None else None

    return run


def at_easel(do: Callable[[Easel], object]) -> Callable[[Desk], object]:
    """Return what does something at the easel of a desk, if a chip can be painted."""

    def run(desk: Desk) -> object:
        return do(desk.easel) if desk.easel is not None else None

    return run
