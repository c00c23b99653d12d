"""Work on a disk that fails: what is said, what stays, and that it ends as if nothing had been."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

from s2label.errors import S2LabelError
from s2label.refusals import in_words
from tests.factories.commands import run
from tests.faults.failing_disk import FailingDisk, Trouble

if TYPE_CHECKING:
    from pathlib import Path

    from tests.factories.killable import Work
    from tests.faults.killing import Job

_HARMLESS = ("it can be deleted", "run the same import again")
# What to do stands in every line about a disk.
ADVICE = re.compile(r"do the same again|make one with|bring it back|make room|resume|wait for it")


@dataclass(frozen=True)
class Ended:
    """Exit code, and what was said of a failure."""

    code: int
    said: str


def do_work(work: Work) -> Ended:
    """Do a piece of work in this process, as a command or a function."""
    module, _, name = work.call.partition(":")
    if module == "s2label.cli":
        printed = run(*work.arguments)
        return Ended(printed.code, printed.err)
    try:
        getattr(import_module(module), name)(*work.arguments)
    except (S2LabelError, OSError) as error:
        return Ended(1, f"s2label: {in_words(error)}\n")
    return Ended(0, "")


def put_back(kept: Path, world: Path) -> None:
    """Put a folder back as it was, in the same place: the catalog holds paths."""
    shutil.rmtree(world, ignore_errors=True)
    shutil.copytree(kept, world, symlinks=True)


def count_writes(work: Work, world: Path) -> int:
    """Do work that has to succeed; return how many times it asked the disk to write."""
    with FailingDisk(world).plugged_in() as disk:
        ended = do_work(work)
    assert ended.code == 0, ended
    return len(disk.seen)


def disturb(job: Job, work: Work, world: Path, trouble: Trouble, number: int) -> bool:
    """Do work on a disk that fails at a write; tell whether the work came to that, and broke off.

    Some writes are not missed: those of a cache, or of what is tidied up.
    """
    with FailingDisk(world, trouble, number).plugged_in() as disk:
        ended = do_work(work)
    if ended.code:
        require_clear(ended, world)
    if trouble in (Trouble.GONE, Trouble.READ_ONLY):
        _delete_parts(world)  # nobody could tidy up on such a disk: they stay, as after a kill
    require_sound(world)
    return bool(ended.code) and disk.has_failed


def go_on(job: Job, work: Work, world: Path) -> None:
    """Do the work again now that the disk is in order."""
    for again in job.go_on(world, work):
        ended = do_work(again)
        assert ended.code == 0, f"{again}: {ended}"
    require_sound(world)


def require_clear(ended: Ended, world: Path) -> None:
    """Demand one line that names a file and says what to do."""
    assert ended.code == 1, ended
    assert ended.said.startswith("s2label: "), ended
    assert ended.said.count("\n") == 1, ended
    assert str(world) in ended.said, ended
    assert "unexpected" not in ended.said, ended
    assert ADVICE.search(ended.said), ended


def require_sound(world: Path) -> None:
    """Demand that ``check`` finds no more than what is said to be in the way, and no half file."""
    project = world / "project"
    if not project.is_dir():
        return
    findings = [line for line in run("check", project).out.splitlines() if ": " in line]
    assert [line for line in findings if not line.endswith(_HARMLESS)] == []
    assert _parts(project) == []


def _parts(project: Path) -> list[Path]:
    """Return files that were not written to their end, but for those of an import that goes on."""
    found = project.rglob("*.part*")
    return [path for path in found if not path.is_relative_to(project / ".importing")]


def _delete_parts(world: Path) -> None:
    for path in _parts(world / "project"):
        path.unlink()


def require_same(found: object, expected: object, what: str) -> None:
    """Demand the same end; where it is not, name only what differs."""
    if isinstance(found, dict) and isinstance(expected, dict):
        keys = {key for key in found | expected if found.get(key) != expected.get(key)}
        found, expected = ({key: each.get(key) for key in keys} for each in (found, expected))
        assert not keys, f"{what}: {found} instead of {expected}"
    assert found == expected, what
