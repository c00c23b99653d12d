"""The door to screening: shares, findings and chances of images, each call one transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from s2label.catalog import chances, findings, guarded, judged, screening_counts, screenings

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
    from contextlib import AbstractContextManager

    from sqlalchemy import Connection

    from s2label.catalog.guarded import GuardedImage
    from s2label.queue_specs import QueueOrder
    from s2label.screening_records import (
        CloudyDate,
        FindingRecord,
        JudgedImage,
        LearningCounts,
        OpenFinding,
        ScreeningCounts,
        ScreeningRecord,
    )
    from s2label.types import Author

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

    def note(
        self,
        records: Sequence[ScreeningRecord],
        found: Sequence[FindingRecord] = (),
        kinds: Collection[str] | None = None,
    ) -> int:
        """Note what was found in images in place of what was noted before; returns of how many.

        The findings of these images are replaced, too, of all kinds or some.
        """
        author, at = self._stamp()
        with self._transaction() as connection:
            noted = screenings.note_screenings(connection, records, author, at)
            ids = [record.image_id for record in records]
            findings.note_findings(connection, ids, found, at, kinds)
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

    def findings_of_kinds(self, kinds: Collection[str]) -> dict[str, list[FindingRecord]]:
        """Return the findings of some kinds, settled or not, of any version, by image id."""
        with self._question() as connection:
            return findings.findings_of_kinds(connection, kinds)

    def guarded(self, quantification: float) -> list[GuardedImage]:
        """Return the screened images that are not rejected, as the guard compares them, by id."""
        with self._question() as connection:
            return list(guarded.read_guarded(connection, quantification))

    def guard_stamp(self) -> list[Any]:
        """Return what changes whenever a comparison of all images may find something else."""
        with self._question() as connection:
            return guarded.guard_stamp(connection)

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

    def counts(self, cloudy: Sequence[float] = ()) -> ScreeningCounts:
        """Return how far screening is, and how many images have more cloud than some shares."""
        with self._question() as connection:
            return screening_counts.count_screened(connection, cloudy)

    def images_with_open(self, kind: str) -> list[str]:
        """Return the images that have a finding of a kind that blocks, in order."""
        with self._question() as connection:
            return screening_counts.images_with_open(connection, kind)

    def words_of(self, image_id: str) -> list[str]:
        """Return what is wrong with an image and not settled, the gravest first."""
        with self._question() as connection:
            return screening_counts.words_of_image(connection, image_id)

    def count_decisions(self, not_looked_at: Sequence[str]) -> LearningCounts:
        """Return what there is to learn from, but for decisions of some reasons."""
        with self._question() as connection:
            return chances.count_decisions(connection, not_looked_at)

    def open_chances(self) -> list[float]:
        """Return the chances of the open images without a finding, the smallest first."""
        with self._question() as connection:
            return chances.read_open_chances(connection)

    def has_any(self, order: QueueOrder) -> bool:
        """Tell whether any image can be sorted by cloud, findings or the chance of rejection."""
        with self._question() as connection:
            return screening_counts.has_any(connection, order)
