"""Three of 1,529 against 18 of 64,629, and twenty-one cases that are not a rate."""

from __future__ import annotations

import pytest

from analytics.results.json_file import plain


def test_the_hospital_has_seven_times_the_registrys_proportion_exactly(results):
    found = results.institution.comparison
    assert found.ratio.estimate == pytest.approx((3 / 1529) / (18 / 64_629))
    assert found.expected == pytest.approx(1529 * 18 / 64_629)
    assert round(found.p_value, 3) == 0.009
    assert round(found.fisher_p_value, 3) == 0.012


def test_limits_of_the_ratio_are_those_of_the_share_of_21_cases(results):
    """Clopper and Pearson: 3 of 21 lies between 0.03049 and 0.36342; odds times 64,629 / 1,529."""
    low, high = results.institution.comparison.ratio.ci
    scale = 64_629 / 1_529
    assert low == pytest.approx(0.030489 / (1 - 0.030489) * scale, rel=1e-3)
    assert high == pytest.approx(0.363424 / (1 - 0.363424) * scale, rel=1e-3)


def test_the_pooled_series_is_the_two_put_together_and_has_no_rate(results):
    registry, hospital, pooled = results.institution.case_series
    assert [group.group for group in (registry, hospital, pooled)] == ["registry", "hospital", "pooled"]
    for count in ("n", "n_male", "deaths", "n_survival_known"):
        assert getattr(pooled, count) == getattr(registry, count) + getattr(hospital, count)
    assert pooled.n == 21
    assert not {"proportion", "rate", "person_years"} & set(plain(pooled))


def test_the_case_alive_at_37_months_is_censored(results):
    hospital = results.institution.case_series[1]
    assert (hospital.deaths, hospital.n, hospital.median_survival) == (2, 3, 42)


def test_the_table_says_that_it_estimates_nothing(report):
    text = (report.page.parent / "tables" / "case_series.md").read_text(encoding="utf-8")
    assert "a description, not an estimate" in text and "not linked between the sources" in text
