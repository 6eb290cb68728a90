"""SEER population files: people by county, race, origin, sex and age, 26 or 28 characters a record."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain
from pathlib import Path

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
from flows.landing.text.delivered_text import LONGEST_LINE_BYTES, as_utf8, first_line
from flows.landing.text.fixed_width import Field
from flows.landing.vault import Content
from flows.landing.vocabulary import Column
from flows.terminal import wording
from flows.terminal.progress import Progress

TABLE = "populations"
RECORD = re.compile(rb"^\d{4}[A-Z]{2}\d{2}[\d ]{3}[\d ]{2}\d[\d ]\d\d{2}[\d .]{8,10}$")
LENGTHS = (26, 28)
LENGTHS_WITH_END = (26, 27, 28, 29)  # with the carriage return, if there is one
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
NO_PLACE = b"KR"  # the state of those whom the hurricanes Katrina and Rita drove away
ADJUSTED = re.compile(r"(?<!un)(?<!un.)(?<!no[nt])(?<!no[nt].)adjusted")
REGISTRY = slice(11, 13)
UNTOLD = (b"99", b"  ")
NINETEEN, TWENTY, SINGLE = "19 groups", "20 groups", "single years"
PREFERRED = [(by_origin, ages) for by_origin in (False, True) for ages in (NINETEEN, TWENTY, SINGLE)]
# A record whose fields have lost zeros, in one piece or with separators between all ten.
RECORD_WITHOUT_ZEROS = re.compile(
    rb"\d{4}[A-Z]{2}[\d .]{5,22}|\"?\d{4}\"?([,;\t ])\"?[A-Z]{2}\"?(\1\"?[\d.]{1,10}\"?){8}"
)
AS_SHIPPED = "Load the file as SEER ships it, before a spreadsheet program or an editor saved it again."
LINES_LOOKED_AT = 50
ASIDE, UNADJUSTED, UNTOLD_REGISTRIES = "aside_", "_unadjusted", "_untold"


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


@dataclass(frozen=True, slots=True)
class Shape:
    """What a population file counts, from all its records.

    places       year, state, county, registry and sex of each record that is of a place
    by_origin    whether it counts by Hispanic origin
    ages         its age groups; None where it does not tell them
    is_expanded  whether it has a fourth race
    is_adjusted  whether it is SEER's file adjusted for the hurricanes of 2005
    """

    places: frozenset[bytes]
    by_origin: bool
    ages: str | None
    is_expanded: bool
    is_adjusted: bool

    @property
    def tells_registries(self) -> bool:
        return any(place[REGISTRY] not in UNTOLD for place in self.places)

    @property
    def rank(self) -> tuple[bool, int]:
        """Rates need registries; then the models take the groups of the survival and incidence data."""
        return not self.tells_registries, PREFERRED.index((self.by_origin, self.ages or SINGLE))

    def counts_otherwise(self, other: Shape) -> bool:
        """Whether both tell their groups, and these differ."""
        return None not in (self.ages, other.ages) and (self.by_origin, self.ages) != (
            other.by_origin,
            other.ages,
        )

    def found_in(self, others: Sequence[Shape]) -> set[bytes]:
        """Its places that are among those of others; the registry counts where both tell it."""
        places = frozenset[bytes]().union(*(other.places for other in others))
        anywhere = {without_registry(place) for place in places}
        untold = {without_registry(place) for place in places if place[REGISTRY] in UNTOLD}
        return {
            place
            for place in self.places
            if place in places
            or without_registry(place) in (anywhere if place[REGISTRY] in UNTOLD else untold)
        }


def without_registry(place: bytes) -> bytes:
    return place[: REGISTRY.start] + place[REGISTRY.stop :]


def gather(seen: Sequence[ReceivedFile], mappings: Sequence[Mapping]) -> list[RecognisedDelivery]:
    """The population files of each folder, the oldest first: a newer one may replace an older.

    SEER ships the same people in several groupings. Where files in more than one of them are there, one
    counts, and the others are set aside: companions of a delivery that counts their people. Raises
    InputRefused: IN-36 for what only a file set aside has; IN-08 to IN-10 for a file that cannot be read.
    """
    files = [each for each in seen if each.form == "populations"]
    shapes = {each.path: shape_of(each.path) for each in files} if len(files) > 1 else {}
    aside = set_aside(shapes)
    deliveries = oldest_first(
        by_folder([each for each in files if each.path not in aside], form="populations")
    )
    for place, path in enumerate(each.path for each in files if each.path in aside):
        at = next(
            number
            for number, delivery in enumerate(deliveries)
            if shapes[path].found_in([shapes[each] for each in delivery.files])
        )
        companions = {**deliveries[at].companions, f"{ASIDE}{place}{aside[path]}": path}
        deliveries[at] = replace(deliveries[at], companions=companions)
    return deliveries


def set_aside(shapes: dict[Path, Shape]) -> dict[Path, str]:
    """The files whose people other files count, and why: what follows their number among the companions."""
    counted: list[Path] = []
    aside: dict[Path, str] = {}
    for path in sorted(shapes, key=lambda each: shapes[each].rank):
        shape = shapes[path]
        rivals = [shapes[each] for each in counted if shape.counts_otherwise(shapes[each])]
        if shape.found_in(rivals):
            aside[path] = ""
        else:
            counted.append(path)
    for path in counted:
        if any(is_adjusted_for(shapes[path], shapes[each]) for each in counted):
            aside[path] = UNADJUSTED
    counted = [path for path in counted if path not in aside]
    for path in (each for each in aside if not aside[each]):
        shape, rest = shapes[path], [shapes[each] for each in counted]
        lacking = sorted(shape.places - shape.found_in(rest))
        instead = [
            each
            for each in counted
            if shape.counts_otherwise(shapes[each]) and shape.found_in([shapes[each]])
        ]
        if not shape.tells_registries and any(shapes[each].tells_registries for each in instead):
            counties = {place[4:11] for each in rest for place in each.places}
            years = [place[:4].decode() for place in lacking if place[4:11] in counties]
            aside[path] = f"{UNTOLD_REGISTRIES}_{years[0]}_{years[-1]}" if years else UNTOLD_REGISTRIES
        elif lacking:
            refuse_lacking(path, lacking[0].decode(), [each.name for each in instead])
    return aside


def is_adjusted_for(shape: Shape, other: Shape) -> bool:
    """Whether the other file is the adjusted one of the same groups and places."""
    return (
        other.is_adjusted
        and not shape.is_adjusted
        and (shape.by_origin, shape.ages, shape.is_expanded)
        == (other.by_origin, other.ages, other.is_expanded)
        and len(shape.found_in([other])) == len(shape.places)
    )


def refuse_lacking(path: Path, place: str, counted: Sequence[str]) -> None:
    year, state, registry = place[:4], place[4:6], place[REGISTRY]
    raise InputRefused(
        "IN-36",
        f"Population files with several groupings by age, race or origin, and {', '.join(sorted(counted))} "
        f"{'does' if len(counted) == 1 else 'do'} not have all the years and places of this one, such as "
        f"{year} {state} {registry}".rstrip(),
        file=path.name,
        remedy="Keep the files of one grouping, or one that has all the years and places.",
    )


def shape_of(path: Path) -> Shape:
    """What a delivered file counts; raises InputRefused IN-08 to IN-10 where it cannot be read."""
    places: set[bytes] = set()
    groups: set[bytes] = set()
    rest = b""
    for chunk in chain(vault.unpacked(path), (b"\n",)):
        *lines, rest = (rest + chunk).split(b"\n")
        records = [line for line in lines if len(line) in LENGTHS_WITH_END and line[:4].isdigit()]
        places.update([line[:13] + line[15:16] for line in records])
        groups.update([line[13:15] + line[16:18] for line in records])
        if len(rest) > LONGEST_LINE_BYTES:
            break  # no records: the check says so
    dummies = {place for place in places if place[4:6] == NO_PLACE}
    by_origin = any(group[1:2] in (b"0", b"1") for group in groups)
    return Shape(
        places=frozenset(places - dummies),
        by_origin=by_origin,
        ages=ages_told({group[2:].decode("ascii", "replace") for group in groups}),
        is_expanded=by_origin or any(group[:1] == b"4" for group in groups),
        is_adjusted=bool(dummies) or bool(ADJUSTED.search(path.name.lower())),
    )


def ages_told(ages: set[str]) -> str | None:
    """The age groups of a file, or None where a few ages beyond them may be strays."""
    grouping = ages_up_to(max(ages, default=""))
    n_beyond = sum(age > "19" for age in ages)
    return None if grouping == SINGLE and n_beyond <= MOST_STRAY_AGES else grouping


def ages_up_to(oldest: str) -> str:
    """The age groups that end with this one. A small county may have nobody in the oldest of the 19."""
    if oldest <= "18":
        return NINETEEN
    return TWENTY if oldest == "19" else SINGLE


def receive(delivery: RecognisedDelivery, home: Home) -> Received:
    """Take in the population files of one folder."""
    contents = tuple(vault.receive(path, home, encoding=delivery.encoding) for path in delivery.files)
    companions = {
        name: vault.receive(path, home, encoding=delivery.encoding)
        for name, path in delivery.companions.items()
    }
    return Received(delivery, contents, companions, load_ids(contents, "populations"))


def check(received: Received, progress: Progress | None = None) -> list[CheckedFile]:
    """Raises InputRefused: IN-01, IN-03 to IN-05, IN-07, IN-18."""
    noted = tuple(
        sorted({event for name, content in received.companions.items() for event in noted_of(name, content)})
    )
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


def noted_of(companion: str, content: Content) -> list[str]:
    """The events of a file set aside, by its name among the companions."""
    _, reason, *years = f"{companion.removeprefix(ASIDE)}_".split("_")
    lacking = [f"years_set_aside:{years[0]} to {years[1]}"] if len(years) > 1 else []
    return [f"set_aside{'_' if reason else ''}{reason}:{content.name}", *lacking]


def inspect(connection: duckdb.DuckDBPyConnection, files: Sequence[CheckedFile]) -> None:
    """Raises InputRefused IN-36 for a file with the 19 groups and a few ages beyond."""
    for file in files:
        refuse_stray_ages(connection, file)


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
            if n_common and n_common == n_cells:
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
    """Raises InputRefused IN-36 where one file counts by age, race or origin as the other does not, in a
    place of both: the race 3 of the one is everybody else, and of the other a group of its own."""
    mine, theirs = (
        "select distinct year, state, county_fips, sex, trim(registry) as registry "
        f"from raw.{TABLE} where load_id = {literal(file.load_id)} and state <> '{NO_PLACE.decode()}'"
        for file in (earlier, later)
    )
    connection.execute(
        "create or replace temporary table places_of_both as "
        "select distinct mine.year, mine.state, mine.county_fips, mine.sex, mine.registry "
        f"from ({mine}) as mine inner join ({theirs}) as theirs using (year, state, county_fips, sex) "
        "where mine.registry = theirs.registry or mine.registry in ('', '99') "
        "or theirs.registry in ('', '99')"
    )
    common = connection.execute("select * from places_of_both order by all limit 1").fetchall()
    if not common:
        return
    groups = {file.load_id: groups_of(connection, file) for file in (earlier, later)}
    if groups[earlier.load_id] != groups[later.load_id]:
        described = "; ".join(f"{names[each]} by {by}" for each, by in groups.items())
        year, state, county, _, registry = common[0]
        raise InputRefused(
            "IN-36",
            f"Two population files count the same people in other groups ({described}), such as those of "
            f"{year} {state} county {county} registry {registry}".removesuffix("registry ").rstrip(),
            file=later.content.name,
            remedy="Keep one of the two files, and take the other out of the folder, or hide it (.name).",
        )


def groups_of(connection: duckdb.DuckDBPyConnection, file: CheckedFile) -> str:
    """By what a file counts in the places of both, in words; its ages are those of all its places."""
    [(by_origin, is_expanded)] = connection.execute(
        "select coalesce(bool_or(origin in ('0', '1')), false), coalesce(bool_or(race = '4'), false) "
        f"from raw.{TABLE} semi join places_of_both using (year, state, county_fips, sex) "
        f"where load_id = {literal(file.load_id)}"
    ).fetchall()
    [(oldest,)] = connection.execute(
        f"select max(age) from raw.{TABLE} where load_id = {literal(file.load_id)}"
    ).fetchall()
    races = "four races" if by_origin or is_expanded else "white, black and other"
    ages = ages_up_to(oldest or "").replace("groups", "age groups").replace("years", "years of age")
    return f"{races}{' and Hispanic origin' if by_origin else ''} in {ages}"


def common_cells(
    connection: duckdb.DuckDBPyConnection, earlier: CheckedFile, later: CheckedFile
) -> tuple[int, int]:
    """How many cells the earlier file has, and how many of them the later one has too."""
    mine, theirs = (
        f"select distinct {CELL} from raw.{TABLE} where load_id = {literal(file.load_id)} "
        f"and state <> '{NO_PLACE.decode()}'"
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
