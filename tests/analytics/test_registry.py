"""One record an analysis: what the report knows of it stands in the file of its question, once."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest

from analytics.provenance.origins import DRAWERS
from analytics.questions import registry
from analytics.render.figures.all_figures import figures
from analytics.render.figures.captions import captions
from analytics.render.page.sections import sections
from analytics.render.tables.all_tables import tables
from analytics.results.document import Results
from analytics.results.json_file import NotResults, plain, read
from tests.analytics.made_up_analysis import PeopleOfASex
from tests.analytics.warehouse_fixture import write_warehouse


def test_every_key_table_and_figure_of_a_record_is_there(results):
    keys = [key for analysis in registry.ANALYSES for key in analysis.keys]
    assert len(keys) == len(set(keys)) and set(keys) < {field.name for field in fields(Results)}
    made, drawn = tables(results), figures(results)
    shown = [table.id for analysis in registry.ANALYSES for table in analysis.tables]
    assert len(shown) == len(set(shown)) and set(shown) <= set(made)
    ids = [id for analysis in registry.ANALYSES for row in analysis.figures for id in row]
    assert len(ids) == len(set(ids)) and set(ids) == set(drawn) == set(captions(results.study))


def test_each_analysis_has_its_section_with_all_that_its_record_names(results):
    made = {section.id: section for section in sections(results, tables(results), figures(results))}
    assert {analysis.section for analysis in registry.ANALYSES} == set(registry.ORDER) < set(made)
    for analysis in registry.ANALYSES:
        section = made[analysis.section]
        assert [part.table.id for part in section.tables] == [table.id for table in analysis.tables]
        drawn = [shown.figure.id for row in section.figures for shown in row]
        assert drawn == [id for row in analysis.figures for id in row]
        drawers = [drawer for drawer in DRAWERS if drawer.section == analysis.section]
        assert drawers == list(analysis.drawers)
        if analysis.section != "published":  # its drawers say how many numbers each mart gave
            assert [row.numbers for row in section.origins] == [drawer.numbers for drawer in drawers]


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
    said = read(out / "results.json", {"people_by_sex": PeopleOfASex})
    assert said.further["people_by_sex"][0] == PeopleOfASex(**women) and plain(said) == document
    with pytest.raises(NotResults, match="unknown key 'people_by_sex'"):
        read(out / "results.json")
    rows = (out / "tables" / "people_by_sex.csv").read_text(encoding="utf-8").splitlines()
    assert rows[0] == "Sex,People,Share,data" and rows[1].startswith(f"Female,{women['n']},")
    page = (out / "report.html").read_text(encoding="utf-8")
    section = page[page.index('<section id="made_up"') :]
    assert "Made up." in section and 'id="table-people_by_sex"' in section
    (drawer,) = (row for row in document["provenance"] if row["section"] == "made_up")
    assert drawer["n_rows"] == document["cohort"]["n_index"]
    assert traced == ["select * from marts.index_patients where sex = 'Female'", True]
