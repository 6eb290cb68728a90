"""One record an analysis: what the report knows of it stands in the file of its question, once."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import fields, replace
from functools import partial
from pathlib import Path

import pytest

from analytics.provenance.origins import DRAWERS
from analytics.questions import registry
from analytics.render.exposures import exposures
from analytics.render.figures.all_figures import FIGURES, figures, figures_for
from analytics.render.figures.canvas import ReportFigure, draw
from analytics.render.page.sections import sections
from analytics.render.tables.all_tables import TABLES, all_tables, tables, tables_of
from analytics.render.tables.checklists import CHECKLISTS, checklists
from analytics.results.document import Results
from analytics.results.json_file import NotResults, plain, read
from tests.analytics.empty_results import results_of_nobody
from tests.analytics.made_up_analysis import PeopleOfASex
from tests.analytics.warehouse_fixture import write_warehouse


def test_every_key_of_results_belongs_to_one_analysis():
    keys = [key for analysis in registry.ANALYSES for key in analysis.keys]
    known = {field.name for field in fields(Results)} | registry.questions().keys()
    assert len(keys) == len(set(keys)) and set(keys) < known


@pytest.mark.parametrize("records", [TABLES, FIGURES], ids=["tables", "figures"])
def test_each_record_has_an_id_of_its_own_and_stands_in_the_order_of_the_page(records, results):
    ids = [record.id for record in records]
    assert len(ids) == len(set(ids))
    order = [section.id for section in sections(results, {}, {})]
    places = [order.index(record.section) for record in records]
    assert places == sorted(places)


def test_these_results_fill_every_table_and_figure(results):
    """But those of rebuilds, which `metachron sensitivity` makes."""
    of_results = [table.id for table in all_tables() if table not in CHECKLISTS]
    assert [*tables(results)] == [id for id in of_results if id != "sensitivity"]
    assert figures_for(results) == [figure for figure in FIGURES if figure.id != "sensitivity"]


def test_each_section_shows_the_tables_figures_and_drawers_of_its_records(results):
    made, drawn = tables(results), figures(results)
    made |= checklists(results, made, drawn)
    shown = sections(results, made, drawn)
    laid = [part.table for section in shown for part in section.tables]
    placed = [figure for section in shown for figure in section.figures]
    assert sorted(table.id for table in laid) == sorted(made)
    assert [figure.figure.id for figure in placed] == [*drawn]
    assert [figure.number for figure in placed] == [*range(1, len(drawn) + 1)]
    for section in shown:
        in_order = [table.id for table in tables_of(section.id) if table.id in made]
        assert [part.table.id for part in section.tables] == in_order
    assert [analysis.section for analysis in registry.ANALYSES] == [
        section.id for section in shown[: len(registry.ANALYSES)]
    ]
    for analysis, section in zip(registry.ANALYSES, shown, strict=False):
        if analysis.section != "published":  # its drawers say how many numbers each mart gave
            drawers = [drawer.numbers for drawer in DRAWERS if drawer.section == analysis.section]
            assert drawers == [drawer.numbers for drawer in analysis.drawers]
            assert [row.numbers for row in section.origins] == drawers


def svg_of(figure: ReportFigure, results: Results) -> str:
    return draw(figure, results).svg


RECORDS = [
    *((table.id, table.made_of, table.make) for table in TABLES if table.id != "sensitivity"),
    *(
        (figure.id, figure.made_of, partial(svg_of, figure))
        for figure in FIGURES
        if figure.id != "sensitivity"
    ),
]


@pytest.mark.parametrize(
    ("made_of", "make"), [record[1:] for record in RECORDS], ids=[record[0] for record in RECORDS]
)
def test_a_record_names_every_key_that_it_is_made_of(made_of, make, results):
    others = {
        field.name
        for field in fields(Results)
        if field.name not in (*made_of, "schema_version", "study", "data", "further")
    }
    nobody = results_of_nobody()
    further = {key: rows for key, rows in results.further.items() if key in made_of}
    without = replace(results, **{name: getattr(nobody, name) for name in others}, further=further)
    assert make(without) == make(results)


def test_dbts_exposures_are_those_of_the_records():
    written = Path(__file__).parents[2] / "dbt_project" / "models" / "marts" / "_report__exposures.yml"
    assert written.read_text(encoding="utf-8") == exposures(), (
        f"python -m analytics.render.exposures > {written.name}"
    )


PROGRAM = """
import json, sys
from pathlib import Path
from analytics.questions import registry
from tests.analytics.made_up_analysis import ANALYSIS
registry.ANALYSES = (*registry.ANALYSES, ANALYSIS)
from analytics.provenance.trace import trace
from analytics.report import write_report
from analytics.results.json_file import plain
from tests.analytics.conftest import RUN
written = write_report(Path(sys.argv[1]), Path(sys.argv[2]), run=RUN)
made = trace("people_by_sex[sex=Female].n", None, plain(written.document))
print(json.dumps([made.sql, made.is_count]))
"""
"""What a line in the registry does, in a process where it stands before anybody reads it."""


@pytest.fixture(scope="module")
def with_one_more(tmp_path_factory) -> tuple[Path, list]:
    folder = tmp_path_factory.mktemp("made_up")
    warehouse = write_warehouse(folder / "w.duckdb", scale=0.01)
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM, warehouse, folder / "out"],
        check=True, capture_output=True, text=True, cwd=Path(__file__).parents[2],
    )  # fmt: skip
    return folder / "out", json.loads(ran.stdout)


def test_an_analysis_in_one_file_is_in_results_section_table_and_provenance(with_one_more):
    out, traced = with_one_more
    document = json.loads((out / "results.json").read_text(encoding="utf-8"))
    women, men = document["people_by_sex"]
    assert (women["sex"], men["sex"]) == ("Female", "Male") and women["share"] + men["share"] == 1
    assert women["n"] + men["n"] == document["cohort"]["n_index"]
    said = read(out / "results.json", registry.row_types() | {"people_by_sex": PeopleOfASex})
    assert said.further["people_by_sex"][0] == PeopleOfASex(**women) and plain(said) == document
    with pytest.raises(NotResults, match="unknown key 'people_by_sex'"):
        read(out / "results.json", registry.row_types())
    rows = (out / "tables" / "people_by_sex.csv").read_text(encoding="utf-8").splitlines()
    assert rows[0] == "Sex,People,Share,data" and rows[1].startswith(f"Female,{women['n']},")
    page = (out / "report.html").read_text(encoding="utf-8")
    section = page[page.index('<section id="made_up"') :]
    assert "Made up." in section and 'id="table-people_by_sex"' in section
    (drawer,) = (row for row in document["provenance"] if row["section"] == "made_up")
    assert drawer["n_rows"] == document["cohort"]["n_index"]
    assert traced == ["select * from marts.index_patients where sex = 'Female'", True]


def test_each_section_has_a_name_of_the_field_and_a_question(results):
    shown = sections(results, {}, {})
    assert all(re.fullmatch(r"[A-Z][^?.]+", section.title) for section in shown)
    assert all(re.fullmatch(r"[A-Z][^?]+\?", section.question) for section in shown)
    assert len({(section.title, section.question) for section in shown}) == len(shown)
    assert not any("{" in section.title + section.question for section in shown)
    assert {section.title for section in shown} & {section.question for section in shown} == set()
