"""The radiometry guard: what is wrong with the numbers of one image, by its pixels.

What only several images together can tell is in `guard_of_project`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from s2label.screening.radiometry import look_at
from s2label.screening.radiometry_bands import find_blank, find_dead, find_twins
from s2label.screening.radiometry_offset import find_double_offset, find_offset_words
from s2label.screening.radiometry_order import find_order
from s2label.screening.radiometry_values import find_eight_bit, find_saturated

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from s2label.screening.findings import Finding
    from s2label.screening.radiometry import Look
    from s2label.types import ImageRecord


def findings_of(image: ImageRecord, dn: NDArray[Any]) -> tuple[Finding, ...]:
    """Return what is wrong with an image, at most one finding of each kind.

    Parameters
    ----------
    image : ImageRecord
        What is said of the image: names, scale and offset of its bands.
    dn : ndarray
        Its pixels as they are stored, (band, y, x) in the order of ``image.bands``, any real
        dtype, as `raster.read_bands` gives them.

    Returns
    -------
    tuple of Finding
        Empty where all is sound.
    """
    stated = tuple(find_offset_words(image))
    look = look_at(image.bands, dn)
    blank = tuple(find_blank(look))
    if blank:
        return _one_of_each((*stated, *blank))
    return _one_of_each((*stated, *_values(look)))


def _values(look: Look) -> Iterator[Finding]:
    """Yield what the numbers tell; numbers that are none tell nothing further."""
    picture = tuple(find_eight_bit(look))
    if picture:
        yield from picture
        return
    dead = tuple(find_dead(look))
    yield from dead
    if not dead:
        yield from find_twins(look)
        yield from find_order(look)
    yield from find_double_offset(look)
    yield from find_saturated(look)


def _one_of_each(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """Keep the first finding of each kind: a kind is settled once for an image."""
    by_kind: dict[str, Finding] = {}
    for finding in findings:
        by_kind.setdefault(finding.kind, finding)
    return tuple(by_kind.values())
