"""Fisher's test of larger tables: as R's fisher.test prints it, and what is drawn beyond the budget."""

from math import isnan

import numpy as np
import pytest
from pytest import approx

from analytics.estimators.comparisons import fisher_exact

# Tables with R's p-values: fisher.test(t, workspace = 2e7).
OF_R = [
    ([[2, 8, 10, 2], [1, 4, 5, 4], [1, 5, 0, 0], [1, 2, 0, 2]], 0.0935083954824942),
    ([[0, 1, 26, 1], [1, 0, 4, 0], [1, 3, 2, 4], [0, 2, 2, 0]], 0.000117401719605201),
    ([[3, 10, 1, 3, 0], [5, 7, 0, 1, 1], [1, 6, 3, 0, 1], [0, 1, 13, 0, 4]], 3.52887178345199e-07),
    ([[23, 43, 31], [37, 23, 47], [33, 31, 32]], 0.0108167054986308),
    ([[1, 0, 5, 0, 1, 3], [2, 0, 0, 0, 1, 0], [0, 2, 0, 1, 0, 0], [0, 0, 0, 0, 0, 2], [0, 16, 1, 0, 1, 0],
      [0, 0, 1, 2, 1, 0]], 3.97402742969433e-09),
]  # fmt: skip


@pytest.mark.parametrize(("table", "p_value"), OF_R)
def test_larger_tables_have_the_p_value_of_r(table, p_value):
    found = fisher_exact(table)
    assert found.p_value == approx(p_value, rel=1e-9)
    assert (found.test, found.monte_carlo_error) == ("fisher_exact", 0)
    assert isnan(found.odds_ratio)


def test_the_order_of_rows_and_columns_and_which_is_which_do_not_matter():
    table = np.array(OF_R[1][0])
    p_value = fisher_exact(table).p_value
    for turned in (table.T, table[::-1], table[:, [2, 0, 3, 1]]):
        assert fisher_exact(turned).p_value == approx(p_value)


def test_every_table_with_the_margins_counts_for_the_likeliest_one():
    assert fisher_exact([[4, 4, 4], [4, 4, 4], [4, 4, 4]]).p_value == approx(1)


def test_beyond_the_budget_random_tables_are_compared_and_their_error_is_said(monkeypatch):
    table, p_value = OF_R[0]
    monkeypatch.setattr("analytics.estimators._counts.tables_as_unlikely.MOST_WAYS", 100)
    found = fisher_exact(table)
    assert found.test == "fisher_monte_carlo"
    # sqrt(p (1 - p) / 100,000)
    assert found.monte_carlo_error == approx(0.00092, abs=2e-5)
    assert abs(found.p_value - p_value) < 3 * found.monte_carlo_error
    assert fisher_exact(table).p_value == found.p_value


def test_a_table_of_a_thousand_in_twenty_five_cells_is_drawn():
    found = fisher_exact(np.full((5, 5), 40))
    assert found.test == "fisher_monte_carlo" and found.p_value == 1
