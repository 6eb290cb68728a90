"""What the public report says in sentences: the answer, the rule, and what is not shown.

Made of the protected results alone, as its tables are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from itertools import groupby
from typing import Any

from analytics.disclosure.cells import PrintedCount
from analytics.disclosure.public import BECAUSE, PublicResults, Withheld, value_as_text
from analytics.render.formats import NOTHING, decimal, sentence
from analytics.render.labels import analysis_label, group_label, model_label, test_label, variable_label
from analytics.render.public_tables import rate_with_interval, ratio_with_interval
from analytics.results.ids import ADJUSTED, CoxId, SurvivalId
from analytics.warehouse.study import Study

NOT_SHOWN = "is not shown: the count behind it is small, or would reveal a small one"


def answer(report: PublicResults, study: Study) -> tuple[str, ...]:
    """How often, against the population, and how long they live, as far as the counts shown tell it."""
    sentences = (_against_population(report, study), _how_often(report, study), _how_long(report, study))
    return tuple(text for text in sentences if text)


def rule(report: PublicResults) -> tuple[str, ...]:
    """What a reader needs to know of the numbers' form."""
    values = (value for table in report.tables for row in table.rows for value in row)
    steps = sorted({v.rounded_to for v in values if isinstance(v, PrintedCount) and v.rounded_to})
    rounded = (
        f"A count after ~ is rounded to a multiple of {' or '.join(map(str, steps))}, so that rows need not "
        "add up and the same people can show as other counts in other tables. "
        if steps
        else ""
    )
    return (
        f"Counts from 1 to {report.threshold - 1} are not shown, nor are counts that would reveal them; * "
        f"stands for either. {rounded}Percentages, rates and intervals are computed from the counts as "
        "shown.",
        "No minimum or maximum and no single patient is shown.",
    )


def citation(report: PublicResults, name: str) -> str:
    """How to cite this report: its name, which holds the release, and the software that made it."""
    made_up = " Synthetic data." if report.is_synthetic else ""
    return f"Cite as: {report.title}. Public report {name}. Made by metachron {report.code_version}.{made_up}"


def not_shown(report: PublicResults, study: Study) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """A reason, and in words what is not shown for it; the reason that most share stands last."""
    by_reason = sorted(report.withheld, key=lambda each: (each.reason == BECAUSE, each.reason))
    return tuple(
        (sentence(reason.removesuffix(".")) + ".", _listed(alike, study))
        for reason, alike in groupby(by_reason, key=lambda each: each.reason)
    )


def _how_often(report: PublicResults, study: Study) -> str:
    """Of the cohort as the eras' table has it."""
    row = _row(report, "eras", lambda row: row[0] == "all")
    if row is None:
        return ""
    people, second = row[1], row[2]
    shown = rate_with_interval(second, people, 100_000, partial(decimal, digits=0))
    if shown == NOTHING:
        return (
            f"How many of {_said(people)} adults with {study.index_label} developed {study.second_label} "
            f"{NOT_SHOWN}."
        )
    return (
        f"After the conventional exclusions, which look at later events, {_said(second)} of {_said(people)} "
        f"adults with {study.index_label} developed {study.second_label} {study.min_latency_months} months "
        f"or more later: {_spelt(shown)} per 100,000 people."
    )


def _against_population(report: PublicResults, study: Study) -> str:
    row = _row(report, "sir", lambda row: row[0] is None)
    if row is None:
        return ""
    observed, expected = row[2], row[3]
    shown = ratio_with_interval(observed, expected)
    if shown == NOTHING:
        has_ratio = observed.is_hidden and all(each.kind != "sir" for each in report.withheld)
        how_much = f"How much more often {study.second_label} occurs than in the population"
        return f"{how_much} {NOT_SHOWN}." if has_ratio else ""
    return (
        f"With nobody excluded for later events, {_said(observed)} cases of {study.second_label} were "
        f"observed where the population's rates give {expected}: {_spelt(shown)} times as many."
    )


def _how_long(report: PublicResults, study: Study) -> str:
    hazard = _row(report, "cox", lambda row: row[0] == str(ADJUSTED))
    after = _row(report, "survival", lambda row: row[0] == SurvivalId.FROM_SECOND)
    parts = []
    if after is not None and after[4] is not None:
        parts.append(
            f"In the conventional cohort, median survival after {study.second_short_label} is "
            f"{after[4]} months."
        )
    if hazard is not None and hazard[3] is not None:
        parts.append(
            f"From the diagnosis of {study.second_short_label} on, the adjusted hazard ratio of death is "
            f"about {hazard[3]} (95% confidence interval about {hazard[4]} to {hazard[5]})."
        )
    if not parts and after is not None:
        return f"How long patients live after {study.second_short_label} {NOT_SHOWN}."
    return " ".join(parts)


def _said(value: Any) -> str:
    """A count as shown, in a sentence."""
    text = value_as_text(value, thousands=",")
    return f"about {text[1:]}" if text.startswith("~") else text


def _spelt(shown: str) -> str:
    """28 (17 to 44) as 28 (95% confidence interval 17 to 44)."""
    return shown.replace("(", "(95% confidence interval ", 1)


def _row(report: PublicResults, name: str, is_it: Any) -> tuple[Any, ...] | None:
    tables = (table for table in report.tables if table.name == name)
    return next((row for table in tables for row in table.rows if is_it(row)), None)


def _listed(withheld: Iterable[Withheld], study: Study) -> tuple[str, ...]:
    """Each kind once, with all of it that is not shown."""
    by_kind: dict[str, dict[str, list[str]]] = {}
    for each in withheld:
        by_kind.setdefault(each.kind, {}).setdefault(each.of, []).append(each.detail)
    listed = []
    for kind, of in by_kind.items():
        name, write = NAMES.get(kind, (sentence(kind), _as_it_is))
        parts = "; ".join(filter(None, (write(study, each, details) for each, details in of.items())))
        listed.append(f"{name}: {parts}" if parts else name)
    return tuple(listed)


def _curves(study: Study, analysis: str, levels: list[str]) -> str:
    groups = ", ".join(group_label(study, level) for level in levels if level)
    return f"{analysis_label(study, analysis)} ({groups})" if groups else analysis_label(study, analysis)


def _tests(study: Study, analysis: str, tests: list[str]) -> str:
    named = ", ".join(test_label(test) for test in tests if test not in ("", "tests"))
    return f"{analysis_label(study, analysis)} ({named})" if named else analysis_label(study, analysis)


def _characteristics(study: Study, variable: str, tests: list[str]) -> str:
    return f"{variable_label(study, variable, table=1)} ({', '.join(map(test_label, tests))})"


def _model(study: Study, id: str, _: list[str]) -> str:
    return model_label(study, CoxId.of_text(id))


def _as_it_is(study: Study, of: str, details: list[str]) -> str:
    return ", ".join(filter(None, (of, *details)))


NAMES: dict[str, tuple[str, Callable[[Study, str, list[str]], str]]] = {
    "institution": ("The hospital", _as_it_is),
    "latency_points": ("The latency of each patient", _as_it_is),
    "latency_tests": ("Tests of latency between eras", _as_it_is),
    "published": ("Numbers that a paper prints", _as_it_is),
    "contrasts": ("The table that sets all estimates side by side", _as_it_is),
    "parametric_survival": ("Smooth models of survival", _as_it_is),
    "sensitivity": ("The sensitivity analysis", _as_it_is),
    "data_quality": ("Data quality", _as_it_is),
    "sir": ("Standardised incidence ratio", _as_it_is),
    "table1_tests": ("Tests between the groups' characteristics", _characteristics),
    "survival": ("Tests between survival curves", _tests),
    "competing": ("Gray's test", _tests),
    "curve": ("Curves", _curves),
    "cox": ("Hazard ratios", _model),
}
"""What each kind is called, and how one of it is written."""
