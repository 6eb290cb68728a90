"""The answer on one screen of a terminal: at most 24 lines of 80 columns."""

from __future__ import annotations

import textwrap
from collections import Counter

from analytics.questions.incidence_by_era import STRATIFIED
from analytics.questions.model_card import TOO_FEW_EVENTS
from analytics.render.formats import (
    between,
    count,
    decimal,
    months,
    or_state,
    p_is,
    per_100k,
    ratio,
    with_limits,
)
from analytics.render.lookup import first, only_term, stratum
from analytics.render.tables.data_quality import audit_in_a_line
from analytics.render.tables.eras import too_few
from analytics.render.tables.population import without_rate
from analytics.results.document import Results
from analytics.results.ids import ADJUSTED, FIRTH, NAIVE, TOGETHER, UNADJUSTED, SurvivalId

WIDTH, HEIGHT = 80, 24
NAMES = 17


def one_screen(results: Results) -> str:
    """The corrected numbers, then the conventional ones, from results.json."""
    study, cohort = results.study, results.cohort
    second = study.second_short_label
    lines = [*textwrap.wrap(study.title, WIDTH)[:1], ""]
    if results.data.is_synthetic:
        lines[1] = "SYNTHETIC DATA: nobody below exists."
    if cohort.n_index is None:
        lines += _row("registry", "not delivered: see “What was not delivered” in the report")
        return _fitted([*lines, *_hospital(results)], [*_verdicts(results), *_audited(results)])
    if cohort.n_second is None:
        lines += _row("cohort", f"{count(cohort.n_index)} with {study.index_short_label}; "
                                f"later {second}: not delivered")  # fmt: skip
    overall = results.incidence_overall
    is_corrected = overall.observed is not None and overall.observed != cohort.n_second
    if is_corrected:
        lines += _row("corrected", f"{count(overall.observed)} later had {second}: nobody is left out for "
                                   "what came after")  # fmt: skip
    else:
        lines += _counted(results, "cohort")
    if overall.rate_per_100k is not None:
        lines += _row(
            "rate",
            f"{with_limits(overall.rate_per_100k, overall.rate_ci, decimal)} per 100,000 person-years",
        )
    lines += _eras(results)
    whole = results.sir[0]
    if whole.state != "value":
        seen = "" if whole.observed is None else f"{count(whole.observed)} observed; expected "
        lines += _row("observed/expected", f"{seen}{or_state('', whole)} (see the SIR section)")
    else:
        early = first(results.sir, stratum={"from": "diagnosis"})
        lines += _row("observed/expected",
                      f"{count(whole.observed)}/{decimal(whole.expected, 2)} = "
                      f"{with_limits(whole.sir, whole.sir_ci)}"
                      + (f"; {ratio(early.sir)} counted from diagnosis" if early else "")
                      + (f". {few}" if (few := without_rate(whole)) else "")
                      + (f". {note}" if (note := results.reference_rates.note) else ""))  # fmt: skip
    lines += _hazards(results)
    if is_corrected:
        lines += _counted(results, "conventional")
    lines += _survival(results)
    return _fitted([*lines, *_hospital(results)], [*_verdicts(results), *_audited(results)])


def _fitted(lines: list[str], last: list[str]) -> str:
    """As many lines as the screen has, `last` at its foot; where some are left out, a line says how many."""
    room = HEIGHT - len(last)
    if len(lines) > room:
        lines = [*lines[: room - 1], f"{len(lines) - room + 1} more lines stand in the report."]
    return "\n".join(line.rstrip() for line in [*lines, *last])


def _audited(results: Results) -> list[str]:
    return _row("audit", audit_in_a_line(results))


def _hospital(results: Results) -> list[str]:
    hospital, second = results.institution, results.study.second_short_label
    if not hospital.n_index:
        return []
    if hospital.n_second is None:
        known = "" if hospital.second_is_looked_for is False else "stated whether "
        return _row("hospital", f"{second}: not {known}looked for (see Hospital cases)")
    proportions = hospital.registry_ratio
    times = (
        f", {ratio(proportions.estimate)} times the registry's proportion"
        if proportions and proportions.estimate is not None
        else ""
    )
    return _row("hospital", f"{count(hospital.n_second)} of {count(hospital.n_index)}{times}")


def _row(name: str, text: str) -> list[str]:
    """A name and its text; long text goes on below itself."""
    wrapped = textwrap.wrap(text, WIDTH - NAMES - 2) or [""]
    return [f"{name:<{NAMES}}  {wrapped[0]}", *(" " * (NAMES + 2) + line for line in wrapped[1:])]


def _counted(results: Results, name: str) -> list[str]:
    """The conventional cohort and its eras; nothing where nobody looked for the second cancer."""
    study, cohort = results.study, results.cohort
    if cohort.n_second is None:
        return []
    lines = _row(name, f"{count(cohort.n_index)} with {study.index_short_label}, of whom "
                       f"{count(cohort.n_second)} later had {study.second_short_label}")  # fmt: skip
    for era in results.eras[:4]:
        lines += _row(f"  {era.era}", f"{count(era.n_second)} of {count(era.n_index)} = "
                      f"{per_100k(era.proportion)} per 100,000 "
                      f"({between(era.proportion_ci, per_100k)})")  # fmt: skip
    return lines


def _eras(results: Results) -> list[str]:
    """The ratio of rates within strata, and latencies in the longest window that eras share; else nothing."""
    lines = []
    rate = first(results.era_ratios, label=STRATIFIED)
    if rate and rate.estimate is not None and (few := too_few(results.eras, "observed")):
        lines += _row("  last/first era", few)
    elif rate and rate.estimate is not None:
        lines += _row("  last/first era", f"{with_limits(rate.estimate, rate.ci)} the rate, same age "
                                          "and time since")  # fmt: skip
    windows = results.fair_eras.windows
    ends = (windows[-1].eras[0], windows[-1].eras[-1]) if windows else ()
    if ends and all(era.latency_median is not None for era in ends):
        medians = ", ".join(f"{months(era.latency_median)} ({era.era})" for era in ends)
        p = "" if too_few(list(ends), "n_second") else f"; {p_is(windows[-1].latency_p_value)}"
        lines += _row("latency, months", f"{medians} within {windows[-1].window_months}{p}")
    return lines


def _survival(results: Results) -> list[str]:
    study = results.study
    index, second = study.index_short_label, study.second_short_label
    groups = [(f"from {index}, all", SurvivalId.FROM_INDEX, "all")]
    groups += [(f"  {era.era}", SurvivalId.BY_ERA, era.era) for era in results.eras[:4]]
    groups += [(f"  without {second}", SurvivalId.BY_SECOND, "without"),
               (f"  with {second}", SurvivalId.BY_SECOND, "with"),
               (f"from {second}", SurvivalId.FROM_SECOND, "all")]  # fmt: skip
    lines: list[str] = []
    for name, analysis, level in groups:
        group = stratum(results, analysis, level)
        if group:
            middle = "not reached" if group.median is None else months(group.median)
            limits = between(group.median_ci.get("loglog"), decimal)
            lines += _row(name, f"{middle:>6}  ({limits})")
    heading = "conventional cohort: median survival, months (log-log 95% CI)"
    return [heading, *lines] if lines else []


def _hazards(results: Results) -> list[str]:
    second = results.study.second_short_label
    lines = []
    name = f"HR of {second}"
    for model, words in (
        (ADJUSTED, "from diagnosis on, adjusted"),
        (UNADJUSTED, "the same, not adjusted"),
        (NAIVE, f"grouped by later {second}, conventional"),
    ):
        term = only_term(results, model)
        if term:
            with_interval = with_limits(term.hr, term.hr_ci)
            cannot = ", too few events" if term.verdict == TOO_FEW_EVENTS else ""
            p = f", {p_is(term.p_value)}" if model == ADJUSTED and not cannot else ""
            lines += _row(name, f"{with_interval} {words}{p}{cannot}")
            name = ""
    plain = only_term(results, TOGETHER, "chemotherapy")
    firth = only_term(results, FIRTH, "chemotherapy")
    if firth:
        texts = [f"Firth {with_limits(firth.hr, firth.hr_ci)}"]
        texts += [f"conventional {ratio(plain.hr)}"] if plain else []
        too_few = [term.verdict == TOO_FEW_EVENTS for term in (firth, plain) if term]
        if all(too_few):
            texts.append("too few events")
        else:
            texts = [
                f"{text}, too few events" if few else text for text, few in zip(texts, too_few, strict=True)
            ]
        text = "; ".join(texts)
        lines += _row("HR no/unk. chemo", text)
    elif first(results.not_delivered, item="chemotherapy"):
        lines += _row("HR no/unk. chemo", "not delivered")
    return lines


def _verdicts(results: Results) -> list[str]:
    verdicts = Counter(row.verdict for row in results.published)
    if not verdicts:
        return []
    return _row("printed numbers", f"{len(results.published)}: {verdicts['agrees']} agree, "
                f"{verdicts['differs']} differ, {verdicts['impossible']} impossible, "
                f"{verdicts['not_recomputable']} not recomputable")  # fmt: skip
