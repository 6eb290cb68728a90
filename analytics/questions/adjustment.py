"""What the headline hazard ratio is adjusted for, as columns of a Cox model, and the same in words.

Age at index (restricted cubic spline, four knots), sex, race (unknown a level of its own) and calendar year
of index (linear), with a baseline hazard for each era. Age and period go with both the second primary and
death; leaving them out makes the ratio too high even where the second primary does nothing. A covariate that
is the same in everybody, or known of nobody, is left out and said.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from analytics.estimators.cox import natural_spline
from analytics.questions.cox_rows import Covariate

KNOTS = 4
AGE = "age (spline)"
UNKNOWN = "Unknown"


@dataclass(frozen=True, slots=True)
class Adjustment:
    """columns: of the model, in order; adjusted_for, left_out: the same in words; strata: the eras, which
    `stratified_by` names where there are two."""

    columns: dict[Covariate, pl.Series]
    adjusted_for: tuple[str, ...]
    left_out: tuple[str, ...]
    strata: pl.Series
    stratified_by: str | None

    @property
    def note(self) -> str:
        text = f"Adjusted for {', '.join(self.adjusted_for)}" if self.adjusted_for else "Adjusted for nothing"
        text += f"; stratified by {self.stratified_by}." if self.stratified_by else "."
        return text + (f" Left out: {', '.join(self.left_out)}." if self.left_out else "")


def adjustment(intervals: pl.DataFrame) -> Adjustment:
    """Columns for the rows of marts.survival_intervals; a row whose age is unknown has nulls there."""
    columns: dict[Covariate, pl.Series] = {}
    adjusted_for, left_out = [], []
    age = intervals["age_at_index_years"].cast(pl.Float64)
    known = age.drop_nulls()
    if reason := _without_contrast(known):
        left_out.append(f"age at index ({reason})")
    else:
        spline = natural_spline(known.to_numpy(), knots=KNOTS)
        basis = spline.at(age.fill_null(known[0]).to_numpy())
        for at in range(basis.shape[1]):
            values = pl.DataFrame({"age": age, "x": basis[:, at]})
            columns[Covariate(AGE, f"column {at + 1}", None, is_nuisance=True)] = values.select(
                pl.when(pl.col("age").is_not_null()).then("x")
            ).to_series()
        bent = f"restricted cubic spline, {len(spline.knots)} knots" if len(spline.knots) else "linear"
        adjusted_for.append(f"age at index ({bent})")
    for variable in ("sex", "race"):
        labels = intervals[variable].cast(pl.String)
        if reason := _without_contrast(labels.fill_null(UNKNOWN), labels):
            left_out.append(f"{variable} ({reason})")
            continue
        labels = labels.fill_null(UNKNOWN)
        reference, *others = _levels(labels)
        for level in others:
            columns[Covariate(variable, level, reference)] = labels == level
        adjusted_for.append(f"{variable} (unknown a level of its own)" if UNKNOWN in others else variable)
    year = intervals["index_year"].cast(pl.Float64)
    if reason := _without_contrast(year.drop_nulls()):
        left_out.append(f"calendar year of index ({reason})")
    else:
        columns[Covariate("index_year", "per year", None)] = year
        adjusted_for.append("calendar year of index (linear)")
    era = intervals["era"]
    by = "era of index" if era.n_unique() > 1 else None
    return Adjustment(columns, tuple(adjusted_for), tuple(left_out), era, by)


def _without_contrast(values: pl.Series, given: pl.Series | None = None) -> str | None:
    """Why a covariate compares nobody; None where it does."""
    if (values if given is None else given).drop_nulls().is_empty():
        return "known of nobody"
    return "the same in everybody" if values.n_unique() < 2 else None


def _levels(labels: pl.Series) -> list[str]:
    """The commonest known level first, as the reference; then the others, the unknown last."""
    counts = labels.value_counts(name="n").rename({labels.name: "level"})
    ordered = counts.sort(pl.col("level") == UNKNOWN, -pl.col("n").cast(pl.Int64), "level")["level"].to_list()
    return [str(level) for level in ordered]
