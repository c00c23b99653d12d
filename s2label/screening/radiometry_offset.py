"""Whether the offset was applied, once: by what is said of an image, and by its darkest pixels."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from s2label.importers.baselines import product_of
from s2label.screening.findings import Finding, FindingKind
from s2label.screening.radiometry import LEAST_PIXELS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from s2label.screening.radiometry import Look
    from s2label.types import ImageRecord

_VISIBLE = ("B02", "B03", "B04")
# Over dark water and in shadow reflectance falls a little below 0, as far as -0.02 in 33TWL. An
# offset of -0.1 taken twice puts plants and water at -0.05 and below, in all visible bands.
_TOO_LOW = -0.04


def find_offset_words(image: ImageRecord) -> Iterator[Finding]:
    """Yield a contradiction in what is said of the scale of an image's bands."""
    offsets = {band.offset_dn for band in image.bands}
    scales = {band.quantification for band in image.bands}
    if len(offsets) > 1:
        listed = ", ".join(f"{band.name} {band.offset_dn:g}" for band in image.bands)
        words = f"its bands have different offsets ({listed}); import it again with --offset"
        yield Finding(FindingKind.OFFSET, words)
    elif len(scales) > 1:
        listed = ", ".join(f"{band.name} {band.quantification:g}" for band in image.bands)
        words = (
            f"its bands have different quantifications ({listed}); import it again with "
            "--quantification"
        )
        yield Finding(FindingKind.OFFSET, words)
    elif offsets == {0.0} and _lacks_stated_offset(image):
        words = (
            f"{image.scene}: its baseline has an offset of -1000, nobody said that it was "
            "applied; import it again with --offset -1000, or --offset 0 if it was"
        )
        yield Finding(FindingKind.OFFSET, words)


def _lacks_stated_offset(image: ImageRecord) -> bool:
    said = image.radiometry.casefold()
    if "offset" in said or "applied" in said or "floating" in said:
        return False
    products = (product_of(Path(text)) for text in (image.scene, image.bands[0].source.path))
    return any(product is not None and product.has_offset for product in products)


def find_double_offset(look: Look) -> Iterator[Finding]:
    """Yield whether the offset was taken twice: the visible bands lie far below 0."""
    visible = [name for name in _VISIBLE if name in look.names]
    if len(visible) < 2 or look.inside < LEAST_PIXELS:
        return
    lowest = [_dark_end(look, name) for name in visible]
    if max(lowest) < _TOO_LOW:
        dark = ", ".join(f"{n} {low:.2f}" for n, low in zip(visible, lowest, strict=True))
        words = (
            f"the darkest pixels have a reflectance far below 0 ({dark}), as if the offset were "
            f"taken twice ({look.path(0)}); import it again with --offset 0"
        )
        yield Finding(FindingKind.OFFSET, words)


def _dark_end(look: Look, name: str) -> float:
    number = look.names.index(name)
    seen = look.reflectance[number][~look.is_missing[number]]
    return float(np.percentile(seen, 2)) if seen.size else 0.0
