"""``DATA_CARD.md``: what a data set holds, where it is from and how far to trust it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from s2label import __version__
from s2label.exports.card_leaks import leak_section
from s2label.exports.card_origin import decision_section, source_section
from s2label.exports.card_values import band_section
from s2label.exports.markdown import number, section, share, table
from s2label.types import State

if TYPE_CHECKING:
    from collections.abc import Iterable

    from s2label.exports.contents import Contents
    from s2label.exports.leak_report import LeakReport


def data_card(facts: Contents, leaks: LeakReport) -> bytes:
    """Return the card. No date of today stands in it: the same data give the same bytes."""
    lines = [
        f"# {facts.settings.name}",
        "",
        f"Written by s2label {__version__} as {facts.options.format}.",
        *_counts_section(facts),
        *_left_out_section(facts),
        *_class_section(facts),
        *band_section(facts),
        *_split_section(facts),
        *leak_section(leaks),
        *source_section(facts.imports),
        *decision_section(facts.history),
        *_licence_section(facts.options.licence),
        *section("Verify", ["`sha256sum -c SHA256SUMS`"]),
    ]
    return ("\n".join(lines) + "\n").encode()


def _counts_section(facts: Contents) -> list[str]:
    plan, names = facts.plan, facts.options.split_names
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


def _open_lines(facts: Contents) -> list[str]:
    if not facts.options.include_open:
        return ["All images and masks in it were accepted."]
    pairs = facts.plan.pairs
    images = {p.image_id for p in pairs if p.image_state is State.OPEN}
    masks = {p.mask_id for p in pairs if p.mask_state is State.OPEN}
    return [
        f"{len(images)} images and {len(masks)} masks in it are *open*: nobody has looked at them "
        "and accepted them yet. They were asked for (`--include-open`)."
    ]


def _left_out_section(facts: Contents) -> list[str]:
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


def _open_rows(facts: Contents) -> list[tuple[str, str, int]]:
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


def _class_section(facts: Contents) -> list[str]:
    plan, names = facts.plan, facts.options.split_names
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


def _split_section(facts: Contents) -> list[str]:
    options, plan = facts.options, facts.plan
    warnings = [f"Warning: {warning}." for warning in plan.warnings]
    if options.given_splits is not None:
        given = ["They were given (`--splits`), place by place; see Leaks for what they share."]
        return section("Splits", given, warnings)
    shares = ", ".join(f"{name} {number(wanted)}" for name, wanted in options.shares.items())
    distance_m = number(facts.settings.group_distance_m)
    made = [
        f"{len(set(plan.groups.values()))} groups of ground were shared out whole ({shares}; seed "
        f"{options.seed}), so that classes and pairs come near the shares. All dates of a place "
        "are on one side. A group is all that was cut from one scene, with what overlaps it, "
        f"or else all places that overlap or lie within {distance_m} m. "
        "Groups are made of all places of the project, rejected ones too."
    ]
    return section("Splits", made, warnings)


def _licence_section(licence: str) -> list[str]:
    attribution = "Contains modified Copernicus Sentinel data."
    return section("Licence", [licence or "not stated"], [attribution])
