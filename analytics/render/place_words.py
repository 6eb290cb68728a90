"""What a place of results.json is, in words: the same on the page and on the terminal.

cox[id=index_time_dependent_adjusted].terms[variable=second_primary,level=with].hr
    ("Hazard ratio", "sALL from its diagnosis on, adjusted: with second primary against without …")
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from analytics.places import STEP
from analytics.published_numbers.expressions import find_value
from analytics.render.formats import counted, sentence, short
from analytics.render.labels import (
    COMPETING_TITLES,
    SURVIVAL_TITLES,
    level_label,
    model_label,
    setting_key,
    stratum_label,
    test_label,
    variable_label,
)
from analytics.results.ids import CoxId
from analytics.results.json_file import Document
from analytics.warehouse.study import Study

ENDS = {"0": "lower end", "1": "upper end"}
INTERVALS = re.compile(r"(^|_)ci$")
METHODS = {"spss": "SPSS's", "loglog": "log-log", "log": "log", "plain": "plain"}

FIELDS = {
    "step": "Number of the rule",
    "n_in": "People before the rule",
    "n_removed": "People removed by the rule",
    "n_left": "People left after the rule",
    "n_index": "People with the index cancer",
    "n_second": "People with a second primary",
    "n_without_second": "People without a second primary",
    "n_without": "People without a second primary",
    "denominator_without": "People without a second primary, of whom it is known",
    "n_with": "People with a second primary",
    "denominator_with": "People with a second primary, of whom it is known",
    "statistic": "Test statistic",
    "p_value": "P value",
    "p_holm": "P value after Holm's adjustment",
    "n_tests": "Tests in the family",
    "p_value_chi_squared": "P value of the chi-squared test",
    "fisher_p_value": "P value, Fisher's exact test",
    "min_expected": "Smallest expected count",
    "n": "People",
    "n_dropped": "People left out because their follow-up is not known",
    "mean": "Mean",
    "sd": "Standard deviation",
    "median": "Median",
    "min": "Minimum",
    "max": "Maximum",
    "proportion": "Proportion of people with a second primary",
    "observed": "Second primaries observed in the person-time",
    "n_index_at_risk": "People at risk when second primaries start to count",
    "person_years": "Person-years at risk",
    "n_conventional": "Second primaries of the conventional cohort",
    "uncertain_conventional": "Second primaries of the conventional cohort, latency uncertain by a month",
    "n_corrected": "Second primaries of the corrected cohort",
    "uncertain_corrected": "Second primaries of the corrected cohort, latency uncertain by a month",
    "contradicting": "Rows, groups or figures that contradict an expectation",
    "n_rows": "Rows rejected",
    "rate_per_100k": "Second primaries per 100,000 person-years",
    "longest_observable_latency_months": "Longest latency that follow-up could show, months",
    "persons": "Persons at risk",
    "mean_age_at_index_years": "Mean age at the start of exposure, years",
    "mean_age_at_second_years": "Mean age at the second primary, years",
    "expected": "Second primaries expected at the reference rates",
    "sir": "Observed over expected",
    "excess_per_10k": "Excess second primaries per 10,000 person-years",
    "incidence": "Cumulative incidence",
    "difference": "Difference in cumulative incidence, last era minus first",
    "estimate": "Estimate",
    "latency_p_value": "P value of latencies, Mann-Whitney",
    "latency_median": "Median latency inside the window, months",
    "n_second_left_out": "Second primaries of the era outside the window",
    "window_months": "Length of the window, months",
    "from_months": "Months after diagnosis at which the curve starts",
    "events": "Deaths",
    "competing_events": "Deaths without a second primary",
    "hr": "Hazard ratio",
    "events_per_parameter": "Deaths per coefficient",
    "events_per_coefficient": "Deaths per coefficient",
    "hazard_ratio": "Smallest hazard ratio found with 80% power",
    "reasons": "Why the events are few",
    "separated": "Coefficient without a finite estimate",
    "at": "Cumulative incidence",
    "one_minus_km_at": "One minus Kaplan-Meier",
    "unshrunken_hr": "Hazard ratio before shrinking",
    "limit": "E-value of the end of the interval nearer 1",
    "odds_ratio": "Odds ratio",
    "cases_yes": "People with a second primary, recorded “Yes”",
    "cases_no_unknown": "People with a second primary, recorded “No/Unknown”",
    "cases_given": "People with a second primary who were given it",
    "sensitivity": "Share of those given it whom the record finds",
    "sensitivity_in_cases": "Share of those given it whom the record finds, second primaries",
    "ppv": "Share of those recorded “Yes” who were given it",
    "specificity": "Share of those not given it who are recorded “No/Unknown”",
    "n_draws": "Draws",
    "n_possible": "Draws that are possible",
    "n_male": "Men",
    "deaths": "Deaths",
    "n_survival_known": "People whose survival is known",
    "median_survival": "Median survival, months",
    "p10": "10th percentile of the simulations",
    "p50": "Median of the simulations",
    "p90": "90th percentile of the simulations",
    "prior": "Ratios that hold 95% of the prior",
    "printed": "Number as printed",
    "recomputed": "The same computed again",
    "rows_read": "Rows read",
    "rows_landed": "Rows landed",
    "rows_rejected": "Rows rejected",
    "rate_ratio": "Rate ratio",
    "followed_months": "Longest follow-up, months",
    "kaplan_meier_median": "Median by Kaplan-Meier, months",
    "hazard_per_100_person_years": "Hazard by the model, deaths per 100 person-years",
    "survival_at": "Share alive by the model",
    "kaplan_meier_at": "Share alive by Kaplan-Meier",
    "month": "Month",
    "modelled": "Share alive by the model",
    "kaplan_meier": "Share alive by Kaplan-Meier",
    "aic": "AIC",
    "meanlog": "Mean of the logarithm of months",
    "sdlog": "SD of the logarithm of months",
}
"""By the last field of a place that is not the end of an interval."""

OF_A_BLOCK = {
    ("competing", "n"): "People event-free when second primaries start to count",
    ("competing", "events"): "Second primaries",
    ("competing", "hr"): "Subdistribution hazard ratio",
    ("shrunken", "hr"): "Hazard ratio with the prior",
    ("shrunken", "estimate"): "E-value",
    ("era_ratios", "estimate"): "Ratio of the last era over the first",
    ("case_series", "n"): "Cases",
    ("horizons", "p_value"): "P value",
    ("parametric_survival", "median"): "Median by the model, months",
}
"""Where a field means something else below a block or a list of the results."""

HORIZONS = dict.fromkeys(("hazard_per_100_person_years", "survival_at", "kaplan_meier_at"), "after")
"""How a field is related to its horizon, where it does not count from the beginning up to it."""

BLOCKS = {
    "incidence_overall": "all years",
    "misfit": "where the model lies furthest outside Kaplan-Meier's 95% confidence interval",
    "latency": "latency in months",
    "gray": "Gray's test",
    "rate_ratio": "rate of the last era over that of the first",
    "ratio": "hospital over registry",
    "registry_ratio": "hospital over registry",
    "misclassification": "chemotherapy as recorded, corrected for misclassification",
    "institution": "hospital",
    "comparison": "hospital against registry",
    "median_with": "simulated with no effect: median of those with a later second cancer, months",
    "median_without": "simulated with no effect: median of those without, months",
    "hazard_ratio": "simulated with no effect: hazard ratio grouped by later second cancer",
    "naive": "hazard ratio, grouped by later second cancer",
    "time_dependent": "hazard ratio from the second cancer's diagnosis on",
    "time_dependent_adjusted": "hazard ratio from the second cancer's diagnosis on, adjusted",
    "chemotherapy": "hazard ratio of no/unknown chemotherapy",
    "chemotherapy_firth": "hazard ratio of no/unknown chemotherapy, Firth's penalty",
    "cohort": "conventional cohort",
}
"""What a field on the way says of those below it."""


def describe(place: str, document: Document, study: Study) -> tuple[str, str]:
    """What the number at a canonical place is, and of whom or of what.

    Raises expressions.NotThere where the results have nothing on the way.
    """
    steps = STEP.findall(place)
    names = [name for name, _ in steps if name]
    around: list[str] = []
    path = ""
    last = len(steps) - 1
    for at, (name, chosen) in enumerate(steps):
        if chosen and not (at == last and chosen in ENDS):
            key = names_before(steps, at)
            row = find_value(f"{path}[{chosen}]", document)
            around.append(_row_words(key, row, chosen, study))
            path += f"[{chosen}]"
        elif name:
            path = f"{path}.{name}" if path else name
            if at and name in BLOCKS and at < last:
                around.append(BLOCKS[name])
    if names[0] in BLOCKS:
        around.insert(0, BLOCKS[names[0]])
    return _field_words(steps, names, document), ": ".join(dict.fromkeys(text for text in around if text))


def names_before(steps: list[tuple[str, str]], at: int) -> str:
    """The key of the list in which a step chooses."""
    return next(name for name, _ in reversed(steps[:at]) if name)


def _field_words(steps: list[tuple[str, str]], names: list[str], document: Document) -> str:
    end = ENDS.get(steps[-1][1], "") if not steps[-1][0] else ""
    name = names[-1]
    if name.isdecimal():  # a horizon in months
        horizon, name = name, names[-2]
        years = f" {HORIZONS.get(name, 'by')} {counted(int(horizon) // 12, 'year')}"
    else:
        years = ""
    if end and (INTERVALS.search(name) or name in METHODS or name in ("interval", "at_ci")):
        method = f", {METHODS[name]}" if name in METHODS else ""
        kind = "95% interval" if names[0] in ("shrunken", "misclassification") else "95% confidence interval"
        return f"{kind}{method}{years}, {end}"
    block = next((words for key in reversed(names[:-1]) if (words := OF_A_BLOCK.get((key, name)))), None)
    words = block or FIELDS.get(name) or sentence(name.replace("_", " "))
    if names[0] == "contrasts" and name == "estimate":
        words = sentence(str(find_value(f"contrasts[{steps[1][1]}]", document)["measure"]))
    return f"{words}{years}" + (f", {end}" if end else "")


def _row_words(key: str, row: Any, chosen: str, study: Study) -> str:
    """What a row of a list is called."""
    maker = ROWS.get(key)
    if maker:
        return maker(row, study)
    if isinstance(row, dict):
        named = [str(value) for value in row.values() if isinstance(value, str)]
        return named[0] if named else f"row {int(chosen) + 1}" if chosen.isdecimal() else chosen
    return ""


def _term(row: dict[str, Any], study: Study) -> str:
    against = f" against {level_label(row['reference'])}" if row.get("reference") else ""
    return f"{variable_label(study, row['variable'])}, {level_label(row['level'])}{against}"


def _level(row: dict[str, Any], study: Study) -> str:
    table = 1 if "denominator_with" in row else None
    return f"{variable_label(study, row['variable'], table=table)}, {level_label(row['level'])}"


def _test(row: dict[str, Any], study: Study) -> str:
    if "test" not in row:  # one of a family of tests
        return str(row["what"]).replace("_", " ")
    about = str(row.get("variable") or row.get("dimension") or "")
    test = test_label(row["test"])
    return f"{variable_label(study, about, table=1)}, {test}" if about else test


def _stratum(row: dict[str, Any], study: Study) -> str:
    dimension = next(iter(row["stratum"]), None)
    about = f"{variable_label(study, str(dimension), table=1)}, " if dimension not in (None, "from") else ""
    return f"{about}{stratum_label(study, row['stratum'])}"


def _curve(row: dict[str, Any], study: Study) -> str:
    titles: dict[Any, str] = {**SURVIVAL_TITLES, **COMPETING_TITLES}
    return titles[row["id"]].format(index=study.index_short_label, second=study.second_short_label)


def _modelled(row: dict[str, Any], study: Study) -> str:
    level = "" if row["level"] == "all" else f", {row['level']}"
    return f"survival model, {_curve(row, study)}{level}"


def _variant(row: dict[str, Any], study: Study) -> str:
    setting = row["setting"]
    return "the study itself" if setting is None else f"{setting_key(setting)} = {row['value']}"


def _latency(row: dict[str, Any], study: Study) -> str:
    if "method" in row:
        return f"latency from {row['method'].replace('_', ' ')}"
    return f"diagnosed {row['era']}"


def _corrected(row: dict[str, Any], study: Study) -> str:
    shares = (row["sensitivity"], row["sensitivity_in_cases"], row["ppv"])
    return "found {:.0%}, {:.0%} with the second primary; {:.0%} of “Yes” given it".format(*shares)


ROWS: dict[str, Callable[[dict[str, Any], Study], str]] = {
    "attrition": lambda row, study: f"rule {row['step']}, {row['rule']}",
    "flow": lambda row, study: f"rule {row['step']}, {row['rule']}",
    "definitions": lambda row, study: f"definition “{row['definition'].replace('_', ' ')}”",
    "table1": _level,
    "table1_unknown": lambda row, study: f"{variable_label(study, row['variable'], table=1)}, not known",
    "table1_numeric": lambda row, study: (
        f"{variable_label(study, row['variable'])}, {level_label(row['group'])}"
    ),
    "numeric": lambda row, study: variable_label(study, row["variable"]),
    "table1_tests": _test,
    "latency_tests": _test,
    "sir_tests": _test,
    "tests": _test,
    "wald": lambda row, study: f"{variable_label(study, row['variable'])}, all its levels (Wald)",
    "proportional_hazards": lambda row, study: f"proportional hazards, {row['variable']}",
    "eras": lambda row, study: f"diagnosed {row['era']}",
    "era_ratios": lambda row, study: f"{row['numerator']} over {row['denominator']}, {row['label']}",
    "sir": _stratum,
    "survival": _curve,
    "competing": _curve,
    "parametric_survival": _modelled,
    "fits": lambda row, study: f"{row['model']} model",
    "strata": lambda row, study: level_label(row["level"]),
    "cox": lambda row, study: model_label(study, CoxId.of_text(row["id"])),
    "terms": _term,
    "groups": _level,
    "detectable": _level,
    "horizons": lambda row, study: f"by {row['months'] // 12} years",
    "windows": lambda row, study: f"everybody followed for {row['window_months'] // 12} years",
    "contrasts": lambda row, study: f"{row['question']}: {row['estimator']}",
    "shrunken": lambda row, study: (
        f"{_term(row, study)}, prior 1/{short(1 / row['prior'][0])} to {short(row['prior'][1])}"
    ),
    "grid": _corrected,
    "draws": lambda row, study: f"record {row['record']}",
    "case_series": lambda row, study: f"{row['group']} cases",
    "cases": lambda row, study: "one case of the hospital, as its file gives it",
    "published": lambda row, study: f"{row['where']}, {row['what']}",
    "inputs": lambda row, study: str(row["path"]),
    "latencies": _latency,
    "warnings": lambda row, study: row["expectation"],
    "rejected": lambda row, study: f"{row['file_name']}: {row['reason'].replace('_', ' ')}",
    "rows": _variant,
}
"""By the key of the list."""
