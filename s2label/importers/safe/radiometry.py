"""The value scale of a product's bands: whose word counts, and what contradicts what.

In order of belief: the user's ``--quantification`` and ``--offset``; the product's own list; its
baseline, where the list cannot be read. The values are checked by the import itself.
Source: Sentinel-2 Products Specification Document, annex on radiometric offsets (baseline 04.00).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from s2label.importers.baselines import FIRST_WITH_OFFSET, OFFSET_DN, words_of
from s2label.importers.safe.facts import UnclearProductError
from s2label.importers.scale import QUANTIFICATION, Scale

if TYPE_CHECKING:
    from pathlib import Path

    from s2label.importers.options import ImportOptions
    from s2label.importers.safe.facts import ProductFacts

_ADVICE = "give --offset -1000, or --offset 0 if it was applied already"


def scale_of_band(band: str, facts: ProductFacts, options: ImportOptions, where: Path) -> Scale:
    """Return the value scale of one band of a product.

    Raises
    ------
    UnclearProductError
        If list and baseline contradict each other, or neither is known, and the user says nothing.
    """
    quantification = options.quantification or (
        facts.metadata.quantification if facts.metadata else QUANTIFICATION
    )
    if options.offset is not None:
        return Scale(quantification, options.offset, _words_by_user(band, facts, options))
    offset_dn = _listed_offset(band, facts, where)
    if offset_dn is None:
        offset_dn = _offset_of_baseline(facts, where)
    by = "by option" if options.quantification else _quantification_by(facts)
    words = f"quantification {quantification:g} {by}, offset {offset_dn:g} from {facts.said_by}"
    return Scale(quantification, offset_dn, words)


def nodata_of(scale: Scale, facts: ProductFacts) -> float | None:
    """Return the DN that means "no data" in every band by itself; None where 0 may be a value.

    With an offset DN 0 cannot be measured and is what the product says, no data. Without one,
    single bands reach 0 over dark water, whatever it says (see `valid_pixels`).
    """
    if scale.offset_dn >= 0:
        return None
    special = facts.metadata.nodata if facts.metadata else None
    return 0.0 if special is None else float(special)


def _listed_offset(band: str, facts: ProductFacts, where: Path) -> float | None:
    """Return the offset in the product's list; None where no list was read."""
    if facts.metadata is None:
        return None
    listed, baseline = facts.metadata.offsets_dn, facts.metadata.baseline
    if bool(listed) != facts.metadata.has_offset:
        said = "lists an offset" if listed else "lists no offset"
        found = f"{words_of(baseline)}, but {facts.said_by} {said}"
        raise UnclearProductError(where, found, "both to say the same", _ADVICE)
    if listed and band not in listed:
        found = f"{facts.said_by} lists no offset of {band}, though it does of others"
        raise UnclearProductError(where, found, "one of every band", _ADVICE)
    return listed.get(band, 0.0)


def _offset_of_baseline(facts: ProductFacts, where: Path) -> float:
    if facts.baseline is None:
        found = "neither its name nor any metadata tells its processing baseline"
        raise UnclearProductError(where, found, "one such as N0509", _ADVICE)
    return OFFSET_DN if facts.baseline >= FIRST_WITH_OFFSET else 0.0


def _quantification_by(facts: ProductFacts) -> str:
    return f"from {facts.said_by}" if facts.metadata else "assumed"


def _words_by_user(band: str, facts: ProductFacts, options: ImportOptions) -> str:
    by = "by option" if options.quantification else _quantification_by(facts)
    quantification = options.quantification or (
        facts.metadata.quantification if facts.metadata else QUANTIFICATION
    )
    text = f"quantification {quantification:g} {by}, offset {options.offset:g} by option"
    listed = facts.metadata.offsets_dn.get(band, 0.0) if facts.metadata else None
    return text if listed in (None, options.offset) else f"{text} (the product says {listed:g})"
