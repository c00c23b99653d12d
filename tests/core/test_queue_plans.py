"""What is asked at every step goes by an index: a large catalog answers as fast as a small one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import event

from s2label.queue_specs import QueueSpec
from s2label.types import Subject
from tests.factories.catalog import chip_record, new_catalog

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from s2label.catalog.store import Catalog

PLACES, DATES = 3, 2
# What SQLite's plan says of a step that looks at a few rows, whatever the size of the table.
_FEW = ("(id=?", "place_id=?", "image_id=?", "mask_id=?", "canvas_id=?", "rowid=?", "act_id=?")


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    records = (chip_record(column, images=("first",) * DATES) for column in range(PLACES))
    catalog = new_catalog(tmp_path, records)
    yield catalog
    catalog.close()


def plans_of(catalog: Catalog, ask: Callable[[], object]) -> list[str]:
    """Return the steps of SQLite's plans for all statements of a question."""
    asked: list[tuple[str, Any]] = []

    def note(_: Any, __: Any, statement: str, values: Any, *___: Any) -> None:
        asked.append((statement, values))

    event.listen(catalog._engine, "before_cursor_execute", note)
    ask()
    event.remove(catalog._engine, "before_cursor_execute", note)
    with catalog._engine.connect() as connection:
        rows = [
            connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values).all()
            for statement, values in asked
            if statement.startswith("SELECT")
        ]
    return [str(row[3]) for plan in rows for row in plan]


def test_the_dates_of_a_place_are_found_by_the_place(catalog: Catalog) -> None:
    place = next(iter(catalog.places()))
    steps = plans_of(catalog, lambda: catalog.dates_of_place(place))
    assert any("place_id=?" in step for step in steps)
    assert not any("SCAN" in step for step in steps)
    assert len(catalog.dates_of_place(place)) == DATES


def test_a_chip_is_found_without_going_through_all(catalog: Catalog) -> None:
    image = catalog.image_ids()[0]
    steps = plans_of(catalog, lambda: catalog.chip(image))
    tables = [step for step in steps if step.startswith(("SCAN", "SEARCH"))]
    assert not [step for step in tables if not any(few in step for few in (*_FEW, "id=?"))]


@pytest.mark.parametrize("only_open", [True, False])
@pytest.mark.parametrize("descending", [True, False])
def test_a_queue_by_name_needs_no_sorting(
    catalog: Catalog, only_open: bool, descending: bool
) -> None:
    spec = QueueSpec(only_open=only_open, descending=descending)
    steps = plans_of(catalog, lambda: catalog.queue(spec, limit=1))
    assert not any("TEMP B-TREE" in step for step in steps)
    assert all("COVERING INDEX" in step for step in steps)
    assert sorted(catalog.queue(spec), reverse=descending) == catalog.queue(spec)


@pytest.mark.parametrize("subject", Subject)
def test_a_limited_queue_is_the_beginning_of_the_whole(catalog: Catalog, subject: Subject) -> None:
    spec = QueueSpec(subject=subject)
    assert catalog.queue(spec, limit=2) == catalog.queue(spec)[:2]
