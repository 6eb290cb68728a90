"""Every number that was computed again, by what, and what has no second opinion."""

from __future__ import annotations

from itertools import groupby

from analytics.render.cells import of
from analytics.render.formats import NOTHING, count, counted, sentence, short
from analytics.render.labels import analysis_label, group_label, model_label, variable_label
from analytics.render.tables.table import ReportTable, Table
from analytics.results.cross_checks import (
    CASE_SERIES,
    CROSSING,
    EVERY_ANALYSIS,
    NOT_COMPARED,
    PARAMETRIC_SURVIVAL,
    CrossCheck,
    in_short,
)
from analytics.results.document import Results
from analytics.results.ids import CompetingId, Cox, CoxId, SurvivalId
from analytics.warehouse.study import Study


def cross_checks(results: Results) -> Table:
    """One row a number or curve, below the analysis that it is of."""
    rows: list[tuple[str, ...]] = []
    groups = []
    for id, checks in groupby(results.cross_checks or (), key=lambda check: check.id):
        groups.append(len(rows))
        rows.append((_analysis(results.study, id), *[""] * 5))
        rows += [_row(results.study, check) for check in checks]
    return Table(
        title="Numbers computed twice",
        columns=("Number", "Report", "Second program", "Difference", "Numbers", "Remark"),
        rows=tuple(rows),
        groups=frozenset(groups),
        numeric=frozenset({1, 2, 3, 4}),
        footnotes=(
            "The second program is lifelines unless the remark names another way. Its rows are derived from "
            "the marts a second time. Where a row is of many numbers, it shows those that differ most, with "
            "their name, or that all are the same. Differences are to ten decimals, of a "
            "hazard ratio or chi-squared above 1 as a share of it; one of more than 0.000001, or of a "
            "ten-thousandth of a P value below 0.01, stops the report.",
            "Models too large for lifelines (more than 20,000 rows or, with late entry, more than 3,000,000 "
            "rows times distinct times of death) are fitted by both programs on one sample, drawn by a fixed "
            "seed: people with the second cancer or of a race that few have, and others. Their printed "
            "numbers are compared with those of our own estimator on rows derived a second time. Models with "
            "Breslow ties are held to one Newton step from the printed coefficients, of a likelihood written "
            "a second time: at its maximum the step changes nothing. Other ratios that lifelines cannot "
            "compute are compared with their own printed coefficients.",
        ),
    )


def _row(study: Study, check: CrossCheck) -> tuple[str, ...]:
    named = sentence(", ".join(filter(None, (_group(study, check), check.what))))
    if check.verdict == NOT_COMPARED:
        return (named, NOTHING, NOTHING, NOTHING, NOTHING, f"not compared: {check.reason}")
    if check.at and not check.difference:
        values = SAME, SAME
    elif check.what == CROSSING:
        values = NOTHING, NOTHING
    else:
        named = f"{named} ({_at(study, check.at)})" if check.at else named
        values = (
            of(_value(check.ours), check, *(["ours"] if check.ours is not None else [])),
            of(_value(check.theirs), check, *(["theirs"] if check.theirs is not None else [])),
        )
    return (
        named,
        *values,
        of(difference(check.difference), check, *(["difference"] if check.difference is not None else [])),
        of(count(check.n_numbers), check, "n_numbers"),
        _remark(check),
    )


def _remark(check: CrossCheck) -> str:
    if check.sample is None:
        return check.reason or ""
    return of(f"sample of {counted(check.sample, 'person', 'people')}", check, "sample")


SAME = "the same"

OTHERS = {
    CASE_SERIES: "Hospital cases",
    EVERY_ANALYSIS: "Every analysis",
    PARAMETRIC_SURVIVAL: "Parametric survival models",
}
"""What is no curve, test or Cox model of the report's own, by what stands in place of an id."""


def _analysis(study: Study, id: object) -> str:
    if isinstance(id, CoxId):
        return f"Cox model: {cox_label(study, id)}"
    if isinstance(id, SurvivalId | CompetingId):
        return analysis_label(study, id)
    return OTHERS.get(str(id), sentence(str(id).replace("_", " ")))


def cox_label(study: Study, id: CoxId) -> str:
    """A model where none stands above it that it could be the same as."""
    if id.kind is Cox.UNADJUSTED:
        return f"{study.second_short_label} from its diagnosis on, not adjusted"
    return model_label(study, id)


def _group(study: Study, check: CrossCheck) -> str:
    """The stratum, or the variable or term of a model."""
    if isinstance(check.id, CoxId):
        return _term(study, check.group) if check.group else ""
    return group_label(study, check.group)


def _term(study: Study, term: str) -> str:
    """A variable of a model, and its level where it is of one: "Sex: Male", "with sALL"."""
    variable, colon, level = term.partition(": ")
    if variable == "second_primary":
        return group_label(study, level) if colon else study.second_short_label
    return f"{variable_label(study, variable)}{colon}{level}"


def _at(study: Study, at: str) -> str:
    """Which of many numbers, with its term in words: "hazard ratio of Sex: Male", "P, with sALL"."""
    of_what, of_, term = at.rpartition(" of ")
    joined = ", " if term.startswith("second_primary: ") else of_
    return f"{of_what}{joined}{_term(study, term)}" if of_ else at


def _value(value: float | None) -> str:
    """To six decimals, as far as two numbers have to agree."""
    return "not reached" if value is None else short(value, 6)


def difference(value: float | None) -> str:
    """As in 7e-09; 0 where ten decimals are the same."""
    if value is None:
        return NOTHING
    return f"{value:.0e}" if value else "0"


CROSS_CHECKS = ReportTable(
    "cross_checks",
    "quality",
    cross_checks,
    made_of=("cross_checks",),
    when=lambda results: bool(results.cross_checks),
    wrap=True,
    fold="Numbers computed twice, and by what",
)


def second_opinion(results: Results) -> str:
    """What lifelines recomputed, how far it was away at most, and how much has no second opinion."""
    made = in_short(results.cross_checks or ())
    if made is None:
        return ""
    left_out = counted(made.n_not_compared, "analysis or part", "analyses or parts")
    if not made.n_numbers:
        return f"lifelines {made.version} had nothing to recompute ({left_out} not compared)"
    said = f"lifelines {made.version} recomputed {counted(made.n_numbers, 'number')}"
    if made.largest is not None:
        said += f"; the largest difference is {difference(made.largest)}"
    said += f"; {left_out} not compared"
    if made.n_without_maximum:
        said += f", among them {counted(made.n_without_maximum, 'Cox model')} without a maximum in lifelines"
    return said
