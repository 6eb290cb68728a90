"""The methods, from the study tables of the warehouse and what could be answered, and what is not concluded.

A sentence stands here only if what it says was done in this report: nothing is told of a delivery that was
not made, nor of a comparison that had nothing to compare.
"""

from __future__ import annotations

from typing import Any

from analytics.questions.deliveries import LISTING
from analytics.render.formats import counted, sentence
from analytics.render.lookup import first, the
from analytics.render.tables.cross_checks import cox_label, difference
from analytics.render.withheld import sentence_of, withheld
from analytics.results.cross_checks import LIFELINES, NOT_COMPARED, in_short
from analytics.results.document import Results
from analytics.results.ids import ADJUSTED, FIRTH, UNADJUSTED, CoxId
from analytics.warehouse.study import Source, Study

SOURCES = {"seer": "the registry", "institution": "the hospital"}


def methods(results: Results) -> tuple[str, ...]:
    """Paragraphs an author could paste; every setting is the one these marts were built with."""
    nothing_in = withheld(results)
    sentences = (
        *definitions(
            results.study,
            has_registry=results.cohort.n_index is not None,
            has_hospital=bool(results.institution.n_index),
        ),
        _conventional(results, nothing_in), _primary(results, nothing_in),
        _beside(results, nothing_in), _computed_twice(results), _not_done(results),
    )  # fmt: skip
    return tuple(text for text in sentences if text)


def definitions(study: Study, *, has_registry: bool, has_hospital: bool) -> tuple[str, str]:
    """Who was followed, for what and how long: what the study says, whatever the data."""
    has = {"institution": has_hospital, "seer": has_registry}
    delivered = tuple(source for source in study.sources if has.get(source.source, True))
    return _patients(study, delivered), _time(study)


def _patients(study: Study, sources: tuple[Source, ...]) -> str:
    index, second = study.index_label, study.second_label
    extended = "everybody" if study.apply_to_everyone else "patients with a second cancer only"
    others = {
        "ignore": "other cancers do not end follow-up",
        "censor": "follow-up ends at any other cancer",
    }[study.other_primaries]
    return (
        f"{sentence(index)} is {_codes(study, 'index', 'primary')}, malignant, the patient's earliest such "
        f"record; earlier other cancers are allowed and flagged. {sentence(second)} is "
        f"{_codes(study, 'second', study.second_definition)}{_alternative(study)}. "
        f"Patients were {study.min_age_years} or older at index. A second cancer qualifies "
        f"{study.min_latency_months} months or more after the index cancer. Rules 3 to 7 are conventional: "
        f"they look at the patient's other cancers, mostly later ones. The last two apply to {extended}. The "
        "corrected cohort keeps everybody who passes rules 1 and 2 and counts the first second cancer that "
        "qualifies; "
        f"{others}. "
        f"{' '.join(_source(source) for source in sources)}"
        + (" No patient is linked between sources." if len(sources) > 1 else "")
    )


def _alternative(study: Study) -> str:
    """The name of the definition, where it is not the study's first."""
    name = study.second_definition
    return "" if name == "primary" else f" (the study's definition “{name.replace('_', ' ')}”)"


def _codes(study: Study, role: str, definition: str) -> str:
    """ICD-O-3 ranges with their sites and years; the same codes at several sites said once."""
    sites: dict[tuple, list[str]] = {}
    for cancer in study.cancers:
        if (cancer.role, cancer.definition) != (role, definition):
            continue
        codes = _range(cancer.first_histology_code, cancer.last_histology_code)
        site = _range(cancer.first_site_code, cancer.last_site_code)
        years = _range(cancer.first_year, cancer.last_year)
        sites.setdefault((codes, years), []).append(site)
    parts = []
    for (codes, years), places in sites.items():
        where = " or ".join(place for place in places if place)
        parts.append(codes + (f" at {where}" if where else "") + (f" in {years}" if years else ""))
    return "ICD-O-3 " + ", ".join(parts) if parts else "not defined"


def _range(first: Any, last: Any) -> str:
    if first is None and last is None:
        return ""
    if first is None:
        return f"years to {last}"
    if last is None:
        return f"years from {first}"
    return str(first) if first == last else f"{first}-{last}"


def _source(source: Source) -> str:
    name = SOURCES.get(source.source, source.source)
    return (
        f"{sentence(name)} covers index years {source.first_year} to {source.last_year} with "
        f"follow-up to {source.study_cutoff}."
    )


def _time(study: Study) -> str:
    eras = " and ".join(era.era for era in study.eras)
    return (
        "Latency is counted in days where both records have them, else from survival months, else from "
        "month and year of diagnosis. Kaplan-Meier curves keep completed months, zero as half a month; those "
        "of groups that are known only later end in the middle of the last month. The event is death from "
        "any cause by the cutoff. Person-time is counted in days where they were delivered, else to the "
        "middle of the last month; it starts "
        f"{study.min_latency_months} months after the index cancer and ends at the second cancer, "
        f"death, loss or cutoff. Eras are years of index diagnosis ({eras})."
    )


def _conventional(results: Results, nothing_in: dict[str, str]) -> str:
    """The usual methods that were applied."""
    study = results.study
    interval = (
        "as SPSS computes them (median plus and minus 1.96 standard errors, cut at 0)"
        if study.follows_spss
        else "on the log-log scale"
    )
    done = []
    if "characteristics" not in nothing_in:
        done.append(
            "Pearson's chi-squared without continuity correction and Student's t with pooled variance"
        )
    if "survival" not in nothing_in:
        done.append(f"Kaplan-Meier curves, the log-rank test and confidence intervals of medians {interval}")
    if "after" not in nothing_in:
        done.append(f"Cox regression with {study.ties.title()} ties and joint Wald tests of factors")
    whose = "SPSS 25" if study.follows_spss else "R"
    return f"Conventional (as in {whose}): {_listed(done)}." if done else ""


def _primary(results: Results, nothing_in: dict[str, str]) -> str:
    """The one estimate by which each question that could be asked is answered first."""
    study = results.study
    chosen = []
    if "sir" not in nothing_in:
        chosen.append(
            "against the population, observed over expected of the corrected cohort from month "
            f"{study.min_latency_months} on, with exact Poisson confidence intervals (2.5% in each tail; P "
            "of all counts no likelier than the one seen) and reference rates joined by registry and year "
            "before they are summed to periods"
        )
    if any(row.estimate is not None and "stratified" in row.label for row in results.era_ratios):
        chosen.append(
            "between eras, the ratio of rates by Mantel-Haenszel over time since the index cancer and "
            "attained age, with conditional exact confidence intervals where cells are sparse"
        )
    if _has_model(results, ADJUSTED):
        chosen.append(
            "for death after the second cancer, a Cox model with it, however soon it came, as a "
            f"time-dependent exposure, {_adjusted_for(results)}"
        )
    if "competing" not in nothing_in:
        chosen.append(
            "for cumulative incidence, Aalen-Johansen with death competing, of those alive "
            f"without the second cancer at month {study.min_latency_months}"
        )
    if results.fair_eras.windows:
        chosen.append("for latency, equal windows of follow-up")
    return f"Each question has one primary estimate: {'; '.join(chosen)}." if chosen else ""


def _adjusted_for(results: Results) -> str:
    """What the model says that it holds, not what it was meant to hold."""
    model = the(results.cox, id=ADJUSTED)
    covariates, strata = list(model.adjusted_for), model.stratified_by
    return (f"adjusted for {_listed(covariates)}" if covariates else "adjusted") + (
        f", stratified by {strata}" if strata else ""
    )


def _beside(results: Results, nothing_in: dict[str, str]) -> str:
    """What else was done against a flaw of the conventional analysis."""
    marks = ", ".join(str(months) for months in results.study.landmarks)
    done = []
    if "incidence" not in nothing_in:
        done.append("exact confidence intervals of proportions and rates")
    if _has_model(results, UNADJUSTED):
        done.append(
            "the time-dependent model without adjustment (Efron ties), Simon-Makuch curves and the "
            "Mantel-Byar test from the first month with five exposed people at risk, landmarks at "
            f"{marks} months, and curves whose clocks start anew at the second cancer and, for people "
            "without it, at the landmark nearest to its median latency"
        )
    if any(row.gray and row.gray.p_value is not None for row in results.competing):
        done.append("Gray's test and Fine and Gray's model between groups")
    if any(row.p_value is not None for row in results.table1_tests):
        done.append("Fisher's exact and Mann-Whitney tests")
    if _has_model(results, FIRTH):
        done.append("Firth's penalised likelihood with profile confidence intervals")
    if "survival" not in nothing_in:
        done.append("log-log confidence intervals of medians")
    if "smooth" not in nothing_in:
        done.append("Weibull and log-normal models of survival, the one of the lower AIC shown")
    if results.shrunken:
        done.append("ratios combined with normal priors")
    if any(model.proportional_hazards for model in results.cox):
        done.append(
            "tests of proportional hazards and, for each model, its deaths per coefficient and smallest "
            "detectable ratio"
        )
    if "eras" not in nothing_in:
        done.append("eras compared at fixed horizons")
    if "unknown" not in nothing_in:
        done.append("recorded chemotherapy corrected for misclassification")
    flaws = ["grouping by later second cancer"] if results.null_bands.immortal_time else []
    if results.null_bands.latency and len(results.eras) > 1:
        flaws.append("unequal follow-up")
    if flaws:
        done.append(
            f"seeded simulations in this cohort of what {_listed(flaws)} would show if there were no effect"
        )
    if results.multiplicity:
        done.append("Holm's adjustment within each family of tests, printed below its table")
    return f"Beside it: {'; '.join(done)}." if done else ""


def _computed_twice(results: Results) -> str:
    """What a second program computed too, where it computed anything: which models, and of whom."""
    checks = results.cross_checks or ()
    made = in_short(checks)
    if made is None or made.largest is None:
        return ""
    theirs = [check for check in checks if check.software == LIFELINES and check.verdict != NOT_COMPARED]
    whats = {check.what for check in theirs}
    models = {
        check.id: check.sample
        for check in theirs
        if isinstance(check.id, CoxId) and check.what == "coefficient"
    }
    done = []
    if any("Kaplan-Meier" in what for what in whats):
        done.append("Kaplan-Meier curves with standard errors, log-log limits, medians and restricted means")
    if any("Aalen-Johansen" in what for what in whats):
        done.append("curves of cumulative incidence")
    if any("log-rank" in what for what in whats):
        done.append("unstratified log-rank tests")
    if models:
        named = "; ".join(_compared(results.study, id, n) for id, n in models.items())
        done.append(f"Cox models with joint Wald tests ({named})")
    others = ""
    if len(models) < len(results.cox):
        others = " No other Cox model was." if models else " No Cox model was."
    return (
        f"{sentence(_listed(done))} were computed a second time by lifelines {made.version}, from rows "
        f"derived anew; the largest difference was {difference(made.largest)}.{others}"
    )


def _compared(study: Study, id: CoxId, sample: int | None) -> str:
    """A model, and of how many people where these are a sample."""
    named = cox_label(study, id)
    people = counted(sample or 0, "person", "people")
    return named if sample is None else f"{named}, in a sample of {people}; of everybody by metachron alone"


def _not_done(results: Results) -> str:
    """What the data did not allow, once each."""
    items = [row.item for row in results.not_delivered if row.item != "reference_rates"]
    sentences = [sentence_of(results, item) for item in items]
    whole = results.sir[0]
    if whole.state != "value" and not {"second_cancer", LISTING} & set(items):
        sentences.append(f"There is no ratio to the population. {whole.reason}")
    if len(results.eras) < 2:
        sentences.append("There is one era, so that nothing is compared between eras.")
    return f"Not done: {' '.join(sentences)}" if sentences else ""


def _has_model(results: Results, id: CoxId) -> bool:
    """Whether a Cox model has an estimate."""
    model = first(results.cox, id=id)
    return model is not None and model.state == "value"


def _listed(parts: list[str]) -> str:
    """a, b and c."""
    *others, last = parts
    return f"{', '.join(others)} and {last}" if others else last


def _adjustment(results: Results) -> str:
    """The adjustment set of the headline hazard ratio, as it was fitted."""
    model = first(results.cox, id=ADJUSTED)
    note = str(model.note) if model else "Adjusted for nothing."
    adjusted = note[note.index("Adjusted for") :].rstrip(".").replace(". Left out:", "; left out:")
    return "a" + adjusted[1:]


def refusals(results: Results) -> tuple[str, ...]:
    """What the data cannot show, however often it is printed."""
    study = results.study
    index, second = study.index_short_label, study.second_short_label
    first_mentioned = []
    if results.data.is_synthetic:
        first_mentioned.append("Anything about patients: these data are synthetic.")
    sentences = [
        f"That {second} lengthens life after {index}: grouping by later second cancer cannot show it."
    ]
    if len(results.eras) > 1:
        sentences.append("That latency became shorter: shorter follow-up shows only shorter latencies.")
    if not first(results.not_delivered, item="chemotherapy"):
        sentences.append("That anybody was untreated: no/unknown includes treated people.")
    sentences += [
        "That a drug caused anything: the registry records no drugs, doses or dates.",
        "That a hazard ratio from fewer than five deaths per coefficient is a finding.",
    ]
    if results.institution.n_index:
        sentences.append("That the hospital confirms the registry, or the reverse: nobody is linked.")
    return (*first_mentioned, *sentences)
