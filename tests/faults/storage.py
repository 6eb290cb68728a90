"""B. Storage and resources: F20 to F43."""
# ruff: noqa: E501 -- a table reads best with a fault a line

from __future__ import annotations

import errno
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from flows.building import digest
from flows.home import Home
from flows.integrity import ledger
from flows.landing import land, raw_database
from flows.publishing import publish
from flows.serving import query
from tests.faults import actions
from tests.faults.children import with_little_address_space
from tests.faults.processes import LOAD, PROJECT, arrived
from tests.faults.scene import CANARY, Ended, Fault, Scene, copied, limited, open_to_others
from tests.landing.deliveries import Listing, many_rows

FLIPPED = 0x20


def flip(file: Path, place: int) -> None:
    mode = file.stat().st_mode
    file.chmod(0o600)
    content = bytearray(file.read_bytes())
    content[place] ^= FLIPPED
    file.write_bytes(content)
    file.chmod(mode)


def verify_after(damage: Callable[[Scene], Path]) -> Callable[[Scene], Ended]:
    """Damage one file; verify must name it."""

    def inject(scene: Scene) -> Ended:
        file = damage(scene)
        ended = scene.run("verify")
        assert f"file {file.name}" in ended.said
        return ended

    inject.__name__ = damage.__name__
    return inject


# ---- full disks


def disk_full_while_copying_in(scene: Scene) -> Ended:
    Listing(rows=many_rows(2_000)).write(scene.inbox)
    with limited(resource.RLIMIT_FSIZE, 60_000):
        return scene.run("load", scene.inbox)


def disk_full_while_landing(scene: Scene) -> Ended:
    """The delivery fits, and the database that takes its rows does not."""
    rows = [(f"{number:08d}", *row[1:]) for number, row in enumerate(many_rows(20_000))]
    Listing(rows=rows).write(scene.inbox)
    room = max(file.stat().st_size for file in (*scene.inbox.iterdir(), scene.home.raw)) + 1_000
    with limited(resource.RLIMIT_FSIZE, room):
        return scene.run("load", scene.inbox)


def disk_full_while_publishing(scene: Scene) -> Ended:
    scene.next_build()
    with limited(resource.RLIMIT_FSIZE, scene.home.build.stat().st_size // 2):
        return scene.run("publish")


def disk_full_at_the_manifest(scene: Scene) -> Ended:
    scene.next_build()

    def half(file: Path, content: bytes, *, mode: int) -> None:
        file.write_bytes(content[: len(content) // 2])
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(file))

    scene.patch.setattr(publish, "write_new", half)
    ended = scene.run("publish")
    assert len(publish.releases(scene.home)) == 1, "half a release has no name"
    return ended


def disk_full_at_the_ledger(scene: Scene) -> Ended:
    """A write that finds the disk full takes what fits, says so by a smaller number, and refuses the rest."""
    scene.next_build()
    lines = len(ledger.read(scene.home))
    write = os.write

    def short(descriptor: int, content: bytes) -> int:
        if Path(f"/proc/self/fd/{descriptor}").readlink().name == "ledger.jsonl":
            if len(content) < 100:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            return write(descriptor, bytes(content)[: len(content) - 50])
        return write(descriptor, content)

    scene.patch.setattr(os, "write", short)
    ended = scene.run("publish")
    scene.patch.setattr(os, "write", write)
    assert len(ledger.read(scene.home)) == lines
    return ended


def report_to_a_full_device(scene: Scene) -> Ended:
    return scene.run("sql", "select count(*) from marts.index_patients", "--out", "/dev/full")


def flush_fails(scene: Scene) -> Ended:
    scene.next_build()

    def failing(descriptor: int) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    scene.patch.setattr(os, "fsync", failing)
    return scene.run("publish")


# ---- damaged files


@verify_after
def bit_of_the_release(scene: Scene) -> Path:
    file = scene.release.warehouse
    flip(file, file.stat().st_size // 2)
    return file


@verify_after
def page_of_the_release(scene: Scene) -> Path:
    file = scene.release.warehouse
    file.chmod(0o600)
    content = file.read_bytes()
    file.write_bytes(content[:8192] + bytes(4096) + content[12288:])
    file.chmod(0o440)
    return file


@verify_after
def end_of_the_release(scene: Scene) -> Path:
    file = scene.release.warehouse
    file.chmod(0o600)
    os.truncate(file, file.stat().st_size - 4096)
    file.chmod(0o440)
    return file


@verify_after
def log_in_the_release(scene: Scene) -> Path:
    log = scene.release.warehouse.with_name("warehouse.duckdb.wal")
    log.write_bytes(b"rows that were never audited")
    return log


@verify_after
def bit_of_the_vault(scene: Scene) -> Path:
    """And its time as it was."""
    file = max(scene.home.vault.iterdir(), key=lambda kept: kept.stat().st_size)
    times = file.stat()
    flip(file, 100)
    os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns))
    return file


@verify_after
def bit_of_raw(scene: Scene) -> Path:
    flip(scene.home.raw, scene.home.raw.stat().st_size // 2)
    return scene.home.raw


@verify_after
def row_of_raw(scene: Scene) -> Path:
    """Somebody with DuckDB and a wish: no checksum of DuckDB's is wrong."""
    import duckdb

    with duckdb.connect() as connection:
        connection.execute(f"attach '{scene.home.raw}' as landed")
        connection.execute("update landed.raw.seer_listing set surv_months = '0999' where source_line = 5")
    return scene.home.raw


@verify_after
def bit_of_the_manifest(scene: Scene) -> Path:
    """A letter of a time: the manifest is still JSON and still names the right hashes."""
    file = scene.release.warehouse.parent / "manifest.json"
    flip_text(file, b'"created_at": "2', b'"created_at": "3')
    return file


@verify_after
def verdict_in_the_release(scene: Scene) -> Path:
    file = scene.release.warehouse.parent / "audit.json"
    flip_text(file, b'"held"', b'"wild"')
    return file


def flip_text(file: Path, old: bytes, new: bytes) -> None:
    content = file.read_bytes()
    assert old in content
    file.chmod(0o600)
    file.write_bytes(content.replace(old, new))
    file.chmod(0o440)


def ledger_with(change: Callable[[list[bytes]], list[bytes]]) -> Callable[[Scene], Ended]:
    def inject(scene: Scene) -> Ended:
        file = scene.home.ledger
        file.write_bytes(b"".join(change(file.read_bytes().splitlines(keepends=True))))
        return scene.run("verify")

    return inject


def outward_file(name: str) -> Callable[[Scene], Ended]:
    """A file of a report that left, altered in the home afterwards."""

    def damage(scene: Scene) -> Path:
        assert scene.run("release").exit_code == 0
        file = next((scene.home.root / "released").glob(f"*/{name}"))
        flip(file, file.stat().st_size // 2)
        return file

    damage.__name__ = name
    return verify_after(damage)


# ---- memory, time, descriptors


def little_memory(scene: Scene) -> Ended:
    scene.patch.setattr(raw_database, "MEMORY_LIMIT", "40MB")
    return scene.load(Listing(rows=many_rows(20_000)))


def little_memory_and_no_spill(scene: Scene) -> Ended:
    scene.patch.setitem(query.SETTINGS, "memory_limit", "60MB")
    return scene.run("sql", "select list(i order by hash(i)) from range(20000000) as numbers (i)")


def address_space(scene: Scene) -> Ended:
    """Eight megabytes more than at the start: DuckDB's first buffers do not fit."""
    return Ended(with_little_address_space(8 << 20, scene.home.root, actions.load, arrived(scene)))


def descriptors(scene: Scene) -> Ended:
    arrived(scene)
    # The limit is on the number of the next one, wherever there are gaps.
    lowest = os.dup(0)
    os.close(lowest)
    with limited(resource.RLIMIT_NOFILE, lowest + 1):
        return scene.run("load", scene.inbox)


def query_without_end(scene: Scene) -> Ended:
    scene.patch.setitem(query.SETTINGS, "max_execution_time", 200)
    return scene.run("sql", "select count(*) from range(100000000) a, range(1000000) b")


def spilled_before_a_kill(scene: Scene) -> Ended:
    spill = scene.home.work / "spill"
    spill.mkdir()
    (spill / "duckdb_temp_storage-0.tmp").write_bytes(CANARY.encode())
    ended = scene.load()
    assert not spill.exists() or not list(spill.iterdir())
    return ended


# ---- permissions


def read_only_disk(scene: Scene) -> Ended:
    """A real one: the home is mounted read-only in a namespace of its own."""
    if subprocess.run(["unshare", "-rm", "true"], capture_output=True).returncode:
        pytest.skip("NOT RUN: this machine gives no user namespaces")
    arrived(scene)
    command = (
        f"mount --bind {scene.home.root} {scene.home.root} && "
        f"mount -o remount,ro,bind {scene.home.root} && "
        f"exec {sys.executable} -m flows.cli.main --home {scene.home.root} load {scene.inbox}"
    )
    ended = subprocess.run(
        ["unshare", "-rm", "sh", "-c", command], cwd=PROJECT, capture_output=True, text=True, timeout=60
    )
    return Ended(ended.returncode, ended.stdout + ended.stderr)


def loosened_mode(scene: Scene) -> Ended:
    file = sorted(scene.home.vault.iterdir())[0]
    file.chmod(0o644)
    ended = scene.run("verify")
    assert f"file {file.name}" in ended.said
    file.chmod(0o400)
    return ended


def umask_of(mask: int) -> Callable[[Scene], Ended]:
    def inject(scene: Scene) -> Ended:
        os.umask(mask)
        try:
            other = Scene(Home.at(scene.folder / "other"), scene.folder, scene.patch)
            assert other.load().exit_code == 0
            assert open_to_others(other.home) == []
            assert list(other.home.vault.iterdir())
            scene.next_build()
            return scene.run("publish")
        finally:
            os.umask(0o077)

    return inject


def home_of_another_user(scene: Scene) -> Ended:
    scene.patch.setattr(os, "geteuid", lambda: os.getuid() + 4_711)
    return scene.load()


# ---- clocks and places


@contextmanager
def clock_moved(years: int) -> Iterator[None]:
    class Clock(datetime):
        @classmethod
        def now(cls, tz: object = None) -> datetime:
            return datetime.now(UTC) + timedelta(days=365 * years)

    with pytest.MonkeyPatch.context() as patch:
        for module in (land, ledger, publish):
            patch.setattr(module, "datetime", Clock)
        yield


@contextmanager
def moved_to(zone: str, locale: str) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TZ", zone)
        patch.setenv("LC_ALL", locale)
        time.tzset()
        yield
    time.tzset()


def elsewhere(circumstances: Callable[[], AbstractContextManager[None]]) -> Callable[[Scene], Ended]:
    """The next release made here and, in a home of its own, there: the same name and the same tables."""

    def inject(scene: Scene) -> Ended:
        other = Scene(copied(scene.home, scene.folder / "elsewhere"), scene.folder, scene.patch)
        scene.next_build()
        here = scene.run("publish")
        with circumstances():
            other.next_build()
            there = other.run("publish")
            assert other.run("verify").exit_code == 0
        assert scene.release.id == other.release.id
        tables = [digest.digest(each.release.warehouse) for each in (scene, other)]
        for each in tables:
            assert each.pop(publish.HISTORY)
        assert tables[0] == tables[1]
        return there if there.exit_code else here

    return inject


def swapped(lines: list[bytes]) -> list[bytes]:
    return [*lines[:1], lines[2], lines[1], *lines[3:]]


def edited(lines: list[bytes]) -> list[bytes]:
    return [line.replace(b'"rows_read":40', b'"rows_read":41') for line in lines]


FAULTS = (
    Fault("F20", "the disk is full while a delivery is copied in", disk_full_while_copying_in, 6, "RES-01", again=LOAD),
    Fault("F20", "the disk is full while a release is copied", disk_full_while_publishing, 6, "RES-11", again=("publish",)),
    Fault("F21", "the disk is full while rows are landed", disk_full_while_landing, 6, "RES-03", again=LOAD),
    Fault("F22", "the disk is full at the manifest", disk_full_at_the_manifest, 6, "RES-11", again=("publish",)),
    Fault("F23", "the disk is full at the ledger", disk_full_at_the_ledger, 6, "RES-11", again=("publish",)),
    Fault("F24", "an answer goes to a full device", report_to_a_full_device, 6, "RES-11"),
    Fault("F25", "a flush fails", flush_fails, 6, "RES-11", again=("publish",)),
    Fault("F27", "a bit of the published file is flipped", bit_of_the_release, 7, "INT-06", "damaged"),
    Fault("F27", "a bit of raw.duckdb is flipped", bit_of_raw, 7, "INT-08", "damaged"),
    Fault("F27", "a row of raw.duckdb is edited", row_of_raw, 7, "INT-08", "damaged"),
    Fault("F28", "a page of the published file is zero", page_of_the_release, 7, "INT-06", "damaged"),
    Fault("F28", "the published file is cut", end_of_the_release, 7, "INT-06", "damaged"),
    Fault("F29", "a log lies in a release", log_in_the_release, 7, "INT-06", "damaged"),
    Fault("F30", "a bit of the vault is flipped", bit_of_the_vault, 7, "INT-04", "damaged"),
    Fault("F31", "a line of the ledger is edited", ledger_with(edited), 7, "INT-01", "damaged"),
    Fault("F31", "a line of the ledger is removed", ledger_with(lambda lines: lines[:1] + lines[2:]), 7, "INT-01", "damaged"),
    Fault("F31", "a line of the ledger is there twice", ledger_with(lambda lines: [*lines[:2], *lines[1:]]), 7, "INT-01", "damaged"),
    Fault("F31", "two lines of the ledger are swapped", ledger_with(swapped), 7, "INT-01", "damaged"),
    Fault("F31", "the ledger lost its end", ledger_with(lambda lines: lines[:2]), 7, "INT-02", "damaged"),
    Fault("F32", "a verdict in a release is edited", verdict_in_the_release, 7, "INT-06", "damaged"),
    Fault("F32", "a time in a manifest is edited", bit_of_the_manifest, 7, "INT-06", "damaged"),
    Fault("F32", "a page that left is edited in the home", outward_file("public/report.html"), 7, "INT-11", "damaged"),
    Fault("F32", "the record of what left is edited", outward_file("told.json"), 7, "INT-11", "damaged"),
    Fault("F33", "there is little memory", little_memory, 0, again=LOAD),
    Fault("F34", "there is little memory and nowhere to spill", little_memory_and_no_spill, 6, "SQL-05"),
    Fault("F35", "there is no address space", address_space, None, again=LOAD),
    Fault("F36", "there are no more descriptors", descriptors, 6, again=LOAD),
    Fault("F37", "a query has no end", query_without_end, 6, "SQL-05"),
    Fault("F38", "a killed process left what it spilled", spilled_before_a_kill, 0, again=LOAD),
    Fault("F39", "the disk is read-only", read_only_disk, 8, "PERM-01", again=LOAD),
    Fault("F40", "a mode was loosened by hand", loosened_mode, 8, "PERM-03"),
    Fault("F41", "the caller's umask lets everybody in", umask_of(0), 0, after="new"),
    Fault("F41", "the caller's umask shuts everybody out", umask_of(0o777), 0, after="new"),
    Fault("F42", "the home belongs to somebody else", home_of_another_user, 8, "PERM-02", again=LOAD),
    Fault("F43", "the clock is ten years late", elsewhere(lambda: clock_moved(-10)), 0, after="new"),
    Fault("F43", "the clock is ten years early", elsewhere(lambda: clock_moved(10)), 0, after="new"),
    Fault("F43", "another time zone and locale", elsewhere(lambda: moved_to("Pacific/Chatham", "tr_TR.UTF-8")), 0, after="new"),
)  # fmt: skip
