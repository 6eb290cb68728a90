"""Every Cox model that is printed holds what it says: covariates, references, strata, ties, penalty, people.

Of the default study and of another with three eras. In the second each likelihood is written out again, term
by term, on a design made here from the marts: a covariate left out, a reference exchanged or a stratum
forgotten gives another one.
"""

from __future__ import annotations

import duckdb
import numpy as np
import polars as pl
import pytest
from scipy.interpolate import CubicSpline

from analytics.estimators.cox import cox
from analytics.render.lookup import the
from analytics.report import ReportResult
from analytics.results.cox import CoxAnalysis
from analytics.results.ids import ADJUSTED, EFRON, FIRTH, NAIVE, TOGETHER, UNADJUSTED, Cox, alone, at_landmark
from analytics.warehouse.marts import open_marts
from tests.estimators.dull_cox import gradient, log_likelihood

Terms = list[tuple[str, str, str | None]]

EXPOSED: Terms = [("second_primary", "with", "without")]
ADJUSTMENT: Terms = [
    ("sex", "Female", "Male"), ("race", "Black", "White"), ("race", "Other", "White"),
    ("race", "Unknown", "White"), ("index_year", "per year", None),
]  # fmt: skip
IN_WORDS = (
    "age at index (restricted cubic spline, 4 knots)", "sex", "race (unknown a level of its own)",
    "calendar year of index (linear)",
)  # fmt: skip
COLUMNS = {"sex": "sex", "race": "race", "age": "age_group_at_second", "era": "era",
           "chemotherapy": "chemotherapy_second"}  # fmt: skip
STUDIES = {
    "default": (("1975-2002",), "2003-2018", "breslow"),
    "of three eras": (("1975-1989", "1990-2002"), "2003-2018", "efron"),
}
"""The eras before the last one, the last one, and the ties of conventional models after the second cancer."""

FOLLOWED = "from marts.second_primaries where is_followed_after_second"
INTERVALS = "from marts.survival_intervals"
COUNTED = {
    Cox.ALONE: (f"select count(*), count(*) filter (died) {FOLLOWED}", 0),
    Cox.NAIVE: ("select count(*), count(*) filter (died) from marts.index_patients where is_followed", 0),
    Cox.LANDMARK: ("select count(*), count(*) filter (died) from (select max(stop_months) as stop, "
                   f"bool_or(died) as died {INTERVALS} group by patient_id) where stop > ?", 1),
    Cox.ADJUSTED: (f"select count(*), count(*) filter (died) {INTERVALS}", 0),
}  # fmt: skip
"""People and deaths of each kind of model, and how often its months stand in the query."""


@pytest.fixture(params=STUDIES)
def printed(request, report, report_of, warehouse):
    """A report, its warehouse and the study's eras and ties."""
    if request.param == "default":
        return report, warehouse, *STUDIES[request.param]
    other = report_of(3)
    return other, warehouse_of(other), *STUDIES[request.param]


def warehouse_of(written: ReportResult):
    return written.page.parents[1] / "another.duckdb"


def test_each_model_compares_what_it_says_with_the_ties_and_the_penalty_it_says(printed):
    written, _, eras, last, ties = printed
    factors: dict[str, Terms] = {
        "sex": [("sex", "Male", "Female")],
        "race": [("race", "White", "Other"), ("race", "Black", "Other")],
        "age": [("age", "18-64", "65+")],
        "era": [("era", era, last) for era in eras],
        "chemotherapy": [("chemotherapy", "No/Unknown", "Yes")],
    }
    together = [term for terms in factors.values() for term in terms]
    assert {model.id: told(model) for model in written.document.cox} == {
        **{alone(variable): (terms, ties, None, (), None) for variable, terms in factors.items()},
        TOGETHER: (together, ties, None, (), None),
        EFRON: (together, "efron", None, (), None),
        FIRTH: (together, "breslow", "firth", (), None),
        NAIVE: (EXPOSED, "breslow", None, (), None),
        **{at_landmark(months): (EXPOSED, "efron", None, (), None) for months in (24, 60, 120)},
        ADJUSTED: ([*EXPOSED, *ADJUSTMENT], "efron", None, IN_WORDS, "era of index"),
        UNADJUSTED: (EXPOSED, "efron", None, (), None),
    }
    tested = {test.variable: test.df for test in the(written.document.cox, id=ADJUSTED).wald}
    assert tested == {"second_primary": 1, "age (spline)": 3, "sex": 1, "race": 3, "index_year": 1}


def told(model: CoxAnalysis) -> tuple:
    terms = [(term.variable, term.level, term.reference) for term in model.terms]
    return terms, model.ties, model.penalty, model.adjusted_for, model.stratified_by


def test_each_model_counts_the_people_and_the_deaths_of_its_marts(printed):
    written, warehouse, *_ = printed
    like = {Cox.TOGETHER: Cox.ALONE, Cox.EFRON: Cox.ALONE, Cox.FIRTH: Cox.ALONE, Cox.UNADJUSTED: Cox.ADJUSTED}
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        for model in written.document.cox:
            query, times = COUNTED[like.get(model.id.kind, model.id.kind)]
            asked = connection.execute(query, [model.id.landmark_months] * times).fetchall()
            assert [(model.n, model.events)] == asked, model.id


# The likelihoods again


@pytest.fixture(scope="module")
def second_study(report_of):
    """Its models by id, and its marts as frames."""
    written = report_of(3)
    with open_marts(warehouse_of(written)) as marts:
        after, people = marts.second_primaries(), marts.index_patients()
        frames = (
            after.filter("is_followed_after_second"), marts.survival_intervals(), people.filter("is_followed")
        )  # fmt: skip
    return {model.id: model for model in written.document.cox}, *frames


def columns(people: pl.DataFrame, model: CoxAnalysis, names: dict[str, str]) -> np.ndarray:
    return np.column_stack([people[names[term.variable]] == term.level for term in model.terms]).astype(float)


def coefficients(model: CoxAnalysis) -> np.ndarray:
    return np.array([term.coef for term in model.terms], float)


@pytest.mark.parametrize("id", [*map(alone, COLUMNS), TOGETHER, EFRON])
def test_after_the_second_cancer_the_likelihood_is_at_its_height(id, second_study):
    models, after, *_ = second_study
    model, beta = models[id], coefficients(models[id])
    x, months, died = columns(after, model, COLUMNS), after["months_after_second"], after["died"]

    def likelihood(at: np.ndarray) -> float:
        return log_likelihood(at, list(months), list(died), x, ties=model.ties)

    assert model.loglik == pytest.approx(likelihood(beta), rel=1e-9)
    assert np.abs(gradient(likelihood, beta)).max() < 1e-4
    assert [term.hr for term in model.terms] == pytest.approx(np.exp(beta))


def test_firths_likelihood_has_its_penalty_and_is_at_its_height(second_study):
    models, after, *_ = second_study
    model, beta = models[FIRTH], coefficients(models[FIRTH])
    x, months, died = columns(after, model, COLUMNS), after["months_after_second"], after["died"]

    def likelihood(at: np.ndarray) -> float:
        return log_likelihood(at, list(months), list(died), x, ties="breslow")

    def penalised(at: np.ndarray) -> float:
        curved = [
            (gradient(likelihood, at + step, 1e-4) - gradient(likelihood, at - step, 1e-4)) / 2e-4
            for step in 1e-4 * np.eye(len(at))
        ]
        return likelihood(at) + 0.5 * float(np.linalg.slogdet(-np.array(curved))[1])

    assert model.loglik == pytest.approx(penalised(beta), rel=1e-5)
    for at in range(len(beta)):
        beside = beta + 0.2 * np.eye(len(beta))[at]
        assert penalised(beside) < penalised(beta)


def test_after_the_index_cancer_each_likelihood_is_at_its_height(second_study):
    models, _, intervals, people = second_study
    ends = intervals.group_by("patient_id", maintain_order=True).agg(
        pl.col("stop_months").max(),
        pl.col("died").any(),
        since=pl.col("start_months").filter(pl.col("exposed")).min(),
    )
    asked = {
        NAIVE: (people["survival_months"], people["died"], people["has_second_primary"], None),
        UNADJUSTED: (
            intervals["stop_months"],
            intervals["died"],
            intervals["exposed"],
            intervals["start_months"],
        ),
    }
    for months in (24, 60, 120):
        alive = ends.filter(pl.col("stop_months") > months)
        exposed = (alive["since"] <= months).fill_null(False)
        asked[at_landmark(months)] = (alive["stop_months"], alive["died"], exposed, None)
    for id, (months, died, exposed, entry) in asked.items():
        model, beta = models[id], coefficients(models[id])
        given = (list(months), list(died), exposed.cast(pl.Float64).to_numpy()[:, None])

        def likelihood(at, given=given, entry=entry, ties=model.ties) -> float:
            return log_likelihood(at, *given, ties=ties, entry=None if entry is None else list(entry))

        assert model.loglik == pytest.approx(likelihood(beta), rel=1e-9), id
        assert np.abs(gradient(likelihood, beta)).max() < 1e-3, id


@pytest.fixture(scope="module")
def adjusted_columns(second_study):
    """What the headline ratio is adjusted for, by name, made without the code that makes it."""
    _, _, rows, _ = second_study
    race, age = rows["race"].fill_null("Unknown"), rows["age_at_index_years"].cast(pl.Float64).to_numpy()
    return {
        "second": np.column_stack([rows["exposed"]]).astype(float),
        "age": natural_curves(age),
        "sex": np.column_stack([rows["sex"] == "Female"]).astype(float),
        "race": np.column_stack([race == level for level in ("Black", "Other", "Unknown")]).astype(float),
        "year": rows["index_year"].cast(pl.Float64).to_numpy()[:, None],
    }


def natural_curves(x: np.ndarray) -> np.ndarray:
    """Natural cubic splines at Harrell's four knots, straight beyond them; the fourth would make them 1."""
    knots = np.quantile(x, [0.05, 0.35, 0.65, 0.95])
    spline = CubicSpline(knots, np.eye(4), bc_type="natural")
    inside = np.clip(x, knots[0], knots[-1])
    return (spline(inside) + (x - inside)[:, None] * spline(inside, 1))[:, :3]


@pytest.mark.parametrize("left_out", [None, "age", "sex", "race", "year", "era"])
def test_the_headline_ratio_is_adjusted_for_all_that_it_names(left_out, second_study, adjusted_columns):
    """With all of it the likelihood is the printed one, without any part of it another."""
    models, _, rows, _ = second_study
    model = models[ADJUSTED]
    x = np.column_stack([each for name, each in adjusted_columns.items() if name != left_out])
    strata = None if left_out == "era" else list(rows["era"])
    names = [str(at) for at in range(x.shape[1])]
    fitted = cox(rows["stop_months"], rows["died"], x, names=names, entry=rows["start_months"],
                 strata=None if strata is None else np.array(strata), ties="efron")  # fmt: skip
    rows_of = [list(rows[name]) for name in ("stop_months", "died")]
    again = log_likelihood(
        np.array(fitted.coef), *rows_of, x, ties="efron", entry=list(rows["start_months"]), stratum=strata
    )
    is_whole = left_out is None
    assert (model.loglik == pytest.approx(again, rel=1e-9)) == is_whole
    assert (model.terms[0].hr == pytest.approx(fitted.hazard_ratio[0], rel=1e-6)) == is_whole
