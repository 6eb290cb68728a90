"""A small published home to go wrong in, what may go wrong, and what must be true afterwards in any case.

The delivery is landed by the loader itself; the marts are made by SQL beside it, because dbt and the audit
take half a minute and have their own tests. Every record carries canaries, so that a value that leaves the
places where rows belong is found by a search for bytes.
"""

from __future__ import annotations

import io
import os
import resource
import shutil
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field, replace
from pathlib import Path

import duckdb
import pytest

from analytics.results.cohort import Cohort
from analytics.results.json_file import plain, to_json
from flows.building.build_file import discard, make_room
from flows.cli import main as cli
from flows.errors import IntegrityDamaged
from flows.home import Home
from flows.integrity import ledger
from flows.integrity.durable import sha256_of
from flows.maintenance.verify import verify
from flows.publishing import publish
from flows.publishing.evidence import recording_report
from tests.disclosure.made_up import era
from tests.disclosure.made_up_people import add_what_a_release_reads
from tests.disclosure.test_disclose import small
from tests.landing.deliveries import HEADERS, Listing
from tests.publishing.made_home import write_audit
from tests.publishing.made_provenance import keep_made

CANARY = "CANARY-5309"
PATIENTS = tuple(f"77465309{number:04d}" for number in range(40))
SECRETS = (CANARY.encode(), *(patient.encode() for patient in PATIENTS))
PRIVATE = stat.S_IRWXG | stat.S_IRWXO


def delivery(number: int = 1, n_rows: int = 40) -> Listing:
    """A listing whose patients and remarks are canaries; another number, other survival times."""
    rows = [
        (patient, "01", "One primary only", "1999", "Male", "White", "61 years", "421", "9732", "Malignant",
         f"{100 * number + at:04d}", "Dead", f"{CANARY} says {at}")
        for at, patient in enumerate(PATIENTS[:n_rows])
    ]  # fmt: skip
    return Listing(headers=[*HEADERS, "Remark"], rows=rows, name=f"export{number}")


def make_build(home: Home, *, study: str = "mm_sall", extra: int = 0, file: Path | None = None) -> None:
    """What dbt would make, in little: the newest delivery's rows as two marts, and where they come from.

    file  where it is made, if it is not the home's build
    """
    made = file or home.build
    discard(made) if file else make_room(home)
    with duckdb.connect() as connection:
        connection.execute(f"attach '{home.raw}' as landed (read_only)")
        connection.execute(f"attach '{made}' as build (storage_version 'v1.5.0')")
        connection.execute("use build")
        for schema in ("staging", "study", "marts"):
            connection.execute(f"create schema {schema}")
        connection.execute(
            "create table staging.stg_ledger__loads as select *, "
            "load_sequence = (select max(load_sequence) from landed.raw.loads) as is_current "
            "from landed.raw.loads"
        )
        connection.execute(f"create table study.study as select '{study}' as name, 'A title' as title")
        for mart in ("index_patients", "second_primaries"):
            connection.execute(
                f"create table marts.{mart} as select load_id, source_line, patient_id, surv_months, "
                f"{extra} as extra, 'seer' as source, false as has_second_primary "
                "from landed.raw.seer_listing "
                "where load_id in (select load_id from staging.stg_ledger__loads where is_current)"
            )
        connection.execute(
            "create table marts.index_patients_corrected as "
            "select *, true as is_at_risk, true as is_at_risk_after_latency, 12.0 as months_to_first_event"
            " from marts.index_patients"
        )
        add_what_a_release_reads(connection)
        keep_made(connection, study)
    made.chmod(0o600)


def spark_in_little(home: Home) -> None:
    """What Spark would leave: each table of the build as a folder of Parquet."""
    with duckdb.connect() as connection:
        connection.execute(f"attach '{home.build}' as build (read_only)")
        tables = connection.execute(
            "select schema_name, table_name from duckdb_tables()"
            " where database_name = 'build' and schema_name <> 'provenance'"
        ).fetchall()
        for schema, table in tables:
            folder = home.spark / "current" / schema / table
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            connection.execute(f"copy build.{schema}.{table} to '{folder}/part.parquet'")


def make_report(home: Home) -> None:
    """A results.json of what is published: the part of a report that `metachron disclose` reads."""
    release = publish.current_release(home)
    assert release is not None
    with duckdb.connect(release.warehouse, read_only=True) as connection:
        [(n_index,)] = connection.execute("select count(*) from marts.index_patients").fetchall()
    said = small(
        cohort=Cohort(n_index, 0, n_index),
        incidence_overall=era("all", n_index, 0, 100.0),
        **dict.fromkeys(("table1", "table1_numeric", "table1_tests", "eras"), ()),
    )
    said = replace(said, run=replace(said.run, warehouse_release=release.id, inputs=tuple(release.inputs)))
    folder = home.reports / release.study / release.id
    with recording_report(home, folder, release):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        (folder / "results.json").write_text(to_json(plain(said)), encoding="utf-8")


def make_published(root: Path) -> Home:
    """A home with one delivery landed, built, audited, published and reported."""
    from flows.landing import land

    home = Home.at(root).prepare()
    delivery().write(home.inbox)
    land.load([home.inbox], home)
    make_build(home)
    write_audit(home)
    publish.publish(home)
    make_report(home)
    return home


@dataclass(frozen=True)
class Ended:
    """How a command, or a process, ended and what it said."""

    exit_code: int
    said: str = ""


@dataclass
class Scene:
    """One copy of the published home, for one fault."""

    home: Home
    folder: Path
    patch: pytest.MonkeyPatch
    said: list[str] = field(default_factory=list)

    @property
    def inbox(self) -> Path:
        """A folder outside the home where deliveries arrive."""
        made = self.folder / "arrived"
        made.mkdir(exist_ok=True)
        return made

    @property
    def good(self) -> Path:
        """A folder with a delivery that nothing is wrong with."""
        return delivery(3).write(self.folder / "good").parent

    @property
    def release(self) -> publish.Release:
        release = publish.current_release(self.home)
        assert release is not None
        return release

    def run(self, *words: str | Path) -> Ended:
        """A command line, in this process, with the settings of the process put back afterwards."""
        heard = io.StringIO()
        with kept_settings(), redirect_stdout(heard), redirect_stderr(heard):
            try:
                cli.main(["--home", str(self.home.root), *map(str, words)])
                code = 0
            except SystemExit as end:
                code = int(end.code or 0)
        self.said.append(heard.getvalue())
        return Ended(code, heard.getvalue())

    def load(self, listing: Listing | None = None) -> Ended:
        (listing or delivery(2)).write(self.inbox)
        return self.run("load", self.inbox)

    def next_build(self, number: int = 2, **changes: object) -> None:
        """Another delivery, landed, built and audited; only publishing is left to do."""
        from flows.landing import land

        delivery(number).write(self.folder / f"next{number}")
        land.load([self.folder / f"next{number}"], self.home)
        make_build(self.home, **changes)  # type: ignore[arg-type]
        write_audit(self.home)


@contextmanager
def kept_settings() -> Iterator[None]:
    """Environment, umask and the limit of core dumps as they were."""
    environment, mask = dict(os.environ), os.umask(0o077)
    core = resource.getrlimit(resource.RLIMIT_CORE)
    os.umask(mask)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(environment)
        os.umask(mask)
        resource.setrlimit(resource.RLIMIT_CORE, core)


@contextmanager
def limited(kind: int, soft: int) -> Iterator[None]:
    """A limit of this process, lowered for a moment."""
    before = resource.getrlimit(kind)
    resource.setrlimit(kind, (soft, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(kind, before)


Inject = Callable[[Scene], Ended]


@dataclass(frozen=True)
class Fault:
    """One row: what goes wrong and how the command ends.

    number     of the fault matrix, F01 to F100
    inject     makes it go wrong and runs the command that meets it
    exit_code  of that command; negative for a process that was killed; None where only failing is promised,
               because a process without memory may die before it can say so
    code       of its message; "" if there is none
    after      "same": the published release is what it was; "new": a new one is published, whole;
               "damaged": the fault itself damaged what is published, and verify must go on saying so
    again      the command that ends well once the fault is gone; None where there is nothing to repeat
    """

    number: str
    what: str
    inject: Inject
    exit_code: int | None
    code: str = ""
    after: str = "same"
    again: tuple[str, ...] | None = ("verify",)


@dataclass(frozen=True)
class State:
    """What analysts read, byte for byte."""

    link: str
    files: dict[str, str]

    @classmethod
    def of(cls, home: Home) -> State:
        folder = publish.current_release(home).warehouse.parent  # type: ignore[union-attr]
        return cls(
            str(home.warehouse.readlink()),
            {file.name: sha256_of(file) for file in sorted(folder.iterdir())},
        )


def check_invariants(scene: Scene, before: State, after: str) -> None:
    """What must be true whatever went wrong."""
    home = scene.home
    if after == "same":
        assert State.of(home) == before, "the published release changed"
    if after == "new":
        assert State.of(home) != before, "no new release was published"
        assert sha256_of(home.warehouse) == scene.release.warehouse_sha256, "the new release is not whole"
    if after == "damaged":
        with pytest.raises(IntegrityDamaged):
            verify(home)
    else:
        ledger.read(home)
        verify(home)
    assert open_to_others(home) == []
    assert leaks(home.root) == []
    for text in scene.said:
        assert not any(secret in text.encode() for secret in SECRETS), text


def survive(fault: Fault, scene: Scene) -> None:
    """Let it go wrong, look at what is left, and do it again without the fault."""
    before = State.of(scene.home)
    ended = fault.inject(scene)
    assert ended.exit_code == fault.exit_code or (fault.exit_code is None and ended.exit_code), ended.said
    assert f"{fault.code}: " in ended.said or not fault.code
    check_invariants(scene, before, fault.after)
    scene.patch.undo()
    if fault.again is not None and fault.after != "damaged":
        words = [word.format(inbox=scene.inbox, good=scene.good) for word in fault.again]
        again = scene.run(*words)
        assert again.exit_code == 0, again.said
        check_invariants(scene, before, "new" if fault.again[0] == "publish" else fault.after)


def open_to_others(home: Home) -> list[str]:
    """Files and folders that anybody but the owner may read; analysts may be let into a release."""
    found = []
    for path in [home.root, *home.root.rglob("*")]:
        forbidden = 0o027 if home.releases in path.parents else PRIVATE
        delivered = home.inbox in (path, *path.parents)
        if not path.is_symlink() and not delivered and path.stat().st_mode & forbidden:
            found.append(f"{path} {oct(path.stat().st_mode)}")
    return found


def leaks(root: Path) -> list[str]:
    """Files below a folder that hold a canary where no row belongs."""
    found = []
    for path in root.rglob("*"):
        inside = str(path.relative_to(root))
        if path.is_symlink() or not path.is_file() or rows_belong_in(inside):
            continue
        content = path.read_bytes()
        if any(secret in content or secret in inside.encode() for secret in SECRETS):
            found.append(inside)
    return found


def rows_belong_in(inside: str) -> bool:
    """Delivered bytes and databases hold rows; nothing else under a home may."""
    return inside.startswith(("inbox/", "vault/")) or inside.endswith((".duckdb", ".duckdb.wal"))


def copied(template: Home, folder: Path) -> Home:
    shutil.copytree(template.root, folder, symlinks=True)
    return Home.at(folder)
