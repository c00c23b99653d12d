"""R1: work that is killed at any moment loses nothing, and done again it ends as if never killed.

Real processes, ``kill -9``. `killing.KILLS` says how often each kind of work is killed in the
normal suite and with ``S2LABEL_LONG=1``, which makes more than 500 of all kinds; with ``-s`` each
prints a line of what it came to. A third of the moments is drawn in time, a third before a step
towards the disk, a third right after a rename, before the row that names the file.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.faults.killed_work import JOBS, MODULES
from tests.faults.killing import Job, kill_and_go_on, warm_program

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.faults.killing import WarmProgram

pytestmark = pytest.mark.skipif(os.name != "posix", reason="processes are forked")


@pytest.fixture(scope="module")
def program() -> Iterator[WarmProgram]:
    with warm_program(*MODULES) as program:
        yield program


@pytest.mark.parametrize("job", JOBS, ids=lambda job: job.kind)
def test_work_that_was_killed_ends_as_if_it_never_was(
    program: WarmProgram, tmp_path: Path, job: Job
) -> None:
    print(kill_and_go_on(program, job, tmp_path))
