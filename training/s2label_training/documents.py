"""Checked documents: parsed TOML or JSON becomes a record, or one line says what is wrong."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, TypeVar, get_args, get_origin

from pydantic import BaseModel, ValidationError

from s2label.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

    from pydantic_core import ErrorDetails

Record = TypeVar("Record", bound=BaseModel)

_MOST_CHARACTERS = 60
# pydantic's kinds of errors of types, in the words of somebody who edits a file.
_EXPECTED = {
    "bool_type": "true or false",
    "dict_type": "a table",
    "finite_number": "a number",
    "float_type": "a number",
    "greater_than": "a number above {gt}",
    "greater_than_equal": "a number from {ge} on",
    "int_type": "a whole number",
    "less_than": "a number below {lt}",
    "less_than_equal": "a number up to {le}",
    "model_type": "a section",
    "string_pattern_mismatch": "letters, digits, - and _ without spaces, 40 at most",
    "string_type": "a text in quotes",
    "tuple_type": "a list",
}


def checked(
    kind: type[Record], document: dict[str, Any], where: Path | str, *, strict: bool = True
) -> Record:
    """Return the record that a parsed document stands for.

    Parameters
    ----------
    kind : type
        The record, a pydantic model.
    document : dict
        Parsed TOML or JSON.
    where : Path or str
        What to name in an error.
    strict : bool
        Whether a number in quotes is no number; XML has only texts.

    Raises
    ------
    InputError
        If something is missing, unknown or wrong; one line names each field by its dotted path,
        what was found and what was expected.
    """
    try:
        # By way of JSON, whose strict mode takes lists for tuples and texts for enums.
        return kind.model_validate_json(json.dumps(document, default=str), strict=strict)
    except ValidationError as error:
        raise InputError(where, "; ".join(_faults(kind, error))) from error


def _faults(kind: type[BaseModel], error: ValidationError) -> list[str]:
    """Return a fault per field: alternatives of one field (a word or a number) are joined."""
    wanted: dict[str, tuple[str, list[str]]] = {}
    for details in error.errors(include_url=False):
        field = _field(kind, details)
        found, expected = _in_words(kind, details)
        wanted.setdefault(field, (found, []))[1].append(expected)
    return [_fault(field, found, expected) for field, (found, expected) in wanted.items()]


def _fault(field: str, found: str, expected: list[str]) -> str:
    alternatives = " or ".join(dict.fromkeys(expected))
    said = f"{found}, expected {alternatives}" if found else alternatives
    return f"{field}: {said}" if field else said


def _field(kind: type[BaseModel], details: ErrorDetails) -> str:
    """Return the dotted path of a field, without pydantic's tags of alternatives."""
    names: list[str] = []
    at: Any = kind
    for part in details["loc"]:
        if isinstance(part, int):
            names[-1] += f"[{part}]"
            at = _row_of(at)
        elif _is_record(at):
            names.append(part)
            at = _fields_of(at).get(part)
        elif get_origin(at) is dict:
            names.append(part)
            at = None
    return ".".join(names)


def _in_words(kind: type[BaseModel], details: ErrorDetails) -> tuple[str, str]:
    """Return what was found and what was expected; own checks say both in one."""
    error = details["type"]
    if error == "value_error":
        return "", details["msg"].removeprefix("Value error, ")
    if error == "missing":
        return "nothing there", "a value"
    if error == "extra_forbidden":
        return "no such field", f"one of {', '.join(_siblings(kind, details['loc']))}"
    wanted = _EXPECTED.get(error, details["msg"].removeprefix("Input should be "))
    return f"found {_shown(details['input'])}", wanted.format(**details.get("ctx", {}))


def _siblings(kind: type[BaseModel], loc: tuple[int | str, ...]) -> list[str]:
    at: Any = kind
    for part in loc[:-1]:
        at = _row_of(at) if isinstance(part, int) else _fields_of(at).get(part, at)
    return list(_fields_of(at))


def _is_record(at: Any) -> bool:
    return isinstance(at, type) and issubclass(at, BaseModel)


def _fields_of(at: Any) -> dict[str, Any]:
    if not _is_record(at):
        return {}
    return {name: field.annotation for name, field in at.model_fields.items()}


def _row_of(at: Any) -> Any:
    return next(iter(get_args(at)), None)


def _shown(value: Any) -> str:
    text = json.dumps(value, default=str, ensure_ascii=False)
    return text if len(text) <= _MOST_CHARACTERS else f"{text[: _MOST_CHARACTERS - 3]}..."
