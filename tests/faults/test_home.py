"""What a home holds stands in one table, and every command goes by it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import duckdb
import pytest

from flows.errors import PolicyRefused, UsageError
from flows.files.output_folder import MARKER
from flows.home import (
    CONTENTS,
    FROM_THE_BEGINNING,
    Entry,
    Home,
    Kind,
    OnForget,
    OnPrepare,
    OnVerify,
    entry_of,
)
from flows.maintenance.forget import RULES
from flows.maintenance.verify import CHECKS
from flows.process.boundary import translate_failure
from tests.faults import home_table
from tests.faults.scene import SECRETS, Scene
from tests.faults.sweep import traces
from tests.faults.test_forget import FORGET, scene, without_rebuilding  # noqa: F401

HOLDING = [entry for entry in CONTENTS if entry.holds_patients]


def lay(scene: Scene, entry: Entry) -> Path:  # noqa: F811
    """Rows of the delivery in the place of an entry, as who makes it might leave them."""
    path = scene.home.root / entry.name
    if entry.kind is Kind.FOLDER:
        path.mkdir(mode=0o700, exist_ok=True)
        path = path / "made" / "rows"
        path.parent.mkdir(mode=0o700)
    path.write_bytes(b", ".join(SECRETS))
    return path


def test_what_duckdb_may_not_open_is_told_as_that_and_not_as_a_lack_of_disk() -> None:
    """Nobody may make a file in /sys, root included."""
    with pytest.raises(duckdb.IOException) as failure:
        duckdb.connect("/sys/build.duckdb")
    told = translate_failure(failure.value)
    assert isinstance(told, PolicyRefused) and told.code == "PERM-01"


def test_each_name_stands_once_and_is_found() -> None:
    names = [entry.name for entry in CONTENTS]
    assert len(set(names)) == len(names) and set(FROM_THE_BEGINNING) <= set(names)
    assert [entry_of(name) for name in names] == list(CONTENTS)
    assert entry_of("thesis.docx") is None


def test_forget_and_verify_know_what_to_do_with_each_entry() -> None:
    by_rule = (OnForget.CHOOSE, OnForget.WITHDRAW)
    assert {entry.name for entry in CONTENTS if entry.on_forget in by_rule} <= RULES.keys()
    assert all(entry_of(name).on_forget in (*by_rule, OnForget.REWRITE) for name in RULES)  # type: ignore[union-attr]
    assert {(way, entry.name) for entry in CONTENTS for way in entry.on_verify} == CHECKS.keys()
    assert {way for way, _ in CHECKS} == set(OnVerify)


def test_what_holds_patients_goes_with_them_and_what_a_command_removes_is_behind_no_link() -> None:
    stays = (OnForget.KEEP, OnForget.NOTHING)
    assert not [entry.name for entry in HOLDING if entry.on_forget in stays]
    erased = [entry for entry in CONTENTS if entry.on_forget is OnForget.ERASE and entry.kind is Kind.FOLDER]
    assert not [entry.name for entry in erased if entry.may_be_link]


@pytest.mark.parametrize(
    "entry", [each for each in HOLDING if each.on_forget is OnForget.ERASE], ids=lambda entry: entry.name
)
def test_what_is_derived_is_erased_wherever_it_lies(entry: Entry, scene: Scene) -> None:  # noqa: F811
    left = lay(scene, entry)
    ended = scene.run(*FORGET)
    assert ended.exit_code == 0, ended.said
    assert not left.exists() and traces(scene.home.root) == []
    assert json.loads(ended.said.splitlines()[-1])["left"] == []


@pytest.mark.parametrize(
    "entry",
    [each for each in CONTENTS if each.on_prepare is not OnPrepare.NOTHING and not each.may_be_link],
    ids=lambda entry: entry.name,
)
def test_what_commands_remove_or_write_is_behind_no_link(entry: Entry, scene: Scene) -> None:  # noqa: F811
    """A certificate would say that rows are gone of which only the link went."""
    path, behind = scene.home.root / entry.name, scene.folder / "behind"
    if path.exists():
        path.rename(behind)
    elif entry.kind is Kind.FOLDER:
        behind.mkdir()
    else:
        behind.touch()
    path.symlink_to(behind)
    ended = scene.run(*FORGET)
    assert ended.exit_code == 2 and "HOME-02" in ended.said and "Nothing was written" in ended.said
    assert behind.exists()


def test_a_file_is_no_home_for_any_command(tmp_path: Path) -> None:
    (tmp_path / "a_file").touch()
    with pytest.raises(UsageError, match="no folder") as refused:
        Home.at(tmp_path / "a_file")
    assert refused.value.code == "HOME-02"


@pytest.mark.parametrize(
    "name", ["spark", "build.duckdb.tmp", ".draft-warehouse.duckdb", "an export", "a file"]
)
def test_a_home_is_closed_whatever_of_ours_lies_in_it(name: str, scene: Scene) -> None:  # noqa: F811
    if name == "an export":
        assert scene.run("export", "--parquet", scene.home.root / "mine").exit_code == 0
    elif name == "a file":
        query = ("sql", "select 1", "--format", "csv", "--out")
        assert scene.run(*query, scene.home.root / "mine.csv").exit_code == 0
    elif name.startswith("."):
        (scene.home.root / name).symlink_to("nowhere")
    else:
        (scene.home.root / name).mkdir()
    scene.home.root.chmod(0o755)
    assert scene.run("verify").exit_code == 0
    assert scene.home.root.stat().st_mode & 0o777 == 0o700


def test_a_folder_with_something_else_in_it_is_not_ours_to_close(scene: Scene) -> None:  # noqa: F811
    (scene.home.root / "thesis.docx").touch()
    scene.home.root.chmod(0o755)
    ended = scene.run("verify")
    assert ended.exit_code == 8 and "PERM-03" in ended.said
    assert scene.home.root.stat().st_mode & 0o777 == 0o755
    assert "not metachron's, below the home: thesis.docx" in scene.run("status").said


@pytest.mark.parametrize(
    "entry",
    [each for each in CONTENTS if each.kind is not Kind.LINK and each.name != "releases"],
    ids=lambda entry: entry.name,
)
def test_where_a_group_may_pass_the_home_each_entry_is_its_own_wall(entry: Entry, scene: Scene) -> None:  # noqa: F811
    path = scene.home.root / entry.name
    if entry.kind is Kind.FOLDER:
        path.mkdir(exist_ok=True)
    else:
        path.touch()
    scene.home.releases.chmod(0o2750)
    scene.home.root.chmod(0o710)
    path.chmod(path.stat().st_mode | 0o005)
    ended = scene.run("verify")
    assert (
        ended.exit_code == 8
        and f"PERM-03: Others on this machine may read or write this (file {path.name}" in ended.said
    )


def test_a_report_that_somebody_wants_among_the_reports_is_a_copy_and_no_damage(scene: Scene) -> None:  # noqa: F811
    mine = scene.home.reports / "for the board"
    assert scene.run("export", "--parquet", mine).exit_code == 0
    assert scene.run("verify").exit_code == 0
    (scene.home.reports / "foreign").mkdir()
    (scene.home.reports / "foreign" / "page.html").touch()
    assert "INT-18: page.html lies among the reports but is not one" in scene.run("verify").said
    shutil.rmtree(scene.home.reports / "foreign")
    assert scene.run(*FORGET).exit_code == 0
    assert not mine.exists() and not list(scene.home.root.rglob(MARKER))


def test_the_page_has_the_table_as_it_is() -> None:
    page = home_table.PAGE.read_text(encoding="utf-8")
    assert home_table.written(page) == page, "python -m tests.faults.home_table"
