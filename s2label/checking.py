"""What ``s2label check`` verifies: pages, states, mask and ignore files, stored chips, sources.

Repairs nothing.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from s2label.canvases import CanvasKind, CanvasRef
from s2label.chip_folder import fault_of_stored, stray_chips
from s2label.durable import PART_SUFFIX, sha256_of
from s2label.errors import InputError
from s2label.progress import Job, Progress
from s2label.raster import open_raster, source_of
from s2label.screening.cloud_rasters import FOLDER as CLOUD_FOLDER
from s2label.source_files import is_there
from s2label.stored_chips import FOLDER as CHIPS
from s2label.suggestion_files import FOLDER_SUFFIX
from s2label.xml_documents import parse_xml

if TYPE_CHECKING:
    from collections.abc import Container

    from s2label.project import Project


def check_project(project: Project, *, full: bool = False) -> Job[list[str]]:
    """Verify a project and return what is wrong, one line each.

    With `full`, every source raster is read to its end; otherwise its size and the hash of its
    first and last 64 KiB are compared.

    Raises
    ------
    CatalogError
        If the catalog itself cannot be read.
    """
    project.catalog.verify_pages()
    findings = project.catalog.state_differences()
    findings += _check_strokes(project)
    findings += yield from _check_versions(project)
    findings += yield from _check_sources(project, full=full)
    if project.staging.exists():
        findings.append(f"{project.staging}: an unfinished import; run the same import again")
    return findings


def _check_strokes(project: Project) -> list[str]:
    return [
        f"{ref.kind} {ref.id}: has strokes that are in no version yet; close the window that is "
        "painting it, or open the project once"
        for ref in project.catalog.canvases.unsettled()
    ]


def _check_versions(project: Project) -> Job[list[str]]:
    findings = []
    versions = _expected_files(project)
    for done, (path, sha256) in enumerate(versions.items(), start=1):
        if not path.is_file():
            findings.append(f"{path}: missing; restore it from a backup")
        elif sha256_of(path) != sha256:
            findings.append(f"{path}: not the file that was written; restore it from a backup")
        yield Progress(done, len(versions), "checking masks")
    if not project.staging.exists():
        # An import under way, or killed, may need what no row names yet.
        findings += _strays(project, versions) + stray_chips(project)
    return findings


def _expected_files(project: Project) -> dict[Path, str]:
    masks = project.catalog.mask_versions()
    rasters = project.catalog.canvases.ignore_versions()
    kinds = ((CanvasKind.MASK, "mask_id", masks), (CanvasKind.IGNORE, "raster_id", rasters))
    return {
        project.canvas_path(CanvasRef(kind, row[owner]), row["version"]): row["sha256"]
        for kind, owner, rows in kinds
        for row in rows
    }


def _strays(project: Project, expected: Container[Path]) -> list[str]:
    findings = []
    clouds = project.folder / CLOUD_FOLDER
    found = [*(project.folder / "masks").rglob("*"), *(project.folder / "rasters").rglob("*")]
    for path in sorted(found):
        if path.is_file() and path not in expected:
            is_part = PART_SUFFIX in path.name
            is_remade = path.parent.name.endswith(FOLDER_SUFFIX) or clouds in path.parents
            if is_remade and not is_part:
                continue  # suggestions and clouds are made anew where missing, and have no rows
            kind = "left by a crash" if is_part else "not in the catalog"
            findings.append(f"{path}: {kind}; it can be deleted")
    return findings


def _check_sources(project: Project, *, full: bool) -> Job[list[str]]:
    findings = []
    sources = project.catalog.sources()
    for done, row in enumerate(sources, start=1):
        finding = _check_source(project, row, full=full)
        findings += [finding] if finding else []
        yield Progress(done, len(sources), "checking sources")
    return findings


def _check_source(project: Project, row: dict[str, Any], *, full: bool) -> str | None:
    path = Path(row["path"])
    if path.parent == project.folder / CHIPS:
        return fault_of_stored(row)
    if not is_there(path):
        return f"{path}: missing; put it back, or find it with `s2label relink`"
    source = source_of(path)
    if (source.size_bytes, source.digest) != (row["size_bytes"], row["digest"]):
        return f"{path}: changed since it was imported; import it again"
    return _read_through(path) if full else None


def _read_through(path: Path) -> str | None:
    try:
        if path.suffix == ".gml":  # a product's cloud mask
            parse_xml(path)
            return None
        with open_raster(path) as dataset:
            for _, window in dataset.block_windows(1):
                dataset.read(window=window)
    except InputError as error:
        return str(error)
    return None
