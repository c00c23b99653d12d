"""An order is learnt beside a window, taken over piece by piece, and explained."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import numpy as np
import pytest

from s2label.handover import take_all
from s2label.learnt import left_order
from s2label.learnt.hit_rate import HitRate, Source
from s2label.learnt.learning import Learnt, learn_order
from s2label.learnt.left_order import (
    leave_order,
    read_order,
    take_oldest_chances,
)
from s2label.learnt.readiness import Obstacle, count_decisions, find_obstacle, is_due
from s2label.learnt.reasons import UNSEEN
from s2label.learnt.strongest import find_strongest
from s2label.project import open_project
from s2label.screening_records import LearningCounts
from s2label.types import Decision, Subject, Verdict
from tests.factories.commands import do
from tests.factories.reviewers import Reviewer, make_screened, open_images

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from s2label.project import Project

RATE = HitRate(Source.FOLDS, 60, 20, 57, 0.95, 0.86, 0.99, 0.98, 0.94, 1.0)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Reviewer]:
    folder = tmp_path_factory.mktemp("screened")
    return folder / "project", make_screened(folder)


@pytest.fixture
def reviewer(made: tuple[Path, Reviewer]) -> Reviewer:
    return made[1]


@pytest.fixture
def project(made: tuple[Path, Reviewer], tmp_path: Path) -> Iterator[Project]:
    shutil.copytree(made[0], tmp_path / "project")
    with open_project(tmp_path / "project", write=True) as opened:
        yield opened


def chances_of_all(project: Project) -> dict[str, float | None]:
    return {image.id: image.chance for image in project.catalog.screenings.judged()}


def test_chances_come_over_a_piece_at_a_time(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(left_order, "_IMAGES", 60)
    chances = dict.fromkeys(project.catalog.image_ids(), 0.25)
    leave_order(project.folder, Learnt(60, 20, chances))

    assert take_oldest_chances(project)
    known = [chance for chance in chances_of_all(project).values() if chance is not None]
    assert known == [0.25] * 60
    assert take_all(take_oldest_chances, project) == 3
    assert chances_of_all(project) == chances
    assert not take_oldest_chances(project)


def test_a_newer_order_takes_the_place_of_one_that_waits(project: Project) -> None:
    first, *_ = project.catalog.image_ids()
    leave_order(project.folder, Learnt(60, 20, {first: 0.1}))
    leave_order(project.folder, Learnt(110, 20, {first: 0.9}))

    assert take_all(take_oldest_chances, project) == 1
    assert chances_of_all(project)[first] == 0.9


def test_a_damaged_piece_stops_nothing(project: Project) -> None:
    first, *_ = project.catalog.image_ids()
    leave_order(project.folder, Learnt(60, 20, {first: 0.1}))
    (project.folder / "models" / ".order" / "0.json").write_text("{")

    assert take_all(take_oldest_chances, project) == 2
    assert chances_of_all(project)[first] == 0.1


def test_what_is_said_of_an_order_outlives_the_window(project: Project) -> None:
    assert read_order(project.folder) is None
    leave_order(project.folder, Learnt(60, 20, {"i": 0.9}, RATE, 3, {"i": ("cloud 80%",)}))

    order = read_order(project.folder)

    assert order is not None
    assert (order.learnt_from, order.images, order.unscreened) == (60, 1, 3)
    assert order.hit_rate == RATE
    assert order.reasons == {"i": ("cloud 80%",)}


def test_the_command_leaves_its_order_to_a_window_that_has_the_project(
    project: Project, reviewer: Reviewer
) -> None:
    reviewer.decide(project, sorted(open_images(project))[:60])

    record = do("learn", project.folder, "--json-lines").lines[0]["result"]

    assert record["learnt_from"] == 60
    assert set(chances_of_all(project).values()) == {None}
    assert take_all(take_oldest_chances, project) == 1
    assert sum(chance is not None for chance in chances_of_all(project).values()) == 140


def test_only_decisions_taken_by_eye_on_screened_images_count(project: Project) -> None:
    ids = project.catalog.image_ids()
    for verdict, reason, some in (
        (Verdict.ACCEPT, "", ids[:3]),
        (Verdict.REJECT, "cloudy", ids[3:5]),
        (Verdict.ACCEPT, UNSEEN, ids[5:20]),
        (Verdict.REJECT, "not chosen", ids[20:30]),
    ):
        project.catalog.decide([Decision(Subject.IMAGE, id_, verdict, reason) for id_ in some])

    assert count_decisions(project) == LearningCounts(200, 200, decided=5, rejected=2)


def test_what_stands_in_the_way_is_known_as_the_learner_knows_it(
    project: Project, reviewer: Reviewer
) -> None:
    order = sorted(open_images(project))
    assert find_obstacle(count_decisions(project)) is Obstacle.FEW_DECISIONS
    reviewer.decide(project, order[:50])
    assert find_obstacle(count_decisions(project)) is None
    assert learn_order(project).learnt_from == count_decisions(project).decided


@pytest.mark.parametrize(
    ("counts", "obstacle"),
    [
        (LearningCounts(200, 0, 0, 0), Obstacle.NOTHING_SCREENED),
        (LearningCounts(200, 200, 49, 20), Obstacle.FEW_DECISIONS),
        (LearningCounts(200, 200, 60, 4), Obstacle.FEW_REJECTED),
        (LearningCounts(200, 200, 60, 56), Obstacle.FEW_ACCEPTED),
        (LearningCounts(200, 200, 50, 5), None),
    ],
)
def test_obstacles_are_told_apart(counts: LearningCounts, obstacle: Obstacle | None) -> None:
    assert find_obstacle(counts) is obstacle


@pytest.mark.parametrize(
    ("decided", "learnt_from", "due"),
    [(49, None, False), (50, None, True), (99, 50, False), (100, 50, True), (40, 50, False)],
)
def test_every_fifty_decisions_an_order_is_due(
    decided: int, learnt_from: int | None, due: bool
) -> None:
    assert is_due(LearningCounts(200, 200, decided, decided // 3), learnt_from) is due


class Votes:
    """A model whose chance is the sum of some features."""

    def predict_proba(self, features: NDArray[np.float64]) -> NDArray[np.float64]:
        chances = features.sum(axis=1)
        return np.stack([1 - chances, chances], axis=1)


def test_the_strongest_reasons_are_those_without_which_the_chance_falls_most() -> None:
    names = ["cloud", "haze", "snow", "season", "season", "B02 mean", "unlike B02 mean"]
    features = np.array(
        [
            [0.4, 0.1, 0.0, 0.0, 0.0, 0.0, 0.3],
            [0.0, 0.0, 0.0, 0.2, 0.0, 0.0, 0.0],
            [0.01, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0],
        ]
    )
    model = Votes()

    found = find_strongest(model, features, names, np.zeros(7), features.sum(axis=1))

    assert found == {0: ("cloud 40%", "brighter than other dates here"), 1: ("the time of year",)}


def test_reasons_are_found_for_what_is_likely_to_be_rejected(
    project: Project, reviewer: Reviewer
) -> None:
    reviewer.decide(project, sorted(open_images(project))[:60])

    learnt = learn_order(project)

    likely = {id_ for id_, chance in learnt.chances.items() if chance > 0.8}
    assert likely
    assert likely <= set(learnt.reasons)
    words = {word for id_ in likely for word in learnt.reasons[id_]}
    assert "brighter than other dates here" in words


def test_the_smallest_chances_come_first_and_findings_are_left_out(project: Project) -> None:
    ids = project.catalog.image_ids()
    project.catalog.screenings.note_chances({ids[0]: 0.5, ids[1]: 0.02, ids[2]: 0.1}, 60)
    project.catalog.decide([Decision(Subject.IMAGE, ids[2], Verdict.ACCEPT)])

    assert project.catalog.screenings.open_chances() == [0.02, 0.5]
