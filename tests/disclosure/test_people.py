"""Two releases of almost the same people, whatever they are called."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from analytics.disclosure import apart
from analytics.disclosure.apart import CountedReport
from analytics.disclosure.history import Differencing, DisclosureRecord
from analytics.disclosure.people import People, people
from analytics.disclosure.profiles import SignedException
from analytics.disclosure.public_results import disclose
from analytics.results.cohort import Cohort
from analytics.results.document import Results
from analytics.results.incidence import EraIncidence
from flows.disclosure.people_behind import people_behind
from tests.disclosure.made_up import ERA_1, ERA_2, era, table1
from tests.disclosure.made_up_people import warehouse, who
from tests.disclosure.test_history import SEER, large, other_people, released, under, without_one_man

KEY = "00" * 16


def almost_the_same(now: People, told, before: People, told_before, threshold: int = 11):
    """Of groups whose numbers are told exactly."""
    one, other = (
        CountedReport(each, frozenset(names), frozenset(names))
        for each, names in ((now, told), (before, told_before))
    )
    return apart.almost_the_same(one, other, threshold)


@pytest.fixture(scope="module")
def first() -> DisclosureRecord:
    return released(large(), people=who(large()))[1]


def refused(said: Results, first: DisclosureRecord) -> str:
    with pytest.raises(Differencing) as refusal:
        released(said, first, name="0002", people=who(said))
    assert "0001" in str(refusal.value)
    return refusal.value.table


def test_a_capital_letter_makes_no_other_people(first):
    """One patient withdrawn, and "Multiple myeloma" for "multiple myeloma"."""
    assert refused(under(without_one_man(large()), index_label="Multiple myeloma"), first)


def test_another_name_lifts_no_star():
    """The same people under another label and in other files, where another count would cover."""
    races = {"White": (20_000, 5), "Black": (20_000, 30), "Other": (20_000, 40)}
    cohort = Cohort(60_075, 75, 60_000)

    def files(number: int) -> Results:
        said = large(cohort=cohort, table1=table1({"race": races}), eras=())
        return other_people(under(said, index_label=f"Myeloma {number}"), sha=f"{number:064x}")

    def stars(told: DisclosureRecord) -> set[str]:
        return {key for key, how in told.shown.items() if how[0] is None and key.startswith("second|race=")}

    told = released(files(0), people=who(files(0)))[1]
    other = next(number for number in range(1, 50) if stars(released(files(number))[1]) != stars(told))
    again = files(other)
    assert stars(released(again, told, name="0002", people=who(again))[1]) == stars(told)


def test_eras_that_are_cut_a_year_earlier_are_refused(first):
    """Five people were diagnosed in the year that changed its era."""
    cut = large(eras=(era("1975-2001", 31_995, 100, 99_000.0), era("2002-2018", 32_705, 100, 90_000.0)))
    assert refused(under(cut, index_label="Myeloma"), first) == "eras"


def test_a_broader_definition_of_the_second_cancer_is_refused(first):
    broad = large(
        cohort=Cohort(64_700, 205, 64_495),
        table1=table1({"sex": {"Male": (34_998, 112), "Female": (29_497, 93)}}),
        eras=(era(ERA_1, 32_000, 103, 99_000.0), era(ERA_2, 32_700, 102, 90_000.0)),
    )
    moved = under(broad, second_label="lymphoid leukaemia")
    mine, theirs = who(moved), People.read(first.people)
    assert mine.size("second") == theirs.size("second") + 5
    assert refused(moved, first) == "cohort"


def test_second_primaries_of_the_corrected_cohort_are_people_too(tmp_path):
    """The eras have the people they had; of the corrected cohort's second primaries one moved."""

    def behind(*eras: EraIncidence) -> People:
        whole = era("all", 64_700, 200, 189_000.0, at_risk=50_000, observed=230)
        said = large(eras=eras, incidence_overall=whole)
        warehouse(said, tmp_path / "warehouse.duckdb")
        return people_behind(tmp_path / "warehouse.duckdb", said, KEY)

    old = behind(
        era("1975-2002", 32_000, 100, 99_000.0, at_risk=25_000, observed=115),
        era("2003-2018", 32_700, 100, 90_000.0, at_risk=25_000, observed=115),
    )
    new = behind(
        era("1975-2001", 32_000, 100, 99_000.0, at_risk=25_000, observed=114),
        era("2002-2018", 32_700, 100, 90_000.0, at_risk=25_000, observed=116),
    )
    assert almost_the_same(new, {"observed|era=1975-2001"}, old, {"observed|era=1975-2002"}, 11) is not None
    assert almost_the_same(new, {"risk|era=1975-2001"}, old, {"risk|era=1975-2002"}, 11) is None


def test_eras_that_add_up_to_almost_an_older_one_are_refused():
    """31,997 in two shorter eras are an older one of 32,000 but for three, and neither alone is."""
    ids = [f"p{number}" for number in range(40_000)]
    place = np.arange(40_000)
    old = people(ids, {"index|era=1975-2002": place < 32_000, "index": place < 40_000}, KEY)
    new = people(
        ids,
        {
            "index|era=1975-1990": place < 15_000,
            "index|era=1991-2001": (place >= 15_000) & (place < 31_997),
            "index|era=2002-2018": place >= 31_997,
        },
        KEY,
    )
    found = almost_the_same(new, new.groups.keys(), old, old.groups.keys(), 11)
    assert found == ("index|era=1975-1990", "index|era=1991-2001")
    assert almost_the_same(new, new.groups.keys(), old, {"index"}, 11) is None
    assert almost_the_same(old, {"index"}, old, {"index"}, 11) is None


def test_levels_of_a_model_add_up_for_its_people_and_its_deaths_apart():
    """Of five races, people and deaths, two together are but for three those of an older report."""
    ids = [f"p{number}" for number in range(500)]
    place, died = np.arange(500), np.arange(500) % 2 == 0
    old = people(ids, {"index|race=A or B": (place < 197)}, KEY)
    races = {race: place // 100 == at for at, race in enumerate("ABCDE")}
    new = people(
        ids,
        {f"cox|m|race={race} n": is_in for race, is_in in races.items()}
        | {f"cox|m|race={race} events": is_in & died for race, is_in in races.items()},
        KEY,
    )
    found = almost_the_same(new, new.groups.keys(), old, old.groups.keys(), 11)
    assert found == ("cox|m|race=A n", "cox|m|race=B n")


@pytest.mark.parametrize(("n_apart", "is_refused"), [(0, False), (1, True), (10, True), (11, False)])
def test_nobody_or_at_least_the_threshold_may_be_apart(n_apart, is_refused):
    ids = [f"p{number}" for number in range(200)]
    old = people(ids, {"index": np.ones(200, bool)}, KEY)
    new = people(ids, {"index": np.arange(200) >= n_apart}, KEY)
    assert (almost_the_same(new, {"index"}, old, {"index"}, 11) is not None) == is_refused


def test_some_gone_and_thousands_new_may_be_released(first):
    grown = large(
        cohort=Cohort(70_700, 260, 70_440),
        table1=table1({"sex": {"Male": (38_000, 140), "Female": (32_440, 120)}}),
        eras=(era(ERA_1, 34_000, 120, 99_000.0), era(ERA_2, 36_700, 140, 120_000.0)),
    )
    released(other_people(grown), first, name="0002", people=who(grown))


def test_an_exception_that_names_the_earlier_release_is_obeyed(first):
    said = without_one_man(large())
    signed = SignedException("A. Steward", "agreed", date(2999, 12, 31), "seer11", "0" * 64, ("0001",))
    decision, _ = released(said, first, name="0002", people=who(said), exception=signed)
    assert decision.exception == signed


def of_an_earlier_version(record: dict, *, keeps_people: bool) -> DisclosureRecord:
    """A record as it was: with labels, and with people, if at all, of a few groups."""
    record |= {"population": "0" * 64, "index_label": "multiple myeloma", "second_label": "leukaemia"}
    people = record.pop("people")
    if keeps_people:
        record["people"] = {name: people[name] for name in ("key", "pseudonyms")} | {"groups": {}}
    return DisclosureRecord.read(json.dumps(record))


@pytest.mark.parametrize("keeps_people", [False, True])
def test_a_release_made_before_all_people_were_kept_cannot_be_compared_and_wants_an_exception(
    first, keeps_people
):
    """Whoever else is in the new one: nobody can say how they differ."""
    before = of_an_earlier_version(json.loads(first.text()), keeps_people=keeps_people)
    grown = other_people(large(cohort=Cohort(90_000, 400, 89_600)))
    grown = replace(grown, table1=(), eras=())
    with pytest.raises(Differencing, match="cannot be compared"):
        released(grown, before, name="0002", people=who(grown))
    signed = SignedException("A. Steward", "agreed", date(2999, 12, 31), "seer11", "0" * 64, ("0001",))
    released(grown, before, name="0002", people=who(grown), exception=signed)


def test_a_record_that_lacks_the_people_of_one_printed_number_cannot_be_compared(first):
    record = json.loads(first.text())
    del record["people"]["groups"]["index"]
    with pytest.raises(Differencing, match="cannot be compared"):
        released(large(), DisclosureRecord.read(json.dumps(record)), name="0002")


def of(n: int, **groups: np.ndarray) -> CountedReport:
    made = people([f"p{number}" for number in range(n)], groups, KEY)
    return CountedReport(made, frozenset(groups), frozenset(groups))


PLACE = np.arange(1_000)


@pytest.mark.parametrize(("n_apart", "is_refused"), [(0, False), (1, True), (10, True), (11, False)])
def test_two_earlier_reports_and_a_third_single_nobody_out(n_apart, is_refused):
    """One of each half, then one of both halves with some more: no two of the three are almost the same."""
    first, second = of(1_000, early=PLACE < 400), of(1_000, late=(PLACE >= 400) & (PLACE < 800))
    third = of(1_000, all=800 + n_apart > PLACE)
    for one, other in ((third, first), (third, second), (second, first)):
        assert apart.almost_the_same(one, other, 11) is None
    assert (apart.singled_out(third, [first, second], 11) is not None) == is_refused
    assert apart.singled_out(third, [first], 11) is apart.singled_out(third, [second], 11) is None


def test_what_a_group_leaves_of_another_is_a_group_of_a_report():
    """Neither group of the second report is almost one of the first; what they leave is, but for four."""
    first = of(1_000, all=PLACE < 900, some=PLACE < 300)
    second = of(1_000, more=(PLACE >= 100) & (PLACE < 904), less=(PLACE >= 100) & (PLACE < 300))
    assert apart.almost_the_same(second, first, 11) is None
    assert apart.singled_out(second, [first], 11) is not None


def test_rounded_numbers_do_not_add_up_to_a_person():
    first, second = of(1_000, early=PLACE < 400), of(1_000, late=(PLACE >= 400) & (PLACE < 800))
    third = CountedReport(of(1_000, all=PLACE < 805).people, frozenset({"all"}), frozenset())
    assert apart.singled_out(third, [first, second], 11) is None


def test_whoever_a_hidden_group_is_a_part_of_or_holds_bounds_it():
    """Eight are hidden; an earlier report shows twelve around them, five of them, and ten that overlap."""
    now = of(1_000, few=PLACE < 8)
    before = of(1_000, around=PLACE < 12, within=PLACE < 5, beside=(PLACE >= 4) & (PLACE < 14))
    shown = {name: (n, n, n, None) for name, n in (("around", 12), ("within", 5), ("beside", 10))}
    assert apart.nested_bounds(now, ["few"], before, shown) == {"few": (5, 12)}


@pytest.mark.parametrize(("n_changed", "is_refused"), [(0, False), (3, True), (11, False)])
def test_the_same_people_with_other_values_are_apart(n_changed, is_refused):
    """A mean, or person-years, of the same people before and after three were followed longer."""

    def measured(months: np.ndarray) -> CountedReport:
        made = people(
            [f"p{number}" for number in range(1_000)], {"risk": PLACE < 500}, KEY,
            values={"time": [months]}, measures={"risk": "time"},
        )  # fmt: skip
        return CountedReport(made, frozenset({"risk"}), frozenset({"risk"}))

    before, now = measured(PLACE * 1.0), measured(PLACE + 1.0 * (n_changed > PLACE))
    assert (apart.almost_the_same(now, before, 11) is not None) == is_refused


def test_two_groups_that_an_earlier_report_tells_by_itself_may_be_told_again():
    """Under another name, too: they are safe there. Not once one of them is exact and was rounded."""
    groups = {"all": PLACE < 400, "most": PLACE < 394}
    both = people([f"p{number}" for number in range(1_000)], groups, KEY)
    again = people([f"p{number}" for number in range(1_000)], {"rest": groups["most"]}, KEY)
    first = CountedReport(both, frozenset(groups), frozenset({"all"}))
    rounded = CountedReport(again, frozenset({"rest"}), frozenset())
    exact = CountedReport(again, frozenset({"rest"}), frozenset({"rest"}))
    assert apart.almost_the_same(rounded, first, 11) is None
    assert apart.almost_the_same(exact, first, 11) == ("rest",)


def test_a_record_of_people_comes_back_as_it_was(first):
    mine, theirs = who(large()), People.read(json.loads(first.text())["people"])
    assert theirs is not None and mine.groups.keys() == theirs.groups.keys()
    assert mine.signatures() == theirs.signatures()
    assert who(large(), key="11" * 16).signatures()["index"] != mine.signatures()["index"]


def test_nothing_of_people_is_in_the_report():
    report, decision, told = disclose(large(), "0001", profile=SEER, who=who(large()))
    assert KEY not in repr(report) + repr(decision) and told.people["key"] == KEY
