"""The command line: parse, call, print. Rooms above add their commands by entry points."""

from s2label.cli.program import main, script

__all__ = ["main", "script"]
