"""How many will have had a second primary by 5, 10, 15 and 20 years, given that most die first?

Death competes: who has died can no longer have a second primary. Cumulative incidence is Aalen-Johansen's;
groups are compared by Gray's test and Fine & Gray's model of the subdistribution. One minus Kaplan-Meier,
which counts the dead as if they might still fall ill, stands beside it as the error it is.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from analytics.estimable import estimate, finite
from analytics.estimators.competing import cumulative_incidence, fine_gray, gray_test
from analytics.estimators.survival import kaplan_meier
from analytics.questions.survival_strata import tested
from analytics.results import CompetingAnalysis, CompetingStratum, CoxTerm, IncidenceCurve
from analytics.study import Study

HORIZONS = (60, 120, 180, 240)
UNEQUAL_CENSORING = (
    "Eras are followed for unequal times: Fine and Gray's model weights each by a censoring curve of its "
    "own, as Gray's test does, and beyond the follow-up of the later era nobody of it is compared."
)
CAUSES = {"none": 0, "second_primary": 1, "death": 2}


def competing_risks(index_patients: pl.DataFrame, study: Study) -> tuple[CompetingAnalysis, ...]:
    """Cumulative incidence of the second primary: all, by era, by chemotherapy; none of nobody."""
    known = index_patients.filter(
        pl.col("months_to_first_event").is_not_null() & pl.col("first_event").is_not_null()
    ).with_columns(cause=pl.col("first_event").replace_strict(CAUSES, return_dtype=pl.Int64))
    dropped = index_patients.height - known.height
    if known.is_empty():
        return ()
    eras = tuple(era.era for era in study.eras)
    return (
        _analysis("second_primary", known, pl.lit("all"), ("all",), dropped),
        _analysis("second_primary_by_era", known, pl.col("era"), eras, dropped, note=UNEQUAL_CENSORING),
        _analysis(
            "second_primary_by_chemotherapy",
            known,
            pl.col("chemotherapy_index"),
            ("No/Unknown", "Yes"),
            dropped,
            note="No/Unknown is what the registry records; it is not a group known to be untreated.",
        ),
    )


def _analysis(
    id: str, known: pl.DataFrame, group: pl.Expr, levels: tuple[str, ...], n_dropped: int, note=None
) -> CompetingAnalysis:
    grouped = known.with_columns(group=group).filter(pl.col("group").is_in(levels))
    strata = [_stratum(level, grouped.filter(pl.col("group") == level)) for level in levels]
    several = len(levels) > 1
    return CompetingAnalysis(
        id=id,
        strata=tuple(stratum for stratum in strata if stratum is not None),
        gray=_gray(grouped) if several else None,
        fine_gray={"terms": _fine_gray(grouped, levels, id.removeprefix("second_primary_by_"))}
        if several
        else {"terms": ()},
        n_dropped=n_dropped,
        note=note,
    )


def _stratum(level: str, people: pl.DataFrame) -> CompetingStratum | None:
    if not people.height:
        return None
    months, cause = people["months_to_first_event"].to_numpy(), people["cause"].to_numpy()
    curve = cumulative_incidence(months, cause)
    lower, upper = curve.interval("loglog")
    naive = kaplan_meier(months, cause == 1)
    return CompetingStratum(
        level=level,
        n=people.height,
        events=int((cause == 1).sum()),
        competing_events=int((cause == 2).sum()),
        curve=IncidenceCurve(
            time=tuple(curve.times.tolist()),
            cif=tuple(curve.cif.tolist()),
            std_error=tuple(map(finite, curve.std_error)),
            lower=tuple(map(finite, lower)),
            upper=tuple(map(finite, upper)),
            at_risk=tuple(curve.at_risk.tolist()),
            events=tuple(curve.n_events.tolist()),
            one_minus_km=tuple((1 - naive.survival).tolist()),
        ),
        at={str(t): _at(curve.times, curve.cif, t) for t in HORIZONS},
        at_ci={
            str(t): (finite(_at(curve.times, lower, t)), finite(_at(curve.times, upper, t))) for t in HORIZONS
        },
        one_minus_km_at={str(t): _at(naive.times, 1 - naive.survival, t) for t in HORIZONS},
    )


def _at(times: np.ndarray, values: np.ndarray, when: float) -> float | None:
    """The step function at a time; None beyond the last time seen."""
    if when > times[-1]:
        return None
    step = int(np.searchsorted(times, when, side="right")) - 1
    return float(values[step]) if step >= 0 else 0.0


def _gray(grouped: pl.DataFrame):
    return tested(
        estimate(gray_test, grouped["months_to_first_event"], grouped["cause"], grouped["group"]), "gray"
    )


def _fine_gray(grouped: pl.DataFrame, levels: tuple[str, ...], variable: str) -> tuple[CoxTerm, ...]:
    reference, *others = levels
    columns = np.column_stack([(grouped["group"] == level).to_numpy().astype(float) for level in others])
    model = estimate(
        fine_gray, grouped["months_to_first_event"], grouped["cause"], columns, names=list(others),
        censoring_groups=grouped["group"],
    )  # fmt: skip
    if model.result is None:
        return ()
    return tuple(
        CoxTerm(
            variable=variable,
            level=level,
            reference=reference,
            coef=finite(model.coef[at]),
            se=finite(model.std_error[at]),
            hr=finite(model.hazard_ratio[at]),
            hr_ci=(finite(model.lower[at]), finite(model.upper[at])),
            p_value=finite(model.p_value[at]),
        )
        for at, level in enumerate(others)
    )
