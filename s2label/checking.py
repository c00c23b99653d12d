"""What ``s2label check`` verifies: pages, state table, mask files, sources. Repairs nothing."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from s2label.durable import PART_SUFFIX, sha256_of
from s2label.errors import InputError
from s2label.progress import Job, Progress
from s2label.raster import open_raster, source_of

if TYPE_CHECKING:
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
    findings += yield from _check_masks(project)
    findings += yield from _check_sources(project, full=full)
    if project.staging.exists():
        findings.append(f"{project.staging}: an unfinished import; run the same import again")
    return findings


def _check_masks(project: Project) -> Job[list[str]]:
    findings = []
    versions = project.catalog.mask_versions()
    expected = set()
    for done, row in enumerate(versions, start=1):
        path = project.mask_path(row["mask_id"], row["version"])
        expected.add(path)
        if not path.is_file():
            findings.append(f"{path}: missing; restore it from a backup")
        elif sha256_of(path) != row["sha256"]:
            findings.append(f"{path}: not the file that was written; restore it from a backup")
        yield Progress(done, len(versions), "checking masks")
    if project.staging.exists():
        return findings  # an import under way, or killed, may need what no row names yet
    for path in sorted((project.folder / "masks").rglob("*")):
        if path.is_file() and path not in expected:
            kind = "left by a crash" if PART_SUFFIX in path.name else "not in the catalog"
            findings.append(f"{path}: {kind}; it can be deleted")
    return findings


def _check_sources(project: Project, *, full: bool) -> Job[list[str]]:
    findings = []
    sources = project.catalog.sources()
    for done, row in enumerate(sources, start=1):
        finding = _check_source(row, full=full)
        findings += [finding] if finding else []
        yield Progress(done, len(sources), "checking sources")
    return findings


def _check_source(row: dict[str, Any], *, full: bool) -> str | None:
    path = Path(row["path"])
    if not path.is_file():
        return f"{path}: missing; put it back, or find it with `s2label relink`"
    source = source_of(path)
    if (source.size_bytes, source.digest) != (row["size_bytes"], row["digest"]):
        return f"{path}: changed since it was imported; import it again"
    return _read_through(path) if full else None


def _read_through(path: Path) -> str | None:
    try:
        with open_raster(path) as dataset:
            for _, window in dataset.block_windows(1):
                dataset.read(window=window)
    except InputError as error:
        return str(error)
    return None
