"""What is on disk is what gets installed, and the rooms keep to their doors."""

from __future__ import annotations

import configparser
import importlib.metadata
import subprocess
import sys
from pathlib import Path

import npe2
import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
ROOTS = {"s2label": ".", "s2label_training": "training", "napari_s2label": "plugins"}


def packages_on_disk() -> set[str]:
    found = set()
    for name, root in ROOTS.items():
        base = REPOSITORY / root
        for file in (base / name).rglob("__init__.py"):
            found.add(".".join(file.parent.relative_to(base).parts))
    return found


def settings() -> configparser.ConfigParser:
    parser = configparser.ConfigParser()
    parser.read(REPOSITORY / "setup.cfg")
    return parser


def test_every_package_on_disk_is_listed() -> None:
    assert set(settings()["options"]["packages"].split()) == packages_on_disk()


def test_every_folder_with_modules_is_a_package() -> None:
    for name, root in ROOTS.items():
        for file in (REPOSITORY / root / name).rglob("*.py"):
            assert (file.parent / "__init__.py").is_file(), file


def test_plugins_and_training_are_no_packages() -> None:
    assert not (REPOSITORY / "plugins" / "__init__.py").exists()
    assert not (REPOSITORY / "training" / "__init__.py").exists()


def test_the_manifest_is_named_after_the_distribution() -> None:
    manifest = npe2.PluginManifest.from_file(
        str(REPOSITORY / "plugins" / "napari_s2label" / "napari.yaml")
    )
    assert manifest.name == settings()["metadata"]["name"]


def test_the_version_is_told_once() -> None:
    version = settings()["metadata"]["version"]
    assert importlib.metadata.version("napari-s2label") == version
    assert f"## {version}" in (REPOSITORY / "CHANGELOG.md").read_text("utf-8")


@pytest.mark.parametrize("arguments", [["--help"], ["status", "--help"], ["--version"]])
def test_nothing_heavy_is_loaded_to_say_little(arguments: list[str]) -> None:
    heavy = ("torch", "napari", "qtpy", "PyQt5", "scipy", "skimage", "sklearn", "matplotlib")
    code = (
        "import sys; from s2label.cli import main; main(sys.argv[1:]); "
        f"print([m for m in {heavy!r} if m in sys.modules], file=sys.stderr)"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=False
    )
    assert answer.stderr.strip().endswith("[]"), answer.stderr
