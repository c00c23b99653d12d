"""What an earlier run left: kept where it is the same, made anew where it is damaged."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
import rasterio
from s2label_training.scene import work_folder
from s2label_training.scene.run import predict_scene

from s2label.errors import InputError, S2LabelError
from s2label.importers.options import ImportOptions
from s2label.progress import finish
from s2label.results.rasters import read_record
from s2label.results.runs import run_of
from s2label.scenes import require_one_scene
from tests.factories import whole_scenes as scenes

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from s2label_training.predict import Predictor
    from s2label_training.scene.run import SceneReport

SIDE = 160
ALL = ("rgb.tif", "probabilities.tif", "objects.geojson", "map.html")


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return scenes.write_scene(tmp_path_factory.mktemp("product"), SIDE)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Predictor:
    folder = tmp_path_factory.mktemp("models") / "near"
    scenes.write_model(folder, near_water_px=5)
    return scenes.predictor(folder)


def predict(
    archive: Path, model: Predictor, folder: Path, *others: str, **wishes: object
) -> SceneReport:
    return scenes.predict(scenes.request(archive, folder, *others, **wishes), model)


def test_every_file_of_a_result_says_which_run_made_it(
    tmp_path: Path, archive: Path, model: Predictor
) -> None:
    pytest.importorskip("bokeh")
    predict(archive, model, tmp_path, *ALL)
    runs = {run_of(path) for path in tmp_path.iterdir()}
    assert len(list(tmp_path.iterdir())) == 5
    assert len(runs) == 1
    assert None not in runs
    assert predict(archive, model, tmp_path, *ALL).state == "kept"


@pytest.mark.parametrize("name", ["rgb.tif", "probabilities.tif", "objects.geojson"])
def test_a_file_of_another_run_is_made_anew(
    tmp_path: Path, archive: Path, model: Predictor, name: str
) -> None:
    predict(archive, model, tmp_path, name, threshold=0.45)
    before = run_of(tmp_path / name)
    predict(archive, model, tmp_path, threshold=0.99)
    report = predict(archive, model, tmp_path, name, threshold=0.99)
    assert report.state == "done"
    assert run_of(tmp_path / name) == run_of(tmp_path / "classes.tif") != before
    (tmp_path / name).write_text("hello")
    assert predict(archive, model, tmp_path, name, threshold=0.99).state == "done"
    assert predict(archive, model, tmp_path, name, threshold=0.99).state == "kept"


def test_with_and_without_a_picture_it_is_the_same_run(
    tmp_path: Path, archive: Path, model: Predictor
) -> None:
    predict(archive, model, tmp_path, "rgb.tif")
    assert predict(archive, model, tmp_path).state == "kept"
    predict(archive, model, tmp_path, again=True)
    assert predict(archive, model, tmp_path, "rgb.tif").state == "kept"


def test_another_date_of_the_scene_is_another_result(
    tmp_path: Path, archive: Path, model: Predictor
) -> None:
    wanted = scenes.request(archive, tmp_path)
    found = require_one_scene(archive, ImportOptions())
    finish(predict_scene(wanted, replace(found, time=None), model))
    assert read_record(tmp_path / "classes.tif").time is None
    report = finish(predict_scene(wanted, replace(found, time="2024-05-06"), model))
    assert report.state == "done"
    assert read_record(tmp_path / "classes.tif").time == "2024-05-06"


@contextmanager
def stopped_after(rows: int) -> Iterator[None]:
    """Let nothing but so many bands of rows be done."""
    keep = work_folder.WorkFolder.keep

    def keep_some(self: work_folder.WorkFolder, *arguments: object) -> None:
        if self.done() == rows:
            raise KeyboardInterrupt
        keep(self, *arguments)  # type: ignore[arg-type]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(work_folder.WorkFolder, "keep", keep_some)
        with pytest.raises(KeyboardInterrupt):
            yield


@pytest.mark.parametrize("left", [0, 10, -200], ids=["empty", "header", "end"])
def test_rows_that_are_damaged_are_predicted_again(
    tmp_path: Path, archive: Path, model: Predictor, left: int
) -> None:
    (tmp_path / "sound").mkdir()
    (tmp_path / "out").mkdir()
    predict(archive, model, tmp_path / "sound")
    with stopped_after(2):
        predict(archive, model, tmp_path / "out")
    work = work_folder.WorkFolder(tmp_path / "out" / "classes.tif")
    rows = work.rows_done()
    path = work.folder / "rows-00001.tif"
    path.write_bytes(path.read_bytes()[:left])
    assert work.done() == 1
    assert 0 < work.rows_done() <= rows
    assert predict(archive, model, tmp_path / "out").bands_before == 1
    made = [(tmp_path / name / "classes.tif").read_bytes() for name in ("sound", "out")]
    assert made[0] == made[1]


@contextmanager
def largest_file(size: int) -> Iterator[None]:
    """Let no file grow larger, as on a full disk."""
    resource = pytest.importorskip("resource")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_full_disk_is_told_and_the_run_goes_on_when_there_is_room(
    tmp_path: Path, archive: Path, model: Predictor
) -> None:
    with largest_file(3_000), pytest.raises(S2LabelError, match=r"part: rows cannot be written \("):
        predict(archive, model, tmp_path, "probabilities.tif")
    assert not (tmp_path / "classes.tif").exists()
    predict(archive, model, tmp_path, "probabilities.tif")
    size = (tmp_path / "probabilities.tif").stat().st_size
    before = (tmp_path / "probabilities.tif").read_bytes()
    with (
        largest_file(size - 500),
        pytest.raises(S2LabelError, match=r"/probabilities\.tif: cannot be written whole"),
    ):
        predict(archive, model, tmp_path, "probabilities.tif", again=True)
    assert (tmp_path / "probabilities.tif").read_bytes() == before
    report = predict(archive, model, tmp_path, "probabilities.tif", threshold=0.5)
    assert report.bands_before == report.bands


@pytest.mark.parametrize("shape", [(1, 1), (200, 1), (1, 200), (2, 2)], ids=str)
def test_a_scene_of_a_pixel_or_two_is_predicted(
    tmp_path: Path, model: Predictor, shape: tuple[int, int]
) -> None:
    source = scenes.write_bands(tmp_path / "scene.tif", np.full((5, *shape), 700, np.uint16))
    options = ImportOptions(quantification=10000, any_values=True)
    scenes.predict(scenes.request(source, tmp_path, options=options), model)
    with rasterio.open(tmp_path / "classes.tif") as dataset:
        assert dataset.shape == shape
        assert (dataset.read() != 254).all()


@pytest.mark.parametrize(
    ("crs", "transform", "name", "words"),
    [
        ("EPSG:3413", (10, 0, 0, 0, -10, 0), "map.html", "Web Mercator cannot show"),
        ('LOCAL_CS["somewhere",UNIT["metre",1]]', (10, 0, 5, 0, -10, 5), "map.html", "Web Merc"),
        ('LOCAL_CS["somewhere",UNIT["metre",1]]', (10, 0, 5, 0, -10, 5), "objects.geojson", "CRS"),
    ],
    ids=["pole", "map of no place", "objects of no place"],
)
def test_ground_of_which_no_map_can_be_made_is_refused_before_the_work(
    tmp_path: Path,
    model: Predictor,
    crs: str,
    transform: tuple[float, ...],
    name: str,
    words: str,
) -> None:
    pixels = np.full((5, 64, 64), 700, np.uint16)
    source = scenes.write_bands(tmp_path / "scene.tif", pixels, crs, transform)
    options = ImportOptions(quantification=10000, any_values=True)
    with pytest.raises(InputError, match=rf"scene\.tif: .*{words}"):
        scenes.predict(scenes.request(source, tmp_path, name, options=options), model)
    assert [path.name for path in tmp_path.iterdir()] == ["scene.tif"]
