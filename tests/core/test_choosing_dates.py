"""Choosing dates: the least cloudy of each place and period, and rejecting the others."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

import pytest

from s2label.errors import S2LabelError
from s2label.project import open_project
from s2label.screening.dates import (
    Period,
    choose_dates,
    parse_period,
    period_of,
    reject_others,
)
from s2label.screening_records import CloudyDate, ScreeningRecord
from s2label.types import State, Verdict
from tests.factories.commands import do, run
from tests.factories.projects import apart, decide, make_project

if TYPE_CHECKING:
    from pathlib import Path

DATES = ("2018-01-05", "2018-02-10", "2018-04-10", "2018-05-20")


def date(name: str, day: str | None, cloud: float | None, **facts: object) -> CloudyDate:
    settings = {"place_id": "p", "version": 1, "state": State.OPEN, "is_screened": True} | facts
    return CloudyDate(name, date=day, cloud=cloud, **settings)  # type: ignore[arg-type]


def kept(*images: CloudyDate, keep: int = 1, per: Period | int = Period.QUARTER) -> list[str]:
    return [c.image.image_id for c in choose_dates(images, keep, per) if c.is_chosen]


@pytest.mark.parametrize(
    ("day", "per", "expected"),
    [
        ("2018-03-31", Period.MONTH, "2018-03"),
        ("2018-03-31", Period.QUARTER, "2018-Q1"),
        ("2018-04-01", Period.QUARTER, "2018-Q2"),
        ("2018-12-31", Period.QUARTER, "2018-Q4"),
        ("2017-12-31", Period.SEASON, "2018-DJF"),
        ("2018-02-28", Period.SEASON, "2018-DJF"),
        ("2018-03-01", Period.SEASON, "2018-MAM"),
        ("2018-11-30", Period.SEASON, "2018-SON"),
        ("2018-11-30", Period.YEAR, "2018"),
        ("1970-01-10", 10, "from 1970-01-01"),
        ("1970-01-11", 10, "from 1970-01-11"),
        ("1969-12-31", 10, "from 1969-12-22"),
    ],
)
def test_a_date_falls_into_a_period(day: str, per: Period | int, expected: str) -> None:
    assert period_of(datetime.date.fromisoformat(day), per) == expected


def test_the_clearest_of_each_place_and_quarter_is_kept() -> None:
    images = [
        date("a", "2018-01-01", 0.5),
        date("b", "2018-03-31", 0.1),
        date("c", "2018-04-01", 0.9),
        date("d", "2018-01-01", 0.8, place_id="q"),
    ]
    assert kept(*images) == ["b", "c", "d"]
    assert set(kept(*images, keep=2)) == {"a", "b", "c", "d"}


def test_of_equals_the_one_with_less_nodata_comes_first_and_then_the_earlier() -> None:
    torn = date("torn", "2018-01-01", 0.0, nodata=0.2)
    assert kept(torn, date("late", "2018-03-01", 0.0), date("early", "2018-02-01", 0.0)) == [
        "early"
    ]
    assert kept(torn, date("whole", "2018-03-01", 0.0)) == ["whole"]


def test_what_is_mostly_nodata_or_that_nobody_can_say_of_comes_last() -> None:
    scrap = date("scrap", "2018-01-01", 0.0, nodata=0.9)
    unknown = date("unknown", "2018-01-02", None)
    assert kept(scrap, unknown, date("cloudy", "2018-01-03", 0.6)) == ["cloudy"]
    assert kept(scrap, unknown) == ["scrap"]


def test_rejected_and_undated_images_take_no_part_and_accepted_ones_are_kept() -> None:
    rejected = date("rejected", "2018-01-01", 0.0, state=State.REJECTED)
    undated = date("undated", None, 0.0)
    clear, cloudy = date("clear", "2018-01-02", 0.0), date("cloudy", "2018-01-03", 0.5)
    assert kept(rejected, undated, clear, cloudy) == ["clear"]
    accepted = date("accepted", "2018-01-04", 0.7, state=State.ACCEPTED)
    assert kept(clear, cloudy, accepted) == ["accepted"]
    assert kept(clear, cloudy, accepted, keep=2) == ["accepted", "clear"]


@pytest.mark.parametrize("text", ["week", "0", "-3", "1.5", ""])
def test_other_periods_are_refused(text: str) -> None:
    with pytest.raises(S2LabelError, match="month, quarter, season, year or a number of days"):
        parse_period(text)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a project of two places with two dates in each of two quarters, screened."""
    folder = make_project(tmp_path, apart(2, dates=DATES))
    with open_project(folder, write=True) as opened:
        clouds = (0.5, 0.1, 0.2, 0.9)
        ids = opened.catalog.image_ids()
        records = [
            ScreeningRecord(id_, 1, "scl", cloud, valid_cloud=cloud)
            for id_, cloud in zip(ids, clouds * 2, strict=True)
        ]
        opened.catalog.screenings.note(records)
    return folder


def open_dates(folder: Path) -> list[str]:
    with open_project(folder) as opened:
        return [row["date"] for row in opened.catalog.list_images() if row["state"] == "open"]


def test_the_command_proposes_and_changes_nothing(project: Path) -> None:
    lines = do("dates", project, "--per", "quarter", "--json").lines
    assert [line["date"] for line in lines if line["proposal"] == "keep"] == [
        DATES[1],
        DATES[2],
    ] * 2
    assert len(lines) == 8
    assert {"id", "place", "period", "cloud", "nodata", "screened", "state"} <= set(lines[0])
    assert open_dates(project) == [*DATES, *DATES]


def test_rejecting_the_others_is_one_act_that_one_undo_takes_back(project: Path) -> None:
    printed = do("dates", project, "--reject-others").out
    assert "4 images rejected" in printed
    assert open_dates(project) == [DATES[1], DATES[2]] * 2
    with open_project(project) as opened:
        reasons = {row["reason"] for row in opened.catalog.list_images() if row["reason"]}
    assert reasons == {"not chosen"}
    do("undo", project)
    assert open_dates(project) == [*DATES, *DATES]


def test_an_accepted_image_is_kept_anyway_and_need_not_be_screened(tmp_path: Path) -> None:
    with open_project(make_project(tmp_path, apart(1, dates=DATES[:2])), write=True) as opened:
        first, second = opened.catalog.image_ids()
        decide(opened, Verdict.ACCEPT, first)
        opened.catalog.screenings.note([ScreeningRecord(second, 1, "made up", 0.5)])

        reject_others(opened, choose_dates(opened.catalog.screenings.dates(), 1, Period.QUARTER))

        assert {d.image_id: d.state for d in opened.catalog.screenings.dates()} == {
            first: State.ACCEPTED,
            second: State.REJECTED,
        }


def test_nothing_is_rejected_while_images_are_not_screened(tmp_path: Path) -> None:
    folder = make_project(tmp_path, apart(1))
    printed = run("dates", folder, "--reject-others")
    assert printed.code == 1
    assert "2 of 2 images are not screened" in printed.err
    assert len(open_dates(folder)) == 2


def test_an_accepted_image_is_never_rejected(project: Path) -> None:
    with open_project(project, write=True) as opened:
        cloudiest = opened.catalog.image_ids()[3]
        decide(opened, Verdict.ACCEPT, cloudiest)
        choices = choose_dates(opened.catalog.screenings.dates(), 1, Period.QUARTER)
        reject_others(opened, choices)
        records = {row["id"]: row["state"] for row in opened.catalog.list_images()}
    assert records[cloudiest] == "accepted"
    assert list(records.values()).count("rejected") == 4
