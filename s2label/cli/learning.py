"""``learn``, ``rest``: order what is left by the user's own decisions, and accept the rest."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Annotated, Any

import typer

from s2label.cli.arguments import ProjectPath
from s2label.cli.reporting import Json, JsonLines, print_json
from s2label.errors import ProjectBusyError
from s2label.project import open_project

if TYPE_CHECKING:
    from pathlib import Path

    from s2label.learnt.learning import Learnt
    from s2label.learnt.rest import RestReview


def add_commands(program: typer.Typer) -> None:
    """Add the commands of this file."""
    program.command("learn")(learn)
    program.command("rest")(rest)


def learn(project: ProjectPath, json: Json = False, json_lines: JsonLines = False) -> None:
    """Learn from your decisions on images how likely each open one is to be rejected.

    The queue can then begin with those. It takes 50 decisions, and images that were screened;
    learn again after every 50 decisions or so. A window does so by itself.

    Example: s2label learn landcover
    """
    # Imported here: scikit-learn is a heavy import that `--help` can do without.
    from s2label.learnt.learning import learn_order
    from s2label.learnt.left_order import leave_order

    with open_project(project) as opened:
        learnt = learn_order(opened)
        leave_order(opened.folder, learnt)
    _take_over(project)
    if json_lines:
        print_json({"result": learnt.record})
    elif json:
        print_json(learnt.record)
    else:
        _print_learnt(learnt)


def _take_over(project: Path) -> None:
    from s2label.handover import take_all
    from s2label.learnt.left_order import take_oldest_chances

    # Whoever has the project now, the window mostly, takes the chances over itself.
    with suppress(ProjectBusyError), open_project(project, write=True) as writing:
        take_all(take_oldest_chances, writing)


def _print_learnt(learnt: Learnt) -> None:
    left = f"; {learnt.unscreened} more are not screened" if learnt.unscreened else ""
    typer.echo(
        f"learnt from {learnt.learnt_from} decisions, {learnt.rejected} of them rejections; "
        f"{len(learnt.chances)} open images have a chance now{left}"
    )
    typer.echo(learnt.hit_rate.words if learnt.hit_rate else "too few decisions to measure it")


def rest(
    project: ProjectPath,
    below: Annotated[
        float, typer.Option(help="Images whose chance of rejection is smaller.")
    ] = 0.05,
    error: Annotated[
        float, typer.Option(help="Share of wrong ones that the sample has to exclude.")
    ] = 0.05,
    sample: Annotated[
        bool, typer.Option("--sample", help="Draw the sample to look at, and list it.")
    ] = False,
    accept: Annotated[
        bool, typer.Option("--accept", help="Accept the rest; undo takes it back.")
    ] = False,
    new: Annotated[bool, typer.Option("--new", help="Forget the sample drawn before.")] = False,
    json: Json = False,
) -> None:
    """Accept images unseen that are hardly ever rejected, once a sample of them was looked at.

    First --sample draws images at random; decide on each of them. Then --accept accepts the
    others in one act, if the sample supports it. Without either it says how it stands.

    Example: s2label rest landcover --below 0.05 --sample
    """
    from s2label.learnt.rest import accept_rest, draw_sample, review_rest

    if sample and accept:
        raise typer.BadParameter("choose --sample or --accept")
    if new and not sample:
        raise typer.BadParameter("goes with --sample", param_hint="--new")
    _require_share(below, "--below")
    _require_share(error, "--error")
    with open_project(project, write=sample or accept) as opened:
        if accept:
            act = accept_rest(opened, error)
            accepted = act.changes if act else 0
            review = review_rest(opened)
        else:
            accepted = None
            review = draw_sample(opened, below, error, anew=new) if sample else review_rest(opened)
    if json:
        print_json(_record(review, accepted))
    elif accepted is not None:
        typer.echo(
            f"{accepted} images accepted unseen; with 95 % certainty at most {review.error:.1%} of "
            "them would be rejected; `s2label undo` takes it back"
        )
    else:
        _print(review, listed=sample)


def _require_share(value: float, option: str) -> None:
    if not 0 < value < 1:
        raise typer.BadParameter("has to lie between 0 and 1", param_hint=option)


def _print(review: RestReview, *, listed: bool) -> None:
    if listed:
        for id_ in review.open_sample:
            typer.echo(id_)
    typer.echo(review.words, err=listed)


def _record(review: RestReview, accepted: int | None) -> dict[str, Any]:
    return {
        "below": review.plan.below,
        "drawn_at": review.plan.at,
        "sample": list(review.plan.sample),
        "sample_open": list(review.open_sample),
        "sample_rejected": review.rejected,
        "rest": len(review.rest),
        "error_at_most": None if review.open_sample else review.error,
        "accepted": accepted,
    }
