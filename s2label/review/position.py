"""Where one is in a queue."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Sequence

_COMING = 8


class Position:
    """A place in a list of entries; an entry outside the list can be visited.

    Parameters
    ----------
    entries : sequence of str
        The queue; it stays as it was read, so that going back finds what was decided.
    """

    def __init__(self, entries: Sequence[str] = ()) -> None:
        self._entries = entries
        self._index_of = {entry: index for index, entry in enumerate(entries)}
        self._index = 0
        self._is_visiting = False

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, entry: object) -> bool:
        return entry in self._index_of

    @property
    def number(self) -> int:
        """Number of the entry in view, from 1; 0 when it is not in the queue."""
        return 0 if self._is_visiting or not self._entries else self._index + 1

    def current(self) -> str | None:
        """Return the entry in view; None in an empty queue."""
        return self._entries[self._index] if self._entries else None

    def forward(self, passing: Container[str] = ()) -> str | None:
        """Go on, passing over some entries; None, and nothing changes, at the end.

        From outside, back to where one was.
        """
        return self._go_to(next(self._ahead(passing), None))

    def back(self) -> str | None:
        """Go back; None, and nothing changes, at the start."""
        return self._go_to(self._index - 1 if self._index else None)

    def _go_to(self, index: int | None) -> str | None:
        if index is None:
            return None
        self._index = index
        self._is_visiting = False
        return self._entries[index]

    def _ahead(self, passing: Container[str]) -> Iterator[int]:
        first = self._index + (0 if self._is_visiting else 1)
        indices = range(first, len(self._entries))
        return (index for index in indices if self._entries[index] not in passing)

    def seek(self, entry: str) -> None:
        """Go to an entry, or visit one that is not in the queue without losing one's place."""
        self._is_visiting = entry not in self._index_of
        self._index = self._index_of.get(entry, self._index)

    def coming(self, passing: Container[str] = ()) -> list[str]:
        """Return the next entries, the nearest first, without those that are passed over."""
        return [self._entries[index] for index in islice(self._ahead(passing), _COMING)]
