"""The ledger: order, waiting for no more than need be, errors that are told."""

from __future__ import annotations

import threading
from functools import partial
from typing import TYPE_CHECKING

import pytest

from s2label.review.ledger import Ledger
from tests.factories.posting import Mail

if TYPE_CHECKING:
    from collections.abc import Iterator

PATIENCE_S = 10.0
NEVER_S = 3600.0


@pytest.fixture
def mail() -> Mail:
    return Mail()


@pytest.fixture
def errors() -> list[Exception]:
    return []


@pytest.fixture
def ledger(mail: Mail, errors: list[Exception]) -> Iterator[Ledger]:
    ledger = Ledger(errors.append, mail)
    yield ledger
    ledger.close()


def fail() -> None:
    raise ValueError("disk full")


def test_work_is_done_elsewhere_in_order_and_told_here(ledger: Ledger, mail: Mail) -> None:
    done: list[str] = []
    told: list[str] = []

    def note(notes: list[str], number: int) -> None:
        notes.append(f"{number} {threading.current_thread().name}")

    def tell(number: int, _: object) -> None:
        note(told, number)

    here = threading.current_thread().name
    for number in range(20):
        ledger.submit(partial(note, done, number), then=partial(tell, number))
    assert told == []
    ledger.flush()
    mail.deliver()
    assert told == [f"{number} {here}" for number in range(20)]
    assert [line.split()[0] for line in done] == [str(number) for number in range(20)]
    assert not any(here in line for line in done)


def test_only_work_that_touches_something_is_waited_for(ledger: Ledger) -> None:
    gate = threading.Event()
    first = ledger.submit(lambda: "first", touches=["image 1"])
    second = ledger.submit(lambda: gate.wait(PATIENCE_S), touches=["image 2", "mask 2"])
    ledger.wait_for(["image 1", "mask 1"])
    assert first.done()
    assert not second.done()
    assert ledger.touched() == {"image 2", "mask 2"}
    gate.set()
    ledger.wait_for(["mask 2"])
    assert second.done()
    assert ledger.touched() == frozenset()


def test_what_is_read_is_what_stands_after_the_work_that_touches_it(
    mail: Mail, errors: list[Exception]
) -> None:
    ledger = Ledger(errors.append, mail, rest_s=NEVER_S)
    stands = {"a": "before", "b": "before"}
    works = [ledger.submit(partial(stands.update, {id_: "after"}), touches=[id_]) for id_ in "ab"]
    assert ledger.read(lambda: stands.get("c"), lambda _: ["c"]) is None
    assert not any(work.done() for work in works)
    assert ledger.read(lambda: stands["a"], lambda _: ["a"]) == "after"
    assert ledger.read(lambda: stands["b"], lambda _: ["b"]) == "after"
    ledger.close()


def test_an_error_is_told_and_later_work_is_done(
    ledger: Ledger, mail: Mail, errors: list[Exception]
) -> None:
    told: list[object] = []
    ledger.submit(fail)
    ledger.submit(fail, failed=told.append)
    ledger.submit(lambda: "done", then=told.append)
    assert not ledger.flush()
    mail.deliver()
    assert [str(error) for error in errors] == ["disk full"]
    assert [str(answer) for answer in told] == ["disk full", "done"]
    assert ledger.flush()


def test_work_rests_until_somebody_waits_for_it(mail: Mail, errors: list[Exception]) -> None:
    ledger = Ledger(errors.append, mail, rest_s=NEVER_S)
    works = [ledger.submit(lambda: None, touches=[id_]) for id_ in "abc"]
    assert not any(work.done() for work in works)
    ledger.wait_for(["b"])
    assert [work.done() for work in works[:2]] == [True, True]
    ledger.close()
    assert works[2].done()


def test_without_a_thread_all_is_done_and_told_at_once(errors: list[Exception]) -> None:
    ledger = Ledger(errors.append)
    told: list[str] = []
    ledger.submit(lambda: "done", then=told.append)
    assert told == ["done"]
    ledger.submit(fail)
    assert len(errors) == 1


def test_closing_does_what_is_left(mail: Mail, errors: list[Exception]) -> None:
    ledger = Ledger(errors.append, mail, rest_s=NEVER_S)
    told: list[str] = []
    ledger.submit(lambda: "done", then=told.append)
    assert ledger.close()
    assert told == ["done"]
    mail.deliver()
    assert told == ["done"]
