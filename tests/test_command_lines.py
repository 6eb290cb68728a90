"""Command lines that nobody meant: each ends with a code and a sentence, and none with a traceback."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from flows.cli.main import main
from flows.home import Home
from flows.terminal.escaping import as_json, escape, escape_lines

ESCAPES = "\x1b[31m\u202e"
MAPPING = """metachron_mapping: 1
files:
  - table: hospital_patients
    recognise: [pid, dx]
    columns: {patient_key: pid, mm_dx_date: dx}
"""
TABLE = "pid,dx\np1,2012-03-20\np2,2013-04-01\n"

# Command line, exit code, code. FILE is a file of every kind in turn, DIR the folder that they lie in.
LINES = [
    ("sql ''", 2, "SQL-04"),
    ("sql", 2, "SQL-01"),
    ("sql -f DIR/none", 2, "SQL-08"),
    ("sql -f DIR", 2, "SQL-08"),
    ("sql -f DIR/pipe", 2, "SQL-08"),
    ("sql -f /dev/zero", 2, "SQL-08"),
    ("sql -f DIR/latin", 3, "FILE-02"),
    ("sql -f DIR/nul", 3, "FILE-02"),
    ("sql -f LONG", 2, "SQL-08"),
    ("sql SURROGATE", 2, "USE-02"),
    ("sql NUL", 2, "USE-02"),
    ("explain SURROGATE", 2, "USE-02"),
    ("forget --yes SURROGATE", 2, "USE-02"),
    ("build --study DIR/none", 2, "STU-01"),
    ("build --study DIR", 2, "STU-01"),
    ("build --study DIR/pipe", 2, "STU-01"),
    ("build --study DIR/empty", 3, "STU-03"),
    ("build --study DIR/latin", 3, "STU-02"),
    ("build --study DIR/nul", 3, "STU-02"),
    ("build --study DIR/number", 3, "STU-03"),
    ("build --study /dev/zero", 2, "STU-01"),
    ("build --study LONG", 2, "STU-01"),
    ("build --study NUL", 2, "USE-02"),
    ("claims DIR/none", 2, "CLM-01"),
    ("claims DIR", 2, "CLM-01"),
    ("claims DIR/pipe", 2, "CLM-01"),
    ("claims /dev/zero", 2, "CLM-01"),
    ("claims DIR/empty", 3, "CLM-02"),
    ("claims DIR/number", 3, "CLM-02"),
    ("claims DIR/nul", 3, "CLM-02"),
    ("load DIR/none", 2, "USE-01"),
    ("load DIR/pipe", 3, "IN-10"),
    ("load /dev/zero", 3, "IN-10"),
    ("load LONG", 2, "USE-03"),
    ("load NUL", 2, "USE-02"),
    ("load DIR/nul", 3, "IN-04"),
    ("load DIR/colour", 3, "IN-11"),
    ("load DIR/SURROGATE", 3, "IN-34"),
    ("load DIR/void", 0, "nothing to load"),
    ("load ''", 2, "this is empty"),
    ("run --inbox ''", 2, "this is empty"),
    ("export --parquet ''", 2, "this is empty"),
    ("status --home ''", 2, "this is empty"),
    ("serve-sql --port -1", 2, "SQL-13"),
    ("serve-sql --port 65536", 2, "SQL-13"),
    ("serve-sql --port 0 --tls-cert DIR/pipe --tls-key DIR/pipe", 2, "SQL-12"),
    ("serve-sql --port 0 --tls-cert /dev/zero --tls-key DIR/empty", 2, "SQL-12"),
    ("export --parquet ~no.such.user/x", 2, ""),
    ("synth DIR/new --scale nan", 2, ""),
    ("synth DIR/new --scale inf", 2, ""),
    ("synth LONG --scale 0.01", 2, ""),
    ("synth DIR/colour --scale 0.01", 2, "OUT-01"),
]


@pytest.fixture(scope="module")
def odd(tmp_path_factory):
    """A folder with one of everything that is no delivery, study, ledger or query."""
    folder = tmp_path_factory.mktemp("odd")
    os.mkfifo(folder / "pipe")
    (folder / "void").mkdir()
    for name, content in {
        "empty": b"", "latin": "größe: 1\n".encode("latin-1"), "nul": b"a\0b\n", "number": b"5\n",
        "colour" + ESCAPES: b"what is this\n", "x\udcff": b"what is this\n",
    }.items():  # fmt: skip
        (folder / name).write_bytes(content)
    return folder


def words_of(line: str, folder: Path) -> list[str]:
    odd = {"''": "", "LONG": "x" * 300, "SURROGATE": "x\udcff", "NUL": "a\0b", "colour": "colour" + ESCAPES}
    words = []
    for word in line.split(" "):
        first, slash, rest = word.replace("DIR", str(folder), 1).rpartition("/")
        words.append(first + slash + odd.get(rest, rest))
    return words


def ended(arguments, capsys) -> tuple[int, str]:
    """The exit code and everything that was said."""
    try:
        main([str(argument) for argument in arguments])
        code = 0
    except SystemExit as end:
        code = end.code
    said = capsys.readouterr()
    return code, said.out + said.err


@pytest.mark.parametrize(("line", "exit_code", "code"), LINES, ids=[line for line, *_ in LINES])
def test_no_command_line_ends_in_a_traceback(line, exit_code, code, odd, tmp_path, capsys):
    home = Home(tmp_path / "home").prepare()
    found, said = ended(["--home", home.root, *words_of(line, odd)], capsys)
    assert found == exit_code, said
    assert code in said and "Traceback" not in said
    assert not set(ESCAPES[:1] + ESCAPES[-1]) & set(said), "what moves a cursor or turns words is escaped"
    said.encode()


@pytest.mark.parametrize("name", ["a#b", "a?b", "a%20b", "a\nb", "a\u202eb", "x\udcff", "h" * 300])
@pytest.mark.parametrize("command", ["status", "load", "verify"])
def test_a_home_whose_path_a_database_would_misread_is_refused(name, command, odd, tmp_path, capsys):
    words = [command, odd / "void"] if command == "load" else [command]
    found, said = ended(["--home", tmp_path / name, *words], capsys)
    assert (found, "Traceback" in said) == (2, False)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("there", ["a file", "a link to nothing", "a link to itself", "nobody's"])
def test_a_home_that_is_no_folder_is_refused(there, tmp_path, capsys):
    home = Path("~no.such.user/x") if there == "nobody's" else tmp_path / "home"
    if there == "a file":
        home.write_text("mine")
    elif there != "nobody's":
        home.symlink_to("home" if there == "a link to itself" else "none")
    for command in ("verify", "audit", "export --parquet x"):
        found, said = ended(["--home", home, *command.split()], capsys)
        assert (found, "HOME-0" in said or "USE-03" in said) == (2, True), said


NEED_A_HOME = [
    "audit", "publish", "report", "report --out x", "sql select", "export --parquet x", "compare-engines",
    "explain x", "sensitivity", "diff a b", "verify", "rebuild --from-vault", "seal", "accept x", "use x",
    "forget x --yes", "disclose",
]  # fmt: skip


@pytest.mark.parametrize("is_mount_point", [False, True])
@pytest.mark.parametrize("line", NEED_A_HOME)
def test_a_home_that_is_away_does_not_look_like_a_healthy_one(line, is_mount_point, tmp_path, capsys):
    home = tmp_path / "home"
    if is_mount_point:
        home.mkdir()
    found, said = ended(["--home", home, *line.split()], capsys)
    assert (found, "HOME-03" in said) == (2, True), said
    assert "no home here" in ended(["--home", home, "status"], capsys)[1]
    assert [path.name for path in tmp_path.rglob("*")] == ["home"] * is_mount_point


@pytest.mark.parametrize(
    ("line", "replaced"),
    [
        ("recognise: [pid, dx]", "recognise: 5"),
        ("recognise: [pid, dx]", "recognise: pid"),
        ("mm_dx_date: dx", "mm_dx_date: 5"),
        ("mm_dx_date: dx", "mm_dx_date: 2012-02-30"),
        ("mm_dx_date: dx", f"mm_dx_date: {'9' * 5000}"),
        ("table: hospital_patients", "table: [hospital_patients]"),
        ("table: hospital_patients", "table: 5"),
        ("files:", "files: 5\nother:"),
        ("dx}", "dx}\n    missing_words: 5"),
        ("dx}", "dx}\n    encoding: 5"),
        ("dx}", "dx}\n    encoding: nonsense"),
        ("dx}", "dx}\n    encoding: punycode"),
        ("dx}", "dx}\n    encoding: rot13"),
        ("dx}", "dx}\n    sheet: 5"),
    ],
)
def test_a_mapping_that_says_something_else_than_text_is_refused(line, replaced, tmp_path, capsys):
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    (inbox / "h.mapping.yml").write_text(MAPPING.replace(line, replaced, 1))
    (inbox / "p.csv").write_text(TABLE)
    found, said = ended(["--home", tmp_path / "home", "load", inbox], capsys)
    assert (found, "IN-25" in said) == (3, True), said


@pytest.mark.parametrize("name", ["load_id", "source_line", "LOAD_ID", "Load ID", "rowid", ESCAPES, 'a""b'])
def test_a_delivered_column_named_as_ours_lands_under_a_name_of_its_own(name, tmp_path, capsys):
    inbox, home = tmp_path / "inbox", Home(tmp_path / "home")
    inbox.mkdir()
    (inbox / "h.mapping.yml").write_text(MAPPING)
    (inbox / "p.csv").write_text(
        TABLE.replace("dx\n", f'dx,"{name}"\n').replace("20\n", "20,x\n").replace("01\n", "01,y\n")
    )
    found, said = ended(["--home", home.root, "load", inbox], capsys)
    assert (found, "2 read = 2 landed" in said) == (0, True), said


def test_what_a_screen_would_not_simply_show_is_an_escape():
    assert escape("a\x1b[2J\u202eb\udcff\n\u3000ä漢") == "a\\x1b[2J\\u202eb\\udcff\\n\u3000ä漢"
    assert escape_lines("a\n\tb\x07") == "a\n\tb\\x07"
    odd = {"name": "a\u202e\udcff\U000e0001", "b": "漢"}
    assert json.loads(as_json(odd)) == odd
    assert as_json(odd).isprintable() and "漢" in as_json(odd)
