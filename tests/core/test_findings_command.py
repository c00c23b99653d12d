"""`s2label findings`: what is wrong with images, settled and taken back, with who and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from s2label.project import open_project
from s2label.screening_records import FindingRecord, ScreeningRecord
from s2label.types import Verdict
from tests.factories.commands import do, run
from tests.factories.projects import apart, decide, make_project

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a project of four images, of which two are saturated and one lacks a band."""
    project = make_project(tmp_path, apart(2))
    with open_project(project, write=True) as opened:
        ids = opened.catalog.image_ids()
        found = [
            FindingRecord(ids[0], 1, "dead-band", "B08 holds 0"),
            FindingRecord(ids[0], 1, "saturated", "3% of B02 is cut off"),
            FindingRecord(ids[1], 1, "saturated", "4% of B02 is cut off"),
        ]
        records = [ScreeningRecord(id_, 1, "made up", 0.0) for id_ in ids]
        opened.catalog.screenings.note(records, found)
    return project


def listed(project: Path) -> list[tuple[str, str]]:
    lines = do("findings", project, "--json").lines
    return [(record["image_id"], record["kind"]) for record in lines]


def image_ids(project: Path) -> list[str]:
    with open_project(project) as opened:
        return opened.catalog.image_ids()


def test_open_findings_are_listed_with_words(project: Path) -> None:
    first, second, *_ = image_ids(project)

    assert listed(project) == [
        (first, "dead-band"),
        (first, "saturated"),
        (second, "saturated"),
    ]
    assert "B08 holds 0" in do("findings", project).out


def test_settling_one_image_leaves_the_others_open(project: Path) -> None:
    first, second, *_ = image_ids(project)

    printed = do("findings", "settle", project, "saturated", "--image", first, "--why", "sun glint")

    assert printed.out == "saturated: settled for 1 image; 2 findings are open\n"
    assert listed(project) == [(first, "dead-band"), (second, "saturated")]


def test_settling_a_kind_settles_all_images_and_can_be_taken_back(project: Path) -> None:
    before = listed(project)

    do("findings", "settle", project, "saturated", "--why", "sun glint")
    assert [kind for _, kind in listed(project)] == ["dead-band"]
    do("findings", "reopen", project, "saturated")

    assert listed(project) == before


def test_who_settled_what_and_why_is_kept(project: Path) -> None:
    do("findings", "settle", project, "saturated", "--why", "sun glint")
    do("findings", "reopen", project, "saturated")

    with open_project(project) as opened:
        log = opened.catalog.screenings.settlements()
    assert [(row["verdict"], row["why"]) for row in log] == [
        *[("settled", "sun glint")] * 2,
        *[("open", "")] * 2,
    ]
    assert all(row["who"] and row["at"] for row in log)


def test_rejecting_an_image_settles_its_findings(project: Path) -> None:
    first, second, *_ = image_ids(project)
    with open_project(project, write=True) as opened:
        decide(opened, Verdict.REJECT, first)

    assert listed(project) == [(second, "saturated")]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["settle", "PROJECT", "saturatd", "--why", "x"], "open finding 'saturatd'"),
        (["settle", "PROJECT", "saturated", "--why", "x", "--image", "gone"], "'gone': not in"),
        (["reopen", "PROJECT", "saturated"], "settled finding 'saturated'"),
    ],
)  # fmt: skip
def test_what_is_not_there_is_told_in_one_line(
    project: Path, arguments: list[str], message: str
) -> None:
    printed = run("findings", *(project if word == "PROJECT" else word for word in arguments))

    assert printed.code == 1
    assert printed.err.startswith("s2label: ")
    assert message in printed.err
    assert printed.err.count("\n") == 1


@pytest.mark.parametrize("why", [[], ["--why", " "]])
def test_settling_needs_a_reason(project: Path, why: list[str]) -> None:
    assert run("findings", "settle", project, "saturated", *why).code == 2


def test_a_project_without_findings_says_whether_it_was_screened(
    project: Path, tmp_path: Path
) -> None:
    for kind in ("saturated", "dead-band"):
        do("findings", "settle", project, kind, "--why", "looked at")
    assert do("findings", project).out == "nothing is wrong\n"

    fresh = make_project(tmp_path / "fresh", apart(1))
    assert "s2label screen" in do("findings", fresh).out
