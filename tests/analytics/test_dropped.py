"""Whoever's follow-up is unknown is counted in the group that loses them, in every analysis."""

from __future__ import annotations

import duckdb
import pytest

from analytics.questions.survival_after_index import models_after_index, survival_after_index
from analytics.results.ids import ADJUSTED, NAIVE, UNADJUSTED, SurvivalId, at_landmark
from analytics.warehouse.marts import open_marts
from analytics.warehouse.study import read_study
from tests.analytics.warehouse_fixture import write_warehouse


@pytest.fixture(scope="module")
def analyses(tmp_path_factory):
    path = write_warehouse(tmp_path_factory.mktemp("dropped") / "warehouse.duckdb", scale=0.02)
    with duckdb.connect(str(path)) as connection:
        lost = [
            connection.execute(
                f"select patient_id from marts.index_patients where {rule} order by patient_id limit {n}"
            ).fetchall()
            for rule, n in (("era = '1975-2002' and not has_second_primary", 3),
                            ("era = '2003-2018' and not has_second_primary", 1),
                            ("era = '2003-2018' and latency_months = 30", 1))
        ]  # fmt: skip
        names = [row[0] for rows in lost for row in rows]
        assert len(names) == 5
        connection.execute(
            "update marts.index_patients set survival_months = null, is_followed = false"
            " where list_contains(?, patient_id)",
            [names],
        )
        connection.execute(
            "update marts.index_patients_corrected set survival_months = null, is_followed = false"
            " where list_contains(?, patient_id)",
            [names],
        )
        connection.execute("delete from marts.survival_intervals where list_contains(?, patient_id)", [names])
    with open_marts(path) as marts:
        frames = (
            marts.index_patients(), marts.index_patients_corrected(), marts.survival_intervals(),
            read_study(marts),
        )  # fmt: skip
        curves = {analysis.id: analysis for analysis in survival_after_index(*frames)}
        models = {model.id: model for model in models_after_index(*frames)}
    return curves, models


def dropped(analysis) -> dict[str, int]:
    return {stratum.level: stratum.n_dropped for stratum in analysis.strata}


def test_each_group_counts_its_own(analyses):
    curves, _ = analyses
    assert dropped(curves[SurvivalId.FROM_INDEX]) == {"all": 5}
    assert dropped(curves[SurvivalId.BY_SECOND]) == {"without": 4, "with": 1}
    assert dropped(curves[SurvivalId.BY_ERA]) == {"1975-2002": 3, "2003-2018": 2}


def test_a_landmark_counts_them_as_what_was_known_at_it(analyses):
    curves, _ = analyses
    found = dropped(curves[SurvivalId.AT_LANDMARKS])
    assert (found["without by 24 months"], found["with by 24 months"]) == (5, 0)
    assert (found["without by 60 months"], found["with by 60 months"]) == (4, 1)


def test_a_second_primary_is_lost_to_both_sides_of_its_diagnosis(analyses):
    curves, _ = analyses
    assert dropped(curves[SurvivalId.FROM_EXPOSURE]) == {"without": 5, "with": 1}


def test_models_count_people_without_follow_up(analyses):
    _, models = analyses
    names = (NAIVE, at_landmark(60), UNADJUSTED, ADJUSTED)
    assert [models[name].n_dropped for name in names] == [5, 5, 5, 5]
