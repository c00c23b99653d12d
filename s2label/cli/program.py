"""The program: all commands put together, and the edge where errors become one line."""

from __future__ import annotations

import sys
import warnings
from functools import cache
from typing import TYPE_CHECKING, Annotated

import typer
from typer.exceptions import Abort, TyperException

from s2label import __version__
from s2label.cli.child import become_child
from s2label.cli.rooms import rooms_above
from s2label.errors import S2LabelError
from s2label.refusals import refusal_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from typer.core import TyperGroup

_INTERRUPTED = 130
_STOPPED = "stopped; run the same command again to go on"


def build_program() -> typer.Typer:
    """Return the program with the commands of this room and of the rooms above."""
    from s2label.cli import (
        checking,
        deciding,
        doubting,
        exploring,
        exporting,
        findings,
        importing,
        learning,
        mapping,
        projects,
        rebuilding,
        relinking,
        screening,
    )

    program = typer.Typer(
        name="s2label",
        help="Clean, paint and export labels of Sentinel-2 chips.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    program.callback()(_options)
    for commands in (
        projects,
        importing,
        deciding,
        doubting,
        exploring,
        exporting,
        findings,
        learning,
        mapping,
        checking,
        rebuilding,
        relinking,
        screening,
    ):
        commands.add_commands(program)
    for room in rooms_above():
        room.add_commands(program)
    return program


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"s2label {__version__}")
        raise typer.Exit


def _options(
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, help="Print the version.")
    ] = False,
) -> None:
    """Clean, paint and export labels of Sentinel-2 chips."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; its exit code is 0 done, 2 wrong use, 3 leaks found, 1 anything else."""
    become_child()
    arguments = list(sys.argv[1:] if argv is None else argv)
    if "--debug" in arguments:
        return _run(arguments)
    try:
        with warnings.catch_warnings():
            # What libraries warn of means nothing to a user; the suite runs with -W error.
            warnings.simplefilter("ignore")
            return _run(arguments)
    except S2LabelError as error:
        return _fail(str(error))
    except KeyboardInterrupt:
        return _fail(_STOPPED)
    except OSError as error:
        return _fail(refusal_of(error))
    except Exception as error:
        cause = f"{type(error).__name__}: {error}"
        return _fail(f"unexpected error, please report it (s2label --debug shows more): {cause}")


@cache  # taking the signatures of all commands apart takes some 70 ms
def _program() -> TyperGroup:
    return typer.main.get_group(build_program())


def _run(arguments: list[str]) -> int:
    try:
        result = _program().main(args=arguments, prog_name="s2label", standalone_mode=False)
    except TyperException as error:  # wrong use: typer shows it with the usage line
        command_line_error = getattr(error, "show", None)
        if command_line_error is None:
            return _fail(error.format_message())
        command_line_error()
        return error.exit_code
    except Abort:
        return _fail(_STOPPED)
    if result == _INTERRUPTED:  # typer turns Ctrl-C into this code
        return _fail(_STOPPED)
    return result if isinstance(result, int) else 0


def _fail(message: str) -> int:
    print(f"s2label: {' '.join(message.split())}", file=sys.stderr)
    return 1


def script() -> None:
    """Entry point of the installed command."""
    sys.exit(main())
