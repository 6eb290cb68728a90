"""What a question answers with: frozen rows whose fields are the keys of results.json.

Nothing here is rounded. None means "not estimable"; a reason stands in `note` where the row has one.
"""

from __future__ import annotations

from dataclasses import dataclass

from analytics.results_guardrails import EvidenceCard, ModelCard


@dataclass(frozen=True, slots=True)
class LevelCount:
    """How many in one level of a characteristic, each count with the denominator it belongs to."""

    variable: str
    level: str
    n_without: int
    denominator_without: int
    n_with: int
    denominator_with: int


@dataclass(frozen=True, slots=True)
class UnknownCount:
    """People left out of a characteristic's denominators because the registry does not know."""

    variable: str
    n_without: int
    n_with: int


@dataclass(frozen=True, slots=True)
class NumericSummary:
    """A number summarised in one group; `sd` has n - 1 in its denominator."""

    variable: str
    group: str
    n: int
    mean: float | None
    sd: float | None
    median: float | None
    min: float | None
    max: float | None


@dataclass(frozen=True, slots=True)
class StatisticalTest:
    """One test; `df` is None where the test has none."""

    test: str
    statistic: float | None
    df: float | None
    p_value: float | None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class VariableTest:
    """One test about one variable; `min_expected` is the smallest expected count of a table."""

    variable: str
    test: str
    statistic: float | None
    df: float | None
    p_value: float | None
    min_expected: float | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Characteristics:
    table1: tuple[LevelCount, ...]
    unknown: tuple[UnknownCount, ...]
    numeric: tuple[NumericSummary, ...]
    tests: tuple[VariableTest, ...]


@dataclass(frozen=True, slots=True)
class LatencySummary:
    """Months from the index cancer to the second primary."""

    n: int
    median: float | None
    min: float | None
    max: float | None
    mean: float | None
    sd: float | None


@dataclass(frozen=True, slots=True)
class EraIncidence:
    """Second primaries of one era: a proportion of people as published, a rate of person-years corrected.

    n_index, n_second, proportion   of the published cohort
    n_index_at_risk                 of the corrected cohort, under observation when second primaries start to
                                    count
    observed, person_years          of those people from then on; the rate is the one over the other
    """

    era: str
    n_index: int
    n_second: int
    proportion: float | None
    proportion_ci: tuple[float | None, float | None]
    latency: LatencySummary
    person_years: float | None
    rate_per_100k: float | None
    rate_ci: tuple[float | None, float | None]
    longest_observable_latency_months: int | None = None
    n_index_at_risk: int | None = None
    observed: int | None = None


@dataclass(frozen=True, slots=True)
class Ratio:
    """A ratio of two groups with its limits."""

    label: str
    numerator: str
    denominator: str
    estimate: float | None
    ci: tuple[float | None, float | None]
    p_value: float | None
    method: str


@dataclass(frozen=True, slots=True)
class StepCurve:
    """A right-continuous step function at the distinct times seen; time 0 is not included."""

    time: tuple[float, ...]
    survival: tuple[float, ...]
    std_error: tuple[float | None, ...]
    lower: tuple[float | None, ...]
    upper: tuple[float | None, ...]
    at_risk: tuple[float, ...]
    events: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class RestrictedMean:
    tau: float
    value: float | None
    se: float | None


@dataclass(frozen=True, slots=True)
class RiskTable:
    """How many are under observation just before each time."""

    time: tuple[float, ...]
    at_risk: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class SurvivalStratum:
    level: str
    n: int
    events: int
    median: float | None
    median_ci: dict[str, tuple[float | None, float | None]]
    restricted_mean: RestrictedMean | None
    curve: StepCurve
    risk_table: RiskTable
    n_dropped: int = 0
    landmark_months: int | None = None
    group: str | None = None


@dataclass(frozen=True, slots=True)
class SurvivalAnalysis:
    """from_months: the curves are of those alive at that month, and every median is conditional on it."""

    id: str
    origin: str
    strata: tuple[SurvivalStratum, ...]
    tests: tuple[StatisticalTest, ...]
    time_unit: str = "months"
    note: str | None = None
    from_months: int = 0


@dataclass(frozen=True, slots=True)
class CoxTerm:
    """One coefficient; `p_value` is Wald's, or the penalised likelihood ratio's under Firth.

    card  what the events behind this coefficient can carry
    """

    variable: str
    level: str
    reference: str | None
    coef: float | None
    se: float | None
    hr: float | None
    hr_ci: tuple[float | None, float | None]
    p_value: float | None
    card: EvidenceCard | None = None


@dataclass(frozen=True, slots=True)
class CoxAnalysis:
    """A fitted model. Columns of a spline are no terms: the joint test in `wald` is all that is said of them.

    adjusted_for    the covariates beside the first term, in words
    stratified_by   what has a baseline hazard of its own
    """

    id: str
    outcome: str
    ties: str
    penalty: str | None
    n: int
    events: int
    n_dropped: int
    loglik_null: float | None = None
    loglik: float | None = None
    terms: tuple[CoxTerm, ...] = ()
    wald: tuple[VariableTest, ...] = ()
    proportional_hazards: tuple[VariableTest, ...] = ()
    events_per_parameter: float | None = None
    converged: bool | None = None
    note: str | None = None
    card: ModelCard | None = None
    adjusted_for: tuple[str, ...] = ()
    stratified_by: str | None = None


@dataclass(frozen=True, slots=True)
class IncidenceCurve:
    """Steps at the distinct times seen, with log-log limits; `one_minus_km`: the error at the same times."""

    time: tuple[float, ...]
    cif: tuple[float, ...]
    std_error: tuple[float | None, ...]
    lower: tuple[float | None, ...]
    upper: tuple[float | None, ...]
    at_risk: tuple[float, ...]
    events: tuple[float, ...]
    one_minus_km: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class CompetingStratum:
    """`at` is the cumulative incidence by horizon with log-log limits `at_ci`, None beyond the follow-up;
    `one_minus_km_at` the error it is often mistaken for."""

    level: str
    n: int
    events: int
    competing_events: int
    curve: IncidenceCurve
    at: dict[str, float | None]
    at_ci: dict[str, tuple[float | None, float | None]]
    one_minus_km_at: dict[str, float | None]


@dataclass(frozen=True, slots=True)
class CompetingAnalysis:
    """from_months: whoever is event-free at that month; card: what Gray's test rests on."""

    id: str
    strata: tuple[CompetingStratum, ...]
    gray: StatisticalTest | None
    fine_gray: dict[str, tuple[CoxTerm, ...]]
    n_dropped: int = 0
    note: str | None = None
    from_months: int = 0
    card: EvidenceCard | None = None


@dataclass(frozen=True, slots=True)
class StandardisedIncidence:
    """Observed second primaries against what the population's rates would give the same person-time.

    Everything is of the strata that a reference rate covers, and of the persons with time in them; what the
    others hold stands in the three fields before the state. Without a ratio, observed and person-years are of
    all, or null where nobody looked for the second cancer.

    state, reason  "value", or "not_estimable" or "not_delivered" and a sentence why
    """

    stratum: dict[str, str]
    observed: int | None
    expected: float | None
    person_years: float | None
    sir: float | None
    sir_ci: tuple[float | None, float | None]
    excess_per_10k: float | None
    p_value: float | None
    persons: int | None = None
    mean_age_at_index_years: float | None = None
    mean_age_at_second_years: float | None = None
    strata_without_reference: int = 0
    person_years_without_reference: float = 0.0
    observed_without_reference: int = 0
    state: str = "value"
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class IncidenceRatioTest:
    """Whether the ratios of one dimension differ, or rise or fall along it.

    statistic, df    of the chi-squared test, whatever the method of p_value
    method           "exact", given the number of second primaries; "chi_squared" where outcomes are too many
    smallest_fitted  least number of second primaries in a level were all ratios alike; below 5 the
                     chi-squared limit is rough
    """

    dimension: str
    test: str
    statistic: float | None
    df: float | None
    p_value: float | None
    smallest_fitted: float | None
    note: str | None = None
    method: str = "exact"
    p_value_chi_squared: float | None = None


@dataclass(frozen=True, slots=True)
class Contrast:
    """One estimator's answer to a question that the paper asked in one way only.

    verdict  of the coefficient's own card; None where the estimator is no model
    """

    question: str
    estimator: str
    stance: str
    measure: str
    estimate: float | None
    ci: tuple[float | None, float | None] = (None, None)
    p_value: float | None = None
    source: str = ""
    note: str | None = None
    verdict: str | None = None


@dataclass(frozen=True, slots=True)
class Claim:
    """One number that a paper prints, beside what it is when computed again."""

    where: str
    what: str
    printed: str
    recomputed: float | str | None
    verdict: str
    note: str | None
    id: str = ""
    basis: str = ""
    decimals: int | None = None
    expression: str = ""
