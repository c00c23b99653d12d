"""One timeline: undo takes back the last act wherever it was, redo does it again."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from s2label.errors import DecisionError
from tests.factories.catalog import (
    TIME,
    chip_record,
    image,
    mask,
    merge,
    new_catalog,
    open_again,
    states,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from s2label.catalog.store import Catalog

PLACES = 3
OPEN, ACCEPTED, REJECTED = ("open", ""), ("accepted", ""), ("rejected", "cloud")


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    opened = new_catalog(tmp_path, [chip_record(n) for n in range(PLACES)])
    yield opened
    opened.close()


def mask_ids(catalog: Catalog) -> list[str]:
    return [record["id"] for record in catalog.list_masks()]


@pytest.mark.parametrize(
    ("verdict", "reason", "state"),
    [
        pytest.param("accept", "", ACCEPTED, id="accept"),
        pytest.param("accept", "clear", ("accepted", "clear"), id="accept with a reason"),
        pytest.param("reject", "cloud", REJECTED, id="reject"),
        pytest.param("reject", "港 — côte\n\"x\", 'y' 😀", ("rejected", "港 — côte\n\"x\", 'y' 😀"),
                     id="a reason with odd characters"),
    ],
)  # fmt: skip
def test_a_decision_changes_the_state_of_its_subject_alone(
    catalog: Catalog, verdict: str, reason: str, state: tuple[str, str]
) -> None:
    before = states(catalog)
    chosen = catalog.image_ids()[1]

    act = catalog.decide([image(chosen, verdict, reason)])

    assert act is not None
    assert act.changes == 1
    assert states(catalog) == before | {chosen: state}


def test_open_takes_a_decision_back(catalog: Catalog) -> None:
    chosen = mask_ids(catalog)[0]
    catalog.decide([mask(chosen, "reject", "shifted")])

    catalog.decide([mask(chosen, "open", "looked again")])

    assert states(catalog)[chosen] == OPEN


@pytest.mark.parametrize(
    "again",
    [
        pytest.param(("accept", "clear"), id="the same once more"),
        pytest.param(None, id="nothing at all"),
    ],
)
def test_what_changes_nothing_is_no_act(catalog: Catalog, again: tuple[str, str] | None) -> None:
    chosen = catalog.image_ids()[0]
    catalog.decide([image(chosen, "accept", "clear")])

    act = catalog.decide([image(chosen, *again)] if again else [])

    assert act is None
    assert catalog.counts()["acts"] == 1


def test_opening_what_is_open_is_no_act(catalog: Catalog) -> None:
    assert catalog.decide([image(catalog.image_ids()[0], "open", "why not")]) is None


def test_another_reason_is_another_decision(catalog: Catalog) -> None:
    chosen = catalog.image_ids()[0]
    catalog.decide([image(chosen, "reject", "haze")])

    catalog.decide([image(chosen, "reject", "cloud")])
    assert states(catalog)[chosen] == REJECTED
    catalog.undo()

    assert states(catalog)[chosen] == ("rejected", "haze")


def test_an_unknown_id_refuses_the_whole_act(catalog: Catalog) -> None:
    first = catalog.image_ids()[0]

    with pytest.raises(DecisionError, match="image 'nowhere': not in this project"):
        catalog.decide([image(first), image("nowhere")])

    assert states(catalog)[first] == OPEN
    assert catalog.counts()["acts"] == 0


def test_a_mask_id_is_no_image_id(catalog: Catalog) -> None:
    with pytest.raises(DecisionError, match="not in this project"):
        catalog.decide([image(mask_ids(catalog)[0])])


@pytest.mark.parametrize("count", [pytest.param(1, id="one"), pytest.param(4, id="four")])
def test_undo_and_redo_go_through_all_acts_in_order(catalog: Catalog, count: int) -> None:
    first, second, third = catalog.image_ids()
    acts = [
        [image(first)],
        [image(second, "reject", "cloud"), mask(mask_ids(catalog)[0])],
        [image(first, "reject", "cloud")],
        [image(third), image(second, "open")],
    ]
    passed = [states(catalog)]
    for decisions in acts[:count]:
        catalog.decide(decisions)
        passed.append(states(catalog))

    back = [states(catalog) for _ in range(count) if catalog.undo()]
    forth = [states(catalog) for _ in range(count) if catalog.redo()]

    assert back == passed[-2::-1]
    assert forth == passed[1:]
    assert catalog.redo() is None
    assert catalog.state_differences() == []


def test_undo_and_redo_of_nothing_are_none(catalog: Catalog) -> None:
    assert catalog.undo() is None
    assert catalog.redo() is None
    assert catalog.counts()["acts"] == 0


def test_a_new_act_ends_redo(catalog: Catalog) -> None:
    first, second, _ = catalog.image_ids()
    catalog.decide([image(first)])
    catalog.undo()

    catalog.decide([image(second)])

    assert catalog.redo() is None
    assert states(catalog)[first] == OPEN


def test_what_was_no_act_leaves_redo_alone(catalog: Catalog) -> None:
    first = catalog.image_ids()[0]
    catalog.decide([image(first)])
    catalog.undo()

    assert catalog.decide([image(first, "open")]) is None
    catalog.redo()

    assert states(catalog)[first] == ACCEPTED


def test_the_last_of_two_decisions_in_one_act_counts_and_one_undo_takes_back_both(
    catalog: Catalog,
) -> None:
    first = catalog.image_ids()[0]
    catalog.decide([image(first, "accept", "before")])

    catalog.decide([image(first, "open"), image(first, "reject", "cloud")])
    assert states(catalog)[first] == REJECTED
    catalog.undo()

    assert states(catalog)[first] == ("accepted", "before")
    catalog.redo()
    assert states(catalog)[first] == REJECTED


def test_the_timeline_is_kept_across_restarts(catalog: Catalog, tmp_path: Path) -> None:
    first = catalog.image_ids()[0]
    catalog.decide([image(first, "reject", "cloud")])
    catalog.undo()
    catalog.close()

    again = open_again(tmp_path)
    again.redo()
    assert states(again)[first] == REJECTED
    again.undo()
    assert states(again)[first] == OPEN
    again.close()


def test_an_act_of_hundreds_of_decisions_is_one_undo(tmp_path: Path) -> None:
    days = [f"content {n}" for n in range(30)]
    catalog = new_catalog(tmp_path, [chip_record(n, images=days) for n in range(40)])
    ids = [*catalog.image_ids()]
    catalog.decide([image(id_, "accept") for id_ in ids[::2]])
    before = states(catalog)

    act = catalog.decide([image(id_, "reject", "cloud") for id_ in ids])

    assert act is not None
    assert act.changes == len(ids) == 1200
    assert catalog.counts()["images_rejected"] == 1200
    catalog.undo()
    assert states(catalog) == before
    assert catalog.state_differences() == []
    catalog.close()


# -- after a source changed -----------------------------------------------------------------------


def change_source(catalog: Catalog) -> None:
    merge(catalog, [chip_record(0, images=["second"], mask="second")])


def test_undo_after_a_change_of_the_source_leaves_it_open(catalog: Catalog) -> None:
    first = catalog.image_ids()[0]
    catalog.decide([image(first)])
    change_source(catalog)

    assert catalog.undo() is not None

    assert states(catalog)[first] == OPEN
    assert catalog.state_differences() == []


@pytest.mark.parametrize("subject", ["image", "mask"])
def test_redo_does_not_accept_a_version_that_nobody_saw(catalog: Catalog, subject: str) -> None:
    first = catalog.image_ids()[0] if subject == "image" else mask_ids(catalog)[0]
    catalog.decide([image(first) if subject == "image" else mask(first)])
    catalog.undo()
    change_source(catalog)

    catalog.redo()

    assert states(catalog)[first] == OPEN


def test_undo_of_an_act_on_the_new_version_does_not_revive_one_on_the_old(
    catalog: Catalog,
) -> None:
    first = catalog.image_ids()[0]
    catalog.decide([image(first)])
    change_source(catalog)
    catalog.decide([image(first, "reject", "cloud")])

    catalog.undo()

    assert states(catalog)[first] == OPEN
    assert catalog.state_differences() == []


def test_the_same_decision_about_a_new_version_is_an_act(catalog: Catalog) -> None:
    first = catalog.image_ids()[0]
    catalog.decide([image(first)])
    change_source(catalog)

    assert catalog.decide([image(first)]) is not None
    assert states(catalog)[first] == ACCEPTED


# -- history --------------------------------------------------------------------------------------


def test_history_tells_every_decision_oldest_first(catalog: Catalog) -> None:
    first = catalog.image_ids()[0]
    catalog.decide([image(first, "reject", "cloud")], seconds=2.5)
    catalog.undo()

    entries = catalog.history()

    told = [(e["kind"], e["target"], e["id"], e["decision"], e["reason"]) for e in entries]
    act = entries[0]["act"]
    assert told == [
        ("decide", None, first, "reject", "cloud"),
        ("undo", act, first, "open", ""),
    ]
    common = {"at": TIME, "who": "Zoë", "program": "0.0.test", "subject": "image"}
    assert all(common.items() <= entry.items() for entry in entries)
    assert [entry["seconds"] for entry in entries] == [2.5, None]


def test_nothing_is_ever_taken_out_of_the_history(catalog: Catalog) -> None:
    first = catalog.image_ids()[0]
    passed: list[list[dict[str, object]]] = []
    catalog.decide([image(first)])
    for step in (catalog.undo, catalog.redo, catalog.undo, catalog.history):
        passed.append(catalog.history())
        step()

    assert all(longer[: len(shorter)] == shorter for shorter, longer in pairwise(passed))
    assert [len(entries) for entries in passed] == [1, 2, 3, 4]
