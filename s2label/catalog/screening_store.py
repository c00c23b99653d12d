"""The door to screening: shares, findings and chances of images, each call one transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from s2label.catalog import findings, judged, screenings

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
    from contextlib import AbstractContextManager

    from sqlalchemy import Connection

    from s2label.types import (
        Author,
        CloudyDate,
        FindingRecord,
        JudgedImage,
        OpenFinding,
        ScreeningRecord,
    )

    Transaction = Callable[[], AbstractContextManager[Connection]]


class ScreeningStore:
    """What screening found, in an open catalog.

    Parameters
    ----------
    transaction, question : callable
        Begin a transaction that writes, or one that reads.
    stamp : callable
        Returns who acts, and the time.
    """

    def __init__(
        self,
        transaction: Transaction,
        question: Transaction,
        stamp: Callable[[], tuple[Author, str]],
    ) -> None:
        self._transaction = transaction
        self._question = question
        self._stamp = stamp

    def note(self, records: Sequence[ScreeningRecord], found: Sequence[FindingRecord] = ()) -> int:
        """Note what was found in images in place of what was noted before; returns of how many.

        All findings of these images are replaced, too.
        """
        author, at = self._stamp()
        with self._transaction() as connection:
            noted = screenings.note_screenings(connection, records, author, at)
            ids = [record.image_id for record in records]
            findings.note_findings(connection, ids, found, at)
        return noted

    def note_findings(
        self,
        image_ids: Iterable[str],
        found: Sequence[FindingRecord],
        kinds: Collection[str] | None = None,
    ) -> int:
        """Replace the findings of images, of all kinds or some; returns how many there are now."""
        with self._transaction() as connection:
            return findings.note_findings(connection, image_ids, found, self._stamp()[1], kinds)

    def note_chances(self, chances: Mapping[str, float], learnt_from: int) -> int:
        """Note how likely open images are to be rejected; returns of how many."""
        with self._transaction() as connection:
            return screenings.note_chances(connection, chances, learnt_from, self._stamp()[1])

    def settle(self, kind: str, image_ids: Iterable[str] | None, why: str) -> int:
        """Note that findings of a kind are no trouble; returns of how many images."""
        with self._transaction() as connection:
            return findings.settle_findings(connection, kind, image_ids, why, *self._stamp())

    def reopen(self, kind: str, image_ids: Iterable[str] | None, why: str = "") -> int:
        """Take back that findings are settled; returns of how many images."""
        with self._transaction() as connection:
            return findings.reopen_findings(connection, kind, image_ids, why, *self._stamp())

    def records(self, image_ids: Iterable[str] | None = None) -> dict[str, ScreeningRecord]:
        """Return what was found in the current versions of images, all or some, by image id."""
        with self._question() as connection:
            return screenings.read_screenings(connection, image_ids)

    def methods(self) -> dict[str, str]:
        """Return image id -> method, of the images whose current version was screened."""
        with self._question() as connection:
            return screenings.screened_methods(connection)

    def images_with_findings(self, kinds: Collection[str]) -> list[str]:
        """Return the ids of images that have findings of some kinds, settled or not, in order."""
        with self._question() as connection:
            return findings.images_with_findings(connection, kinds)

    def dates(self) -> list[CloudyDate]:
        """Return all images with their clouds, by place, date and id."""
        with self._question() as connection:
            return screenings.read_dates(connection)

    def open_findings(self, image_ids: Collection[str] | None = None) -> list[OpenFinding]:
        """Return the findings that block training, of all images or some, by image."""
        with self._question() as connection:
            return findings.read_open_findings(connection, image_ids)

    def count_open_findings(self) -> dict[str, int]:
        """Return kind -> how many images have an open finding of it, most first."""
        with self._question() as connection:
            return findings.count_open_findings(connection)

    def settlements(self) -> list[dict[str, Any]]:
        """Return who settled what, or took that back, oldest first."""
        with self._question() as connection:
            return findings.settlements(connection)

    def judged(self) -> list[JudgedImage]:
        """Return all images with how they stand and the chance that stood before, by id."""
        with self._question() as connection:
            return judged.read_judged(connection)
