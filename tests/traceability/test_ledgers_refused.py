"""Anybody's ledger is audited, and what cannot be read is named by line, column and value."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

import analytics.published_numbers
from analytics.published_numbers.paper_file import PaperFileRefused, read
from flows.errors import InputRefused, UsageError
from flows.home import Home
from flows.serving.check_paper import audit_paper

HEADER = "id,where,what,printed,expression,note\n"
GOOD = '1,Table 1,"cases, per cent",0.15,"percent(18, 12345)",\n'
PAPERS = Path(analytics.published_numbers.__file__).parent


def ledger(folder: Path, text: str | bytes) -> Path:
    file = folder / "paper.csv"
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    return file


@pytest.mark.parametrize(("rows", "line", "column", "value", "says"), [
    (GOOD + '2,T,x,"1,529",,\n', 3, "printed", "1,529", "thousands"),
    (GOOD + "2,T,x,1.2%,,\n", 3, "printed", "1.2%", "percent signs"),
    (GOOD + "2,T,x,0.2 (0.1-0.3),,\n", 3, "printed", "0.2 (0.1-0.3)", "a row of its own"),
    (GOOD + "2,T,,5,,\n", 3, "what", "", "where"),
    (GOOD + "1,T,x,5,,\n", 3, "id", "1", "an id of its own"),
    (GOOD + "2,T,x,5,percent(1, 2),\n", 3, None, None, "double quotation marks"),
    (GOOD + '2,T,x,5,"percent(1, 0)",\n', 3, "expression", "percent(1, 0)", "docs/printed_numbers.md"),
    (GOOD + "2,T,x,5,open('x'),\n", 3, "expression", "open('x')", "docs/printed_numbers.md"),
    (GOOD + "2,T,x,5,{cohort.n index},\n", 3, "expression", "{cohort.n index}", "docs/printed_numbers.md"),
    (GOOD + "2,T,x,5,{cohort.n_index} + open(1),\n", 3, "expression", None, "docs/printed_numbers.md"),
    (GOOD + "2,T,x,5,{cohort.n_index} +,\n", 3, "expression", None, "docs/printed_numbers.md"),
    (GOOD + "2,T,x,5,\n", 3, None, None, "double quotation marks"),
    (GOOD + '2,T,"two\nlines",5,,\n3,T,x,five,,\n', 5, "printed", "five", "thousands"),
    (GOOD + '2,T,"never closed,5,,\n', 3, None, None, "quotation mark"),
    (GOOD + "2,T,x,5," + "1+" * 600 + "1,\n", 3, "expression", None, "docs/printed_numbers.md"),
    (f"{GOOD}2,T,x,5,{'(' * 400}1{')' * 400},\n", 3, "expression", None, "docs/printed_numbers.md"),
    ("", None, None, None, "Add a row"),
])  # fmt: skip
def test_a_row_that_cannot_be_read_refuses_the_file_with_its_place(tmp_path, rows, line, column, value, says):
    with pytest.raises(InputRefused) as refused:
        audit_paper(Home(tmp_path), ledger(tmp_path, HEADER + rows))
    failure = refused.value
    assert (failure.exit_code, failure.line, failure.column) == (3, line, column)
    assert value is None or failure.value == value
    assert says in failure.remedy


@pytest.mark.parametrize(("header", "value"), [
    ("id,where,what,printed,expression\n", None),
    ("id,where,what,printed,expression,note,verdict\n", "verdict"),
    ("id,where,what,what,printed,expression,note\n", "what"),
    ("", None),
])  # fmt: skip
def test_a_header_that_is_not_a_ledgers_is_told_with_the_one_that_is(tmp_path, header, value):
    with pytest.raises(InputRefused) as refused:
        audit_paper(Home(tmp_path), ledger(tmp_path, header + GOOD))
    assert "id,where,what,printed,expression,note" in refused.value.remedy
    assert value is None or refused.value.value == value


@pytest.mark.parametrize(("content", "line"), [
    (HEADER.encode() + GOOD.encode() + b"2,T,\xff,5,,\n", 3), (b"PK\x03\x04\0\0", 1),
])  # fmt: skip
def test_a_file_that_is_not_text_is_refused(tmp_path, content, line):
    with pytest.raises(PaperFileRefused) as refused:
        read(ledger(tmp_path, content))
    assert refused.value.line == line


def test_a_file_that_is_not_there_is_wrong_usage(tmp_path):
    with pytest.raises(UsageError):
        audit_paper(Home(tmp_path), tmp_path / "none.csv")


def test_columns_in_another_order_and_a_mark_of_utf8_change_nothing(tmp_path):
    shuffled = 'note,printed,expression,what,where,id\n,0.15,"percent(18, 12345)",cases,Table 1,1\n'
    audited = audit_paper(Home(tmp_path), ledger(tmp_path, b"\xef\xbb\xbf" + shuffled.encode()))
    assert audited.counts() == {
        "claims": 1,
        "agrees": 1,
        "differs": 0,
        "impossible": 0,
        "not_recomputable": 0,
    }


@pytest.mark.parametrize(("printed", "verdict"), [
    (".146", "agrees"), ("0.146", "agrees"), ("0.1", "agrees"), ("0.2", "differs"), ("<0.2", "agrees"),
    (">0.1", "agrees"), (">0.2", "differs"), ("0.145", "differs"),
])  # fmt: skip
def test_a_number_is_read_as_papers_print_it(tmp_path, printed, verdict):
    row = f'1,T,x,{printed},"percent(18, 12345)",\n'
    audited = audit_paper(Home(tmp_path), ledger(tmp_path, HEADER + row))
    assert audited.printed_numbers[0].verdict == verdict


def test_the_template_is_a_ledger_whose_printed_numbers_agree(tmp_path):
    audited = audit_paper(Home(tmp_path), PAPERS / "template.csv")
    found = {"claims": 7, "agrees": 4, "differs": 0, "impossible": 0, "not_recomputable": 3}
    assert audited.counts() == found


def test_every_function_a_ledger_may_use_stands_in_the_docs():
    from analytics.published_numbers.arithmetic import FUNCTIONS

    words = (PAPERS.parents[1] / "docs" / "printed_numbers.md").read_text(encoding="utf-8")
    assert [name for name in FUNCTIONS if f"`{name}(" not in words] == []


def test_the_screen_ends_with_the_counts_and_explains_each_difference(tmp_path):
    audited = audit_paper(Home(tmp_path), PAPERS / "jia2024.csv")
    with (PAPERS / "jia2024.csv").open(encoding="utf-8", newline="") as lines:
        n_rows = len(list(csv.DictReader(lines)))
    screen = audited.screen().splitlines()
    assert screen[-1].startswith(f"{n_rows} printed numbers of jia2024.csv, from the printed numbers alone: ")
    assert any(line.startswith("  066: Ten times too large") for line in screen)
    assert sum("DIFFERS" in line for line in screen) == audited.counts()["differs"] == 13
