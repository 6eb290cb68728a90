"""How many will have had a second primary by 5, 10, 15 and 20 years, given that most die first?

Death competes: who has died can no longer have a second primary. Cumulative incidence is Aalen-Johansen's;
groups are compared by Gray's test and Fine & Gray's model of the subdistribution. One minus Kaplan-Meier,
which counts the dead as if they might still fall ill, stands beside it as the error it is.

Of the corrected cohort, conditional on the latency window: whoever has had a first event before second
primaries start to count, or is watched no longer, is not asked. The clock still starts at the index cancer.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from analytics.estimators.competing import cumulative_incidence, fine_gray, gray_test
from analytics.estimators.survival import kaplan_meier
from analytics.questions.analysis import FOLLOW_UP, SECOND_CANCER, Analysis, Origin, nobody_fell_ill
from analytics.questions.estimable import estimate, finite
from analytics.questions.model_card import evidence_card
from analytics.questions.rows import CORRECTED, FIRST_EVENT_KNOWN
from analytics.questions.survival_strata import tested
from analytics.results.competing import CompetingAnalysis, CompetingStratum, FineGray, IncidenceCurve
from analytics.results.cox import CoxTerm
from analytics.results.document import Results
from analytics.results.guardrails import EvidenceCard, GroupCount
from analytics.results.ids import CompetingId
from analytics.warehouse.study import Study

COLUMNS = {CompetingId.BY_ERA: "era", CompetingId.BY_CHEMOTHERAPY: "chemotherapy_index"}
"""Each analysis of groups with the mart column that they differ in."""

EVENTS = {
    "n": "",
    "events": "first_event = 'second_primary'",
    "competing_events": "first_event = 'death'",
}


def _why_empty(results: Results) -> str:
    if any(analysis.strata for analysis in results.competing):
        return nobody_fell_ill(results)
    return "Not estimable: nobody was followed."


ANALYSIS = Analysis(
    section="competing",
    title="Cumulative incidence with competing death",
    question="How many patients develop {second} before they die?",
    keys=("competing",),
    needs=(*SECOND_CANCER, *FOLLOW_UP),
    why_empty=_why_empty,
    origins=(
        ("First events", "marts.index_patients_corrected",
         "select * from marts.index_patients_corrected where is_at_risk_after_latency"
         " and first_event_is_known"),
    ),
    numbers=(
        *(
            Origin(f"competing[id={id}].card.groups[variable={id.variable},level={{level}}]",
                   CORRECTED, CORRECTED, f"{FIRST_EVENT_KNOWN} and {column} = {{level}}", EVENTS)
            for id, column in COLUMNS.items()
        ),
        Origin(f"competing[id={CompetingId.EVERYBODY}].strata[level=all]", CORRECTED, CORRECTED,
               FIRST_EVENT_KNOWN, EVENTS),
        *(
            Origin(f"competing[id={id}].strata[level={{level}}]", CORRECTED, CORRECTED,
                   f"{FIRST_EVENT_KNOWN} and {column} = {{level}}", EVENTS)
            for id, column in COLUMNS.items()
        ),
        Origin("competing[id={level}].n_dropped", CORRECTED, CORRECTED,
               "is_at_risk and not first_event_is_known", {"": ""}),
        Origin("competing[id={level}]", CORRECTED, CORRECTED, FIRST_EVENT_KNOWN),
    ),
)  # fmt: skip

HORIZONS = (60, 120, 180, 240)
UNEQUAL_CENSORING = (
    "Eras are followed for unequal times: Fine and Gray's model weights each by a censoring curve of its "
    "own, as Gray's test does, and no patient of the later era is compared beyond its follow-up."
)
CAUSES = {"none": 0, "second_primary": 1, "death": 2}


def competing_risks(corrected: pl.DataFrame, study: Study) -> tuple[CompetingAnalysis, ...]:
    """Cumulative incidence of the second primary: all, by era, by chemotherapy; none of nobody."""
    from_months = study.min_latency_months
    dropped = corrected.filter(pl.col("is_at_risk") & ~pl.col("first_event_is_known")).height
    known = corrected.filter(
        pl.col("is_at_risk_after_latency") & pl.col("first_event_is_known")
    ).with_columns(cause=pl.col("first_event").replace_strict(CAUSES, return_dtype=pl.Int64))
    if known.is_empty():
        return ()
    eras = tuple(era.era for era in study.eras)
    asked = (
        f"Of those alive without {study.second_short_label} at month {from_months}."
        if from_months
        else "Counted from diagnosis."
    )
    return (
        _analysis(CompetingId.EVERYBODY, known, pl.lit("all"), ("all",), dropped, from_months, asked),
        _analysis(CompetingId.BY_ERA, known, pl.col("era"), eras, dropped, from_months,
                  f"{asked} {UNEQUAL_CENSORING}" if len(eras) > 1 else asked),
        _analysis(
            CompetingId.BY_CHEMOTHERAPY,
            known,
            pl.col("chemotherapy_index"),
            ("No/Unknown", "Yes"),
            dropped,
            from_months,
            f"{asked} No/Unknown is what the registry records; it is not a group known to be untreated.",
        ),
    )  # fmt: skip


def _analysis(
    id: CompetingId,
    known: pl.DataFrame,
    group: pl.Expr,
    levels: tuple[str, ...],
    n_dropped: int,
    from_months: int,
    note: str,
) -> CompetingAnalysis:
    grouped = known.with_columns(group=group).filter(pl.col("group").is_in(levels))
    strata = tuple(
        stratum
        for level in levels
        if (stratum := _stratum(level, grouped.filter(pl.col("group") == level))) is not None
    )
    several, variable = len(levels) > 1, id.variable
    gray = _gray(grouped) if several else None
    groups = tuple(GroupCount(variable, s.level, s.n, s.events) for s in strata)
    return CompetingAnalysis(
        id=id,
        strata=strata,
        gray=gray,
        fine_gray=FineGray(_fine_gray(grouped, levels, variable, groups) if several else ()),
        n_dropped=n_dropped,
        note=note,
        from_months=from_months,
        card=None if gray is None else _card(groups, gray.df, gray.note),
    )


def _card(groups: tuple[GroupCount, ...], coefficients: float | None, reason: str | None) -> EvidenceCard:
    """Whether the second primaries of these groups are enough; coefficients None if not estimated."""
    events = sum(group.events for group in groups)
    return evidence_card(
        events / coefficients if coefficients else None, groups, reason=reason, event="second primary"
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


def _fine_gray(
    grouped: pl.DataFrame, levels: tuple[str, ...], variable: str, groups: tuple[GroupCount, ...]
) -> tuple[CoxTerm, ...]:
    reference, *others = levels
    columns = np.column_stack([(grouped["group"] == level).to_numpy().astype(float) for level in others])
    model = estimate(
        fine_gray, grouped["months_to_first_event"], grouped["cause"], columns, names=list(others),
        censoring_groups=grouped["group"],
    )  # fmt: skip
    if model.result is None:
        return ()
    events = sum(group.events for group in groups)
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
            card=evidence_card(
                events / len(others),
                tuple(group for group in groups if group.level in (level, reference)),
                separated=(f"{variable}: {level}",) if not np.isfinite(model.coef[at]) else (),
                event="second primary",
            ),
        )
        for at, level in enumerate(others)
    )
