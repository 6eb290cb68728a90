"""The answer on one screen of a terminal: at most 24 lines of 80 columns."""

from __future__ import annotations

import textwrap
from collections import Counter
from typing import Any

from analytics.render.formats import (
    between,
    count,
    decimal,
    months,
    or_state,
    p_is,
    p_value,
    per_100k,
    ratio,
    with_limits,
)
from analytics.render.lookup import first, only_term, stratum, the

WIDTH, HEIGHT = 80, 24
NAMES = 17
Results = dict[str, Any]


def one_screen(results: Results) -> str:
    """The cohort, the published numbers and the corrected ones, from results.json."""
    study, cohort = results["study"], results["cohort"]
    second = study["second_short_label"]
    lines = [*textwrap.wrap(study["title"], WIDTH)[:1], ""]
    if results["data"]["is_synthetic"]:
        lines[1] = "SYNTHETIC DATA: nobody below exists."
    if cohort["n_second"] is None:
        lines += _row("cohort", f"{count(cohort['n_index'])} with {study['index_short_label']}; "
                                f"later {second}: not delivered")  # fmt: skip
    else:
        lines += _row("cohort", f"{count(cohort['n_index'])} with {study['index_short_label']}, of whom "
                                f"{count(cohort['n_second'])} later had {second}")  # fmt: skip
    for era in results["eras"][:4] if cohort["n_second"] is not None else ():
        lines += _row(f"  {era['era']}", f"{count(era['n_second'])} of {count(era['n_index'])} = "
                      f"{per_100k(era['proportion'])} in 100,000 "
                      f"({between(era['proportion_ci'], per_100k)})")  # fmt: skip
    overall = results["incidence_overall"]
    if overall["rate_per_100k"] is not None:
        lines += _row(
            "rate",
            f"{with_limits(overall['rate_per_100k'], overall['rate_ci'], decimal)} in 100,000 person-years",
        )
    whole = results["sir"][0]
    if whole["state"] != "value":
        seen = "" if whole["observed"] is None else f"{count(whole['observed'])} observed; "
        lines += _row("observed/expected", f"{seen}{or_state('', whole)}: {whole['reason']}")
    else:
        early = first(results["sir"], stratum={"from": "diagnosis"})
        lines += _row("observed/expected",
                      f"{count(whole['observed'])}/{decimal(whole['expected'], 2)} = "
                      f"{with_limits(whole['sir'], whole['sir_ci'])}"
                      + (f"; {ratio(early['sir'])} counted from diagnosis" if early else "")
                      + (f". {note}" if (note := results["reference_rates"]["note"]) else ""))  # fmt: skip
    lines += _latency(results) + _survival(results) + _hazards(results)
    hospital = results["institution"]
    if hospital["n_index"]:
        lines += _row(
            "hospital",
            f"{count(hospital['n_second'])} of {count(hospital['n_index'])}"
            + (
                f", {ratio(hospital['registry_ratio']['estimate'])} times the registry's proportion"
                if (hospital["registry_ratio"] or {}).get("estimate") is not None
                else ""
            ),
        )
    lines += _verdicts(results)
    return "\n".join(line.rstrip() for line in lines[:HEIGHT])


def _row(name: str, text: str) -> list[str]:
    """A name and its text; long text goes on below itself."""
    wrapped = textwrap.wrap(text, WIDTH - NAMES - 2) or [""]
    return [f"{name:<{NAMES}}  {wrapped[0]}", *(" " * (NAMES + 2) + line for line in wrapped[1:])]


def _latency(results: Results) -> list[str]:
    eras = [row for row in results["eras"] if row["latency"]["median"] is not None]
    if not eras:
        return []
    test = first(results["latency_tests"], test="student_t")
    text = ", ".join(f"{months(row['latency']['median'])} ({row['era']})" for row in eras[:3])
    return _row("latency, months", text + (f"; {p_is(test['p_value'])}" if test else ""))


def _survival(results: Results) -> list[str]:
    study = results["study"]
    index, second = study["index_short_label"], study["second_short_label"]
    method = "spss" if study["engine"].startswith("spss") else "loglog"
    groups = [(f"from {index}, all", "os_from_index", "all")]
    groups += [(f"  {era['era']}", "os_from_index_by_era", era["era"]) for era in results["eras"][:4]]
    groups += [(f"  without {second}", "os_from_index_by_second", "without"),
               (f"  with {second} *", "os_from_index_by_second", "with"),
               (f"from {second}", "os_from_second", "all")]  # fmt: skip
    lines = ["median survival, months (95% CI as published)"]
    for name, analysis, level in groups:
        found = stratum(results, analysis, level)
        if found:
            middle = "not reached" if found["median"] is None else months(found["median"])
            limits = between(found["median_ci"].get(method), decimal)
            lines += _row(name, f"{middle:>6}  ({limits})")
    return lines


def _hazards(results: Results) -> list[str]:
    second = results["study"]["second_short_label"]
    lines = []
    naive, exposed = only_term(results, "index_naive"), only_term(results, "index_time_dependent")
    if naive and exposed:
        lines += _row(
            f"* HR of {second}", f"{with_limits(naive['hr'], naive['hr_ci'])} grouped by the future"
        )
        lines += _row("", f"{with_limits(exposed['hr'], exposed['hr_ci'])} from its diagnosis on, "
                          f"P {p_value(exposed['p_value'])}")  # fmt: skip
    plain = only_term(results, "second_multivariable", "chemotherapy")
    firth = only_term(results, "second_multivariable_firth", "chemotherapy")
    if firth:
        text = f"Firth {with_limits(firth['hr'], firth['hr_ci'])}"
        if plain:
            card = the(results["cox"], id="second_multivariable")["card"]
            text += f"; published {ratio(plain['hr'])}"
            text += ", cannot be carried" if card["verdict"] == "cannot_be_carried" else ""
        lines += _row("HR no/unk. chemo", text)
    elif first(results["not_delivered"], item="chemotherapy"):
        lines += _row("HR no/unk. chemo", "not delivered")
    return lines


def _verdicts(results: Results) -> list[str]:
    verdicts = Counter(row["verdict"] for row in results["published"])
    if not verdicts:
        return []
    return _row("published numbers", f"{len(results['published'])}: {verdicts['agrees']} agree, "
                f"{verdicts['differs']} differ, {verdicts['impossible']} impossible, "
                f"{verdicts['not_recomputable']} not recomputable")  # fmt: skip
