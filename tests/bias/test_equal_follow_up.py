"""Latencies of two eras on equal terms, on patients few enough to count."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from analytics.bias.equal_follow_up import common_window, right_truncation

NAN = float("nan")
ORDER = ("1990-1999", "2000-2009")
CUTOFF = date(2009, 12, 31)
# Watched from the end of the diagnosis year: 17, 10, 6 years; then 9, 4 and 0 years.
YEARS = [1992, 1999, 1999, 2000, 2005, 2009]
ERAS = [ORDER[0]] * 3 + [ORDER[1]] * 3


def window(latencies, months, **other):
    return common_window(
        YEARS, latencies, ERAS, **{"order": ORDER, "cutoff": CUTOFF, "window_months": months} | other
    )


def test_a_window_keeps_who_could_be_followed_through_it_and_what_came_inside_it():
    found = window([150, 40, NAN, 30, 47, NAN], 48)
    early, late = found.eras
    assert found.last_index_year == 2005
    assert (early.n_index, early.n_second, early.n_second_left_out) == (3, 1, 1)
    assert early.median_months == 40
    assert (late.n_index, late.n_index_left_out) == (2, 1)
    assert late.latency_months.tolist() == [30, 47]
    assert late.median_months == 38.5


def test_a_latency_of_as_many_completed_months_as_the_window_lies_behind_it():
    late = window([150, 40, NAN, 30, 48, NAN], 48).eras[1]
    assert (late.latency_months.tolist(), late.n_second_left_out) == ([30], 1)


def test_a_december_patient_of_the_last_year_has_just_the_window():
    # Diagnosed on 31 December 2005, watched to 31 December 2009: 48 months, not 49.
    assert window([NAN] * 6, 48).last_index_year == 2005
    assert window([NAN] * 6, 49).last_index_year == 2004
    assert window([NAN] * 6, 48, cutoff=date(2009, 11, 30)).last_index_year == 2004
    assert window([NAN] * 6, 47, cutoff=date(2009, 11, 30)).last_index_year == 2005


def test_an_era_without_second_cancers_in_the_window_has_no_median():
    found = window([150, NAN, NAN, 30, NAN, NAN], 48)
    assert np.isnan(found.eras[0].median_months)
    assert found.eras[0].n_second == 0


def test_more_follow_up_after_the_window_changes_nothing_inside_it():
    first = window([150, 40, NAN, 30, 48, NAN], 48)
    later = common_window(
        YEARS[:5], [150, 40, 70, 30, 48], ERAS[:5], order=ORDER, cutoff=date(2019, 12, 31), window_months=48
    )
    assert first.eras[1].latency_months.tolist() == later.eras[1].latency_months.tolist()
    assert first.eras[0].median_months == later.eras[0].median_months


def test_a_comparison_of_unequal_eras_is_warned_of_with_its_figures():
    found = right_truncation(YEARS, [150, 40, NAN, 30, 48, NAN], ERAS, order=ORDER, cutoff=CUTOFF)
    assert found.applies
    assert [era.longest_observable_months for era in found.eras] == [18 * 12, 10 * 12]
    # From the middle of 2000, 2005 and 2009: 114, 54 and 6 months.
    assert found.eras[1].median_possible_months == 54
    # 150 is beyond all three of the later patients, 40 beyond one of the three.
    assert found.share_not_yet_observable == pytest.approx((1 + 1 / 3) / 2)
    assert len(found.reasons) == 2
    assert "67%" in found.reasons[0]
    assert "1 of 2 latencies of 1990-1999 are longer than the 120 months" in found.reasons[1]


def test_eras_watched_long_after_both_are_not_warned_of():
    found = right_truncation(YEARS, [90, 40, NAN, 30, 48, NAN], ERAS, order=ORDER, cutoff=date(2039, 12, 31))
    assert not found.applies
    assert found.share_not_yet_observable == 0
    assert found.reasons == ()


def test_without_a_latency_in_the_first_era_there_is_no_share_and_no_warning():
    found = right_truncation(YEARS, [NAN] * 6, ERAS, order=ORDER, cutoff=CUTOFF)
    assert found.share_not_yet_observable is None
    assert not found.applies


def test_wrong_input_is_refused_with_its_position():
    with pytest.raises(ValueError, match=r"latency_months\[1\] is negative"):
        window([NAN, -1, NAN, NAN, NAN, NAN], 48)
    with pytest.raises(ValueError, match="window_months must be positive"):
        window([NAN] * 6, 0)
    with pytest.raises(ValueError, match="latency_months has 5"):
        window([NAN] * 5, 48)
    with pytest.raises(ValueError, match="nobody belongs to the era '2000-2009'"):
        right_truncation(YEARS[:3], [NAN] * 3, ERAS[:3], order=ORDER, cutoff=CUTOFF)
