"""Bad input of every kind, over all importers and commands, changes nothing (measures, R2).

`python -m tests.faults.corpus` lists the cases.
"""

from __future__ import annotations

import os
import signal
import warnings
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.factories.commands import run
from tests.factories.fingerprints import fingerprint
from tests.faults.corpus import CASES
from tests.faults.corpus.bad_input import Desk
from tests.faults.corpus.sound import Sound

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.factories.commands import Printed
    from tests.faults.corpus.bad_input import BadInput

if os.name != "posix":
    pytest.skip("limits of time and memory are those of Unix", allow_module_level=True)
import resource

# Of the processor; what waits for something that never comes takes none of it.
TIME_LIMIT_S = 20
WAIT_LIMIT_S = 120
# More than what the program holds already; the bombs would take gigabytes.
MEMORY_LIMIT_BYTES = 2**30
# Python itself does not show these to users.
HIDDEN_WARNINGS = (DeprecationWarning, PendingDeprecationWarning, ImportWarning, ResourceWarning)


class TooLongError(BaseException):
    """A command went on after its time; the program turns other errors into a line."""


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Sound:
    return Sound(tmp_path_factory.mktemp("sound"))


@contextmanager
def bounded() -> Iterator[None]:
    """End what takes too much time or memory."""

    def end(*_: object) -> None:
        raise TooLongError(f"{TIME_LIMIT_S} s of the processor, or {WAIT_LIMIT_S} s of waiting")

    before = resource.getrlimit(resource.RLIMIT_DATA)
    handlers = {number: signal.signal(number, end) for number in (signal.SIGALRM, signal.SIGPROF)}
    resource.setrlimit(resource.RLIMIT_DATA, (_held_bytes() + MEMORY_LIMIT_BYTES, before[1]))
    signal.setitimer(signal.ITIMER_PROF, TIME_LIMIT_S)
    signal.alarm(WAIT_LIMIT_S)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.setitimer(signal.ITIMER_PROF, 0)
        for number, handler in handlers.items():
            signal.signal(number, handler)
        resource.setrlimit(resource.RLIMIT_DATA, before)


def _held_bytes() -> int:
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmData:")[2].split()[0]) * 1024


def meet(case: BadInput, desk: Desk) -> tuple[Printed, dict[str, str]]:
    """Run the command of a case; return what it printed, and the desk as it was before."""
    arguments = case.command(desk)
    before = fingerprint(desk.folder)
    with warnings.catch_warnings(record=True) as caught, bounded():
        warnings.simplefilter("default")
        printed = run(*arguments)
    shown = [str(w.message) for w in caught if not issubclass(w.category, HIDDEN_WARNINGS)]
    assert shown == [], "the user would see these warnings beside the message"
    return printed, before


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_bad_input_is_refused_in_one_line_and_nothing_is_written(
    case: BadInput, sound: Sound, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    if case.needs_torch:
        pytest.importorskip("torch")
    printed, before = meet(case, Desk(tmp_path, sound))
    assert printed.code == case.code, printed
    assert capfd.readouterr() == ("", ""), "a library prints beside the message"
    lines = printed.err.splitlines()
    if case.code == 1:  # wrong use may show how to use it, on several lines
        assert len(lines) == 1, printed.err
        assert lines[0].startswith("s2label: ")
        assert "unexpected error" not in lines[0]
    for words in case.said:
        assert words.casefold() in printed.err.casefold()
    assert fingerprint(tmp_path) == before


def test_the_corpus_is_as_large_as_promised_and_no_case_is_there_twice() -> None:
    assert len(CASES) >= 200
    assert len({case.id for case in CASES}) == len(CASES)
