"""Deliveries put through the five stages on a fresh home, and what results.json then says."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import redirect_stderr
from dataclasses import asdict, dataclass
from functools import partial
from math import nan
from multiprocessing import get_context
from multiprocessing.pool import Pool
from pathlib import Path
from typing import Any

from analytics.answers import analyse
from analytics.results.json_file import plain
from analytics.results.run import Run as RunOfReport
from analytics.warehouse.marts import open_marts
from bench.simulation.answers import Answer
from bench.validation.delivery import DIALECTS, SHAPES
from bench.validation.world import Truth
from flows import stages
from flows.errors import AuditRefused
from flows.home import Home
from flows.integrity import lock
from flows.process import boundary
from flows.process.tool_settings import ARITHMETIC, apply

Results = dict[str, Any]
Number = dict[str, float | None]
AT_A_TIME = 2


@dataclass(frozen=True, slots=True)
class Run:
    """One registry of one truth as one delivery; `form` is a shape or a dialect."""

    form: str
    truth: Truth
    seed: int

    @property
    def key(self) -> str:
        return json.dumps(asdict(self), sort_keys=True)


def results_of(run: Run, keep: Callable[[Path, Results], Any]) -> dict[str, Any]:
    """Load, build, audit, publish and report; the exit code, what was said and what `keep` takes.

    Of a build that the audit refuses it is what the report would have said.
    """
    with tempfile.TemporaryDirectory(prefix="metachron-validation-") as place:
        home = Home.at(Path(place) / "home").prepare()
        # dbt and Great Expectations read the environment once: each process works for one home at a time.
        os.environ |= {"METACHRON_HOME": str(home.root)}
        apply(home)
        (SHAPES | DIALECTS)[run.form](home.inbox, run.truth, run.seed)
        try:
            with lock.single_writer(home), Path(os.devnull).open("w") as nobody, redirect_stderr(nobody):
                stages.load(home, [home.inbox])
                stages.build(home)
                stages.audit(home)
                release = stages.publish_build(home)
                report = stages.report(home)
        except AuditRefused as refused:
            with open_marts(home.build) as marts:
                results = plain(analyse(marts, RunOfReport("", "", 0.0, "", {}, (), "")))
            return {"exit": refused.exit_code, "said": refused.what, "kept": keep(home.build, results)}
        except Exception as failure:
            refusal = boundary.translate_failure(failure)
            return {"exit": refusal.exit_code, "said": refusal.paragraph()}
        results = json.loads(report.results.read_text(encoding="utf-8"))
        return {"exit": 0, "kept": keep(release.warehouse, results)}


def each(
    runs: Iterable[Run], cache: Path, keep: Callable[[Path, Results], Any], *, name: str
) -> Iterator[tuple[Run, dict[str, Any]]]:
    """Every run with its answer, two at a time; what `cache` already holds is not run again."""
    cache.mkdir(parents=True, exist_ok=True)
    file = cache / f"{name}.jsonl"
    lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    done = {line["key"]: line["answer"] for line in map(json.loads, lines)}
    runs = list(runs)
    missing = [run for run in runs if run.key not in done]
    with workers() as pool, file.open("a", encoding="utf-8") as kept:
        for run, answer in zip(missing, pool.imap(partial(results_of, keep=keep), missing), strict=True):
            done[run.key] = answer
            kept.write(json.dumps({"key": run.key, "answer": answer}) + "\n")
            kept.flush()
    return ((run, done[run.key]) for run in runs)


def workers() -> Pool:
    """Two processes, one thread of arithmetic each; fresh ones now and then: dbt keeps what it parsed."""
    os.environ |= ARITHMETIC
    return get_context("spawn").Pool(AT_A_TIME, maxtasksperchild=8)


def headline(_warehouse: Path, results: Results) -> dict[str, Any]:
    """The numbers of the whole-run table with their limits, None where the report gives none, and why."""
    return {name: found(results) for name, found in HEADLINES.items()} | {"said": why_no_ratio(results)}


def why_no_ratio(results: Results) -> str | None:
    """The sentence in place of ratios to the population, with what to deliver."""
    row = first(results.get("not_delivered"), lambda row: row["item"] == "reference_rates")
    return None if row is None else f"{row['reason']} {row['remedy']}"


def answer_of(number: Number) -> Answer:
    value, lower, upper = (nan if found is None else found for found in number.values())
    return Answer(value, lower, upper)


def number(row: dict[str, Any] | None, value: str, limits: str) -> Number:
    lower, upper = (row or {}).get(limits) or (None, None)
    return {"value": (row or {}).get(value), "lower": lower, "upper": upper}


def first(
    rows: Iterable[dict[str, Any]] | None, wanted: Callable[[dict[str, Any]], bool]
) -> dict[str, Any] | None:
    return next(filter(wanted, rows or ()), None)


def ratio_to_population(stratum: dict[str, str]) -> Callable[[Results], Number]:
    return lambda results: number(
        first(results["sir"], lambda row: row["stratum"] == stratum), "sir", "sir_ci"
    )


def ratio_of_eras(results: Results) -> Number:
    """Stratified by time since index and attained age; the crude one where there is no such row."""
    row = first(results["era_ratios"], lambda row: "stratified" in row["label"])
    return number(row, "estimate", "ci") if row else crude_ratio_of_eras(results)


def crude_ratio_of_eras(results: Results) -> Number:
    return number(
        first(results["era_ratios"], lambda row: row["label"] == "rate per person-year"), "estimate", "ci"
    )


def hazard_ratio(model: str) -> Callable[[Results], Number]:
    def found(results: Results) -> Number:
        fitted = first(results["cox"], lambda row: row["id"] == model)
        terms = first((fitted or {}).get("terms"), lambda term: term["variable"] == "second_primary")
        return number(terms, "hr", "hr_ci")

    return found


def incidence_at(months: str) -> Callable[[Results], Number]:
    def found(results: Results) -> Number:
        analysis = first(results["competing"], lambda row: row["id"] == "second_primary")
        strata = (analysis or {}).get("strata") or [{}]
        lower, upper = strata[0].get("at_ci", {}).get(months) or (None, None)
        return {"value": strata[0].get("at", {}).get(months), "lower": lower, "upper": upper}

    return found


HEADLINES: dict[str, Callable[[Results], Number]] = {
    "SIR from month 12": ratio_to_population({}),
    "SIR from diagnosis": ratio_to_population({"from": "diagnosis"}),
    "rate ratio of eras": ratio_of_eras,
    "crude rate ratio of eras": crude_ratio_of_eras,
    "headline hazard ratio": hazard_ratio("index_time_dependent_adjusted"),
    "crude time-dependent hazard ratio": hazard_ratio("index_time_dependent"),
    "cumulative incidence at 10 years": incidence_at("120"),
}
