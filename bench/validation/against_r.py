"""The numbers of a published release against R's, on the marts of the same release."""

from __future__ import annotations

import json
import math
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import polars as pl

from analytics.warehouse.marts import Marts, open_marts
from bench.validation.whole_runs import Results

SCRIPT = Path(__file__).with_suffix(".R")
TOLERANCE = 1e-6
CURVES = ("os_from_index_by_second", "os_from_index_by_era")
MODELS = ("index_naive", "index_time_dependent", "index_time_dependent_adjusted")
TESTS = ("pearson_chi2", "fisher_exact")
HORIZONS = ("60", "120", "180", "240")


def compared(warehouse: Path, results: Results) -> dict[str, Any]:
    """How many numbers were asked of R, and those that differ by more than TOLERANCE: name, ours, R's."""
    with tempfile.TemporaryDirectory() as place, open_marts(warehouse) as marts:
        hand_over(Path(place), marts, results)
        answer = subprocess.run(
            ["Rscript", "--vanilla", SCRIPT, place], capture_output=True, text=True, check=True
        )
    theirs, ours = json.loads(answer.stdout), ours_of(results)
    different = {
        name: (ours.get(name), value) for name, value in theirs.items() if not equal(ours.get(name), value)
    }
    return {"n": len(theirs), "n_second": results["cohort"]["n_second"], "different": different}


def hand_over(folder: Path, marts: Marts, results: Results) -> None:
    """The marts that the numbers are of, and the counts that the tests are of."""
    people = marts.index_patients()
    people.drop_nulls(["survival_months", "died"]).write_csv(folder / "patients.csv")
    latency = marts.study()["min_latency_months"][0]
    at_risk = marts.index_patients_corrected().filter(
        "is_at_risk", pl.col("first_event").is_not_null(), pl.col("months_to_first_event") >= latency
    )
    at_risk.write_csv(folder / "at_risk.csv")
    marts.survival_intervals().write_csv(folder / "intervals.csv")
    pl.DataFrame(results["table1"]).write_csv(folder / "table1.csv")
    pl.DataFrame(results["sir"]).select("observed", "expected").write_csv(folder / "sir.csv")


def ours_of(results: Results) -> dict[str, float | None]:
    """Our numbers under the names that the script gives R's."""
    ours: dict[str, float | None] = {}
    for analysis in results["survival"]:
        if analysis["id"] in CURVES:
            ours |= {f"median {analysis['id']} {row['level']}": row["median"] for row in analysis["strata"]}
            (test,) = analysis["tests"]
            ours |= {
                f"logrank {analysis['id']}": test["statistic"],
                f"logrank p {analysis['id']}": test["p_value"],
            }
    for model in results["cox"]:
        if model["id"] in MODELS:
            exposed = next(term for term in model["terms"] if term["variable"] == "second_primary")
            ours |= {f"{what} {model['id']}": exposed[what] for what in ("coef", "se")}
    incidence = next(analysis for analysis in results["competing"] if analysis["id"] == "second_primary")
    ours |= {f"incidence {at}": incidence["strata"][0]["at"][at] for at in HORIZONS}
    for place, row in enumerate(results["sir"], 1):
        lower, upper = row["sir_ci"]
        ours |= {f"sir {place}": row["sir"], f"sir lower {place}": lower, f"sir upper {place}": upper}
        ours[f"sir p {place}"] = row["p_value"]
    for test in results["table1_tests"]:
        if test["test"] in TESTS:
            ours[f"{test['test']} {test['variable']}"] = test["p_value"]
    return ours


def equal(ours: float | None, theirs: float | None) -> bool:
    """Both absent, or within TOLERANCE of each other, relatively."""
    if ours is None or theirs is None:
        return ours is theirs
    return math.isclose(ours, theirs, rel_tol=TOLERANCE, abs_tol=1e-12)
