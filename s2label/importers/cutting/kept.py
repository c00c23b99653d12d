"""What a project has of a product already: chips that need not be decoded and cut again."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from s2label.durable import write_whole
from s2label.importers.scene_row import SceneRow
from s2label.stored_chips import BLANKS_SUFFIX, FOLDER, SUFFIX, fault_of_chip

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from s2label.importers.contract import Unit
    from s2label.project import Project
    from s2label.types import Source

# Ground (grid key) -> the chip of it; None where the product is known to hold no data.
KeptChips = dict[str, "Source | None"]


def with_kept_chips(units: Sequence[Unit], project: Project) -> list[Unit]:
    """Return units in which rows of tiles know the chips that the project has of them.

    Only whole files count: a chip that is missing or damaged is cut again, in its old place.
    """
    stored = [u for u in units if isinstance(u, SceneRow) and u.is_stored]
    contents = dict.fromkeys(row.scene.content for row in stored)
    kept = {content: kept_chips(project, content) for content in contents}
    return [
        _with_kept(unit, kept) if isinstance(unit, SceneRow) and unit.is_stored else unit
        for unit in units
    ]


def kept_chips(project: Project, content: str) -> KeptChips:
    """Return the chips that a project has of a product, by ground; blank ground included."""
    folder = project.folder / FOLDER
    kept: KeptChips = dict.fromkeys(_read_blanks(_blanks_path(folder, content)))
    for ground, source in project.catalog.chip_files(content).items():
        path = Path(source.path)
        if path.parent == folder and fault_of_chip(path, source) is None:
            kept[ground] = source
    return kept


def note_blanks(project: Project, blanks: Mapping[str, Iterable[str]]) -> None:
    """Keep in the project which tiles of its products hold no data: content -> grid keys."""
    for content, grounds in blanks.items():
        path = _blanks_path(project.folder / FOLDER, content)
        known = _read_blanks(path)
        if not known >= set(grounds):
            path.parent.mkdir(exist_ok=True)
            write_whole(path, "\n".join(sorted(known.union(grounds))).encode())


def forget_unused_chips(project: Project) -> None:
    """Delete the chips that no image is read from any more, since their product changed."""
    named = {row["path"] for row in project.catalog.sources()}
    for path in (project.folder / FOLDER).glob(f"*{SUFFIX}"):
        if str(path) not in named:
            path.unlink(missing_ok=True)


def _blanks_path(folder: Path, content: str) -> Path:
    return folder / f"{content[:32]}{BLANKS_SUFFIX}"


def _read_blanks(path: Path) -> set[str]:
    try:
        return set(path.read_text().split())
    except (OSError, UnicodeDecodeError):
        return set()


def _with_kept(row: SceneRow, kept: Mapping[str, KeptChips]) -> SceneRow:
    known = kept[row.scene.content]
    if not known:
        return row
    return replace(row, kept={ground: known[ground] for ground in row.grounds if ground in known})
