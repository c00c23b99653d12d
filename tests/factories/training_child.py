"""A trainer that learns nothing and tells what a script says; `trainings.scripted_jobs` runs it.

The first argument is a JSON file: ``steps``, and ``stopped``, the result when it is asked to stop;
null where it has none then.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path
from threading import Event
from typing import Any

from s2label.cli.child import become_child
from s2label.cli.reporting import print_json

_LOOK_EVERY_S = 0.01


def main() -> int:
    """Tell the steps; return the exit code."""
    become_child()
    script = json.loads(Path(sys.argv[1]).read_text())
    try:
        return next((code for step in script["steps"] if (code := do(step)) is not None), 0)
    except KeyboardInterrupt:
        if script["stopped"] is None:
            return 1
        print_json({"result": script["stopped"]})
        return 0


def do(step: dict[str, Any]) -> int | None:
    """Do one step; return an exit code where that ends it."""
    match step:
        case {"await": path}:
            pause = Event()
            while not Path(path).exists():
                pause.wait(_LOOK_EVERY_S)
        case {"pause_s": seconds}:
            Event().wait(seconds)
        case {"deaf": _}:
            signal.signal(signal.SIGINT, signal.SIG_IGN)
        case {"die": number}:
            os.kill(os.getpid(), number)
        case {"refuse": words}:
            print(f"s2label: {words}", file=sys.stderr)
            return 1
        case record:
            print_json(record)
    return None


if __name__ == "__main__":
    sys.exit(main())
