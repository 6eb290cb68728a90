"""Another pair of cancers is another study, not another code path."""

from __future__ import annotations

import re

import duckdb
import jsonschema
import pytest

from analytics.answers import analyse
from analytics.report import write_report
from analytics.results.json_file import plain
from analytics.summary import one_screen
from analytics.warehouse.marts import open_marts
from tests.analytics.another_study import ERAS, write_another
from tests.analytics.test_report import SCHEMA, json


@pytest.fixture()
def another(tmp_path):
    return write_another(tmp_path / "another.duckdb")


@pytest.mark.parametrize("n", ERAS)
def test_one_era_or_three_are_reported_as_two_are(report_of, n):
    written = report_of(n)
    jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8"))).validate(
        plain(written.document)
    )
    page = written.page.read_text(encoding="utf-8")
    assert "sAML" in page and "myeloma" not in page
    assert ('id="table-fair_eras"' in page) == (n > 1)
    lines = one_screen(written.document).splitlines()
    assert len(lines) <= 24 and max(map(len, lines)) <= 80


def test_a_latency_rule_of_none_has_one_ratio_from_diagnosis_on(another, run):
    with duckdb.connect(str(another)) as connection:
        connection.execute("update study.study set min_latency_months = 0")
    with open_marts(another) as marts:
        results = analyse(marts, run)
    assert {"from": "diagnosis"} not in [row.stratum for row in results.sir]


def test_a_study_without_a_paper_has_nothing_published_and_nothing_of_a_paper(another, tmp_path, run):
    written = write_report(another, tmp_path / "out", run=run)
    assert written.document.published == ()
    page = re.sub(r"<(script|style|svg)\b.*?</\1>", " ", written.page.read_text("utf-8"), flags=re.DOTALL)
    said = [re.sub(r"<[^>]+>", " ", page), one_screen(written.document)]
    said += [table.read_text("utf-8") for table in written.tables if table.suffix == ".md"]
    said += re.findall(r"<(?:title|desc)[^>]*>[^<]+|<text[^>]*>[^<]+", written.page.read_text("utf-8"))
    assert not [hit for text in said for hit in re.findall(r".{30}(?:[Pp]ublished|[Tt]he paper).{20}", text)]
    assert {row.stance for row in written.document.contrasts} == {"conventional", "corrected"}
