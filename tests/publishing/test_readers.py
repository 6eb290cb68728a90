"""Analysts read while releases come and go; older clients read them too."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import duckdb

from flows.publishing import publish
from flows.serving import query
from tests.evidence import missing
from tests.publishing.made_home import make_build, make_home, version_of, write_audit

READER = """
import sys, time, duckdb
from pathlib import Path
link, stop = Path(sys.argv[1]), Path(sys.argv[2])
n, seen = 0, set()
while not stop.exists():
    with duckdb.connect(str(link), read_only=True) as c:
        versions = c.execute("select distinct version from marts.index_patients"
                             " union select distinct version from marts.second_primaries").fetchall()
    assert len(versions) == 1, versions
    seen.add(versions[0][0]); n += 1
print(n, len(seen))
"""


def test_readers_never_see_a_mixture_or_a_gap_while_releases_are_swung(tmp_path):
    home = make_home(tmp_path / "home")
    publish.publish(home)
    stop = tmp_path / "stop"
    command = [sys.executable, "-c", READER, str(home.warehouse), str(stop)]
    readers = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(2)]
    for version in range(2, 9):
        make_build(home, version)
        write_audit(home)
        publish.publish(home)
    stop.touch()
    for reader in readers:
        out, err = reader.communicate(timeout=60)
        assert reader.returncode == 0, err.decode()
        n_reads, n_versions = map(int, out.split())
        assert n_reads > 5 and n_versions > 1


def test_in_one_process_a_new_release_is_seen_while_the_old_one_is_open(tmp_path):
    home = make_home(tmp_path / "home")
    publish.publish(home)
    with query.connect(home) as old:
        make_build(home, 2)
        write_audit(home)
        publish.publish(home)
        with query.connect(home) as new:
            sql = "select distinct version from marts.index_patients"
            assert old.execute(sql).fetchall() == [(1,)]
            assert new.execute(sql).fetchall() == [(2,)]


def test_many_threads_of_one_process_read_a_release(tmp_path):
    home = make_home(tmp_path / "home")
    publish.publish(home)
    seen: list[set[int]] = []
    threads = [threading.Thread(target=lambda: seen.append(version_of(home.warehouse))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == [{1}] * 8


def test_a_release_is_in_the_storage_that_older_clients_read(tmp_path):
    home = make_home(tmp_path / "home")
    release = publish.publish(home)
    # The storage number stands after the checksum and the letters DUCK; DuckDB 1.5 reads up to 68.
    header = release.warehouse.read_bytes()[:20]
    assert header[8:12] == b"DUCK"
    assert int.from_bytes(header[12:20], "little") <= 68


def test_an_older_client_opens_a_release(tmp_path):
    client = os.environ.get("METACHRON_DUCKDB_1X")
    if client is None:
        missing("METACHRON_DUCKDB_1X names no Python with DuckDB 1.x, so no older client was tried")
    home = make_home(tmp_path / "home")
    publish.publish(home)
    asked = (
        "import duckdb, sys; assert duckdb.__version__.startswith('1.');"
        "print(duckdb.connect(sys.argv[1], read_only=True)"
        ".execute('select count(*) from marts.index_patients').fetchall())"
    )
    answered = subprocess.run(
        [client, "-c", asked, str(home.warehouse)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert answered.stdout.strip() == "[(50,)]"


def test_whoever_opens_a_release_for_writing_does_not_stop_the_next_one(tmp_path):
    home = make_home(tmp_path / "home")
    first = publish.publish(home)
    first.warehouse.chmod(0o600)
    with duckdb.connect(str(Path(first.warehouse))):
        make_build(home, 2)
        write_audit(home)
        publish.publish(home)
        assert version_of(publish.current_release(home).warehouse) == {2}
