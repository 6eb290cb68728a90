"""A results.json with the paper's printed margins and made-up everything else. Nobody in it exists."""

from __future__ import annotations

import copy
import math
from typing import Any

ERA_1, ERA_2 = "1975-2002", "2003-2018"
SHA = "5" * 64

TABLE_1 = {
    "sex": {"Male": (35067, 10), "Female": (29544, 8)},
    "race": {"White": (49117, 12), "Black": (11296, 5), "Other": (3974, 1)},
    "marital_status": {"Married": (36886, 12), "Other": (23843, 4)},
    "era": {ERA_1: (31981, 8), ERA_2: (32630, 10)},
    "chemotherapy": {"Yes": (40197, 16), "No/Unknown": (24414, 2)},
}
STEPS = (45812, 3, 3, 0, 7, 4, 2)
CASE_TEXT = "t(4;14) in one patient only"


def results(**changes: Any) -> dict[str, Any]:
    """The whole document; `changes` replace top-level keys."""
    made = {
        "schema_version": 1,
        "study": {
            "name": "mm_sall",
            "title": "Second leukaemia after myeloma",
            "index_label": "multiple myeloma",
            "index_short_label": "MM",
            "second_label": "acute lymphoblastic leukaemia",
            "second_short_label": "ALL",
            "min_latency_months": 12,
        },
        "run": {
            "id": "1",
            "warehouse_release": "r0123456789ab",
            "inputs": [{"path": "made_up.txt", "sha256": SHA, "is_synthetic": True}],
        },
        "data": {"is_synthetic": True},
        "attrition": attrition(64_629),
        "cohort": {"n_index": 64_629, "n_second": 18, "n_without_second": 64_611},
        "definitions": [
            {"definition": "primary", "is_selected": True, "n_second": 18},
            {"definition": "broad", "is_selected": False, "n_second": 21},
        ],
        "table1": table1(TABLE_1),
        "table1_numeric": [
            numeric("age_at_index_years", "without", 64_611, 68.06),
            numeric("age_at_index_years", "with", 18, 57.94),
            numeric("latency_months", "with", 9, 58.5),
        ],
        "table1_tests": [
            comparison("sex", "pearson_chi2", 0.0119),
            comparison("age_at_index_years", "student_t", 3.69),
        ],
        "eras": [
            era(ERA_1, 31_989, 8, 99_620.7, at_risk=24_108),
            era(ERA_2, 32_640, 10, 90_092.2, at_risk=25_003),
        ],
        "incidence_overall": era("all", 64_629, 18, 189_712.9, at_risk=49_111),
        "latency_tests": [{"test": "student_t", "statistic": 0.66, "df": 16.0, "p_value": 0.52}],
        "latency_points": [{"era": ERA_1, "latency_months": 19}],
        "survival": [
            analysis("os_from_index", {"all": (64_629, 50_512)}),
            analysis("os_from_index_by_second", {"without": (64_611, 50_498), "with": (18, 14)}),
            analysis("os_from_index_by_era", {ERA_1: (31_989, 31_426), ERA_2: (32_640, 19_086)}),
            analysis("os_from_second", {"all": (18, 14)}, origin="second"),
        ],
        "cox": [
            model("second_univariate:sex", 18, 14, [("sex", "Male", "Female")]),
            model("index_naive", 64_629, 50_512, [("second_primary", "with", "without")]),
        ],
        "competing": [
            {
                "id": "second_primary_by_era",
                "strata": [competing(ERA_1, 24_108, 8, 23_540), competing(ERA_2, 25_003, 10, 12_080)],
                "gray": {"p_value": 0.5},
            }
        ],
        "sir": [
            incidence({}, 18, 189_712.9),
            incidence({"from": "diagnosis"}, 18, 240_715.5),
            incidence({"sex": "Female"}, 8, 90_557.8),
            incidence({"sex": "Male"}, 10, 99_155.1),
            incidence({"attained_age": "under 60"}, 7, 60_000.0),
            incidence({"attained_age": "60-89"}, 9, 129_000.0),
            incidence({"attained_age": "90-94"}, 2, 700.0),
            incidence({"attained_age": "95+"}, 0, 12.9),
        ],
        "institution": {
            "n_index": 1_529,
            "n_second": 3,
            "cases": [{"patient_id": "HOSP-77", "fish": CASE_TEXT}],
            "flow": [],
        },
        "contrasts": [{"question": "?", "estimate": 125.0}],
        "published": [{"where": "Abstract", "printed": "18", "recomputed": 18, "verdict": "agrees"}],
    }
    return copy.deepcopy(made | changes)


def table1(counts: dict[str, dict[str, tuple[int, int]]]) -> list[dict[str, Any]]:
    return [
        {
            "variable": variable,
            "level": level,
            "n_without": without,
            "denominator_without": sum(n for n, _ in levels.values()),
            "n_with": second,
            "denominator_with": sum(n for _, n in levels.values()),
        }
        for variable, levels in counts.items()
        for level, (without, second) in levels.items()
    ]


def attrition(n_index: int) -> list[dict[str, Any]]:
    """The screening steps, from the cohort backwards."""
    left, steps = n_index, []
    for at, removed in reversed(list(enumerate(STEPS, start=1))):
        steps.append(
            {"step": at, "rule": f"rule {at}", "reason": "", "n_in": left + removed, "n_removed": removed,
             "n_left": left}
        )  # fmt: skip
        left += removed
    return steps[::-1]


def numeric(variable: str, group: str, n: int, mean: float) -> dict[str, Any]:
    return {"variable": variable, "group": group, "n": n, "mean": mean, "sd": 9.37, "median": 59.0,
            "min": 44.125, "max": 72.125}  # fmt: skip


def comparison(variable: str, name: str, statistic: float) -> dict[str, Any]:
    return {"variable": variable, "test": name, "statistic": statistic, "df": 1.0, "p_value": 0.91}


def era(
    name: str, n_index: int, n_second: int, person_years: float, *, at_risk: int = 0, observed: int = 0
) -> dict[str, Any]:
    """at_risk, observed: of the corrected cohort; by default it has the second primaries of the published."""
    return {"era": name, "n_index": n_index, "n_second": n_second,
            "n_index_at_risk": at_risk or n_index, "observed": observed or n_second,
            "person_years": person_years, "proportion": n_second / n_index,
            "latency": {"n": n_second, "median": 74.5, "min": 19.0}}  # fmt: skip


def analysis(id: str, groups: dict[str, tuple[int, int]], origin: str = "index") -> dict[str, Any]:
    return {
        "id": id,
        "origin": origin,
        "strata": [
            {"level": level, "n": n, "events": events, "median": 34.0, "curve": curve(n, events),
             "risk_table": {"time": [0.0, 60.0, 120.0], "at_risk": [n, n // 3, n // 9]}}
            for level, (n, events) in groups.items()
        ],
        "tests": [{"test": "logrank", "statistic": 5.6, "df": 1.0, "p_value": 0.0178}]
        if len(groups) > 1
        else [],
    }  # fmt: skip


def curve(n: int, events: int) -> dict[str, list[float]]:
    """Deaths thinning out over 240 months, nobody censored before the end."""
    made: dict[str, list[float]] = {"time": [], "survival": [], "at_risk": [], "events": []}
    dead = 0
    for month in range(1, 241):
        by_now = round(events * (1 - math.exp(-month / 50)) / (1 - math.exp(-240 / 50)))
        if by_now > dead:
            made["time"].append(float(month))
            made["at_risk"].append(n - dead)
            made["events"].append(by_now - dead)
            made["survival"].append(1 - by_now / n)
            dead = by_now
    return made


def model(id: str, n: int, events: int, compared: list[tuple[str, str, str | None]]) -> dict[str, Any]:
    terms = [
        {"variable": variable, "level": level, "reference": reference, "coef": -0.7, "se": 0.61,
         "hr": 0.478449, "hr_ci": [0.143829, 1.58], "p_value": 0.2293}
        for variable, level, reference in compared
    ]  # fmt: skip
    return {"id": id, "outcome": "death", "n": n, "events": events, "n_dropped": 0, "terms": terms}


def competing(level: str, n: int, seconds: int, deaths: int) -> dict[str, Any]:
    return {"level": level, "n": n, "events": seconds, "competing_events": deaths,
            "curve": {"time": [60.0], "cif": [0.0002], "std_error": [0.0001],
                      "at_risk": [n], "events": [seconds]}}  # fmt: skip


def incidence(stratum: dict[str, str], observed: int, person_years: float) -> dict[str, Any]:
    return {"stratum": stratum, "observed": observed, "expected": 2.5325, "person_years": person_years,
            "sir": observed / 2.5325, "observed_without_reference": 0}  # fmt: skip
