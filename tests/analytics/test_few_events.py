"""What is said where events are few: nothing is led by a covariate, drawn from one patient, or mixed."""

from __future__ import annotations

import polars as pl

from analytics.questions.cox_rows import Covariate, fit
from analytics.render.population_tables import _where_counting_starts

ARM, RARE = Covariate("arm", "new", "old"), Covariate("race", "Unknown", "White")


def test_a_model_that_asks_about_one_variable_is_judged_by_it():
    """One death of one person of unknown race; thirty deaths in each arm."""
    died = pl.Series(([True] * 30 + [False] * 70) * 2)
    months = pl.Series([float(1 + k % 17) if dead else 20.0 for k, dead in enumerate(died)])
    arm = pl.Series([1.0] * 100 + [0.0] * 100)
    rare = pl.Series([1.0] + [0.0] * 199)
    columns = {ARM: arm, RARE: rare}
    whole = fit("m", "death", months, died, columns).card
    asked = fit("m", "death", months, died, columns, asked="arm")
    assert whole.reasons == ("1 death of 1 (race: Unknown), fewer than 5",)
    assert (asked.card.verdict, asked.card.reasons) == ("carried", ())
    assert {group.variable for group in asked.card.groups} == {"arm"}
    assert asked.terms[1].card.verdict == "cannot_be_carried"


def test_where_counting_starts_is_said_only_of_two_ratios():
    assert _where_counting_starts(0) == ()
    (said,) = _where_counting_starts(12)
    assert "from month 12 on" in said and "no event" not in said
