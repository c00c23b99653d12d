"""``DATA_CARD.md``: what a data set holds, where it is from and how far to trust it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from s2label import __version__
from s2label.exports.card_origin import decision_section, source_section
from s2label.exports.markdown import number, section, share, table
from s2label.exports.options import Format
from s2label.types import State

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from s2label.exports.legend import Legend
    from s2label.exports.options import ExportOptions
    from s2label.exports.plan import Plan
    from s2label.project_file import ProjectFile


@dataclass(frozen=True)
class CardFacts:
    """What a data card tells of: rows are as the catalog gives them."""

    settings: ProjectFile
    options: ExportOptions
    legend: Legend
    plan: Plan
    images: Sequence[dict[str, Any]]
    masks: Sequence[dict[str, Any]]
    imports: Sequence[dict[str, Any]]
    history: Sequence[dict[str, Any]]


def data_card(facts: CardFacts) -> bytes:
    """Return the card. No date of today stands in it: the same data give the same bytes."""
    lines = [
        f"# {facts.settings.name}",
        "",
        f"Written by s2label {__version__} as {facts.options.format}.",
        *_counts_section(facts),
        *_left_out_section(facts),
        *_class_section(facts),
        *_band_section(facts),
        *_split_section(facts),
        *source_section(facts.imports),
        *decision_section(facts.history),
        *_licence_section(facts.options.licence),
        *section("Verify", ["`sha256sum -c SHA256SUMS`"]),
    ]
    return ("\n".join(lines) + "\n").encode()


def _split_names(facts: CardFacts) -> list[str]:
    return [name for name, wanted in facts.options.shares.items() if wanted > 0]


def _counts_section(facts: CardFacts) -> list[str]:
    plan, names = facts.plan, _split_names(facts)
    seen: dict[str, dict[str, set[str]]] = {name: {} for name in names}
    for pair in plan.pairs:
        of = seen[plan.split_of(pair.place_id)]
        of.setdefault("pairs", set()).add(f"{pair.image_id} {pair.mask_id}")
        of.setdefault("images", set()).add(pair.image_id)
        of.setdefault("masks", set()).add(pair.mask_id)
        of.setdefault("places", set()).add(pair.place_id)
        of.setdefault("groups", set()).add(plan.groups[pair.place_id])
    rows = []
    for kind in ("groups", "places", "masks", "images", "pairs"):
        numbers = [len(seen[name].get(kind, ())) for name in names]
        rows.append((kind, *numbers, sum(numbers)))
    return section("What it holds", table(("", *names, "all"), rows), _open_lines(facts))


def _open_lines(facts: CardFacts) -> list[str]:
    if not facts.options.include_open:
        return ["All images and masks in it were accepted."]
    pairs = facts.plan.pairs
    images = {p.image_id for p in pairs if p.image_state is State.OPEN}
    masks = {p.mask_id for p in pairs if p.mask_state is State.OPEN}
    return [
        f"{len(images)} images and {len(masks)} masks in it are *open*: nobody has looked at them "
        "and accepted them yet. They were asked for (`--include-open`)."
    ]


def _left_out_section(facts: CardFacts) -> list[str]:
    rows = [*_rejections("image", facts.images), *_rejections("mask", facts.masks)]
    plan = facts.plan
    here = {pair.image_id for pair in plan.pairs} | set(plan.survey.left_out)
    may_stay = {State.ACCEPTED, State.OPEN} if facts.options.include_open else {State.ACCEPTED}
    single = [r for r in facts.images if r["state"] in may_stay and r["id"] not in here]
    if single:
        rows.append(("image", "its mask is rejected, open or missing", len(single)))
    if not facts.options.include_open:
        rows += _open_rows(facts)
    unfit = [f"- `{id_}`: {why}" for id_, why in sorted(plan.survey.left_out.items())]
    if unfit:
        unfit = [f"{len(unfit)} images that {facts.options.format} cannot hold:", "", *unfit]
    return section("Left out", table(("what", "why", "how many"), rows), unfit)


def _open_rows(facts: CardFacts) -> list[tuple[str, str, int]]:
    counts = {
        kind: sum(row["state"] == State.OPEN for row in rows)
        for kind, rows in (("image", facts.images), ("mask", facts.masks))
    }
    return [(kind, "open: not decided yet", count) for kind, count in counts.items() if count]


def _rejections(kind: str, rows: Iterable[dict[str, Any]]) -> list[tuple[str, str, int]]:
    reasons = Counter(row["reason"] for row in rows if row["state"] == State.REJECTED)
    return [
        (kind, f"rejected: {why or 'no reason given'}", n) for why, n in sorted(reasons.items())
    ]


def _class_section(facts: CardFacts) -> list[str]:
    plan, names = facts.plan, _split_names(facts)
    pixels: dict[str, Counter[int]] = {name: Counter() for name in names}
    for mask in plan.masks.all.values():
        counts = facts.legend.written_counts(mask.class_counts)
        pixels[plan.split_of(mask.place_id)].update(counts)
    total = sum(pixels.values(), Counter())
    columns = [*pixels.values(), total]
    rows = [
        (e.value, e.name, e.colour, *(share(c[e.value], c.total()) for c in columns))
        for e in facts.legend.entries
    ]
    note = [
        "Pixels of the masks, each mask counted once however many images it has; an image with "
        "ignored pixels has a copy of its own. "
        f"Masks are {facts.settings.classes.lifetime}: "
        + ("one per place." if facts.settings.classes.lifetime == "static" else "one per image.")
    ]
    return section("Classes", table(("value", "class", "colour", *names, "all"), rows), note)


def _band_section(facts: CardFacts) -> list[str]:
    survey = facts.plan.survey
    rows = [
        (s.name, images, number(s.quantification), number(s.offset_dn), _nodata(s.nodata))
        for s, images in sorted(survey.scales.items(), key=lambda item: tuple(map(str, item[0])))
    ]
    bands = table(("band", "images", "quantification", "offset", "nodata"), rows)
    scale = ["Reflectance = (DN + offset) / quantification, of the sources' numbers (DN)."]
    said = [f"- {words}: {count} images" for words, count in sorted(survey.radiometries.items())]
    written = _png_lines(facts) if facts.options.format is Format.PNG else _geotiff_lines()
    return section("Bands and values", bands, scale, ["Who said so:", "", *said], written)


def _nodata(value: float | None) -> str:
    return "all bands 0" if value is None else number(value)


def _geotiff_lines() -> list[str]:
    return [
        "Images hold the sources' numbers, resampled only where a band had another grid. "
        "Each band has scale and offset: reflectance = DN x scale + offset. "
        "Masks: band 1 class, band 2 who set the pixel (0 nobody, 1 imported, 2 human, "
        "3 learnt from strokes, 16 and up a model of the project)."
    ]


def _png_lines(facts: CardFacts) -> list[str]:
    limits = facts.settings.stretch.limits
    bands = sorted({scale.name for scale in facts.plan.survey.scales}, reverse=True)
    rows = [(name, *(number(value) for value in limits[name])) for name in bands]
    return [
        "Images are 8-bit red, green, blue (B04, B03, B02) with one stretch for all: "
        "1 at or below the lower reflectance, 255 at or above the upper, 0 where there is no data. "
        "Masks are indices with a palette. Text chunks hold CRS and transform.",
        "",
        *table(("band", "lower", "upper"), rows),
    ]


def _split_section(facts: CardFacts) -> list[str]:
    options, plan = facts.options, facts.plan
    shares = ", ".join(f"{name} {number(wanted)}" for name, wanted in options.shares.items())
    distance_m = number(facts.settings.group_distance_m)
    made = [
        f"{len(plan.splits)} groups of ground were shared out whole ({shares}; seed "
        f"{options.seed}), so that classes and pairs come near the shares. All dates of a place "
        "are on one side. A group is all that was cut from one scene, with what overlaps it, "
        f"or else all places that overlap or lie within {distance_m} m. "
        "Groups are made of all places of the project, rejected ones too."
    ]
    return section("Splits", made, [f"Warning: {warning}." for warning in plan.warnings])


def _licence_section(licence: str) -> list[str]:
    attribution = "Contains modified Copernicus Sentinel data."
    return section("Licence", [licence or "not stated"], [attribution])
