"""Numbers for people: what is printed is the number, at the precision asked for."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bargain.reports.digits import fraction, number, number_format, percent

finite = st.floats(allow_nan=False, allow_infinity=False)


@given(finite)
def test_seventeen_digits_read_back_as_the_same_number(value):
    assert float(number(value, number_format([value], 17))) == value


# Rounding up the very largest floats would leave their range.
@given(st.lists(st.floats(-1e300, 1e300), min_size=1, max_size=6), st.integers(1, 16))
def test_the_largest_number_has_the_digits_asked_for(values, digits):
    largest = max(values, key=abs)
    shown = float(number(largest, number_format(values, digits)))
    assert abs(shown - largest) <= 0.5000001 * abs(largest) * 10.0 ** (1 - digits)


@given(st.lists(finite, min_size=1, max_size=6))
def test_decimals_line_up(values):
    spec = number_format(values)
    shown = [number(value, spec) for value in values]
    if "e" not in spec:
        assert len({len(text.partition(".")[2]) for text in shown}) == 1


@given(finite)
def test_zero_has_no_sign(value):
    text = number(value, ".2f", signed=True)
    assert text not in ("-0.00", "+0.00")
    assert not text.startswith("+-")


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([25.0, 21.4431, 9.1139], ["25.00", "21.44", "9.11"]),
        ([0.0, 0.0, 445.53], ["0.0", "0.0", "445.5"]),
        ([12.0, 5.0], ["12", "5"]),
        ([0.58, 0.07], ["0.58", "0.07"]),
        ([0.0584], ["0.058"]),
        ([9.605e-12], ["9.605e-12"]),
        ([4.2e12, 1.0], ["4.200e+12", "1.000e+00"]),
        ([Fraction(1, 3)], ["0.33"]),
        ([12345.6], ["12346"]),
        ([0.0], ["0"]),
    ],
)
def test_examples_of_every_size(values, expected):
    assert [number(value, number_format(values)) for value in values] == expected


def test_exact_numbers_are_fractions_when_short():
    assert fraction(Fraction(-7, 3)) == "-7/3"
    assert fraction(Fraction(4)) == "4"
    assert fraction(Fraction(10**20, 3)) == "3.333e+19"


def test_shares_are_never_rounded_to_all_or_nothing():
    assert [percent(share) for share in (0.0, 0.001, 0.5, 0.999, 1.0)] == ["0 %", "<1 %", "50 %", ">99 %", "100 %"]
