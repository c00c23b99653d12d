"""Numbers and states in words that fit a narrow dock."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from napari_s2label.parts.audit_reasons import shown_suspicions, suspicion_lines
from napari_s2label.parts.message import breakable
from s2label.queue_specs import QueueOrder
from s2label.screening.findings import FindingKind
from s2label.types import BACKGROUND, IGNORE, NOT_LABELLED, State, Subject

if TYPE_CHECKING:
    from collections.abc import Mapping

    from s2label.chip_views import ChipView, MaskView
    from s2label.queue_specs import QueueSpec
    from s2label.review.pictures import Picture
    from s2label.review.session import ReviewSession
    from s2label.suspicions import SuspicionRecord
    from s2label.types import ClassTable

_SPECIAL = {BACKGROUND: "background", NOT_LABELLED: "not labelled", IGNORE: "ignore"}
# Said where somebody sorts by what no model has looked for yet.
NO_WORTHS = "no model has looked at all chips yet: press `Suggest for all open chips` first"
_ORDERS = {
    QueueOrder.WORTH: "by what the model finds",
    QueueOrder.CLOUD: "by cloud",
    QueueOrder.FINDING: "findings first",
    QueueOrder.REJECTION: "likely to be rejected",
    QueueOrder.DOUBT: "doubtful places",
}
# Said where somebody sorts by what nobody has looked for yet.
NOT_SCREENED = "no image is screened yet: press `Screen` in the Screen dock first"
NO_DOUBTS = "no doubtful places yet: predict a scene in the Scene dock, then press Doubtful places"
NO_SUSPICIONS = "nothing is suspected yet: press `Look for wrong labels` in the Audit dock first"
NOT_LEARNT = "no order is learnt yet; it takes 50 decisions on screened images"
# Orders that say most at their far end: most to see, most cloud, likeliest to go.
_FROM_THE_END = (
    QueueOrder.WORTH,
    QueueOrder.CLOUD,
    QueueOrder.REJECTION,
    QueueOrder.DOUBT,
    QueueOrder.SUSPICION,
)
_SUBJECTS = {Subject.SUSPICION: "object"}
_FINDINGS = {
    FindingKind.OFFSET: "doubtful offset",
    FindingKind.NO_OFFSET: "offset not applied",
    FindingKind.LEVEL: "L1C and L2A mixed",
    FindingKind.EIGHT_BIT: "stretched for display",
    FindingKind.DEAD_BAND: "a band without content",
    FindingKind.BLANK: "no data at all",
    FindingKind.SATURATED: "cut off at the bright end",
    FindingKind.BAND_ORDER: "bands interchanged",
}
STATE_COLOURS = {State.OPEN: "#8a8f98", State.ACCEPTED: "#4caf50", State.REJECTED: "#f0564a"}


def duration(seconds: float) -> str:
    """Return a duration in the two units that matter: ``2 h 05 min``, ``3 min``, ``40 s``."""
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02d} min"


def pace(per_hour: float | None, seconds_left: float | None) -> str:
    """Return rate and time left; empty before there is a pace."""
    if per_hour is None or seconds_left is None:
        return ""
    return f"{per_hour:,.0f} an hour, {duration(seconds_left)} left"


def badge(what: str, state: State, reason: str) -> str:
    """Return a state as rich text: coloured, with its reason."""
    words = f"{state}: {reason}" if reason else str(state)
    return f'{what} <b style="color:{STATE_COLOURS[state]}">{words}</b>'


def chip_lines(chip: ChipView, session: ReviewSession, classes: ClassTable) -> str:
    """Return place, date, place in the queue and states, as rich text."""
    number, length = session.number
    reason = queue_reason(chip, session.queue, classes, session.suspicion)
    order = escape(breakable(reason), quote=False)
    outside = "the queue is being read ..." if session.is_reading else "not in this queue"
    where = f"{number} of {length} {order}" if number else outside
    lines = (where, *doubt_lines(chip, session.queue), *suspicion_lines(chip, session))
    return "<br>".join(
        (
            f"<b>{chip.place.name}</b> &nbsp; {chip.image.date or 'no date'}",
            *lines,
            badge("image", chip.image_state, chip.image_reason),
            _mask_badge(chip.mask) if chip.mask else "no mask",
        )
    )


def doubt_lines(chip: ChipView, spec: QueueSpec) -> list[str]:
    """Return why somebody should look at a chip, less what its place in the queue says already."""
    is_told = spec.order is QueueOrder.DOUBT and not spec.title
    return [f"doubtful: {escape(each, quote=False)}" for each in chip.doubts[is_told:]]


def _mask_badge(mask: MaskView) -> str:
    return badge("mask of the place" if mask.is_static else "mask", mask.state, mask.reason)


def class_shares(mask: MaskView, classes: ClassTable) -> str:
    """Return the classes of a mask with their shares, the largest first, as rich text."""
    names = _SPECIAL | {c.value: c.name for c in classes.classes}
    colours = {c.value: c.colour for c in classes.classes}
    total = sum(mask.class_counts.values())
    rows = sorted(mask.class_counts.items(), key=lambda row: -row[1])
    return "<br>".join(
        f'<span style="color:{colours.get(value, "#8a8f98")}">&#9632;</span> '
        f"{names.get(value, str(value))} {_share(pixels, total)}"
        for value, pixels in rows
    )


def _share(pixels: int, total: int) -> str:
    return f"{pixels} px" if pixels < 0.001 * total else f"{100 * pixels / total:.1f} %"


def view_tip(picture: Picture, keys: Mapping[str, str]) -> str:
    """Return what the view in sight shows, and the keys to other views."""
    return f"{picture.legend}\nNext view: {keys['next_view']}, view before: {keys['previous_view']}"


def first_keys(keys: Mapping[str, str]) -> str:
    """Return what somebody who begins has to know, as rich text."""
    bold = {id_: f"<b>{escape(key)}</b>" for id_, key in keys.items()}
    return (
        f"{bold['accept']} accepts the chip, {bold['reject_cloudy']} rejects a cloudy image, "
        f"{bold['mask_wrong']} a wrong mask.<br>"
        f"{bold['undo']} takes back, without end.<br>"
        f"{bold['skip']} goes on without deciding; {bold['show_keys']} shows all keys."
    )


def dark_hint(keys: Mapping[str, str]) -> str:
    """Return what helps where a chip is dark beside the rest of the project, as rich text."""
    return f"Dark? Hold <b>{escape(keys['local_stretch'])}</b>: this chip by its own range."


def order_name(order: QueueOrder) -> str:
    """Return what a queue is sorted by, in words."""
    return _ORDERS.get(order, f"by {order}")


def begins_at_end(order: QueueOrder) -> bool:
    """Tell whether one usually begins with the highest."""
    return order in _FROM_THE_END


def subject_words(subject: Subject) -> str:
    """Return what one goes through, in the plural."""
    return f"{_SUBJECTS.get(subject, subject)}s"


def queue_reason(
    chip: ChipView, spec: QueueSpec, classes: ClassTable, asked: SuspicionRecord | None = None
) -> str:
    """Return why a chip comes where it comes; `asked` is the object that is asked about."""
    if spec.title:
        return spec.title
    if spec.order is QueueOrder.SUSPICION:
        told = [*shown_suspicions(chip, asked), "none"]
        return f"{'objects' if asked is not None else order_name(spec.order)}: {told[0]}"
    match spec.order:
        case QueueOrder.DATE:
            return f"by date: {chip.image.date or 'unknown'}"
        case QueueOrder.NODATA:
            return f"by nodata: {100 * chip.image.nodata_share:.1f} %"
        case QueueOrder.CONSENSUS:
            score = chip.mask.consensus if chip.mask else None
            return (
                f"by consensus of the labellers: {'unknown' if score is None else f'{score:.2f}'}"
            )
        case QueueOrder.CLASS_SHARE:
            counts = chip.mask.class_counts if chip.mask else {}
            names = {c.value: c.name for c in classes.classes}
            pixels = counts.get(spec.class_value, 0)
            name = names.get(spec.class_value, str(spec.class_value))
            return f"by {name}: {_share(pixels, max(1, sum(counts.values())))}"
        case QueueOrder.RANDOM:
            return "in random order"
    return _screened_reason(chip, spec.order)


def _screened_reason(chip: ChipView, order: QueueOrder) -> str:
    match order:
        case QueueOrder.WORTH:
            return order_name(order)
        case QueueOrder.CLOUD:
            return f"by cloud: {_percent(chip.cloud)}"
        case QueueOrder.FINDING:
            return f"findings first: {finding_words(chip.finding) if chip.finding else 'none'}"
        case QueueOrder.REJECTION:
            return f"likely to be rejected: {_percent(chip.rejection)}"
        case QueueOrder.DOUBT:
            return f"{order_name(order)}: {chip.doubts[0] if chip.doubts else 'none'}"
    return "by name"


def _percent(share: float | None) -> str:
    return "unknown" if share is None else percent(share)


def percent(share: float) -> str:
    """Return a share, 0..1, as whole per cent; what is hardly anything is not called nothing."""
    return "<1 %" if 0 < share < 0.005 else f"{100 * share:.0f} %"


def finding_words(kind: str) -> str:
    """Return a kind of finding in words."""
    return _FINDINGS.get(FindingKind(kind), kind) if kind in set(FindingKind) else kind
