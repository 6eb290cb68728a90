"""What is called corrected: of which people, adjusted for what, and from which month on."""

from __future__ import annotations

import re
from types import SimpleNamespace

import duckdb
import numpy as np
import polars as pl
import pytest

from analytics.answers import analyse
from analytics.estimators.cox import cox, natural_spline
from analytics.places import leaves
from analytics.provenance.trace import NotTraced, trace
from analytics.published_numbers.expressions import find_value
from analytics.questions.adjustment import adjustment
from analytics.questions.competing_risks import competing_risks
from analytics.questions.contrasts import ERA, SURVIVAL
from analytics.questions.survival_after_index import first_month_with_exposed, survival_after_index
from analytics.questions.survival_strata import ticks_to
from analytics.render.lookup import first, stratum
from analytics.render.page.difference import differences
from analytics.render.words import answers
from analytics.report import write_report
from analytics.results.ids import ADJUSTED, NAIVE, UNADJUSTED, SurvivalId
from analytics.results.json_file import plain
from analytics.summary import one_screen
from analytics.warehouse.marts import open_marts
from tests.analytics.another_study import ERAS
from tests.analytics.warehouse_fixture import EARLY, with_first_event_flags, write_warehouse

CURVES = SurvivalId.FROM_EXPOSURE


@pytest.fixture(scope="module")
def beyond(tmp_path_factory):
    """A twentieth of the cohort, with people whom rules 3, 5, 6 and 7 keep from the published one."""
    folder = tmp_path_factory.mktemp("beyond")
    return write_warehouse(folder / "warehouse.duckdb", scale=0.05, beyond_published=True)


@pytest.fixture(scope="module")
def wider(beyond, run):
    with open_marts(beyond) as marts:
        return analyse(marts, run)


def test_published_counts_leave_out_whom_the_corrected_ones_count(wider):
    """18 published; with three third primaries and one of unknown survival 22 from month 12 on."""
    overall = wider.incidence_overall
    assert (wider.cohort.n_second, overall.n_second) == (18, 18)
    assert overall.observed == sum(era.observed for era in wider.eras) == 22
    assert wider.competing[0].strata[0].events == 22
    assert overall.rate_per_100k == pytest.approx(22 / overall.person_years * 1e5)
    assert stratum(wider, SurvivalId.BY_SECOND, "with").n == 18


def test_early_second_cancers_expose_and_are_seen_from_diagnosis_only(wider):
    """Of 18 + 3 + 5 with known survival every one gives exposed time; the one unknown is lost."""
    assert len(EARLY) == 5
    groups = first(wider.cox, id=UNADJUSTED).card.groups
    assert first(groups, level="with").n == 26
    assert first(wider.cox, id=UNADJUSTED).n_dropped == 1
    by_month = [row.observed for row in wider.sir[:2]]
    assert by_month[1] - by_month[0] == 5


def test_the_corrected_counts_are_those_of_their_rows(beyond, wider):
    """Each traced count, asked of the warehouse by the SQL that explain prints."""
    asked, document = 0, plain(wider)
    with duckdb.connect(str(beyond), read_only=True) as connection:
        for place, value in leaves(document):
            if not isinstance(value, int) or place.startswith(("null_bands", "contrasts")):
                continue
            try:
                made = trace(place, find_value(place, document), document)
            except (NotTraced, LookupError, ValueError):
                continue
            if not made.is_count or "intermediate." in made.sql or place.startswith("definitions"):
                continue
            counted = f"coalesce(sum({made.total}), 0)" if made.total else "count(*)"
            found = connection.execute(f"select {counted} from ({made.sql}) as counted").fetchall()[0][0]
            assert found == value, (place, made.sql)
            asked += re.search(r"corrected|survival_intervals|person_time_by_era", made.sql) is not None
    assert asked > 60


def test_the_headline_ratio_is_that_of_the_columns_it_names(wider, beyond):
    """The same fit by hand: spline of age, sex, race with the unknown, year; eras as strata."""
    with open_marts(beyond) as marts:
        rows = marts.survival_intervals()
    race = rows["race"].fill_null("Unknown")
    columns = {
        "second": rows["exposed"].cast(pl.Float64),
        "male": rows["sex"] == "Male",
        **{level: race == level for level in ("Black", "Other", "Unknown")},
        "year": rows["index_year"].cast(pl.Float64),
        **{f"age{k}": x for k, x in enumerate(natural_spline(rows["age_at_index_years"]).columns.T)},
    }
    x = np.column_stack([np.asarray(column, float) for column in columns.values()])
    model = cox(rows["stop_months"], rows["died"], x, names=list(columns), entry=rows["start_months"],
                strata=rows["era"].to_numpy())  # fmt: skip
    found = first(wider.cox, id=ADJUSTED)
    second = found.terms[0]
    assert (second.variable, second.hr) == ("second_primary", pytest.approx(model.hazard_ratio[0]))
    assert found.stratified_by == "era of index"
    assert [said.partition(" (")[0] for said in found.adjusted_for] == [
        "age at index", "sex", "race", "calendar year of index"]  # fmt: skip
    assert found.note.startswith("Adjusted for age at index")


def test_columns_of_the_spline_are_tested_together_and_never_printed(wider):
    found = first(wider.cox, id=ADJUSTED)
    assert {term.variable for term in found.terms} == {"second_primary", "sex", "race", "index_year"}
    assert first(found.wald, variable="age (spline)").df == 3


def rows_of(n: int, **changes) -> pl.DataFrame:
    said = {
        "sex": ["Male", "Female"] * (n // 2), "race": ["White"] * n, "era": ["1990-1999"] * n,
        "index_year": [1990 + k % 10 for k in range(n)],
        "age_at_index_years": [50 + k % 30 for k in range(n)],
    }  # fmt: skip
    return pl.DataFrame(said | changes, schema_overrides={"race": pl.String})


def test_a_covariate_that_compares_nobody_is_left_out_and_said():
    found = adjustment(rows_of(60, race=[None] * 60, index_year=[1995] * 60))
    assert found.left_out == ("race (known of nobody)", "calendar year of index (the same in everybody)")
    assert "Left out: race (known of nobody), calendar year" in found.note
    assert {c.variable for c in found.columns} == {"age (spline)", "sex"}


def test_an_unknown_race_is_a_level_and_nobody_is_lost_by_it():
    found = adjustment(rows_of(60, race=(["White"] * 4 + ["Black"] + [None]) * 10))
    race = {c.level: values for c, values in found.columns.items() if c.variable == "race"}
    assert list(race) == ["Black", "Unknown"] and race["Unknown"].sum() == 10
    assert all(values.null_count() == 0 for values in found.columns.values())


def exposures(*spans: tuple[float, float]) -> pl.DataFrame:
    return pl.DataFrame(
        {"start_months": [a for a, _ in spans], "stop_months": [b for _, b in spans],
         "exposed": [True] * len(spans)}
    )  # fmt: skip


def test_the_curves_begin_when_the_fifth_is_exposed_with_the_other_four():
    """Diagnosed at 3, 5, 8, 9 and 20, but the first has died at 10: the sixth, at 24, makes five again."""
    spans = [(3, 10), (5, 40), (8, 40), (9, 40), (20, 40), (24, 60)]
    assert first_month_with_exposed(exposures(*spans), 5) == 24
    assert first_month_with_exposed(exposures(*spans[1:]), 5) == 24
    assert first_month_with_exposed(exposures((3, 21), *spans[1:5]), 5) == 20
    assert first_month_with_exposed(exposures(*spans[:5]), 5) is None
    assert first_month_with_exposed(exposures(*spans), 2) == 5


@pytest.mark.parametrize("last, ends", [(0, 0), (59.5, 0), (60, 60), (359.5, 300), (360, 360), (500, 360)])
def test_a_risk_table_ends_at_the_last_whole_step_of_follow_up(last, ends):
    """Until month 359.5 nobody is at risk at 360, so no column says 0."""
    assert ticks_to(last).tolist() == list(range(0, ends + 1, 60))


def test_both_curves_are_of_those_alive_then_and_start_at_one(wider):
    found = first(wider.survival, id=CURVES)
    begins = found.from_months
    assert begins > 0 and f"alive at month {begins}" in found.note
    for group in found.strata:
        assert min(group.curve.time) > begins
        assert group.risk_table.time[0] == begins
        assert group.median is None or group.median > begins
    assert stratum(wider, CURVES, "with").risk_table.at_risk[0] == 5


def test_a_curve_is_kaplan_meier_of_the_survivors_by_hand():
    """Ten people, five exposed from month 1 on; month 1 kills one unexposed before anything is counted."""
    n = 10
    exposed = [True] * 5 + [False] * 5
    stop = [4.0, 6, 8, 9, 9, 1, 3, 5, 9, 9]
    died = [True, True, False, False, False, True, True, False, False, False]
    before = pl.DataFrame(
        {"patient_id": [f"P{k}" for k in range(5)], "start_months": [0.0] * 5, "stop_months": [1.0] * 5,
         "exposed": [False] * 5, "died": [False] * 5}
    )  # fmt: skip
    after = pl.DataFrame({"patient_id": [f"P{k}" for k in range(n)],
                          "start_months": [1.0] * 5 + [0.0] * 5, "stop_months": stop,
                          "exposed": exposed, "died": died})  # fmt: skip
    intervals = pl.concat([before, after])
    people = pl.DataFrame({
        "patient_id": [f"P{k}" for k in range(n)], "survival_months": stop, "died": died, "era": ["a"] * n,
        "has_second_primary": exposed, "has_second_cancer": exposed, "is_at_risk": True, "latency_months": 1,
        "is_followed": True,
    })  # fmt: skip
    study = SimpleNamespace(
        eras=(SimpleNamespace(era="a"),),
        landmarks=(),
        median_of_flat_stretch="midpoint",
        min_at_risk=5,
        second_short_label="B",
    )
    curves = survival_after_index(people, people, intervals, study)[-1]
    assert curves.from_months == 1
    without, with_second = curves.strata
    assert (without.n, without.events, with_second.n) == (4, 1, 5)
    assert dict(zip(without.curve.time, without.curve.survival, strict=True))[3.0] == pytest.approx(3 / 4)
    assert dict(zip(with_second.curve.time, with_second.curve.survival, strict=True))[6.0] == pytest.approx(
        3 / 5
    )


def test_with_fewer_than_five_exposed_there_is_no_curve_and_the_reason(tmp_path, run):
    path = write_warehouse(tmp_path / "four.duckdb", scale=0.01)
    with duckdb.connect(str(path)) as connection:
        connection.execute(
            "delete from marts.survival_intervals where exposed and patient_id not in"
            " (select patient_id from marts.survival_intervals where exposed order by patient_id limit 4)"
        )
    written = write_report(path, tmp_path / "out", run=run)
    found = first(written.document.survival, id=CURVES)
    assert found.strata == () and found.tests[0].p_value is None
    assert found.note == "Not estimable: fewer than 5 people with ALL are ever at risk together."
    assert found.note in (written.page.parent / "tables" / "survival.md").read_text(encoding="utf-8")
    assert not [figure for figure in written.figures if "survival_time_dependent" in figure.stem]


def test_contrasts_lead_with_the_adjusted_and_do_not_contradict_each_other(results):
    asked = [row for row in results.contrasts if row.question == SURVIVAL]
    ratios = [row for row in asked if row.measure == "hazard ratio"]
    assert [row.source.id for row in ratios[:3]] == [NAIVE, ADJUSTED, UNADJUSTED]
    assert [row.stance for row in ratios[:3]] == ["conventional", "corrected", "corrected"]
    assert "adjusted for age at index, sex, race and calendar year" in ratios[1].estimator
    without, with_second = (r for r in asked if r.measure == "median months" and r.stance == "corrected")
    assert (with_second.estimate < without.estimate) == (ratios[1].estimate > 1)


def test_incidence_is_of_those_event_free_when_second_primaries_start_to_count():
    """Early second cancers and early deaths have left; month 12 itself counts."""
    people = pl.DataFrame(
        {"months_to_first_event": [5.0, 11, 12, 30, 40, None], "is_at_risk": [True] * 6, "era": ["a"] * 6,
         "first_event": ["second_primary", "death", "second_primary", "death", "none", None],
         "chemotherapy_index": ["Yes"] * 6}
    )  # fmt: skip
    study = SimpleNamespace(eras=(SimpleNamespace(era="a"),), min_latency_months=12, second_short_label="B")
    found = competing_risks(with_first_event_flags(people), study)[0]
    group = found.strata[0]
    assert (group.n, group.events, group.competing_events, found.n_dropped) == (3, 1, 1, 1)
    assert group.curve.cif[0] == pytest.approx(1 / 3)
    assert found.note == "Of those alive without B at month 12." and found.from_months == 12


def test_eras_are_compared_within_bands_first(results):
    labels = [ratio.label for ratio in results.era_ratios]
    assert labels == [
        "rate per person-year, stratified by time since index and attained age",
        "rate per person-year",
        "proportion of people",
    ]
    rows = [row for row in results.contrasts if row.question == ERA]
    assert [row.stance for row in rows[:4]] == ["corrected", "corrected", "corrected", "conventional"]


def test_no_sentence_is_drawn_from_the_latencies_as_observed(results):
    p = first(results.latency_tests, test="student_t")
    assert f"{p.p_value:.3f}" == "0.517" and "unequal times" in p.note
    said = "\n".join(
        [one_screen(results), *(answer.data for answer in answers(results)), *differences(results).values()]
    )
    assert "0.517" not in said
    assert f"P = {results.fair_eras.windows[-1].latency_p_value:.3f}" in said


def test_one_era_has_no_test_no_ratio_and_says_why(report_of):
    written = report_of(1)
    document = written.document
    assert document.latency_tests == document.era_ratios == document.fair_eras.windows == ()
    reason = "The study has one era: there is nothing to compare."
    assert document.fair_eras.reason == reason
    assert reason in (written.page.parent / "tables" / "latency.md").read_text(encoding="utf-8")
    assert all(
        row.estimate is None and row.state == "not_estimable" and "one era" in row.reason
        for row in document.contrasts
        if row.question == ERA
    )
    assert "P = 1.000" not in written.page.read_text(encoding="utf-8")


def test_three_eras_are_all_drawn_and_the_last_is_compared_with_the_first(report_of):
    written = report_of(3)
    assert {(r.numerator, r.denominator) for r in written.document.era_ratios} == {("2003-2018", "1975-1989")}
    for name in ("survival_by_era", "incidence", "latency", "fair_eras"):
        (file,) = (path for path in written.figures if re.fullmatch(rf"figure_\d+_{name}\.svg", path.name))
        drawn = file.read_text(encoding="utf-8")
        assert all(era in drawn for era in ERAS[3]), name


def test_rate_and_ratio_are_said_of_the_cases_that_they_count(wider):
    published, observed = wider.incidence_overall.n_second, wider.sir[0].observed
    assert observed == wider.incidence_overall.observed != published
    said = first(answers(wider), about="incidence").data
    assert said.startswith(f"{observed} cases, ")
    assert f"Conventional: {published} of " in said
    assert f"{observed} later had ALL: nobody is left out" in " ".join(one_screen(wider).split())
