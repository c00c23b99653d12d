"""The rest is accepted unseen only after a random sample of it was looked at, in one act."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from s2label.errors import ProjectError
from s2label.learnt.reasons import UNSEEN
from s2label.learnt.rest import (
    RestError,
    accept_rest,
    draw_sample,
    largest_error,
    review_rest,
    sample_size,
)
from s2label.learnt.rest_file import forget_plan
from s2label.project import open_project
from s2label.screening_records import FindingRecord, ScreeningRecord
from s2label.types import Decision, State, Subject, Verdict
from tests.factories.commands import do, run
from tests.factories.projects import decide
from tests.factories.reviewers import make_screened

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from s2label.project import Project

DOUBTFUL = 50


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make 200 open images of which 50 are doubtful and 150 hardly ever rejected."""
    folder = tmp_path_factory.mktemp("screened")
    make_screened(folder)
    with open_project(folder / "project", write=True) as opened:
        ids = opened.catalog.image_ids()
        chances = {id_: 0.5 if n < DOUBTFUL else 0.01 for n, id_ in enumerate(ids)}
        opened.catalog.screenings.note_chances(chances, 60)
    return folder / "project"


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    shutil.copytree(made, tmp_path / "project")
    return tmp_path / "project"


@pytest.fixture
def project(folder: Path) -> Iterator[Project]:
    with open_project(folder, write=True) as opened:
        yield opened


def look_at_sample(project: Project, wrong: int = 0) -> None:
    """Accept the sample, but for some that are rejected."""
    waiting = review_rest(project).open_sample
    if wrong:
        decide(project, Verdict.REJECT, *waiting[:wrong])
    decide(project, Verdict.ACCEPT, *waiting[wrong:])


def test_the_plan_says_how_many_would_be_accepted_and_which_to_look_at(project: Project) -> None:
    review = draw_sample(project)

    assert len(review.open_sample) == 59
    assert len(review.rest) == 150 - 59
    assert not {image.id for image in review.rest} & set(review.open_sample)
    assert "91 images would be accepted unseen; 0 of 59" in review.words


def test_the_sample_is_drawn_once(project: Project) -> None:
    first = draw_sample(project, seed=1)

    assert draw_sample(project, seed=2).plan == first.plan


def test_it_can_be_drawn_anew(project: Project) -> None:
    first = draw_sample(project, seed=1)

    assert draw_sample(project, seed=2, anew=True).plan.sample != first.plan.sample


def test_another_threshold_does_not_replace_a_sample_unasked(project: Project) -> None:
    draw_sample(project, below=0.05)

    with pytest.raises(RestError, match=r"below 0.05 .*--new"):
        draw_sample(project, below=0.02)


def test_what_a_newer_order_finds_doubtful_is_left_alone_and_nothing_joins(
    project: Project,
) -> None:
    before = draw_sample(project)
    doubtful, *others = (image.id for image in before.rest)
    outside = project.catalog.image_ids()[0]
    chances = dict.fromkeys(others, 0.01) | {doubtful: 0.6, outside: 0.01}
    project.catalog.screenings.note_chances(chances, 100)

    review = review_rest(project)

    assert {image.id for image in review.rest} == set(others)
    assert review.plan == before.plan


def test_an_image_of_the_sample_that_becomes_doubtful_still_counts(project: Project) -> None:
    review = draw_sample(project)
    chances = dict.fromkeys(review.open_sample, 0.9)
    project.catalog.screenings.note_chances(chances, 100)

    assert review_rest(project).open_sample == review.open_sample


def test_what_was_accepted_unseen_is_counted(project: Project) -> None:
    draw_sample(project)
    look_at_sample(project)
    assert review_rest(project).unseen == 0
    accept_rest(project)
    assert review_rest(project).unseen == 91
    project.catalog.undo()
    assert review_rest(project).unseen == 0


def test_a_plan_that_is_forgotten_is_drawn_anew(project: Project) -> None:
    draw_sample(project, below=0.05)
    forget_plan(project.folder)
    forget_plan(project.folder)

    assert draw_sample(project, below=0.02).plan.below == 0.02


def test_an_unfinished_sample_is_refused(project: Project) -> None:
    draw_sample(project)
    decide(project, Verdict.ACCEPT, review_rest(project).open_sample[0])

    with pytest.raises(RestError, match="58 of 59 images of the sample"):
        accept_rest(project)


def test_the_rest_is_accepted_as_one_act_that_one_undo_takes_back(project: Project) -> None:
    doubtful = project.catalog.image_ids()[:DOUBTFUL]
    draw_sample(project)
    look_at_sample(project)
    before = project.catalog.screenings.judged()

    act = accept_rest(project)

    assert act is not None
    assert act.changes == 91
    images = project.catalog.screenings.judged()
    assert [i.id for i in images if i.state is State.OPEN] == doubtful
    assert sum(i.reason == UNSEEN for i in images) == 91
    project.catalog.undo()
    assert project.catalog.screenings.judged() == before


def test_after_an_undo_the_same_sample_still_counts(project: Project) -> None:
    draw_sample(project)
    look_at_sample(project)
    accept_rest(project)
    project.catalog.undo()

    act = accept_rest(project)

    assert act is not None
    assert act.changes == 91


def test_a_sample_with_a_rejection_supports_less(project: Project) -> None:
    draw_sample(project)
    look_at_sample(project, wrong=1)

    with pytest.raises(RestError, match=r"1 of 59 .* up to 7\.8% .*--error 0\.08"):
        accept_rest(project)
    act = accept_rest(project, error=0.08)
    assert act is not None
    assert act.changes == 91


def test_what_was_decided_or_found_since_is_left_alone(project: Project) -> None:
    review = draw_sample(project)
    rejected, found, *_ = (image.id for image in review.rest)
    decide(project, Verdict.REJECT, rejected)
    screening = project.catalog.screenings.records([found])[found]
    project.catalog.screenings.note(
        [screening], [FindingRecord(found, 1, "saturated", "2% of B02 is cut off")]
    )
    look_at_sample(project)

    act = accept_rest(project)

    assert act is not None
    assert act.changes == 89
    states = {image.id: image.state for image in project.catalog.screenings.judged()}
    assert states[rejected] is State.REJECTED
    assert states[found] is State.OPEN


def test_images_with_findings_are_never_listed(project: Project) -> None:
    found = project.catalog.image_ids()[-1]
    record = ScreeningRecord(found, 1, "made up", 0.0)
    project.catalog.screenings.note([record], [FindingRecord(found, 1, "8-bit", "a picture")])

    assert found not in draw_sample(project).plan.versions


def test_so_few_that_all_would_be_looked_at_are_refused(project: Project) -> None:
    ids = project.catalog.image_ids()[DOUBTFUL:]
    project.catalog.decide([Decision(Subject.IMAGE, id_, Verdict.ACCEPT) for id_ in ids[59:]])

    with pytest.raises(RestError, match="59 open images have a chance"):
        draw_sample(project)


def test_without_a_sample_nothing_is_accepted(project: Project) -> None:
    with pytest.raises(RestError, match="--sample"):
        accept_rest(project)


def test_a_damaged_plan_is_told_and_can_be_replaced(project: Project) -> None:
    draw_sample(project)
    (project.folder / "rest.json").write_text('{"below": 2}')

    with pytest.raises(ProjectError, match=r"rest\.json: damaged"):
        review_rest(project)
    assert draw_sample(project, anew=True).open_sample


def test_what_was_accepted_unseen_by_an_earlier_plan_is_still_to_be_looked_at(
    project: Project,
) -> None:
    draw_sample(project, seed=1)
    look_at_sample(project)
    accept_rest(project)
    project.catalog.undo()
    drawn = draw_sample(project, below=0.04, seed=2, anew=True)
    project.catalog.redo()

    review = review_rest(project)

    assert review.open_sample == drawn.open_sample
    assert review.decided == 0
    with pytest.raises(RestError, match="look at them first"):
        accept_rest(project)


@pytest.mark.parametrize(
    ("wrong", "sample", "error"),
    # From tables of the exact one-sided 95 % limit (Clopper and Pearson, 1934).
    [(0, 59, 0.0495), (1, 59, 0.0779), (0, 10, 0.2589), (5, 100, 0.1023), (3, 3, 1.0)],
)
def test_the_bound_is_the_exact_one(wrong: int, sample: int, error: float) -> None:
    assert largest_error(wrong, sample) == pytest.approx(error, abs=5e-5)


@pytest.mark.parametrize("error", [0.01, 0.02, 0.05, 0.1])
def test_a_sample_is_just_large_enough(error: float) -> None:
    size = sample_size(error)

    assert largest_error(0, size) <= error < largest_error(0, size - 1)


def test_the_commands_go_from_sample_to_undo(folder: Path) -> None:
    listed = do("rest", folder, "--sample").out.split()
    assert len(listed) == 59
    refused = run("rest", folder, "--accept")
    assert refused.code == 1
    assert refused.err.count("\n") == 1
    with open_project(folder, write=True) as opened:
        look_at_sample(opened)

    assert "at most 5.0% of the rest" in do("rest", folder).out
    assert do("rest", folder, "--accept", "--json").lines[0]["accepted"] == 91
    assert do("undo", folder).out == "91 decisions taken back\n"
    assert do("rest", folder, "--json").lines[0]["rest"] == 91


@pytest.mark.parametrize("arguments", [["--sample", "--accept"], ["--new"], ["--below", "0"]])
def test_wrong_use_is_told_as_such(folder: Path, arguments: list[str]) -> None:
    assert run("rest", folder, *arguments).code == 2
