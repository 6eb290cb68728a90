"""The page says what a reader needs, escapes what it is handed, shows no patient and calls no host."""

from __future__ import annotations

import json
import logging
import re
import shutil
import stat
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest

from expectations import __main__ as command
from expectations import audit as audit_module
from expectations.all_suites import all_expectations
from expectations.audit import audit
from expectations.expectation import no_row
from expectations.report import AuditReport
from flows.landing.deliveries import raw_tables
from tests.expectations.conftest import CANARY

EXPECTATIONS = all_expectations(tuple(raw_tables()))

SCRIPT = "<script>alert(1)</script>"


class Elements(HTMLParser):
    """Every tag of a page with its attributes, and the text a reader sees."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text += f"{data} "


@pytest.fixture(scope="module")
def page(good_report) -> str:
    return (good_report[1] / "data_quality.html").read_text(encoding="utf-8")


def expectations(*words: str):
    return [expectation for expectation in EXPECTATIONS if expectation.says in words]


def test_what_the_data_says_is_text_and_never_a_script(page):
    assert SCRIPT not in page, "the name of the database holds it"
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "script" not in {tag for tag, _ in Elements(page).tags}


def test_the_page_asks_nothing_of_any_host(page):
    for tag, attributes in Elements(page).tags:
        assert tag not in {"script", "link", "img", "iframe", "object", "embed", "base", "form"}
        assert not {name for name in attributes if name.startswith("on")}
        assert not {name for name in attributes if name in {"href", "src", "srcset", "action", "xlink:href"}}
    assert not re.search(r"https?:|url\(|@import|//[a-z]", page)
    policy = [
        a["content"] for t, a in Elements(page).tags if a.get("http-equiv") == "Content-Security-Policy"
    ]
    assert policy == ["default-src 'none'; style-src 'unsafe-inline'; img-src data:"]


def test_nothing_that_is_written_carries_a_patients_value(good_report):
    _, out = good_report
    written = {file.name: file.read_text(encoding="utf-8") for file in out.iterdir()}
    assert written.keys() == {
        "audit.json",
        "data_quality.html",
        "great_expectations.json",
        "history.jsonl",
        "junit.xml",
    }
    assert not [name for name, text in written.items() if CANARY in text]
    assert {stat.S_IMODE(file.stat().st_mode) for file in out.iterdir()} == {0o600}


def test_an_expectation_that_breaks_on_a_value_does_not_quote_it(copy, tmp_path, caplog, capfd):
    broken = no_row(
        "cast(patient_id as integer) > 0",
        counted="sum(cast(patient_id as integer))",
        table="marts.index_patients",
        says="An expectation that cannot run",
        because="patient numbers are not numbers here",
        means="Nothing.",
        severity="warning",
    )
    with caplog.at_level(logging.DEBUG):
        report = audit(copy.build, copy.raw, out=tmp_path / "out", expectations=[broken])
    assert report.expectations[1].outcome == "could not run"
    told = caplog.text + "".join(capfd.readouterr())
    told += "".join(file.read_text() for file in (tmp_path / "out").iterdir())
    assert CANARY not in told


def test_what_was_refused_is_counted_by_reason_and_not_quoted(copy, tmp_path):
    copy.spoil(
        "update landed.raw.loads set rows_rejected = 2, rows_read = rows_landed + 2 where source = 'seer'",
        "insert into landed.raw.rejects select load_id, i, 'Sex', 'unknown_label', 'Mail is no label',"
        f" '{CANARY},Mail' from landed.raw.loads, range(2, 4) as lines (i) where source = 'seer'",
    )
    report = audit(
        copy.build, copy.raw, out=tmp_path / "out", expectations=expectations("No row was rejected")
    )
    page = (tmp_path / "out" / "data_quality.html").read_text()
    text = " ".join(Elements(page).text.split())
    assert report.arrivals.refusals == [
        {"file_name": "seer_listing.txt", "reason_code": "unknown_label", "column_name": "Sex", "n_rows": 2}
    ]
    assert "unknown label Sex 2" in text
    assert "410 408 2" in text, "rows read = landed + rejected"
    assert CANARY not in page and "Mail" not in page


def test_synthetic_data_says_so_at_the_top(page, copy, tmp_path):
    banner = "SYNTHETIC DATA"
    assert banner in page and page.index(banner) < page.index("<h1>")
    copy.spoil("update landed.raw.loads set is_synthetic = false")
    audit(copy.build, copy.raw, out=tmp_path / "out", expectations=expectations("No row was rejected"))
    assert banner not in (tmp_path / "out" / "data_quality.html").read_text()


def test_a_failure_says_what_it_means_before_anything_else_is_listed(copy, tmp_path):
    copy.spoil("update landed.raw.loads set rows_read = rows_read + 1 where source = 'seer'")
    audit(
        copy.build,
        copy.raw,
        out=tmp_path / "out",
        expectations=expectations("Every row read was landed or rejected"),
    )
    text = " ".join(Elements((tmp_path / "out" / "data_quality.html").read_text()).text.split())
    assert "Must not be published" in text
    assert "the last good release stays what analysts read" in text
    assert text.index("Patients may be missing from every count.") < text.index("Everything that was asked")


def test_the_page_says_how_expectations_were_asked(page, good_report):
    report, out = good_report
    text = " ".join(Elements(page).text.split())
    n_native = sum(each.is_native for each in report.expectations)
    n_queries = report.n_expectations - n_native - 1
    assert f"{n_native} are expectations that Great Expectations has, {n_queries} are queries" in text
    assert "One opinion: Great Expectations sees tables and no files" in text
    told = json.loads((out / "great_expectations.json").read_text(encoding="utf-8"))
    asked = [each for suite in told["validation_results"] for each in suite["expectations"]]
    assert told["success"] and {str(each["result"]) for each in asked} == {"{}"}, "no value is among them"
    assert sum(each["expectation_type"] == "unexpected_rows_expectation" for each in asked) == n_queries


def test_the_page_can_be_read_by_ear_and_on_paper(page):
    elements = Elements(page)
    assert ("html", {"lang": "en"}) in elements.tags
    assert [tag for tag, _ in elements.tags].count("h1") == 1
    headers = [attributes for tag, attributes in elements.tags if tag == "th"]
    assert headers and all("scope" in attributes for attributes in headers)
    figures = [attributes for tag, attributes in elements.tags if tag == "svg"]
    assert figures and all(attributes["role"] == "img" and attributes["aria-label"] for attributes in figures)
    assert "@media print" in page


def test_the_same_build_gives_the_same_bytes(good, good_report, tmp_path):
    _, out = good_report
    audit(good.build, good.raw, out=tmp_path / "again")
    for file in out.iterdir():
        assert file.read_bytes() == (tmp_path / "again" / file.name).read_bytes()


def test_junit_tells_failures_from_warnings_and_from_what_could_not_run(copy, tmp_path):
    copy.spoil(
        "update landed.raw.loads set rows_rejected = 9, rows_read = rows_landed + 10 where source = 'seer'",
        "drop table landed.raw.rejects",
    )
    audit(
        copy.build,
        copy.raw,
        out=tmp_path / "out",
        expectations=expectations(
            "No row was rejected",
            "Every row read was landed or rejected",
            "Each rejected row is kept with its line and its reason",
            "No delivery was landed twice",
        ),
    )
    suite = ElementTree.parse(tmp_path / "out" / "junit.xml").getroot()
    assert {name: suite.get(name) for name in ("tests", "failures", "errors", "skipped")} == {
        "tests": "5",
        "failures": "1",
        "errors": "1",
        "skipped": "1",
    }


def test_an_audit_that_dies_leaves_no_earlier_verdict_behind(copy, tmp_path, monkeypatch):
    out = tmp_path / "out"
    audit(copy.build, copy.raw, out=out, expectations=expectations("No row was rejected"))
    assert json.loads((out / "audit.json").read_text())["verdict"] == "pass"

    def dies(report: AuditReport, history: list[dict]) -> str:
        raise MemoryError

    monkeypatch.setattr(audit_module, "page", dies)
    with pytest.raises(MemoryError):
        audit(copy.build, copy.raw, out=out, expectations=expectations("No row was rejected"))
    assert not (out / "audit.json").exists()


def test_the_command_answers_with_the_verdict(copy, tmp_path, capsys):
    copy.spoil("delete from build.marts.index_patients")
    assert command.main([str(copy.build), str(copy.raw), "--out", str(tmp_path / "out")]) == 4
    told = capsys.readouterr().out
    assert "critical: failed: The cohort is not empty (marts.index_patients)" in told
    with pytest.raises(SystemExit) as stopped:
        command.main([str(tmp_path / "none"), str(copy.raw), "--out", str(tmp_path / "out")])
    assert stopped.value.code == 2


@pytest.mark.parametrize("name", ["thesis.docx", "junit.xml"])
def test_the_command_writes_into_no_folder_of_somebody_else(name, copy, tmp_path):
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / name).write_text("years of work")
    with pytest.raises(SystemExit) as stopped:
        command.main([str(copy.build), str(copy.raw), "--out", str(mine)])
    assert stopped.value.code == 2
    assert [file.read_text() for file in mine.iterdir()] == ["years of work"]


def test_the_command_replaces_its_own_audit(good_report, tmp_path):
    shutil.copytree(good_report[1], tmp_path / "out")
    assert command.may_be_written(tmp_path / "out")
    (tmp_path / "out" / "thesis.docx").touch()
    assert not command.may_be_written(tmp_path / "out")
    assert not command.may_be_written(tmp_path / "out" / "thesis.docx")
