"""A dull attacker: take two reports of almost the same study, and subtract every number from every other.

Three builds of one synthetic registry: as it is; with the eras cut a year earlier; and after one patient of
the registry and one of the hospital were withdrawn. The second cancer is a common one, so that its counts are
shown. Who is behind a number is read from the marts of each build.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pytest
import yaml

from analytics.answers import analyse
from analytics.disclosure.apart import CountedReport, almost_the_same
from analytics.disclosure.history import Differencing, DisclosureRecord, comparable
from analytics.disclosure.people import People
from analytics.disclosure.profiles import PROFILES
from analytics.disclosure.public_results import disclose, leaving
from analytics.results.document import Results
from analytics.warehouse.marts import open_marts
from flows.building import run_dbt
from flows.disclosure.counted_people import counted_people
from flows.disclosure.people_behind import people_behind, read_everybody
from flows.home import Home
from flows.landing import land
from flows.terminal.progress import silent
from samples.synthetic import write_deliveries
from tests.analytics.conftest import RUN
from tests.warm_dbt import building_warm

pytestmark = pytest.mark.slow

SEER, KEY = PROFILES["seer11"], "00" * 16
LUNG, BLADDER = {"histology": "8140", "site": "C341"}, {"histology": "8120", "site": "C670-C679"}
SCALE = 0.1


@dataclass(frozen=True)
class Report:
    """A study's results, the people behind them, and what their public report tells when it is the first."""

    said: Results
    who: People
    ids: np.ndarray
    masks: dict[str, np.ndarray]
    told: DisclosureRecord

    def printed(self, *, exact: bool = False) -> list[str]:
        return [
            key
            for key, (number, _, _, rounded_to) in self.told.shown.items()
            if number and key in self.masks and not (exact and rounded_to)
        ]


def of_a_common_cancer(study: dict[str, Any]) -> dict[str, Any]:
    study = copy.deepcopy(study)
    study["second"] |= {
        "label": "lung or bladder cancer",
        "definition": "primary",
        "definitions": {"primary": [LUNG, BLADDER], "lung": [LUNG]},
    }
    study["settings"]["max_primaries"] = 3
    return study


def eras_a_year_earlier(study: dict[str, Any]) -> dict[str, Any]:
    years = [(1975, 2001), (2002, 2018)]
    eras = [{"first_year": first, "last_year": last} for first, last in years]
    return study | {"eras": eras, "index": study["index"] | {"label": "Multiple myeloma"}}


def withdraw_two(home: Home, build: Path) -> None:
    """One of the registry with a second primary in both cohorts and definitions, and one of the hospital."""
    with duckdb.connect(build, read_only=True) as connection:
        [(case,)] = connection.execute(
            "select min(patient_id) from marts.index_patients inner join"
            " intermediate.int_patients_screened using (source, patient_id) where definition = 'lung' and"
            " int_patients_screened.has_second_primary and sex = 'Male' and race = 'White'"
        ).fetchall()
    with duckdb.connect(home.raw) as connection:
        connection.execute("delete from raw.raw.seer_listing where patient_id = ?", [case])
        connection.execute(
            "delete from raw.raw.hospital_patients where patient_key ="
            " (select max(patient_key) from raw.raw.hospital_patients)"
        )


def beside(home: Home, name: str) -> Path:
    """Where another build lies."""
    folder = home.work / name
    folder.mkdir()
    return folder / home.build.name


def reported(home: Home, build: Path, study: dict[str, Any]) -> Report:
    run_dbt.create_empty(build)
    with building_warm():
        results, words = run_dbt.run(home, build, {"study": study}, silent, with_tests=False)
    assert results is not None and not results.failures, words
    run_dbt.close(build)
    with open_marts(build) as marts:
        said = analyse(marts, RUN)
    who, (columns, levels) = people_behind(build, said, KEY), read_everybody(build)
    _, _, told = disclose(said, "0001", profile=SEER, who=who)
    groups = {group.name: group.people for group in counted_people(columns, levels, leaving(said))}
    return Report(said, who, columns["person"], groups, told)


@pytest.fixture(scope="module")
def reports(tmp_path_factory) -> dict[str, Report]:
    home = Home.at(tmp_path_factory.mktemp("changed") / "home").prepare()
    write_deliveries(home.inbox, scale=SCALE, every_case=True)
    land.load([home.inbox], home)
    default = yaml.safe_load((run_dbt.PROJECT / "dbt_project.yml").read_text())["vars"]["study"]
    study = of_a_common_cancer(default)
    made = {"as it is": reported(home, home.build, study)}
    made["eras"] = reported(home, beside(home, "eras"), eras_a_year_earlier(study))
    withdraw_two(home, home.build)
    made["withdrawn"] = reported(home, beside(home, "withdrawn"), study)
    return made


def few_apart(one: Report, other: Report, *, exact: bool = False) -> set[tuple[str, str]]:
    """The numbers of two reports whose groups differ by somebody, and by fewer people than the threshold."""
    everybody = np.union1d(one.ids.astype(str), other.ids.astype(str))

    def rows(report: Report) -> np.ndarray:
        at = np.searchsorted(everybody, report.ids.astype(str))
        made = np.zeros((len(report.printed(exact=exact)), len(everybody)), np.float32)
        for row, key in zip(made, report.printed(exact=exact), strict=True):
            row[at] = report.masks[key]
        return made

    mine, theirs = rows(one), rows(other)
    apart = mine.sum(axis=1)[:, None] + theirs.sum(axis=1)[None, :] - 2 * mine @ theirs.T
    is_new = (apart > 0) & (apart < SEER.threshold)
    if one is not other:  # two groups that one report tells by itself are no news of the other
        is_new &= (apart > 0).all(axis=1)[:, None] & (apart > 0).all(axis=0)[None, :]
    return {
        (one.printed(exact=exact)[at], other.printed(exact=exact)[place]) for at, place in np.argwhere(is_new)
    }


def tables(report: Report, pairs: set[tuple[str, str]]) -> set[str]:
    return {report.told.tables[key] for key, _ in pairs}


def only(report: Report, table: str) -> CountedReport:
    """What a report with one table alone would have told."""
    [whole] = comparable([report.told], report.who)
    keys = frozenset(key for key in whole.release.printed if report.told.tables[key] == table)
    return replace(whole.release, printed=keys, exact=keys & whole.release.exact)


def test_no_two_exact_numbers_of_one_report_tell_a_few_people(reports):
    for report in reports.values():
        assert few_apart(report, report, exact=True) == set()


def test_the_same_people_under_another_label_may_be_told_again(reports):
    first = reports["as it is"]
    said = replace(first.said, study=replace(first.said.study, index_label="Multiple myeloma"))
    _, _, told = disclose(said, "0002", profile=SEER, earlier=[first.told], who=first.who)
    assert few_apart(replace(first, told=told), first, exact=True) == set()


@pytest.mark.parametrize("change", ["eras", "withdrawn"])
def test_a_changed_study_is_refused(reports, change):
    with pytest.raises(Differencing):
        now = reports[change]
        disclose(now.said, "0002", profile=SEER, earlier=[reports["as it is"].told], who=now.who)


def test_each_table_alone_is_refused_where_its_numbers_tell_a_few_people(reports):
    """So that no table hides behind another: what the dull attacker finds in it, the comparison finds."""
    first, found = reports["as it is"], set()
    for change in ("eras", "withdrawn"):
        now = reports[change]
        [before] = comparable([first.told], first.who)
        for table in tables(now, few_apart(now, first)):
            assert almost_the_same(only(now, table), before.release, SEER.threshold), (change, table)
            found.add(table)
    print(f"\ntables that told a few people: {', '.join(sorted(found))}")
    assert found >= {
        "attrition", "cohort", "competing", "cox", "definitions", "eras", "institution", "sir", "survival",
        "table1", "table1_numeric",
    }  # fmt: skip
