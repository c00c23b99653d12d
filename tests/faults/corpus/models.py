"""Models that must not be used: records that lie, weights that are not theirs, odd histories."""

from __future__ import annotations

import hashlib
import json
import pickle
import zipfile
from typing import TYPE_CHECKING, Any

from tests.faults.corpus.bad_input import BadInput, Command, Desk
from tests.faults.corpus.recipes import safetensors, tensor
from tests.faults.corpus.sound import MODEL

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Change = Callable[[dict[str, Any]], object]

_FAMILY = "models"
_RECORD, _WEIGHTS = "model.json", "weights.safetensors"


def _promote(desk: Desk) -> Command:
    return ["models", "promote", desk.project(), MODEL]


def _predict(desk: Desk) -> Command:
    scene = desk.sound.result / "scene.tif"
    return ["predict", desk.project() / "models" / MODEL, scene, desk.folder / "classes.tif"]


def _suggest(desk: Desk) -> Command:
    return ["suggest", desk.project()]


def _bundle(desk: Desk) -> Path:
    return desk.project() / "models" / MODEL


def _changed(
    name: str, change: Change, *said: str, command: Callable[[Desk], Command] = _promote
) -> BadInput:
    """Return a case whose record was changed by hand."""

    def build(desk: Desk) -> Command:
        path = _bundle(desk) / _RECORD
        document = json.loads(path.read_bytes())
        change(document)
        path.write_text(json.dumps(document))
        return command(desk)

    return BadInput(_FAMILY, f"a record {name}", build, said)


def _field(name: str, value: object, *said: str) -> BadInput:
    words = json.dumps(value)[:30]
    return _changed(f"with {name} {words}", lambda found: found.update({name: value}), name, *said)


def _weights(
    name: str, content: bytes, command: Callable[[Desk], Command], *said: str, torch: bool = False
) -> BadInput:
    """Return a case whose weights are other bytes, which the record names all the same."""

    def build(desk: Desk) -> Command:
        bundle = _bundle(desk)
        (bundle / _WEIGHTS).write_bytes(content)
        record = json.loads((bundle / _RECORD).read_bytes())
        record["weights_sha256"] = hashlib.sha256(content).hexdigest()
        (bundle / _RECORD).write_text(json.dumps(record))
        return command(desk)

    return BadInput(_FAMILY, f"weights {name}", build, (_WEIGHTS, *said), needs_torch=torch)


def _history(name: str, change: Change, *said: str) -> BadInput:
    def build(desk: Desk) -> Command:
        path = desk.project() / "models" / "in_use.json"
        document = json.loads(path.read_bytes())
        change(document)
        path.write_text(json.dumps(document))
        return _promote(desk)

    return BadInput(_FAMILY, f"a history {name}", build, ("in_use.json", *said))


def _only_pickled(desk: Desk) -> Command:
    bundle = _bundle(desk)
    (bundle / _WEIGHTS).rename(bundle / "weights.pt")
    return _promote(desk)


def _torch_zip(desk: Desk) -> Command:
    path = _bundle(desk) / _WEIGHTS
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("archive/data.pkl", pickle.dumps({"a": 1}))
    return _promote(desk)


def _named(name: str, words: str, *said: str, command: str = "promote") -> BadInput:
    def build(desk: Desk) -> Command:
        if command == "suggest":
            return ["suggest", desk.project(), "--model", name]
        return ["models", "promote", desk.project(), name]

    return BadInput(_FAMILY, f"{command}: a model {words}", build, said)


def _first_class(**values: object) -> Change:
    return lambda found: found["classes"][1].update(values)


def _use(**values: object) -> Change:
    return lambda found: found["uses"][0].update(values)


_HUGE = safetensors({"a": tensor([2**20, 2**20], 0, 2**42)}, b"1234")
CASES = (
    _changed("of a newer program", lambda found: found.update(format=2), _RECORD, "newer"),
    _changed("of format 0", lambda found: found.update(format=0), _RECORD, "format"),
    _changed("without classes", lambda found: found.pop("classes"), _RECORD, "classes"),
    _changed("without a recipe", lambda found: found.pop("recipe"), _RECORD, "recipe"),
    _changed("with a field of somebody else", lambda found: found.update(run="x"), _RECORD, "run"),
    _field("id", "../../outside"),
    _field("id", 7),
    _field("bands", "B02"),
    _field("bands", [2, 3]),
    _field("scale", [0.0, 1.0, 1.0, 1.0], "divide"),
    _field("scale", [1.0], "one per channel"),
    _field("threshold", "half"),
    _field("epochs", -1.5),
    _changed(
        "of another hash",
        lambda found: found.update(weights_sha256="0" * 64),
        _WEIGHTS,
        "SHA-256",
    ),
    _changed("of class value 999", _first_class(value=999), _RECORD, "classes"),
    _changed("whose scale is 1e999", lambda found: found.update(scale=[1e999] * 4), _RECORD),
    _changed("of other classes", _first_class(value=2, name="whale"), "whale", command=_suggest),
    _changed(
        "of other bands",
        lambda found: found.update(bands=["B05", "B06", "B07", "B11"]),
        "B05",
        command=_predict,
    ),
    _changed(
        "of an index that runs code",
        lambda found: found.update(indices=["__import__('os')"], bands=["B02", "B03", "B04"]),
        _RECORD,
        "__import__",
        command=_predict,
    ),
    _weights("that are pickled", pickle.dumps({"a": 1}, protocol=4), _promote, "pickled"),
    _weights("of an old pickle", pickle.dumps({"a": 1}, protocol=0), _promote),
    _weights("cut in the length", b"\x01\x02", _promote),
    _weights("with a header of 2^63 bytes", safetensors({}, length=2**63), _promote),
    _weights("with a header longer than the file", safetensors({}, length=10**6), _promote),
    _weights("without a header", (0).to_bytes(8, "little"), _promote),
    _weights("of no tensor", safetensors({}), _suggest, torch=True),
    _weights("whose header is no JSON", safetensors(b"{nonsense"), _suggest, torch=True),
    _weights("whose header is a list", safetensors([1]), _promote),
    _weights("of a tensor of 4 TiB", _HUGE, _suggest, torch=True),
    _weights(
        "whose tensors overlap",
        safetensors({"a": tensor([1], 0, 4), "b": tensor([1], 2, 6)}, b"123456"),
        _suggest,
        torch=True,
    ),
    _weights(
        "of a type that is none",
        safetensors({"a": tensor([1], 0, 4, "OBJECT")}, b"1234"),
        _suggest,
        torch=True,
    ),
    BadInput(_FAMILY, "a bundle with weights.pt alone", _only_pickled, ("weights.pt", "pickled")),
    BadInput(_FAMILY, "weights as torch.save writes them", _torch_zip, (_WEIGHTS, "pickled")),
    _history("of a newer format", lambda found: found.update(format=2), "format"),
    _history("of a number that no pixel holds", _use(number=4711), "number"),
    _history("of a model that leads out", _use(model="../../x"), "model"),
    _history(
        "with a number of two models",
        lambda found: found["uses"].append(found["uses"][0] | {"model": "vessels-2"}),
        "two models",
    ),
    _history("that is a list of texts", lambda found: found.update(uses=["a"]), "uses"),
    _named("nobody-1", "that is not there", "nobody-1"),
    _named("../../outside", "that leads out", "../../outside"),
    _named("/etc", "at the root", "/etc"),
    _named("", "without a name"),
    _named("a" * 5000, "of 5000 letters", "aaaa"),
    _named("a\nb", "of two lines"),
    _named("nobody-1", "that is not there", "nobody-1", command="suggest"),
    _named("../../outside", "that leads out", "../../outside", command="suggest"),
    BadInput(
        _FAMILY,
        "predict: a folder that is no model",
        lambda desk: ["predict", desk.sound.port, desk.sound.port, desk.folder / "classes.tif"],
        ("port", "model"),
    ),
)
