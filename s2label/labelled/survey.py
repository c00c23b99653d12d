"""What there is to train on, from the catalog alone."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from s2label.labelled.chips import find_groups, labelled_pixels
from s2label.types import BACKGROUND, Lifetime, State

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from s2label.catalog.labels import MaskLabels
    from s2label.project import Project
    from s2label.types import ClassTable


@dataclass(frozen=True)
class LabelSurvey:
    """What there is to train on.

    Parameters
    ----------
    chips : int
        Labelled chips: images with a mask in which anything is labelled, neither rejected.
    groups : int
        Groups of ground that they lie in.
    pixels : dict
        Class name -> labelled pixels of all chips, every class of the table; "background" where
        classes are moving, or any is labelled. A mask of a place counts once for each of its
        images; what is ignored in an image is not taken off.
    checked_share : float
        Share of these pixels that lie in accepted masks, 0..1; 0 without any.
    masks_accepted, masks_open : int
        Masks of these chips, by state.
    """

    chips: int
    groups: int
    pixels: dict[str, int]
    checked_share: float
    masks_accepted: int
    masks_open: int


def survey_labels(project: Project, groups: Mapping[str, str] | None = None) -> LabelSurvey:
    """Count what there is to train on.

    Parameters
    ----------
    project : Project
        The project.
    groups : mapping, optional
        Place id -> group, as `find_groups` gave them. Only an import changes them, and to find
        them takes longer than all the rest: who asks often keeps them.
    """
    if groups is None:
        groups = find_groups(project)
    rows = [row for row in project.catalog.labels() if labelled_pixels(row.class_counts)]
    accepted = [row for row in rows if row.state is State.ACCEPTED]
    pixels, checked = _pixels(rows), _pixels(accepted)
    return LabelSurvey(
        chips=sum(row.images for row in rows),
        # A place of an import that came after the groups were found stands for itself.
        groups=len({groups.get(row.place_id, row.place_id) for row in rows}),
        pixels=pixels_by_name(pixels, project.classes),
        checked_share=checked.total() / max(pixels.total(), 1),
        masks_accepted=len(accepted),
        masks_open=len(rows) - len(accepted),
    )


def _pixels(rows: Iterable[MaskLabels]) -> Counter[int]:
    pixels: Counter[int] = Counter()
    for row in rows:
        for value, number in labelled_pixels(row.class_counts).items():
            pixels[value] += number * row.images
    return pixels


def pixels_by_name(pixels: Mapping[int, int], classes: ClassTable) -> dict[str, int]:
    """Return pixels under the names of their values, as `LabelSurvey.pixels` has them.

    Parameters
    ----------
    pixels : mapping
        Class value -> pixels; a value that no class has stands under its number.
    classes : ClassTable
        The classes, each of which has a name here, with no pixels if need be.
    """
    names = {c.value: c.name for c in classes.classes}
    if classes.lifetime is Lifetime.MOVING or pixels.get(BACKGROUND):
        names = {BACKGROUND: "background"} | names
    names |= {value: f"class {value}" for value in sorted(set(pixels) - set(names))}
    return {name: pixels.get(value, 0) for value, name in names.items()}
