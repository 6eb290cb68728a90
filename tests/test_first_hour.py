"""What a newcomer types first: answered before any tool is imported, and no home made without need."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.pipeline.command import PROJECT
from tests.test_command_lines import MAPPING, TABLE, ended

TOOLS = ("prefect", "dbt", "great_expectations", "polars", "scipy", "matplotlib")
PAPER = PROJECT / "analytics" / "published_numbers" / "jia2024.csv"

# Command line, exit code, what is said. None of them has anything to make a home for.
WRONG = [
    ("run", 2, "USE-04"),
    ("run --inbox DIR/empty", 2, "USE-04"),
    ("run --inbox DIR/litter", 2, "USE-04"),
    ("run --inbox DIR/typo", 2, "USE-01"),
    ("run --inbox DIR/letters", 3, "IN-11"),
    ("run --study DIR/nope", 2, "STU-01"),
    ("run --study DIR/study", 3, "STU-03"),
    ("load DIR/empty", 2, "USE-04"),
    ("load DIR/typo", 2, "USE-01"),
    ("load DIR/letters", 3, "IN-11"),
    ("build", 2, "HOME-03"),
    ("spark", 2, "HOME-03"),
    ("serve-sql", 2, "HOME-03"),
    ("check-paper DIR/nope", 2, "CLM-01"),
    ("check-paper --warehouse DIR/nope", 2, "KEPT-01"),
    (f"check-paper {PAPER}", 0, "44 agree"),
    ("status", 0, "no home here"),
    ("open", 2, "HOME-03"),
    ("cite", 0, "doi:10.1016/j.cpt.2024.06.007"),
    ("", 2, "begin here:"),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("newcomer")
    for name in ("empty", "letters", "litter"):
        (made / name).mkdir()
    (made / "letters" / "dear.txt").write_text("To whom it may concern\n")
    (made / "study").write_text("5\n")
    for name in ("Thumbs.db", "desktop.ini", "~$cases.xlsx", ".DS_Store", "._cases.csv"):
        (made / "litter" / name).write_bytes(b"\0")
    (made / "litter" / "cases.csv:Zone.Identifier").write_text("[ZoneTransfer]\nZoneId=3\n")
    return made


@pytest.mark.parametrize(("line", "exit_code", "said"), WRONG, ids=[line for line, *_ in WRONG])
def test_a_home_is_made_for_what_can_be_loaded_alone(
    line, exit_code, said, folder, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("METACHRON_HOME", raising=False)
    found, words = ended(line.replace("DIR", str(folder)).split(), capsys)
    assert (found, said in words) == (exit_code, True), words
    assert list(tmp_path.iterdir()) == []


def test_it_is_said_before_any_tool_is_imported(folder: Path, tmp_path: Path) -> None:
    """A server is configured, which would bring Prefect in."""
    lines = [line.replace("DIR", str(folder)).split() for line, *_ in WRONG if "check-paper" not in line]
    script = f"""
import json, sys
from flows.cli.main import main
for line in {lines!r}:
    try:
        main(line)
    except SystemExit:
        pass
print(json.dumps([name for name in {TOOLS!r} if name in sys.modules]))
"""
    told = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
        env={"PYTHONPATH": str(PROJECT), "PREFECT_API_URL": "http://127.0.0.1:9/api"},
    )
    assert json.loads(told.stdout.splitlines()[-1]) == []
    assert "Traceback" not in told.stderr


def test_an_empty_inbox_is_no_mistake_where_something_was_loaded(tmp_path: Path, capsys) -> None:
    arrived, home = tmp_path / "arrived", tmp_path / "home"
    arrived.mkdir()
    (arrived / "h.mapping.yml").write_text(MAPPING)
    (arrived / "p.csv").write_text(TABLE)
    assert ended(["--home", home, "load", arrived], capsys)[0] == 0
    (tmp_path / "empty").mkdir()
    found, said = ended(["--home", home, "load", tmp_path / "empty"], capsys)
    assert (found, "nothing to load" in said) == (0, True), said


@pytest.mark.parametrize(
    ("given", "meant"), [("DIR/emty", "empty?"), ("DIR/leters/dear.txt", "letters/dear.txt?")]
)
def test_the_path_that_was_meant_is_named(given, meant, folder, capsys):
    found, said = ended(["load", given.replace("DIR", str(folder))], capsys)
    assert (found, f"Did you mean {folder}/{meant}" in said) == (2, True), said


def test_a_study_that_comes_with_metachron_is_named(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    found, said = ended(["run", "--study", "aml_after_brest.yml"], capsys)
    assert (found, said.rstrip().endswith("studies/aml_after_breast.yml?")) == (2, True), said


def test_a_table_without_a_mapping_gets_a_draft_that_somebody_has_to_look_at(tmp_path, monkeypatch, capsys):
    arrived, here = tmp_path / "arrived", tmp_path / "here"
    for made in (arrived, here):
        made.mkdir()
    (arrived / "patients.csv").write_text("MRN,Myeloma diagnosed,Sex\n1,2012-03-20,M\n")
    monkeypatch.chdir(here)
    for _ in range(2):
        found, said = ended(["run", "--inbox", arrived], capsys)
        assert (found, "(MRN, Myeloma diagnosed, Sex)" in said) == (3, True), said
        assert f"A draft is in {here}/patients.mapping.yml: look at every line" in said
    draft = (here / "patients.mapping.yml").read_text()
    assert [path.name for path in (*here.iterdir(), *arrived.iterdir())] == [
        "patients.mapping.yml",
        "patients.csv",
    ]

    (arrived / "patients.mapping.yml").write_text(draft)
    found, said = ended(["load", arrived], capsys)
    assert (found, "it is a draft; when every line is right" in said) == (3, True), said
    (arrived / "patients.mapping.yml").write_text(draft.replace("mapping: draft", "mapping: 1"))
    found, said = ended(["load", arrived], capsys)
    assert (found, "1 read = 1 landed" in said) == (0, True), said


def test_no_draft_takes_the_place_of_a_file(tmp_path, monkeypatch, capsys):
    (tmp_path / "patients.csv").write_text("MRN,Myeloma diagnosed,Sex\n1,2012-03-20,M\n")
    (tmp_path / "patients.mapping.yml").write_text("mine\n")
    monkeypatch.chdir(tmp_path)
    found, said = ended(["load", "patients.csv"], capsys)
    assert (found, "# A draft for" in said) == (3, True), said
    assert (tmp_path / "patients.mapping.yml").read_text() == "mine\n"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("rum", "there is no command 'rum'; did you mean run?"),
        ("Reprot", "there is no command 'Reprot'; did you mean report?"),
        ("xyzzy", "there is no command 'xyzzy'\n"),
        ("run --studdy x", "metachron run: error: there is no option '--studdy'; did you mean --study?"),
        ("--jsn run", "there is no option '--jsn'; did you mean --json?"),
        ("run DIR", "is one word too many; did you mean --inbox DIR?"),
        ("run DIR/study", "is one word too many; did you mean --study DIR/study?"),
        ("run DIR/none", "/none' is one word too many\n"),
        (
            "synth x --layout listng",
            "'listng' is none of listing, ascii, naaccr, redcap; did you mean listing?",
        ),
    ],
)
def test_what_was_probably_meant_is_asked(line, said, folder, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    found, words = ended(line.replace("DIR", str(folder)).split(), capsys)
    assert (found, said.replace("DIR", str(folder)) in words) == (2, True), words


@pytest.mark.parametrize("is_asked_for", [False, True])
def test_no_tool_warns_at_the_terminal_unless_asked_to(is_asked_for: bool, tmp_path: Path) -> None:
    script = """
import logging, warnings
from flows.home import Home
from flows.process.tool_settings import apply
apply(Home.at("home"))
logging.getLogger("matplotlib").warning("made a list of fonts")
warnings.warn("will be gone in version 4", FutureWarning)
"""
    told = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
        env={"PYTHONPATH": str(PROJECT)} | ({"METACHRON_DEBUG": "1"} if is_asked_for else {}),
    )
    assert ("fonts" in told.stderr, "version 4" in told.stderr) == (is_asked_for, is_asked_for)
