"""What each estimator answers on one simulated registry: the published ones and the corrected ones.

Every function takes a registry (and what it needs to know) and gives an ``Answer``. The arithmetic is that of
``analytics.estimators``; what is decided here is only what they are handed, as the report hands it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from math import nan

import numpy as np

from analytics.bias.equal_follow_up import common_window
from analytics.estimators.competing import cumulative_incidence
from analytics.estimators.cox import CoxModel, cox
from analytics.estimators.rates import rate_ratio, standardised_incidence_ratio
from analytics.estimators.survival import kaplan_meier
from bench.simulation.generator import Registry, exposure_intervals
from bench.simulation.truth import MONTHS_PER_YEAR, Truth


@dataclass(frozen=True, slots=True)
class Answer:
    """An estimate and its 95% limits; NaN where the estimator gives none."""

    value: float
    lower: float = nan
    upper: float = nan


def naive_cox(registry: Registry) -> Answer:
    """Published: those with a second cancer at any later time against the others, from the index cancer."""
    return _exposure(
        cox(
            registry.exit_months,
            registry.died,
            registry.has_second,
            names="second cancer",
            strata=registry.era,
            ties="breslow",
        )
    )


def naive_medians(registry: Registry) -> Answer:
    """Published: median survival from the index cancer, with a later second cancer minus without."""
    ill = registry.has_second
    medians = [kaplan_meier(registry.exit_months[g], registry.died[g]).median for g in (ill, ~ill)]
    return Answer(medians[0] - medians[1])


def time_dependent_cox(registry: Registry, *, penalty: str | None = None) -> Answer:
    """Corrected: unexposed until the second cancer and exposed from then on, eras as strata."""
    rows = exposure_intervals(registry)
    return _exposure(
        cox(
            rows.stop,
            rows.died,
            rows.exposed,
            names="second cancer",
            entry=rows.start,
            strata=rows.era,
            penalty=penalty,
        )
    )


def landmark_cox(registry: Registry, months: float) -> Answer:
    """Corrected: those followed beyond a landmark, by whether the second cancer had come; clock restarts."""
    here = registry.exit_months > months
    # A latency that is absent compares as false: no second cancer by the landmark.
    exposed = registry.latency_months[here] <= months
    return _exposure(
        cox(
            registry.exit_months[here] - months,
            registry.died[here],
            exposed,
            names="second cancer",
            strata=registry.era[here],
        )
    )


def _exposure(model: CoxModel) -> Answer:
    return Answer(*(float(v[0]) for v in (model.hazard_ratio, model.lower, model.upper)))


def incidence_ratio(registry: Registry, truth: Truth) -> Answer:
    """Corrected: observed over expected, events and person-time both from the minimum latency on."""
    ratio = _against_population(registry, truth)
    return Answer(ratio.sir, ratio.lower, ratio.upper)


def excess_risk(registry: Registry, truth: Truth) -> Answer:
    """Corrected: excess second cancers per 10,000 person-years, limits from those of the observed count."""
    ratio = _against_population(registry, truth)
    rate = 1e4 * ratio.expected / ratio.person_years
    return Answer(1e4 * ratio.excess, rate * (ratio.lower - 1), rate * (ratio.upper - 1))


def _against_population(registry: Registry, truth: Truth):
    years = person_years(registry, truth.min_latency_months)
    return standardised_incidence_ratio(
        int(registry.has_second.sum()), truth.background_rate * years, person_years=years
    )


def era_rate_ratio(registry: Registry, truth: Truth) -> Answer:
    """Corrected: second cancers per person-year at risk, last era over first."""
    first, last = _era_counts(registry, truth)
    ratio = rate_ratio(*last, *first)
    return Answer(ratio.value, ratio.lower, ratio.upper)


def era_proportion_ratio(registry: Registry) -> Answer:
    """Published: second cancers per patient, last era over first."""
    eras = (0, int(registry.era.max()))
    first, last = (registry.has_second[registry.era == k].mean() for k in eras)
    return Answer(float(last / first))


def person_years(registry: Registry, after_months: float) -> float:
    """Time at risk of a second cancer: from ``after_months`` to the second cancer or the end of follow-up."""
    until = np.where(registry.has_second, registry.latency_months, registry.exit_months)
    return float(np.maximum(until - after_months, 0).sum()) / MONTHS_PER_YEAR


def _era_counts(registry: Registry, truth: Truth) -> list[tuple[int, float]]:
    eras = [registry.only(registry.era == k) for k in (0, len(truth.eras) - 1)]
    return [(int(e.has_second.sum()), person_years(e, truth.min_latency_months)) for e in eras]


def incidence_by(registry: Registry, era: int, months: float) -> Answer:
    """Corrected: Aalen-Johansen cumulative incidence, death competing, log-log limits."""
    here = registry.only(registry.era == era)
    until = np.where(here.has_second, here.latency_months, here.exit_months)
    curve = cumulative_incidence(until, np.where(here.has_second, 1, np.where(here.died, 2, 0)))
    lower, upper = curve.interval("loglog")
    step = np.searchsorted(curve.times, months, side="right") - 1
    return Answer(curve.at(months), float(lower[step]), float(upper[step]))


def one_minus_kaplan_meier(registry: Registry, era: int, months: float) -> Answer:
    """Published: one minus Kaplan-Meier with the dead counted as censored."""
    here = registry.only(registry.era == era)
    until = np.where(here.has_second, here.latency_months, here.exit_months)
    return Answer(1 - kaplan_meier(until, here.has_second).at(months))


def latency_change(registry: Registry) -> Answer:
    """Published: median latency of the last era minus that of the first, as observed."""
    last = int(registry.era.max())
    medians = [
        np.median(registry.latency_months[(registry.era == k) & registry.has_second]) for k in (0, last)
    ]
    return Answer(float(medians[1] - medians[0]))


def latency_change_in_window(registry: Registry, truth: Truth, window_months: float) -> Answer:
    """The same in a common window of follow-up; fairer, but the eras' survival still differs inside it."""
    labels = [era.label for era in truth.eras]
    window = common_window(
        np.floor(registry.index_date).astype(int),
        registry.latency_months,
        np.array(labels)[registry.era],
        order=labels,
        cutoff=date(truth.cutoff_year, 12, 31),
        window_months=window_months,
    )
    return Answer(window.eras[-1].median_months - window.eras[0].median_months)
