"""Every option that writes, of every command: only into what is new, empty, or its own."""

from __future__ import annotations

import argparse
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from flows.cli import main as cli
from flows.copies import copies
from flows.errors import UsageError
from flows.files.output_folder import MARKER, folder_written
from flows.home import Home
from samples import open_cohorts
from tests.faults.scene import kept_settings
from tests.landing.test_open_cohorts import MYELOMA

QUERY = "select era, n_index from marts.second_primaries_by_era"
# What a command reads, and where it writes: by its name and its option.
READS = {
    ("load", "paths"), ("build", "study"), ("report", "study"), ("run", "study"), ("run", "inbox"),
    ("sql", "file"), ("serve-sql", "tls_cert"), ("serve-sql", "tls_key"), ("spark", "study"),
    ("spark", "landed"), ("check-paper", "paper_file"), ("sensitivity", "study"), ("forget", "study"),
    ("disclose", "signed_exception"), ("rebuild", "study"), ("map", "file"), ("cite", "study"),
}  # fmt: skip
WRITES: dict[tuple[str, str], tuple[str, ...]] = {
    ("synth", "folder"): ("synth", "--scale", "0.005", "--every-case"),
    ("open-cohort", "folder"): ("open-cohort",),
    ("report", "out"): ("report", "--out"),
    ("disclose", "out"): ("disclose", "--out"),
    ("export", "parquet"): ("export", "--parquet"),
    ("sql", "out"): ("sql", QUERY, "--format", "csv", "--out"),
}
COMMANDS = [*WRITES.values(), ("export", "--raw", "--parquet")]
FOLDERS = [words for words in COMMANDS if words[0] != "sql"]
each_command = pytest.mark.parametrize("words", COMMANDS, ids=" ".join)

Run = Callable[..., tuple[int, str]]


@pytest.fixture(scope="module")
def home(published_home: Home, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home with a release and its report; other tests do not see what is released from it."""
    copied = Home(tmp_path_factory.mktemp("writing") / "home")
    shutil.copytree(published_home.root, copied.root, symlinks=True)
    with kept_settings():
        cli.main(["--home", str(copied.root), "report"])
    return copied


@pytest.fixture
def run(home: Home, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """A command line in this process: its exit code and what it said on standard error."""
    monkeypatch.setattr(open_cohorts, "columns_of", lambda cohort: MYELOMA)

    def ended(words: tuple[str, ...], *where: Path | str) -> tuple[int, str]:
        with kept_settings():
            try:
                cli.main(["--home", str(home.root), *words, *map(str, where)])
                code = 0
            except SystemExit as end:
                code = int(end.code or 0)
        return code, capsys.readouterr().err

    return ended


def tree(folder: Path) -> dict[str, tuple[int, bytes]]:
    """Everything below a folder as it is now."""
    return {
        str(path.relative_to(folder)): (
            path.lstat().st_mode,
            str(path.readlink()).encode()
            if path.is_symlink()
            else path.read_bytes()
            if path.is_file()
            else b"",
        )
        for path in sorted(folder.rglob("*"))
    }


def refused(ended: tuple[int, str], code: str) -> None:
    """Wrong usage, in one paragraph that says what, where, what is unchanged and what to do."""
    exit_code, said = ended
    assert exit_code == 2, said
    told = [line for line in said.splitlines() if " done in " not in line and " stopped after " not in line]
    assert len(told) == 1 and f"{code}: " in told[0] and "Traceback" not in said, said
    assert "Nothing was written" in told[0] and "Name a" in told[0]


def test_no_option_that_takes_a_path_is_forgotten_here() -> None:
    (commands,) = [each for each in cli.parser()._actions if isinstance(each, argparse._SubParsersAction)]
    paths = {
        (name, action.dest)
        for name, command in commands.choices.items()
        if name == command.get_default("chosen").name
        for action in command._actions
        if action.type in (Path, cli.a_path) and action.dest != "home"
    }
    assert paths == READS | set(WRITES)


@each_command
def test_what_somebody_else_put_there_stays(words: tuple[str, ...], run: Run, tmp_path: Path) -> None:
    theirs = tmp_path / "theirs"
    (theirs / "tables").mkdir(parents=True)
    for name in ("thesis.docx", "report.html", "tables/table1.csv", "hospital.mapping.yml", "README.md"):
        (theirs / name).write_text("years of work")
    (tmp_path / "link").symlink_to(theirs)
    (tmp_path / "to_file").symlink_to(theirs / "thesis.docx")
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "skeleton" / "empty").mkdir(parents=True)
    before = tree(tmp_path)
    is_file = words[0] == "sql"
    refused(run(words, theirs), "OUT-01" if is_file else "OUT-02")
    refused(run(words, tmp_path / "link"), "OUT-01" if is_file else "OUT-02")
    refused(run(words, theirs / "thesis.docx"), "OUT-02" if is_file else "OUT-01")
    refused(run(words, tmp_path / "to_file"), "OUT-02" if is_file else "OUT-01")
    refused(run(words, theirs / "thesis.docx" / "below"), "OUT-03")
    refused(run(words, tmp_path / "loop"), "OUT-03")
    refused(run(words, "/proc/nobody-can-write-here"), "OUT-03")
    refused(run(words, tmp_path / "skeleton"), "OUT-01" if is_file else "OUT-02")
    assert tree(tmp_path) == before


@each_command
def test_where_somebody_stands_is_a_folder_as_any(
    words: tuple[str, ...], run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "notes.txt").write_text("years of work")
    monkeypatch.chdir(tmp_path)
    before = tree(tmp_path)
    refused(run(words, "."), "OUT-01" if words[0] == "sql" else "OUT-02")
    assert tree(tmp_path) == before
    if words in FOLDERS:
        (tmp_path / "empty").mkdir()
        monkeypatch.chdir(tmp_path / "empty")
        for _ in range(2):
            assert run(words, ".")[0] == 0
            assert Path.cwd().samefile(tmp_path / "empty") and len(list(Path.cwd().iterdir())) > 1
        assert not list(tmp_path.rglob(".draft-*"))


@each_command
def test_on_another_file_system_and_again_into_its_own(
    words: tuple[str, ...], run: Run, home: Home, tmp_path: Path
) -> None:
    other = Path("/dev/shm") / f"metachron-test-{os.getpid()}"
    if not os.access("/dev/shm", os.W_OK) or Path("/dev/shm").stat().st_dev == home.root.stat().st_dev:
        other = tmp_path  # no other file system here: the rest holds anywhere
    place = other / "made" / "here"
    try:
        if words[0] == "sql":
            place.parent.mkdir(parents=True)
        for _ in range(2):
            code, said = run(words, place)
            assert code == 0, said
            assert [each.name for each in place.parent.iterdir()] == ["here"]
        mine = place if place.is_file() else max(place.rglob("*.*"), key=lambda file: file.stat().st_size)
        with mine.open("a") as file:
            file.write("a word of mine")
        before = tree(place.parent)
        refused(run(words, place), "OUT-02")
        assert tree(place.parent) == before
    finally:
        shutil.rmtree(place.parent if other == tmp_path else other, ignore_errors=True)


@pytest.mark.parametrize("words", FOLDERS, ids=" ".join)
def test_a_folder_of_another_command_is_not_its_own(words: tuple[str, ...], run: Run, tmp_path: Path) -> None:
    with folder_written(tmp_path / "made", "metachron dance") as draft:
        (draft / "steps").write_text("one two three")
    before = tree(tmp_path)
    code, said = run(words, tmp_path / "made")
    assert code == 2 and "was made by `metachron dance`" in said and tree(tmp_path) == before


@pytest.mark.parametrize("words", [words for words in COMMANDS if words[0] not in ("synth", "open-cohort")])
def test_the_home_keeps_its_own_places(words: tuple[str, ...], run: Run, home: Home) -> None:
    before = {path for path in home.root.rglob("*") if home.work not in path.parents}
    for place in (home.vault / "mine", home.inbox / "mine", home.root / "prefect", home.ledger):
        refused(run(words, place), "OUT-04")
    assert {path for path in home.root.rglob("*") if home.work not in path.parents} == before


def test_where_copies_went_is_remembered_with_what_they_hold(run: Run, home: Home, tmp_path: Path) -> None:
    for words in COMMANDS:
        assert run(words, tmp_path / words[0])[0] == 0
    found = copies(home.copies)
    told = {Path(place).name for place in found if Path(place).parent == tmp_path}
    assert told == {"report", "disclose", "export", "sql"}, "made-up deliveries are nobody's"
    assert all(found[str(tmp_path / name)].contents for name in told)


def test_what_a_killed_command_left_is_removed_and_what_looks_like_it_is_not(tmp_path: Path) -> None:
    gone, alive, theirs = (tmp_path / f".draft-made-{number}" for number in (4_194_305, os.getppid(), "x"))
    for left in (gone, alive, theirs):
        with folder_written(left, "metachron export") as draft:
            (draft / "half.parquet").write_bytes(b"rows")
    with folder_written(tmp_path / "made", "metachron export") as draft:
        (draft / "whole.parquet").write_bytes(b"rows")
    assert (gone.exists(), alive.exists(), theirs.exists()) == (False, True, True)


def test_a_kill_while_files_are_replaced_one_by_one_leaves_nothing_foreign(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for names in (("a", "b"), ("b", "c")):
        with folder_written(tmp_path, "metachron export") as draft:
            for name in names:
                (draft / name).write_text(name)
    (tmp_path / "b").unlink()  # as if it had not come yet
    with folder_written(tmp_path, "metachron export") as draft:
        (draft / "d").write_text("d")
    assert {each.name for each in tmp_path.iterdir()} == {"d", MARKER}


def test_what_came_while_the_command_worked_stays(tmp_path: Path) -> None:
    with folder_written(tmp_path / "made", "metachron export") as draft:
        (draft / "old").write_text("old")
    late = folder_written(tmp_path / "made", "metachron export")
    with pytest.raises(UsageError, match="OUT-02"), late as draft:
        (draft / "new").write_text("new")
        (tmp_path / "made" / "thesis.docx").write_text("years of work")
    assert {each.name for each in (tmp_path / "made").iterdir()} == {"old", "thesis.docx", MARKER}
    assert [each.name for each in tmp_path.iterdir()] == ["made"]
