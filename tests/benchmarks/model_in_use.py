"""A model in use that learnt nothing: suggesting takes as long as with one that did."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from s2label.project import open_project
from s2label.types import Lifetime

if TYPE_CHECKING:
    from s2label_training.bundle import ModelClass

    from s2label.types import ClassTable

MODEL = "bench-1"


def put_model_in_use(project: Path) -> None:
    """Put a ResNet34 U-Net with random weights into use.

    A child does it: the process of a window has no torch, and may crash with it.
    """
    subprocess.run([sys.executable, "-W", "ignore", "-m", __spec__.name, str(project)], check=True)


def main(project: Path) -> None:
    """Do it in this process."""
    from s2label_training.shelf import Shelf

    from tests.factories.bundles import recipe, record, write_bundle

    with open_project(project) as opened:
        classes = opened.classes
        image = next(iter(opened.catalog.images(opened.catalog.image_ids()[:1]).values()))
    bands = tuple(band.name for band in image.bands)
    its = record(
        MODEL,
        bands=bands,
        classes=classes_of(classes),
        lifetime=classes.lifetime,
        recipe=recipe(network={"architecture": "resnet34_unet", "contrast": "local"}),
    )
    write_bundle(project / "models" / MODEL, its)
    Shelf(project).promote(MODEL, "to be measured")


def classes_of(table: ClassTable) -> tuple[ModelClass, ...]:
    """Return what a network of a project tells apart."""
    from s2label_training.bundle import ModelClass

    its = tuple(ModelClass(value=c.value, name=c.name, colour=c.colour) for c in table.classes)
    if table.lifetime is Lifetime.STATIC:
        return its
    return (ModelClass(value=0, name="background", colour="#000000"), *its)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
