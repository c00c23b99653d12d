"""The radiometry guard over a whole project: what only its images together can tell."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from s2label.catalog.rows import chunked
from s2label.importers.scale import QUANTIFICATION
from s2label.importers.value_counts import OFFSET_LIMITS, BandCounts
from s2label.importers.values import lacks_offset
from s2label.screening.findings import PROJECT_KINDS, Finding, FindingKind
from s2label.screening.guard_levels import Level, find_mixed_levels, level_of
from s2label.types import FindingRecord, State

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from s2label.project import Project
    from s2label.types import BandRaster, ImageRecord, ScreeningRecord

# Under clouds the darkest pixels are no ground.
_CLOUDY = 0.5
# The path of light through the air adds this much to the darkest pixels of B02 in L1C, and less
# to B04; over ground that L2A made of the same image nothing is left of it.
_SCENE_IMAGES = 20
_HAZY_BLUE, _BLUE_EXCESS, _CLEAR_BLUE = 0.065, 0.02, 0.05
_DARKEST = 0.05


@dataclass
class _Scene:
    """What the images of one scene add up to; images stand where pixels do in `values`."""

    ids: list[str] = field(default_factory=list)
    bands: dict[str, BandCounts] = field(default_factory=lambda: defaultdict(BandCounts))
    dark: list[tuple[float, float]] = field(default_factory=list)

    def add(self, image: ImageRecord, screening: ScreeningRecord) -> None:
        self.ids.append(image.id)
        cloud = screening.cloud if screening.valid_cloud is None else screening.valid_cloud
        if cloud > _CLOUDY:
            return
        for band in image.bands:
            if band.name in screening.statistics:
                low = screening.statistics[band.name]["p2"]
                self.bands[band.name] += _count_image(band, low)
        blue, red = (screening.statistics.get(name) for name in ("B02", "B04"))
        if blue and red:
            self.dark.append((blue["p2"], red["p2"]))

    @property
    def level(self) -> Level | None:
        """The level that the darkest pixels speak for; None where they tell nothing."""
        if len(self.dark) < _SCENE_IMAGES:
            return None
        blue, red = sorted(self.dark)[int(_DARKEST * len(self.dark))]
        if blue >= _HAZY_BLUE and blue - red >= _BLUE_EXCESS:
            return Level.L1C
        return Level.L2A if blue <= _CLEAR_BLUE else None


def _count_image(band: BandRaster, low: float) -> BandCounts:
    """Count an image as one pixel: its 2nd percentile against the limits, in DN."""
    if band.offset_dn or band.quantification != QUANTIFICATION:
        return BandCounts(pixels=1, valid=1, below=(1,) * len(OFFSET_LIMITS))
    below = tuple(int(low * band.quantification < limit) for limit in OFFSET_LIMITS)
    return BandCounts(pixels=1, valid=1, below=below)


def project_findings(
    images: Iterable[tuple[ImageRecord, ScreeningRecord]],
) -> dict[str, tuple[Finding, ...]]:
    """Return what is wrong with images by comparing them, by image id.

    Parameters
    ----------
    images : iterable
        Images that are not rejected, each with what screening found in it.

    Returns
    -------
    dict
        Only images with a finding.
    """
    scenes: dict[str, _Scene] = defaultdict(_Scene)
    levels: dict[str, Level] = {}
    for image, screening in images:
        scenes[image.scene].add(image, screening)
        if level := level_of(image):
            levels[image.id] = level
    found: dict[str, list[Finding]] = defaultdict(list)
    for name, scene in scenes.items():
        if lacks_offset(scene.bands):
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
    catalog = project.catalog
    with catalog.snapshot():
        rows = catalog.list_images()
        standing = [row["id"] for row in rows if row["state"] != State.REJECTED]
        found = project_findings(_screened(project, standing))
    versions = {row["id"]: row["version"] for row in rows}
    return [
        FindingRecord(id_, versions[id_], finding.kind, finding.words)
        for id_, its in found.items()
        for finding in its
    ]


def note_project_findings(project: Project) -> int:
    """Find what only all images together tell, and note it; returns how many images have some.

    Parameters
    ----------
    project : Project
        Open for writing; its images are screened.
    """
    records = find_in_project(project)
    screenings = project.catalog.screenings
    ids = {record.image_id for record in records}
    had = screenings.images_with_findings(PROJECT_KINDS)
    screenings.note_findings(
        [*ids, *(id_ for id_ in had if id_ not in ids)], records, PROJECT_KINDS
    )
    return len(ids)


def _screened(
    project: Project, ids: Iterable[str]
) -> Iterator[tuple[ImageRecord, ScreeningRecord]]:
    for chunk in chunked(ids):
        images = project.catalog.images(chunk)
        for id_, screening in project.catalog.screenings.records(chunk).items():
            yield images[id_], screening
