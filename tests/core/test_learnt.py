"""Decisions teach which images are likely to be rejected, and how well that is known."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from s2label.errors import S2LabelError
from s2label.learnt.features import build_features
from s2label.learnt.hit_rate import Source, measure_hits
from s2label.learnt.learning import learn_order
from s2label.learnt.model import TooFewDecisionsError, fit_model, split_by_place
from s2label.learnt.reasons import UNSEEN
from s2label.project import open_project
from s2label.queue_specs import QueueOrder, QueueSpec
from s2label.screening_records import JudgedImage, ScreeningRecord
from s2label.types import Decision, State, Subject, Verdict
from tests.factories.commands import do, run
from tests.factories.projects import apart, make_project
from tests.factories.reviewers import Reviewer, make_screened, open_images

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from s2label.project import Project

BY_CHANCE = QueueSpec(order=QueueOrder.REJECTION, descending=True)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Reviewer]:
    folder = tmp_path_factory.mktemp("screened")
    return folder / "project", make_screened(folder)


@pytest.fixture
def reviewer(made: tuple[Path, Reviewer]) -> Reviewer:
    return made[1]


@pytest.fixture
def project(made: tuple[Path, Reviewer], tmp_path: Path) -> Path:
    """Return a project of 200 screened images, all open."""
    shutil.copytree(made[0], tmp_path / "project")
    return tmp_path / "project"


def some(project: Project, count: int, seed: int = 0) -> list[str]:
    ids = open_images(project)
    return list(np.random.default_rng(seed).permutation(sorted(ids))[:count])


def learn(project: Project) -> None:
    learnt = learn_order(project)
    project.catalog.screenings.note_chances(learnt.chances, learnt.learnt_from)


def test_the_queue_begins_with_what_is_rejected(project: Path, reviewer: Reviewer) -> None:
    with open_project(project, write=True) as opened:
        reviewer.decide(opened, some(opened, 60))
        learn(opened)
        queue = opened.catalog.queue(BY_CHANCE)

        assert len(queue) == 140
        first = np.mean([reviewer.rejects(id_) for id_ in queue[:40]])
        last = np.mean([reviewer.rejects(id_) for id_ in queue[-40:]])
        assert first > 0.9
        assert last < 0.1
        assert not opened.catalog.state_differences()


def test_learnt_order_finds_more_rejects_than_cloud_share(
    project: Path, reviewer: Reviewer
) -> None:
    with open_project(project, write=True) as opened:
        reviewer.decide(opened, some(opened, 60))
        learnt = learn_order(opened)
        records = opened.catalog.screenings.records(learnt.chances)
    ids = sorted(learnt.chances)
    truth = [reviewer.rejects(id_) for id_ in ids]

    by_cloud = roc_auc_score(truth, [records[id_].cloud for id_ in ids])
    assert roc_auc_score(truth, [learnt.chances[id_] for id_ in ids]) > by_cloud + 0.1


def test_chances_mean_what_they_say(project: Path, reviewer: Reviewer) -> None:
    with open_project(project, write=True) as opened:
        reviewer.decide(opened, some(opened, 100))
        chances = learn_order(opened).chances

    assert np.mean(list(chances.values())) == pytest.approx(
        np.mean([reviewer.rejects(id_) for id_ in chances]), abs=0.12
    )


def test_the_same_decisions_give_the_same_chances(project: Path, reviewer: Reviewer) -> None:
    with open_project(project, write=True) as opened:
        reviewer.decide(opened, some(opened, 60))

        assert learn_order(opened).chances == learn_order(opened).chances


def test_a_decided_image_keeps_the_chance_that_stood_before(
    project: Path, reviewer: Reviewer
) -> None:
    with open_project(project, write=True) as opened:
        reviewer.decide(opened, some(opened, 60))
        learn(opened)
        before = {image.id: image.chance for image in opened.catalog.screenings.judged()}
        later = open_images(opened)[:40]
        reviewer.decide(opened, later)
        learn(opened)
        after = {image.id: image.chance for image in opened.catalog.screenings.judged()}

    assert [after[id_] for id_ in later] == [before[id_] for id_ in later]


def test_it_is_measured_on_chances_that_stood_before_once_there_are_some(
    project: Path, reviewer: Reviewer
) -> None:
    with open_project(project, write=True) as opened:
        reviewer.decide(opened, some(opened, 60))
        first = learn_order(opened).hit_rate
        learn(opened)
        reviewer.decide(opened, some(opened, 40))
        second = learn_order(opened).hit_rate

    assert first is not None
    assert first.source is Source.FOLDS
    assert first.decisions == 60
    assert second is not None
    assert second.source is Source.BEFORE
    assert second.decisions == 40
    assert second.auc > 0.9


def test_chances_that_know_nothing_are_measured_as_such(project: Path, reviewer: Reviewer) -> None:
    rng = np.random.default_rng(1)
    with open_project(project, write=True) as opened:
        coin = Reviewer({id_: float(rng.uniform(0, 0.6)) for id_ in reviewer.clouds})
        coin.decide(opened, some(opened, 150))
        rate = learn_order(opened).hit_rate

    assert rate is not None
    assert rate.auc_low < 0.5 < rate.auc_high


@pytest.mark.parametrize(
    ("accepted", "rejected", "words"),
    [
        (0, 0, "0 images are decided on"),
        (30, 19, "49 images are decided on"),
        (60, 0, "only 0 of 60 images that were decided on are rejected"),
        (4, 60, "only 4 of 64 images that were decided on are accepted"),
    ],
)
def test_too_few_decisions_are_refused_in_words(
    project: Path, accepted: int, rejected: int, words: str
) -> None:
    with open_project(project, write=True) as opened:
        ids = iter(opened.catalog.image_ids())
        verdicts = [Verdict.ACCEPT] * accepted + [Verdict.REJECT] * rejected
        opened.catalog.decide([Decision(Subject.IMAGE, next(ids), v) for v in verdicts])

        with pytest.raises(TooFewDecisionsError, match=words):
            learn_order(opened)


@pytest.mark.parametrize("reason", ["not chosen", UNSEEN])
def test_what_nobody_looked_at_teaches_nothing(
    project: Path, reviewer: Reviewer, reason: str
) -> None:
    with open_project(project, write=True) as opened:
        reviewer.decide(opened, some(opened, 60))
        expected = learn_order(opened)
        others = open_images(opened)[:50]
        verdict = Verdict.ACCEPT if reason == UNSEEN else Verdict.REJECT
        opened.catalog.decide([Decision(Subject.IMAGE, id_, verdict, reason) for id_ in others])
        found = learn_order(opened)

    assert found.learnt_from == expected.learnt_from == 60
    assert found.chances == {i: c for i, c in expected.chances.items() if i not in others}


def test_a_project_that_was_not_screened_says_what_to_do(tmp_path: Path) -> None:
    with (
        open_project(make_project(tmp_path, apart(1))) as opened,
        pytest.raises(S2LabelError, match="s2label screen"),
    ):
        learn_order(opened)


def test_the_command_says_what_it_learnt(project: Path, reviewer: Reviewer) -> None:
    with open_project(project, write=True) as opened:
        reviewer.decide(opened, some(opened, 60))

    printed = do("learn", project)
    record = do("learn", project, "--json").lines[0]

    assert printed.out.startswith("learnt from 60 decisions, ")
    assert "decisions foreseen" in printed.out
    assert record["images"] == 140
    assert record["hit_rate"]["decisions"] == 60


def test_the_command_refuses_in_one_line(project: Path) -> None:
    printed = run("learn", project)

    assert printed.code == 1
    assert printed.err == ("s2label: 0 images are decided on; the order can be learnt from 50 on\n")


def judged(place: str, date: str | None = "2018-06-05") -> JudgedImage:
    return JudgedImage("i", place, date, 1, State.OPEN, "", None)


def screening(mean: float | None) -> ScreeningRecord:
    its = {"mean": mean, "deviation": 0.1, "p2": 0.0, "p98": 1.0} if mean is not None else {}
    return ScreeningRecord("i", 1, "made up", 0.5, statistics={"B02": its} if its else {})


def test_features_tell_how_an_image_differs_from_other_dates_of_its_place() -> None:
    images = [judged("a"), judged("a"), judged("a"), judged("b")]
    features = build_features(images, [screening(m) for m in (0.1, 0.2, 0.6, 0.9)])

    assert features[:, -4] == pytest.approx([-0.1, 0.0, 0.4, 0.0])


def test_what_is_not_known_is_nan_and_no_error() -> None:
    images = [judged("a"), judged("b", None)]
    features = build_features(images, [screening(0.1), screening(None)])

    assert np.isnan(features[1, -4:]).all()
    assert np.isfinite(features[0, -4:]).all()


def test_no_place_is_on_both_sides_of_a_fold() -> None:
    rng = np.random.default_rng(0)
    places, kinds = np.repeat(np.arange(20), 5), rng.random(100) < 0.4

    for learnt, left_out in split_by_place(kinds, places):
        assert not set(places[learnt]) & set(places[left_out])


def test_a_single_place_can_be_learnt_from() -> None:
    rng = np.random.default_rng(0)
    values = rng.uniform(size=(60, 3))
    kinds = values[:, 0] > 0.5

    model = fit_model(values, kinds, np.zeros(60))

    assert (model.predict_proba(values)[:, 1] > 0.5).tolist() == kinds.tolist()


def test_hits_are_counted_with_their_interval() -> None:
    kinds = np.arange(40) % 2 == 0
    is_foreseen = np.arange(40) >= 4
    chances = np.where(kinds == is_foreseen, 0.9, 0.1)

    rate = measure_hits(chances, kinds, Source.BEFORE)

    assert rate is not None
    assert (rate.decisions, rate.rejected, rate.hits) == (40, 20, 36)
    # Clopper and Pearson's interval of 36 of 40, from published tables.
    assert (rate.rate_low, rate.rate_high) == pytest.approx((0.763, 0.972), abs=0.001)
    assert rate.auc == pytest.approx(0.9)
    assert rate.auc_low < rate.auc < rate.auc_high
    assert "36 of 40 decisions foreseen (90%, 76% to 97%)" in rate.words


@pytest.mark.parametrize("kinds", [np.ones(50, bool), np.zeros(50, bool), np.arange(10) > 5])
def test_decisions_of_one_kind_or_few_are_not_measured(kinds: NDArray[np.bool_]) -> None:
    assert measure_hits(np.full(kinds.size, 0.5), kinds, Source.BEFORE) is None
