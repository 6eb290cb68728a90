"""Faults F44 to F73 of delivered files, one a row: what goes wrong, and what the person who loads it is told.

`FAULTS` is the table. A fault is injected into an empty folder, the folder is loaded, and then either
`exit_code` is 3 and the refusal has the code, words and place of the row, or `exit_code` is 0, everything that
was read is accounted for, and `told` stands among the events or the reasons of rejected rows.
`ELSEWHERE` names the tests of faults that are no folder of files: races, permissions, whole warehouses.
"""
# ruff: noqa: E501 -- a table reads best with a fault a line

from __future__ import annotations

import gzip
from dataclasses import dataclass

from tests.landing.deliveries import ROWS, many_rows
from tests.landing.injections import (
    GOOD,
    HEADERLESS,
    LONG,
    NUMERIC,
    PACKED,
    POPULATION,
    QUOTED,
    SESSION,
    Inject,
    another_dictionary,
    as_workbook,
    bit_flipped,
    bomb,
    bytes_of,
    cell,
    dangling_link,
    dictionary_of,
    doubled_with,
    flipped_at,
    headed,
    header_line,
    link,
    linked_folder,
    listening,
    naaccr_with_layout,
    only,
    pipe,
    redcap,
    release,
    release_bytes,
    renamed,
    second_name,
    twice,
    two_submissions,
    with_file,
    without,
    written,
    xml,
    zipped,
)
from tests.landing.other_deliveries import BREAST, LEUKAEMIA, MYELOMA, STARTS, program, record
from tests.landing.test_naaccr_flat import xml_layout
from tests.landing.test_redcap import DICTIONARY
from tests.landing.test_redcap import RAW as REDCAP

RACE, SURVIVAL, YEAR = "Race recode (White, Black, Other)", "Survival months", "Year of diagnosis"
AGE = "Age recode with single ages and 85+"


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault.

    id          of the fault matrix, F44 to F73; "" for faults that it does not have
    name        what a person would call it
    inject      writes the faulty delivery into an empty folder
    exit_code   of `metachron load`: 3 refused, 0 landed (with what could not land in raw.rejects)
    code        of the refusal, "" if it lands
    told        words of the refusal; of a delivery that lands, an event or the reason of a rejected row
    line, column, value    the place that the refusal names, None where there is none
    """

    id: str
    name: str
    inject: Inject
    exit_code: int
    code: str
    told: str = ""
    line: int | None = None
    column: str | None = None
    value: str | None = None


FAULTS: tuple[Fault, ...] = (
    # ---- C. bytes
    Fault("F44", "the file is empty", bytes_of(lambda data: b""), 3, "IN-01", "empty"),
    Fault("F44", "there is a header and no record", written(GOOD.but(rows=[])), 3, "IN-01", "no records"),
    Fault("F44", "the population file is empty", only("pop.txt", b""), 3, "IN-11", "not recognised"),
    Fault("F45", "a byte-order mark stands before the text", written(GOOD.but(encoding="utf-8-sig")), 0, "", "bom_stripped"),
    Fault("F46", "the text is UTF-16", bytes_of(lambda data: data.decode().encode("utf-16")), 0, "", "read as UTF-16"),
    Fault("F46", "the text is UTF-16 without a mark", bytes_of(lambda data: data.decode().encode("utf-16-le")), 0, "", "read as UTF-16"),
    Fault("F46", "the dictionary is UTF-16", dictionary_of(lambda told: told.decode().encode("utf-16")), 0, "", ""),
    Fault("F46", "UTF-16 that is cut within a letter", bytes_of(lambda data: data.decode().encode("utf-16")[:-1]), 3, "IN-02", "begins as UTF-16"),
    Fault("F47", "a byte is neither UTF-8 nor Windows text", bytes_of(lambda data: data.replace(b"\tBlack", b"\tBl\x81k")), 3, "IN-02", "does not read as words", 4),
    Fault("F47", "the text is Windows text", written(GOOD.but(headers=[*GOOD.headers, "Remark"], rows=[(*row, "señor") for row in ROWS], encoding="cp1252")), 0, "", "read as Windows text"),
    Fault("F47", "a fixed-width record has a letter with an accent", release_bytes(lambda data: data.replace(b"C421", b"C4\xc3\xa9", 1)), 3, "IN-02", "ascii", 1),
    Fault("F47", "a byte of the NAACCR XML is not UTF-8", xml(lambda text: text.replace(b">C421<", b">C\xff21<", 1)), 3, "IN-02", "said to be", 17),
    Fault("F48", "lines end in CR LF", written(GOOD.but(line_end="\r\n")), 0, ""),
    Fault("F48", "lines end in CR", bytes_of(lambda data: data.replace(b"\r\n", b"\r")), 3, "IN-03", "carriage return", 1),
    Fault("F48", "line ends are mixed", bytes_of(lambda data: data.replace(b"\r\n", b"\n", 2)), 3, "IN-03", "3 of 5 lines end in CR LF"),
    Fault("F48", "line ends of a fixed-width file are mixed", release_bytes(lambda data: data.replace(b"\r\n", b"\n", 1)), 3, "IN-03", "2 of 3 lines end in CR LF"),
    Fault("F49", "there is a NUL in a field", bytes_of(lambda data: data.replace(b"\tWhite", b"\tWhi\0e", 1)), 3, "IN-04", "0x00", 2),
    Fault("F49", "there is a line of NUL", bytes_of(lambda data: data + b"\0" * 40 + b"\r\n"), 3, "IN-04", "0x00", 6),
    Fault("F49", "the file ends in NUL", bytes_of(lambda data: data + b"\0" * 40), 3, "IN-04", "0x00", 6),
    Fault("F49", "there is a ^Z at the end", bytes_of(lambda data: data + b"\x1a"), 0, "", "end-of-file mark"),
    Fault("F49", "there is a ^Z line at the end", bytes_of(lambda data: data + b"\x1a\r\n"), 0, "", "end-of-file mark"),
    Fault("F49", "there is a NUL in a fixed-width record", release_bytes(lambda data: data.replace(b"C421", b"C4\x001", 1)), 3, "IN-04", "0x00", 1),
    Fault("F50", "a cell has a Unicode line separator", written(GOOD.but(headers=[*GOOD.headers, "Remark"], rows=[(*row, "a\u2028b\x85c") for row in ROWS])), 0, ""),
    Fault("F50", "a cell has a vertical tab", bytes_of(lambda data: data.replace(b"\tWhite", b"\tWhi\x0be", 1)), 3, "IN-04", "0x0b", 2),
    Fault("F50", "a cell has a form feed", bytes_of(lambda data: data.replace(b"\tWhite", b"\tWhi\x0ce", 1)), 3, "IN-04", "0x0c", 2),
    Fault("F51", "a line is 6 MB long", bytes_of(lambda data: data.replace(b"\tWhite", b"\tW" * 3_000_000, 1)), 3, "IN-05", "longer", 2),
    Fault("F51", "the last line is 33 MB long", bytes_of(lambda data: data + b"0" * 33_000_000 + b"\r\n"), 3, "IN-05", "longer", 6),
    Fault("F51", "the last line is 33 MB long and has no end", bytes_of(lambda data: data + b"0" * 33_000_000), 3, "IN-05", "longer", 6),
    Fault("F52", "a record of many is short", bytes_of(lambda data: data.replace(b"\tDead", b"", 1), LONG), 0, "", "11 fields instead of 12"),
    Fault("F52", "a record of many is long", bytes_of(lambda data: data.replace(b"\tDead", b"\tDead\tagain", 1), LONG), 0, "", "13 fields instead of 12"),
    Fault("F52", "many records are short", bytes_of(lambda data: data.replace(b"\tDead", b"")), 3, "IN-18", "2 of 4 lines", 2),
    Fault("F52", "fixed-width records are short", release([record(MYELOMA)[:-200], record(LEUKAEMIA)]), 3, "IN-18", "the first has 162", 1),
    Fault("F52", "a fixed-width record is long", release([record(MYELOMA) + "x"]), 3, "IN-18", "the first has 363", 1),
    Fault("F53", "a quote stays open", bytes_of(lambda data: data.replace(b'"Black"', b'"Black'), QUOTED), 3, "IN-06", "left open", 4),
    Fault("F53", "a quote stands inside a field", bytes_of(lambda data: data.replace(b'"Black"', b'"Bl"ack"'), QUOTED), 3, "IN-06", "inside", 4),
    Fault("F54", "a line ends inside quotes", bytes_of(lambda data: data.replace(b'"Black"', b'"Bl\r\nack"'), QUOTED), 3, "IN-06", "left open", 4),
    Fault("F55", "the last record is cut off", bytes_of(lambda data: data[:-3]), 3, "IN-07", "cut off", 5),
    Fault("F55", "the last line end is missing", bytes_of(lambda data: data[:-2]), 0, "", "no line end"),
    Fault("F55", "the last fixed-width record is cut off", release_bytes(lambda data: data[:-30]), 3, "IN-07", "cut off", 3),
    Fault("F55", "the last population is cut off", only("pop.txt", POPULATION + POPULATION[:12]), 3, "IN-07", "cut off", 2),
    Fault("F55", "the NAACCR XML ends in the middle", xml(lambda text: text[: len(text) // 2]), 3, "IN-28", "well-formed", 14),
    Fault("F56", "the gzip is cut in half", bytes_of(lambda data: data[: len(data) // 2], PACKED), 3, "IN-08", "too early"),
    Fault("F56", "the gzip lacks its last 8 bytes", bytes_of(lambda data: data[:-8], PACKED), 3, "IN-08", "too early"),
    Fault("F56", "the gzip lacks its last 4 bytes", bytes_of(lambda data: data[:-4], PACKED), 3, "IN-08", "too early"),
    Fault("F57", "a bit of the gzip is flipped", bytes_of(bit_flipped), 3, "IN-08", "damaged"),
    Fault("F57", "the gzip's checksum is wrong", bytes_of(flipped_at(-8), PACKED), 3, "IN-08", "checksum"),
    Fault("F57", "the gzip's length is wrong", bytes_of(flipped_at(-4), PACKED), 3, "IN-08", "checksum"),
    Fault("F58", "other bytes follow the gzip", bytes_of(lambda data: data + b"garbage", PACKED), 3, "IN-08", "follow"),
    Fault("F58", "the gzip has two members", bytes_of(lambda data: gzip.compress(data[:90]) + gzip.compress(data[90:])), 0, "", "gzip_unpacked"),
    Fault("F58", "a plain file is named .gz", lambda folder: GOOD.write(folder).rename(folder / "export.txt.gz") and None, 0, ""),
    Fault("F59", "the gzip is a bomb", bomb, 3, "IN-09", "unpacks"),
    Fault("F60", "the listing is in a zip archive", zipped({"export.txt": GOOD.data()}), 3, "IN-12", "dictionary"),
    Fault("F60", "the zip archive points outside", zipped({"../../evil.txt": b"x", "/evil.txt": b"x"}), 3, "IN-12", "dictionary"),
    Fault("F60", "the workbook is a bomb", zipped({"xl/workbook.xml": bytes(300 * 2**20)}, "bomb.xlsx"), 3, "IN-12", "dictionary"),
    Fault("F61", "the file is a pipe", pipe, 3, "IN-10", "regular file"),
    Fault("F61", "the file is a socket", listening, 3, "IN-10", "cannot be opened"),
    Fault("F61", "the file is a link", link, 3, "IN-10", "symbolic link"),
    Fault("F61", "the file is a link to nothing", dangling_link, 3, "IN-10", "symbolic link"),
    Fault("F61", "a link to a folder lies beside a delivery", linked_folder, 3, "IN-10", "symbolic link"),
    Fault("F61", "the file has a second name", second_name, 0, ""),
    Fault("F62", "the file's name is a pattern", renamed("a[1]*"), 0, ""),
    Fault("F62", "the file's name is an option", renamed("-rf"), 0, ""),
    Fault("F62", "the file's name has quotes and a line end", renamed("it's\n\"so\""), 0, ""),
    Fault("F62", "the file's name is as long as names can be", renamed("n" * 251), 0, ""),
    Fault("F65", "the same content lies there under two names", twice, 0, "", "already loaded"),
    Fault("F66", "the file is one blank line", bytes_of(lambda data: b"\r\n"), 3, "IN-14", "header", 1),
    Fault("F66", "the file is one blank line and needs no header", bytes_of(lambda data: b"\r\n", HEADERLESS), 3, "IN-18", "1 of 1 lines", 1),
    # ---- D. meaning
    Fault("F67", "the header is missing", another_dictionary(HEADERLESS, GOOD), 3, "IN-14", "holds values, not column names", 1, None, "00000007"),
    Fault("F67", "two columns have one name", headed({"Primary Site": "Sex"}), 3, "IN-16", "same name", None, "Sex"),
    Fault("F67", "two columns differ by case alone", headed({"Primary Site": "SEX"}), 3, "IN-16", "same name", None, "SEX"),
    Fault("F67", "a column has no name", written(GOOD.but(headers=[*GOOD.headers, ""], rows=[(*row, "1") for row in ROWS])), 3, "IN-13", "Var13Name", None, None, "Var13Name"),
    Fault("F67", "mandatory columns are missing", headed({"Sex": "Sexes", SURVIVAL: "Months"}), 3, "IN-15", "Sex; Survival months"),
    Fault("F67", "the header is in another order", header_line(GOOD.headers[1], GOOD.headers[0], *GOOD.headers[2:]), 3, "IN-14", "another order", 1),
    Fault("F67", "the header has another name", header_line("Person", *GOOD.headers[1:]), 3, "IN-14", "Person", 1),
    Fault("F67", "the header has a name more", header_line(*GOOD.headers, "Grade"), 3, "IN-14", "Grade", 1),
    Fault("F68", "age and survival are swapped", headed({AGE: SURVIVAL, SURVIVAL: AGE}), 3, "IN-26", "'0104'", 2, SURVIVAL, "61 years"),
    Fault("F69", "the dictionary is missing", without(".dic"), 3, "IN-12", "dictionary"),
    Fault("F69", "the data are missing", without(".txt"), 3, "IN-12", "no data file"),
    Fault("F69", "the dictionary is of another export", another_dictionary(LONG.but(has_header=False), HEADERLESS.but(headers=[*GOOD.headers, "Grade"])), 3, "IN-18", "13 fields", 1),
    Fault("F69", "the dictionary has other labels", another_dictionary(GOOD, GOOD.but(formats={RACE: {"0": "White", "1": "Black"}})), 3, "IN-14", "no such value", 5, RACE, "Unknown"),
    Fault("F69", "the dictionary says tab and the file has semicolons", another_dictionary(GOOD.but(delimiter=";"), GOOD), 3, "IN-17", "semicolons", 2, None, ";"),
    Fault("F69", "so too without a header", another_dictionary(HEADERLESS.but(delimiter=","), HEADERLESS), 3, "IN-17", "commas", 1, None, ","),
    Fault("F69", "the dictionary repeats a key", dictionary_of(lambda told: told.replace(b"Var2Name", b"Var1Name")), 3, "IN-13", "Var1Name", 15, None, "Var1Name"),
    Fault("F69", "the dictionary has a gap", dictionary_of(lambda told: told.replace(b"Var2Name", b"Var22Name")), 3, "IN-13", "Var2Name", None, None, "Var2Name"),
    Fault("F69", "the dictionary has a line of nonsense", dictionary_of(lambda told: told.replace(b"[Variables]", b"[Variables]\r\nnonsense")), 3, "IN-13", "neither a [section]", 14),
    Fault("F69", "the dictionary names no variables", dictionary_of(lambda told: told[: told.index(b"[Variables]")]), 3, "IN-13", "Variables"),
    Fault("F69", "a numeric export has no labels for its codes", written(NUMERIC.but(formats={})), 3, "IN-20", "Sex"),
    Fault("F69", "the program puts the survival one character further on", release([record(MYELOMA)], program({**STARTS, "SRV_TIME_MON": 302})), 3, "IN-31", "character 301"),
    Fault("F69", "the program's fields reach beyond the record", release([record(MYELOMA)], program(length=300)), 3, "IN-31", "beyond"),
    Fault("F70", "a label is unknown", cell(1, RACE, "Blakc"), 3, "IN-19", "'Blakc'", 3, RACE, "Blakc"),
    Fault("F70", "a code stands where a label should", written(GOOD.with_cell(0, "Sex", "2").with_cell(1, "Sex", "2")), 3, "IN-19", "'2'", 2, "Sex", "2"),
    Fault("F70", "a fixed-width code is unknown", release([record(MYELOMA | {"STAT_REC": "7"})]), 3, "IN-19", "'7'", 1, "STAT_REC", "7"),
    Fault("F70", "a label has blanks around it", cell(2, RACE, "  Black "), 0, ""),
    Fault("F71", "a year is written 2_001", cell(0, YEAR, "2_001"), 3, "IN-26", "2_001", 2, YEAR, "2_001"),
    Fault("F71", "a year is in Arabic digits", cell(0, YEAR, "٢٠٠١"), 3, "IN-26", "no number or date", 2, YEAR, "٢٠٠١"),
    Fault("F71", "a survival has a plus", cell(0, SURVIVAL, "+0104"), 3, "IN-26", "+0104", 2, SURVIVAL, "+0104"),
    Fault("F71", "a survival is nan", cell(0, SURVIVAL, "nan"), 3, "IN-26", "nan", 2, SURVIVAL, "nan"),
    Fault("F71", "a survival is 1e400", cell(0, SURVIVAL, "1e400"), 3, "IN-26", "1e400", 2, SURVIVAL, "1e400"),
    Fault("F71", "a survival is written in full-width digits", cell(0, SURVIVAL, "０１０４"), 3, "IN-26", "no number or date", 2, SURVIVAL, "０１０４"),
    Fault("F72", "a record is there twice", written(GOOD.but(rows=[*ROWS, ROWS[0]])), 0, "", "exact duplicate of line 2"),
    Fault("F72", "two records contradict each other", written(doubled_with(SURVIVAL, "0105")), 3, "IN-21", "line 2", 6, "Patient ID", "00000007"),
    Fault("F72", "a person has two sexes", cell(1, "Sex", "Male"), 3, "IN-22", "Sex", 3, "Sex", "00000007"),
    Fault("F72", "a person has two years of birth", release([record(MYELOMA), record(LEUKAEMIA | {"YR_BRTH": "1941"})]), 3, "IN-22", "birth", 2, "Year of birth", "00000007"),
    Fault("F72", "a person lacks a tumour of the sequence", written(GOOD.but(rows=[ROWS[1], *ROWS[2:]])), 0, ""),
    Fault("F73", "a survival is negative", cell(0, SURVIVAL, "-001"), 3, "IN-26", "'-001'", 2, SURVIVAL, "-001"),
    Fault("F73", "a survival is 9999", cell(0, SURVIVAL, "9999"), 0, ""),
    Fault("F73", "a diagnosis is in 29 February of no leap year", xml(lambda text: text.replace(b"20010312", b"20010229")), 3, "IN-26", "20010229", 12, "dateOfDiagnosis", "20010229"),
    Fault("F73", "a year is in another century", cell(0, "Year of diagnosis", "2107"), 3, "IN-26", "1 value is no number or date that the column can hold: '2107'", 2, "Year of diagnosis", "2107"),
    Fault("F73", "a year has two digits", cell(0, "Year of diagnosis", "97"), 3, "IN-26", "no number or date that the column can hold", 2, "Year of diagnosis", "97"),
    Fault("F73", "a date is in another century", xml(lambda text: text.replace(b"20010312", b"21070312")), 3, "IN-26", "no number or date that the column can hold", 12, "dateOfDiagnosis", "21070312"),
    Fault("F73", "a date has a thirteenth month", xml(lambda text: text.replace(b"20010312", b"20011312")), 3, "IN-26", "20011312", 12, "dateOfDiagnosis", "20011312"),
    Fault("F69", "the NAACCR layout is of another version", naaccr_with_layout(xml_layout([], version="160")), 3, "IN-32", "version 160"),
    Fault("F70", "a choice is not in the REDCap dictionary", redcap(REDCAP.replace(",2,1,1,0,", ",7,1,1,0,"), DICTIONARY), 3, "IN-19", "'7' in 'sex'", 2, "sex", "7"),
    # ---- and besides
    Fault("", "the listing was saved by a spreadsheet program", as_workbook, 3, "IN-33", "drop zeros"),
    Fault("", "the patient numbers have lost their zeros", written(GOOD.but(rows=[(row[0].lstrip("0"), *row[1:]) for row in ROWS])), 0, "", "have lost zeros"),
    Fault("", "a record of a release has a number that lost its zeros", release([record(MYELOMA), record(BREAST | {"PUBCSNUM": "8       "})]), 0, "", "have lost zeros"),
    Fault("", "a release lacks eight of its nine files", release([record(MYELOMA), record(LEUKAEMIA)]), 0, "", "without BREAST, COLRECT"),
    Fault("F77", "two submissions come together", two_submissions, 3, "IN-23", "Two databases", None, None, GOOD.database.replace("2020", "2021")),
    Fault("", "a record has no patient number", cell(0, "Patient ID", ""), 3, "IN-38", "no patient number", 2, "Patient ID"),
    Fault("", "the session counted other rows", with_file("export_session.txt", SESSION), 3, "IN-24", "5 rows"),
    Fault("", "a file is of no known kind", with_file("notes.txt", b"call the registry\n"), 3, "IN-11", "notes.txt"),
    Fault("", "everything is rejected", written(GOOD.but(rows=[row[:-1] for row in many_rows(20)])), 3, "IN-18", "20 of 20 lines", 2),
)  # fmt: skip

# Faults that are no folder of files, and the test of each.
ELSEWHERE: dict[str, str] = {
    "F63": "tests/landing/test_faults.py::test_a_file_that_changes_while_it_is_read_is_refused",
    "F64": "tests/landing/test_faults.py::test_a_file_that_may_not_be_read_is_refused",
    "F65": "tests/landing/test_once.py::test_the_same_content_again_is_a_no_op_whatever_its_name",
    "F73": "tests/expectations/test_expectations.py::test_a_planted_defect_fails_its_critical_claim",
}
