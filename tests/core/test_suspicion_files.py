"""What an audit found, left in files for whoever may write the catalog."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from s2label import suspicion_files
from s2label.classes import VESSELS
from s2label.errors import CatalogError
from s2label.handover import take_all
from s2label.project import open_project
from s2label.suspicion_files import leave_suspicions, take_oldest_suspicions
from s2label.suspicions import SuspicionKind, SuspicionRecord
from tests.factories.projects import apart, make_project

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from s2label.project import Project

SQUARE = (((2, 2), (2, 6), (6, 6), (6, 2), (2, 2)),)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a project of three places with a moving mask each."""
    return make_project(tmp_path, apart(3, mask_values=(0, 1), dates=("2018-01-05",)), VESSELS)


@pytest.fixture
def project(folder: Path) -> Iterator[Project]:
    with open_project(folder, write=True) as project:
        yield project


def masks_of(project: Project) -> list[str]:
    return [row["id"] for row in project.catalog.list_masks()]


def suspicion(mask_id: str, audit: str = "first", rank: float = 0.5) -> SuspicionRecord:
    image_id = mask_id.removesuffix("-mask")
    seen = (mask_id, 1, image_id, 1, audit, "audit-fold-1")
    said = (SuspicionKind.SPURIOUS, "A vessel is labelled.", 0.9, rank)
    return SuspicionRecord(*seen, *said, rings=SQUARE, class_value=1)


def waiting(folder: Path) -> list[Path]:
    return sorted((folder / "models" / ".suspicions").iterdir())


def test_what_is_taken_over_is_what_was_left(project: Project) -> None:
    first, second, third = masks_of(project)
    records = [suspicion(first, rank=1.0), suspicion(second)]
    leave_suspicions(project.folder, "first", [first, second, third], records)

    assert take_all(take_oldest_suspicions, project) == 1

    assert project.catalog.suspicions() == {record.mask_id: [record] for record in records}
    assert waiting(project.folder) == []


def test_a_mask_that_was_looked_at_again_and_found_fine_is_suspected_no_more(
    project: Project,
) -> None:
    first, second, _ = masks_of(project)
    leave_suspicions(project.folder, "first", [first, second], map_of(first, second))
    leave_suspicions(project.folder, "later", [first], [])
    take_all(take_oldest_suspicions, project)
    assert list(project.catalog.suspicions()) == [second]


def map_of(*mask_ids: str) -> list[SuspicionRecord]:
    return [suspicion(id_) for id_ in mask_ids]


def test_many_come_in_files_that_are_taken_over_one_by_one(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(suspicion_files, "_MOST_RECORDS", 1)
    masks = masks_of(project)
    leave_suspicions(project.folder, "first", masks, map_of(*masks[:2]))
    assert len(waiting(project.folder)) == 2

    assert take_oldest_suspicions(project)
    assert list(project.catalog.suspicions()) == masks[:1]
    assert take_oldest_suspicions(project)
    assert list(project.catalog.suspicions()) == masks[:2]
    assert not take_oldest_suspicions(project)


def test_all_that_is_known_of_a_mask_stays_in_one_file(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(suspicion_files, "_MOST_RECORDS", 1)
    first, *_ = masks_of(project)
    both = [suspicion(first), SuspicionRecord(**vars(suspicion(first)) | {"rings": ()})]
    leave_suspicions(project.folder, "first", [first], both)
    assert len(waiting(project.folder)) == 1


def test_masks_without_a_suspicion_are_told_too(project: Project) -> None:
    leave_suspicions(project.folder, "first", masks_of(project), [])
    (path,) = waiting(project.folder)
    assert json.loads(path.read_bytes())["looked_at"] == masks_of(project)


def other_audit(text: str) -> str:
    return text.replace('"audit":"first","looked_at"', '"audit":"other","looked_at"')


@pytest.mark.parametrize(
    "damage", [lambda text: text[:-20], lambda _: "", other_audit], ids=["cut", "empty", "mixed"]
)
def test_a_damaged_file_is_dropped(project: Project, damage: object) -> None:
    first, *_ = masks_of(project)
    leave_suspicions(project.folder, "first", [first], map_of(first))
    (path,) = waiting(project.folder)
    changed = damage(path.read_text())  # type: ignore[operator]
    assert changed != path.read_text()
    path.write_text(changed)

    take_all(take_oldest_suspicions, project)

    assert project.catalog.suspicions() == {}
    assert waiting(project.folder) == []


def test_a_catalog_that_cannot_be_written_keeps_the_files(folder: Path) -> None:
    with open_project(folder) as reading:
        first, *_ = masks_of(reading)
        leave_suspicions(folder, "first", [first], map_of(first))
        with pytest.raises(CatalogError):
            take_all(take_oldest_suspicions, reading)
    assert len(waiting(folder)) == 1
