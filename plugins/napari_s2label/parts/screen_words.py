"""What the window says of screening: methods, shares, findings, proposals."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

from napari_s2label.overlays import CLOUD_LEGEND
from napari_s2label.parts.reports import Report, counted
from napari_s2label.parts.words import finding_words, percent

if TYPE_CHECKING:
    from collections.abc import Mapping

    from napari_s2label.screening_proposal import Proposal
    from s2label.chip_views import ChipView
    from s2label.screening_records import ScreeningCounts, ScreeningRecord

# As the command line has them -> what the user reads; the first is what is best for most.
METHODS = {
    "auto": "the best that each image has",
    "scl": "scene classification (SCL)",
    "probability": "cloud probability",
    "product": "cloud masks of the product",
    "s2cloudless": "s2cloudless (L1C only)",
    "index": "index rule: only a rule of thumb",
}
_BY = {
    "scl": "the scene classification",
    "probability": "the cloud probability",
    "product": "the product's cloud masks",
    "s2cloudless": "s2cloudless",
    "index": "the index rule, only a rule of thumb",
}
_SHORT = {
    "scl": "SCL",
    "probability": "cloud probability",
    "product": "the product",
    "s2cloudless": "s2cloudless",
    "index": "index rule",
}
_ERRORS = 3
# Shares below this are hardly anything; all are in the tooltip.
_LEAST_TOLD = 0.005
NOTHING_SCREENED = "No image is screened yet."
NO_FINDINGS = "Nothing looks wrong."
BLOCKED = "No training starts with images that have a finding."
_PERIODS = {"month": "month", "quarter": "quarter", "season": "season", "year": "year"}
PERIODS = {value: f"of each {word}" for value, word in _PERIODS.items()}


def progress(counts: ScreeningCounts) -> str:
    """Return how many images are screened, and by what."""
    if not counts.images:
        return "The project has no images yet."
    if not counts.screened:
        return NOTHING_SCREENED
    if counts.screened == counts.images:
        lines = [f"All {counted(counts.images, 'image')} are screened:"]
    else:
        lines = [f"{counts.screened:,} of {counted(counts.images, 'image')} are screened:"]
    lines += [f"{n:,} by {_BY.get(method, method)}" for method, n in counts.by_method.items()]
    return "\n".join(lines)


def cloudiness(counts: ScreeningCounts) -> str:
    """Return how many images have how much cloud."""
    if not counts.screened:
        return ""
    steps = (f"{n:,} over {percent(share)}" for share, n in counts.cloudier.items())
    # A per cent sign must not begin a line.
    return f"Cloud: {', '.join(steps)}".replace(" %", "\u00a0%")


def screen_report(result: Mapping[str, Any]) -> Report:
    """Return what a run of screening brought."""
    lines = [f"{counted(result['screened'], 'image')} screened."]
    if result["kept"]:
        lines = [f"{lines[0][:-1]} now, {result['kept']:,} were before."]
    errors = result["errors"]
    if not errors:
        return Report("\n".join(lines))
    lines.append(f"{counted(len(errors), 'image')} could not be read:")
    more = len(errors) - _ERRORS
    lines += [*errors[:_ERRORS], *([f"... and {more:,} more"] if more > 0 else [])]
    return Report("\n".join(lines), "warn")


def shares(chip: ChipView, record: ScreeningRecord | None, findings: list[str]) -> str:
    """Return what screening found in the image in view, in two lines of rich text."""
    if record is None:
        return '<span style="color:#8a8f98">clouds: not screened yet</span><br>'
    cloud = record.cloud if record.valid_cloud is None else record.valid_cloud
    named = (("shadow", record.shadow), ("haze", record.haze), ("snow", record.snow))
    others = [
        f"{word} {percent(share)}"
        for word, share in (*named, ("nodata", record.nodata))
        if share >= _LEAST_TOLD
    ]
    by = f"by {_SHORT.get(record.method, record.method)}"
    second = " &nbsp;".join(filter(None, (_second(chip, record, findings), by)))
    first = " &nbsp;".join([f"<b>cloud {escape(percent(cloud))}</b>", *others])
    return f"{first}<br>{second}"


def _second(chip: ChipView, record: ScreeningRecord, findings: list[str]) -> str:
    """Return what matters most besides the shares: a finding, else cloud over what counts."""
    if chip.finding is not None:
        more = f" and {len(findings) - 1} more" if len(findings) > 1 else ""
        words = f"finding: {finding_words(chip.finding)}{more}"
        return f'<span style="color:#ffb74d">{escape(words)}</span>'
    over = (("labels", record.labelled_cloud), ("water", record.water_cloud))
    of = [f"{word} {escape(percent(share))}" for word, share in over if share is not None]
    return f"cloud over {', '.join(of)}" if of else ""


def shares_tip(record: ScreeningRecord | None, findings: list[str]) -> str:
    """Return all that is known of the image in view, for a tooltip."""
    if record is None:
        return "Press Screen in the Screen dock: it finds clouds in every image"
    lines = [f"Found by {_BY.get(record.method, record.method)}; shares of all pixels:"]
    names = ("cloud", "shadow", "haze", "snow", "nodata", "unknown")
    lines += [f"{name}: {percent(getattr(record, name))}" for name in names]
    over = (
        ("of pixels with data", record.valid_cloud),
        ("over labelled pixels", record.labelled_cloud),
        ("over water", record.water_cloud),
    )
    lines += [
        f"cloud {words}: {'unknown' if share is None else percent(share)}" for words, share in over
    ]
    return "\n".join([*lines, *findings])


def legend() -> str:
    """Return the colours of the cloud overlay, as rich text."""
    rows = (
        f'<span style="color:{colour}">&#9632;</span>&nbsp;{w}' for _, w, colour in CLOUD_LEGEND
    )
    return " &nbsp;".join(rows)


def proposal(found: Proposal) -> str:
    """Return what would stay and what would go."""
    if not found.choices:
        return "No image with a date is left to choose from."
    lines = [
        f"{counted(len(found.staying), 'image')} would stay, "
        f"{found.going:,} would be rejected as not chosen."
    ]
    if found.accepted:
        lines.append(f"{found.accepted:,} of those that stay are accepted already.")
    if found.unscreened:
        lines.append(
            f"{counted(found.unscreened, 'image')} of these are not screened, and may be the "
            "clearest: screen first."
        )
    return "\n".join(lines)


def question(found: Proposal) -> str:
    """Return what is asked before images are rejected."""
    what = counted(found.going, "image")
    many = f"{found.wish.keep} " if found.wish.keep > 1 else ""
    return (
        f"Reject {what} as not chosen, and keep {len(found.staying):,}: "
        f"the {many}least cloudy of each place and {found.wish.per}?\n\n"
        "It is one act: one undo takes it back."
    )


def blocking(counts: ScreeningCounts) -> str:
    """Return what the train dock says of open findings; empty where there are none."""
    if not counts.findings:
        return ""
    listed = ", ".join(f"{f.images:,} {finding_words(f.kind)}" for f in counts.findings)
    return (
        f"Images have open findings ({listed}): a training that would learn from one of them does "
        "not start. Look at them in the Screen dock."
    )
