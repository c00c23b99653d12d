"""Expressions over bands are arithmetic and nothing else; what has no value is NaN."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from s2label.bands import BANDS
from s2label.expressions import MOST_CHARACTERS, Expression, parse_expression

if TYPE_CHECKING:
    from numpy.typing import NDArray

RED, NIR = 0.1, 0.3


def layer(*values: float) -> NDArray[np.float32]:
    """Return one row of pixels."""
    return np.array([values], np.float32)


def evaluate(text: str, **values: NDArray[np.float32]) -> list[float]:
    """Evaluate over one row of pixels; by default of one pixel."""
    values = values or {"B04": layer(RED), "B08": layer(NIR), "B8A": layer(-0.04)}
    found = parse_expression(text).evaluate(values)
    assert found.dtype == np.float32
    return [float(number) for number in found[0]]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("B04", 0.1, id="a band"),
        pytest.param(" (B08) ", 0.3, id="a band in brackets"),
        pytest.param("(B08 - B04) / (B08 + B04)", 0.5, id="NDVI"),
        pytest.param("B08-B04/B08+B04", 0.3 - 0.1 / 0.3 + 0.1, id="products before sums"),
        pytest.param("2.5*(B08-B04)/(B08+6*B04+1)", 0.5 / 1.9, id="numbers"),
        pytest.param("-B04 + +B08", 0.2, id="signs"),
        pytest.param("---B04", -0.1, id="many signs"),
        pytest.param("abs(B8A)", 0.04, id="abs"),
        pytest.param("sqrt(B04 * B04)", 0.1, id="sqrt"),
        pytest.param("min(B04, B08, B8A)", -0.04, id="min"),
        pytest.param("max(B04, B08, 0.2)", 0.3, id="max"),
        pytest.param("1e-1 + 0*B04", 0.1, id="exponent"),
    ],
)
def test_arithmetic_is_computed_per_pixel(text: str, expected: float) -> None:
    assert evaluate(text) == [pytest.approx(expected, rel=1e-5)]


def test_an_expression_knows_its_bands_and_its_normal_form() -> None:
    expression = parse_expression("(B08-B04)/( B08+B04 )")

    assert expression == Expression("(B08 - B04) / (B08 + B04)", ("B04", "B08"))
    assert not expression.is_band
    assert parse_expression("(B11)") == Expression("B11", ("B11",))
    assert parse_expression("(B11)").is_band


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("B08 / B04", id="by zero"),
        pytest.param("min(B08 / B04, 5)", id="by zero, in min"),
        pytest.param("1 / (1 / B04) + B08", id="by zero, twice"),
        pytest.param("B08 + 1 / 0", id="by the number zero"),
        pytest.param("sqrt(B04 - 1)", id="root of a negative number"),
        pytest.param("B08 * 1e38 * 1e38", id="larger than a float"),
    ],
)
def test_what_has_no_value_is_nan_and_warns_nobody(text: str) -> None:
    assert np.isnan(evaluate(text, B04=layer(0.0), B08=layer(0.5))).all()


@pytest.mark.parametrize("text", ["B04", "-B04", "max(B04, 0)", "0 * B04", "abs(B04) / B04"])
def test_nodata_stays_nodata(text: str) -> None:
    assert np.isnan(evaluate(text, B04=layer(np.nan, 0.2))).tolist() == [True, False]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("", "found nothing", id="nothing"),
        pytest.param("  ", "found nothing", id="blanks"),
        pytest.param("B04 +", "no arithmetic", id="half a sum"),
        pytest.param("(B04", "never closed", id="half a bracket"),
        pytest.param("B04 B08", "no arithmetic", id="two bands side by side"),
        pytest.param("B04 = 1", "no arithmetic", id="an assignment"),
        pytest.param("B04\x00", "no arithmetic|null bytes", id="a zero byte"),
        pytest.param("0.5", "found no band", id="a number"),
        pytest.param("B8", "found 'B8'; expected band names such as B04", id="B8 for B08"),
        pytest.param("b04", "found 'b04'", id="lower case"),
        pytest.param("B13 + B04", "found 'B13'", id="no band of Sentinel-2"),
        pytest.param("min", "found 'min'", id="a function as a number"),
        pytest.param("B04 ** 2", r"found 'B04 \*\* 2'", id="power"),
        pytest.param("B04 // 2", "found 'B04 // 2'", id="whole division"),
        pytest.param("B04 % 2", "found 'B04 % 2'", id="remainder"),
        pytest.param("B04 ^ 2", r"found 'B04 \^ 2'", id="exclusive or"),
        pytest.param("B04 > 0.1", "found 'B04 > 0.1'", id="comparison"),
        pytest.param("B04 if B08 else B04", "found 'B04 if", id="condition"),
        pytest.param("~B04", "found '~B04'", id="inversion"),
        pytest.param("not B04", "found 'not B04'", id="not"),
        pytest.param("B04 + True", "found 'True'", id="truth"),
        pytest.param("B04 + 1j", "found '1j'", id="complex"),
        pytest.param("B04 + 'a'", "found \"'a'\"", id="text"),
        pytest.param("B04 + ...", "found '...'", id="dots"),
        pytest.param("B04 * 1e39", "too large", id="too large for a float"),
        pytest.param("B04 * 1" + "0" * 250, "too large", id="too large for any float"),
        pytest.param("B04.real", "found 'B04.real'", id="attribute"),
        pytest.param("B04[0]", r"found 'B04\[0\]'", id="item"),
        pytest.param("[B04]", r"found '\[B04\]'", id="list"),
        pytest.param("(B04, B08)", r"found '\(B04, B08\)'", id="pair"),
        pytest.param("(x := B04)", "found '", id="walrus"),
        pytest.param("lambda: B04", "found 'lambda: B04'", id="lambda"),
        pytest.param("f'{B04}'", "found", id="formatted text"),
        pytest.param("__import__('os').system('x')", "found", id="import"),
        pytest.param("exp(B04)", r"found 'exp\(B04\)'", id="unknown function"),
        pytest.param("abs()", r"found 0 numbers in abs\(\); expected one", id="abs of nothing"),
        pytest.param("abs(B04, B08)", "found 2 numbers in abs", id="abs of two"),
        pytest.param("min(B04)", "expected two or more", id="min of one"),
        pytest.param("min()", "expected two or more", id="min of none"),
        pytest.param("min(*B04, B08)", "found", id="starred"),
        pytest.param("min(B04, key=B08)", "found 'min", id="keyword"),
        pytest.param("B04" + " + B04" * 60, "expected at most 300", id="too long"),
    ],
)
def test_anything_else_is_refused_in_words(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words) as refusal:
        parse_expression(text)

    assert repr(text)[:20] in str(refusal.value)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    "nested", ["-" * (MOST_CHARACTERS - 3) + "B04", "(" * 90 + "B04" + ")" * 90]
)
def test_deep_nesting_does_not_exhaust_the_stack(nested: str) -> None:
    assert abs(evaluate(nested)[0]) == pytest.approx(RED)


@given(st.text(max_size=40) | st.text("B048A()+-*/., minabsqrt\n", max_size=40))
def test_any_text_is_an_expression_or_a_value_error(text: str) -> None:
    try:
        expression = parse_expression(text)
    except ValueError:
        return
    assert expression.bands
    assert parse_expression(expression.text) == expression


texts = st.recursive(
    st.sampled_from(sorted(BANDS)),
    lambda inner: (
        st.builds("{} {} {}".format, inner, st.sampled_from("+-*/"), inner)
        | st.builds("({})".format, inner)
        | st.builds("-{}".format, inner)
        | st.builds("max({}, {})".format, inner, inner)
    ),
    max_leaves=12,
).filter(lambda text: len(text) <= MOST_CHARACTERS)


@given(texts)
def test_python_itself_computes_the_same(text: str) -> None:
    values = {name: layer(0.05 * number) for number, name in enumerate(BANDS, start=1)}
    with np.errstate(all="raise"):
        try:
            expected = eval(text, {"max": np.maximum}, values)
        except FloatingPointError:
            return

    assert evaluate(text, **values) == expected[0].tolist()
