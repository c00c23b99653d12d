"""Results on their way to the catalog, and what is left of those who were killed."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from pydantic import BaseModel

from s2label.handover import Handover

if TYPE_CHECKING:
    from pathlib import Path


class Note(BaseModel):
    word: str


NOTES = Handover("notes", Note)


def test_what_was_left_is_taken_over_in_order(tmp_path: Path) -> None:
    for word in ("first", "second"):
        NOTES.leave(tmp_path, Note(word=word))
    taken: list[str] = []
    while NOTES.take_oldest(tmp_path, lambda note: taken.append(note.word)):
        pass
    assert taken == ["first", "second"]
    assert NOTES.waiting(tmp_path) == []


def test_what_a_killed_program_began_is_deleted_and_what_is_being_written_is_not(
    tmp_path: Path,
) -> None:
    NOTES.leave(tmp_path, Note(word="whole"))
    begun, being_written = (tmp_path / "notes" / f".0{n}-7.7.part.json" for n in (1, 2))
    for part in (begun, being_written):
        part.write_text('{"wor')
    os.utime(begun, (0, 0))
    while NOTES.take_oldest(tmp_path, lambda _: None):
        pass
    assert list((tmp_path / "notes").iterdir()) == [being_written]
