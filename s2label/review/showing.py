"""Which image one looks at for an entry of a queue."""

from __future__ import annotations

from typing import TYPE_CHECKING

from s2label.types import State, Subject

if TYPE_CHECKING:
    from s2label.catalog.store import Catalog
    from s2label.chip_views import DatedImage
    from s2label.queue_specs import QueueSpec
    from s2label.review.ledger import Ledger

# Which date of a place shows its mask: one that goes into the data set before one that may.
_SHOWN_FIRST = (State.ACCEPTED, State.OPEN, State.REJECTED)


class Showing:
    """Finds images for entries, as all stands once the ledger's work is done.

    Parameters
    ----------
    catalog : Catalog
        Knows places, dates and suspicions.
    ledger : Ledger
        Is waited for where its work touches the dates of a place.
    """

    def __init__(self, catalog: Catalog, ledger: Ledger) -> None:
        self._catalog = catalog
        self._ledger = ledger

    def image_of(self, entry: str, queue: QueueSpec) -> str | None:
        """Return the image to show for an entry: itself, its own, or a mask's clearest date.

        A mask in a queue of suspicious ones is shown on the date by which the foremost suspicion
        is looked at, unless that image is rejected. None where there is no such entry any more.
        """
        if queue.subject is Subject.IMAGE:
            return entry
        if queue.subject is Subject.SUSPICION:
            suspicion = self._catalog.suspicion(entry)
            return suspicion.image_id if suspicion is not None else None
        found = self._catalog.place_of_mask(entry)
        if found is None:
            return None
        place_id, image_id = found
        return image_id or self._date_for(entry, place_id, queue.only_suspicious)

    def _date_for(self, mask_id: str, place_id: str, is_suspicious: bool) -> str | None:
        dates = sorted(self._dates_of(place_id), key=_clearness)
        wanted = self._suspected_by(mask_id) if is_suspicious else None
        is_fit = any(date.id == wanted and date.state is not State.REJECTED for date in dates)
        if is_fit:
            return wanted
        return dates[0].id if dates else None

    def _suspected_by(self, mask_id: str) -> str | None:
        """Return the image by which the foremost suspicion of a mask is looked at."""
        suspicions = self._catalog.suspicions([mask_id]).get(mask_id)
        return suspicions[0].image_id if suspicions else None

    def _dates_of(self, place_id: str) -> list[DatedImage]:
        return self._ledger.read(
            lambda: self._catalog.dates_of_place(place_id),
            lambda dates: [date.id for date in dates],
        )


def _clearness(date: DatedImage) -> tuple[int, float]:
    return _SHOWN_FIRST.index(date.state), date.nodata_share or 0.0
