"""Arithmetic over bands, such as ``(B08 - B04) / (B08 + B04)``: parsed, never run as code."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import lru_cache, reduce
from typing import TYPE_CHECKING, Any

import numpy as np

from s2label.bands import BANDS, in_order

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    Step = Callable[[Mapping[str, NDArray[np.float32]]], Any]

# Far more than any index needs, and too little to exhaust the stack with nested signs.
MOST_CHARACTERS = 300
_EXPECTED = "band names such as B04, numbers, + - * / ( ), abs, sqrt, min and max"
_NAN = np.float32(np.nan)


@dataclass(frozen=True)
class Expression:
    """A number per pixel, computed from bands; `parse_expression` makes one.

    Parameters
    ----------
    text : str
        The expression in its normal form; a band alone is written as its name.
    bands : tuple of str
        The bands it needs, in the order of the instrument.
    """

    text: str
    bands: tuple[str, ...]

    @property
    def is_band(self) -> bool:
        """Whether it is one band as it is, without arithmetic."""
        return self.text in BANDS

    def evaluate(self, values: Mapping[str, NDArray[np.float32]]) -> NDArray[np.float32]:
        """Compute the expression.

        Parameters
        ----------
        values : mapping
            Band name -> reflectance (y, x), NaN at nodata; all of the same shape.

        Returns
        -------
        ndarray of float32
            (y, x); NaN where a band has no data, where something is divided by zero, and where
            a root of a negative number is taken.
        """
        with np.errstate(all="ignore"):
            found = np.asarray(_compiled(self.text)(values), dtype=np.float32)
        return np.where(np.isfinite(found), found, _NAN)


def parse_expression(text: str) -> Expression:
    """Return the expression that a text stands for.

    Raises
    ------
    ValueError
        If it is no arithmetic over bands; the message names the text, what was found in it and
        what was expected.
    """
    try:
        tree = _tree(text)
        _compile(tree)
        names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)} & set(BANDS)
        if not names:
            raise ValueError(f"found no band; expected {_EXPECTED}")
    except ValueError as error:
        raise ValueError(f"{_shortened(text)!r}: {error}") from error
    return Expression(ast.unparse(tree), tuple(in_order(names)))


def _tree(text: str) -> ast.expr:
    if len(text) > MOST_CHARACTERS:
        raise ValueError(f"found {len(text)} characters; expected at most {MOST_CHARACTERS}")
    if not text.strip():
        raise ValueError(f"found nothing; expected {_EXPECTED}")
    try:
        return ast.parse(text.strip(), mode="eval").body
    except SyntaxError as error:
        raise ValueError(f"no arithmetic ({error.msg}); expected {_EXPECTED}") from error


@lru_cache(maxsize=256)
def _compiled(text: str) -> Step:
    return _compile(ast.parse(text, mode="eval").body)


def _compile(node: ast.expr) -> Step:
    """Turn a tree into numpy calls; whatever is not listed here is refused."""
    match node:
        case ast.Name(id=name) if name in BANDS:
            return lambda values: values[name]
        case ast.Constant(value=int() | float() as number) if not isinstance(number, bool):
            return _compile_number(number)
        case ast.UnaryOp(op=sign, operand=inner) if type(sign) in _SIGNS:
            return _apply(_SIGNS[type(sign)], [inner])
        case ast.BinOp(left=left, op=operator, right=right) if type(operator) in _OPERATORS:
            return _apply(_OPERATORS[type(operator)], [left, right])
        case ast.Call(func=ast.Name(id=name), args=given, keywords=[]) if name in _FUNCTIONS:
            return _compile_call(name, given)
    raise ValueError(f"found {_shortened(ast.unparse(node))!r}; expected {_EXPECTED}")


def _compile_number(number: float) -> Step:
    with np.errstate(over="ignore"):
        constant = np.float32(min(number, 1e300))  # longer integers do not fit in a float
    if not np.isfinite(constant):
        raise ValueError("found a number that is too large; expected one below 1e38")
    return lambda _: constant


def _compile_call(name: str, given: list[ast.expr]) -> Step:
    function, is_of_one = _FUNCTIONS[name]
    if is_of_one != (len(given) == 1) or not given:
        expected = "one" if is_of_one else "two or more, with commas between them"
        raise ValueError(f"found {len(given)} numbers in {name}(); expected {expected}")
    return _apply(function, given)


def _apply(function: Callable[..., Any], given: list[ast.expr]) -> Step:
    steps = [_compile(node) for node in given]
    if len(steps) == 1:
        return lambda values: function(steps[0](values))
    return lambda values: reduce(function, (step(values) for step in steps))


def _divide(number: Any, by: Any) -> Any:
    # Not infinity, which min, max or a second division would make a number again.
    return number / np.where(by == 0, _NAN, by)


def _shortened(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:57]}..."


_SIGNS: dict[type[ast.unaryop], Callable[..., Any]] = {
    ast.UAdd: np.positive,
    ast.USub: np.negative,
}
_OPERATORS: dict[type[ast.operator], Callable[..., Any]] = {
    ast.Add: np.add,
    ast.Sub: np.subtract,
    ast.Mult: np.multiply,
    ast.Div: _divide,
}
# Name -> what it does, and whether it is given one number or several.
_FUNCTIONS: dict[str, tuple[Callable[..., Any], bool]] = {
    "abs": (np.abs, True),
    "sqrt": (np.sqrt, True),
    "min": (np.minimum, False),
    "max": (np.maximum, False),
}
