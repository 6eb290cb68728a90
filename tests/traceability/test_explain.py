"""Every count is followed to its rows, and its rows to lines of the delivered files."""

from __future__ import annotations

import dataclasses
import json
import os
import re

import duckdb
import pytest

from analytics.places import leaves
from analytics.provenance.origins import DRAWERS, ORIGINS
from analytics.provenance.trace import NotTraced, counts, trace, traces
from analytics.published_numbers.expressions import NotThere, find_value
from analytics.warehouse.marts import open_marts
from flows.errors import IntegrityDamaged, PolicyRefused, UsageError
from flows.serving.explain import FileLines, explain, source_lines
from tests.traceability.conftest import Published

pytestmark = pytest.mark.slow

COUNT = re.compile(r"(^|\.)(n|n_\w+|persons|events|competing_events|observed|observed_\w+|denominator_\w+)$")
NOT_OF_THE_MARTS = re.compile(
    r"null_bands|draws|data\.|contrasts|^rows_behind|\.numeric\[|^study|^provenance|^sensitivity|^multiplicity"
    r"|^cross_checks"
)


@pytest.fixture(scope="module")
def results(published: Published):
    return published.results()


def test_the_sql_of_every_count_gives_as_many_rows_as_results_json_says(published, results):
    traced = counts(results, [place for place, value in leaves(results) if isinstance(value, int)])
    assert len(traced) > 180
    with duckdb.connect(str(published.release.warehouse), read_only=True) as connection:
        for count in traced:
            asked = f"coalesce(sum({count.total}), 0)" if count.total else "count(*)"
            found = connection.execute(f"select {asked} from ({count.sql}) as counted").fetchall()[0][0]
            assert found == count.value, (count.place, count.sql)


def test_every_kind_of_count_in_the_results_is_traced(results):
    untraced = [
        place
        for place, value in leaves(results)
        if COUNT.search(place) and isinstance(value, int) and not NOT_OF_THE_MARTS.search(place)
        and not trace_of(place, results)
    ]  # fmt: skip
    assert untraced == []


def trace_of(place, results):
    try:
        return trace(place, find_value(place, results), results).is_count
    except (NotTraced, NotThere, ValueError):
        return False


def test_each_origin_matches_some_number_of_the_twin(results):
    places = [place for place, _ in leaves(results)]
    used = {trace(place, None, results).mart for place in places if trace_of(place, results)}
    assert {origin.mart for origin in ORIGINS if origin.counts} <= used


def test_an_estimate_is_traced_to_the_rows_it_was_estimated_from(results):
    (found,) = traces("survival[id=os_from_index_by_second].strata[level=with].median", results)
    assert not found.is_count and found.sql.endswith("and has_second_primary")


def test_a_printed_number_is_traced_through_its_expression(results):
    number = next(row for row in results["published"] if "{cohort.n_second}" in row["expression"])
    (found,) = traces(f"published[id={number['id']}].recomputed", results)
    assert found.place == "cohort.n_second" and found.is_count


def test_what_the_paper_prints_is_explained_as_printed_there(published, results):
    number = next(row for row in results["published"] if "{cohort.n_second}" in row["expression"])
    found = explain(published.home, f"published[id={number['id']}].printed")
    assert found.parts == () and found.expression == ""
    assert found.made == (
        f"printed in the paper, {number['where']}; "
        f"recomputed: {number['recomputed']} (published[id={number['id']}].recomputed)"
    )


def test_the_lines_of_a_count_are_the_patients_own_lines_in_the_delivered_file(published, results):
    found = explain(published.home, "cohort.n_second")
    (part,) = found.parts
    (file,) = part.lines
    lines = (published.inbox / file.file_name).read_text(encoding="utf-8").splitlines()
    with duckdb.connect(str(published.release.warehouse), read_only=True) as connection:
        asked = connection.execute("select patient_id from marts.second_primaries order by all")
        patients = [row[0] for row in asked.fetchall()]
    assert part.n_rows == found.value == len(patients) == results["cohort"]["n_second"] > 0
    separator = re.compile(r"[\t,;|]")
    cells = [separator.split(lines[line - 1])[0].strip('"') for line in file.lines]
    assert sorted(set(cells)) == patients and len(cells) == 2 * len(patients)


def test_rows_without_lines_of_their_own_give_every_record_of_their_patients(published, results):
    removed = next(step for step in results["attrition"] if 0 < step["n_removed"] < 100)
    (part,) = explain(published.home, f"attrition[step={removed['step']}].n_removed").parts
    assert part.n_rows == removed["n_removed"]
    assert sum(len(file.lines) for file in part.lines) >= part.n_rows


def test_only_the_owner_of_the_home_sees_lines(published, monkeypatch):
    somebody_else = published.home.root.stat().st_uid + 1
    monkeypatch.setattr(os, "geteuid", lambda: somebody_else)
    with pytest.raises(PolicyRefused) as refused:
        explain(published.home, "cohort.n_second")
    assert refused.value.exit_code == 8
    (part,) = explain(published.home, "cohort.n_second", with_lines=False).parts
    assert part.lines is None and part.n_rows == part.value


def test_results_that_were_altered_do_not_pass_as_explained(published):
    file = published.home.reports / published.release.study / published.release.id / "results.json"
    kept = file.read_text(encoding="utf-8")
    altered = json.loads(kept)
    altered["cohort"]["n_second"] += 1
    try:
        file.write_text(json.dumps(altered), encoding="utf-8")
        with pytest.raises(IntegrityDamaged):
            explain(published.home, "cohort.n_second")
    finally:
        file.write_text(kept, encoding="utf-8")


@pytest.mark.parametrize(
    "place", ["nothing", "cohort", "eras[0", "run.duration_seconds", "", "eras[9].n_second"]
)
def test_a_place_without_a_number_is_wrong_usage(published, place):
    with pytest.raises(UsageError):
        explain(published.home, place)


def test_lines_are_told_as_runs():
    assert FileLines("f", (1, 2, 3, 7, 9, 10)).spans() == ["1-3", "7", "9-10"]
    assert FileLines("f", (5,)).spans() == ["5"]


def test_a_release_of_an_earlier_version_tells_lines():
    with duckdb.connect() as connection:
        connection.execute("create schema staging")
        connection.execute(
            "create table staging.stg_ledger__loads as select 'a' as load_id, 'f.xml' as file_name"
        )
        assert source_lines(connection, "select 'a' as load_id, 3 as source_line") == (
            FileLines("f.xml", (3,)),
        )


def test_the_screen_cuts_long_lists_of_lines_and_says_so(published):
    found = explain(published.home, "cohort.n_index")
    assert "more runs (--all-lines)" in found.screen()
    assert "more runs" not in found.screen(every_line=True)


def test_the_drawers_say_release_mart_sql_and_rows_in_every_section_they_belong_to(published, results):
    page = (published.home.reports / published.release.study / "latest" / "report.html").read_text("utf-8")
    drawn = [row["numbers"] for row in results["provenance"] if row["section"] != "published"]
    assert drawn == [drawer.numbers for drawer in DRAWERS]
    with open_marts(published.release.warehouse) as marts:
        for row in results["provenance"]:
            assert marts.count(row["sql"]) == row["n_rows"]
            section = page[page.index(f'id="{row["section"]}"') :]
            drawer = section[section.index('<details class="origins">') :]
            drawer = drawer[: drawer.index("</details>")]
            assert f"{row['mart']}, {row['n_rows']:,} row" in drawer
            assert published.release.id in drawer


def test_no_line_of_a_delivery_is_in_the_report(published, results):
    assert not any("source_line" in place for place, _ in leaves(results))


def test_a_level_with_an_apostrophe_cannot_end_its_sql(results):
    altered = {**results, "eras": [{**results["eras"][0], "era": "it's"}]}
    (found,) = traces("eras[0].n_second", altered)
    assert "era = 'it''s'" in found.sql


def test_an_origin_is_data_and_nothing_else():
    for origin in ORIGINS:
        assert all(isinstance(value, str | dict) for value in dataclasses.astuple(origin))
