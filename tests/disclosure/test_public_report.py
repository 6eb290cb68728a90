"""The files that leave, read as an outsider would."""

import csv
import io
import json
import re
import zipfile
from dataclasses import replace
from functools import cache

import openpyxl
import pytest

from analytics.disclosure.cells import HIDDEN, PrintedCount, print_exactly
from analytics.disclosure.profiles import PROFILES
from analytics.disclosure.public import percent, rate
from analytics.disclosure.public_results import disclose, is_synthetic, results_digest
from analytics.render.page.public_report import files
from analytics.results.document import Results
from analytics.results.population import PersonTime, Trait
from tests.disclosure.made_up import CASE_TEXT, SHA, delivery, incidence, results

SEER = PROFILES["seer11"]


@cache
def written(synthetic: bool = True) -> dict[str, str]:
    return written_of(results(), synthetic=synthetic)


def written_of(found: Results, synthetic: bool = True) -> dict[str, str]:
    report, _, _ = disclose(found, "0001", profile=SEER, synthetic={SHA} if synthetic else ())
    return {name: text_of(content) for name, content in files(report, found.study, "0001").items()}


def text_of(content: bytes) -> str:
    """Every byte of a file as an outsider reads it: of a workbook, all that is packed in it."""
    if not content.startswith(b"PK"):
        return content.decode()
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        return "\n".join(packed.read(name).decode() for name in packed.namelist())


def said(text: str) -> str:
    """A file without its style and its places on a page, which are numbers of nobody."""
    return re.sub(r"<style>.*?</style>|<svg.*?</svg>", drawn_words, text, flags=re.DOTALL)


def drawn_words(part: re.Match[str]) -> str:
    """What a figure says; of its lines tests/disclosure/test_public_page.py."""
    return " ".join(re.findall(r">([^<>]+)<", part[0])) if part[0].startswith("<svg") else ""


def table(name: str) -> list[dict]:
    document = json.loads(written()["results_public.json"])
    found = next(each for each in document["tables"] if each["name"] == name)
    return [dict(zip(found["columns"], row, strict=True)) for row in found["rows"]]


def test_columns_that_change_raise_the_version_of_the_document():
    """Whoever reads results_public.json by program goes by it: change both together."""
    document = json.loads(written()["results_public.json"])
    assert document["schema_version"] == 4
    columns = {each["name"]: ", ".join(each["columns"]) for each in document["tables"]}
    assert columns == {
        "cohort": "people with, n",
        "attrition": "rule, came in, removed, left",
        "table1": "characteristic, level, without ALL, %, with ALL, %",
        "table1_tests": "characteristic, test, statistic, df, p",
        "table1_numeric": "number, group, people, mean, sd, median",
        "eras": "era, people, second primaries, per 100,000 people, people at risk, corrected, "
        "second primaries then, person-years, per 100,000 person-years",
        "definitions": "definition, n",
        "survival": "analysis, group, people, deaths, median months, alive at five years",
        "survival_tests": "analysis, test, p",
        "competing": "analysis, group, people, second primaries first, deaths first, Gray's p",
        "sir": "by, stratum, observed, expected, observed / expected",
        "institution": "people, second primaries, per 100,000 people",
    }


def test_only_pages_json_and_tables_leave():
    tables = {f"tables/{each['name']}.csv" for each in json.loads(written()["results_public.json"])["tables"]}
    assert written().keys() == {"report.html", "results_public.json", "tables/tables.xlsx"} | tables


def test_a_number_of_the_workbook_is_one_that_is_shown():
    """A hidden count is no number of it."""
    report, _, _ = disclose(results(), "0001", profile=SEER)
    content = files(report, results().study, "0001")["tables/tables.xlsx"]
    for table in report.tables:
        sheet = openpyxl.load_workbook(io.BytesIO(content))[table.name]
        numbers = {c.value for row in sheet.iter_rows(min_row=3) for c in row if isinstance(c.value, int)}
        shown = {
            value.number if isinstance(value, PrintedCount) else value for row in table.rows for value in row
        }
        percentages = {round(100 * value) for value in shown if isinstance(value, float)}
        assert numbers <= shown | percentages, table.name
        if any(isinstance(v, PrintedCount) and v.number for row in table.rows for v in row):
            assert numbers, table.name


def test_a_csv_has_no_sign_among_its_numbers_and_no_two_names_alike():
    """SQL does not tell `group` from `Group`; a hidden count leaves its cell empty and stands in the note."""
    for name, content in written().items():
        if name.endswith(".csv"):
            header, *rows = csv.reader(io.StringIO(content))
            assert len({column.casefold() for column in header}) == len(header), name
            assert not {"*", "—"} & {cell for row in rows for cell in row}, name
    (row, *_) = csv.DictReader(io.StringIO(written()["tables/eras.csv"]))
    assert row["With ALL"] == row["Cases, corrected"] == ""
    assert "With ALL: *; Cases, corrected: *" in row["note"]


def test_small_counts_of_table_1_are_stars_and_so_are_their_percentages():
    """Planted as a percentage from hidden counts, 8 of 18 would read 44.4."""
    for row in table("table1"):
        assert row["with ALL"] == "*"
    document = json.loads(written()["results_public.json"])
    shares = [row[5] for each in document["tables"] if each["name"] == "table1" for row in each["rows"]]
    assert shares == [None] * len(shares)
    assert "44.4" not in said(written()["report.html"])


def test_rates_follow_the_counts_as_shown():
    by_era = {row["era"]: row for row in table("eras")}
    assert by_era["1975-2002"]["per 100,000 people"] is None
    assert by_era["all"]["per 100,000 people"] == 27.9
    assert by_era["all"]["per 100,000 person-years"] == 9.5


def test_the_ratio_to_the_population_is_that_of_its_row():
    told = [row for row in table("sir") if row["observed"] != "*"]
    assert [row["observed / expected"] for row in told] == [
        round(row["observed"] / row["expected"], 2) for row in told
    ]
    assert len(told) == 2


def test_percentages_and_rates_of_a_star_are_empty():
    assert percent(HIDDEN, print_exactly(18)) is None
    assert percent(print_exactly(18), HIDDEN) is None
    assert percent(print_exactly(12), print_exactly(18)) == 66.7
    assert rate(HIDDEN, 1000.0, 100_000, 1) is None


@pytest.mark.parametrize(
    "secret",
    [CASE_TEXT, "HOSP-77", "44.125", "72.125", "0.0119", "-0.7", "0.478", "125.0", "recomputed", "agrees"],
)
def test_no_case_extreme_or_withheld_statistic_is_in_any_file(secret):
    """Rows of patients, minima and maxima, tests of hidden tables, ratios of few, agreement flags."""
    for name, text in written().items():
        assert secret not in said(text), name


def test_every_withheld_artefact_has_its_reason():
    document = json.loads(written()["results_public.json"])
    withheld = {each["artefact"]: each["reason"] for each in document["withheld"]}
    assert all(withheld.values())
    for artefact in ("cox: second_univariate:sex", "curve: os_from_second, all", "latency_points"):
        assert artefact in withheld


def test_nobody_is_older_than_ninety_and_over():
    strata = [row["stratum"] for row in table("sir")]
    assert "90+" in strata and not {"90-94", "95+"} & set(strata)


def test_means_of_few_are_withheld():
    means = {(row["number"], row["group"]): row["mean"] for row in table("table1_numeric")}
    assert means["latency_months", "with"] is None
    assert means["age_at_index_years", "with"] == 57.9


def test_the_page_refers_to_nothing_outside_itself():
    page = written()["report.html"]
    assert "Content-Security-Policy" in page and "default-src 'none'" in page
    assert not re.search(
        r"src\s*=|href\s*=\s*\"(?!#)|https?://(?!www\.w3\.org/)|@import|url\((?!#)|<script", page
    )


def test_words_from_the_data_are_never_markup_nor_formulas():
    said = results()
    first, *steps = said.attrition
    said = replace(
        said,
        study=replace(said.study, title="<script>alert(1)</script>"),
        table1=tuple(replace(r, level=r.level.replace("Other", "<img onerror=x>")) for r in said.table1),
        attrition=(replace(first, rule="=cmd|' /C calc'!A0"), *steps),
    )
    report, _, _ = disclose(said, "<b>0001</b>", profile=SEER)
    made = {name: text_of(content) for name, content in files(report, said.study, "<b>0001</b>").items()}
    page = made["report.html"]
    assert "<script" not in page and "<img" not in page and "<b>" not in page
    assert "&lt;script&gt;" in page
    assert not re.search(r"(^|,)\"?=cmd", made["tables/attrition.csv"], re.MULTILINE)


def test_synthetic_is_what_the_hashes_say_and_not_a_flag():
    assert "SYNTHETIC" in written(True)["report.html"]
    assert "SYNTHETIC" not in written(False)["report.html"]  # its own flags still say synthetic
    assert "synthetic" in written(True)["tables/table1.csv"].splitlines()[1]
    said = results()
    assert is_synthetic(said, {SHA})
    real_too = replace(said.run, inputs=(*said.run.inputs, delivery("7" * 64)))
    assert not is_synthetic(results(run=real_too), {SHA})
    assert not is_synthetic(results(run=replace(said.run, inputs=())), {SHA})


def test_synthetic_data_go_through_the_same_rule():
    def shape(synthetic):
        document = json.loads(written(synthetic)["results_public.json"])
        return document["tables"], document["curves"], document["withheld"]

    assert shape(True) == shape(False)


def test_the_same_results_give_the_same_bytes():
    report, decision, _ = disclose(results(), "0001", profile=SEER, synthetic={SHA})
    again, _, _ = disclose(results(), "0001", profile=SEER, synthetic={SHA})
    assert files(again, results().study, "0001") == files(report, results().study, "0001")
    assert decision.cells_protected > 0 and decision.narrowest >= SEER.threshold


def test_the_decision_holds_no_count():
    _, decision, told = disclose(results(), "0001", profile=SEER)
    assert "second|chemotherapy=No/Unknown" in decision.hidden_primary
    assert "second|chemotherapy=Yes" in decision.hidden_complementary
    for key in told.hidden:
        assert told.shown[key][0] is None


def test_a_rounding_profile_marks_what_is_rounded():
    report, decision, _ = disclose(results(), "0001", profile=PROFILES["opensafely"], synthetic={SHA})
    page = files(report, results().study, "0001")["report.html"].decode()
    assert "~64,630" in page and "64,629" not in page
    assert decision.narrowest >= 8


def test_levels_that_hold_a_whole_group_are_pointed_out():
    men, women = (row for row in results().table1 if row.variable == "sex")
    said = results(table1=(replace(men, n_with=18), replace(women, n_with=0)), sir=(), competing=())
    _, decision, _ = disclose(said, "0001", profile=SEER)
    assert "second|sex known" in decision.group_zeros


def test_person_time_by_group_changes_no_byte_of_what_leaves():
    groups = PersonTime(
        traits=(Trait("sex", ("Male", "Female"), (0, 1)),),
        bands=(),
        is_counted=(),
        observed=(70_707, 1),
        person_ticks=(80_808, 24),
        ticks_per_year=24,
        expected=("0.909090909090909", None),
    )
    assert written_of(replace(results(), person_time=groups)) == written()


def test_the_hash_of_what_was_found_is_of_its_content_and_not_of_the_order_of_its_keys():
    made = results(sir=(incidence({"sex": "Male", "race": "White"}, 12, 100.0),))
    turned = replace(made, sir=(incidence({"race": "White", "sex": "Male"}, 12, 100.0),))
    assert results_digest(made) == results_digest(turned) != results_digest(replace(made, sir=()))
