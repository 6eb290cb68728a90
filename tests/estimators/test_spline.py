"""A covariate that may bend: by hand, and as Hmisc makes it in R."""

import numpy as np
import pytest
from pytest import approx

from analytics.estimators.cox import natural_spline

X = np.arange(1, 101) ** 1.3


def test_three_knots_by_hand():
    # Quantiles .1, .5, .9 of 0 .. 10 are 1, 5, 9; at 9 the bend is (8^3 - 2 * 4^3) / 8^2.
    found = natural_spline(np.arange(11.0), knots=3)
    assert found.knots.tolist() == [1, 5, 9]
    assert found.columns[[1, 5, 9], 1] == approx([0, 1, (512 - 128) / 64])


def test_the_columns_are_those_of_hmisc():
    # rcspline.eval(x, knots = quantile(x, c(.05, .35, .65, .95)), inclx = TRUE), rows 10, 50 and 90.
    found = natural_spline(X)
    assert found.knots == approx([10.1622523478085, 104.1579883777962, 228.9938274482756, 372.6818149607935])
    assert found.columns[[9, 49, 89]] == approx(
        np.array(
            [
                [19.9526231496888, 7.14059706816675e-03, 0],
                [161.6817516443394, 26.4693139359088, 1.44836818428077],
                [347.1484754004140, 259.521513560421, 85.71451533568742],
            ]
        )
    )
    assert natural_spline(X, knots=3).columns[89, 1] == approx(220.764716031964)


def test_beyond_the_outer_knots_every_column_is_a_straight_line():
    found = natural_spline(X, knots=5)
    low, high = found.knots[0], found.knots[-1]
    for line in ([low - 9, low - 5, low - 1], [high + 1, high + 5, high + 9]):
        at = found.at(line)
        assert at.shape == (3, 4)
        assert at[1] == approx((at[0] + at[2]) / 2, rel=1e-9)


def test_other_values_are_given_the_same_basis():
    found = natural_spline(X)
    assert (found.at(X[20:30]) == found.columns[20:30]).all()


@pytest.mark.parametrize(
    ("values", "columns"),
    [([4, 4, 4], 1), ([0, 0, 1, 1], 1), ([1, 2, 3] * 5, 2), ([5] * 96 + [6, 7, 8, 9], 1)],
)
def test_few_distinct_values_leave_fewer_columns(values, columns):
    found = natural_spline(values)
    assert found.columns.shape == (len(values), columns)
    assert found.columns[:, 0].tolist() == values
    assert len(found.knots) == (columns + 1 if columns > 1 else 0)


def test_what_is_no_spline_is_refused():
    with pytest.raises(ValueError, match="knots must be 3, 4 or 5, not 2"):
        natural_spline(X, knots=2)
    with pytest.raises(ValueError, match=r"values\[1\] is missing"):
        natural_spline([1, np.nan, 2])
