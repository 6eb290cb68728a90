"""Made-up dictionaries, programs and pages: each cell lands as a plain reading of them says, or all is refused."""
# ruff: noqa: E501 -- generators read best with a choice a line

from __future__ import annotations

import csv
import io
import json
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from flows.errors import InputRefused
from flows.home import Home
from flows.landing import land
from flows.landing.forms.delivery import too_many
from flows.landing.forms.seer_ascii import sas_program
from flows.landing.forms.seer_matrix.matrix import PAGE_TYPE
from tests.landing.deliveries import DELIMITER_WORDS, HEADERS, ROWS, Listing, ask, many_rows
from tests.landing.test_fuzz import FEW, settled, text_of

SOME = settings(FEW, max_examples=10)
WORDS = st.text(st.sampled_from("aBz é(),;:=%*-+/ '"), min_size=1, max_size=8).map(str.strip).filter(bool)
LABELS = WORDS.filter(lambda word: word[0] not in "*\"'" and word[-1] not in "\"'")
EXTRAS = ("Extra one", "Extra two", "Extra three")


@st.composite
def formats(draw: st.DrawFn) -> tuple[dict[str, str], dict[int, str]]:
    """The entries of a format section, and the label of each of its codes as told one by one."""
    entries: dict[str, str] = {}
    told: dict[int, str] = {}
    code = draw(st.integers(0, 3))
    for _ in range(draw(st.integers(1, 4))):
        width = draw(st.integers(1, 5))
        codes = list(range(code, code + width))
        code = codes[-1] + draw(st.integers(1, 4))
        kind = draw(st.sampled_from(["each", "list", "range", "numbers"]))
        label = draw(LABELS)
        if kind == "each":
            entries |= {str(each): f"{label} {each}" for each in codes}
            told |= {each: f"{label} {each}" for each in codes}
        elif kind == "list":
            entries[",".join(map(str, codes)) + draw(st.sampled_from(["", ","]))] = label
            told |= dict.fromkeys(codes, label)
        elif kind == "range":
            entries[f"{codes[0]}-{codes[-1]}" if width > 1 else str(codes[0])] = label
            told |= dict.fromkeys(codes, label)
        else:
            least, digits = draw(st.integers(1, 900)), draw(st.integers(3, 5))
            shown = [f"{least + place:0{digits}d}" for place in range(width)]
            entries[f"{codes[0]}-{codes[-1]}"] = (
                f"* {shown[0]}-{shown[-1]}{draw(st.sampled_from(['', '  Unformatted value.']))}"
            )
            told |= dict(zip(codes, shown, strict=True))
    return entries, told


@SOME
@given(st.data())
def test_listings_whose_columns_are_shown_in_several_ways(data: st.DataObject):
    made = {header: data.draw(formats()) for header in EXTRAS}
    unformatted = {header: data.draw(st.booleans()) for header in EXTRAS}
    listing = Listing(
        delimiter=data.draw(st.sampled_from(list(DELIMITER_WORDS)[:3])),
        is_quoted=True,
        has_header=data.draw(st.booleans()),
        line_end=data.draw(st.sampled_from(["\n", "\r\n"])),
        headers=(*HEADERS, *EXTRAS),
        formats={header: entries for header, (entries, _) in made.items()},
    )
    rows, expected = [], []
    for row in ROWS:
        codes = [data.draw(st.sampled_from(sorted(told))) for _, told in made.values()]
        labels = [told[code] for code, (_, told) in zip(codes, made.values(), strict=True)]
        shown = [
            str(code) if unformatted[header] else label
            for header, code, label in zip(EXTRAS, codes, labels, strict=True)
        ]
        rows.append((*row, *shown))
        expected.append(tuple(" ".join(label.split()) for label in labels))
    listing = listing.but(rows=rows)
    dictionary = listing.dictionary().decode().splitlines()
    numbered = [
        (number, header) for number, header in enumerate(listing.headers, start=1) if header in EXTRAS
    ]
    at = dictionary.index("[Variables]") + 1
    display = {True: "Unformatted", False: "Formatted"}
    dictionary[at:at] = [
        f"Var{number}DisplayType={display[unformatted[header]]}" for number, header in numbered
    ]
    with tempfile.TemporaryDirectory() as folder:
        listing.write(Path(folder, "in")).with_suffix(".dic").write_text("\n".join(dictionary) + "\n")
        home = Home.at(Path(folder, "home"))
        land.load([Path(folder, "in")], home)
        landed = ask(
            home,
            "select delivered_extra_one, delivered_extra_two, delivered_extra_three from raw.seer_listing order by source_line",
        )
    assert [tuple(" ".join(cell.split()) for cell in row) for row in landed] == expected


@SOME
@given(st.data())
def test_listings_that_other_programs_saved(data: st.DataObject):
    """Each line is a row that landed with its cells, a reject, or one that is said to be none."""
    rows = many_rows(data.draw(st.integers(1, 60)))
    listing = Listing(
        rows=rows,
        delimiter=data.draw(st.sampled_from("\t,;")),
        is_quoted=True,
        has_header=data.draw(st.booleans()),
    )
    header, *lines = listing.but(has_header=True).data().decode().split("\r\n")[:-1]
    for place in data.draw(st.sets(st.integers(0, len(rows) - 1), max_size=3)):
        lines[place] = lines[place].replace('"Male"', data.draw(st.sampled_from(['"\tMale"', '"Male\t"'])))
    chosen = data.draw(st.sampled_from([range(0), range(len(rows)), range(0, len(rows), 7)]))
    lines = [line + listing.delimiter * (place in chosen) for place, line in enumerate(lines)]
    is_joined = data.draw(st.booleans())
    if is_joined:
        lines.insert(data.draw(st.integers(1, len(lines))), header)
    above = ["sep=" + listing.delimiter] * data.draw(st.integers(0, 1)) + [header] * listing.has_header
    with tempfile.TemporaryDirectory() as folder:
        content = "".join(f"{line}\r\n" for line in above + lines)
        listing.write(Path(folder, "in")).write_bytes(content.encode())
        home = Home.at(Path(folder, "home"))
        try:
            (result,) = land.load([Path(folder, "in")], home)
        except InputRefused as refusal:
            assert is_joined
            assert (refusal.code, refusal.line) == ("IN-14", len(above) + lines.index(header) + 1)
            return
        landed = ask(home, "select source_line, patient_id, trim(sex) from raw.seer_listing order by 1")
    kept = [place for place in range(len(rows)) if place not in chosen or too_many(len(chosen), len(rows))]
    assert not is_joined
    assert (result.rows_read, result.rows_landed) == (len(rows), len(kept))
    assert landed == [(len(above) + place + 1, rows[place][0], "Male") for place in kept]


@SOME
@given(st.data())
def test_tables_of_several_kinds_of_page(data: st.DataObject):
    kinds = data.draw(
        st.lists(st.sampled_from(["Life", "Summary", "Z-Statistics"]), min_size=2, max_size=3, unique=True)
    )
    columns = {kind: [f"{kind} {number}" for number in range(data.draw(st.integers(1, 4)))] for kind in kinds}
    delimiter = data.draw(st.sampled_from("\t,;"))
    is_coded = data.draw(st.booleans())
    codes = {f"{kind} Page": str(place) for place, kind in enumerate(kinds)}
    lines = ["[Session Options]", "Type=Survival", "[Export Options]", f"Field delimiter={DELIMITER_WORDS[delimiter]}",
             "Fields with delimiter in quotes=true", f"Variable format={'numeric' if is_coded else 'labels'}"]  # fmt: skip
    for kind in kinds:
        lines += [
            f"[{kind} Page Variables]",
            *(f"Var{place}Name={name}" for place, name in enumerate([PAGE_TYPE, *columns[kind]], start=1)),
        ]
    lines += [f"[Format={PAGE_TYPE}]", *(f"{code}={label}" for label, code in codes.items())]
    written = io.StringIO()
    rows = csv.writer(written, delimiter=delimiter, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    expected = []
    for _ in range(data.draw(st.integers(1, 6))):
        kind = data.draw(st.sampled_from(kinds))
        cells = [data.draw(st.sampled_from(["1,234.5", ".", "", 'a"b', "x y"])) for _ in columns[kind]]
        rows.writerow([codes[f"{kind} Page"] if is_coded else f"{kind} Page", *cells])
        expected.append((f"{kind} Page", dict(zip(columns[kind], cells, strict=True))))
    with tempfile.TemporaryDirectory() as folder:
        inbox = Path(folder, "in")
        inbox.mkdir()
        (inbox / "t.dic").write_text("\n".join(lines) + "\n")
        (inbox / "t.txt").write_bytes(written.getvalue().encode())
        home = Home.at(Path(folder, "home"))
        land.load([inbox], home)
        landed = ask(
            home, f"select dimensions ->> '{PAGE_TYPE}', statistics from raw.seer_matrix order by source_line"
        )
    assert [(kind, json.loads(statistics)) for kind, statistics in landed] == expected


@SOME
@given(st.data())
def test_dictionaries_with_their_parts_mixed_up(data: st.DataObject):
    """Sections doubled, left out or in another order: refused with a code, or every row accounted for."""
    listing = Listing(formats={"Sex": {"1": "Male", "2,3": "Female", "0-9": "* 0-9"}})
    text = listing.dictionary().decode().replace("\r\n", "\n")
    sections = [f"[{part}" for part in text.split("[")[1:]] + [
        "[Variables]\nVar1DisplayType=Unformatted\n",
        "[Life Page Variables]\nVar1Name=Page type\n",
        "[Format=Sex]\n1,=\n-=x\n",
    ]
    kept = data.draw(st.lists(st.sampled_from(sections), min_size=1, max_size=8))
    if data.draw(st.booleans()):
        kept = data.draw(st.permutations(sections[: data.draw(st.integers(3, len(sections)))]))
    with tempfile.TemporaryDirectory() as folder:
        listing.write(Path(folder, "in")).with_suffix(".dic").write_text("".join(kept))
        settled(Path(folder, "in"), Home.at(Path(folder, "home")))


NAMES = st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,12}", fullmatch=True).filter(
    lambda name: (
        name.lower() not in ("input", "label", "format", "run", "data", "proc", "value", "infile", "if")
    )
)
BLANKS = st.sampled_from([" ", "\n  ", "\t", " /* a; 'remark */ "])


@settings(FEW, max_examples=40)
@given(st.data())
def test_programs(data: st.DataObject):
    def blank() -> str:
        return data.draw(BLANKS)

    def text(label: str) -> str:
        quote = data.draw(st.sampled_from("\"'"))
        return quote + label.replace(quote, quote * 2) + quote

    names = data.draw(st.lists(NAMES, min_size=1, max_size=6, unique_by=str.lower))
    labels = {name: f"{place} {data.draw(LABELS)}" for place, name in enumerate(names)}
    coded = {name: data.draw(formats()) for name in names if data.draw(st.booleans())}
    has_header, character = data.draw(st.booleans()), data.draw(st.sampled_from(["'09'X", '","', "';'"]))
    made = {
        name: {code: label for code, label in entries.items() if not label.startswith("*")}
        for name, (entries, _) in coded.items()
    }
    made = {name: entries for name, entries in made.items() if entries}
    values = "".join(
        f"value{blank()}{name}f{blank()}" + blank().join(f"{code.rstrip(',')} = {text(label)}" for code, label in entries.items()) + ";"
        for name, entries in made.items()
    )  # fmt: skip
    written = (
        f"* it's a remark;{blank()}filename in1 'C:\\a;b\\c.txt';{blank()}proc format;{values}run;data{blank()}in;"
        f"infile in1{blank()}dsd {'firstobs=2 ' if has_header else ''}delimiter{blank()}={blank()}{character};"
        f"input{blank()}{' '.join(name + data.draw(st.sampled_from(['', ' $', ' : $40.', ' best12.'])) for name in names)};"
        f"label {' '.join(f'{name} = {text(label)}' for name, label in labels.items())};"
        + (f"format {' '.join(f'{name} {name}f.' for name in made)};" if made else "")
        + "run;proc print;run;"
    )
    with tempfile.TemporaryDirectory() as folder:
        told = sas_program.read_listing(text_of(folder, written.encode()))
    assert [variable.name for variable in told.variables] == list(labels.values())
    assert (told.has_header, told.delimiter) == (
        has_header,
        {"'09'X": "\t", '","': ",", "';'": ";"}[character],
    )
    for name, entries in made.items():
        plain = {
            code: label
            for code, label in coded[name][1].items()
            if any(code in spelt(each) for each in entries)
        }
        assert told.formats[labels[name]] == {str(code): label for code, label in plain.items()}


def spelt(codes: str) -> list[int]:
    """The codes of `3`, `1,2,` or `4-6`, one by one."""
    first, _, last = codes.partition("-")
    return (
        list(range(int(first), int(last) + 1)) if last else [int(each) for each in codes.split(",") if each]
    )


@SOME
@given(st.data())
def test_a_column_in_which_a_code_is_not_explained_never_lands_as_another_value(data: st.DataObject):
    entries, told = data.draw(formats())
    code = data.draw(st.integers(0, 40))
    listing = Listing(
        headers=(*HEADERS, EXTRAS[0]),
        rows=[(*row, str(code)) for row in ROWS],
        formats={EXTRAS[0]: entries},
        variable_format="labels",
    )
    dictionary = listing.dictionary().decode() + f"[Variables of {EXTRAS[0]}]\r\n"
    dictionary = dictionary.replace(
        "[Variables]\r\n", f"[Variables]\r\nVar{len(HEADERS) + 1}DisplayType=Unformatted\r\n"
    )
    with tempfile.TemporaryDirectory() as folder:
        listing.write(Path(folder, "in")).with_suffix(".dic").write_bytes(dictionary.encode())
        home = Home.at(Path(folder, "home"))
        try:
            land.load([Path(folder, "in")], home)
        except InputRefused as refusal:
            assert code not in told and refusal.code == "IN-14"
            return
        landed = {
            " ".join(cell.split())
            for (cell,) in ask(home, "select distinct delivered_extra_one from raw.seer_listing")
        }
    assert landed == {" ".join(told.get(code, str(code)).split())}
