"""A warm program whose work is killed: ``python -m tests.factories.killable MODULE ...``.

It loads the modules once, then reads a line of JSON for each piece of work (`Work`), does it in a
process of its own, forked, and prints how that ended (`Ended`). The process is killed from outside
after some seconds, or kills itself before a step towards the disk (a file opened for writing,
renamed or deleted, a transaction begun or about to be committed), or right after a rename, before
anything else can follow: so every gap between two steps is hit, however fast the machine is.
"""

from __future__ import annotations

import json
import math
import os
import signal
import sys
import time
from dataclasses import asdict, dataclass
from importlib import import_module
from multiprocessing import get_context
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, Any

from sqlalchemy import Engine, event

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import BinaryIO

_STEP, _RENAMED = b"\0step\n", b"\0renamed "
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT
_CHANGES = {"os.remove", "os.rename", "os.mkdir", "os.rmdir", "os.link", "os.truncate"}
_RENAMES = ("rename", "replace", "link")


@dataclass(frozen=True)
class Work:
    """What to do, and when to be killed; 0 steps, renames and seconds stand for never.

    ``call`` is the command line, or ``module:function`` for a function that gets the arguments.
    """

    arguments: tuple[str, ...]
    call: str = "s2label.cli:main"
    after_s: float = 0
    steps: int = 0
    renames: int = 0


@dataclass(frozen=True)
class Ended:
    """How work ended: exit code (-9 if killed), what it printed, its steps, what it renamed."""

    code: int
    said: str
    took_s: float
    steps: int
    renamed: tuple[str, ...]

    @property
    def was_killed(self) -> bool:
        """Whether it was killed before its end."""
        return self.code == -signal.SIGKILL


def main(modules: list[str]) -> None:
    """Load modules, and do work until nobody asks for more."""
    # Nobody who kills a process can see whether a disk was waited for.
    for name in ("fsync", "sync"):
        setattr(os, name, lambda *_: None)
    for name in modules:
        import_module(name)
    for line in sys.stdin:
        print(json.dumps(asdict(do(Work(**json.loads(line))))), flush=True)


def do(work: Work) -> Ended:
    """Do a piece of work in another process, and kill it if that is wanted."""
    with TemporaryFile() as said, TemporaryFile() as noted:
        process = get_context("fork").Process(target=_act, args=(work, said, noted))
        begin = time.perf_counter()
        process.start()
        process.join(work.after_s or None)
        if process.exitcode is None:
            os.write(said.fileno(), f"killed {time.monotonic()}\n".encode())
            process.kill()
            process.join()
        took_s = time.perf_counter() - begin
        notes = _content(noted).splitlines()
        renamed = [line.partition(" ")[2] for line in notes if line.startswith(_RENAMED.decode())]
        steps = notes.count(_STEP.decode().strip("\n"))
        assert process.exitcode is not None
        return Ended(process.exitcode, _content(said), took_s, steps, tuple(renamed))


def _content(file: BinaryIO) -> str:
    file.seek(0)
    return file.read().decode(errors="replace")


def _act(work: Work, said: BinaryIO, noted: BinaryIO) -> None:
    """Do the work, in the process that is for that."""
    for number in (1, 2):
        os.dup2(said.fileno(), number)
    _watch(noted.fileno(), work.steps or math.inf, work.renames or math.inf)
    module, _, name = work.call.partition(":")
    function: Callable[..., Any] = getattr(import_module(module), name)
    if module == "s2label.cli":
        sys.exit(function(list(work.arguments)))
    function(*work.arguments)


def _watch(notes: int, steps: float, renames: float) -> None:
    """Note every step and rename, and end this process at the wanted one."""
    left = {"steps": steps, "renames": renames}

    def step(*_: object) -> None:
        os.write(notes, _STEP)
        _count(left, "steps")

    def hear(name: str, arguments: tuple[Any, ...]) -> None:
        if name in _CHANGES or (name == "open" and _is_writing(*arguments)):
            step()

    def noting(rename: Callable[..., None]) -> Callable[..., None]:
        def rename_and_note(source: Any, target: Any, **settings: Any) -> None:
            rename(source, target, **settings)
            os.write(notes, _RENAMED + os.fsencode(target) + b"\n")
            _count(left, "renames")

        return rename_and_note

    for name in _RENAMES:
        setattr(os, name, noting(getattr(os, name)))
    event.listen(Engine, "begin", step)
    event.listen(Engine, "commit", step)
    sys.addaudithook(hear)


def _count(left: dict[str, float], kind: str) -> None:
    left[kind] -= 1
    if left[kind] == 0:
        os.write(1, f"killed {time.monotonic()}\n".encode())
        os.kill(os.getpid(), signal.SIGKILL)


def _is_writing(path: Any, mode: str | None, flags: int) -> bool:
    """Tell whether a file is opened for writing, or a folder to make a rename durable."""
    if isinstance(path, int) or str(path).startswith(("/dev/", "/proc/")):
        return False
    return bool((flags or 0) & _WRITING) or set(mode or "") & set("wax+") != set()


if __name__ == "__main__":
    main(sys.argv[1:])
