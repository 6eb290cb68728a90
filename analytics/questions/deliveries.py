"""What did nobody look for, so that neither a zero nor a comparison can be told?

An item that no delivery holds has no value in anybody. Its counts would read "0 of 0" and its tests compare
nothing, so every number that rests on it is withheld: null, with the state "not_delivered" and the reason. A
number that was asked for and could not be estimated keeps null, with the state "not_estimable" and why.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from typing import Any

from analytics.questions.contrasts import CORRECTED, ERA, TREATMENT
from analytics.results import Contrast
from analytics.results_states import NOT_DELIVERED, NOT_ESTIMABLE, VALUE, NotDelivered, ReferenceRates
from analytics.warehouse.marts import Marts
from analytics.warehouse.study import Study

Row = dict[str, Any]
Results = dict[str, Any]

SECOND = "second_cancer"
RATES = "reference_rates"
COVARIATES = {
    "sex": ("Sex", "Sex"),
    "race": ("Race", "Race recode (White, Black, Other)"),
    "marital_status": ("Marital status", "Marital status at diagnosis"),
    "chemotherapy": ("Chemotherapy", "Chemotherapy recode (yes, no/unk)"),
}
"""What each item is called, and the column of a case listing that holds it."""

FOLLOW_UP = {
    "survival_months": ("How long people were followed", "Survival months"),
    "vital_status": ("Who died", "Vital status recode (study cutoff used)"),
}
NO_EVENT = "There is no second primary to compare."
NOT_REACHED = "More than half were alive when last seen: the median is not reached."
NO_ESTIMATE = "It could not be estimated from these data."
ONE_ERA = "The study has one era: there is nothing to compare it with."
NO_TREATMENT = "No two groups of treatment with deaths among them can be compared."


@dataclass(frozen=True, slots=True)
class Deliveries:
    """The items that no delivery holds, by name, and the state of the reference rates."""

    absent: dict[str, NotDelivered]
    rates: ReferenceRates

    def reason(self, *items: str) -> str | None:
        """Why there is nothing about these items, with what to deliver; None where all were delivered."""
        found = [self.absent[item] for item in items if item in self.absent]
        return " ".join(f"{each.reason} {each.remedy}" for each in found) or None


def deliveries(marts: Marts, study: Study) -> Deliveries:
    """What was delivered, as the warehouse states it."""
    absent = {
        row["item"]: _absent(row["item"], study)
        for row in marts.delivered_items().to_dicts()
        if not row["is_delivered"]
    }
    row = marts.reference_coverage().row(0, named=True)
    return Deliveries(absent, ReferenceRates(row["state"], row["reason"], row["note"]))


def _absent(item: str, study: Study) -> NotDelivered:
    if item == SECOND:
        return NotDelivered(
            item,
            f"No row of anybody delivered has the codes of {study.second_label}, so nobody looked for it.",
            "Check the codes of the study, and deliver every tumour of each person, not only "
            f"{study.index_label}.",
        )
    name, column = (COVARIATES | FOLLOW_UP)[item]
    return NotDelivered(
        item, f"{name} was not delivered.", f"Deliver the case listing again with “{column}”."
    )


def not_delivered(found: Deliveries) -> tuple[NotDelivered, ...]:
    """Every item that was not delivered, the reference rates last."""
    rows = tuple(found.absent.values())
    if found.rates.state != NOT_DELIVERED:
        return rows
    return (*rows, NotDelivered(RATES, found.rates.reason or "", ""))


def with_states(results: Results, found: Deliveries) -> Results:
    """The plain results with `state` and `reason` in every row that answers, and false numbers taken out."""
    stated = dict(results)
    for item in COVARIATES:
        if reason := found.reason(item):
            stated |= _without_covariate(stated, item, reason)
    if reason := found.reason(*FOLLOW_UP):
        stated |= {
            key: [_emptied(row, reason) for row in stated[key]] for key in ("survival", "cox", "competing")
        }
    if reason := found.reason(SECOND):
        stated |= _without_second(stated, reason)
    windows = [_compared(window) for window in stated["fair_eras"]["windows"]]
    stated["fair_eras"] = stated["fair_eras"] | {"windows": windows}
    stated["contrasts"] = [*_of_population(stated), *_unanswered(stated, found)]
    for key, has_value in ANSWERS.items():
        if isinstance(stated[key], dict):
            stated[key] = _stated(stated[key], has_value(stated[key]), stated)
        else:
            stated[key] = [_stated(row, has_value(row), stated) for row in stated[key]]
    return stated


def _p_value(row: Row) -> bool:
    return row["p_value"] is not None


def _fitted(model: Row) -> bool:
    """Whether a model answers: of the second primary where it was asked about, not of what it adjusts for."""
    asked = [term for term in model["terms"] if term["variable"] == "second_primary"]
    return any(term["hr"] is not None for term in asked or model["terms"])


def _estimated(row: Row) -> bool:
    """A median that is not reached is told by its lower limit."""
    return row["estimate"] is not None or (
        row.get("source", "").startswith("survival:") and _has_lower_limit(row)
    )


def _has_lower_limit(row: Row) -> bool:
    """A ratio to nothing has no value, but a lower limit and a P."""
    return bool(row["ci"][0])


ANSWERS: dict[str, Callable[[Row], bool]] = {
    "table1": lambda row: row["denominator_without"] is not None,
    "definitions": lambda row: row["n_second"] is not None,
    "table1_unknown": lambda row: row["n_without"] is not None,
    "table1_tests": _p_value,
    "eras": lambda row: row["proportion"] is not None,
    "incidence_overall": lambda row: row["proportion"] is not None,
    "era_ratios": _estimated,
    "latency_tests": _p_value,
    "survival": lambda row: bool(row["strata"]),
    "cox": _fitted,
    "competing": lambda row: bool(row["strata"]),
    "sir_tests": _p_value,
    "contrasts": _estimated,
}
"""The rows that answer, and when they do. Rows of observed over expected say it themselves."""


def _stated(row: Row, has_value: bool, results: Results) -> Row:
    """A row with its state; without an estimate or a lower limit there is no P of it either."""
    if "state" in row:
        return row
    if has_value:
        return row | {"state": VALUE, "reason": None}
    nothing = {} if "ci" in row and _has_lower_limit(row) else {"p_value": None, "ci": [None, None]}
    return (
        row
        | {name: nothing[name] for name in nothing if name in row}
        | {"state": NOT_ESTIMABLE, "reason": _why(row, results)}
    )


def _why(row: Row, results: Results) -> str:
    """Why a row has no estimate: its own note, that of the model a contrast repeats, or that there is no
    second primary. The method of a ratio that has no value, a contrast's note, says why."""
    kind, _, id = row.get("source", "").partition(":")
    if kind == "survival":
        return NOT_REACHED
    if kind == "cox":
        return next((model["reason"] for model in results["cox"] if model["id"] == id), None) or NO_ESTIMATE
    if kind in ("era_ratios", "fair_eras") or "numerator" in row:
        if not results["cohort"]["n_second"]:
            return NO_EVENT
        return row.get("method") or row.get("note") or NO_ESTIMATE
    return row.get("note") or NO_ESTIMATE


def _withheld(row: Row, reason: str, kept: Iterable[str] = ()) -> Row:
    """A row without its numbers: null for a number, no rows for a list of rows, (null, null) for limits."""
    left = {name: value if name in kept else _nothing(name, value) for name, value in row.items()}
    noted = {"note": reason} if "note" in row else {}
    return left | noted | {"state": NOT_DELIVERED, "reason": reason}


def _nothing(name: str, value: Any) -> Any:
    if isinstance(value, list):
        return [None, None] if name.endswith("ci") else []
    if isinstance(value, dict):
        return {key: _nothing(key, item) for key, item in value.items()}
    return value if isinstance(value, str) else None


EMPTY: Row = {
    "strata": [], "tests": [], "terms": [], "wald": [], "proportional_hazards": [], "gray": None,
    "fine_gray": {"terms": []}, "loglik": None, "loglik_null": None, "events_per_parameter": None,
    "card": None,
}  # fmt: skip


def _emptied(row: Row, reason: str) -> Row:
    """An analysis that keeps its name and its place, with nothing in it."""
    nothing = {name: empty for name, empty in EMPTY.items() if name in row}
    return row | nothing | {"note": reason, "state": NOT_DELIVERED, "reason": reason}


def _without_covariate(results: Results, item: str, reason: str) -> Results:
    """Nobody has a value of the item: no counts of it, no test, no curve; models say that they lack it."""
    changed: Results = {
        key: [_withheld(row, reason) if row["variable"] == item else row for row in results[key]]
        for key in ("table1", "table1_unknown", "table1_tests")
    }
    changed["competing"] = [
        _emptied(row, reason) if row["id"].endswith(f"_by_{item}") else row for row in results["competing"]
    ]
    left_out = f"{COVARIATES[item][0]} was not delivered and is no covariate here."
    changed["cox"] = [
        row | {"note": " ".join(filter(None, (row["note"], left_out)))} if _might_hold(row, item) else row
        for row in results["cox"]
    ]
    return changed


def _compared(window: Row) -> Row:
    """A window of equal follow-up; no second primary in it is no comparison, so that its P goes."""
    ratio = window["rate_ratio"]
    if ratio is None or _estimated(ratio) or _has_lower_limit(ratio):
        return window
    return window | {"rate_ratio": ratio | {"p_value": None, "ci": [None, None]}}


def _of_population(results: Results) -> list[Row]:
    """The contrasts, the one with the population in the state of the ratio that it repeats."""
    whole = next((row for row in results["sir"] if not row["stratum"]), None)
    if whole is None or whole["state"] == VALUE:
        return results["contrasts"]
    said = {"state": whole["state"], "reason": whole["reason"], "note": whole["reason"]}
    return [said | row if "state" in row else row | said if row["source"] == "sir" else row
            for row in results["contrasts"]]  # fmt: skip


def _unanswered(results: Results, found: Deliveries) -> list[Row]:
    """A row for each question to which no estimator had an answer."""
    asked = {row["question"] for row in results["contrasts"]}
    rows = []
    if ERA not in asked:
        rows.append(_no_answer(ERA, "rate per person-year", "ratio", "era_ratios", NOT_ESTIMABLE,
                               ONE_ERA if len(results["eras"]) < 2 else NO_ESTIMATE))  # fmt: skip
    if TREATMENT not in asked:
        reason = found.reason(SECOND) or found.reason("chemotherapy")
        state = NOT_DELIVERED if reason else NOT_ESTIMABLE
        rows.append(_no_answer(TREATMENT, "Cox with Firth's penalty, profile limits", "hazard ratio",
                               "cox:second_multivariable_firth", state, reason or NO_TREATMENT))  # fmt: skip
    return rows


def _no_answer(question: str, estimator: str, measure: str, source: str, state: str, reason: str) -> Row:
    nothing = Contrast(question, estimator, CORRECTED, measure, None, source=source, note=reason)
    return asdict(nothing) | {"ci": [None, None], "state": state, "reason": reason}


MULTIVARIABLE = {
    "second_multivariable": ("sex", "race", "chemotherapy"),
    "index_time_dependent_adjusted": ("sex", "race"),
}
"""The covariates, delivered or not, of the models that have several; by the beginning of their names."""


def _might_hold(model: Row, item: str) -> bool:
    return any(
        model["id"].startswith(name) and item in covariates for name, covariates in MULTIVARIABLE.items()
    )


def _without_second(results: Results, reason: str) -> Results:
    """The index cancer's patients remain; nothing is told of who fell ill again, not even a zero."""
    changed: Results = {
        key: [_withheld(row, reason, kept) for row in results[key]]
        for key, kept in {
            "table1": (), "table1_unknown": (), "table1_tests": (), "eras": ("n_index",), "era_ratios": (),
            "latency_tests": (), "contrasts": (),
        }.items()
    }  # fmt: skip
    changed["definitions"] = [
        row if row["n_second"] else _withheld(row, reason, ("is_selected",)) for row in results["definitions"]
    ]
    changed["incidence_overall"] = _withheld(results["incidence_overall"], reason, ("n_index",))
    changed["cohort"] = {**results["cohort"], "n_second": None, "n_without_second": None}
    changed["table1_numeric"] = []
    changed["cox"] = [_emptied(row, reason) for row in results["cox"]]
    changed["competing"] = [_emptied(row, reason) for row in results["competing"]]
    changed["survival"] = [
        _emptied(row, reason) if "second" in row["id"] else row for row in results["survival"]
    ]
    changed["fair_eras"] = {"horizons": [], "windows": [], "truncation": None, "reason": reason}
    changed["latency_points"], changed["shrunken"], changed["sir_tests"] = [], [], []
    changed["misclassification"] = None
    changed["null_bands"] = {"immortal_time": None, "latency": None}
    hospital = results["institution"]
    changed["institution"] = hospital | {"registry_ratio": None, "comparison": None, "case_series": []}
    return changed
