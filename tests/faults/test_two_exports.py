"""R4: two programs write an export or an exploration to one place: one does, the other is told."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from s2label.errors import ExportError
from s2label.explore.folder import ExploreFolder
from s2label.exports.draft import DATA_CARD, Draft
from tests.factories.snapshots import tree_snapshot

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Write = Callable[..., None]

PIXELS = "pixels.txt"


def export(out: Path, text: str, meanwhile: Callable[[], object] = str) -> None:
    draft = Draft(out)
    draft.recover()
    draft.refuse_foreign()
    with draft.growing(f"plan of {text}"):
        draft.put_bytes(PIXELS, text.encode())
        draft.put_bytes(DATA_CARD, b"")
        meanwhile()
        draft.finish([PIXELS, DATA_CARD])
        draft.publish()


def explore(out: Path, text: str, meanwhile: Callable[[], object] = str) -> None:
    with ExploreFolder(out, out.parent / "project").writing({}) as draft:
        (draft / PIXELS).write_text(text)
        meanwhile()


WRITES = pytest.mark.parametrize("write", [export, explore])


@pytest.fixture
def other() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(1) as pool:
        yield pool


@pytest.fixture
def before_renames(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], None]], None]:
    """Return what lets something happen whenever a folder is about to be renamed."""
    rename = Path.rename

    def let_happen(meanwhile: Callable[[], None]) -> None:
        def meanwhile_and_rename(path: Path, target: Path) -> Path:
            monkeypatch.setattr(Path, "rename", rename)
            meanwhile()
            monkeypatch.setattr(Path, "rename", meanwhile_and_rename)
            return rename(path, target)

        monkeypatch.setattr(Path, "rename", meanwhile_and_rename)

    return let_happen


@WRITES
@pytest.mark.parametrize("was_there", [False, True], ids=["new", "replaced"])
def test_who_comes_while_it_is_put_in_place_is_told_and_changes_nothing(
    tmp_path: Path,
    other: ThreadPoolExecutor,
    before_renames: Callable[[Callable[[], None]], None],
    write: Write,
    was_there: bool,
) -> None:
    out = tmp_path / "out"
    if was_there:
        write(out, "earlier")
    told: list[str] = []

    def come_second() -> None:
        before = tree_snapshot(tmp_path)
        with pytest.raises(ExportError) as refusal:
            other.submit(write, out, "second").result()
        told.append(str(refusal.value))
        assert tree_snapshot(tmp_path) == before

    before_renames(come_second)
    write(out, "first")
    assert len(told) == 1 + was_there
    assert all("is writing there; wait for it" in line for line in told)
    assert (out / PIXELS).read_text() == "first"
    assert list(tmp_path.iterdir()) == [out]


@WRITES
def test_who_comes_afterwards_replaces_it(tmp_path: Path, write: Write) -> None:
    out = tmp_path / "deeper" / "out"
    for text in ("first", "second"):
        write(out, text)
        assert (out / PIXELS).read_text() == text
    assert list(out.parent.iterdir()) == [out]


@WRITES
def test_a_file_put_there_while_it_was_written_is_not_deleted(tmp_path: Path, write: Write) -> None:
    out = tmp_path / "out"
    write(out, "earlier")
    with pytest.raises(ExportError, match=r"holds notes\.txt"):
        write(out, "second", lambda: (out / "notes.txt").write_text("mine"))
    assert (out / PIXELS).read_text() == "earlier"
    assert (out / "notes.txt").read_text() == "mine"
