"""The methods paragraph, from the study tables of the warehouse, and what the report will not claim."""

from __future__ import annotations

from typing import Any

from analytics.render.formats import sentence
from analytics.render.lookup import first

Results = dict[str, Any]
SOURCES = {"seer": "the registry", "institution": "the hospital"}


def methods(results: Results) -> tuple[str, ...]:
    """Paragraphs an author could paste; every setting is the one these marts were built with."""
    study = results["study"]
    return (_patients(study), _time(study), _statistics(study), _corrected(results))


def _patients(study: dict) -> str:
    index, second = study["index_label"], study["second_label"]
    extended = (
        "everybody" if study["apply_to_everyone"] else "patients with a second cancer only, as published"
    )
    return (
        f"{sentence(index)} is {_codes(study, 'index', 'primary')}, malignant, the patient's earliest such "
        f"record; earlier other cancers are allowed and flagged. {sentence(second)} is "
        f"{_codes(study, 'second', study['second_definition'])} (definition "
        f"“{study['second_definition']}”). Patients were {study['min_age_years']} or older at index. A "
        f"second cancer qualifies {study['min_latency_months']} months or more after the index cancer; "
        "patients whose second cancer came first, too soon or at an unknown time are removed, and the "
        f"rules on a third primary and on unknown survival apply to {extended}. "
        f"{' '.join(_source(source) for source in study['sources'])} No patient is linked between sources."
    )


def _codes(study: dict, role: str, definition: str) -> str:
    """ICD-O-3 ranges with their sites and years; the same codes at several sites said once."""
    sites: dict[tuple, list[str]] = {}
    for cancer in study["cancers"]:
        if (cancer["role"], cancer["definition"]) != (role, definition):
            continue
        codes = _range(cancer["first_histology_code"], cancer["last_histology_code"])
        site = _range(cancer["first_site_code"], cancer["last_site_code"])
        years = _range(cancer["first_year"], cancer["last_year"])
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


def _source(source: dict) -> str:
    name = SOURCES.get(source["source"], source["source"])
    return (
        f"{sentence(name)} covers index years {source['first_year']} to {source['last_year']} with "
        f"follow-up to {source['study_cutoff']}."
    )


def _time(study: dict) -> str:
    eras = " and ".join(era["era"] for era in study["eras"])
    return (
        "Latency is counted in days where both records have them, else from survival months, else from "
        "month and year of diagnosis; which way is kept with each patient. Survival of zero months counts "
        "as half a month; the event is death from any cause by the cutoff. Eras are years of index "
        f"diagnosis ({eras}). Person-time for second primaries starts {study['min_latency_months']} months "
        "after the index cancer and ends at the second primary, death, loss or cutoff."
    )


def _statistics(study: dict) -> str:
    ties = "Breslow" if study["engine"].startswith("spss") else "Efron"
    interval = (
        "as SPSS computes them (median plus and minus 1.96 standard errors, cut at 0)"
        if study["engine"].startswith("spss")
        else "on the log-log scale"
    )
    return (
        f"As published (engine {study['engine']}): Pearson's chi-squared without continuity correction, "
        "Student's t with pooled variance, Kaplan-Meier curves and the log-rank test, limits of medians "
        f"{interval}, and Cox regression with {ties} ties and joint Wald tests of factors."
    )


def _corrected(results: Results) -> str:
    study = results["study"]
    marks = ", ".join(str(months) for months in study["landmarks"])
    return (
        "Corrected, beside it: exact limits of proportions and rates; standardised incidence where "
        "reference rates were delivered; the second primary as a time-dependent exposure in a Cox model with "
        f"Efron ties, {_adjustment(results)}, and crude beside it; Mantel-Byar test and Simon-Makuch curves "
        "from the first month with five people exposed on, of those alive then, and landmarks at "
        f"{marks} months; rates of the eras compared by Mantel and Haenszel's ratio over time since the "
        "index cancer and attained age, with exact limits given each stratum's events where these are few; "
        "Aalen-Johansen cumulative incidence with death competing, of those event-free when second primaries "
        "start to count, Gray's test, Fine and Gray's model; Fisher's exact and "
        "Mann-Whitney tests; Firth's penalised likelihood with profile limits; log-log limits of medians; "
        "ratios read with normal priors; tests of proportional hazards and, for each coefficient, the deaths "
        "behind it, and for each model its deaths a coefficient and smallest detectable ratio; eras compared "
        "at fixed horizons and in windows of equal follow-up; recorded chemotherapy corrected for "
        "misclassification; seeded simulations in this "
        "cohort of what grouping by the future and "
        "unequal follow-up show when nothing is going on."
    )


def _adjustment(results: Results) -> str:
    """The adjustment set of the headline hazard ratio, as it was fitted."""
    model = first(results["cox"], id="index_time_dependent_adjusted")
    note = str(model["note"]) if model else "Adjusted for nothing."
    said = note[note.index("Adjusted for") :].rstrip(".").replace(". Left out:", "; left out:")
    return "a" + said[1:]


def refusals(results: Results) -> tuple[str, ...]:
    """What the data cannot carry, however often it is printed."""
    study = results["study"]
    index, second = study["index_short_label"], study["second_short_label"]
    first_mentioned = []
    if results["data"]["is_synthetic"]:
        first_mentioned.append(
            "Anything about patients: these data are synthetic. The report shows that the system computes "
            "what it says, not what a registry would show."
        )
    return (
        *first_mentioned,
        f"That {second} lengthens life after {index}. Groups formed by the future cannot say so.",
        "That latency became shorter. A later era is watched for a shorter time, and only short latencies "
        "have had time to show.",
        "That anybody was untreated. The registry records “Yes” or “No/Unknown”, and no/unknown includes "
        "treated people.",
        "That a drug caused anything. The registry holds no drug names, doses or dates of treatment.",
        "A hazard ratio from fewer than five deaths a coefficient as a finding. Where one was published it "
        "is "
        "printed after Firth's and the shrunken estimate and marked as one that cannot be carried.",
        "That the hospital confirms the registry, or the reverse. They are two populations; nobody is "
        "linked, "
        "and their cases are put together only in a case series that estimates nothing.",
        "That an age of 85 is an age. It may be the registry's top code, 85 and over.",
    )
