"""Ways to do harm to a good delivery: each gives a function that writes the harmed delivery into a folder."""

from __future__ import annotations

import gzip
import os
import socket
import zipfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import openpyxl

from tests.landing.deliveries import ROWS, Listing, many_rows
from tests.landing.other_deliveries import MYELOMA, XML, program, record, write_release
from tests.landing.test_naaccr_flat import record as flat_record

Inject = Callable[[Path], None]
Change = Callable[[bytes], bytes]

GOOD = Listing()
LONG = Listing(rows=many_rows(300))
QUOTED = GOOD.but(is_quoted=True)
PACKED = GOOD.but(is_gzipped=True)
HEADERLESS = GOOD.but(has_header=False)
LABELS = {"Sex": {"1": "Male", "2": "Female"}}
NUMERIC = GOOD.but(variable_format="numeric", formats=LABELS)
SESSION = b"SUGGESTED CITATION\r\nPROPERTIES\r\nRow Count 5\r\n"
POPULATION = b"1975CT09001021920700012345\r\n"


def written(listing: Listing) -> Inject:
    return lambda folder: listing.write(folder) and None


def bytes_of(change: Change, listing: Listing = GOOD) -> Inject:
    """The data file's bytes, changed."""

    def inject(folder: Path) -> None:
        data = listing.write(folder)
        data.write_bytes(change(data.read_bytes()))

    return inject


def dictionary_of(change: Change, listing: Listing = GOOD) -> Inject:
    """The dictionary's bytes, changed."""

    def inject(folder: Path) -> None:
        dictionary = listing.write(folder).with_suffix(".dic")
        dictionary.write_bytes(change(dictionary.read_bytes()))

    return inject


def another_dictionary(data: Listing, told: Listing) -> Inject:
    """The data of one export beside the dictionary of another."""

    def inject(folder: Path) -> None:
        data.write(folder).with_suffix(".dic").write_bytes(told.dictionary())

    return inject


def with_file(name: str, content: bytes) -> Inject:
    def inject(folder: Path) -> None:
        GOOD.write(folder)
        (folder / name).write_bytes(content)

    return inject


def without(suffix: str) -> Inject:
    return lambda folder: GOOD.write(folder).with_suffix(suffix).unlink()


def only(name: str, content: bytes) -> Inject:
    """One file that explains itself."""

    def inject(folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)

    return inject


def renamed(name: str) -> Inject:
    """A good listing whose two files have another stem."""

    def inject(folder: Path) -> None:
        data = GOOD.write(folder)
        data.with_suffix(".dic").rename(folder / f"{name}.dic")
        data.rename(folder / f"{name}.txt")

    return inject


def release(records: Sequence[str], sas: str = program(), line_end: str = "\r\n") -> Inject:
    """A fixed-width release of one file."""

    def inject(folder: Path) -> None:
        write_release(folder, {"LYMYLEUK.TXT": records}, line_end).write_text(sas)

    return inject


def release_bytes(change: Change) -> Inject:
    def inject(folder: Path) -> None:
        write_release(folder, {"LYMYLEUK.TXT": [record(MYELOMA | {"REC_NO": f"0{n}"}) for n in (1, 2, 3)]})
        data = folder / "yr1973_2015.seer9" / "LYMYLEUK.TXT"
        data.write_bytes(change(data.read_bytes()))

    return inject


def naaccr_with_layout(layout: str) -> Inject:
    def inject(folder: Path) -> None:
        only("cases.txt", (flat_record() + "\r\n").encode())(folder)
        (folder / "layout.xml").write_text(layout)

    return inject


def redcap(export: str, dictionary: str) -> Inject:
    def inject(folder: Path) -> None:
        only("DATA.csv", export.encode())(folder)
        (folder / "Dictionary.csv").write_text(dictionary)

    return inject


def as_workbook(folder: Path) -> None:
    GOOD.write(folder).unlink()
    (folder / "export.dic").unlink()
    book = openpyxl.Workbook()
    for row in (GOOD.headers, *GOOD.rows):
        book.active.append(list(row))
    book.save(folder / "export.xlsx")


def xml(change: Change) -> Inject:
    return only("cases.xml", change(XML.encode()))


def cell(row: int, header: str, value: str) -> Inject:
    return written(GOOD.with_cell(row, header, value))


def headed(names: Mapping[str, str], **more: object) -> Inject:
    """Columns under other names, in the file and in its dictionary."""
    return written(GOOD.but(headers=[names.get(name, name) for name in GOOD.headers], **more))


def header_line(*cells: str) -> Inject:
    """Another first line than the dictionary's."""
    return written(GOOD.but(header_line="\t".join(cells)))


def doubled_with(header: str, value: str) -> Listing:
    """A record once more, with one cell changed."""
    rows = [*ROWS, ROWS[0]]
    return GOOD.but(rows=rows).with_cell(len(rows) - 1, header, value)


def zipped(members: Mapping[str, bytes], name: str = "export.zip") -> Inject:
    """A zip archive in place of the listing."""

    def inject(folder: Path) -> None:
        GOOD.write(folder).unlink()
        with zipfile.ZipFile(folder / name, "w", zipfile.ZIP_DEFLATED) as archive:
            for member, content in members.items():
                archive.writestr(member, content)

    return inject


def pipe(folder: Path) -> None:
    GOOD.write(folder).unlink()
    os.mkfifo(folder / "export.txt")


def listening(folder: Path) -> None:
    """A socket in place of the file; bound from within, because their paths must be short."""
    GOOD.write(folder).unlink()
    here = Path.cwd()
    with socket.socket(socket.AF_UNIX) as bound:
        os.chdir(folder)
        try:
            bound.bind("export.txt")
        finally:
            os.chdir(here)


def link(folder: Path) -> None:
    data = GOOD.write(folder)
    data.rename(folder.parent / "elsewhere.txt")
    data.symlink_to(folder.parent / "elsewhere.txt")


def dangling_link(folder: Path) -> None:
    GOOD.write(folder).unlink()
    (folder / "export.txt").symlink_to(folder / "gone.txt")


def linked_folder(folder: Path) -> None:
    """A good delivery, and beside it a link to a folder with another."""
    GOOD.write(folder)
    other = folder.parent / "elsewhere"
    other.mkdir()
    GOOD.but(rows=many_rows(3)).write(other)
    (folder / "more").symlink_to(other)


def second_name(folder: Path) -> None:
    """A hard link: the same file under a hidden second name."""
    os.link(GOOD.write(folder), folder / ".second")


def twice(folder: Path) -> None:
    """The same content under two names, once packed."""
    GOOD.write(folder)
    PACKED.but(name="again").write(folder)


def two_submissions(folder: Path) -> None:
    GOOD.write(folder)
    other = GOOD.database.replace("2020", "2021")
    GOOD.but(name="other", database=other, rows=many_rows(3)).write(folder)


def bomb(folder: Path) -> None:
    data = GOOD.write(folder)
    data.write_bytes(gzip.compress(bytes(300 * 2**20), 9))


def bit_flipped(content: bytes) -> bytes:
    packed = bytearray(gzip.compress(content, mtime=0))
    packed[len(packed) // 2] ^= 0x10
    return bytes(packed)


def flipped_at(place: int) -> Change:
    """One bit of a packed file, counted from its end: -8 is the checksum, -4 the length."""

    def change(packed: bytes) -> bytes:
        content = bytearray(packed)
        content[place] ^= 1
        return bytes(content)

    return change
