"""``findings``: what is wrong with images, and who says that it is no trouble."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from s2label.cli.arguments import ProjectPath
from s2label.cli.list_group import LIST, ListGroup
from s2label.cli.reporting import Json, print_lines
from s2label.errors import DecisionError
from s2label.project import open_project

if TYPE_CHECKING:
    from s2label.project import Project

_COLUMNS = ["image_id", "date", "kind", "words"]

_Kind = Annotated[str, typer.Argument(metavar="KIND", help="Kind of finding, as listed.")]
_Images = Annotated[
    list[str] | None, typer.Option("--image", help="Id of one image; may stand several times.")
]


def add_commands(program: typer.Typer) -> None:
    """Add the commands of this file."""
    findings = typer.Typer(
        cls=ListGroup, subcommand_metavar="PROJECT [--json] | settle ... | reopen ..."
    )
    findings.callback()(_findings)
    findings.command(LIST, hidden=True)(list_findings)
    findings.command("settle")(settle)
    findings.command("reopen")(reopen)
    program.add_typer(findings, name="findings")


def _findings() -> None:
    """List what screening found wrong with images, say that it is no trouble, or take that back.

    No training starts while an image that is not rejected has an open finding.

    Example: s2label findings harbour --json

    Example: s2label findings settle harbour saturated --why "sun glint, looked at"

    Example: s2label findings reopen harbour saturated
    """


def list_findings(project: ProjectPath, json: Json = False) -> None:
    """List the open findings, by image.

    Example: s2label findings harbour --json
    """
    with open_project(project) as opened:
        found = opened.catalog.screenings.open_findings()
        is_screened = bool(opened.catalog.screenings.methods()) if not found else True
    print_lines(map(asdict, found), as_json=json, columns=_COLUMNS)
    if not found and not json:
        typer.echo("nothing is wrong" if is_screened else _NOT_SCREENED.format(project))


_NOT_SCREENED = "nothing was looked at yet; next: s2label screen {}"


def settle(
    project: ProjectPath,
    kind: _Kind,
    why: Annotated[str, typer.Option(help="The reason; kept with who said so, and when.")],
    image: _Images = None,
) -> None:
    """Say that findings of a kind are no trouble, of all images or some.

    Example: s2label findings settle harbour saturated --why "sun glint, looked at"
    """
    if not why.strip():
        raise typer.BadParameter("say why", param_hint="--why")
    with open_project(project, write=True) as opened:
        known = _known(opened, image)
        settled = opened.catalog.screenings.settle(kind, known, why.strip())
        left = sum(opened.catalog.screenings.count_open_findings().values())
    _require_some(settled, f"no image has an open finding {kind!r}", project)
    typer.echo(f"{kind}: settled for {_images(settled)}; {left or 'no'} findings are open")


def reopen(project: ProjectPath, kind: _Kind, image: _Images = None) -> None:
    """Take back that findings of a kind are settled, of all images or some.

    Example: s2label findings reopen harbour saturated
    """
    with open_project(project, write=True) as opened:
        reopened = opened.catalog.screenings.reopen(kind, _known(opened, image))
    _require_some(reopened, f"no image has a settled finding {kind!r}", project)
    typer.echo(f"{kind}: open again for {_images(reopened)}")


def _known(project: Project, ids: list[str] | None) -> list[str] | None:
    unknown = [id_ for id_ in ids or () if not project.catalog.images([id_])]
    if unknown:
        raise DecisionError(f"image {unknown[0]!r}: not in this project")
    return ids or None


def _require_some(count: int, message: str, project: object) -> None:
    if not count:
        raise DecisionError(f"{message}; s2label findings {project} lists them")


def _images(count: int) -> str:
    return f"{count} image{'s' if count != 1 else ''}"
