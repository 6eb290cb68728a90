"""California and Georgia as whole states: cases and populations are of the same people, or there is no rate.

Four registries of unlike size and unlike rates, so that a registry lost on one side shows in the ratio.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from tests.building.raw_fixture import PROJECT, RawFile, Row, dbt, first_of_two, leukaemia, myeloma, query

pytestmark = pytest.mark.slow

COLUMN = "SEER registry (with CA and GA as whole states)"
YEARS = range(2000, 2005)
# Registry as the listing writes it -> people a year and age group, and leukaemias that are only primaries.
PEOPLE = {
    "California": (40_000, 60),
    "Georgia": (9_000, 4),
    "Connecticut": (3_000, 3),
    "New Mexico": (1_000, 9),
}
OWN_CODES = {"California": "50", "Georgia": "51", "Connecticut": "02", "New Mexico": "23"}
ONE_OF_NINE = OWN_CODES | {"California": "01", "Georgia": "27"}


def tumors() -> list[Row]:
    rows: list[Row] = []
    for registry, (_, n_cases) in PEOPLE.items():
        rows += [myeloma(f"{registry}{number}", registry=registry) for number in range(20)]
        # A registry counts from its first tumour to its last.
        rows.append(myeloma(f"late {registry}", registry=registry, year_dx=str(YEARS[-1])))
        rows += [
            leukaemia(f"only {registry}{number}", registry=registry, record_no="01", n_malignant="01",
                      sequence="One primary only", year_dx=str(YEARS[number % 5]))
            for number in range(n_cases)
        ]  # fmt: skip
        rows += [
            first_of_two(f"case {registry}", registry=registry),
            leukaemia(f"case {registry}", registry=registry),
        ]
    return rows


def populations(codes: dict[str, str]) -> list[Row]:
    return [
        {"year": str(year), "state": "ZZ", "registry": code, "race": "1", "sex": "2", "age": f"{age:02d}",
         "population": str(PEOPLE[registry][0])}
        for registry, code in codes.items() for year in YEARS for age in (13, 14)
    ]  # fmt: skip


def build(
    folder: Path, registries: list[int], pops: dict[str, str], own: dict[str, str], n_registries: int
) -> Path:
    file = RawFile(folder / "raw.duckdb")
    file.add_tumors(tumors())
    file.add("populations", populations(pops), source="reference", role="populations")
    header = {"formats": {COLUMN: {code: state for state, code in own.items()}}}
    file.connection.execute(
        "update raw.loads set registries = ?, header = ? where source = 'seer'",
        [n_registries, json.dumps(header)],
    )
    study = yaml.safe_load((PROJECT / "dbt_project.yml").read_text(encoding="utf-8"))["vars"]["study"]
    study["sources"]["seer"]["registries"] = registries
    raw, made = file.close(), folder / "build.duckdb"
    dbt("run", raw, made, study=study, select="+sir +reference_coverage +person_time +index_patients")
    return made


@pytest.mark.parametrize(
    ("registries", "pops", "own", "n_registries"),
    [
        ([1550, 1551, 1502, 1523], OWN_CODES, {"California": "50", "Georgia": "0000001551"}, 17),
        ([1501, 1527, 1502, 1523], ONE_OF_NINE, {"California": "1550", "Georgia": "1551"}, 9),
        ([], ONE_OF_NINE, {}, 9),
    ],
)
def test_the_ratio_is_that_of_a_dull_computation(registries, pops, own, n_registries, tmp_path):
    made = build(tmp_path, registries, pops, own, n_registries)
    # Every leukaemia is of age 63, so of group 13 (60-64), and of the period 2000-2004.
    cases = sum(n + 1 for _, n in PEOPLE.values())
    rate = cases / (len(YEARS) * sum(people for people, _ in PEOPLE.values()))
    [(years,)] = query(
        made,
        "select sum(person_years) from marts.person_time"
        " where attained_age_group = '60-64' and calendar_year <= 2004",
    )
    [(observed, expected)] = query(
        made, "select observed, expected from marts.sir where grouping = 'sex' and level = 'Female'"
    )
    assert observed == 4
    assert expected == pytest.approx(rate * years, rel=1e-9)
    assert query(made, "select state, reason from marts.reference_coverage") == [("value", None)]


def test_where_the_two_sides_differ_there_is_a_sentence_and_no_ratio(tmp_path):
    """The listing is of a database of seventeen; three of California's registries have no population."""
    made = build(tmp_path, [1501, 1527, 1502, 1523], ONE_OF_NINE, {}, 17)
    [(state, reason)] = query(made, "select state, reason from marts.reference_coverage")
    assert state == "not_delivered"
    assert reason.startswith("The listing writes California or Georgia as a whole state")
    assert query(made, "select count(*) from marts.sir where expected is not null") == [(0,)]


def test_a_state_of_which_the_study_lists_no_registry_is_not_of_the_study(tmp_path):
    made = build(tmp_path, [1502, 1523], ONE_OF_NINE, {}, 9)
    assert query(made, "select distinct registry from marts.index_patients order by 1") == [
        ("Connecticut",),
        ("New Mexico",),
    ]
