"""A review with its threads: what is shown, what is on disk, and what is told when."""

from __future__ import annotations

import random
import threading
from typing import TYPE_CHECKING

import pytest

from s2label.errors import DecisionError
from s2label.queue_specs import QueueOrder, QueueSpec
from s2label.review.bookmark import Bookmark
from s2label.review.session import ReviewSession
from s2label.types import State, Subject, Verdict
from tests.factories.catalog import chip_record, image, mask, merge, new_catalog
from tests.factories.posting import Mail

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from s2label.catalog.store import Catalog
    from s2label.chip_views import ChipView
    from s2label.types import Act

PLACES, DATES = 4, 2
SEED = 5
PATIENCE_S = 10.0


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    records = (chip_record(column, images=("first",) * DATES) for column in range(PLACES))
    catalog = new_catalog(tmp_path, records)
    yield catalog
    catalog.close()


@pytest.fixture(params=["in threads", "at once"])
def session(request: pytest.FixtureRequest, catalog: Catalog) -> Iterator[ReviewSession]:
    session = ReviewSession(catalog, post=Mail() if request.param == "in threads" else None)
    yield session
    session.close()


@pytest.fixture
def mail() -> Mail:
    return Mail()


@pytest.fixture
def threaded(catalog: Catalog, mail: Mail) -> Iterator[ReviewSession]:
    session = ReviewSession(catalog, post=mail)
    yield session
    session.close()


def in_view(session: ReviewSession) -> str:
    assert session.chip is not None
    return session.chip.image.id


def settled(session: ReviewSession) -> ReviewSession:
    """Let all be written, and the queue be read as a key would."""
    session.ledger.flush()
    session.finish_reading()
    return session


def recount(catalog: Catalog, subject: Subject) -> tuple[int, int]:
    records = catalog.list_images() if subject is Subject.IMAGE else catalog.list_masks()
    return sum(record["state"] != State.OPEN for record in records), len(records)


def test_the_next_chip_comes_before_the_decision_is_on_disk(
    threaded: ReviewSession, catalog: Catalog, mail: Mail
) -> None:
    first = in_view(threaded)
    acts: list[Act] = []
    seen: list[str] = []
    threaded.acted.connect(acts.append)
    threaded.chip_changed.connect(lambda chip: seen.append(chip.image.id))
    threaded.reject_image("cloudy")
    assert in_view(threaded) != first
    assert seen[-1] == in_view(threaded)
    assert acts == []
    threaded.ledger.flush()
    assert len(acts) == 1
    chip = catalog.chip(first)
    assert chip is not None
    assert chip.image_state is State.REJECTED


def test_a_chip_is_never_shown_without_what_was_decided_about_it(threaded: ReviewSession) -> None:
    shown: list[ChipView] = []
    threaded.chip_changed.connect(shown.append)
    threaded.accept()  # and with it the mask of the place, which the next date shows
    assert shown[-1].mask is not None
    assert shown[-1].mask.state is State.ACCEPTED
    threaded.back()
    assert shown[-1].image_state is State.ACCEPTED


@pytest.mark.parametrize("decide", [ReviewSession.accept, lambda s: s.reject_mask("wrong")])
def test_another_date_of_the_same_mask_is_shown_before_the_decision_is_on_disk(
    threaded: ReviewSession, catalog: Catalog, decide: Callable[[ReviewSession], None]
) -> None:
    disk = threading.Event()
    threaded.ledger.submit(lambda: disk.wait(PATIENCE_S))
    decide(threaded)
    shown = threaded.chip
    assert shown is not None
    assert catalog.chip(shown.image.id) != shown  # nothing is written yet
    disk.set()
    threaded.ledger.flush()
    assert catalog.chip(shown.image.id) == shown


def test_a_refused_decision_is_told_and_its_chip_shown_again(
    threaded: ReviewSession, catalog: Catalog, mail: Mail
) -> None:
    settled(threaded)
    told: list[str] = []
    threaded.told.connect(told.append)
    first = in_view(threaded)
    # The sources changed, and another program imported them: another version is there now.
    merge(catalog, [chip_record(c, images=("second", "second")) for c in range(PLACES)])
    threaded.reject_image("cloudy")
    assert in_view(threaded) != first
    threaded.undo()
    assert "look at it again" in told[0]
    assert told[1:] == []  # nothing older was taken back instead
    assert in_view(threaded) == first
    assert threaded.chip is not None
    assert threaded.chip.image_state is State.OPEN
    threaded.reject_image("cloudy")
    threaded.ledger.flush()
    assert recount(catalog, Subject.IMAGE)[0] == 1


def test_deciding_goes_on_after_a_refusal(threaded: ReviewSession, catalog: Catalog) -> None:
    def refuse() -> None:
        raise DecisionError("refused")

    told: list[str] = []
    threaded.told.connect(told.append)
    threaded.ledger.submit(refuse)
    threaded.accept()
    threaded.ledger.flush()
    assert told == ["refused"]
    assert recount(catalog, Subject.IMAGE)[0] == 1


@pytest.mark.parametrize("subject", [Subject.IMAGE, Subject.MASK])
def test_progress_equals_the_recount(
    session: ReviewSession, catalog: Catalog, subject: Subject
) -> None:
    chance = random.Random(SEED)
    ids = catalog.image_ids()
    session.set_queue(QueueSpec(subject=subject, only_open=False))
    steps: list[Callable[[], object]] = [
        session.accept,
        lambda: session.reject_image("cloudy"),
        lambda: session.reject_mask("wrong"),
        session.undo,
        session.redo,
        lambda: session.decide_images(ids[1:5], chance.choice(list(Verdict)), "hazy"),
        lambda: merge(catalog, [chip_record(0, images=(str(chance.random()), "first"))]),
        lambda: session.show(chance.choice(ids)),
    ]
    for _ in range(60):
        try:
            chance.choice(steps)()
        except DecisionError:  # an import changed what is in view
            session.show(ids[0])
        assert session.progress == recount(catalog, subject)
    assert catalog.counts()[f"{subject}s"] == session.progress[1]


def test_what_was_decided_is_passed_over_on_the_way_on_and_seen_on_the_way_back(
    session: ReviewSession, catalog: Catalog
) -> None:
    ids = catalog.image_ids()
    session.decide_images(ids[1:3], Verdict.REJECT, "cloudy")
    assert in_view(session) == ids[0]
    session.forward()
    assert in_view(session) == ids[3]
    session.accept()
    assert in_view(session) == ids[4]
    session.back()
    assert in_view(session) == ids[3]
    session.back()
    assert in_view(session) == ids[2]
    session.forward()
    assert in_view(session) == ids[4]
    assert set(ids[1:4]).isdisjoint(session.coming_images())


def test_what_is_open_again_comes_again(session: ReviewSession, catalog: Catalog) -> None:
    ids = catalog.image_ids()
    session.decide_images(ids[1:3], Verdict.REJECT, "cloudy")
    session.undo()
    session.show(ids[0])
    session.forward()
    assert in_view(session) == ids[1]


def test_a_queue_of_all_passes_over_nothing(session: ReviewSession, catalog: Catalog) -> None:
    session.set_queue(QueueSpec(only_open=False))
    settled(session)
    ids = catalog.image_ids()
    session.decide_images(ids[1:3], Verdict.REJECT, "cloudy")
    session.forward()
    assert in_view(session) == ids[1]


def test_the_end_is_told_when_only_decided_ones_are_ahead(
    session: ReviewSession, catalog: Catalog
) -> None:
    told: list[str] = []
    session.told.connect(told.append)
    session.decide_images(catalog.image_ids()[1:], Verdict.REJECT, "cloudy")
    session.forward()
    assert told == ["this is the last one of the queue"]


def test_a_mask_is_shown_on_the_clearest_accepted_date_else_on_an_open_one(
    session: ReviewSession, catalog: Catalog
) -> None:
    first, second = catalog.image_ids()[:2]
    masks = QueueSpec(subject=Subject.MASK)
    session.set_queue(masks)
    assert in_view(settled(session)) == first
    session.decide_images([second], Verdict.ACCEPT)
    session.set_queue(masks)
    assert in_view(settled(session)) == second
    assert next(iter(catalog.images_of_masks().values())) == second
    session.decide_images([second], Verdict.REJECT, "cloudy")
    session.set_queue(masks)
    assert in_view(settled(session)) == first


def test_a_bookmarked_chip_is_there_before_its_queue(catalog: Catalog, mail: Mail) -> None:
    third = catalog.image_ids()[2]
    session = ReviewSession(catalog, Bookmark(QueueSpec(), third), post=mail)
    assert in_view(session) == third
    assert session.is_reading
    session.forward()
    assert in_view(session) == catalog.image_ids()[3]
    assert session.number == (4, PLACES * DATES)
    session.close()


def test_another_queue_begins_when_it_is_read(threaded: ReviewSession, catalog: Catalog) -> None:
    settled(threaded)
    before = in_view(threaded)
    threaded.set_queue(QueueSpec(order=QueueOrder.NAME, descending=True))
    assert in_view(threaded) == before
    threaded.reject_image("cloudy")  # about the chip in view; then the other queue begins
    assert in_view(threaded) == catalog.image_ids()[-1]
    threaded.ledger.flush()
    assert [r["id"] for r in catalog.list_images() if r["state"] == State.REJECTED] == [before]


def test_an_older_queue_that_comes_late_is_dropped(
    threaded: ReviewSession, catalog: Catalog, mail: Mail
) -> None:
    settled(threaded)
    threaded.set_queue(QueueSpec(descending=True))
    threaded.set_queue(QueueSpec())
    settled(threaded)
    mail.deliver()
    assert in_view(threaded) == catalog.image_ids()[0]
    assert threaded.number == (1, PLACES * DATES)


def test_undo_brings_back_a_chip_that_the_queue_had_lost(catalog: Catalog, mail: Mail) -> None:
    ids = catalog.image_ids()
    catalog.decide([image(ids[0], Verdict.REJECT)])
    session = ReviewSession(catalog, post=mail)
    assert in_view(session) == ids[1]
    session.undo()
    assert in_view(session) == ids[0]
    assert settled(session).number == (1, PLACES * DATES)
    session.close()


def test_masks_are_passed_over_as_well(session: ReviewSession, catalog: Catalog) -> None:
    masks = [record["id"] for record in catalog.list_masks()]
    session.set_queue(QueueSpec(subject=Subject.MASK))
    settled(session)
    session.reject_mask("wrong")
    session.ledger.flush()
    session.back()
    session.forward()
    assert session.chip is not None
    assert session.chip.mask is not None
    assert session.chip.mask.id == masks[1]
    assert catalog.decide([mask(masks[0])]) is not None


@pytest.fixture
def _few_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("s2label.review.stepping._MANY_DECISIONS", 2)


@pytest.mark.usefixtures("_few_are_many")
def test_an_act_of_many_decisions_is_taken_back_and_done_again(
    session: ReviewSession, catalog: Catalog
) -> None:
    told: list[str] = []
    session.told.connect(told.append)
    ids = catalog.image_ids()
    session.decide_images(ids, Verdict.REJECT, "cloudy")
    session.undo()
    settled(session)
    assert catalog.counts()["images_open"] == len(ids)
    assert told[-1] == f"{len(ids)} decisions taken back"
    assert in_view(session) in ids
    assert session.chip is not None
    assert session.chip.image_state is State.OPEN
    session.redo()
    settled(session)
    assert catalog.counts()["images_rejected"] == len(ids)
    assert told[-1] == f"{len(ids)} decisions done again"


@pytest.mark.usefixtures("_few_are_many")
def test_taking_back_many_decisions_leaves_the_window_free(
    threaded: ReviewSession, catalog: Catalog, mail: Mail
) -> None:
    threaded.decide_images(catalog.image_ids(), Verdict.REJECT, "cloudy")
    acts: list[Act] = []
    threaded.acted.connect(acts.append)
    assert threaded.undo() is None
    assert not acts
    threaded.ledger.flush()
    assert [act.kind for act in acts] == ["undo"]
