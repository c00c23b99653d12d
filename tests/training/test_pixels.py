"""A forest learns from what people have painted, and from nothing else."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from s2label_training.features import KeptFeatures, pixel_features
from s2label_training.forest import check_forest, fit_forest, propose
from s2label_training.painted import MOST_PER_CLASS, PaintedChips
from s2label_training.pixels import StrokeLearner, StrokesError

from s2label.canvases import CanvasKind
from s2label.classes import LANDCOVERNET, VESSELS
from s2label.errors import InputError
from s2label.project import open_project
from s2label.raster import RasterPool
from s2label.types import NOT_LABELLED, Provenance, Verdict
from tests.factories import ports
from tests.factories.commands import do
from tests.factories.painting import RealPainting
from tests.factories.projects import NODATA_ROWS, Ground, apart, decide, make_project

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from s2label.project import Project
    from s2label.types import ClassTable

MASK, IGNORE, HUMAN = CanvasKind.MASK, CanvasKind.IGNORE, Provenance.HUMAN
SIDE = 32
FIRST_BANDS, OTHER_BANDS = ("B02", "B03", "B04"), ("B08", "B11")


def block(top: int, bottom: int) -> list[int]:
    """Return the positions of whole rows of a chip of 32 px."""
    return list(range(top * SIDE, bottom * SIDE))


@pytest.fixture
def making(tmp_path: Path) -> Iterator[Callable[..., Project]]:
    """Return what makes projects and opens them for writing until the test ends."""
    opened: list[Any] = []

    def make(grounds: Iterable[Ground], classes: ClassTable = VESSELS) -> Project:
        folder = make_project(tmp_path, grounds, classes)
        opened.append(open_project(folder, write=True))
        project: Project = opened[-1].__enter__()
        return project

    yield make
    for project in opened:
        project.__exit__(None, None, None)


def paint_two_classes(project: Project, *images: int) -> RealPainting:
    """Paint a vessel and background on images by number; the last one's are not settled."""
    painting = RealPainting(project)
    for number in images:
        painting.look(number)
        painting.paint(MASK, block(10, 14), 1, HUMAN, drawn=False)
        painting.paint(MASK, block(20, 30), 0, HUMAN, drawn=False)
    return painting


def found_pixels(project: Project) -> list[dict[int, int]]:
    return [chip.pixels for chip in PaintedChips(project).find()]


# -- what counts as painted ------------------------------------------------------------------------


def test_strokes_count_before_and_after_they_are_settled(making: Callable[..., Project]) -> None:
    project = making(apart(2, mask_values=()))
    painting = paint_two_classes(project, 0, 2)
    expected = {0: 10 * SIDE, 1: 4 * SIDE}

    assert found_pixels(project) == [expected, expected]
    painting.leave()
    assert found_pixels(project) == [expected, expected]


def test_imported_pixels_and_those_of_models_do_not_count(making: Callable[..., Project]) -> None:
    project = making(apart(1, mask_values=(0, 1)))
    painting = RealPainting(project)
    painting.look(0)
    painting.paint(MASK, block(0, 4), 1, Provenance.STROKES, drawn=False)
    painting.paint(MASK, block(4, 8), 1, Provenance.FIRST_MODEL, drawn=False)
    assert found_pixels(project) == []

    painting.paint(MASK, block(8, 9), 1, HUMAN, drawn=False)
    assert found_pixels(project) == [{1: SIDE}]


def test_undone_ignored_and_unlabelled_pixels_do_not_count(making: Callable[..., Project]) -> None:
    project = making(apart(1, mask_values=()))
    painting = paint_two_classes(project, 0)
    painted = PaintedChips(project)
    assert [chip.pixels for chip in painted.find()] == [{0: 10 * SIDE, 1: 4 * SIDE}]
    painting.paint(MASK, block(20, 21), NOT_LABELLED, HUMAN, drawn=False)
    painting.paint(MASK, block(0, 9), 1, HUMAN, drawn=False)
    painting.undo(show=False)
    assert [chip.pixels for chip in painted.find()] == [{0: 9 * SIDE, 1: 4 * SIDE}]
    painting.paint(IGNORE, block(10, 11), 255, HUMAN, drawn=False)
    assert [chip.pixels for chip in painted.find()] == [{0: 9 * SIDE, 1: 3 * SIDE}]


def test_rejected_images_and_masks_do_not_count(making: Callable[..., Project]) -> None:
    project = making(apart(2, mask_values=()))
    painting = paint_two_classes(project, 0, 1, 2)
    painting.leave()
    masks = {row["image"]: row["id"] for row in project.catalog.list_masks()}
    decide(project, Verdict.REJECT, painting.images[0])
    decide(project, Verdict.REJECT, masks[painting.images[1]])

    (left,) = PaintedChips(project).find()
    assert left.image.id == painting.images[2]


def test_a_mask_of_a_place_counts_for_the_images_it_was_painted_on(
    making: Callable[..., Project],
) -> None:
    dates = ("2018-01-05", "2018-04-10", "2018-06-15")
    project = making(apart(1, mask_values=(), dates=dates), LANDCOVERNET)
    painting = RealPainting(project)
    for number, value in ((0, 2), (2, 5)):
        painting.look(number)
        painting.paint(MASK, block(10 + number, 12 + number), value, HUMAN, drawn=False)

    latest, first = PaintedChips(project).find()

    assert [latest.image.id, first.image.id] == [painting.images[2], painting.images[0]]
    assert latest.pixels == first.pixels == {2: 2 * SIDE, 5: 2 * SIDE}


def test_a_sample_is_drawn_by_chance_and_always_the_same(making: Callable[..., Project]) -> None:
    project = making([Ground("wide", side_px=64, mask_values=())])
    painting = RealPainting(project)
    painting.look(0)
    painting.paint(MASK, range(40 * 64), 0, HUMAN, drawn=False)

    (one,), (other,) = (PaintedChips(project).find() for _ in range(2))

    np.testing.assert_array_equal(one.sample[0], other.sample[0])
    assert len(set(one.sample[0])) == MOST_PER_CLASS
    assert one.sample[0][: MOST_PER_CLASS // 4].max() > 30 * 64


def test_only_chips_that_changed_are_read_again(making: Callable[..., Project]) -> None:
    project = making(apart(1, mask_values=()))
    painting = paint_two_classes(project, 0)
    painting.leave()
    painted = PaintedChips(project)
    before = painted.find()
    for path in (project.folder / "masks").rglob("*.tif"):
        path.write_bytes(b"damaged since")

    assert painted.find() == before
    with pytest.raises(InputError, match="neither GeoTIFF nor JPEG2000"):
        PaintedChips(project).find()


# -- features --------------------------------------------------------------------------------------


@pytest.mark.parametrize("is_sea", [True, False])
@pytest.mark.parametrize("bands", [("B02",), ports.BANDS, ("B03", "B04", "B8A", "B11", "B12")])
def test_features_are_finite_whatever_the_reflectance(bands: tuple[str, ...], is_sea: bool) -> None:
    values = np.random.default_rng(0).normal(0.02, 0.05, (len(bands), 20, 24)).astype(np.float32)
    values[:, :, 3] = 0
    with_gap, none = values.copy(), np.full_like(values, np.nan)
    with_gap[:, 5:9] = np.nan

    described = [pixel_features(v, bands, is_sea=is_sea) for v in (values, with_gap, none)]

    assert len({features.shape for features in described}) == 1
    assert described[0].dtype == np.float32
    assert all(np.isfinite(features).all() for features in described)


def test_a_vessel_stands_out_from_the_sea_more_than_waves_do() -> None:
    values = ports.reflectance().astype(np.float32)[:, 32:96]
    is_vessel = ports.vessels()[32:96] == 1
    single = len(ports.BANDS) + 2  # bands, NDVI, NDWI, then the contrast

    contrast = pixel_features(values, ports.BANDS, is_sea=True)[..., single]

    assert contrast[is_vessel].min() > contrast[~is_vessel].max()


def test_what_lies_beyond_a_gap_without_data_makes_no_edge() -> None:
    values = np.full((4, 30, 30), 0.05, np.float32)
    values[:, :, :8] = np.nan

    features = pixel_features(values, ports.BANDS, is_sea=True)

    np.testing.assert_allclose(features, features[0, 29] * np.ones_like(features), atol=1e-3)


# -- the forest ------------------------------------------------------------------------------------


def clouds(count: int, *values: int, seed: int = 0) -> dict[int, NDArray[np.float32]]:
    """Return features of classes that lie apart, each around its own value."""
    chance = np.random.default_rng(seed)
    return {v: chance.normal(v, 0.1, (count, 3)).astype(np.float32) for v in values}


def test_a_rare_class_counts_as_much_as_a_frequent_one() -> None:
    chance = np.random.default_rng(0)
    frequent, rare, new = (chance.normal(v, 1, (n, 2)) for v, n in ((0, 400), (1, 20), (1, 400)))

    forest = fit_forest([{0: frequent.astype(np.float32), 1: rare.astype(np.float32)}])

    assert (forest.predict(new) == 1).mean() > 0.6  # 0.1 where each pixel counts the same


def test_a_check_leaves_whole_chips_out() -> None:
    alike = [clouds(50, 0, 1, seed=seed) for seed in range(4)]
    shuffled = [{0: one[n % 2], 1: one[1 - n % 2]} for n, one in enumerate(alike)]

    assert check_forest(alike) == 1
    told = check_forest(shuffled)
    assert told is not None
    assert told < 0.7


def test_a_single_chip_cannot_be_checked() -> None:
    assert check_forest([clouds(50, 0, 1)]) is None


def test_nothing_is_proposed_without_data() -> None:
    forest = fit_forest([clouds(50, 0, 7)])
    features = np.full((5, 6, 3), 7, np.float32)
    valid = np.ones((5, 6), np.bool_)
    valid[:, 2] = False

    likely = propose(forest, features, valid)

    assert likely.shape == (2, 5, 6)
    assert not likely[:, :, 2].any()
    assert len(np.unique(likely[1][:, [0, 1, 3, 4, 5]])) == 1  # beside the gap as anywhere
    assert likely[1].max() > 230
    assert not propose(forest, features, np.zeros_like(valid)).any()


# -- learning --------------------------------------------------------------------------------------


@pytest.fixture
def port(tmp_path: Path) -> Iterator[Project]:
    """Return a project of two made ports beside each other, cut into chips, nothing painted."""
    sources = ports.chip_folder(tmp_path / "ports")
    do("init", tmp_path / "project", "--classes", "vessels")
    do("import", tmp_path / "project", sources, "--chip", 64)
    with open_project(tmp_path / "project", write=True) as project:
        yield project


def truth_of(project: Project, image_id: str) -> NDArray[np.bool_]:
    """Return where the vessels of a made port are in a chip (y, x)."""
    chip = project.catalog.chip(image_id)
    assert chip is not None
    _, row, column = chip.place.name.rsplit("_", 2)
    y, x = int(row[1:]) * 64, int(column[1:]) * 64
    return np.asarray(ports.vessels()[y : y + 64, x : x + 64] == 1)


def test_one_painted_port_finds_the_vessels_of_another(port: Project) -> None:
    painting = RealPainting(port)
    places = {i: port.catalog.chip(i).place.name for i in painting.images}  # type: ignore[union-attr]
    painted = [n for n, i in enumerate(painting.images) if places[i].startswith("port_0")]
    for number in painted:
        painting.look(number)
        vessels = np.flatnonzero(truth_of(port, painting.images[number])).tolist()
        painting.paint(MASK, vessels, 1, HUMAN, drawn=False)
        painting.rest()
    with RasterPool() as pool:
        learner = StrokeLearner(port, pool)
        report = learner.learn()
        others = [i for n, i in enumerate(painting.images) if n not in painted]
        proposed = [learner.suggest(i).classes() == 1 for i in others]

    truths = [truth_of(port, i) for i in others]
    both = sum(np.count_nonzero(p & t) for p, t in zip(proposed, truths, strict=True))
    either = sum(np.count_nonzero(p | t) for p, t in zip(proposed, truths, strict=True))
    assert both / either > 0.6
    assert report.chips == 4
    assert report.pixels == {"background": 4 * 64 * 64 - 72, "vessel": 72}
    assert report.accuracy is not None
    assert report.accuracy > 0.8
    assert report.bands == ports.BANDS


def learner_of(project: Project) -> StrokeLearner:
    return StrokeLearner(project, RasterPool())


def test_the_same_strokes_give_the_same_suggestion(making: Callable[..., Project]) -> None:
    project = making(apart(2, mask_values=()))
    painting = paint_two_classes(project, 0, 2)
    one, other = (learner_of(project).suggest(painting.images[1]) for _ in range(2))
    np.testing.assert_array_equal(one.probabilities, other.probabilities)


def test_learning_again_takes_what_was_painted_since(making: Callable[..., Project]) -> None:
    project = making(apart(2, mask_values=()))
    painting = paint_two_classes(project, 0)
    learner = learner_of(project)
    before = learner.learn()
    painting.look(0)
    painting.paint(MASK, block(3, 10), 1, HUMAN, drawn=False)
    painting.look(1)
    painting.paint(MASK, block(3, 10), 0, HUMAN, drawn=False)

    after = learner.learn()

    assert before.pixels == {"background": 10 * SIDE, "vessel": 4 * SIDE}
    assert after.pixels == {"background": 17 * SIDE, "vessel": 11 * SIDE}
    assert (before.chips, after.chips) == (1, 2)
    fresh = learner_of(project).suggest(painting.images[3])
    np.testing.assert_array_equal(
        learner.suggest(painting.images[3]).probabilities, fresh.probabilities
    )


def test_pixels_without_data_get_no_suggestion(making: Callable[..., Project]) -> None:
    project = making(apart(1, mask_values=()))
    painting = paint_two_classes(project, 0)
    suggestion = learner_of(project).suggest(painting.images[1])
    assert (suggestion.classes()[:NODATA_ROWS] == NOT_LABELLED).all()
    assert (suggestion.classes()[NODATA_ROWS:] != NOT_LABELLED).all()


def test_painted_chips_without_data_are_no_obstacle(making: Callable[..., Project]) -> None:
    project = making(apart(3, mask_values=()))
    painting = paint_two_classes(project, 0)
    for number in (2, 4):
        painting.look(number)
        painting.paint(MASK, block(0, NODATA_ROWS), 0, HUMAN, drawn=False)
    assert learner_of(project).suggest(painting.images[1]).class_values == (0, 1)


def test_classes_of_land_are_learnt_without_background(making: Callable[..., Project]) -> None:
    project = making(apart(1, mask_values=()), LANDCOVERNET)
    painting = RealPainting(project)
    painting.look(0)
    for number, value in enumerate((2, 5, 7)):
        painting.paint(MASK, block(5 + 8 * number, 13 + 8 * number), value, HUMAN, drawn=False)

    suggestion = learner_of(project).suggest(painting.images[1])

    assert suggestion.class_values == (2, 5, 7)
    sums = suggestion.probabilities[:, NODATA_ROWS + 3 :].astype(int).sum(axis=0)
    assert abs(sums - 255).max() <= 2


@pytest.mark.parametrize(
    ("painted", "words"),
    [
        pytest.param([], "nothing is painted yet", id="nothing"),
        pytest.param([(block(5, 9), 0)], "only background is painted so far", id="background"),
        pytest.param(
            [(block(5, 9), 1)],
            r"only vessel is painted so far; paint some background too \(Shift\+F\)",
            id="one class",
        ),
        pytest.param(
            [(block(0, 2), 1), (block(2, 3), 0)], "where the images have data", id="no data"
        ),
    ],
)
def test_too_little_paint_is_told_in_words(
    making: Callable[..., Project], painted: list[tuple[list[int], int]], words: str
) -> None:
    project = making(apart(1, mask_values=()))
    painting = RealPainting(project)
    painting.look(0)
    for chosen, value in painted:
        painting.paint(MASK, chosen, value, HUMAN, drawn=False)
    with pytest.raises(StrokesError, match=words):
        learner_of(project).learn()


def test_what_was_learnt_stays_when_learning_again_fails(making: Callable[..., Project]) -> None:
    project = making(apart(1, mask_values=()))
    painting = paint_two_classes(project, 0)
    learner = learner_of(project)
    before = learner.suggest(painting.images[1])
    painting.clear()

    with pytest.raises(StrokesError):
        learner.learn()

    after = learner.suggest(painting.images[1])
    np.testing.assert_array_equal(after.probabilities, before.probabilities)


def test_images_share_the_bands_that_they_have_in_common(making: Callable[..., Project]) -> None:
    grounds = [
        Ground("all", 300_000, bands=(*FIRST_BANDS, *OTHER_BANDS), mask_values=()),
        Ground("few", 400_000, bands=FIRST_BANDS, mask_values=()),
        Ground("one", 500_000, bands=("B04",), mask_values=()),
        Ground("others", 600_000, bands=OTHER_BANDS, mask_values=()),
    ]
    project = making(grounds)
    chips = project.catalog.chips(project.catalog.image_ids())
    first = {chip.place.name: image_id for image_id, chip in chips.items()}
    order = project.catalog.image_ids()
    paint_two_classes(project, order.index(first["all"]), order.index(first["few"]))
    learner = learner_of(project)

    assert learner.learn().bands == FIRST_BANDS
    assert learner.suggest(first["one"]).probabilities.any()
    words = "has B08, B11; expected one of B02, B03, B04, which the painted chips have"
    with pytest.raises(InputError, match=words):
        learner.suggest(first["others"])
    paint_two_classes(project, order.index(first["others"]))
    with pytest.raises(InputError, match="which the other painted chips have"):
        learner.learn()


def test_features_are_kept_only_while_there_is_room(
    making: Callable[..., Project], monkeypatch: pytest.MonkeyPatch
) -> None:
    from s2label_training import features

    project = making(apart(2, mask_values=()))
    monkeypatch.setattr(features, "_KEPT_BYTES", 1)
    kept = KeptFeatures(RasterPool(), is_sea=True)
    chips = project.catalog.chips(project.catalog.image_ids()).values()
    described = [kept.of(c.image, c.place.grid, ports.BANDS) for c in chips]
    assert [f.shape[:2] for f, _ in described] == [(SIDE, SIDE)] * 4
    assert kept._kept_bytes == described[-1][0].nbytes


def test_it_needs_no_torch() -> None:
    command = "import s2label_training.pixels, sys; print('torch' in sys.modules)"
    told = subprocess.run(
        [sys.executable, "-c", command], capture_output=True, text=True, check=True
    )
    assert told.stdout == "False\n"
