"""What every importer promises: nothing twice, nothing half, nothing lost on the way."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import rasterio

from s2label.classes import LANDCOVERNET, VESSELS
from s2label.errors import InputError
from s2label.importers.options import ImportOptions
from s2label.importers.run import import_sources
from s2label.progress import finish
from s2label.project import create_project, open_project
from s2label.types import ClassTable, Decision, LabelClass, Lifetime, Subject, Verdict
from tests.factories.landcovernet import write_layout_1, write_layout_2
from tests.factories.ports import (
    band_folder,
    chip_folder,
    chip_masks,
    mask_geotiff,
    moved_east,
    vessels,
    write_raster,
)
from tests.factories.snapshots import project_snapshot, tree_snapshot
from tests.faults.seeds import LONG, some_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from s2label.importers.run import ImportReport
    from s2label.progress import Progress

REEFS = ClassTable("reefs", Lifetime.STATIC, (LabelClass(1, "reef", "#00aaaa"),))


@dataclass(frozen=True)
class Origin:
    """A kind of source: how it is written, asked for, and which of its files can be changed.

    ``make`` writes below a folder; ``image_file`` and ``mask_file`` are globs of which the first
    hit is changed. ``leaf`` is the folder that a user would rename.
    """

    make: Callable[[Path], object]
    image_file: str
    mask_file: str
    leaf: str
    classes: ClassTable = VESSELS
    options: dict[str, Any] = field(default_factory=dict)
    has_masks: bool = True

    def sources(self, folder: Path) -> list[Path]:
        return [folder / self.leaf]

    def asked(self, folder: Path) -> ImportOptions:
        masks = {"masks": folder / "masks"} if self.has_masks else {}
        return ImportOptions.model_validate(self.options | masks)


def _bands(folder: Path) -> None:
    band_folder(folder / "port")
    mask_geotiff(folder / "masks" / "port.tif")


def _bands_of_two_dates(folder: Path) -> None:
    for day, value in (("20180105", 0), ("20180410", 7)):
        band_folder(folder / "draft")
        for path in sorted((folder / "draft").iterdir()):
            kept = folder / "port" / f"port_{day}_{path.name[5:]}"
            kept.parent.mkdir(exist_ok=True)
            path.rename(kept)
            change(kept, value)
    mask_geotiff(folder / "masks" / "port.tif")


def _chips(folder: Path) -> None:
    chip_folder(folder / "chips", count=3)
    chip_masks(folder / "masks", count=3)


ORIGINS = {
    "LandCoverNet layout 1": Origin(
        lambda folder: write_layout_1(folder / "tree", places=2, dates=2, size=16),
        "tree/**/*_B04_10m.tif", "tree/**/*_LC_10m.tif", "tree", LANDCOVERNET, has_masks=False,
    ),
    "LandCoverNet layout 2": Origin(
        lambda folder: write_layout_2(folder / "tree", places=2, dates=2, size=16),
        "tree/**/B04.tif", "tree/**/labels.tif", "tree", LANDCOVERNET, has_masks=False,
    ),
    "bands, moving": Origin(_bands, "port/*_B04.tif", "masks/*.tif", "port"),
    "bands, static, overlapping": Origin(
        _bands, "port/*_B04.tif", "masks/*.tif", "port", REEFS, {"stride": 32, "edge": "shift"}
    ),
    "bands of two dates, static": Origin(
        _bands_of_two_dates, "port/*_B04.tif", "masks/*.tif", "port", REEFS
    ),
    "whole chips, moving": Origin(_chips, "chips/*_1.tif", "masks/*_1.tif", "chips"),
    "cut chips, static": Origin(
        _chips, "chips/*_1.tif", "masks/*_1.tif", "chips", REEFS, {"chip": 48, "edge": "pad"}
    ),
}  # fmt: skip
EVERY = pytest.mark.parametrize("origin", ORIGINS.values(), ids=ORIGINS.keys())
SOME = pytest.mark.parametrize(
    "origin", some_of(list(ORIGINS.values())), ids=some_of(list(ORIGINS))
)


def change(path: Path, by: int = 1) -> Path:
    """Write other numbers into a raster's first row, on odd columns."""
    with rasterio.open(path, "r+") as dataset:
        pixels = dataset.read(1)
        if dataset.dtypes[0] == "uint8" or dataset.count == 2:
            pixels[0, 1::2] = (pixels[0, 1::2] == 0) * by  # classes stay classes
        else:
            pixels[0, 1::2] += by
        dataset.write(pixels, 1)
    return path


def first(folder: Path, pattern: str) -> Path:
    return sorted(folder.glob(pattern))[0]


@pytest.fixture(scope="module")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Origin], Path]:
    """Return what makes the sources of an origin, once."""

    @cache
    def make(name: str) -> Path:
        folder = tmp_path_factory.mktemp("origin")
        ORIGINS[name].make(folder)
        return folder

    names = {id(origin): name for name, origin in ORIGINS.items()}
    return lambda origin: make(names[id(origin)])


@pytest.fixture
def origin_folder(origin: Origin, made_once: Callable[[Origin], Path], tmp_path: Path) -> Path:
    shutil.copytree(made_once(origin), tmp_path / "here")
    return tmp_path / "here"


@pytest.fixture
def project(origin: Origin, tmp_path: Path) -> Path:
    create_project(tmp_path / "project", origin.classes, "one name")
    return tmp_path / "project"


def bring(
    project: Path,
    sources: Sequence[Path],
    options: ImportOptions,
    stop_after: int | None = None,
) -> tuple[ImportReport | None, list[Progress]]:
    """Import, or stop after so many steps as a kill would; return the report and the steps."""
    steps: list[Progress] = []
    with open_project(project, write=True) as opened:
        job = import_sources(opened, sources, options)
        if stop_after is None:
            return finish(job, steps.append), steps
        for _ in range(stop_after):
            steps.append(next(job))
        job.close()
    return None, steps


def bring_all(project: Path, origin: Origin, folder: Path) -> ImportReport:
    report, _ = bring(project, origin.sources(folder), origin.asked(folder))
    assert report is not None
    return report


def accept_all(project: Path) -> None:
    with open_project(project, write=True) as opened:
        images, masks = opened.catalog.image_ids(), opened.catalog.list_masks()
        decisions = [Decision(Subject.IMAGE, id_, Verdict.ACCEPT) for id_ in images]
        decisions += [Decision(Subject.MASK, row["id"], Verdict.ACCEPT) for row in masks]
        opened.catalog.decide(decisions)


def listed(project: Path) -> dict[str, dict[str, Any]]:
    with open_project(project) as opened:
        return {
            row["id"]: row for row in opened.catalog.list_images() + opened.catalog.list_masks()
        }


def opened_again(project: Path) -> set[str]:
    return {id_ for id_, row in listed(project).items() if row["state"] == "open"}


def images_reading(project: Path, path: Path) -> set[str]:
    with open_project(project) as opened:
        images = opened.catalog.images(opened.catalog.image_ids())
    return {i for i, image in images.items() if str(path) in {b.source.path for b in image.bands}}


def findings(project: Path) -> list[str]:
    from s2label.checking import check_project

    with open_project(project) as opened:
        return finish(check_project(opened, full=True))


# -- the whole of it -------------------------------------------------------------------------


@EVERY
def test_an_import_brings_places_with_images_and_masks(
    origin: Origin, origin_folder: Path, project: Path
) -> None:
    before = tree_snapshot(origin_folder)
    report = bring_all(project, origin, origin_folder)
    with open_project(project) as opened:
        counts = opened.catalog.counts()
        images = opened.catalog.images(opened.catalog.image_ids())
    assert report.counts.images_new == counts["images"] == counts["images_open"] >= 2
    is_static = origin.classes.lifetime is Lifetime.STATIC
    assert counts["masks"] == counts["places" if is_static else "images"]
    assert all(image.bands and image.radiometry and image.fingerprint for image in images.values())
    assert findings(project) == []
    assert tree_snapshot(origin_folder) == before


@EVERY
def test_importing_twice_doubles_nothing(
    origin: Origin, origin_folder: Path, project: Path
) -> None:
    first_report = bring_all(project, origin, origin_folder)
    accept_all(project)
    before = project_snapshot(project)
    report = bring_all(project, origin, origin_folder)
    after = project_snapshot(project)
    assert report.counts.images_unchanged == first_report.counts.images_new
    assert report.counts.masks_unchanged >= first_report.counts.masks_new
    assert (report.counts.images_new, report.counts.images_changed) == (0, 0)
    assert (report.counts.masks_new, report.counts.masks_changed) == (0, 0)
    del after["import_run"], before["import_run"]  # the log may say that somebody asked again
    assert after == before


@SOME
def test_a_changed_raster_makes_a_new_version_and_opens_just_its_images(
    origin: Origin, origin_folder: Path, project: Path
) -> None:
    bring_all(project, origin, origin_folder)
    accept_all(project)
    path = change(first(origin_folder, origin.image_file))
    report = bring_all(project, origin, origin_folder)
    touched = images_reading(project, path)
    assert touched
    assert opened_again(project) == touched
    assert report.counts.images_changed == len(touched)
    assert {listed(project)[id_]["version"] for id_ in touched} == {2}
    assert (report.counts.images_new, report.counts.masks_changed) == (0, 0)
    assert findings(project) == []


@SOME
def test_a_changed_mask_makes_a_new_version_and_opens_just_itself(
    origin: Origin, origin_folder: Path, project: Path
) -> None:
    bring_all(project, origin, origin_folder)
    accept_all(project)
    old = {
        id_: row["class_pixels"] for id_, row in listed(project).items() if "class_pixels" in row
    }
    change(first(origin_folder, origin.mask_file))
    report = bring_all(project, origin, origin_folder)
    rows = listed(project)
    differing = {id_ for id_, pixels in old.items() if rows[id_]["class_pixels"] != pixels}
    assert differing
    assert opened_again(project) == differing
    assert {rows[id_]["version"] for id_ in differing} == {2}
    assert report.counts.masks_changed == len(differing) < len(old)
    assert report.counts.images_changed == 0
    assert findings(project) == []


# -- sources that move -----------------------------------------------------------------------


def move(folder: Path, origin: Origin, how: str) -> tuple[list[Path], ImportOptions]:
    if how == "moved":
        moved = folder.rename(folder.with_name("elsewhere"))
        return origin.sources(moved), origin.asked(moved)
    renamed = (folder / origin.leaf).rename(folder / "another name")
    return [renamed], origin.asked(folder)


MOVES = pytest.mark.parametrize("how", ["moved", "renamed"])


@MOVES
@SOME
def test_a_folder_that_moved_is_linked_again(
    origin: Origin, origin_folder: Path, project: Path, how: str
) -> None:
    bring_all(project, origin, origin_folder)
    accept_all(project)
    before = listed(project)
    sources, options = move(origin_folder, origin, how)
    report, _ = bring(project, sources, options)
    assert report is not None
    assert report.counts.images_new == report.counts.places_new == report.counts.masks_new == 0
    assert opened_again(project) == set()
    assert listed(project).keys() == before.keys()
    with open_project(project) as opened:
        images = opened.catalog.images(opened.catalog.image_ids()).values()
    assert all(Path(band.source.path).is_file() for image in images for band in image.bands)


@SOME
def test_after_a_move_check_finds_nothing_wrong(
    origin: Origin, origin_folder: Path, project: Path
) -> None:
    bring_all(project, origin, origin_folder)
    sources, options = move(origin_folder, origin, "moved")
    bring(project, sources, options)
    assert findings(project) == []


def change_after_a_move(origin: Origin, folder: Path, project: Path, how: str) -> ImportReport:
    bring_all(project, origin, folder)
    sources, options = move(folder, origin, how)
    bring(project, sources, options)
    change(first(sources[0], origin.image_file.partition("/")[2]))
    report, _ = bring(project, sources, options)
    assert report is not None
    return report


@SOME
def test_a_change_after_a_move_is_a_new_version_and_no_second_image(
    origin: Origin, origin_folder: Path, project: Path
) -> None:
    report = change_after_a_move(origin, origin_folder, project, "moved")
    assert report.counts.images_new == 0
    assert report.counts.images_changed > 0


@pytest.mark.parametrize("origin", [ORIGINS["bands, moving"]], ids=["bands, moving"])
def test_a_change_after_a_renaming_is_a_new_version_and_no_second_image(
    origin: Origin, origin_folder: Path, project: Path
) -> None:
    report = change_after_a_move(origin, origin_folder, project, "renamed")
    assert report.counts.images_new == 0
    assert report.counts.images_changed > 0


# -- kills and refusals ----------------------------------------------------------------------


SHARES = [0.1, 0.4, 0.7, 0.9, 1.0] if LONG else [0.4, 1.0]


@pytest.mark.parametrize("share", SHARES, ids=lambda s: f"after {s:.0%}")
@SOME
def test_a_stopped_import_goes_on_to_the_same_project(
    origin: Origin, origin_folder: Path, project: Path, tmp_path: Path, share: float
) -> None:
    whole = tmp_path / "whole"
    create_project(whole, origin.classes, "one name")
    sources, options = origin.sources(origin_folder), origin.asked(origin_folder)
    _, steps = bring(whole, sources, options)
    bring(project, sources, options, stop_after=max(1, round(share * len(steps))))
    bring(project, sources, options)
    assert project_snapshot(project) == project_snapshot(whole)
    assert findings(project) == []


@SOME
def test_stops_again_and_again_lose_nothing(
    origin: Origin, origin_folder: Path, project: Path, tmp_path: Path
) -> None:
    whole = tmp_path / "whole"
    create_project(whole, origin.classes, "one name")
    sources, options = origin.sources(origin_folder), origin.asked(origin_folder)
    _, steps = bring(whole, sources, options)
    for stop_after in range(1, len(steps), max(1, len(steps) // 6)):
        bring(project, sources, options, stop_after)
    bring(project, sources, options)
    assert project_snapshot(project) == project_snapshot(whole)


@pytest.mark.parametrize("stopped", [False, True], ids=["at once", "after a stopped import"])
@pytest.mark.parametrize("filled", [False, True], ids=["empty", "filled"])
@SOME
def test_a_broken_source_leaves_the_project_as_it_was(
    origin: Origin, origin_folder: Path, project: Path, filled: bool, stopped: bool
) -> None:
    sources, options = origin.sources(origin_folder), origin.asked(origin_folder)
    if filled:
        bring(project, sources, options)
        change(first(origin_folder, origin.image_file))
    before = kept_files(project)
    if stopped:
        bring(project, sources, options, stop_after=2)
    path = sorted(origin_folder.glob(origin.image_file))[-1]
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(InputError, match=path.name):
        bring(project, sources, options)
    assert kept_files(project) == before


def kept_files(project: Path) -> dict[str, str]:
    """Return what belongs to a project: an unfinished import does not."""
    files = tree_snapshot(project).items()
    return {name: digest for name, digest in files if not name.startswith(".importing")}


# -- what lies staged may be damaged ---------------------------------------------------------


@dataclass(frozen=True)
class Unfinished:
    """An import that was stopped when all was read, and the project it would have made."""

    project: Path
    sources: list[Path]
    options: ImportOptions
    whole: Path

    @property
    def staged(self) -> Path:
        return self.project / ".importing"

    def go_on(self) -> None:
        bring(self.project, self.sources, self.options)
        assert project_snapshot(self.project) == project_snapshot(self.whole)
        assert findings(self.project) == []


@pytest.fixture
def unfinished(made_once: Callable[[Origin], Path], tmp_path: Path) -> Unfinished:
    folder, origin = tmp_path / "here", ORIGINS["whole chips, moving"]
    shutil.copytree(made_once(origin), folder)
    made = Unfinished(
        tmp_path / "project", origin.sources(folder), origin.asked(folder), tmp_path / "whole"
    )
    for project in (made.whole, made.project):
        create_project(project, origin.classes, "one name")
    bring(made.whole, made.sources, made.options)
    bring(made.project, made.sources, made.options, stop_after=4)
    assert len(list((made.staged / "units").iterdir())) == 3
    return made


def _each(pattern: str, damage: Callable[[Path], object]) -> Callable[[Path], None]:
    def spoil(staged: Path) -> None:
        paths = list(staged.glob(pattern))
        assert paths
        for path in paths:
            damage(path)

    return spoil


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(_each("units/*", _cut), id="records cut short"),
        pytest.param(_each("units/*", lambda p: p.write_bytes(b"{}")), id="records empty"),
        pytest.param(_each("units/*", lambda p: p.write_bytes(b"\xff")), id="records binary"),
        pytest.param(_each("units/*", Path.unlink), id="records gone"),
        pytest.param(_each("plan.json", _cut), id="plan cut short"),
        pytest.param(_each("plan.json", Path.unlink), id="plan gone"),
        pytest.param(_each("plan.json", lambda p: p.write_bytes(b"7")), id="plan a number"),
        pytest.param(_each("masks/*", _cut), id="masks cut short"),
        pytest.param(_each("masks/*", Path.unlink), id="masks gone"),
        pytest.param(_each("masks", shutil.rmtree), id="folder of masks gone"),
        pytest.param(_each("units", shutil.rmtree), id="folder of records gone"),
        pytest.param(shutil.rmtree, id="all gone"),
    ],
)  # fmt: skip
def test_a_damaged_staging_is_read_anew(
    unfinished: Unfinished, damage: Callable[[Path], object]
) -> None:
    damage(unfinished.staged)
    unfinished.go_on()


def test_what_another_program_staged_is_read_anew(
    unfinished: Unfinished, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = {
        path.name: path.stat().st_mtime_ns for path in (unfinished.staged / "units").iterdir()
    }
    monkeypatch.setattr("s2label.importers.run.__version__", "99.0")
    bring(unfinished.project, unfinished.sources, unfinished.options, stop_after=4)
    units = (unfinished.staged / "units").iterdir()
    assert all(path.stat().st_mtime_ns > before[path.name] for path in units)
    unfinished.go_on()


def test_a_source_that_changed_after_the_stop_is_read_anew(unfinished: Unfinished) -> None:
    path = change(sorted(unfinished.sources[0].iterdir())[1])
    bring(unfinished.whole, unfinished.sources, unfinished.options)
    bring(unfinished.project, unfinished.sources, unfinished.options)
    (image,) = images_reading(unfinished.project, path)
    with open_project(unfinished.project) as here, open_project(unfinished.whole) as there:
        prints = [p.catalog.images([image])[image].fingerprint for p in (here, there)]
    assert prints[0] == prints[1]


@pytest.mark.parametrize("masks_placed", [1, 3], ids=["in the middle", "at the end"])
def test_a_kill_between_moving_masks_and_the_commit_loses_nothing(
    unfinished: Unfinished, monkeypatch: pytest.MonkeyPatch, masks_placed: int
) -> None:
    from s2label.importers.staging import Staging

    class KilledError(BaseException):
        pass

    placed = []
    place = Staging.place_mask

    def place_then_die(*arguments: Any) -> None:
        place(*arguments)
        placed.append(arguments)
        if len(placed) == masks_placed:
            raise KilledError

    with monkeypatch.context() as patch:
        patch.setattr(Staging, "place_mask", place_then_die)
        with pytest.raises(KilledError):
            bring(unfinished.project, unfinished.sources, unfinished.options)
    unfinished.go_on()


def test_a_date_that_was_unpacked_after_the_stop_comes_in(tmp_path: Path) -> None:
    truth = write_layout_1(tmp_path / "tree", places=2, dates=2, size=16)
    late = truth.places[0].dates[1]
    (tmp_path / "late").mkdir()
    for path in sorted((tmp_path / "tree").glob(f"*/source/{truth.places[0].id}_{late}_*")):
        path.rename(tmp_path / "late" / path.name)
    create_project(tmp_path / "project", LANDCOVERNET)
    bring(tmp_path / "project", [tmp_path / "tree"], ImportOptions(), stop_after=3)
    for path in (tmp_path / "late").iterdir():
        folder = f"ref_landcovernet_v1_labels_{truth.places[0].id}"
        path.rename(tmp_path / "tree" / folder / "source" / path.name)
    bring(tmp_path / "project", [tmp_path / "tree"], ImportOptions())
    images = [row for row in listed(tmp_path / "project").values() if "class_pixels" not in row]
    assert len(images) == 4


# -- progress and order ----------------------------------------------------------------------


@SOME
def test_progress_only_grows_and_ends_at_its_total(
    origin: Origin, origin_folder: Path, project: Path
) -> None:
    _, steps = bring(project, origin.sources(origin_folder), origin.asked(origin_folder))
    for message in dict.fromkeys(step.message for step in steps):
        done = [step.done for step in steps if step.message == message]
        totals = {step.total for step in steps if step.message == message}
        assert done == sorted(done)
        assert totals == {done[-1]}
    assert [step.message for step in steps][:2] == ["reading", "reading"]


def _write_two_grounds(folder: Path) -> list[Path]:
    sources = []
    for name, columns in (("east", 500), ("west", 0)):
        write_raster(
            folder / "masks" / f"{name}.tif", vessels()[None], transform=moved_east(columns)
        )
        sources.append(band_folder(folder / name, transform=moved_east(columns)))
    return sources


def _ids_in_order(folder: Path, sources: Sequence[Path], classes: ClassTable) -> set[str]:
    create_project(folder, classes, "one name")
    bring(folder, sources, ImportOptions(masks=sources[0].parent / "masks"))
    return set(listed(folder))


CLASSES = pytest.mark.parametrize("classes", [VESSELS, REEFS], ids=["moving", "static"])


@CLASSES
def test_the_order_of_sources_does_not_matter(tmp_path: Path, classes: ClassTable) -> None:
    east, west = _write_two_grounds(tmp_path)
    ids = _ids_in_order(tmp_path / "one", [east, west], classes)
    assert len(ids) == 16
    assert _ids_in_order(tmp_path / "two", [west, east], classes) == ids


def test_the_order_of_two_dates_of_one_ground_does_not_matter(tmp_path: Path) -> None:
    days = [band_folder(tmp_path / "port_20180105"), band_folder(tmp_path / "port_20180410")]
    (tmp_path / "masks").mkdir()
    for path in days[1].iterdir():
        change(path)
    mask_geotiff(tmp_path / "masks" / "port_20180105.tif")
    mask_geotiff(tmp_path / "masks" / "port_20180410.tif")
    ids = _ids_in_order(tmp_path / "one", days, VESSELS)
    assert _ids_in_order(tmp_path / "two", days[::-1], VESSELS) == ids
