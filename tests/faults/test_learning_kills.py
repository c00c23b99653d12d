"""R1: a training, suggestions, an audit and a scene that were killed end as if they never were.

As `test_kills.py`, with networks.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.faults.killed_learning import JOBS, MODULES
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
def test_learning_that_was_killed_ends_as_if_it_never_was(
    program: WarmProgram, tmp_path: Path, job: Job
) -> None:
    print(kill_and_go_on(program, job, tmp_path))
