"""SEER population files: people by county, race, origin, sex and age, 26 or 28 characters a record."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import duckdb

from flows.errors import InputRefused
from flows.home import Home
from flows.landing import vault
from flows.landing.forms.delivery import (
    CheckedFile,
    Received,
    RecognisedDelivery,
    literal,
    load_ids,
    names_of,
)
from flows.landing.forms.hospital.mapping import Mapping
from flows.landing.gathering import ReceivedFile, by_folder, oldest_first
from flows.landing.text import fixed_width
from flows.landing.text.delivered_text import as_utf8, first_line
from flows.landing.text.fixed_width import Field
from flows.landing.vault import Content
from flows.landing.vocabulary import Column
from flows.terminal import wording
from flows.terminal.progress import Progress

TABLE = "populations"
RECORD = re.compile(rb"^\d{4}[A-Z]{2}\d{2}[\d ]{3}[\d ]{2}\d[\d ]\d\d{2}[\d .]{8,10}$")
LENGTHS = (26, 28)
LAYOUT = (
    ("year", 1, 4),
    ("state", 5, 2),
    ("state_fips", 7, 2),
    ("county_fips", 9, 3),
    ("registry", 12, 2),
    ("race", 14, 1),
    ("origin", 15, 1),
    ("sex", 16, 1),
    ("age", 17, 2),
)
COUNT_START = 19
COLUMNS = (*(name for name, _, _ in LAYOUT), "population")
CELL = ", ".join(name for name, _, _ in LAYOUT)  # who is counted where: one number each
MOST_STRAY_AGES = 5
NOWHERE = b"ZZ"  # the state of synthetic people
# The oldest age that tells the grouping. The records of a place begin with its youngest people.
AGES = {"18": "19 groups", "19": "20 groups"}
SINGLE, OLDEST_SINGLE = "single years", "85"
# By Hispanic origin or not, and the ages; the models take the groups of the survival and incidence data.
PREFERRED = [(by_origin, ages) for by_origin in (False, True) for ages in ("19 groups", "20 groups", SINGLE)]
# A record whose fields have lost zeros, in one piece or with separators between all ten.
RECORD_WITHOUT_ZEROS = re.compile(
    rb"\d{4}[A-Z]{2}[\d .]{5,22}|\"?\d{4}\"?([,;\t ])\"?[A-Z]{2}\"?(\1\"?[\d.]{1,10}\"?){8}"
)
AS_SHIPPED = "Load the file as SEER ships it, before a spreadsheet program or an editor saved it again."
LINES_LOOKED_AT = 50
SAMPLE_BYTES = 1 << 20
ASIDE = "aside_"


def looks_like_populations(start: bytes) -> bool:
    """Whether a file's first lines are population records."""
    lines = start.split(b"\n")[:5]
    whole = [line.rstrip(b"\r") for line in (lines[:-1] or lines)]
    return bool(whole) and all(len(line) in LENGTHS and RECORD.match(line) for line in whole)


def describe_altered(start: bytes) -> tuple[str, str] | None:
    """What was done to records that are recognised no more, by their first lines; and the remedy."""
    lines = [line.rstrip(b"\r") for line in start.split(b"\n")[:LINES_LOOKED_AT]]
    records = [line for line in lines[1:-1] or lines[1:] if line]
    if records and all(len(line) in LENGTHS and RECORD.match(line) for line in records):
        what = "a SEER population file whose first line is no record, but perhaps the names of its columns"
        return what, f"Take the first line out. Or: {AS_SHIPPED[0].lower()}{AS_SHIPPED[1:]}"
    if records and all(RECORD_WITHOUT_ZEROS.fullmatch(line) for line in records):
        widths = sorted({len(line) for line in records})
        span = f"{widths[0]} to {widths[-1]}" if len(widths) > 1 else f"{widths[0]}"
        what = (
            "a SEER population file whose numbers have lost their leading zeros, as in a spreadsheet program "
            f"(its lines have {span} characters, and should have {' or '.join(map(str, LENGTHS))})"
        )
        return what, AS_SHIPPED
    return None


def gather(seen: Sequence[ReceivedFile], mappings: Sequence[Mapping]) -> list[RecognisedDelivery]:
    """The population files of each folder, the oldest first: a newer one may replace an older.

    SEER ships the same people in several groupings. Where files in more than one of them are there, those of
    one are the deliveries, and the others are set aside: companions of the first.
    """
    files = [each for each in seen if each.form == "populations"]
    groupings = {each.path: grouping_of(vault.peek(each.path, SAMPLE_BYTES)) for each in files}
    chosen = min((each for each in groupings.values() if each), key=PREFERRED.index, default=None)
    counted = [each for each in files if groupings[each.path] in (None, chosen)]
    aside = [each.path for each in files if groupings[each.path] not in (None, chosen)]
    deliveries = oldest_first(by_folder(counted, form="populations"))
    if aside:
        companions = {f"{ASIDE}{place}": path for place, path in enumerate(aside)}
        deliveries[0] = replace(deliveries[0], companions=companions)
    return deliveries


def grouping_of(start: bytes) -> tuple[bool, str] | None:
    """Whether a file counts by Hispanic origin, and its ages; None where its first records lack some."""
    records = [line.rstrip(b"\r") for line in start.split(b"\n")[:-1]]
    ages = {record[16:18].decode("ascii", "replace") for record in records}
    if ages != {f"{age:02d}" for age in range(len(ages))}:
        return None
    oldest = max(ages, default="")
    grouping = AGES.get(oldest, SINGLE if oldest >= OLDEST_SINGLE else None)
    return (any(record[14:15] in (b"0", b"1") for record in records), grouping) if grouping else None


def receive(delivery: RecognisedDelivery, home: Home) -> Received:
    """Take in the population files of one folder."""
    contents = tuple(vault.receive(path, home, encoding=delivery.encoding) for path in delivery.files)
    companions = {
        name: vault.receive(path, home, encoding=delivery.encoding)
        for name, path in delivery.companions.items()
    }
    return Received(delivery, contents, companions, load_ids(contents, "populations"))


def check(received: Received, progress: Progress | None = None) -> list[CheckedFile]:
    """Raises InputRefused: IN-01, IN-03 to IN-05, IN-07, IN-18, IN-36 for what only a file set aside has."""
    aside = [content for name, content in received.companions.items() if name.startswith(ASIDE)]
    for content in aside:
        refuse_others(content, received.contents)
    noted = tuple(f"set_aside:{name}" for name in sorted({content.name for content in aside}))
    files: list[CheckedFile] = []
    for path, content, load_id in zip(
        received.recognised.files, received.contents, received.load_ids, strict=True
    ):
        text = as_utf8(content)
        length = len(first_line(text))
        fields = [Field(*each) for each in LAYOUT] + [
            Field("population", COUNT_START, length - COUNT_START + 1)
        ]
        records = fixed_width.count_records(
            text, length=length, shortest=length, remedy=AS_SHIPPED, progress=progress
        )
        files.append(
            CheckedFile(
                content=content,
                load_id=load_id,
                kind=TABLE,
                source="reference",
                role="populations",
                columns=tuple(
                    Column(position, field.name, field.name, True)
                    for position, field in enumerate(fields, start=1)
                ),
                rows_read=records.n_records,
                insert=partial(
                    fixed_width.insert,
                    table=TABLE,
                    text=text,
                    records=records,
                    fields=fields,
                    length=length,
                    load_id=load_id,
                ),
                rejects=records.rejects,
                is_synthetic=first_line(text)[4:6] == NOWHERE,
                encoding=text.encoding,
                line_ending=records.line_ending,
                header={"record_length": length},
                events=content.events + text.events + records.events + (() if files else noted),
                path=path,
            )
        )
    return files


def refuse_others(aside: Content, counted: Sequence[Content]) -> None:
    """Refuse a file that would be set aside and has a year or place that the files of its folder lack."""
    places = set().union(*(places_of(content) for content in counted))
    if lacking := sorted(places_of(aside) - places):
        year, state, registry = lacking[0][:4], lacking[0][4:6], lacking[0][6:]
        raise InputRefused(
            "IN-36",
            f"Population files with several age groupings, and {counted[0].name} does not have all the years "
            f"and places of this one, such as {year} {state} {registry}".rstrip(),
            file=aside.name,
        )


def places_of(content: Content) -> set[str]:
    """Year, state and registry of every record."""
    places: set[bytes] = set()
    with content.path.open("rb") as file:
        while lines := file.readlines(SAMPLE_BYTES):
            places |= {line[:6] + line[11:13] for line in lines if len(line) > LENGTHS[0]}
    return {place.decode("ascii", "replace") for place in places}


def inspect(connection: duckdb.DuckDBPyConnection, files: Sequence[CheckedFile]) -> None:
    """Every file of a delivery has one set of age groups; raises InputRefused IN-36 for two."""
    groups: dict[str, CheckedFile] = {}
    names = names_of(files)
    for file in files:
        oldest = connection.execute(
            f"select max(age) from raw.{TABLE} where load_id = {literal(file.load_id)}"
        ).fetchall()[0][0]
        refuse_stray_ages(connection, file)
        groups.setdefault(AGES.get(oldest, SINGLE), file)
    if len(groups) > 1:
        first, second = list(groups.items())[:2]
        raise InputRefused(
            "IN-36",
            f"Population files with {first[0]} ({names[first[1].load_id]}) and with {second[0]} of age "
            f"({names[second[1].load_id]}) in one load: they count the same people twice",
            file=second[1].content.name,
        )


def refuse_stray_ages(connection: duckdb.DuckDBPyConnection, file: CheckedFile) -> None:
    """A file with all of the 19 groups and a few ages beyond them is no file of single years."""
    ages = connection.execute(
        f"select age, min(source_line) from raw.{TABLE} where load_id = {literal(file.load_id)} "
        "group by age order by age"
    ).fetchall()
    within = {f"{group:02}" for group in range(19)}
    beyond = [(age, line) for age, line in ages if age > "19"]
    if within <= {age for age, _ in ages} and 0 < len(beyond) <= MOST_STRAY_AGES:
        raise InputRefused(
            "IN-36",
            "The file has the 19 age groups, and "
            + wording.counted(len(beyond), "age that is no group", "ages that are no groups"),
            file=file.content.name,
            line=beyond[0][1],
            value=beyond[0][0],
            remedy="Correct these records, or ask for the file again.",
        )


def replaced(connection: duckdb.DuckDBPyConnection, files: Sequence[CheckedFile]) -> dict[str, CheckedFile]:
    """The files of one load that a later one replaces, by load id: no one is counted twice.

    files  the oldest first

    A later file takes the place of one whose cells it covers. Raises InputRefused IN-35 for a cell that
    stands twice in a file, or in two files of which the later cannot take the other's place; IN-36 for files
    that count the same places in other groups.
    """
    replacements: dict[str, CheckedFile] = {}
    names = names_of(files)
    for place, later in enumerate(files):
        refuse_repeated_cells(connection, later)
        for earlier in files[:place]:
            refuse_other_groups(connection, earlier, later, names)
            n_cells, n_common = common_cells(connection, earlier, later)
            if n_common == n_cells:
                replacements[earlier.load_id] = later
            elif n_common and earlier.load_id not in replacements:
                raise InputRefused(
                    "IN-35",
                    f"{n_common:,} of the {n_cells:,} groups of people of {names[earlier.load_id]} "
                    f"are counted in {names[later.load_id]}, too",
                    file=later.content.name,
                    remedy="Keep one of the two files, or take from one what the other has.",
                )
    return replacements


def refuse_other_groups(
    connection: duckdb.DuckDBPyConnection,
    earlier: CheckedFile,
    later: CheckedFile,
    names: dict[str, str],
) -> None:
    """Raises InputRefused IN-36 where one file counts by race or origin as the other does not, in a place of
    both: the race 3 of the one is everybody else, and of the other a group of its own."""
    groups = {file.load_id: groups_of(connection, file) for file in (earlier, later)}
    if groups[earlier.load_id] == groups[later.load_id]:
        return
    of_both = " intersect ".join(
        f"select distinct year, state, registry from raw.{TABLE} where load_id = {literal(file.load_id)}"
        for file in (earlier, later)
    )
    common = connection.execute(f"{of_both} order by all limit 1").fetchall()
    if common:
        described = "; ".join(f"{names[each]} by {by}" for each, by in groups.items())
        raise InputRefused(
            "IN-36",
            f"Two population files count the same people in other groups ({described}), such as those of "
            + " ".join(common[0]).rstrip(),
            file=later.content.name,
            remedy="Keep one of the two files, and take the other out of the folder, or hide it (.name).",
        )


def groups_of(connection: duckdb.DuckDBPyConnection, file: CheckedFile) -> str:
    """By what a file counts, in words."""
    [(by_origin, is_expanded)] = connection.execute(
        "select coalesce(bool_or(origin in ('0', '1')), false), coalesce(bool_or(race = '4'), false) "
        f"from raw.{TABLE} where load_id = {literal(file.load_id)}"
    ).fetchall()
    races = "four races" if is_expanded else "white, black and other"
    return f"{races} and Hispanic origin" if by_origin else races


def common_cells(
    connection: duckdb.DuckDBPyConnection, earlier: CheckedFile, later: CheckedFile
) -> tuple[int, int]:
    """How many cells the earlier file has, and how many of them the later one has too."""
    mine, theirs = (
        f"select distinct {CELL} from raw.{TABLE} where load_id = {literal(file.load_id)}"
        for file in (earlier, later)
    )
    row = connection.execute(
        f"select (select count(*) from ({mine})), (select count(*) from ({mine} intersect {theirs}))"
    ).fetchall()[0]
    return int(row[0]), int(row[1])


def refuse_repeated_cells(connection: duckdb.DuckDBPyConnection, file: CheckedFile) -> None:
    repeated = connection.execute(
        f"select max(source_line) from raw.{TABLE} where load_id = {literal(file.load_id)} "
        f"group by {CELL} having count(*) > 1 order by 1 limit 1"
    ).fetchall()
    if repeated:
        raise InputRefused(
            "IN-35",
            "This group of people is counted on an earlier line of the file, too",
            file=file.content.name,
            line=repeated[0][0],
            remedy="Ask for the file again: with two numbers for one group, rates would be wrong.",
        )
