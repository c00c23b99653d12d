"""Choosing dates: the least cloudy of each place and period, as a proposal."""

from __future__ import annotations

import datetime
from collections import defaultdict
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from s2label.errors import InputError, S2LabelError
from s2label.types import Decision, State, Subject, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable

    from s2label.project import Project
    from s2label.screening_records import CloudyDate
    from s2label.types import Act

REASON = "not chosen"
# An image with less ground than this comes after all others, however clear the rest of it is.
_MOST_NODATA = 0.5


class Period(StrEnum):
    """Of which each place keeps some dates; any number of days can be given instead."""

    MONTH = "month"
    QUARTER = "quarter"
    SEASON = "season"
    YEAR = "year"


@dataclass(frozen=True)
class DatedChoice:
    """An image, the period it falls into, and whether it is one of those to keep."""

    image: CloudyDate
    period: str
    is_chosen: bool


# More days than dates can be apart.
_MOST_DIGITS = 7


def parse_period(text: str) -> Period | int:
    """Return a period by its name, or a number of days.

    Raises
    ------
    InputError
        If it is neither.
    """
    if text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS and int(text) > 0:
        return int(text)
    try:
        return Period(text)
    except ValueError as error:
        expected = f"{', '.join(Period)} or a number of days"
        raise InputError("--per", repr(text[:40]), expected) from error


def period_of(date: datetime.date, per: Period | int) -> str:
    """Return the name of the period a date falls into, such that names sort by time.

    Seasons are those of meteorology, three months each; December counts to the next year. Numbers
    of days are counted from 1 January 1970, so that all places share their periods.
    """
    match per:
        case Period.MONTH:
            return f"{date.year}-{date.month:02d}"
        case Period.QUARTER:
            return f"{date.year}-Q{(date.month + 2) // 3}"
        case Period.SEASON:
            year, number = divmod(12 * date.year + date.month, 12)
            return f"{year}-{('DJF', 'MAM', 'JJA', 'SON')[number // 3]}"
        case Period.YEAR:
            return str(date.year)
    first = date.toordinal() - (date - datetime.date(1970, 1, 1)).days % per
    return f"from {datetime.date.fromordinal(first)}"


def choose_dates(images: Iterable[CloudyDate], keep: int, per: Period | int) -> list[DatedChoice]:
    """Return which images to keep of each place and period, by place, period and rank.

    Rejected images and those without a date take no part. Accepted ones are kept and counted
    first; then come those with least cloud, and of equals those with less nodata, then the earlier.
    Images of which more than half is nodata, or of which nobody can say, come last.

    Parameters
    ----------
    images : iterable of CloudyDate
        Of any places.
    keep : int
        How many to keep of each place and period, 1 or more. More are kept if more are accepted.
    per : Period or int
        The period, or its length in days.
    """
    groups: dict[tuple[str, str], list[CloudyDate]] = defaultdict(list)
    for image in images:
        if image.date is not None and image.state is not State.REJECTED:
            period = period_of(datetime.date.fromisoformat(image.date), per)
            groups[image.place_id, period].append(image)
    return [
        DatedChoice(image, period, rank < keep or image.state is State.ACCEPTED)
        for (_, period), members in sorted(groups.items())
        for rank, image in enumerate(sorted(members, key=_rank))
    ]


def _rank(image: CloudyDate) -> tuple[bool, bool, bool, float, float, str, str]:
    return (
        image.state is not State.ACCEPTED,
        image.cloud is None,
        image.nodata > _MOST_NODATA,
        image.cloud or 0.0,
        image.nodata,
        image.date or "",
        image.image_id,
    )


def _may_be_clearest(image: CloudyDate) -> bool:
    """Tell whether nobody knows how clear an image is that is not kept anyway."""
    return not image.is_screened and image.state is not State.ACCEPTED


def reject_others(project: Project, choices: Iterable[DatedChoice]) -> Act | None:
    """Reject the images that are not to be kept, as one act; None where there are none.

    Raises
    ------
    S2LabelError
        If some of the images were not screened: nobody knows whether they are clearer.
    DecisionError
        If an image has changed since the choice was made.
    """
    choices = list(choices)
    unseen = sum(_may_be_clearest(choice.image) for choice in choices)
    if unseen:
        raise S2LabelError(
            f"{project.folder}: {unseen} of {len(choices)} images are not screened, and may be the "
            f"clearest; run `s2label screen {project.folder.name}` first; nothing was rejected"
        )
    others = [choice.image for choice in choices if not choice.is_chosen]
    return project.catalog.decide(
        [Decision(Subject.IMAGE, i.image_id, Verdict.REJECT, REASON, i.version) for i in others]
    )
