"""What an exploration writes: figures, numbers, a page, and what a click on a figure means."""

from __future__ import annotations

import csv
import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import rasterio
from PIL import Image

from s2label.classes import LANDCOVERNET
from s2label.cli.exploring import read_ids
from s2label.errors import ExportError
from s2label.explore.chip_counts import bin_clouds, bin_dates, locate_places
from s2label.explore.chips import ExploredChip
from s2label.explore.distributions import Distribution, bin_pixels, shown_range
from s2label.explore.folder import RECORD, ExploreFolder
from s2label.explore.options import ExploreOptions
from s2label.explore.run import explore_project
from s2label.project import open_project
from s2label.screening_records import ScreeningRecord
from s2label.types import ClassTable, Decision, LabelClass, Lifetime, PlaceRecord, Subject, Verdict
from tests.factories.commands import do, run
from tests.factories.projects import DATES, apart, make_project
from tests.factories.shelf import record, write_bundle
from tests.factories.snapshots import tree_snapshot

if TYPE_CHECKING:
    from numpy.typing import NDArray

FIGURES = (
    "counts",
    "histograms",
    "violins",
    "scatter",
    "spectra",
    "clouds",
    "dates",
    "places",
)  # fmt: skip
ASKED = ("--bands", "B04,B08", "--samples", 300)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a project of two places with two dates each, three of the images screened."""
    folder = make_project(tmp_path_factory.mktemp("project"), apart(2))
    with open_project(folder, write=True) as opened:
        ids = opened.catalog.image_ids()
        clouds = zip(ids[:3], (0.0, 0.12, 1.0), strict=True)
        records = [
            ScreeningRecord(id_, 1, "scl", share, valid_cloud=share) for id_, share in clouds
        ]
        opened.catalog.screenings.note(records)
    return folder


@pytest.fixture(scope="module")
def out(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of an exploration."""
    out = tmp_path_factory.mktemp("out") / "figures"
    do("explore", project, out, *ASKED)
    return out


def table(out: Path, name: str) -> list[dict[str, str]]:
    with (out / f"{name}.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def clicks(out: Path, name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((out / "clicks" / f"{name}.json").read_text())
    return found


def test_each_figure_is_there_twice_with_its_numbers_and_on_the_page(out: Path) -> None:
    files = {path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()}
    expected = {f"{name}.{suffix}" for name in FIGURES for suffix in ("png", "svg", "csv")}
    expected |= {f"clicks/{name}.json" for name in FIGURES}
    assert files == expected | {"clicks/images.txt", "index.html", RECORD}
    page = (out / "index.html").read_text("utf-8")
    assert "<script" not in page
    for name in FIGURES:
        assert all(f'href="{name}.{suffix}"' in page for suffix in ("png", "svg", "csv"))
        with Image.open(out / f"{name}.png") as picture:
            assert np.ptp(np.asarray(picture.convert("L"))) > 100  # not an empty sheet


def test_figure_page_and_numbers_say_of_how_many_pixels_they_are(out: Path) -> None:
    rows = table(out, "counts")
    total = sum(int(row["pixels"]) for row in rows)
    said = f"300 px of {total:,}, seed 0, drawn by class from 4 of 4 labelled chips"
    assert said in (out / "index.html").read_text("utf-8")
    pixels = {row["class"]: row["pixels"] for row in rows}
    for name in ("violins", "spectra", "histograms", "scatter"):
        for row in table(out, name):
            drawn = (row["pixels"], row["of_pixels"], row["seed"])
            assert drawn == ("100", pixels[row["class"]], "0")


def test_bins_of_a_histogram_add_up_to_the_pixels_that_were_drawn(out: Path) -> None:
    for measure in ("B04", "B08"):
        for name in ("Water", "Artificial Bareground"):
            rows = [
                row
                for row in table(out, "histograms")
                if (row["measure"], row["class"]) == (measure, name)
            ]
            assert sum(int(row["pixels_in_bin"]) for row in rows) == 100
            assert (rows[0]["from"], rows[-1]["to"]) == ("", "")


def test_the_same_exploration_gives_the_same_bytes_and_leaves_the_project_as_it_was(
    project: Path, out: Path, tmp_path: Path
) -> None:
    before = tree_snapshot(project)
    do("explore", project, tmp_path / "again", *ASKED)
    assert tree_snapshot(tmp_path / "again") == tree_snapshot(out)
    assert tree_snapshot(project) == before


def test_a_click_on_a_bar_means_the_chips_of_its_class(project: Path, out: Path) -> None:
    images = (out / "clicks" / "images.txt").read_text().splitlines()
    with open_project(project) as opened:
        assert images == opened.catalog.image_ids()
    with Image.open(out / "counts.png") as picture:
        pixels = np.asarray(picture.convert("RGB"))
    regions = clicks(out, "counts")
    for region in regions:
        name = region["words"].removeprefix("with ")
        wanted = next(each.rgb for each in LANDCOVERNET.classes if each.name == name)
        assert wanted in colours_in(pixels, region["box"])
        assert region["chips"] == [0, 1, 2, 3]
    assert len(regions) == 2 * 3  # pixels and chips of three classes


def colours_in(pixels: NDArray[np.uint8], box: list[float]) -> set[tuple[int, ...]]:
    height, width, _ = pixels.shape
    left, top, right, bottom = np.rint(np.array(box) * (width, height, width, height)).astype(int)
    return {tuple(colour) for colour in pixels[top:bottom, left:right].reshape(-1, 3).tolist()}


def test_a_click_on_a_bin_means_chips_with_pixels_in_it(out: Path) -> None:
    images = (out / "clicks" / "images.txt").read_text().splitlines()
    rows = table(out, "scatter")
    water = [row for row in rows if row["class"] == "Water"]
    brightest = max(water, key=lambda row: float(row["B08"]))
    number = images.index(brightest["image"])
    of_water = [r for r in clicks(out, "histograms") if r["words"].startswith("with Water of B08")]
    assert len(of_water) > 10
    assert any(number in region["chips"] for region in of_water[-3:])
    dates = {region["words"]: region["chips"] for region in clicks(out, "dates")}
    assert dates == {"of 2018-01": [0, 2], "of 2018-04": [1, 3]}
    clouds = {region["words"]: region["chips"] for region in clicks(out, "clouds")}
    assert clouds == {
        "with cloud of 0 to 5 %": [0],
        "with cloud of 10 to 15 %": [1],
        "with cloud of 95 to 100 %": [2],
    }


def test_regions_lie_in_the_picture(out: Path) -> None:
    for name in FIGURES:
        for region in clicks(out, name):
            left, top, right, bottom = region["box"]
            assert 0 <= left < right <= 1
            assert 0 <= top < bottom <= 1
            assert region["chips"]


def test_an_earlier_exploration_is_replaced_whole(project: Path, out: Path, tmp_path: Path) -> None:
    shutil.copytree(out, tmp_path / "out")
    with open_project(project) as opened:
        ids = opened.catalog.image_ids()
    (tmp_path / "ids.txt").write_text(f"{ids[3]}\n\n")
    few = ("--bands", "B04", "--scatter", "B04,B08", "--samples", 30)
    do("explore", project, tmp_path / "out", *few, "--images", tmp_path / "ids.txt")
    assert not (tmp_path / "out" / "clouds.png").exists()  # that image was not screened
    assert (tmp_path / "out" / "clicks" / "images.txt").read_text() == ids[3]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["ids.txt", "out"]


def test_what_is_no_exploration_stays_as_it_is(project: Path, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.tex").write_text("years of work")
    printed = run("explore", project, tmp_path / "out", *ASKED)
    assert (printed.code, "holds something that is no exploration" in printed.err) == (1, True)
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["out", "thesis.tex"]


def test_a_file_put_beside_the_figures_is_not_deleted(project: Path, tmp_path: Path) -> None:
    with ExploreFolder(tmp_path / "out", project).writing({}) as draft:
        (draft / "counts.csv").write_text("1")
    (tmp_path / "out" / "notes.txt").write_text("mine")
    with pytest.raises(ExportError, match=r"holds notes\.txt, which no exploration wrote"):
        ExploreFolder(tmp_path / "out", project)


def test_a_folder_in_the_project_or_around_it_is_refused(project: Path) -> None:
    for out in (project / "figures", project.parent):
        with pytest.raises(ExportError, match="overlaps the project"):
            ExploreFolder(out, project)


def test_a_stopped_exploration_leaves_nothing(project: Path, tmp_path: Path) -> None:
    with open_project(project) as opened:
        job = explore_project(opened, tmp_path / "out", ExploreOptions(samples=30, bands="B04"))
        messages = [next(job).message for _ in range(7)]
        assert "drawing figures" in messages
        assert (tmp_path / ".out.exploring").is_dir()
        job.close()
    assert list(tmp_path.iterdir()) == []


def test_an_exploration_stopped_by_ctrl_c_says_that_it_begins_anew(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def press(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("s2label.explore.run.choose_chips", press)
    printed = run("explore", project, tmp_path / "out")
    assert printed.code == 1
    assert printed.err == (
        f"s2label: stopped; {tmp_path / 'out'} is as it was; the same command begins anew\n"
    )


def test_a_stop_between_two_renames_leaves_the_earlier_exploration(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    with ExploreFolder(out, project).writing({}) as draft:
        (draft / "counts.csv").write_text("1")
    rename = Path.rename

    def stop_at_the_second(path: Path, target: Path) -> Path:
        if path.name == ".out.exploring":
            raise KeyboardInterrupt
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", stop_at_the_second)
    with pytest.raises(KeyboardInterrupt), ExploreFolder(out, project).writing({}) as draft:
        (draft / "counts.csv").write_text("2")
    assert (out / "counts.csv").read_text() == "1"
    assert list(tmp_path.iterdir()) == [out]


def test_what_a_kill_between_two_renames_left_is_mended(project: Path, tmp_path: Path) -> None:
    with ExploreFolder(tmp_path / "out", project).writing({}) as draft:
        (draft / "counts.csv").write_text("1")
    (tmp_path / "out").rename(tmp_path / ".out.replaced")
    ExploreFolder(tmp_path / "out", project)
    assert (tmp_path / "out" / "counts.csv").read_text() == "1"


def test_two_explorations_do_not_write_to_one_folder(project: Path, tmp_path: Path) -> None:
    first, second = (ExploreFolder(tmp_path / "out", project) for _ in range(2))
    with first.writing({}) as draft:
        (draft / "counts.csv").write_text("1")
        with pytest.raises(ExportError, match="another exploration is writing"):
            second.writing({}).__enter__()
    assert (tmp_path / "out" / "counts.csv").read_text() == "1"


def test_chips_without_labels_have_figures_of_what_is_known(tmp_path: Path) -> None:
    folder = make_project(tmp_path, apart(2, mask_values=()))
    printed = do("explore", folder, tmp_path / "out", "--json-lines")
    result = printed.lines[-1]["result"]
    assert [figure["name"] for figure in result["figures"]] == ["counts", "dates", "places"]
    assert result["notes"] == ["nothing is labelled in these chips: no figure of classes is drawn"]
    assert (result["chips"], result["labelled_chips"], result["sampled"]) == (4, 0, 0)


def test_a_condition_chooses_chips_and_an_empty_folder_will_do(
    project: Path, tmp_path: Path
) -> None:
    (tmp_path / "out").mkdir()
    where = ("--where", "mask = rejected")
    printed = run("explore", project, tmp_path / "out", *where)
    assert (printed.code, "no image fits" in printed.err) == (1, True)
    where = ("--where", "state = open and mask = none")
    unlabelled = make_project(tmp_path / "unlabelled", apart(1, mask_values=()))
    do("explore", unlabelled, tmp_path / "out", *where)
    assert json.loads((tmp_path / "out" / RECORD).read_text())["options"]["where"] == where[1]


def test_images_of_different_bands_are_drawn_together(tmp_path: Path) -> None:
    first, second = apart(2)
    grounds = (replace(first, bands=("B02", "B03")), replace(second, bands=("B02", "B8A")))
    folder = make_project(tmp_path, grounds)
    do("explore", folder, tmp_path / "out", "--samples", 600)
    pixels = {
        (row["band"], row["class"]): row["pixels"] for row in table(tmp_path / "out", "spectra")
    }
    drawn = [int(pixels[band, "Water"]) for band in ("B02", "B03", "B8A")]
    assert drawn[0] == drawn[1] + drawn[2]
    assert min(drawn) > 0


def test_labels_that_nobody_checked_are_said_to_be_none(tmp_path: Path) -> None:
    folder = make_project(tmp_path, apart(1))
    options = ("--trust", "checked", "--json-lines")
    result = do("explore", folder, tmp_path / "out", *options).lines[-1]["result"]
    assert result["notes"] == ["no pixel counts: of these chips there are no checked labels"]
    assert (result["pixels"], result["sampled"]) == (0, 0)


def test_labels_under_images_without_data_are_not_said_to_be_missing(tmp_path: Path) -> None:
    folder = make_project(tmp_path, apart(1, dates=DATES[:1]))
    with rasterio.open(tmp_path / "sources" / "p0_0.tif", "r+") as raster:
        raster.write(np.zeros_like(raster.read()))
    result = do("explore", folder, tmp_path / "out", "--json-lines").lines[-1]["result"]
    why = "these images lack data, at least in a band, where there are labels of all current masks"
    assert result["notes"] == [f"no pixel counts: {why}"]


def test_a_measure_without_any_value_is_said(project: Path, tmp_path: Path) -> None:
    options = ("--bands", "B04,sqrt(-1 - B04)", "--samples", 30, "--json-lines")
    result = do("explore", project, tmp_path / "out", *options).lines[-1]["result"]
    assert result["notes"] == ["sqrt(-1 - B04) has no value in any pixel that was drawn"]


def test_a_class_may_have_any_name(tmp_path: Path) -> None:
    names = ("a{b}", "{x}", "a}", r"C $x^{2$ and $100", "_other", "=cmd|'!A0")
    labels = [LabelClass(value, name, "#ff3b30") for value, name in enumerate(names, start=1)]
    classes = ClassTable("own", Lifetime.STATIC, tuple(labels))
    ground = apart(1, mask_values=tuple(range(len(names) + 1)))
    folder = make_project(tmp_path, ground, classes)
    out = tmp_path / "out"
    do("explore", folder, out, "--bands", "B04", "--scatter", "B04,B08", "--samples", 30)
    said = {region["words"].partition(" of B04 ")[0] for region in clicks(out, "scatter")}
    assert said == {"with background"} | {f"with {name}" for name in names}
    written = [name.replace("=", "'=") for name in names]
    assert [row["class"] for row in table(out, "counts")] == ["background", *written]
    # An SVG draws letters as shapes, and keeps what they say as a comment.
    for name in names:
        assert f"<!-- {name}" in (out / "counts.svg").read_text("utf-8")


def test_a_text_that_a_spreadsheet_would_compute_is_a_text_in_the_numbers(
    project: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    do("explore", project, out, "--bands", "-B04", "--scatter", "-B04,B08", "--samples", 30)
    assert {row["measure"] for row in table(out, "violins")} == {"'-B04"}
    first = table(out, "scatter")[0]
    assert float(first["'-B04"]) <= 0


def test_ids_from_a_file_that_notepad_saved_are_read(project: Path, tmp_path: Path) -> None:
    with open_project(project) as opened:
        first = opened.catalog.image_ids()[0]
    (tmp_path / "ids.txt").write_text(f"{first}\r\n", "utf-8-sig")
    assert read_ids(tmp_path / "ids.txt") == (first,)


def test_ids_from_a_file_without_any_are_refused(project: Path, tmp_path: Path) -> None:
    (tmp_path / "ids.txt").write_text("\n")
    printed = run("explore", project, tmp_path / "out", "--images", tmp_path / "ids.txt")
    assert (printed.code, "no image id in it" in printed.err) == (1, True)


# -- the next hour --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def ahead(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the figures of a project on which somebody worked and trained three rounds."""
    folder = make_project(tmp_path_factory.mktemp("worked"), apart(10, dates=DATES[:1]))
    with open_project(folder, write=True) as opened:
        for chip in opened.catalog.chips(opened.catalog.image_ids()).values():
            assert chip.mask is not None
            ids = {Subject.IMAGE: chip.image.id, Subject.MASK: chip.mask.id}
            decisions = [Decision(each, id_, Verdict.ACCEPT) for each, id_ in ids.items()]
            opened.catalog.decide(decisions, 3.6)
    for number, chips in enumerate((10, 20, 40)):
        places = {"training_places": tuple("abcde"), "validation_places": ("f",)}
        data = record().data.model_copy(update={"chips": chips} | places)
        score = 0.8 - 0.1 * (chips / 40) ** -0.5
        f1 = {"value": score, "low": score - 0.05, "high": score + 0.05}
        metrics = {"headline": score, "objects": [{"f1": f1}]}
        write_bundle(folder / "models", f"vessels-{number}", metrics=metrics, data=data)
    out = folder.with_name("figures")
    do("explore", folder, out, *ASKED)
    return out


def test_time_and_scores_are_figures_with_their_numbers(ahead: Path) -> None:
    page = (ahead / "index.html").read_text("utf-8")
    for name in ("work", "days", "learning", "gain"):
        assert f'<h2 id="{name}">' in page
        with Image.open(ahead / f"{name}.png") as picture:
            assert np.ptp(np.asarray(picture.convert("L"))) > 100
    (work,) = table(ahead, "work")
    assert (work["work"], work["done"], work["median_seconds"]) == ("accepted", "10", "3.6")
    assert table(ahead, "days")[0]["chips_per_hour"] == "1000"
    assert [row["chips"] for row in table(ahead, "learning")] == ["10", "20", "40"]
    gains = table(ahead, "gain")
    assert [(row["more_chips"], row["labelled_chips"], row["hours"]) for row in gains] == [
        ("50", "60", "0.06"),
        ("100", "120", "0.12"),
        ("500", "600", "0.6"),
    ]
    assert all(float(row["gain_low"]) <= float(row["gain"]) for row in gains)
    said = "100 more chips to learn from (120 labelled): about 7 min (7 to 7) for +0.0"
    assert said in page


def test_models_that_cannot_be_compared_are_in_a_table_though_no_figure_shows_them(
    tmp_path: Path,
) -> None:
    folder = make_project(tmp_path, apart(1))
    write_bundle(folder / "models", "unscored", metrics={"headline": None})
    out = tmp_path / "figures"
    do("explore", folder, out, *ASKED)
    (row,) = table(out, "learning")
    assert (row["model"], row["score"]) == ("unscored", "")
    assert row["not_compared"] == "has no score: nothing could be scored on its held-out ground"
    assert not (out / "learning.png").exists()
    assert "learning.csv" in json.loads((out / RECORD).read_text("utf-8"))["files"]


def test_a_click_on_work_means_the_chips_that_it_went_into(ahead: Path) -> None:
    (region,) = clicks(ahead, "work")
    assert (region["words"], region["chips"]) == ("(accepted)", list(range(10)))
    assert clicks(ahead, "learning") == []


def test_without_work_and_models_a_sentence_says_what_is_missing(out: Path) -> None:
    page = (out / "index.html").read_text("utf-8")
    assert "no time is known: decide or paint in the window" in page
    assert "no model was trained yet" in page


# -- the numbers by themselves --------------------------------------------------------------------


def chip(date: str | None = None, cloud: float | None = None, place: str = "p") -> ExploredChip:
    return ExploredChip("i", place, date, "open", cloud, 0.0)


def test_a_step_of_cloud_holds_its_lower_edge_and_the_last_one_both() -> None:
    shares = (0.0, 0.0499, 0.05, 0.15, 0.95, 1.0, None)
    bins, unknown = bin_clouds([chip(cloud=share) for share in shares])
    assert [each.chips for each in bins if each.chips] == [(0, 1), (2,), (3,), (4, 5)]
    assert bins[3].name == "15 to 20 %"
    assert unknown == (6,)


def test_months_without_chips_stand_between_the_others() -> None:
    bins, undated = bin_dates([chip("2018-11-02"), chip(None), chip("2019-02-28")])
    assert [(each.name, each.chips) for each in bins] == [
        ("2018-11", (0,)),
        ("2018-12", ()),
        ("2019-01", ()),
        ("2019-02", (2,)),
    ]
    assert undated == (1,)


def test_many_years_are_counted_by_year() -> None:
    bins, _ = bin_dates([chip("2016-01-01"), chip("2024-12-31")])
    assert [each.name for each in bins] == [str(year) for year in range(2016, 2025)]


def test_places_lie_where_their_middle_is() -> None:
    place = PlaceRecord("p", "a place", apart(1)[0].grid)
    (found,) = locate_places([chip(), chip()], {"p": place})
    # 33N: 15° east is at 500 km; 200 km west of it, 45° north is some 2.5° further west.
    assert found.longitude_deg == pytest.approx(12.46, abs=0.01)
    assert found.latitude_deg == pytest.approx(45.12, abs=0.01)
    assert found.chips == (0, 1)


def test_values_outside_of_the_axes_are_counted_apart() -> None:
    values = np.array([-9.0, 0.0, 0.5, 1.0, 1.0, 9.0])
    histogram = bin_pixels(Distribution(values, np.arange(6)), (0.0, 1.0))
    assert (histogram.below, histogram.above) == (1, 1)
    assert histogram.pixels.sum() == 4
    assert histogram.pixels[-1] == 2
    assert histogram.shares.sum() == pytest.approx(4 / 6)


def test_a_class_of_one_value_has_axes_too() -> None:
    low, high = shown_range({1: Distribution(np.zeros(5), np.arange(5))})
    assert low < 0 < high
    assert shown_range({}) == (0.0, 1.0)
