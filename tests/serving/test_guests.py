"""A home for a group, and one that cannot be written: who may read what, and that reading leaves no trace."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from flows.home import Home
from flows.publishing import publish
from tests.pipeline.command import PROJECT, environment
from tests.publishing.made_home import make_build, make_home, write_audit

OWNERS_GROUP, ANALYSTS, ANALYST, STRANGER = 0, 54_321, 12_345, 23_456
COUNT = "select count(*) as n from marts.index_patients"

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="NOT RUN: only root can become another user")


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every user may enter, which pytest's own are not."""
    made = Path(tempfile.mkdtemp(prefix="metachron-guests-"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made)


@pytest.fixture
def shared_home(open_folder: Path) -> Home:
    """As SECURITY.md says: the folder of releases is given to the analysts, after one was published."""
    before = os.umask(0o077)
    try:
        home = make_home(open_folder / "home")
        publish.publish(home)
        os.chown(home.releases, -1, ANALYSTS)
        home.releases.chmod(0o2750)
        home.prepare()
        make_build(home, 2)
        write_audit(home)
        publish.publish(home)
    finally:
        os.umask(before)
    return home


# Whatever is needed is imported first: another user may not be able to enter the folder of this Python.
AS_USER = """
import os, sys
import duckdb, pyarrow.compute, pyarrow.parquet
import flows.cli.main, flows.process.tool_settings, flows.integrity.lock, flows.maintenance.verify
import flows.landing.land, flows.stages
import flows.serving.query, flows.serving.status, flows.serving.export
user, group = int(sys.argv[1]), int(sys.argv[2])
os.setgroups([]), os.setgid(group), os.setuid(user)
if sys.argv[3] == "link":
    with duckdb.connect(sys.argv[4], read_only=True) as warehouse:
        print(warehouse.sql(sys.argv[5]).fetchall())
else:
    sys.argv[0] = "metachron"
    flows.cli.main.main(sys.argv[3:])
"""


def as_user(user: int, group: int, home: Home, *words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", AS_USER, str(user), str(group), *words],
        env=environment(home.root) | {"HOME": str(cwd)},
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=120,
    )


@needs_root
def test_a_group_is_let_into_every_release_and_nowhere_else(shared_home: Home) -> None:
    releases = publish.releases(shared_home)
    assert len(releases) == 2
    assert mode(releases[1].warehouse.parent) == 0o750
    shared_home.prepare()
    assert (mode(shared_home.root), mode(shared_home.releases)) == (0o710, 0o2750)
    for release in releases:
        folder = release.warehouse.parent
        assert (mode(folder), mode(release.warehouse)) == (0o750, 0o440)
        assert {path.stat().st_gid for path in (folder, *folder.iterdir())} == {ANALYSTS}
    for path in shared_home.root.iterdir():
        if path not in (shared_home.releases, shared_home.warehouse):
            assert mode(path) & 0o077 == 0, path


@needs_root
def test_a_release_is_open_to_the_group_before_the_link_leads_to_it(
    shared_home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = []
    swing = publish.swing

    def looked_at(home: Home, release: publish.Release) -> None:
        found.append(mode(release.warehouse.parent))
        swing(home, release)

    monkeypatch.setattr(publish, "swing", looked_at)
    make_build(shared_home, 3)
    write_audit(shared_home)
    publish.publish(shared_home)
    assert found == [0o750]


@needs_root
def test_an_analyst_of_the_group_reads_what_is_published_and_a_stranger_does_not(
    shared_home: Home, open_folder: Path
) -> None:
    theirs = open_folder / "theirs"
    theirs.mkdir()
    os.chown(theirs, ANALYST, ANALYSTS)
    for user, group, is_let_in in ((ANALYST, ANALYSTS, True), (STRANGER, STRANGER, False)):
        linked = as_user(user, group, shared_home, "link", str(shared_home.warehouse), COUNT, cwd=theirs)
        assert (linked.returncode == 0) == is_let_in, linked.stderr
        asked = as_user(user, group, shared_home, "sql", COUNT, "--format", "csv", cwd=theirs)
        assert (asked.returncode == 0) == is_let_in, asked.stderr
    told = as_user(ANALYST, ANALYSTS, shared_home, "status", cwd=theirs)
    assert told.returncode == 0 and "cannot be told" in told.stdout, told.stderr
    exported = as_user(ANALYST, ANALYSTS, shared_home, "export", "--parquet", "marts", cwd=theirs)
    assert exported.returncode == 0 and "cannot record this copy" in exported.stderr, exported.stderr
    for refused in (["verify"], ["load", str(theirs)]):
        ended = as_user(ANALYST, ANALYSTS, shared_home, *refused, cwd=theirs)
        assert ended.returncode == 8, (refused, ended.stderr)


@needs_root
def test_a_group_that_is_shut_out_again_stays_out(shared_home: Home) -> None:
    shared_home.releases.chmod(0o700)
    shared_home.prepare()
    assert mode(shared_home.root) == 0o700


READING = [
    ["verify"],
    ["status"],
    ["sql", COUNT],
    ["export", "--parquet", "{out}/marts"],
    ["export", "--raw", "--parquet", "{out}/raw"],
    ["report", "--for-print", "--out", "{out}/report"],
]


def test_a_home_that_is_mounted_read_only_answers_and_stays_as_it_is(
    published_home: Home, tmp_path: Path
) -> None:
    if subprocess.run(["unshare", "-rm", "true"], capture_output=True).returncode:
        pytest.skip("NOT RUN: this machine gives no user namespaces")
    root, before = published_home.root, traces(published_home.root)
    mount = f"mount --bind '{root}' '{root}' && mount -o remount,ro,bind '{root}'"
    for words in READING:
        command = [sys.executable, "-m", "flows.cli.main", *(word.format(out=tmp_path) for word in words)]
        ended = subprocess.run(
            ["unshare", "-rm", "sh", "-c", f'{mount} && exec "$@"', "sh", *command],
            cwd=PROJECT, env=environment(root), capture_output=True, text=True, timeout=120,
        )  # fmt: skip
        assert ended.returncode == 0, (words, ended.stderr)
    assert traces(root) == before
    assert {path.name for path in tmp_path.iterdir()} == {"marts", "raw", "report"}
    assert {path.suffix for path in tmp_path.glob("report/figures/*")} == {
        ".svg",
        ".csv",
        ".pdf",
        ".png",
        ".pptx",
    }


def traces(root: Path) -> dict[str, tuple[int, int]]:
    return {str(path): (path.lstat().st_mode, path.lstat().st_mtime_ns) for path in root.rglob("*")}
