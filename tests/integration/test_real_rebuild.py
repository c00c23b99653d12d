"""Exports of real ports and of a product cut into chips are rebuilt byte for byte."""

from __future__ import annotations

import shutil
from pathlib import Path

from s2label.canvases import CanvasKind
from s2label.project import open_project
from s2label.types import Verdict
from tests.factories.commands import do, run
from tests.factories.exports import files
from tests.factories.painting import RealPainting
from tests.factories.projects import decide
from tests.factories.rebuilding import keep_only_masks


def decide_some(project: Path) -> None:
    """Accept all, reject every fifth image, and take some of it back."""
    with open_project(project, write=True) as opened:
        decide(opened, Verdict.ACCEPT)
        for image in opened.catalog.image_ids()[::5]:
            decide(opened, Verdict.REJECT, image, reason="cloudy")
        opened.catalog.undo()
        opened.catalog.undo()
        opened.catalog.redo()


def test_two_ports_are_rebuilt_without_their_project(real_data: Path, tmp_path: Path) -> None:
    project, out = tmp_path / "project", tmp_path / "out"
    do("init", project, "--classes", "vessels")
    for port in ("casablanca", "honolulu"):
        source = real_data / "ports" / port
        options = ("--masks", source, "--chip", 64, "--quantification", 65535)
        do("import", project, source, *options)
    decide_some(project)
    do("export", project, out, "--format", "geotiff")
    assert str(real_data.parent) not in (out / "LOG.jsonl").read_text("utf-8")
    masks = keep_only_masks(project, tmp_path / "masks")
    folders = ("--masks", masks, "--sources", real_data / "ports")

    printed = do("rebuild", out / "LOG.jsonl", tmp_path / "again", *folders)

    assert f"identical: {len(files(out)) - 1} files" in printed.out
    assert files(tmp_path / "again") == files(out)
    refused = run("rebuild", out / "LOG.jsonl", tmp_path / "third", "--masks", masks)
    assert refused.code == 1
    assert "10 of 10 sources are missing or changed" in refused.err


def test_chips_cut_from_a_product_are_sources(real_data: Path, tmp_path: Path) -> None:
    project, out = tmp_path / "project", tmp_path / "out"
    do("init", project, "--classes", "landcovernet")
    (product,) = (real_data / "l2a").glob("S2A_*")
    do("import", project, product, "--chip", 64)
    with open_project(project, write=True) as opened:
        images = opened.catalog.images(opened.catalog.image_ids()).values()
        folders = {Path(b.source.path).parent for image in images for b in image.bands}
        assert folders == {project / "chips"}
        painting = RealPainting(opened)
        for number in range(0, len(painting.images), 2):
            painting.look(number)
            painting.paint(CanvasKind.MASK, range(900), 1 + number % 2, 2, drawn=False)
        painting.leave()
    do("export", project, out, "--format", "npz", "--include-open")
    # Neither catalog nor product is needed: its class and cloud rasters are not exported.
    for name in ("masks", "chips"):
        shutil.copytree(project / name, tmp_path / "copy" / name)
    shutil.rmtree(project)

    printed = do("rebuild", out / "LOG.jsonl", tmp_path / "again", "--masks", tmp_path / "copy")

    assert "wrote 5 pairs" in printed.out
    assert f"identical: {len(files(out)) - 1} files" in printed.out
