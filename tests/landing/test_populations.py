"""Nobody is counted twice: of two population files in one inbox the newer counts, or neither lands."""

from __future__ import annotations

import os

import pytest

from flows.errors import InputRefused
from flows.home import Home
from flows.landing import land
from flows.landing.forms.populations.populations import COUNT_START, LAYOUT
from tests.landing.deliveries import ask

CELLS = ("1990CA06001011910500", "1990CA06001011910600", "1990CA06001012910500")
OTHERS = ("1991CA06001011910500", "1991CA06001011910600")


def write(inbox, name, cells, people, written_at):
    file = inbox / name
    file.write_text("".join(f"{cell[:18]}{people:08d}\n" for cell in cells))
    os.utime(file, (written_at, written_at))


def counted(home) -> list:
    """What staging would count: the rows of the newest delivery (stg_ledger__loads)."""
    return ask(
        home,
        "with placed as"
        " (select *, max(load_sequence) over (partition by delivery_id) as place from raw.loads)"
        " select distinct population::int from raw.populations where load_id in"
        " (select load_id from placed where place = (select max(place) from placed)) order by 1",
    )


@pytest.mark.parametrize("newer", ["a.txt", "b.txt"])
def test_the_newer_of_two_files_of_the_same_people_counts(newer, home: Home, inbox):
    older = "b.txt" if newer == "a.txt" else "a.txt"
    write(inbox, newer, CELLS, 200, written_at=2_000_000)
    write(inbox, older, CELLS, 100, written_at=1_000_000)
    results = land.load([inbox], home)
    assert counted(home) == [(200,)]
    assert f"{newer}  populations  3 read = 3 landed + 0 rejected; replaces {older}" in land.lines(results)
    assert all(result.already_loaded for result in land.load([inbox], home))
    assert counted(home) == [(200,)]


def test_a_file_of_one_record_is_known_by_it(home: Home, inbox):
    write(inbox, "a.txt", CELLS[:1], 100, written_at=1_000_000)
    land.load([inbox], home)
    assert counted(home) == [(100,)]


def test_a_newer_file_may_cover_more(home: Home, inbox):
    write(inbox, "a.txt", CELLS, 100, written_at=1_000_000)
    write(inbox, "b.txt", [*CELLS, *OTHERS], 200, written_at=2_000_000)
    land.load([inbox], home)
    assert counted(home) == [(200,)]


def test_files_of_other_people_count_together(home: Home, inbox):
    write(inbox, "a.txt", CELLS, 100, written_at=1_000_000)
    write(inbox, "b.txt", OTHERS, 200, written_at=2_000_000)
    land.load([inbox], home)
    assert counted(home) == [(100,), (200,)]


@pytest.mark.parametrize("newer", [CELLS[:2], (*CELLS[:2], *OTHERS)], ids=["fewer", "others"])
def test_two_files_that_share_some_people_are_refused(newer, home: Home, inbox):
    write(inbox, "a.txt", CELLS, 100, written_at=1_000_000)
    write(inbox, "b.txt", newer, 200, written_at=2_000_000)
    with pytest.raises(InputRefused) as refusal:
        land.load([inbox], home)
    assert (refusal.value.code, refusal.value.file) == ("IN-35", "b.txt")
    assert ask(home, "select count(*) from raw.loads") == [(0,)]
    # The remedy: keep one of the two.
    (inbox / "b.txt").unlink()
    land.load([inbox], home)
    assert counted(home) == [(100,)]


def grouping(oldest: int, *, year: int = 1990, origin: str = "9") -> str:
    return "".join(f"{year}CA06001011{origin}1{age:02d}{100:08d}\r\n" for age in range(oldest + 1))


NINETEEN, TWENTY, SINGLE = 18, 19, 85


@pytest.mark.parametrize(
    ("shipped", "counts"),
    [
        ({"singleages.txt": grouping(SINGLE), "19agegroups.txt": grouping(NINETEEN)}, "19agegroups.txt"),
        ({"19.txt": grouping(NINETEEN), "20.txt": grouping(TWENTY), "all.txt": grouping(SINGLE)}, "19.txt"),
        ({"20.txt": grouping(TWENTY), "all.txt": grouping(SINGLE)}, "20.txt"),
        ({"a.txt": grouping(NINETEEN, origin="0"), "b.txt": grouping(NINETEEN)}, "b.txt"),
    ],
)
def test_of_a_folder_as_seer_ships_it_one_grouping_counts(shipped, counts, home: Home, inbox):
    for name, content in shipped.items():
        folder = inbox / name.partition(".")[0]
        folder.mkdir()
        (folder / name).write_text(content)
    [result] = land.load([inbox], home)
    assert result.file_name == counts
    others = sorted(shipped.keys() - {counts})
    assert sorted(event for event in result.events if event.startswith("set_aside:")) == [
        f"set_aside:{name}" for name in others
    ]
    assert all(f"{name} counts the same people" in result.line() for name in others)
    assert [each.already_loaded for each in land.load([inbox], home)] == [True]


def test_nobody_is_set_aside_who_is_not_counted_in_another_grouping(home: Home, inbox):
    (inbox / "19agegroups.txt").write_text(grouping(NINETEEN))
    (inbox / "singleages.txt").write_text(grouping(SINGLE) + grouping(SINGLE, year=1991))
    with pytest.raises(InputRefused, match="such as 1991 CA 01") as refusal:
        land.load([inbox], home)
    assert (refusal.value.code, refusal.value.file) == ("IN-36", "singleages.txt")


def test_a_group_that_is_counted_twice_in_one_file_is_refused(home: Home, inbox):
    write(inbox, "a.txt", [*CELLS, CELLS[0]], 100, written_at=1_000_000)
    with pytest.raises(InputRefused) as refusal:
        land.load([inbox], home)
    assert (refusal.value.code, refusal.value.line) == ("IN-35", 4)


def test_an_age_beyond_the_groups_makes_no_file_of_single_years(home: Home, inbox):
    (inbox / "19agegroups.txt").write_text(grouping(NINETEEN) + f"{CELLS[0][:16]}8600000100\r\n")
    with pytest.raises(InputRefused, match="19 age groups, and 1 age that is no group") as refusal:
        land.load([inbox], home)
    assert (refusal.value.code, refusal.value.line, refusal.value.value) == ("IN-36", 20, "86")


def by_races(races: str, people: int) -> str:
    return "".join(
        f"1990CA0600101{race}91{age:02d}{people:08d}\n" for race in races for age in range(NINETEEN + 1)
    )


@pytest.mark.parametrize("newer", ["expanded.txt", "other.txt"])
def test_files_of_other_races_never_replace_each_other(newer: str, home: Home, inbox):
    for name, races in (("expanded.txt", "1234"), ("other.txt", "123")):
        (inbox / name).write_text(by_races(races, 100))
        os.utime(inbox / name, (1_000_000, 2_000_000 if name == newer else 1_000_000))
    with pytest.raises(InputRefused, match=r"expanded\.txt by four races") as refusal:
        land.load([inbox], home)
    assert (refusal.value.code, refusal.value.file) == ("IN-36", newer)
    assert "other.txt by white, black and other" in str(refusal.value)
    (inbox / newer).unlink()
    land.load([inbox], home)
    assert counted(home) == [(100,)]


def test_files_of_one_name_are_told_apart_by_their_folders(home: Home, inbox):
    for place, (folder, cells) in enumerate((("2019/us", CELLS), ("2020/us", CELLS[:2])), start=1):
        (inbox / folder).mkdir(parents=True)
        write(inbox / folder, "pops.txt", cells, 100 * place, written_at=1_000_000 * place)
    with pytest.raises(InputRefused, match=r"of 2019/us/pops\.txt are counted in 2020/us/pops\.txt, too"):
        land.load([inbox], home)


def resaved(records: str) -> str:
    """Records as a spreadsheet program saves them whose columns were told."""
    fields = [*LAYOUT, ("population", COUNT_START, 8)]
    rows = [[line[start - 1 : start - 1 + width] for _, start, width in fields] for line in records.split()]
    return "".join(",".join(cell.lstrip("0") or "0" for cell in row) + "\n" for row in rows)


@pytest.mark.parametrize(
    ("altered", "why", "mended"),
    [
        (lambda records: "year and place\n" + records, "first line is no record", lambda text: text[15:]),
        (lambda records: records.replace("00000100", "100"), "lost their leading zeros", None),
        (resaved, "lost their leading zeros", None),
        (lambda records: records + records.replace("1990", "1991").replace("00000100", "100"), "IN-18", None),
    ],
)  # fmt: skip
def test_a_file_that_an_editor_or_a_spreadsheet_program_saved_is_told(
    altered, why: str, mended, home: Home, inbox
):
    whole = grouping(NINETEEN).replace("\r", "")
    (inbox / "pops.txt").write_text(altered(whole))
    with pytest.raises(InputRefused, match=why) as refusal:
        land.load([inbox], home)
    assert "as SEER ships it, before a spreadsheet program or an editor" in refusal.value.remedy
    (inbox / "pops.txt").write_text(mended(altered(whole)) if mended else whole)
    (result,) = land.load([inbox], home)
    assert result.rows_landed == NINETEEN + 1


def records(
    years=(1990,), county="WA53033", registry="25", races="1", origins="9", ages=range(NINETEEN + 1)
) -> str:
    return "".join(
        f"{year}{county}{registry}{race}{origin}1{age:02d}{100:08d}\n"
        for year in years
        for race in races
        for origin in origins
        for age in ages
    )


OF_1969 = {"years": (1969, 1989, 1990), "registry": "99", "races": "123"}
OF_1990 = {"races": "1234", "origins": "01"}


def shipped(inbox, **files: str) -> None:
    """Each content under its name; those named first are the newer."""
    for place, (name, content) in enumerate(files.items()):
        (inbox / f"{name}.txt").write_text(content)
        os.utime(inbox / f"{name}.txt", (2_000_000 - place, 2_000_000 - place))


@pytest.mark.parametrize("registry", ["99", "  "])
@pytest.mark.parametrize("ages", [NINETEEN, SINGLE])
def test_the_file_that_tells_registries_counts_and_the_years_it_lacks_are_said(
    registry: str, ages: int, home: Home, inbox
):
    longer = records(**OF_1969 | {"registry": registry, "ages": range(ages + 1)})
    shipped(inbox, longer=longer, shorter=records(**OF_1990))
    [result] = land.load([inbox], home)
    assert result.file_name == "shorter.txt"
    assert "longer.txt counts the same people in other groups, tells no registry" in result.line()
    assert "people of the years 1969 to 1989 are in the file set aside alone" in result.line()
    assert [each.already_loaded for each in land.load([inbox], home)] == [True]


def test_of_two_files_that_tell_registries_the_one_without_origin_counts(home: Home, inbox):
    shipped(inbox, longer=records(**OF_1969 | {"registry": "25"}), shorter=records(**OF_1990))
    [result] = land.load([inbox], home)
    assert (result.file_name, result.events) == ("longer.txt", ("set_aside:shorter.txt",))


ELSEWHERE = {"county": "WA53061"}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({}, ELSEWHERE | {"ages": range(TWENTY + 1)}),
        ({}, ELSEWHERE | {"ages": range(SINGLE + 1)}),
        ({"races": "123"}, OF_1990 | ELSEWHERE),
        ({"races": "123", "years": (1988, 1989)}, OF_1990),
        ({"races": "123"}, {"races": "1234"} | ELSEWHERE),
        ({"ages": range(NINETEEN)}, ELSEWHERE),
        ({"ages": range(NINETEEN)}, {"years": (1991,)}),
    ],
)
def test_files_of_other_places_or_years_count_together_whatever_their_groups(one, other, home: Home, inbox):
    shipped(inbox, one=records(**one), other=records(**other))
    results = land.load([inbox], home)
    assert [(result.rows_landed, result.events) for result in results] == [
        (len(records(**each).split()), ()) for each in (other, one)
    ]


@pytest.mark.parametrize("origins", ["9", "01"])
def test_a_county_without_people_of_the_fourth_race_is_replaced_by_its_newer_file(
    origins: str, home: Home, inbox
):
    county = records(races="123", origins=origins)
    elsewhere = {} if origins == "01" else ELSEWHERE
    newer = county + records(races="4", origins=origins, **elsewhere)
    shipped(inbox, newer=newer, older=county)
    told = land.lines(land.load([inbox], home))
    assert [line.endswith("replaces older.txt") for line in told] == [False, True]


def test_a_county_with_nobody_in_the_oldest_group_counts_before_its_single_years(home: Home, inbox):
    shipped(inbox, single=records(ages=range(SINGLE + 1)), groups=records(ages=range(NINETEEN)))
    [result] = land.load([inbox], home)
    assert (result.file_name, result.events) == ("groups.txt", ("set_aside:single.txt",))


HURRICANE = records(county="KR99999", registry="99", years=(2005,))


@pytest.mark.parametrize("is_newer", [True, False])
@pytest.mark.parametrize("dummy", [HURRICANE, ""])
def test_of_adjusted_and_unadjusted_files_the_adjusted_counts(dummy: str, is_newer: bool, home: Home, inbox):
    names = ("us.adjusted", "us.unadjusted") if is_newer else ("us.unadjusted", "us.adjusted")
    shipped(inbox, **{name: records() + dummy * (name == "us.adjusted") for name in names})
    [result] = land.load([inbox], home)
    assert result.file_name == "us.adjusted.txt"
    assert result.events == ("set_aside_unadjusted:us.unadjusted.txt",)
    assert "us.unadjusted.txt is the same without the adjustment for Katrina and Rita" in result.line()


def test_people_of_no_place_are_no_years_that_another_grouping_lacks(home: Home, inbox):
    shipped(inbox, plain=records(), origins=records(**OF_1990) + HURRICANE)
    [result] = land.load([inbox], home)
    assert (result.file_name, result.events) == ("plain.txt", ("set_aside:origins.txt",))


def test_a_file_of_people_of_no_place_is_replaced_by_none(home: Home, inbox):
    shipped(inbox, places=records(years=(1991,)), dummy=HURRICANE)
    assert [result.events for result in land.load([inbox], home)] == [(), ()]
