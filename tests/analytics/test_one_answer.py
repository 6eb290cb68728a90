"""A number has one answer wherever it stands, and one that is missing says why."""

from __future__ import annotations

from dataclasses import replace

from analytics.provenance.trace import traces
from analytics.render.figures.eras import latency as latency_figure
from analytics.render.tables.cohort import latency
from analytics.render.tables.hazards import hazard_ratio, table2
from analytics.render.tables.models import competing
from analytics.results.ids import FIRTH, TOGETHER
from analytics.results.json_file import plain


def test_a_test_without_a_value_is_called_by_its_name(results):
    """Two tests of latency where an era has one second primary."""
    why = "a group has one value, which has no variance"
    tests = tuple(
        replace(row, p_value=None, statistic=None, df=None, state="not_estimable", reason=why)
        if row.test != "mann_whitney" else row
        for row in results.latency_tests
    )  # fmt: skip
    said = latency(replace(results, latency_tests=tests)).footnotes
    assert f"Student's t; Welch's t, not estimable: {why}" in said


def test_a_model_that_was_not_fitted_leaves_no_cell_of_table_2_without_its_state(results):
    cox = tuple(replace(model, terms=(), wald=()) if model.id == TOGETHER else model for model in results.cox)
    made = replace(results, cox=cox)
    table = table2(made)
    assert "not estimable" in {row[5] for row in table.rows} and "—" not in {c for r in table.rows for c in r}
    assert hazard_ratio(None) == "not estimable"
    (term, *_) = (term for model in results.cox if model.id == FIRTH for term in model.terms)
    endless = replace(term, hr=None, hr_ci=(1.2, None))
    assert hazard_ratio(endless) == "not estimable (1.20 to not reached)"


def test_one_person_is_one_person(results):
    (era, *others) = results.eras
    one = replace(era, latency=replace(era.latency, n=1))
    assert f"{era.era}: 1 person, median" in latency_figure(replace(results, eras=(one, *others))).alt


def test_what_several_notes_say_stands_once_under_a_table(results):
    said = " ".join(competing(results).footnotes)
    assert said.count("Of those alive without") == 1 and "No/Unknown is what the registry records" in said


def test_a_median_of_a_group_is_of_the_same_rows_wherever_it_stands(results):
    document = plain(results)
    of_groups = [(at, row) for at, row in enumerate(results.contrasts) if row.level is not None]
    assert "with" in {row.level for _, row in of_groups}
    for at, row in of_groups:
        group = f"survival[id={row.source.id}].strata[level={row.level}].median"
        [sql] = {traced.sql for traced in traces(group, document)}
        assert [traced.sql for traced in traces(f"contrasts[{at}].estimate", document)] == [sql]
        if row.p_value is not None:  # which compares the groups
            assert [traced.sql for traced in traces(f"contrasts[{at}].p_value", document)] != [sql]
