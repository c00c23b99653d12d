"""The state table says what facts and log say, and can be made anew from them."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from s2label.types import ChipRecord
from tests.core.test_queue_plans import plans_of
from tests.factories.catalog import (
    TIME,
    chip_record,
    image,
    image_record,
    mask,
    mask_record,
    new_catalog,
    open_again,
    place_record,
    states,
)

if TYPE_CHECKING:
    from pathlib import Path

TABLE = "SELECT * FROM state ORDER BY subject, id"


@pytest.fixture
def decided(tmp_path: Path) -> Path:
    """Return the folder of a catalog in which something of everything was decided."""
    catalog = new_catalog(tmp_path, [chip_record(n, images=["a", "b"]) for n in range(3)])
    first, second, third, *_ = catalog.image_ids()
    catalog.decide([image(first), image(second, "reject", "cloud")])
    catalog.decide([image(third), mask(catalog.list_masks()[0]["id"], "reject", "shifted")])
    catalog.undo()
    catalog.close()
    return tmp_path


def sql(folder: Path, statement: str) -> list[Any]:
    with closing(sqlite3.connect(folder / "catalog.sqlite")) as connection, connection:
        return connection.execute(statement).fetchall()


def differences(folder: Path) -> list[str]:
    catalog = open_again(folder, write=False)
    try:
        return catalog.state_differences()
    finally:
        catalog.close()


def test_a_sound_table_has_no_differences(decided: Path) -> None:
    assert differences(decided) == []


@pytest.mark.parametrize(
    ("damage", "expected"),
    [
        pytest.param(
            "UPDATE state SET state = 'accepted' WHERE state = 'rejected'",
            ["state differs from the log in state"],
            id="another state",
        ),
        pytest.param(
            "UPDATE state SET reason = 'haze' WHERE reason = 'cloud'",
            ["state differs from the log in reason"],
            id="another reason",
        ),
        pytest.param(
            "UPDATE state SET version = 7, random_key = 1 WHERE reason = 'cloud'",
            ["state differs from the log in version, random_key"],
            id="two columns",
        ),
        pytest.param(
            "DELETE FROM state WHERE subject = 'mask'", ["no state"] * 3, id="rows that are gone"
        ),
        pytest.param(
            "INSERT INTO state SELECT subject, 'ghost', place_id, date, state, reason, version,"
            " decided_at, random_key, nodata_share, consensus, labelled_share, worth, cloud,"
            " finding, rejection, doubt, suspicion FROM state WHERE reason = 'cloud'",
            ["image ghost: a state without its image"],
            id="a row too many",
        ),
    ],
)
def test_a_tampered_table_is_noticed_and_made_anew(
    decided: Path, damage: str, expected: list[str]
) -> None:
    before = sql(decided, TABLE)
    sql(decided, damage)

    found = differences(decided)

    assert len(found) == len(expected)
    assert all(line.endswith(words) for line, words in zip(found, expected, strict=True))
    catalog = open_again(decided)
    catalog.rebuild_states()
    catalog.close()
    assert sql(decided, TABLE) == before


def test_a_mask_without_its_current_version_is_noticed(decided: Path) -> None:
    sql(decided, "UPDATE mask SET current_version = 9")

    assert len(differences(decided)) == 3


def test_random_keys_are_stable_and_differ(decided: Path) -> None:
    keys = [key for (key,) in sql(decided, "SELECT random_key FROM state")]
    catalog = open_again(decided)
    catalog.rebuild_states()
    catalog.close()

    assert [key for (key,) in sql(decided, "SELECT random_key FROM state")] == keys
    assert len(set(keys)) == len(keys) == 9
    assert all(0 <= key < 2**62 for key in keys)


@pytest.mark.parametrize(
    ("counts", "share"),
    [
        pytest.param({1: 3, 254: 1}, 0.75, id="three quarters"),
        pytest.param({0: 4}, 1.0, id="background is labelled"),
        pytest.param({254: 4}, 0.0, id="nothing"),
        pytest.param({}, None, id="unknown"),
    ],
)
def test_the_labelled_share_counts_all_but_not_labelled(
    tmp_path: Path, counts: dict[int, int], share: float | None
) -> None:
    place = place_record()
    record = mask_record(place)
    record.class_counts.clear()
    record.class_counts.update(counts)
    catalog = new_catalog(tmp_path, [ChipRecord(place, (image_record(place),), (record,))])

    assert [r["scores"]["labelled_share"] for r in catalog.list_masks()] == [share]
    catalog.close()


def test_only_what_is_decided_has_a_time(decided: Path) -> None:
    rows = sql(decided, "SELECT state, decided_at FROM state")

    assert {decided_at for state, decided_at in rows if state == "open"} == {None}
    assert {decided_at for state, decided_at in rows if state != "open"} == {TIME}


def test_counts_add_up(decided: Path) -> None:
    catalog = open_again(decided, write=False)
    counts, found = catalog.counts(), [state for state, _ in states(catalog).values()]
    catalog.close()

    expected = {"images_open": 4, "images_accepted": 1, "images_rejected": 1, "masks_open": 3}
    assert expected.items() <= counts.items()
    for state in ("open", "accepted", "rejected"):
        assert counts[f"images_{state}"] + counts[f"masks_{state}"] == found.count(state)


def test_pairs_are_found_without_comparing_every_image_with_every_mask(tmp_path: Path) -> None:
    place = place_record("port", 0)
    one = image_record(place)
    catalog = new_catalog(tmp_path, [ChipRecord(place, (one,), (mask_record(place, one),))])
    assert len(catalog.pairs(include_open=True)) == 1

    steps = plans_of(catalog, lambda: catalog.pairs(include_open=True))

    of_records = [step for step in steps if step.startswith(("SEARCH image ", "SEARCH mask "))]
    assert len(of_records) == 3  # masks, blank masks, images: one by one, each by its id
    assert all("(id=?)" in step for step in of_records)
    assert not [step for step in steps if step in ("SCAN image", "SCAN mask", "SCAN state")]
    catalog.close()
