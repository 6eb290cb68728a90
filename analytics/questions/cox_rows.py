"""A Cox model as rows of results: coding of levels, joint tests, and what could not be estimated."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import polars as pl

from analytics.estimators.cox import cox
from analytics.questions.estimable import Estimable, estimate, finite
from analytics.questions.model_card import NO_FINITE_RATIO, evidence_card, model_card, why_no_ratio
from analytics.results.cox import CoxAnalysis, CoxTerm
from analytics.results.guardrails import GroupCount
from analytics.results.ids import CoxId
from analytics.results.statistical_tests import UNDERFLOW, VariableTest


@dataclass(frozen=True, slots=True)
class Covariate:
    """One column of a model: a level against its reference, or a number (no reference).

    is_nuisance  a column of a spline: fitted and tested with its variable, never printed alone
    whose        what people are with or without, where these are the levels
    """

    variable: str
    level: str
    reference: str | None
    is_nuisance: bool = False
    whose: str = ""

    @property
    def name(self) -> str:
        return f"{self.variable}: {self.level}"

    @property
    def words(self) -> dict[str, str]:
        """Both levels, by "variable: level", as a clinician says them: "with sALL", "sex: Male"."""
        levels = [level for level in (self.level, self.reference) if level]
        said = self.variable.replace("_", " ")
        return {
            f"{self.variable}: {level}": f"{level} {self.whose}" if self.whose else f"{said}: {level}"
            for level in levels
        }


def fit(
    id: CoxId,
    outcome: str,
    months: pl.Series,
    died: pl.Series,
    covariates: dict[Covariate, pl.Series],
    *,
    entry: pl.Series | None = None,
    strata: pl.Series | None = None,
    ties: str = "efron",
    penalty: str | None = None,
    note: str | None = None,
    n_lost: int = 0,
    adjusted_for: tuple[str, ...] = (),
    stratified_by: str | None = None,
    asked: str | None = None,
) -> CoxAnalysis:
    """Fit on the rows known in every column; the others are counted in `n_dropped`.

    strata  labels, a baseline hazard for each; `stratified_by` says what they are
    asked   the variable that the model is about, where the others only adjust for it: its card is the model's
    n_lost  people who have no row here because their follow-up is unknown; counted there too
    """
    columns = {covariate.name: values.cast(pl.Float64) for covariate, values in covariates.items()}
    frame = pl.DataFrame({"months": months, "died": died.cast(pl.Float64)} | columns)
    if entry is not None:
        frame = frame.with_columns(entry=entry)
    if strata is not None:
        frame = frame.with_columns(strata=strata)
    complete = frame.drop_nulls()
    model = estimate(
        cox,
        complete["months"],
        complete["died"],
        complete.select(list(columns)).to_numpy(),
        names=list(columns),
        entry=None if entry is None else complete["entry"],
        strata=None if strata is None else complete["strata"].to_numpy(),
        ties=ties,
        penalty=penalty,
    )
    words = {name: said for covariate in covariates for name, said in covariate.words.items()}
    reasons = [_sentence(model.reason), *_not_estimated(model, complete, words), note or ""]
    drift = () if penalty else _proportional_hazards(model, tuple(covariates))
    groups = _groups(complete, tuple(covariates))
    return CoxAnalysis(
        id=id,
        outcome=outcome,
        ties=ties,
        penalty=penalty,
        n=complete.height,
        events=int(complete["died"].sum()),
        n_dropped=frame.height - complete.height + n_lost,
        loglik_null=finite(model.loglik_null),
        loglik=finite(model.loglik),
        terms=tuple(
            _term(model, covariate, at, groups, words, is_empty=complete[covariate.name].sum() == 0)
            for at, covariate in enumerate(covariates)
            if not covariate.is_nuisance
        ),
        wald=_wald(model, tuple(covariates)),
        proportional_hazards=drift,
        events_per_parameter=finite(model.events_per_coefficient),
        converged=model.converged,
        note=" ".join(reason for reason in reasons if reason) or None,
        card=model_card(
            model,
            groups,
            tuple((c.variable, c.level if c.reference else "") for c in covariates),
            penalised=penalty is not None,
            drift=next((test.p_value for test in drift if test.variable == asked), drift[-1].p_value)
            if drift
            else None,
            asked=asked,
            words=words,
        ),
        adjusted_for=adjusted_for,
        stratified_by=stratified_by,
    )


def _groups(complete: pl.DataFrame, covariates: tuple[Covariate, ...]) -> tuple[GroupCount, ...]:
    """Rows and deaths of every level that a coefficient compares, the reference last."""
    groups = []
    for variable, names in _names_by_variable(covariates).items():
        levels = [c for c in covariates if c.variable == variable and c.reference]
        for covariate in levels:
            inside = complete.filter(pl.col(covariate.name) == 1)
            groups.append(GroupCount(variable, covariate.level, inside.height, int(inside["died"].sum())))
        if levels:
            others = complete.filter(pl.sum_horizontal(names) == 0)
            groups.append(
                GroupCount(variable, str(levels[0].reference), others.height, int(others["died"].sum()))
            )
    return tuple(groups)


def _term(
    model: Estimable,
    covariate: Covariate,
    at: int,
    groups: tuple[GroupCount, ...],
    words: dict[str, str],
    *,
    is_empty: bool,
) -> CoxTerm:
    def of(name: str) -> float | None:
        values = getattr(model, name)
        return None if values is None else finite(values[at])

    why = {field: covariate.name in (getattr(model, field) or ()) for field in REASONS}
    is_separated = why["separated"]
    estimated = of("coef") is not None or is_separated
    compared = (covariate.level, covariate.reference)
    return CoxTerm(
        variable=covariate.variable,
        level=covariate.level,
        reference=covariate.reference,
        coef=of("coef"),
        se=of("std_error"),
        hr=of("hazard_ratio"),
        hr_ci=(of("lower"), of("upper")),
        p_value=of("p_value"),
        card=evidence_card(
            finite(model.events_per_coefficient) if estimated else None,
            tuple(g for g in groups if g.variable == covariate.variable and g.level in compared),
            separated=(covariate.name,) if is_separated else (),
            reason=NOBODY.format(words[covariate.name])
            if why["constant"] and is_empty
            else next(
                (_said([words[covariate.name]], REASONS[field]) for field in why if why[field]), model.reason
            ),
            words=words,
        ),
    )


def _wald(model: Estimable, covariates: tuple[Covariate, ...]) -> tuple[VariableTest, ...]:
    """The joint test of each variable; for one coefficient it is the square of its z."""
    if model.result is None:
        return ()
    tests = []
    for variable, names in _names_by_variable(covariates).items():
        joint = model.result.joint_wald(names)
        note = UNDERFLOW if joint.p_value == 0 else None
        row = VariableTest(
            variable, "wald", finite(joint.statistic), finite(joint.df), finite(joint.p_value), note=note
        )
        tests.append(row)
    return tuple(tests)


def _proportional_hazards(model: Estimable, covariates: tuple[Covariate, ...]) -> tuple[VariableTest, ...]:
    """Score tests of drift with 1 - Kaplan-Meier, as R's cox.zph; the whole model is "GLOBAL"."""
    if model.result is None or not all(np.isfinite(model.result.coef)):
        return ()
    tests = estimate(model.result.proportional_hazards, "km", _names_by_variable(covariates))
    return tuple(
        VariableTest(t.variable, t.test, finite(t.statistic), finite(t.df), finite(t.p_value))
        for t in tests.result or ()
    )


def _names_by_variable(covariates: tuple[Covariate, ...]) -> dict[str, list[str]]:
    names: dict[str, list[str]] = {}
    for covariate in covariates:
        names.setdefault(covariate.variable, []).append(covariate.name)
    return names


SPLINE_COLUMN = re.compile(r": column \d+$")
REASONS = {
    "constant": "{is} the same in everybody at risk at each death",
    "collinear": "{is} not estimated, because the other covariates already determine {it}",
    "separated": f"{{has}} {NO_FINITE_RATIO}",
    "undecided": "{is} withheld: no maximum was reached, nor shown to be infinite; fit {it} with the penalty",
}
ONE = {"is": "is", "it": "it", "has": "has"}
SEVERAL = {"is": "are", "it": "them", "has": "have"}
NOBODY = "nobody is in the group “{}”"


def _sentence(reason: str | None) -> str:
    return f"{reason[:1].upper()}{reason[1:].removesuffix('.')}." if reason else ""


def _not_estimated(model: Estimable, complete: pl.DataFrame, words: dict[str, str]) -> list[str]:
    """As sentences, in the order of REASONS; a column of which nobody is 1 is a group that is empty."""
    sentences = []
    for field, reason in REASONS.items():
        names = getattr(model, field) or ()
        empty = [name for name in names if field == "constant" and complete[name].sum() == 0]
        sentences += [_sentence(NOBODY.format(words[name])) for name in empty]
        if others := dict.fromkeys(
            SPLINE_COLUMN.sub("", words.get(name, name)) for name in names if name not in empty
        ):
            sentences.append(_sentence(_said(list(others), reason)))
    return sentences


def _said(names: list[str], reason: str) -> str:
    """One of REASONS of those it befalls: "sex: Male, race: White have no finite hazard ratio, ..."."""
    return f"{', '.join(names)} {reason.format_map(ONE if len(names) == 1 else SEVERAL)}"


def without_ratio(terms: Iterable[CoxTerm]) -> tuple[str, ...]:
    """Why these coefficients have no ratio, a sentence a reason, in the words of a model's note."""
    befallen: dict[str, list[str]] = {}
    for term in terms:
        why, name = why_no_ratio(term), f"{term.variable.replace('_', ' ')}: {term.level}"
        reason = next((reason for reason in REASONS.values() if why == _said([name], reason)), None)
        if reason:
            befallen.setdefault(reason, []).append(name)
        elif why:
            befallen.setdefault(why, [])
    return tuple(_sentence(_said(names, reason) if names else reason) for reason, names in befallen.items())
