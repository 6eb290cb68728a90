"""Another pair of cancers is another study, not another code path."""

from __future__ import annotations

import re

import duckdb
import jsonschema
import pytest

from analytics.report import write_report
from analytics.results.json_file import plain
from analytics.summary import one_screen
from tests.analytics.test_report import SCHEMA, json
from tests.analytics.warehouse_fixture import write_warehouse

NAMES = """
update study.study set name = 'aml_after_breast', engine = 'r',
    title = 'Secondary acute myeloid leukaemia after breast cancer',
    index_label = 'breast cancer', index_short_label = 'BC',
    second_label = 'acute myeloid leukaemia', second_short_label = 'sAML'
"""
ERAS = {
    1: {"1975-2018": (1975, 2018)},
    3: {"1975-1989": (1975, 1989), "1990-2002": (1990, 2002), "2003-2018": (2003, 2018)},
}


@pytest.fixture()
def another(tmp_path):
    path = write_warehouse(tmp_path / "another.duckdb", scale=0.02)
    with duckdb.connect(str(path)) as connection:
        connection.execute(NAMES)
        connection.execute("delete from marts.institution_cases")
        connection.execute("update marts.institution_summary set n_index = 0, n_second = 0")
    return path


def with_eras(path, eras: dict[str, tuple[int, int]]) -> None:
    with duckdb.connect(str(path)) as connection:
        connection.execute("delete from study.study_eras")
        for position, (era, (first, last)) in enumerate(eras.items(), start=1):
            connection.execute(
                "insert into study.study_eras values (?, ?, ?, ?)", [position, era, first, last]
            )
            for table in ("index_patients", "index_patients_corrected", "second_primaries"):
                connection.execute(
                    f"update marts.{table} set era = ? where index_year between ? and ?", [era, first, last]
                )
        connection.execute(
            "create or replace table marts.second_primaries_by_era as select era, count(*) as n_index,"
            " count(*) filter (has_second_primary) as n_second,"
            " sum(greatest(months_to_first_event - 12, 0)) as person_months_at_risk"
            " from marts.index_patients group by era"
        )
        first, last = next(iter(eras)), next(reversed(eras))
        groups = connection.execute(
            "select table_name from information_schema.tables where table_name = 'person_time_by_group'"
        ).fetchall()
        for table in ("person_time_by_era", *(name for (name,) in groups)):
            connection.execute(
                f"update marts.{table} set era = case when era = '1975-2002' then ? else ? end",
                [first, last],
            )
        connection.execute(
            "update marts.survival_intervals as i set era = p.era from marts.index_patients as p"
            " where p.patient_id = i.patient_id"
        )


@pytest.mark.parametrize("n", ERAS)
def test_one_era_or_three_are_reported_as_two_are(another, tmp_path, run, n):
    with_eras(another, ERAS[n])
    written = write_report(another, tmp_path / "out", run=run)
    jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8"))).validate(
        plain(written.document)
    )
    page = written.page.read_text(encoding="utf-8")
    assert "sAML" in page and "myeloma" not in page
    assert ('id="table-fair_eras"' in page) == (n > 1)
    lines = one_screen(written.document).splitlines()
    assert len(lines) <= 24 and max(map(len, lines)) <= 80


def test_a_latency_rule_of_none_has_one_ratio_from_diagnosis_on(another, tmp_path, run):
    with duckdb.connect(str(another)) as connection:
        connection.execute("update study.study set min_latency_months = 0")
    written = write_report(another, tmp_path / "out", run=run)
    assert {"from": "diagnosis"} not in [row.stratum for row in written.document.sir]


def test_a_study_without_a_paper_has_nothing_published_and_nothing_of_a_paper(another, tmp_path, run):
    written = write_report(another, tmp_path / "out", run=run)
    assert written.document.published == ()
    page = re.sub(r"<(script|style|svg)\b.*?</\1>", " ", written.page.read_text("utf-8"), flags=re.DOTALL)
    said = [re.sub(r"<[^>]+>", " ", page), one_screen(written.document)]
    said += [table.read_text("utf-8") for table in written.tables if table.suffix == ".md"]
    said += re.findall(r"<(?:title|desc)[^>]*>[^<]+|<text[^>]*>[^<]+", written.page.read_text("utf-8"))
    assert not [hit for text in said for hit in re.findall(r".{30}(?:[Pp]ublished|[Tt]he paper).{20}", text)]
    assert {row.stance for row in written.document.contrasts} == {"conventional", "corrected"}
