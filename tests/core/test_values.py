"""The value scale is the user's word, then the file's, then the usual; values may contradict."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from s2label.errors import InputError, ValueScaleError
from s2label.importers.options import ImportOptions
from s2label.importers.scale import choose_scale, require_real_numbers
from s2label.importers.value_counts import BandCounts, ValueCounts, add_counts, count_values
from s2label.importers.values import check_values, doubts
from s2label.types import BandRaster, Source
from tests.factories.ports import BANDS, pixels

NAN, INF = float("nan"), float("inf")


def raster(name: str = "B02", quantification: float = 10_000, **facts: Any) -> BandRaster:
    return BandRaster(name, Source(f"/{name}.tif", 1, 1, ""), 1, quantification, **facts)


def check(dn: np.ndarray[Any, Any], *bands: BandRaster) -> None:
    check_values(count_values("scene", dn, bands), "here")


# -- the order of belief ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("dtype", "tags", "options", "quantification", "offset_dn", "word"),
    [
        ("uint16", (1, 0), {}, 10_000, 0, "assumed"),
        ("uint8", (1, 0), {}, 10_000, 0, "assumed"),
        ("float32", (1, 0), {}, 1, 0, "floating point"),
        ("float64", (1, 0), {}, 1, 0, "floating point"),
        ("uint16", (1e-4, 0), {}, 10_000, 0, "tags"),
        ("uint16", (1e-4, -0.1), {}, 10_000, -1000, "tags"),
        ("float32", (1, -0.1), {}, 1, -0.1, "tags"),
        ("uint16", (1, 0), {"quantification": 65535}, 65535, 0, "by option"),
        ("float32", (1, 0), {"quantification": 100}, 100, 0, "by option"),
        ("uint16", (1e-4, 0), {"quantification": 65535}, 65535, 0, "by option"),
        ("uint16", (1, 0), {"offset": -1000}, 10_000, -1000, "offset -1000 by option"),
        ("uint16", (1e-4, -0.1), {"offset": 0}, 10_000, 0, "offset 0 by option"),
        ("uint16", (1, 0), {"quantification": 5e3, "offset": -5}, 5e3, -5, "offset -5 by option"),
    ],
    ids=[
        "nothing said", "nothing said of bytes", "floats", "doubles", "scale tag",
        "scale and offset tag", "offset tag of floats", "option", "option over floats",
        "option over scale tag", "offset option", "offset option over tag", "both options",
    ],
)  # fmt: skip
def test_scale_is_believed_in_order(
    dtype: str, tags: tuple[float, float], options: dict[str, float], quantification: float,
    offset_dn: float, word: str,
) -> None:  # fmt: skip
    scale = choose_scale(dtype, *tags, ImportOptions.model_validate(options))
    assert scale.quantification == pytest.approx(quantification)
    assert scale.offset_dn == pytest.approx(offset_dn)
    assert word in scale.said_by


def test_a_quantification_by_option_does_not_lose_the_offset_in_the_tags() -> None:
    scale = choose_scale("uint16", 1e-4, -0.1, ImportOptions(quantification=10_000))
    assert scale.offset_dn == pytest.approx(-1000)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        pytest.param(
            {"quantification": 10_000},
            "quantification 10000 by option, offset -1000 in the file's tags",
            id="they agree",
        ),
        pytest.param(
            {"quantification": 65535},
            "quantification 65535 by option (the file's tags say 10000), "
            "offset -1000 in the file's tags",
            id="another quantification",
        ),
        pytest.param(
            {"offset": 0},
            "scale and offset in the file's tags, offset 0 by option (the file's tags say -1000)",
            id="another offset",
        ),
    ],
)
def test_what_the_tags_say_otherwise_is_kept(options: dict[str, float], words: str) -> None:
    scale = choose_scale("uint16", 1e-4, -0.1, ImportOptions.model_validate(options))
    assert scale.said_by == words


@pytest.mark.parametrize("tag", [0.0, NAN, INF, -1e-4], ids=str)
def test_a_scale_tag_that_is_no_scale_is_refused(tag: float) -> None:
    with pytest.raises(InputError):
        choose_scale("uint16", tag, 0.0, ImportOptions())
    with pytest.raises(InputError, match=r"x\.tif: .*--quantification and --offset"):
        choose_scale("uint16", tag, 0.0, ImportOptions(offset=0), Path("x.tif"))
    both = ImportOptions(quantification=10_000, offset=-1000)
    assert choose_scale("uint16", tag, 0.0, both).offset_dn == -1000


@pytest.mark.parametrize("dtype", ["complex64", "complex_int16", "int64", "float16"])
def test_odd_dtypes_are_refused(dtype: str) -> None:
    with pytest.raises(InputError, match=f"x.tif: pixels of type {dtype}"):
        require_real_numbers(Path("x.tif"), dtype)


# -- contradictions --------------------------------------------------------------------------


def shares(low: float, high: float, share: float, quantification: float) -> np.ndarray[Any, Any]:
    """Return a band whose ``share`` of pixels has the high reflectance, the others the low."""
    values = np.full((1, 100, 100), low)
    values.flat[: round(share * values.size)] = high
    return values * quantification


@pytest.mark.parametrize(
    ("low", "high", "share", "quantification", "word"),
    [
        pytest.param(0.2, 2.0, 0.004, 1e4, None, id="a few bright clouds"),
        pytest.param(0.2, 1.5, 1.0, 1e4, None, id="all of it cloud and snow"),
        pytest.param(0.2, 2.0, 0.006, 1e4, "over 1.6", id="too bright"),
        pytest.param(0.01, 0.05, 0.01, 1e4, None, id="dark water with some land"),
        pytest.param(0.01, 0.05, 0.0005, 1e4, "0.03", id="too dark"),
        pytest.param(0.02, 0.2, 0.01, 65535, None, id="16 bits in full use"),
        pytest.param(0.02, 0.09, 0.5, 65535, "0.1", id="16 bits hardly used"),
    ],
)
def test_values_contradict_their_scale_in_either_direction(
    low: float, high: float, share: float, quantification: float, word: str | None
) -> None:
    dn = shares(low, high, share, quantification)
    if word is None:
        check(dn, raster(quantification=quantification))
        return
    with pytest.raises(ValueScaleError, match=f"here: the values contradict the scale.*{word}"):
        check(dn, raster(quantification=quantification))


def test_one_bright_band_is_enough_to_be_honest() -> None:
    dark, bright = shares(0.01, 0.02, 0.5, 1e4), shares(0.01, 0.4, 0.5, 1e4)
    check(np.concatenate([dark, bright]), raster("B02"), raster("B08"))


def test_nodata_and_saturation_say_nothing_of_the_scale() -> None:
    dn = shares(0.2, 6.5535, 0.9, 1e4)  # 65535 in nine of ten
    check(dn, raster())
    check(shares(0.2, 5.0, 0.9, 1e4), raster(nodata=50_000.0))


def test_an_offset_counts() -> None:
    dn = shares(1.65, 1.65, 1.0, 1e4)
    check(dn, raster(offset_dn=-1000))
    with pytest.raises(ValueScaleError):
        check(dn, raster())


def test_dark_pixels_near_1000_mean_that_the_offset_was_not_applied() -> None:
    water = np.random.default_rng(0).integers(1010, 1400, (1, 100, 100))
    water[0, :30] = np.random.default_rng(1).integers(1800, 5000, (30, 100))
    with pytest.raises(ValueScaleError):
        check(water.astype(np.uint16), raster())


def port(by: int = 0) -> tuple[np.ndarray[Any, Any], tuple[BandRaster, ...]]:
    return pixels() + np.uint16(by), tuple(map(raster, BANDS))


def test_a_port_whose_offset_was_not_applied_is_refused() -> None:
    dn, bands = port(by=1000)
    with pytest.raises(ValueScaleError, match=r"here: .*--offset -1000, or --any-values"):
        check(dn, *bands)


@pytest.mark.parametrize(
    ("by", "dtype", "facts"),
    [
        pytest.param(0, "uint16", {}, id="applied"),
        pytest.param(1000, "uint16", {"offset_dn": -1000}, id="known"),
        pytest.param(1000, "uint16", {"quantification": 20_000}, id="another scale"),
        pytest.param(1000, "float32", {}, id="not whole numbers"),
        pytest.param(2000, "uint16", {}, id="brighter, as under clouds"),
        pytest.param(600, "uint16", {}, id="dark for another reason"),
    ],
)
def test_values_that_only_look_like_a_missing_offset_pass(
    by: int, dtype: str, facts: dict[str, float]
) -> None:
    dn, _ = port(by)
    check(dn.astype(dtype), *(raster(name, **facts) for name in BANDS))


def test_a_known_offset_is_not_doubted() -> None:
    dn, bands = port(by=1000)
    check_values(count_values("scene", dn, bands, is_offset_known=True), "here")


def test_scenes_that_look_wrong_by_themselves_are_named() -> None:
    dn, bands = port()
    usual = [count_values(f"usual {n}", dn, bands) for n in range(60)]
    bright, lacking = dn.copy(), dn + np.uint16(1000)
    bright[0, :32] = 20_000
    parts = [*usual, count_values("bright", bright, bands), count_values("new", lacking, bands)]
    counts = add_counts(parts)
    check_values(counts, "here")
    first, second = doubts(counts)
    assert first.startswith("bright: over 20% of a band exceeds a reflectance of 1.6")
    assert second.startswith("new: the darkest pixels lie near DN 1000")
    assert doubts(add_counts(usual)) == ()


def test_a_band_without_any_number_is_named() -> None:
    with pytest.raises(InputError, match=r"B03\.tif: B03 of scene holds no number"):
        check(np.stack([np.ones((4, 4)), np.full((4, 4), NAN)]), raster(), raster("B03"))


@pytest.mark.parametrize("value", [INF, -INF], ids=str)
def test_infinities_are_refused(value: float) -> None:
    with pytest.raises(InputError, match=r"B02\.tif: infinite values"):
        check(np.array([[[0.2, value]]], np.float32), raster(quantification=1))


def test_infinities_that_are_the_nodata_tag_are_nodata() -> None:
    dn = np.array([[[0.2, -INF]]], np.float32)
    check(dn, raster(quantification=1, nodata=-INF))


@pytest.mark.parametrize(
    "dtype", ["uint8", "int8", "uint16", "int16", "uint32", "int32", "float32", "float64"]
)
def test_every_dtype_is_counted(dtype: str) -> None:
    dn = np.array([[[0, 1, 100, 127]]], dtype=dtype)
    counts = count_values("scene", dn, [raster(quantification=100)]).scenes["scene"]["B02"]
    assert (counts.pixels, counts.valid, counts.above) == (4, 3, (2, 2, 0))


def test_a_scene_without_pixels_or_bands_contradicts_nothing() -> None:
    check_values(ValueCounts(), "here")
    check(np.zeros((1, 4, 4), np.uint16), raster(nodata=0))


# -- adding up -------------------------------------------------------------------------------

NUMBERS = st.integers(0, 10**6)
BAND_COUNTS = st.builds(
    BandCounts, NUMBERS, NUMBERS, NUMBERS, st.tuples(*[NUMBERS] * 3), st.just(10_000.0)
)
UNITS = st.builds(
    ValueCounts,
    st.dictionaries(
        st.sampled_from(["a", "b"]),
        st.dictionaries(st.sampled_from(["B02", "B08"]), BAND_COUNTS),
        max_size=2,
    ),
)


@given(st.lists(UNITS, max_size=6), st.randoms(use_true_random=False))
def test_counts_add_up_in_any_order_and_in_any_parts(parts: list[ValueCounts], random: Any) -> None:
    shuffled = list(parts)
    random.shuffle(shuffled)
    cut = len(parts) // 2
    in_two = [add_counts(shuffled[:cut]), add_counts(shuffled[cut:])]
    assert add_counts(parts).per_band() == add_counts(in_two).per_band()
    assert plain(add_counts(parts)) == plain(add_counts(shuffled))


def plain(counts: ValueCounts) -> dict[str, dict[str, BandCounts]]:
    return {scene: dict(bands) for scene, bands in counts.scenes.items() if bands}


def test_scenes_of_two_scales_are_judged_alike_in_any_order() -> None:
    sixteen = ValueCounts({"a": {"B02": BandCounts(100, 100, 100, (100, 0, 0), 65535.0)}})
    usual = ValueCounts({"b": {"B02": BandCounts(100, 100, 100, (100, 0, 0), 10_000.0)}})
    judged = []
    for parts in ([sixteen, usual], [usual, sixteen]):
        try:
            check_values(add_counts(parts), "here")
            judged.append("sound")
        except ValueScaleError:
            judged.append("refused")
    assert judged[0] == judged[1]
