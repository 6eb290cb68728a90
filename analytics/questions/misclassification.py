"""What would the chemotherapy row of Table 1 say if "No/Unknown" were split into what it was?

SEER finds 68% of those given chemotherapy, and more than 85% of those recorded "Yes" were given it (SEER's
treatment limitations, November 2020 submission; Noone et al. 2016). With these the recorded table becomes a
corrected one. Some combinations cannot be: a corrected count is negative. They are shown and counted, not
cut at zero, because they say how the record must have been made: better kept for those who fell ill again.
"""

from __future__ import annotations

from functools import partial

from analytics.bias.misclassification import CELLS, Corrected, Recorded, correction_grid
from analytics.bias.misclassification_draws import MonteCarloCorrection, monte_carlo_correction
from analytics.questions.analysis import SECOND_CANCER, Analysis, Origin
from analytics.questions.estimable import estimate
from analytics.questions.rows import PEOPLE
from analytics.results.characteristics import LevelCount
from analytics.results.document import Results
from analytics.results.guardrails import CorrectedTable, CorrectionDraws, Misclassification

VARIABLE, YES, NO_UNKNOWN = "chemotherapy", "Yes", "No/Unknown"


def _why_empty(results: Results) -> str:
    if results.misclassification:
        return ""
    return "Not estimable: a group or a level of the recorded table is empty."


ANALYSIS = Analysis(
    section="unknown",
    title="Misclassification of No/Unknown",
    question="How far could unrecorded chemotherapy change the association?",
    keys=("misclassification",),
    needs=(*SECOND_CANCER, "chemotherapy"),
    text="No/Unknown includes everybody whose treatment did not reach the registry.",
    why_empty=_why_empty,
    has_rows=lambda results: bool(results.misclassification),
    origins=(
        ("Chemotherapy for the index cancer", "marts.index_patients",
         "select * from marts.index_patients where chemotherapy_index is not null"),
    ),
    numbers=(
        Origin("misclassification", PEOPLE, PEOPLE, "chemotherapy_index is not null", {
            "cases_yes": f"has_second_primary and chemotherapy_index = '{YES}'",
            "cases_no_unknown": f"has_second_primary and chemotherapy_index = '{NO_UNKNOWN}'",
            "others_yes": f"not has_second_primary and chemotherapy_index = '{YES}'",
            "others_no_unknown": f"not has_second_primary and chemotherapy_index = '{NO_UNKNOWN}'"}),
    ),
)  # fmt: skip

SENSITIVITY = (0.60, 0.68, 0.76)
PPV = (0.85, 0.99)
"""Lowest, likeliest and highest; lowest and highest. 68% and 85% are SEER's, the widths ours."""

PPVS = (0.85, 0.90, 0.95)
SENSITIVITIES_IN_CASES = (None, 0.90, 0.95, 1.0)
SEED = 1
NAMES = dict(zip(CELLS, ("cases_given", "cases_not_given", "others_given", "others_not_given"), strict=True))
"""What the corrected counts are called: who was given chemotherapy in truth, whatever the record says."""


def misclassification(table1: tuple[LevelCount, ...]) -> Misclassification | None:
    """The recorded counts corrected over a grid and by drawing; None where a group or a level is empty."""
    counts = {row.level: row for row in table1 if row.variable == VARIABLE}
    yes, rest = counts.get(YES), counts.get(NO_UNKNOWN)
    if yes is None or rest is None:
        return None
    recorded = estimate(Recorded, yes.n_with, rest.n_with, yes.n_without, rest.n_without).result
    if recorded is None or not (yes.n_with or yes.n_without):
        return None
    grid = correction_grid(
        recorded,
        sensitivities=(SENSITIVITY[1],),
        ppvs=PPVS,
        sensitivities_cases=SENSITIVITIES_IN_CASES,
    )
    draw = partial(monte_carlo_correction, recorded, sensitivity=SENSITIVITY, ppv=PPV, seed=SEED)
    return Misclassification(
        variable=VARIABLE,
        sensitivity=SENSITIVITY,
        ppv=PPV,
        cases_yes=recorded.cases_yes,
        cases_no_unknown=recorded.cases_no_unknown,
        others_yes=recorded.others_yes,
        others_no_unknown=recorded.others_no_unknown,
        odds_ratio=_finite(recorded.odds_ratio),
        share_of_cases_yes=recorded.least_sensitivity_in_cases,
        chance_if_all_cases_treated=recorded.chance_if_all_cases_treated(SENSITIVITY[1]),
        grid=tuple(_row(combination) for combination in grid.combinations),
        draws=(
            _drawn("the same in both groups", draw()),
            _drawn(
                "at least as good in those with a second primary",
                draw(sensitivity_cases=(SENSITIVITY[1], 1.0)),
            ),
        ),
    )


def _row(corrected: Corrected) -> CorrectedTable:
    return CorrectedTable(
        sensitivity=corrected.sensitivity,
        sensitivity_in_cases=corrected.sensitivity_cases,
        ppv=corrected.ppv,
        specificity=corrected.specificity,
        counts=None if corrected.cells is None else dict(zip(NAMES.values(), corrected.cells, strict=True)),
        odds_ratio=_finite(corrected.odds_ratio),
        impossible=tuple(NAMES.get(cell, cell) for cell in corrected.impossible),
    )


def _drawn(record: str, drawn: MonteCarloCorrection) -> CorrectionDraws:
    return CorrectionDraws(
        record=record,
        n_draws=drawn.n_draws,
        n_possible=drawn.n_possible,
        odds_ratio=drawn.median,
        interval=(drawn.lower, drawn.upper),
        seed=drawn.seed,
    )


def _finite(ratio: float | None) -> float | None:
    """A corrected count of 0 gives a ratio without end; it is not a number to print."""
    return ratio if ratio is not None and ratio < float("inf") else None
