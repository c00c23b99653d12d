"""The plan of an export: which pairs, in which split, and what decides their bytes."""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from s2label import __version__
from s2label.classes import class_table_document
from s2label.errors import ExportError
from s2label.exports.given_splits import splits_of
from s2label.exports.mask_files import MaskFiles, check_masks, find_masks
from s2label.exports.plan_words import plan_warnings, why_nothing
from s2label.exports.survey import Survey, survey_images
from s2label.groups import group_places
from s2label.splits import split_groups
from s2label.types import NOT_LABELLED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from s2label.exports.formats import FormatWriter
    from s2label.exports.layout import Layout
    from s2label.exports.legend import Legend
    from s2label.exports.options import ExportOptions
    from s2label.progress import Job
    from s2label.project import Project
    from s2label.types import Pair, PlaceRecord


@dataclass(frozen=True)
class Plan:
    """What an export writes.

    Parameters
    ----------
    pairs : tuple of Pair
        By image id.
    masks : MaskFiles
        The masks of their images.
    places : dict
        Place id -> place, of the pairs.
    groups : dict
        Place id -> group, of the pairs.
    splits : dict
        Place id -> split, of the pairs.
    survey : Survey
        What the images are.
    warnings : list of str
        What the user should know.
    layout : Layout
        Where images and masks are written.
    digest : str
        SHA-256 of all that decides the bytes of image and mask files.
    """

    pairs: tuple[Pair, ...]
    masks: MaskFiles
    places: dict[str, PlaceRecord]
    groups: dict[str, str]
    splits: dict[str, str]
    survey: Survey
    warnings: list[str]
    layout: Layout
    digest: str

    def split_of(self, place_id: str) -> str:
        """Return the split of a place."""
        return self.splits[place_id]

    def image_file(self, image_id: str) -> str:
        """Return where an image is written, relative to the export."""
        return self.layout.image_file(image_id)

    def mask_file(self, image_id: str) -> str:
        """Return where the mask of an image is written, relative to the export."""
        return self.layout.mask_file(self.masks.of_image[image_id].name, image_id)

    @property
    def image_ids(self) -> list[str]:
        """The images, each once, in order."""
        return list(dict.fromkeys(pair.image_id for pair in self.pairs))

    @property
    def files(self) -> list[str]:
        """All image and mask files."""
        ids = self.image_ids
        return list(dict.fromkeys([*map(self.image_file, ids), *map(self.mask_file, ids)]))


def make_plan(
    project: Project, options: ExportOptions, legend: Legend, writer: FormatWriter
) -> Job[Plan]:
    """Decide what is written; looks at every source and mask file first.

    Raises
    ------
    ExportError
        If there is nothing to write, or something is missing, changed or damaged.
    """
    found = project.catalog.pairs(include_open=options.include_open)
    if not found:
        raise ExportError(why_nothing(project, options))
    ids = list(dict.fromkeys(pair.image_id for pair in found))
    survey = yield from survey_images(project.catalog, ids, writer)
    pairs = tuple(pair for pair in found if pair.image_id not in survey.left_out)
    if not pairs:
        reasons = Counter(survey.left_out.values())
        told = ", ".join(f"{why} in {n} images" for why, n in sorted(reasons.items()))
        raise ExportError(f"nothing that {options.format} can hold: {told}; use another --format")
    masks = yield from check_masks(project, find_masks(project, pairs), len(ids))
    for mask in masks.all.values():
        legend.refuse_unknown(mask.id, mask.class_counts)
    return _planned(project, options, pairs, masks, survey, writer.layout)


def _planned(
    project: Project,
    options: ExportOptions,
    pairs: tuple[Pair, ...],
    masks: MaskFiles,
    survey: Survey,
    layout: Layout,
) -> Plan:
    catalog, distance_m = project.catalog, project.settings.group_distance_m
    everywhere = catalog.places()
    # Groups of all places, not of the accepted ones: they stay when more are accepted.
    all_groups = group_places(everywhere, catalog.cut_scenes(), distance_m)
    used = dict.fromkeys(pair.place_id for pair in pairs)
    groups = {place: all_groups[place] for place in used}
    splits = _split_places(pairs, masks, groups, options)
    warnings = plan_warnings(project, options, groups, splits, everywhere)
    places = {place: everywhere[place] for place in used}
    digest = _digest(project, options, pairs, masks, survey)
    return Plan(pairs, masks, places, groups, splits, survey, warnings, layout, digest)


def _split_places(
    pairs: Sequence[Pair],
    masks: MaskFiles,
    groups: dict[str, str],
    options: ExportOptions,
) -> dict[str, str]:
    """Return the split of each place: as given, or by whole groups."""
    if options.given_splits is not None:
        return splits_of(groups, options.given_splits)
    pixels: dict[str, Counter[int]] = defaultdict(Counter)
    for mask in masks.all.values():
        labelled = {v: n for v, n in mask.class_counts.items() if v < NOT_LABELLED}
        pixels[groups[mask.place_id]].update(labelled)
    by_group = Counter(groups[pair.place_id] for pair in pairs)
    by_group_split = split_groups(pixels, by_group, options.shares, options.seed)
    return {place: by_group_split[group] for place, group in groups.items()}


def _digest(
    project: Project,
    options: ExportOptions,
    pairs: Sequence[Pair],
    masks: MaskFiles,
    survey: Survey,
) -> str:
    stretch = project.settings.stretch
    rows: list[Any] = [
        __version__,
        options.as_dict(),
        class_table_document(project.classes),
        {name: list(limits) for name, limits in sorted(stretch.limits.items())},
    ]
    for pair in pairs:
        mask = masks.of_image[pair.image_id]
        states = (str(pair.image_state), str(pair.mask_state))
        identity = survey.identities[pair.image_id]
        rows.append([pair.image_id, identity, pair.place_id, mask.id, mask.version, mask.sha256])
        if mask.ignore is not None:
            rows.append([mask.ignore.version, mask.ignore.sha256])
        rows.append(states)
    digest = hashlib.sha256()
    for row in rows:
        digest.update(json.dumps(row, sort_keys=True).encode() + b"\n")
    return digest.hexdigest()
