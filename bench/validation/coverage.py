"""How often the report's limits hold the truth, at the level of the marts: a thousand registries a line.

The people of `world` become what the marts hold, without files and dbt: completed months and years of age,
person-time to the middle of the last month, cells of attained age, sex and race, exposure intervals. The same
functions answer as in the report. What lies between the files and the marts is what `whole_runs` tries.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from math import nan

import numpy as np
import polars as pl

from analytics.estimators import rates
from analytics.estimators.competing import cumulative_incidence
from analytics.questions.survival_after_index import ADJUSTED, models_after_index
from analytics.warehouse.study import Era, Study
from bench.simulation.answers import Answer
from bench.simulation.coverage import Method, Performance, performance_of
from bench.validation.delivery import DAYS_PER_MONTH
from bench.validation.whole_runs import workers
from bench.validation.world import YEAR_STARTS, Patients, Truth, patients
from samples.synthetic.population import AGE_GROUPS
from samples.synthetic.registry import FIRST_YEAR, LAST_YEAR

LATENCY, HORIZON = 12, 120
BANDS = (0, LATENCY, 24, 60, 120, 180, 240, 12 * 400)
LARGE = 2_000_000
ERAS = (Era("1975-2002", FIRST_YEAR, 2002), Era("2003-2018", 2003, LAST_YEAR))


@dataclass(frozen=True, slots=True, eq=False)
class Marts:
    """What the marts hold of one registry.

    latency     completed months, NaN without a second cancer; exit: completed months of survival
    time        person-years from the index cancer to the first event, shape (n, bands, ages): cut at BANDS,
                of which the first ends with LATENCY, and at AGE_GROUPS
    rate        the population's, from its cases in this registry, shape (3 races, 2 sexes, 19 ages)
    band, group where each person's first event falls
    """

    people: Patients
    latency: np.ndarray
    exit: np.ndarray
    time: np.ndarray
    rate: np.ndarray
    band: np.ndarray
    group: np.ndarray

    @property
    def later_era(self) -> np.ndarray:
        return year_of(self.people.index) > ERAS[0].last_year


def year_of(day: np.ndarray) -> np.ndarray:
    return FIRST_YEAR + np.searchsorted(YEAR_STARTS, day, side="right") - 1


def marts(truth: Truth, rng: np.random.Generator) -> Marts:
    """Draw one registry and count it as the marts do."""
    people = patients(truth, rng)
    exit_months = completed_months(people.end - people.index)
    # A listing tells of two survivals, each cut to completed months: their difference is cut by nothing.
    latency = exit_months - completed_months(people.end - people.second)
    # The middle of the last month, and of the year of age.
    stop = np.where(people.has_second, latency, exit_months + 0.5) / 12
    age = np.floor(people.age) + 0.5
    bands, ages = np.array(BANDS) / 12, np.array([*AGE_GROUPS, 400])
    first = np.maximum(bands[:-1][None, :, None], (ages[:-1] - age[:, None])[:, None, :])
    last = np.minimum(bands[1:][None, :, None], (ages[1:] - age[:, None])[:, None, :])
    time = np.clip(np.minimum(last, stop[:, None, None]) - first, 0, None)
    return Marts(
        people=people,
        latency=latency,
        exit=exit_months,
        time=time,
        rate=reference_rates(truth, rng),
        band=np.searchsorted(bands, stop, side="right") - 1,
        group=np.searchsorted(ages, age + stop, side="right") - 1,
    )


def completed_months(days: np.ndarray) -> np.ndarray:
    return np.floor(days / DAYS_PER_MONTH)


def reference_rates(truth: Truth, rng: np.random.Generator) -> np.ndarray:
    """Cases over persons by race, sex and age; cells without cases have a rate of 0, as in the registry."""
    persons = truth.population.sum(axis=(0, 1))
    return rng.poisson(persons * truth.rates) / persons


def counted(marts_drawn: Marts, from_band: int) -> tuple[int, float, float]:
    """Observed, expected and person-years from a band on."""
    time = marts_drawn.time[:, from_band:]
    expected = np.einsum("nba,na->", time, marts_drawn.rate[marts_drawn.people.race, marts_drawn.people.sex])
    return (
        int((marts_drawn.people.has_second & (marts_drawn.band >= from_band)).sum()),
        float(expected),
        float(time.sum()),
    )


def incidence_ratio(marts_drawn: Marts, *, from_band: int) -> Answer:
    observed, expected, years = counted(marts_drawn, from_band)
    given = rates.standardised_incidence_ratio(observed, expected, person_years=years)
    return Answer(given.sir, given.lower, given.upper)


def rate_per_100k(marts_drawn: Marts) -> Answer:
    observed, _, years = counted(marts_drawn, 1)
    given = rates.rate(observed, years)
    return Answer(1e5 * given.value, 1e5 * given.lower, 1e5 * given.upper)


def era_ratio(marts_drawn: Marts) -> Answer:
    """Later era over earlier within cells of time since the index cancer and attained age."""
    cells = []
    for era in (marts_drawn.later_era, ~marts_drawn.later_era):
        ill = era & marts_drawn.people.has_second
        count = np.zeros(marts_drawn.time.shape[1:])
        np.add.at(count, (marts_drawn.band[ill], marts_drawn.group[ill]), 1)
        cells += [count[1:].ravel(), marts_drawn.time[era].sum(axis=0)[1:].ravel()]
    given = rates.stratified_rate_ratio(*cells)
    return Answer(given.value, given.lower, given.upper)


def headline_hazard_ratio(marts_drawn: Marts) -> Answer:
    """The adjusted time-dependent model, as the report fits it."""
    corrected, intervals = frames(marts_drawn)
    fitted = models_after_index(corrected, corrected, intervals, study())
    model = next(each for each in fitted if each.id == ADJUSTED)
    term = next(term for term in model.terms if term.variable == "second_primary")
    return Answer(*(nan if v is None else v for v in (term.hr, *term.hr_ci)))


def incidence_at_ten_years(marts_drawn: Marts) -> Answer:
    """Aalen-Johansen among those at risk at LATENCY, log-log limits."""
    until = np.where(marts_drawn.people.has_second, marts_drawn.latency, marts_drawn.exit)
    cause = np.where(marts_drawn.people.has_second, 1, np.where(marts_drawn.people.died, 2, 0))
    at_risk = until >= LATENCY
    curve = cumulative_incidence(until[at_risk], cause[at_risk])
    lower, upper = curve.interval("loglog")
    step = np.searchsorted(curve.times, HORIZON, side="right") - 1
    return Answer(curve.at(HORIZON), float(lower[step]), float(upper[step]))


def study() -> Study:
    """What the models read of a study: that there is no landmark."""
    return Study(
        name="known_truth", title="", index_label="", index_short_label="", second_label="",
        second_short_label="", second_definition="", min_age_years=18, min_latency_months=LATENCY,
        max_primaries=2, apply_to_everyone=False, keep_nonqualifying_second=False, other_primaries="ignore",
        first_year=FIRST_YEAR, last_year=LAST_YEAR, study_cutoff=date(LAST_YEAR, 12, 31), engine="",
        cancers=(), eras=ERAS, min_at_risk=5, sources=(), registries=(), landmarks=(),
    )  # fmt: skip


def frames(marts_drawn: Marts) -> tuple[pl.DataFrame, pl.DataFrame]:
    """marts.index_patients_corrected and marts.survival_intervals, with the columns that the models read."""
    people, ill = marts_drawn.people, marts_drawn.people.has_second
    survival = np.where(marts_drawn.exit > 0, marts_drawn.exit, 0.5)
    patients = pl.DataFrame(
        {
            "patient_id": np.arange(len(ill)),
            "is_at_risk": np.ones(len(ill), bool),
            "is_followed": np.ones(len(ill), bool),
            "has_second_primary": ill,
            "survival_months": survival,
            "died": people.died,
        }
    )
    # Everybody until the second cancer or the middle of the last month; whoever has one again from it on, for
    # half a month at the least.
    exit_months = marts_drawn.exit + 0.5
    after = np.where(exit_months > marts_drawn.latency, exit_months, marts_drawn.latency + 0.5)[ill]
    intervals = pl.DataFrame(
        {
            "patient_id": np.concatenate([np.arange(len(ill)), np.flatnonzero(ill)]),
            "start_months": np.concatenate([np.zeros(len(ill)), marts_drawn.latency[ill]]),
            "stop_months": np.concatenate([np.where(ill, marts_drawn.latency, exit_months), after]),
            "exposed": np.arange(len(ill) + int(ill.sum())) >= len(ill),
            "died": np.concatenate([people.died & ~ill, people.died[ill]]),
        }
    ).filter(pl.col("stop_months") > pl.col("start_months"))
    person = intervals["patient_id"].to_numpy()
    return patients, intervals.with_columns(
        sex=np.array(["Male", "Female"])[people.sex][person],
        race=np.array(["White", "Black", "Other"])[people.race][person],
        era=np.array([era.era for era in ERAS])[marts_drawn.later_era.astype(int)][person],
        index_year=year_of(people.index)[person],
        age_at_index_years=np.floor(people.age)[person],
    )


def incidence_truth(truth: Truth, seed: int = 0) -> float:
    """What Aalen and Johansen's curve tends to: LARGE people, exact days, watched as the registry watches.

    Later years live longer and are watched for less time, which no curve of all years together can undo: were
    nobody censored, three in a hundred more would fall ill within ten years.
    """
    people = patients(replace(truth, patients=LARGE), np.random.default_rng([seed, 10]))
    until = (np.fmin(people.second, people.end) - people.index) / DAYS_PER_MONTH
    cause = np.where(people.has_second, 1, np.where(people.died, 2, 0))
    at_risk = until >= LATENCY
    return cumulative_incidence(until[at_risk], cause[at_risk]).at(HORIZON)


def rate_truth(truth: Truth, seed: int = 0) -> float:
    """Second cancers per 100,000 person-years from LATENCY on, of LARGE people: the rates of their ages."""
    marts_drawn = marts(replace(truth, patients=LARGE // 10), np.random.default_rng([seed, 11]))
    time = marts_drawn.time[:, 1:].sum(axis=1)
    expected = (time * truth.rates[marts_drawn.people.race, marts_drawn.people.sex]).sum()
    return 1e5 * truth.sir * float(expected / time.sum())


@dataclass(frozen=True, slots=True)
class Asked:
    """A number, its truth, and what answers."""

    name: str
    target: Callable[[Truth], float]
    answer: Callable[[Marts], Answer]


METHODS = (
    Asked("SIR from month 12", lambda truth: truth.sir, partial(incidence_ratio, from_band=1)),
    Asked("SIR from diagnosis", lambda truth: truth.sir, partial(incidence_ratio, from_band=0)),
    Asked("rate per 100,000 person-years", rate_truth, rate_per_100k),
    Asked("rate ratio of eras", lambda _: 1.0, era_ratio),
    Asked("headline hazard ratio", lambda truth: truth.hazard_ratio, headline_hazard_ratio),
    Asked("cumulative incidence at 10 years", incidence_truth, incidence_at_ten_years),
)


def answered(
    truth: Truth, ask: Sequence[Callable[[Marts], Answer]], stream: np.random.SeedSequence
) -> list[Answer]:
    """Every answer on one registry."""
    marts_drawn = marts(truth, np.random.default_rng(stream))
    return [each(marts_drawn) for each in ask]


@dataclass(frozen=True, slots=True)
class Line:
    """One number of one kind of registries; refused: runs that were not published."""

    registries: str
    found: Performance
    refused: int = 0


def line(
    registries: str, number: str, truth: Truth, answers: Sequence[Answer], target: float, *,
    level: float = 0.95, refused: int = 0,
) -> Line:  # fmt: skip
    """How answers on registries of one truth did against its target; level: of the limits of the coverage."""
    method = Method(number, "corrected", lambda _: target, lambda *_: Answer(nan))
    return Line(registries, performance_of(method, truth, answers, level=level), refused)


def performances(
    truths: Mapping[str, Truth], methods: Sequence[Asked], registries: int, seed: int
) -> Iterator[Line]:
    """Every method on the same registries of each truth; the limits of a coverage are of 99%."""
    for place, (name, truth) in enumerate(truths.items()):
        streams = np.random.SeedSequence([seed, place]).spawn(registries)
        with workers() as pool:
            answers = pool.map(partial(answered, truth, tuple(m.answer for m in methods)), streams)
        for at, method in enumerate(methods):
            yield line(
                name, method.name, truth, [given[at] for given in answers], method.target(truth), level=0.99
            )
