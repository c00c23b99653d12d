"""Recipes, changes of them, sidecars and encoder weights that no training may begin with."""

from __future__ import annotations

import json
import pickle
from typing import TYPE_CHECKING

from tests.faults.corpus.bad_input import BadInput, Command, Desk

if TYPE_CHECKING:
    from collections.abc import Callable

_FAMILY = "recipes"
_DEEP = "[" * 20_000 + "]" * 20_000
_BOMB = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;">]>'
_OUTSIDE = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
_UTF_7 = '<?xml version="1.0" encoding="UTF-7"?>+ADwAIQ-DOCTYPE x +AFsAPAAh-ENTITY a "ha"+AD4AXQA+-'
_ENTITY_ONLY = '<!ENTITY a SYSTEM "http://127.0.0.1:9/">'


def _recipe(name: str, content: str, *said: str) -> BadInput:
    def build(desk: Desk) -> Command:
        file = desk.file("mine.toml", f'name = "mine"\n{content}')
        return ["train", desk.project(), "--recipe", file]

    return BadInput(_FAMILY, f"a recipe {name}", build, ("mine.toml", *said))


def _set(name: str, change: str, *said: str, command: str = "train") -> BadInput:
    def build(desk: Desk) -> Command:
        return [command, desk.project(), "--recipe", "vessels_unet", "--set", change]

    return BadInput(_FAMILY, f"{command} with --set {name}", build, ("--set", *said))


def _sidecar(name: str, content: str | bytes, *said: str) -> BadInput:
    def build(desk: Desk) -> Command:
        return ["train", desk.project(), "--recipe", desk.file("unet.xml", content)]

    return BadInput(_FAMILY, f"a sidecar {name}", build, ("unet.xml", *said))


def _elements(change: Callable[[dict[str, str]], object], head: str = "") -> str:
    values = {
        "bands": "1,2,3",
        "ndvi": "False",
        "max_values": "4000,4000,4000",
        "filters": "16",
        "dropout": "0.5",
        "batch_size": "4",
        "loss": "dice",
    }
    change(values)
    rows = "".join(f"<{key}>{value}</{key}>" for key, value in values.items())
    return f"{head}<training_parameters>{rows}</training_parameters>"


def _with(**values: str) -> str:
    return _elements(lambda found: found.update(values))


def _encoder(name: str, file: str, content: bytes, *said: str) -> BadInput:
    """Return a case whose recipe names a file of encoder weights."""

    def build(desk: Desk) -> Command:
        path = desk.file(file, content)
        change = f'network.encoder_weights="{path}"'
        return ["train", desk.project(), "--recipe", "vessels_resnet34", "--set", change]

    return BadInput(_FAMILY, f"encoder weights {name}", build, (file, *said))


def safetensors(header: object, data: bytes = b"", length: int | None = None) -> bytes:
    """Return a file of a header, which may lie, and data; ``length`` is what it claims to be."""
    text = json.dumps(header).encode() if not isinstance(header, bytes) else header
    return (len(text) if length is None else length).to_bytes(8, "little") + text + data


def tensor(shape: list[int], start: int, end: int, dtype: str = "F32") -> dict[str, object]:
    """Return the entry of a tensor."""
    return {"dtype": dtype, "shape": shape, "data_offsets": [start, end]}


_FIRST = "conv1.weight"
CASES = (
    _recipe("that is no TOML", "[input\n", "not TOML"),
    _recipe("with a key twice", 'name = "other"\n', "not TOML"),
    _recipe("of an unknown section", "[inputs]\nbands = ['B02']\n", "inputs: no such field"),
    _recipe("of an unknown field", "[fit]\nepoch = 3\n", "fit.epoch: no such field"),
    _recipe("whose section is a number", "fit = 7\n", "fit"),
    _recipe("with a number as text", '[fit]\nepochs = "3"\n', "fit.epochs"),
    _recipe("with -3 epochs", "[fit]\nepochs = -3\n", "fit.epochs", "-3"),
    _recipe("with half an epoch", "[fit]\nepochs = 0.5\n", "fit.epochs", "0.5"),
    _recipe("with epochs beyond all numbers", f"[fit]\nepochs = {'9' * 5000}\n"),
    _recipe("with a rate of NaN", "[optimiser]\nlr = nan\n", "optimiser.lr"),
    _recipe("with an infinite rate", "[optimiser]\nlr = inf\n", "optimiser.lr"),
    _recipe("with a rate of 1e999", "[optimiser]\nlr = 1e999\n", "optimiser.lr"),
    _recipe("with a weight of NaN", "[loss]\nterms = { dice = nan }\n", "loss.terms"),
    _recipe("with a negative weight", "[loss]\nterms = { dice = -1.0 }\n", "loss.terms"),
    _recipe("with a loss that is none", "[loss]\nterms = { luck = 1.0 }\n", "loss.terms"),
    _recipe("with tiles of a million px", "[input]\ntile_px = 1000000\n", "input.tile_px"),
    _recipe("with a band that is none", "[input]\nbands = ['B77']\n", "B77"),
    _recipe("with no band", "[input]\nbands = []\n", "input.bands"),
    _recipe("with a band twice", "[input]\nbands = ['B02', 'B02']\n", "input.bands"),
    _recipe(
        "with an index that runs code",
        '[input]\nindices = [\'__import__("os").system("id")\']\n',
        "input.indices",
    ),
    _recipe(
        "with an index nested 20000 deep", f"[input]\nindices = ['{'(' * 20000}B02{')' * 20000}']\n"
    ),
    _recipe("with a power tower as index", "[input]\nindices = ['9**9**9**9*B02']\n", "indices"),
    _recipe("nested 20000 deep", f"x = {_DEEP}\n"),
    _recipe("of a date for a number", "[fit]\nepochs = 2020-01-01\n", "fit.epochs"),
    _recipe("whose sidecar is not there", '[input]\nsidecar = "gone.xml"\n', "gone.xml"),
    BadInput(
        _FAMILY,
        "a recipe whose name leads out",
        lambda desk: [
            *("train", desk.project(), "--recipe"),
            desk.file("mine.toml", 'name = "../../mine"\n'),
        ],
        ("mine.toml", "name"),
    ),
    BadInput(
        _FAMILY,
        "a recipe whose sidecar is no XML",
        lambda desk: [
            *("train", desk.project(), "--recipe", "vessels_unet"),
            *("--set", "input.normalisation=sidecar"),
            *("--set", f'input.sidecar="{desk.file("unet.xml", "bands: 1, 2")}"'),
        ],
        ("unet.xml", "no XML"),
    ),
    _set("nothing", "", "found ''"),
    _set("no value", "fit.epochs", "fit.epochs"),
    _set("no field", "=3", "'=3'"),
    _set("a field of a number", "fit.epochs.more=3", "fit.epochs.more"),
    _set("an unknown field", "fit.magic=3", "fit.magic"),
    _set("NaN", "optimiser.lr=nan", "optimiser.lr"),
    _set("-1 epochs", "fit.epochs=-1", "fit.epochs"),
    _set("5000 digits", f"fit.epochs={'9' * 5000}"),
    _set("20000 brackets", f"fit.epochs={_DEEP}"),
    _set("20000 dots", f"{'a.' * 20_000}b=1"),
    _set("a section for a field", "fit=3", "fit"),
    _set("two lines", "fit.epochs=3\nfit.batch_size=1"),
    _set("an unknown field", "fit.magic=3", "fit.magic", command="audit"),
    _set("NaN", "optimiser.lr=nan", "optimiser.lr", command="audit"),
    _sidecar("that expands", _elements(dict, _BOMB), "document type"),
    _sidecar("that reads another file", _elements(dict, _OUTSIDE), "document type"),
    _sidecar("with an entity alone", _elements(dict, _ENTITY_ONLY), "document type"),
    _sidecar("that expands, in UTF-16", _elements(dict, _BOMB).encode("utf-16"), "not UTF-8"),
    _sidecar("that expands, in UTF-7", _UTF_7 + _elements(dict), "no XML"),
    _sidecar("of another root", "<recipe/>", "<recipe>"),
    _sidecar("cut short", _with()[:90], "no XML"),
    _sidecar("nested 20000 deep", "<a>" * 20_000 + "</a>" * 20_000),
    _sidecar("of 100 KiB", _with(note="x" * 100_000), "too large"),
    _sidecar("of band 77", _with(bands="1,2,77"), "bands"),
    _sidecar("of infinite maxima", _with(max_values="inf,1,1"), "max_values"),
    _sidecar("of too few maxima", _with(max_values="4000"), "max_values"),
    _sidecar("of -1 filters", _with(filters="-1"), "filters"),
    _sidecar("of a million filters", _with(filters="1000000"), "filters"),
    _sidecar("without bands", _elements(lambda found: found.pop("bands")), "bands"),
    _encoder("that are pickled", "resnet.pt", pickle.dumps({"a": 1}, protocol=4), "pickled"),
    _encoder("that are empty", "resnet.safetensors", b""),
    _encoder("cut in the header", "resnet.safetensors", safetensors({}, length=10**6)),
    _encoder("with a header of 2^63 bytes", "resnet.safetensors", safetensors({}, length=2**63)),
    _encoder("without a ResNet", "resnet.safetensors", safetensors({}), "no ResNet"),
    _encoder(
        "of a tensor larger than the file",
        "resnet.safetensors",
        safetensors({_FIRST: tensor([64, 3, 7, 7], 0, 37632)}),
    ),
    _encoder(
        "of a tensor of 2^60 numbers",
        "resnet.safetensors",
        safetensors({_FIRST: tensor([2**30, 2**30], 0, 4)}, b"1234"),
    ),
)
