"""Files of others run no code, lead nowhere else, and expand nothing (measures, R7)."""

from __future__ import annotations

import ast
import os
import pickle
import stat
import zipfile
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from s2label.errors import InputError
from s2label.exports.reading import read_written
from s2label.source_files import members_of
from s2label.xml_documents import parse_xml
from tests.factories.commands import do, run
from tests.factories.fingerprints import fingerprint
from tests.factories.products import write_product, zipped

if TYPE_CHECKING:
    from collections.abc import Iterator

REPOSITORY = Path(__file__).resolve().parents[2]
SOURCES = ("s2label", "training", "plugins")
# What runs code that a file holds, or reads objects by unpickling.
UNPICKLERS = {"pickle", "cPickle", "dill", "cloudpickle", "joblib", "shelve", "marshal"}
RUNNERS = {"eval", "exec", "__import__"}
WRITERS = {"extract", "extractall", "unpack_archive"}


class Trap:
    """Makes a folder when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return os.mkdir, (str(self._path),)


@pytest.fixture
def sprung(tmp_path: Path) -> Iterator[Path]:
    """Return the folder that a sprung trap makes; afterwards it must not be there."""
    path = tmp_path / "sprung"
    yield path
    assert not path.exists(), "code out of a file was run"


def test_the_trap_springs_for_whoever_unpickles(tmp_path: Path) -> None:
    pickle.loads(pickle.dumps(Trap(tmp_path / "sprung")))
    assert (tmp_path / "sprung").is_dir()


# -- pickles ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["weights.safetensors", "weights.pt"])
@pytest.mark.parametrize("protocol", [0, 2, 5])
def test_weights_are_never_unpickled(
    sprung: Path, tmp_path: Path, name: str, protocol: int
) -> None:
    from s2label_training.weights_file import refuse_pickled

    path = tmp_path / name
    path.write_bytes(pickle.dumps(Trap(sprung), protocol))
    with pytest.raises(InputError, match=name):
        refuse_pickled(path)


def test_encoder_weights_are_never_unpickled(sprung: Path, tmp_path: Path) -> None:
    from s2label_training.encoder_files import read_encoder_file, require_encoder_file

    path = tmp_path / "resnet34.safetensors"
    with zipfile.ZipFile(path, "w") as archive:  # as torch.save writes it
        archive.writestr("archive/data.pkl", pickle.dumps(Trap(sprung)))
    for read in (require_encoder_file, read_encoder_file):
        with pytest.raises(InputError, match="pickled"):
            read(path)


def test_arrays_of_objects_in_an_export_are_never_unpickled(sprung: Path, tmp_path: Path) -> None:
    path = tmp_path / "pair.npz"
    np.savez(path, image=np.array([Trap(sprung)], object))
    with pytest.raises(InputError, match=r"pair\.npz"):
        read_written(path)


def _name(path: Path) -> str:
    return path.relative_to(REPOSITORY).as_posix()


@cache
def _modules() -> tuple[tuple[Path, ast.Module], ...]:
    paths = (path for folder in SOURCES for path in sorted((REPOSITORY / folder).rglob("*.py")))
    return tuple((path, ast.parse(path.read_text("utf-8"))) for path in paths)


def _nodes(tree: ast.AST) -> Iterator[ast.AST]:
    """Yield what is run, not what is there for type checkers."""
    for node in ast.iter_child_nodes(tree):
        if not (isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"):
            yield node
            yield from _nodes(node)


def _used(tree: ast.Module) -> Iterator[str]:
    """Yield what a module imports, and what it calls by name."""
    for node in _nodes(tree):
        match node:
            case ast.Import(names=names):
                yield from (alias.name.partition(".")[0] for alias in names)
            case ast.ImportFrom(module=str(module)):
                yield module.partition(".")[0]
            case ast.Call(func=ast.Name(id=name)):
                yield name
            case ast.Call(func=ast.Attribute(attr=name)) if name in WRITERS:
                yield name
            # Without text to run, it is a network's or a dialog's.
            case ast.Call(func=ast.Attribute(attr=name), args=[_, *_]) if name in RUNNERS:
                yield name


def test_the_program_imports_no_unpickler_runs_no_text_and_unpacks_no_archive() -> None:
    forbidden = UNPICKLERS | RUNNERS | WRITERS
    found = {_name(path): forbidden & set(_used(tree)) for path, tree in _modules()}
    # What the processes of an import say to each other, through pipes that they opened.
    assert {name: used for name, used in found.items() if used} == {
        "s2label/importers/workers.py": {"pickle"}
    }


def test_arrays_are_read_without_pickle_wherever_numpy_reads_a_file() -> None:
    for path, tree in _modules():
        for node in ast.walk(tree):
            match node:
                case ast.Call(
                    func=ast.Attribute(value=ast.Name(id="np"), attr="load"), keywords=keywords
                ):
                    said = {k.arg: ast.unparse(k.value) for k in keywords}
                    assert said.get("allow_pickle") == "False", f"{path}, line {node.lineno}"


# -- archives --------------------------------------------------------------------------------------


def test_a_product_in_a_zip_is_read_in_place(tmp_path: Path) -> None:
    (tmp_path / "downloads").mkdir()
    archive = zipped(write_product(tmp_path / "made"), tmp_path / "downloads" / "product.SAFE.zip")
    before = fingerprint(tmp_path / "downloads")
    do("init", tmp_path / "harbour", "--classes", "vessels")
    do("import", tmp_path / "harbour", archive, "--chip", "64")
    assert fingerprint(tmp_path / "downloads") == before
    assert not list((tmp_path / "harbour").rglob("*.jp2"))
    assert not list((tmp_path / "harbour").rglob("*.xml"))


def test_a_link_in_a_zip_is_not_followed(tmp_path: Path) -> None:
    safe = write_product(tmp_path)
    band = next(safe.glob("GRANULE/*/IMG_DATA/*_B03.jp2"))
    elsewhere = band.rename(tmp_path / "elsewhere.jp2")
    archive = zipped(safe)
    info = zipfile.ZipInfo(str(band.relative_to(tmp_path)))
    info.create_system, info.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(archive, "a") as file:
        file.writestr(info, str(elsewhere))
    do("init", tmp_path / "harbour", "--classes", "vessels")
    printed = run("import", tmp_path / "harbour", archive, "--bands", "B02,B03")
    assert printed.code == 1
    assert "B03" in printed.err


def test_names_that_lead_out_of_a_zip_are_no_members_of_a_product(tmp_path: Path) -> None:
    archive = zipped(write_product(tmp_path))
    with zipfile.ZipFile(archive, "a") as file:
        file.writestr("../../outside.txt", "x")
    assert "../../outside.txt" in members_of(archive)
    do("init", tmp_path / "harbour", "--classes", "vessels")
    before = fingerprint(tmp_path)
    printed = run("import", tmp_path / "harbour", archive)
    assert "leads out" in printed.err
    assert fingerprint(tmp_path) == before


# -- XML -------------------------------------------------------------------------------------------

_LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
DOCUMENTS = {
    "a billion laughs": f'<!DOCTYPE x [<!ENTITY l0 "ha">{_LAUGHS}]><x>&l9;</x>',
    "a file from outside": '<!DOCTYPE x [<!ENTITY f SYSTEM "{secret}">]><x>&f;</x>',
    "a parameter from outside": '<!DOCTYPE x [<!ENTITY % f SYSTEM "{secret}">%f;]><x/>',
    "a document type elsewhere": '<!DOCTYPE x SYSTEM "{secret}"><x/>',
    "a comment before it": '<!-- <x/> --><!DOCTYPE x [<!ENTITY f "ha">]><x>&f;</x>',
}
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-be", "utf-32", "utf-7", "cp037")


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("name", DOCUMENTS)
def test_nothing_in_xml_is_expanded(tmp_path: Path, name: str, encoding: str) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("secret")
    text = f'<?xml version="1.0" encoding="{encoding}"?>'
    text += DOCUMENTS[name].replace("{secret}", secret.as_uri())
    path = tmp_path / "metadata.xml"
    path.write_bytes(text.encode(encoding))
    with pytest.raises(InputError, match=r"metadata\.xml") as caught:
        parse_xml(path)
    assert "secret.txt" not in str(caught.value)


def test_every_xml_document_is_parsed_in_one_place() -> None:
    parsers = {"xml", "lxml", "defusedxml", "bs4", "xmltodict"}
    found = {_name(path) for path, tree in _modules() if parsers & set(_used(tree))}
    assert found == {"s2label/xml_documents.py"}
