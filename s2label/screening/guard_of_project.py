"""The radiometry guard over a whole project: what only its images together can tell."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from s2label import __version__
from s2label.importers.scale import QUANTIFICATION
from s2label.importers.value_counts import OFFSET_LIMITS, BandCounts
from s2label.importers.values import lacks_offset
from s2label.screening.findings import PROJECT_KINDS, Finding, FindingKind
from s2label.screening.guard_levels import Level, find_mixed_levels, level_of
from s2label.screening.guard_stamp import read_stamp, write_stamp
from s2label.screening_records import FindingRecord

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from s2label.catalog.guarded import GuardedImage
    from s2label.project import Project

# Under clouds the darkest pixels are no ground.
_CLOUDY = 0.5
# The path of light through the air adds this much to the darkest pixels of B02 in L1C, and less
# to B04; over ground that L2A made of the same image nothing is left of it.
_SCENE_IMAGES = 20
_HAZY_BLUE, _BLUE_EXCESS, _CLEAR_BLUE = 0.065, 0.02, 0.05
_DARKEST = 0.05
# A band that nothing was added to has none of these: below all of them.
_OF_NO_OFFSET = -1.0


@dataclass
class _Scene:
    """What the images of one scene add up to; images stand where pixels do in `values`."""

    ids: list[str] = field(default_factory=list)
    low: dict[str, list[float]] = field(default_factory=dict)
    dark: list[tuple[float, float]] = field(default_factory=list)

    def add(self, image: GuardedImage) -> None:
        self.ids.append(image.id)
        if image.cloud > _CLOUDY:
            return
        for name, low in image.low.items():
            dn = low * QUANTIFICATION if image.is_raw else _OF_NO_OFFSET
            self.low.setdefault(name, []).append(dn)
        blue, red = (image.low.get(name) for name in ("B02", "B04"))
        if blue is not None and red is not None:
            self.dark.append((blue, red))

    @property
    def lacks_offset(self) -> bool:
        """Whether its darkest pixels lie as if an offset of -1000 were not applied."""
        return lacks_offset({name: _count_images(low) for name, low in self.low.items()})

    @property
    def level(self) -> Level | None:
        """The level that the darkest pixels speak for; None where they tell nothing."""
        if len(self.dark) < _SCENE_IMAGES:
            return None
        blue, red = sorted(self.dark)[int(_DARKEST * len(self.dark))]
        if blue >= _HAZY_BLUE and blue - red >= _BLUE_EXCESS:
            return Level.L1C
        return Level.L2A if blue <= _CLEAR_BLUE else None


def _count_images(low_dn: Sequence[float]) -> BandCounts:
    """Count images as one pixel each: their 2nd percentiles against the limits, in DN."""
    below = tuple(sum(dn < limit for dn in low_dn) for limit in OFFSET_LIMITS)
    return BandCounts(pixels=len(low_dn), valid=len(low_dn), below=below)


def project_findings(images: Iterable[GuardedImage]) -> dict[str, tuple[Finding, ...]]:
    """Return what is wrong with images by comparing them, by image id.

    Parameters
    ----------
    images : iterable of GuardedImage
        Images that are not rejected, each with what screening found in it.

    Returns
    -------
    dict
        Only images with a finding.
    """
    scenes: dict[str, _Scene] = defaultdict(_Scene)
    levels: dict[str, Level] = {}
    for image in images:
        scenes[image.scene].add(image)
        if level := level_of(image.scene, image.path, image.rasters):
            levels[image.id] = level
    found: dict[str, list[Finding]] = defaultdict(list)
    for name, scene in scenes.items():
        if scene.lacks_offset:
            for id_ in scene.ids:
                found[id_].append(_no_offset(name))
    lacking = set(found)
    for id_, finding in find_mixed_levels(levels | _seen_levels(scenes, levels, lacking)).items():
        found[id_].append(finding)
    return {id_: tuple(its) for id_, its in found.items()}


def _seen_levels(
    scenes: Mapping[str, _Scene], said: Mapping[str, Level], lacking: set[str]
) -> dict[str, Level]:
    """Return the levels that values tell of images of which nothing is said."""
    return {
        id_: scene.level
        for scene in scenes.values()
        if scene.level is not None
        for id_ in scene.ids
        if id_ not in said and id_ not in lacking
    }


def _no_offset(scene: str) -> Finding:
    words = (
        f"{scene}: the darkest pixels lie near DN 1000, as if an offset of -1000 were not applied; "
        "import it again with --offset -1000, or settle this if they are really so"
    )
    return Finding(FindingKind.NO_OFFSET, words)


def find_in_project(project: Project) -> list[FindingRecord]:
    """Return what only all images together tell, by what screening noted of them."""
    images = project.catalog.screenings.guarded(QUANTIFICATION)
    found = project_findings(images)
    versions = {image.id: image.version for image in images if image.id in found}
    return [
        FindingRecord(id_, versions[id_], finding.kind, finding.words)
        for id_, its in found.items()
        for finding in its
    ]


def note_project_findings(project: Project) -> int:
    """Find what only all images together tell, and note it; returns how many images have some.

    Where nothing has changed since the last time, that is all there is to do.

    Parameters
    ----------
    project : Project
        Open for writing; its images are screened.
    """
    screenings = project.catalog.screenings
    stamp = [__version__, *screenings.guard_stamp()]
    if read_stamp(project.folder) == stamp:
        return len(screenings.findings_of_kinds(PROJECT_KINDS))
    with project.catalog.snapshot():
        stamp = [__version__, *screenings.guard_stamp()]
        records = find_in_project(project)
    count = note_found(project, records)
    write_stamp(project.folder, stamp)
    return count


def note_found(project: Project, records: Sequence[FindingRecord]) -> int:
    """Note what `find_in_project` found, in place of what it had; returns of how many images.

    Only what differs is written.
    """
    screenings = project.catalog.screenings
    found: dict[str, list[FindingRecord]] = defaultdict(list)
    for record in records:
        found[record.image_id].append(record)
    had = screenings.findings_of_kinds(PROJECT_KINDS)
    changed = [id_ for id_ in {**found, **had} if found.get(id_) != had.get(id_)]
    if changed:
        wanted = [record for id_ in changed for record in found.get(id_, ())]
        screenings.note_findings(changed, wanted, PROJECT_KINDS)
    return len(found)
