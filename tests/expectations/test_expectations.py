"""Every expectation holds in good data and fails where its own defect is planted; none can be left out."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from expectations.all_suites import all_expectations
from expectations.audit import audit
from expectations.expectation import ALWAYS, SQL, Expectation, Question, row_count
from expectations.report import ExpectationResult, verdict_on
from expectations.session import open_session
from expectations.suites import paper as about_paper
from flows.landing.deliveries import raw_tables
from tests.expectations.conftest import Files
from tests.expectations.defects import (
    CORRECTED,
    COVERAGE,
    CRITICAL,
    INTERVALS,
    ITEMS,
    LOADS,
    PATIENTS,
    RECOUNTS,
    SECONDS,
    STAGED_LOADS,
    TUMORS,
    WARNINGS,
)
from tests.expectations.thresholds import resized

EXPECTATIONS = all_expectations(tuple(raw_tables()))

DOCS = Path(__file__).parents[2] / "docs"

# Asked of large deliveries only, the second where there is a release to compare them with.
ABOUT_EVERY_YEAR = "Every year of the study that the database names has tumours"
ABOUT_THE_LAST_RELEASE = "Years of diagnosis are spread as in the last release"
ABOUT_ANY_DELIVERY = tuple(
    expectation
    for expectation in EXPECTATIONS
    if expectation not in about_paper.EXPECTATIONS
    and expectation.says not in (ABOUT_EVERY_YEAR, ABOUT_THE_LAST_RELEASE)
)


def with_words(says: str) -> tuple[Expectation, ...]:
    return tuple(expectation for expectation in EXPECTATIONS if expectation.says == says)


def test_every_expectation_holds_in_good_data(good_report):
    report, _ = good_report
    assert [
        expectation.expectation for expectation in report.expectations if expectation.outcome != "held"
    ] == []
    assert report.verdict == "pass"
    # One more is about the file itself; those about the paper are not asked of a small delivery.
    assert report.n_expectations == len(ABOUT_ANY_DELIVERY) + 1


def test_every_expectation_has_a_planted_defect():
    assert {
        expectation.says for expectation in ABOUT_ANY_DELIVERY if expectation.severity == "critical"
    } == CRITICAL.keys()
    assert {
        expectation.says for expectation in ABOUT_ANY_DELIVERY if expectation.severity == "warning"
    } == WARNINGS.keys()


def gx_finds_nothing(expectation: Expectation) -> Expectation:
    """The expectation with a query that is wrong: it never finds anything."""
    blind = Question(SQL, {"unexpected_rows_query": "select 1 from {batch} where false"})
    return replace(expectation, asked_as=(blind,))


def we_find_nothing(expectation: Expectation) -> Expectation:
    """The expectation with a second opinion that never counts anything."""
    return replace(expectation, counted="0")


def outcomes_of_three(
    files: Files, out: Path, expectations: Sequence[Expectation], released: Path | None = None
) -> tuple[list[ExpectationResult], set[str]]:
    """What becomes of expectations, and of the same with either of their two opinions blind."""
    blind = [make(each) for make in (gx_finds_nothing, we_find_nothing) for each in expectations]
    asked = [*expectations, *blind]
    report = audit(files.build, files.raw, out=out, released=released, expectations=asked)
    seeing = report.expectations[: len(expectations) + 1]
    return list(seeing), {
        result.expectation
        for result in report.expectations[len(seeing) :]
        if result.outcome != "could not run"
    }


@pytest.mark.parametrize("says", CRITICAL)
def test_a_planted_defect_fails_its_critical_expectation_and_neither_opinion_can_miss_it(
    says, copy, tmp_path
):
    copy.spoil(*CRITICAL[says])
    results, missed = outcomes_of_three(copy, tmp_path / "out", with_words(says))
    outcomes = [(result.expectation, result.outcome) for result in results[1:]]
    assert outcomes == [(says, "failed")] * len(with_words(says))
    assert all(result.contradicting > 0 for result in results[1:])
    assert verdict_on(results) == "fail"
    assert missed == set()


RECORDED = "Everybody's age, year, sex, race, survival and death are those of the record they came from"
FOLLOWED = "Whoever is followed has a known survival, and is known to be dead or alive"
SCREENED = "Who has a second primary, and after how many months, is as it was screened and linked"
ALIKE = "The two cohorts say the same of whoever is in both"


@pytest.mark.parametrize(
    ("change", "tables", "failing"),
    [
        ("died = not died", (PATIENTS, SECONDS), {RECORDED, ALIKE}),
        ("died = not died", (PATIENTS, SECONDS, CORRECTED), {RECORDED}),
        ("died = null, is_followed = false", (PATIENTS, SECONDS), {RECORDED, ALIKE}),
        ("survival_months = survival_months / 2", (PATIENTS, SECONDS, CORRECTED), {RECORDED}),
        ("survival_months = null", (PATIENTS, SECONDS), {RECORDED, ALIKE, FOLLOWED}),
        ("sex = null", (PATIENTS, SECONDS, CORRECTED, INTERVALS), {RECORDED}),
        ("sex = if(sex = 'Male', 'Female', 'Male')", (PATIENTS, CORRECTED, INTERVALS), {RECORDED}),
        ("race = null", (PATIENTS, SECONDS, CORRECTED, INTERVALS), {RECORDED}),
        ("is_followed = null", (PATIENTS, SECONDS), {FOLLOWED}),
        ("has_second_primary = not has_second_primary", (PATIENTS,), {SCREENED}),
        ("latency_months = null", (PATIENTS, SECONDS), {SCREENED}),
    ],
)
def test_what_became_of_a_patient_is_held_to_the_record_wherever_it_is_told(
    change, tables, failing, copy, tmp_path
):
    copy.spoil(*(f"alter table {table} alter column sex drop not null" for table in tables))
    copy.spoil(*(f"update {table} set {change}" for table in tables))
    asked = [each for says in (RECORDED, FOLLOWED, SCREENED, ALIKE) for each in with_words(says)]
    results, missed = outcomes_of_three(copy, tmp_path / "out", asked)
    outcomes = {result.expectation: result.outcome for result in results[1:]}
    assert outcomes == {each.says: "failed" if each.says in failing else "held" for each in asked}
    assert missed == outcomes.keys() - failing


REJECTED = (
    f"update {LOADS} set rows_rejected = 40, rows_read = rows_landed + 40 where source = 'seer'",
    "insert into landed.raw.rejects select load_id, i, null, {}, null, null"
    f" from {LOADS}, range(40) as lines (i) where source = 'seer'",
)
WITH_REASON = "Each rejected row is kept with its line and its reason"
TOO_MANY = "No delivery had more than one row in a hundred rejected"
STATE = "The delivery tells how often the population gets the second cancer"
SOMEBODY = "Somebody in the delivery has the second cancer"
ITEMS_SENT = "Every item that analyses need was delivered"
UNCERTAIN = "No second primary hangs on a month more or less of latency"
LONGER = "Survival from an earlier tumour is at least as long as from a later one"


@pytest.mark.parametrize(
    ("statements", "failing"),
    [
        ([statement.format("null") for statement in REJECTED], (WITH_REASON, TOO_MANY)),
        ([statement.format("' '") for statement in REJECTED], (WITH_REASON, TOO_MANY)),
        ([statement.format("if(i = 3, null, 'x')") for statement in REJECTED], (WITH_REASON, TOO_MANY)),
        ([f"update {COVERAGE} set state = null"], (STATE,)),
        ([f"update {ITEMS} set is_delivered = null"], (SOMEBODY, ITEMS_SENT)),
        ([f"update {PATIENTS} set source = null"], ("Only the registry's patients are in the cohort",)),
        ([f"update {SECONDS} set latency_is_uncertain = null"], (UNCERTAIN,)),
        (
            # A year of unknown survival lies between a shorter one and a longer one after it.
            [
                *resized(TUMORS, 3),
                f"update {TUMORS} set patient_id = 'x', registry_code = '1', survival_flag_code = null,"
                " diagnosis_year = 1990 + 5 * rowid,"
                " survival_months = case rowid when 0 then 50 when 2 then 60 end",
            ],
            (LONGER,),
        ),
    ],
)
def test_what_is_unknown_hides_no_contradiction(statements, failing, copy, tmp_path):
    nullable = (
        *((COVERAGE, "state"), (ITEMS, "is_delivered"), (PATIENTS, "source")),
        (SECONDS, "latency_is_uncertain"),
    )
    copy.spoil(*(f"alter table {table} alter column {column} drop not null" for table, column in nullable))
    copy.spoil(*statements)
    asked = [each for says in failing for each in with_words(says)]
    results, missed = outcomes_of_three(copy, tmp_path / "out", asked)
    assert [(each.expectation, each.outcome) for each in results[1:]] == [(s, "failed") for s in failing]
    assert missed == set()


def test_the_audit_counts_every_table_of_deliveries_and_each_has_a_defect_of_its_rows(copy):
    with open_session(copy.build, copy.raw) as session:
        counted = session.tables_of_deliveries()
    assert counted == sorted(raw_tables()) == sorted(RECOUNTS)


@pytest.mark.parametrize("table", raw_tables())
def test_rows_of_every_kind_of_delivery_are_counted_again(table, copy, tmp_path):
    landed, lost = RECOUNTS[table]
    copy.spoil(*landed)
    asked = with_words("Each delivery still holds as many rows as were landed of it")
    assert audit(copy.build, copy.raw, out=tmp_path / "whole", expectations=asked).verdict == "pass"
    copy.spoil(*lost)
    (_, result) = audit(copy.build, copy.raw, out=tmp_path / "lost", expectations=asked).expectations
    assert (result.outcome, result.contradicting) == ("failed", 1)


def test_planted_defects_fail_their_warnings_and_do_not_block(copy, tmp_path):
    for statements in WARNINGS.values():
        copy.spoil(*statements)
    expectations = [expectation for says in WARNINGS for expectation in with_words(says)]
    results, missed = outcomes_of_three(copy, tmp_path / "out", expectations)
    assert {result.expectation for result in results[1:] if result.outcome != "failed"} == set()
    assert verdict_on(results) == "warn"
    assert missed == set()


@pytest.mark.parametrize(
    ("n_tumors", "years", "outcomes"),
    [
        (2199, "if(diagnosis_year = 1990, 1989, diagnosis_year)", []),
        (2200, "diagnosis_year", ["held"]),
        (2200, "if(diagnosis_year = 1990, 1989, diagnosis_year)", ["failed"]),
        # The database's last year is missed even where nothing comes after it.
        (2200, "least(diagnosis_year, 2017)", ["failed"]),
    ],
)
@pytest.mark.parametrize("are_named", [True, False])
def test_no_year_is_left_out_of_a_large_delivery(n_tumors, years, outcomes, are_named, copy, tmp_path):
    copy.spoil(
        *resized(TUMORS, n_tumors),
        f"update {TUMORS} set diagnosis_year = 1975 + rowid % 44",
        f"update {TUMORS} set diagnosis_year = {years}",
        f"update {LOADS} set rows_landed = {n_tumors} where source = 'seer'",
        f"update {STAGED_LOADS} set first_year = {1975 if are_named else 'null'},"
        f" last_year = {2018 if are_named else 'null'}",
    )
    if not are_named and "2017" in years:
        # Nobody says that there should be more.
        outcomes = ["held"]
    results, missed = outcomes_of_three(copy, tmp_path / "out", with_words(ABOUT_EVERY_YEAR))
    assert [result.outcome for result in results[1:]] == outcomes
    assert missed == ({ABOUT_EVERY_YEAR} if outcomes == ["held"] else set())


def of_two_years(n_before: int, n_after: int) -> tuple[str, ...]:
    """So many tumours of 1990 and of 1991."""
    n_rows = n_before + n_after
    return (
        *resized(TUMORS, n_rows),
        f"update {TUMORS} set diagnosis_year = if(rowid < {n_before}, 1990, 1991)",
        f"update {LOADS} set rows_landed = {n_rows} where source = 'seer'",
    )


@pytest.mark.parametrize(
    ("then", "now", "outcome"),
    [
        # The divergence is the logarithm of the share of tumours whose year is left: 0.0998 and 0.1004.
        ((1810, 190), (1810, 0), "held"),
        ((1809, 191), (1809, 0), "failed"),
        # A year that the release had not: 50 in 1,000 new tumours are nothing, 300 are.
        ((1000, 0), (1000, 50), "held"),
        ((1000, 0), (1000, 300), "failed"),
    ],
)
def test_years_are_compared_with_the_last_release(then, now, outcome, copy, tmp_path):
    copy.spoil(*of_two_years(*then))
    released = Path(shutil.copy(copy.build, tmp_path / "warehouse.duckdb"))
    copy.spoil(*of_two_years(*now))
    results, missed = outcomes_of_three(
        copy, tmp_path / "out", with_words(ABOUT_THE_LAST_RELEASE), released=released
    )
    assert [result.outcome for result in results[1:]] == [outcome]
    assert missed == (set() if outcome == "failed" else {ABOUT_THE_LAST_RELEASE})


def test_years_are_not_compared_without_a_large_release_of_the_same_study(copy, tmp_path):
    asked = with_words(ABOUT_THE_LAST_RELEASE)

    def n_asked(released: Path) -> int:
        out = tmp_path / "out"
        return audit(copy.build, copy.raw, out=out, released=released, expectations=asked).n_expectations

    released = Path(shutil.copy(copy.build, tmp_path / "small.duckdb"))
    copy.spoil(*of_two_years(1000, 0))
    assert n_asked(released) == 0
    assert n_asked(tmp_path / "none.duckdb") == 0
    released = Path(shutil.copy(copy.build, tmp_path / "another.duckdb"))
    assert n_asked(released) == 2
    copy.spoil("update build.study.study set name = 'another'")
    assert n_asked(released) == 0


def test_an_expectation_about_a_missing_table_or_column_could_not_run_and_blocks(copy, tmp_path):
    copy.spoil(
        "drop table build.marts.second_primaries",
        "alter table build.staging.stg_seer__tumors drop column sex_code",
    )
    asked = with_words("A person has the same sex on all rows") + with_words(
        "Nobody lives longer after the second cancer than after the first"
    )
    report = audit(copy.build, copy.raw, out=tmp_path / "out", expectations=asked)
    assert [expectation.outcome for expectation in report.expectations[1:]] == ["could not run"] * 2
    assert report.verdict == "fail"


@pytest.mark.parametrize("source", ["seer", "institution", "reference"])
@pytest.mark.parametrize("ledger", [LOADS, STAGED_LOADS])
def test_what_the_build_and_the_landed_file_tell_otherwise_of_what_was_delivered_blocks(
    source, ledger, copy, tmp_path
):
    copy.spoil(f"update {ledger} set source = 'another' where source = '{source}'")
    asked = [each for each in EXPECTATIONS if f"'{source}'" in each.asked_when.landed and not each.family]
    report = audit(copy.build, copy.raw, out=tmp_path / "out", expectations=asked[:3])
    assert len(asked) > 3
    assert [each.outcome for each in report.expectations[1:]] == ["could not run"] * 3
    assert (report.verdict, report.not_asked) == ("fail", ())


def test_what_was_not_asked_is_named_with_the_reason(copy, tmp_path):
    in_both = [f"delete from {table} where source = 'institution'" for table in (LOADS, STAGED_LOADS)]
    copy.spoil(*in_both)
    asked = with_words("Each hospital case is shown once") + with_words("The cohort is not empty")
    report = audit(copy.build, copy.raw, out=tmp_path / "out", expectations=asked)
    assert (report.verdict, report.n_expectations) == ("pass", 2)
    assert json.loads((tmp_path / "out" / "audit.json").read_text())["not_asked"] == [
        {
            "table": "marts.institution_cases",
            "expectation": "Each hospital case is shown once",
            "why": "no table of a hospital was delivered",
        }
    ]
    page = (tmp_path / "out" / "data_quality.html").read_text()
    assert "1 expectation was not asked of this delivery" in page
    assert "1 because no table of a hospital was delivered:" in page


def test_every_occasion_is_told_by_the_build_and_by_the_landed_file():
    for when in {each.asked_when for each in EXPECTATIONS} - {ALWAYS}:
        assert "build.staging." in when.staged and "landed." not in when.staged
        assert "landed.raw.loads" in when.landed and "stg_ledger__loads" not in when.landed
        assert when.otherwise


def test_a_missing_raw_file_leaves_its_expectations_unable_to_run(copy, tmp_path):
    copy.raw.unlink()
    report = audit(copy.build, copy.raw, out=tmp_path / "out")
    about_raw = [expectation for expectation in report.expectations if expectation.table.startswith("raw.")]
    assert about_raw and {expectation.outcome for expectation in about_raw} == {"could not run"}
    assert report.verdict == "fail"


def test_a_warning_that_could_not_run_blocks_too(copy, tmp_path):
    broken = replace(with_words("No row was rejected")[0], counted="count(no_such_column)")
    assert audit(copy.build, copy.raw, out=tmp_path / "out", expectations=[broken]).verdict == "fail"


def test_a_file_that_is_no_database_is_never_a_pass(copy, tmp_path):
    copy.build.write_bytes(b"not a database")
    report = audit(copy.build, copy.raw, out=tmp_path / "out")
    assert report.verdict == "fail"
    assert sum(expectation.outcome == "could not run" for expectation in report.expectations) > 40


def test_no_expectations_at_all_is_a_failure(copy, tmp_path):
    report = audit(copy.build, copy.raw, out=tmp_path / "out", expectations=[])
    assert (report.verdict, report.n_expectations) == ("fail", 0)


def test_two_counts_that_disagree_are_not_an_answer(copy, tmp_path):
    expectation = replace(with_words("No row was rejected")[0], counted="1")
    (_, result) = audit(copy.build, copy.raw, out=tmp_path / "out", expectations=[expectation]).expectations
    assert result.outcome == "could not run"


def test_a_log_beside_the_build_fails_the_audit(copy, tmp_path):
    copy.build.with_name("build.duckdb.wal").touch()
    report = audit(copy.build, copy.raw, out=tmp_path / "out", expectations=with_words("No row was rejected"))
    assert (report.expectations[0].outcome, report.verdict) == ("failed", "fail")


def test_the_papers_numbers_are_asked_of_its_delivery_and_never_block(copy, tmp_path):
    asked = audit(copy.build, copy.raw, out=tmp_path / "a", expectations=about_paper.EXPECTATIONS)
    assert asked.n_expectations == 0, "a synthetic delivery of another size is not compared with the paper"
    copy.spoil(
        *(f"update {table} set is_synthetic = false where source = 'seer'" for table in (LOADS, STAGED_LOADS))
    )
    asked = audit(copy.build, copy.raw, out=tmp_path / "b", expectations=about_paper.EXPECTATIONS)
    assert asked.n_expectations == len(about_paper.EXPECTATIONS) + 1
    assert asked.verdict == "warn"
    assert asked.expectations[1].observed == {"found": 352, "wanted": 64629}
    copy.spoil("update build.study.study set name = 'another'")
    assert (
        audit(copy.build, copy.raw, out=tmp_path / "c", expectations=about_paper.EXPECTATIONS).n_expectations
        == 0
    )


def test_table_1_of_the_paper_adds_up_to_its_cohort():
    for parts in (slice(0, 2), slice(7, 9), slice(9, 11)):
        assert sum(row[3] for row in about_paper.TABLE_1[parts]) == 64611
        assert sum(row[4] for row in about_paper.TABLE_1[parts]) == 18


def test_the_files_are_free_again_after_an_audit(copy, tmp_path):
    expectation = row_count(
        352, table="marts.index_patients", says="", because="", means="", severity="warning"
    )
    assert audit(copy.build, copy.raw, out=tmp_path / "out", expectations=[expectation]).verdict == "pass"
    # Opening for writing would fail if Great Expectations still held either of them.
    copy.spoil("create table build.main.free as select 1", "create table landed.main.free as select 1")


@pytest.mark.parametrize(
    ("severity", "outcome", "verdict"),
    [
        ("critical", "held", "pass"),
        ("critical", "failed", "fail"),
        ("critical", "could not run", "fail"),
        ("warning", "held", "pass"),
        ("warning", "failed", "warn"),
        ("warning", "could not run", "fail"),
    ],
)
def test_the_verdict_by_hand(severity, outcome, verdict):
    held = ExpectationResult("t", "c", "b", "m", "critical", "held", 0, {})
    assert (
        verdict_on([held, ExpectationResult("t", "c", "b", "m", severity, outcome, 0, {}), held]) == verdict
    )
    assert verdict_on([]) == "fail"


def test_every_expectation_gives_its_reason_and_its_meaning():
    for expectation in EXPECTATIONS:
        assert expectation.says and expectation.because and expectation.means
        assert not expectation.because.endswith("."), "the page adds the full stop"
        assert expectation.means.endswith(".")


def plain_sql(sql: str) -> str:
    """A query without what may be written otherwise and mean the same: case, blanks, brackets, new names."""
    return re.sub(r"\bas \w+|[\s()]+|\b\w+\.(?=\w)", "", sql.lower())


def outermost_condition(query: str) -> str:
    """What follows the `where` of a query that stands in no bracket; "" if it has none."""
    depth, found = 0, ""
    for place, letter in enumerate(query):
        depth += {"(": 1, ")": -1}.get(letter, 0)
        if depth == 0 and query.startswith(" where ", place):
            found = query[place + len(" where ") :]
    return found


@pytest.mark.parametrize(
    "expectation", [each for each in EXPECTATIONS if not each.is_native], ids=lambda each: each.says
)
def test_no_second_opinion_repeats_the_query_of_the_first(expectation):
    (question,) = expectation.asked_as
    query = question.arguments["unexpected_rows_query"]
    second = plain_sql(f"select {expectation.counted} from {expectation.counted_from}")
    told = plain_sql(query.removeprefix("select 1")), plain_sql(outermost_condition(query))
    assert not [part for part in told if part and part in second]


def test_every_expectation_has_two_opinions_or_a_reason(good_report):
    for expectation in EXPECTATIONS:
        assert expectation.asked_as
        assert re.search(r"\w\(", expectation.counted), "an aggregate"
    alone = {result.table: result.one_opinion for result in good_report[0].expectations if result.one_opinion}
    assert alone == {"build.duckdb": "Great Expectations sees tables and no files"}


def test_the_documentation_counts_the_expectations_of_each_kind():
    n_native = sum(expectation.is_native for expectation in EXPECTATIONS)
    assert (
        f"Of {len(EXPECTATIONS)} expectations, {n_native} are Great Expectations' own and"
        f" {len(EXPECTATIONS) - n_native} are queries; every one has two opinions."
    ) in (DOCS / "data_quality.md").read_text(encoding="utf-8")
