"""The plan of what is accepted unseen, kept in the project: drawn once, resumed after a restart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from s2label.durable import put_whole
from s2label.errors import ProjectError

if TYPE_CHECKING:
    from pathlib import Path

FILE_NAME = "rest.json"


class RestPlan(BaseModel):
    """Which images are hardly ever rejected, and which of them are looked at.

    Parameters
    ----------
    below : float
        Their chance of rejection was smaller.
    at : str
        When it was drawn.
    sample : tuple of str
        Ids of the images that are looked at.
    versions : dict
        Id of each image, also of the sample -> its version.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    below: Annotated[float, Field(gt=0, le=1)]
    at: str
    sample: tuple[str, ...] = Field(min_length=1)
    versions: dict[str, int]


def write_plan(folder: Path, plan: RestPlan) -> None:
    """Keep a plan in a project, whole or not at all."""
    put_whole(folder / FILE_NAME, plan.model_dump_json().encode())


def forget_plan(folder: Path) -> None:
    """Throw the plan of a project away, if there is one; decisions stay."""
    (folder / FILE_NAME).unlink(missing_ok=True)


def read_plan(folder: Path) -> RestPlan | None:
    """Return the plan of a project; None without one.

    Raises
    ------
    ProjectError
        If the file is damaged.
    """
    path = folder / FILE_NAME
    try:
        return RestPlan.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return None
    except ValidationError as error:
        raise ProjectError(
            f"{path}: damaged; draw anew with `s2label rest {folder.name} --sample --new`"
        ) from error
