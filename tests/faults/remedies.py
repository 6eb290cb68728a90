"""Each error, provoked; what its remedy says, done; and what goes on afterwards.

A row provokes its code in the scene's published home, carries the remedy out, and repeats what had failed. Rows
without a `mend` run the commands that the message itself names, as they are written there.
"""
# ruff: noqa: E501 -- a table reads best with a remedy a line

from __future__ import annotations

import os
import re
import resource
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType

import duckdb
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509.oid import NameOID

from flows.building import run_dbt
from flows.building.build_file import close
from flows.building.dbt_results import RunResults
from flows.building.provenance import provenance_of, write
from flows.building.spark.build import require_master
from flows.building.study_file import STUDIES, load_study
from flows.cli.sample_files import write_synthetic
from flows.errors import CODES
from flows.files import password_file
from flows.home import Home
from flows.integrity import ledger
from flows.landing import raw_database, raw_seal, vault
from flows.landing.forms import delivery as delivery_of
from flows.landing.forms.seer_listing import listing
from flows.maintenance import verify
from flows.process import boundary
from flows.publishing import publish
from flows.publishing.evidence import recording_report
from flows.reporting.kept_reports import release_id, results_of
from flows.scheduling.schedule import settings_of
from flows.serving import query
from flows.serving.flight import server
from tests.building.raw_fixture import dbt
from tests.faults.misuse import forgotten_half_way
from tests.faults.older_home import as_the_first_release_left_it
from tests.faults.scene import (
    Ended,
    Scene,
    delivery,
    limited,
    make_build,
    make_report,
    spark_in_little,
)
from tests.landing import injections
from tests.landing.injections import GOOD, Inject
from tests.landing.other_deliveries import MYELOMA, program, record
from tests.landing.test_naaccr_flat import xml_layout
from tests.landing.test_populations import CELLS
from tests.landing.test_populations import write as write_populations
from tests.landing.workbooks import NOT_STORED, Cell, workbook
from tests.publishing.made_home import write_audit
from tests.publishing.made_provenance import keep_made
from tests.publishing.test_publish import edit

PROJECT = Path(__file__).resolve().parents[2]
COUNT = "select count(*) as n from marts.index_patients"
INFINITE = "select 'inf'::double as x"
RACE = "Race recode (White, Black, Other)"
STUDY = STUDIES / "aml_after_breast.yml"
MAPPING = "metachron_mapping: 1\nfiles:\n  - table: hospital_patients\n    recognise: [pid, {dx}]\n    columns: {{patient_key: pid, mm_dx_date: {dx}}}\n"

Does = Callable[[Scene], Ended]
Mend = Callable[[Scene, str], None]


@dataclass(frozen=True)
class Remedy:
    """One row.

    code     of the message
    provoke  makes it go wrong and runs what meets it
    mend     does what the remedy says, given the message; None runs the commands of the message
    again    what goes on afterwards
    """

    code: str
    provoke: Does
    mend: Mend | None
    again: Does


def run(*words: str) -> Does:
    """A command line; {folder} is the test's own folder, {good} a good delivery."""
    return lambda scene: scene.run(*filled(scene, words))


def filled(scene: Scene, words: tuple[str, ...]) -> list[str]:
    return [word.format(folder=scene.folder, good=scene.good, home=scene.home.root) for word in words]


def after(make: Callable[[Scene], object], *words: str) -> Does:
    """The same after something was done to the home or beside it."""

    def does(scene: Scene) -> Ended:
        make(scene)
        return run(*words)(scene)

    return does


def told(does: Callable[[Scene], object]) -> Does:
    """What a function of ours ends with, as the command line tells it."""

    def ended(scene: Scene) -> Ended:
        try:
            does(scene)
        except Exception as failure:
            said = boundary.translate_failure(failure)
            return Ended(said.exit_code, str(said))
        return Ended(0)

    return ended


def as_written(scene: Scene, said: str) -> None:
    """Run the commands of a message, with a delivery for its PATH and a study for its FILE."""
    for command in re.findall(r"`metachron ([^`]+)`", said):
        given = {"PATH": str(scene.good), "FOLDER": str(scene.good), "FILE": str(STUDY)}
        words = [given.get(word, word) for word in shlex.split(command)]
        ended = scene.run(*words)
        assert ended.exit_code == 0, f"{command}: {ended.said}"


def other_words(scene: Scene, said: str) -> None:
    """The remedy is another command line: `again` gives it."""


def undone(scene: Scene, said: str) -> None:
    """The remedy mends what lies outside: the disk, the packages, another process; the test has done so."""


# ---- homes


def unborn(scene: Scene) -> None:
    scene.home = Home.at(scene.folder / "unborn")


def newborn(scene: Scene) -> None:
    scene.home = Home.at(scene.folder / "newborn").prepare()
    delivery().write(scene.home.inbox)


def loaded_only(scene: Scene) -> None:
    newborn(scene)
    assert scene.run("load", scene.home.inbox).exit_code == 0


def damaged_by_spark(scene: Scene) -> Ended:
    """A table of Spark ends in the middle."""
    spark_in_little(scene.home)
    table = next((scene.home.spark / "current").rglob("*.parquet"))
    table.write_bytes(table.read_bytes()[: table.stat().st_size // 2])
    return scene.run("compare-engines")


def by_both_engines(scene: Scene) -> Ended:
    assert scene.run("spark").exit_code == 0
    return scene.run("compare-engines")


def held(file: Callable[[Home], Path], *words: str) -> Does:
    """Another process has a file open for writing while the command runs, and ends then."""

    def does(scene: Scene) -> Ended:
        program = (
            "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print('open', flush=True); sys.stdin.read()"
        )
        place = file(scene.home).resolve()
        mode = place.stat().st_mode
        place.chmod(0o600)
        with subprocess.Popen(
            [sys.executable, "-c", program, str(place)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        ) as holder:
            assert holder.stdout is not None and holder.stdout.readline() == b"open\n"
            ended = run(*words)(scene)
            holder.communicate()
        place.chmod(mode)
        return ended

    return does


def raw(home: Home) -> Path:
    return home.raw


def build(home: Home) -> Path:
    return home.build


def home_at(name: str) -> Callable[[Scene], None]:
    def make(scene: Scene) -> None:
        scene.home = Home(scene.folder / name)

    return make


def back(scene: Scene, said: str) -> None:
    scene.home = Home(scene.folder / "home")


def loop(scene: Scene) -> None:
    (scene.folder / "loop").symlink_to("loop")
    home_at("loop")(scene)


def older_without_raw(scene: Scene) -> None:
    as_the_first_release_left_it(scene.home)
    scene.home.raw.unlink()


def new_home(scene: Scene, said: str) -> None:
    """`metachron load FOLDER --home DIR`, with the files that the older home was given."""
    delivery().write(scene.folder / "again")
    home_at("new")(scene)
    assert "load FOLDER --home DIR" in said and scene.run("load", scene.folder / "again").exit_code == 0


def older_not_closed(scene: Scene) -> None:
    as_the_first_release_left_it(scene.home)
    raw_seal.marker_of(scene.home).touch()
    with duckdb.connect() as connection:
        connection.execute(f"attach '{scene.home.raw}' as landed")
        connection.execute("update landed.raw.seer_listing set surv_months = '0001'")


def half_forgotten(scene: Scene) -> None:
    assert forgotten_half_way(scene).exit_code == 6


def forget_again(scene: Scene, said: str) -> None:
    scene.run("forget", "export2.txt", "--yes")


# ---- builds and their audits


def row_of_the_build(scene: Scene) -> None:
    with duckdb.connect(scene.home.build) as connection:
        connection.execute("update marts.index_patients set extra = 7")


def build_without_provenance(scene: Scene) -> None:
    with duckdb.connect(scene.home.build) as connection:
        connection.execute("drop schema provenance cascade")


def build_of_garbage(scene: Scene) -> None:
    scene.home.build.write_text("garbage")


def no_build(scene: Scene) -> None:
    scene.home.build.unlink()


def close_the_build(scene: Scene) -> Ended:
    return told(lambda scene: close(scene.home.build))(scene)


def audit_with(spoil: Callable[[Scene], object]) -> Callable[[Scene], None]:
    def make(scene: Scene) -> None:
        scene.next_build()
        spoil(scene)

    return make


def no_audit(scene: Scene) -> None:
    (scene.home.audit / "audit.json").unlink()


def verdict_edited(scene: Scene) -> None:
    write_audit(scene.home, "fail")
    edit(scene.home.audit / "audit.json", verdict="pass")


def built_again(scene: Scene) -> None:
    make_build(scene.home, extra=1)


def audited(scene: Scene, said: str) -> None:
    """`metachron audit`, which does not refuse here."""
    assert "`metachron audit`" in said and scene.run("audit").exit_code == 0


def log_beside_the_build(scene: Scene) -> None:
    scene.home.build.with_name("build.duckdb.wal").write_bytes(b"rows that are not in the file yet")


def changed_meanwhile(scene: Scene) -> Ended:
    """Somebody writes into the build between its proof and its copy."""
    scene.next_build()
    copy = publish.copy_new

    def another(source: Path, target: Path, *, mode: int) -> str:
        row_of_the_build(scene)
        return copy(source, target, mode=mode)

    scene.patch.setattr(publish, "copy_new", another)
    return scene.run("publish")


def log_of_somebody(scene: Scene) -> Ended:
    """A few bytes that are no log of DuckDB's stay beside the build when it is closed."""
    log_beside_the_build(scene)
    return close_the_build(scene)


def made_by_an_older_project(scene: Scene) -> None:
    """Its lines say that the project's own study made it, which is another now."""
    kept = provenance_of(scene.home.build)
    assert kept is not None
    studies = {key: replace(study, is_the_projects=True) for key, study in kept.studies.items()}
    with duckdb.connect(scene.home.build) as connection:
        write(connection, list(kept.tables.values()), studies)


def disk_of(n_bytes: int, *words: str) -> Does:
    """No file may grow beyond this, as on a disk that is full."""

    def does(scene: Scene) -> Ended:
        with limited(resource.RLIMIT_FSIZE, n_bytes):
            return scene.run(*words)

    return does


def emptied_work(scene: Scene, said: str) -> None:
    assert "the work folder may be emptied" in said
    shutil.rmtree(scene.home.work)


def little_memory_for(module: ModuleType, *words: str) -> Does:
    """As on a machine that has a megabyte left for DuckDB."""

    def does(scene: Scene) -> Ended:
        whole = module.memory_database

        def small(home: Home | None = None) -> duckdb.DuckDBPyConnection:
            connection = whole(home)
            connection.execute("set memory_limit = '1MB'")
            return connection

        scene.patch.setattr(module, "memory_database", small)
        return scene.run(*words)

    return does


def little_memory_to_load(scene: Scene) -> Ended:
    scene.patch.setattr(raw_database, "MEMORY_LIMIT", "1MB")
    return run("load", "{good}")(scene)


def overwritten(file: Path) -> None:
    """The beginning of a database, where DuckDB keeps what it finds the rest by."""
    file = file.resolve()
    file.chmod(0o600)
    content = bytearray(file.read_bytes())
    content[20:300] = b"x" * 280
    file.write_bytes(content)


def spark_and_a_damaged_build(scene: Scene) -> None:
    spark_in_little(scene.home)
    overwritten(scene.home.build)


def verified_and_mended(scene: Scene, said: str) -> None:
    """`metachron verify` names what is damaged and its remedy; of a build, which it does not look at, nothing."""
    assert "`metachron verify`" in said and "`metachron build`" in said
    found = scene.run("verify")
    as_written(scene, found.said) if found.exit_code else scene.run("build")


# ---- reports and where their numbers come from


def results_changed(*changes: tuple[str, str]) -> Callable[[Scene], None]:
    """A report that a faulty version wrote, as the ledger knows it."""

    def make(scene: Scene) -> None:
        [file] = scene.home.reports.glob("*/r*/results.json")
        text = file.read_text()
        for old, new in changes:
            assert old in text, old
            text = text.replace(old, new)
        with recording_report(scene.home, file.parent, scene.release):
            file.write_text(text)

    return make


def another_hash(scene: Scene) -> None:
    [given] = scene.release.inputs
    results_changed((given["sha256"], "7" * 64))(scene)


def place_of_the_message(scene: Scene) -> Ended:
    found = re.search(r"such as '([^']+)'", scene.said[-1])
    assert found, scene.said[-1]
    return scene.run("explain", found[1])


def published_as(study: str) -> Callable[[Scene], None]:
    def make(scene: Scene) -> None:
        make_build(scene.home, study=study)
        write_audit(scene.home)
        assert scene.run("publish").exit_code == 0

    return make


def release_of_an_older_version(scene: Scene) -> None:
    """Whole, and without the follow-up that a public report counts by."""
    make_build(scene.home, study="older")
    with duckdb.connect(scene.home.build) as connection:
        connection.execute("drop table intermediate.int_follow_up_clocked")
        connection.execute("drop schema provenance cascade")
        keep_made(connection, "older")
    write_audit(scene.home)
    assert scene.run("publish").exit_code == 0
    make_report(scene.home)


def its_file(scene: Scene, said: str) -> None:
    """The definition that a release was built with, found again."""
    assert "give the file it was built with" in said.lower()
    text = STUDY.read_text(encoding="utf-8").replace("name: aml_after_breast", "name: elsewhere")
    (scene.folder / "study.yml").write_text(text, encoding="utf-8")


def rebuilt_from_other_deliveries(scene: Scene) -> Ended:
    """What dbt would make of them, in little, as the scene's builds are made."""

    def made(home: Home, file: Path, *given: object, **named: object) -> tuple[RunResults, str]:
        make_build(home, file=file)
        return RunResults((), (), (), ()), ""

    scene.load()
    scene.patch.setattr(run_dbt, "run", made)
    return scene.run("sensitivity")


def part_of_an_older_build(scene: Scene) -> Ended:
    """A model alone, added by dbt itself to a build whose lines an older version wrote; dbt has one exit code."""
    with duckdb.connect(scene.home.build) as connection:
        connection.execute("alter table provenance.studies drop column line")
    return dbt_alone(scene)


def dbt_alone(scene: Scene) -> Ended:
    try:
        return Ended(0, dbt("run", scene.home.raw, scene.home.build, select="study"))
    except AssertionError as failed:
        return Ended(CODES["DBT-03"].exit_code, " ".join(str(failed).split()))


def of_a_lost_study(scene: Scene) -> None:
    """Two deliveries, published as a study whose definition is elsewhere."""
    published_as("elsewhere")(scene)
    assert scene.load().exit_code == 0


def link_lost(scene: Scene) -> None:
    of_a_lost_study(scene)
    scene.home.warehouse.unlink()


def another_reader(scene: Scene) -> Callable[..., tuple[str, ...]]:
    """A version that reads the same bytes otherwise gives them other ids."""
    ids = delivery_of.load_ids
    return lambda contents, meaning: ids(contents, f"{meaning} read otherwise")


def read_otherwise(scene: Scene) -> Ended:
    scene.patch.setattr(listing, "load_ids", another_reader(scene))
    return scene.run("rebuild", "--from-vault")


def forgotten_and_loaded_again(scene: Scene, said: str) -> None:
    """Under the version that reads it otherwise, by the name that the message gives it."""
    found = re.search(r"file (\w+)\)", said)
    assert found and "forget it and load it again" in said
    scene.patch.setattr(listing, "load_ids", another_reader(scene))
    for words in (["forget", found[1], "--yes"], ["load", delivery().write(scene.folder / "again").parent]):
        assert scene.run(*words).exit_code == 0


# ---- deliveries


def loaded(inject: Inject) -> Does:
    def does(scene: Scene) -> Ended:
        inject(scene.inbox)
        return scene.run("load", scene.inbox)

    return does


def delivered(code: str, inject: Inject, mend: Inject) -> Remedy:
    """A delivery that is refused, and lands once its folder was mended."""
    return Remedy(
        code,
        loaded(inject),
        lambda scene, said: mend(scene.inbox),
        lambda scene: scene.run("load", scene.inbox),
    )


def polish(folder: Path) -> None:
    """Neither Windows text nor Chinese, so that the encoding must be named; the message says how."""
    headers, rows = [*GOOD.headers, "Remark"], [(*row, "Władysław, żona") for row in GOOD.rows]
    GOOD.but(headers=headers, rows=rows, encoding="cp1250").write(folder)


def encoding_named(scene: Scene, said: str) -> None:
    assert "`metachron load PATH --encoding gb18030`" in said
    assert scene.run("load", scene.inbox, "--encoding", "cp1250").exit_code == 0


def exported_again(folder: Path) -> None:
    """Whoever sent it exports it again, and what was wrong does not lie there any more."""
    shutil.rmtree(folder)
    GOOD.write(folder)


def its_dictionary(folder: Path) -> None:
    (folder / "export.dic").write_bytes(GOOD.dictionary())


def hidden(folder: Path) -> None:
    (folder / "notes.txt").rename(folder / ".notes.txt")


def a_copy(folder: Path) -> None:
    data = folder / "export.txt"
    original = data.resolve()
    data.unlink()
    shutil.copy(original, data)


def overlay(label: str, code: str) -> Inject:
    def write(folder: Path) -> None:
        line = f"race3,{label},{code},Black"
        (folder / "words.csv").write_text(f"column_name,label,code,meaning\n{line}\n")

    return write


def strange_label_with(words: Inject) -> Inject:
    def inject(folder: Path) -> None:
        GOOD.with_cell(1, RACE, "Blakc").write(folder)
        words(folder)

    return inject


def bomb(folder: Path) -> None:
    """Far more than its size, and a listing all the same: one remark, many times."""
    rows = [(*row, "a remark " * 12_000) for row in injections.many_rows(1_000)]
    GOOD.but(headers=[*GOOD.headers, "Remark"], rows=rows, is_gzipped=True).write(folder)


def unpacked(folder: Path) -> None:
    import gzip

    data = folder / "export.txt"
    data.write_bytes(gzip.decompress(data.read_bytes()))


def one_database(folder: Path) -> None:
    for suffix in ("txt", "dic"):
        (folder / f"other.{suffix}").unlink()


def hospital(asked: str) -> Inject:
    def write(folder: Path) -> None:
        (folder / "h.mapping.yml").write_text(MAPPING.format(dx=asked))
        (folder / "p.csv").write_text("pid,dx\np1,2012-03-20\np2,2013-04-01\n")

    return write


def formula(stored: str) -> Inject:
    def write(folder: Path) -> None:
        (folder / "h.mapping.yml").write_text(MAPPING.format(dx="dx"))
        rows = [["pid", "dx"], ["p1", Cell("2012-03-20", formula="TEXT(1,2)", kind=stored)]]
        (folder / "p.xlsx").write_bytes(workbook({"Patients": rows}))

    return write


def columns(count: int) -> Inject:
    def write(folder: Path) -> None:
        (folder / "h.mapping.yml").write_text(MAPPING.format(dx="dx"))
        names = ",".join(f"x{number}" for number in range(count))
        (folder / "p.csv").write_text(f"pid,dx,{names}\np1,2012-03-20{',' * count}\n")

    return write


def growing(scene: Scene) -> Ended:
    data, read = GOOD.write(scene.inbox), os.readv

    def more(descriptor: int, buffers: list[bytearray]) -> int:
        with data.open("ab") as file:
            file.write(b"more\r\n")
        return read(descriptor, buffers)

    scene.patch.setattr(vault.os, "readv", more)
    return scene.run("load", scene.inbox)


def arrived(scene: Scene, said: str) -> None:
    GOOD.write(scene.inbox)


def nameless(folder: Path) -> None:
    GOOD.write(folder).rename(folder / "x\udcff")


def named(folder: Path) -> None:
    (folder / "x\udcff").rename(folder / "export.txt")


def people(name: str, cells: tuple[str, ...], written_at: int) -> Inject:
    return lambda folder: write_populations(folder, name, cells, 100, written_at)


def both(*injects: Inject) -> Inject:
    def inject(folder: Path) -> None:
        for each in injects:
            each(folder)

    return inject


def without(name: str) -> Inject:
    return lambda folder: (folder / name).unlink()


ages_19 = injections.only("19ages.txt", b"1975CT09001021920700012345\r\n1975CT09001021921800000012\r\n")
ages_single = injections.only(
    "singleages.txt", b"1975CT09001021920700012345\r\n1975CT09001021928500000012\r\n"
)


# ---- what people name


def written(name: str, content: bytes) -> Callable[[Scene], None]:
    return lambda scene: (scene.folder / name).write_bytes(content) and None


def write_again(name: str, content: bytes) -> Mend:
    return lambda scene, said: written(name, content)(scene)


def moved_away(name: str) -> Mend:
    return lambda scene, said: (scene.folder / name).rename(scene.folder / "moved") and None


def id_of_the_message(scene: Scene) -> Ended:
    found = re.search(r"ids? of one of these: (\w+)", scene.said[-1]) or re.search(
        r"these: (\S+)", scene.said[-1]
    )
    assert found, scene.said[-1]
    return scene.run("forget", found[1].strip(",;"), "--yes")


def seal_of_the_command(scene: Scene) -> Ended:
    return scene.run("verify", "--seal", scene.said[-1].strip())


def cut_ledger(scene: Scene) -> Ended:
    ledger.append(scene.home, "audit", verdict="fail", build_sha256="0" * 64)
    kept = scene.run("seal", "--print").said.strip()
    lines = scene.home.ledger.read_bytes().splitlines(keepends=True)
    scene.home.ledger.write_bytes(b"".join(lines[:-1]))
    return scene.run("verify", "--seal", kept)


def kept_by(file: password_file.PasswordFile, content: bytes, mode: int) -> Does:
    def does(scene: Scene) -> Ended:
        file.of(scene.home).write_bytes(content)
        file.of(scene.home).chmod(mode)
        return told(lambda scene: file.password(scene.home))(scene)

    return does


def password(code: str, file: password_file.PasswordFile, content: bytes, mode: int) -> Remedy:
    return Remedy(
        code, kept_by(file, content, mode), lambda scene, said: file.of(scene.home).unlink(),
        told(lambda scene: file.password(scene.home)),
    )  # fmt: skip


def served(host: str, port: int = 0) -> Does:
    """`serve-sql` until it listens."""

    def does(scene: Scene) -> None:
        server.make(scene.home, host=host, port=port, certificate=None, key=None).shutdown()

    return told(does)


def with_certificate(name: str) -> Does:
    """`serve-sql` for other machines, with a certificate and its key in the test's folder."""

    def does(scene: Scene) -> None:
        certificate, key = scene.folder / f"{name}.pem", scene.folder / f"{name}.key"
        server.make(scene.home, host="0.0.0.0", port=0, certificate=certificate, key=key).shutdown()

    return told(does)


def new_certificate(scene: Scene, said: str) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(1).not_valid_before(now).not_valid_after(now + timedelta(days=1)).sign(key, SHA256())
    )  # fmt: skip
    pem = serialization.Encoding.PEM
    (scene.folder / "own.pem").write_bytes(made.public_bytes(pem))
    plain = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (scene.folder / "own.key").write_bytes(plain)


def no_certificate(scene: Scene) -> Ended:
    """Files that can be read, and hold no certificate."""
    for name in ("own.pem", "own.key"):
        (scene.folder / name).write_text("no certificate\n")
    return with_certificate("own")(scene)


def taken_port(scene: Scene) -> Ended:
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        return scene.run("serve-sql", "--port", str(taken.getsockname()[1]))


def study_file(scene: Scene) -> Ended:
    return told(lambda scene: load_study(scene.folder / "study.yml"))(scene)


def corrected_study(scene: Scene, said: str) -> None:
    shutil.copy(STUDY, scene.folder / "study.yml")


def schedule(scene: Scene) -> Ended:
    return told(lambda scene: settings_of(scene.home))(scene)


def schedule_with(content: str | None) -> Does:
    def does(scene: Scene) -> Ended:
        if content is None:
            scene.home.schedule.mkdir()
        else:
            scene.home.schedule.write_text(content)
        return schedule(scene)

    return does


def no_schedule(scene: Scene, said: str) -> None:
    scene.home.schedule.rename(scene.folder / "moved")


def master(address: str) -> Does:
    return told(lambda scene: require_master(address))


def on_a_full_disk(scene: Scene) -> Ended:
    with limited(resource.RLIMIT_FSIZE, 100):
        return scene.run("export", "--parquet", scene.folder / "out")


def little_memory(scene: Scene) -> Ended:
    scene.patch.setitem(query.SETTINGS, "memory_limit", "60MB")
    return scene.run("sql", "create temp table mine as select hash(i) from range(50000000) as numbers (i)")


def release_of_a_cut_report(scene: Scene) -> Ended:
    as_the_first_release_left_it(scene.home)
    [file] = scene.home.reports.glob("*/*/results.json")
    file.chmod(0o600)
    file.write_bytes(file.read_bytes()[:100])
    return scene.run("diff", "published", "published")


TEMPLATE = PROJECT / "analytics/published_numbers/template.csv"
IS_PUBLISHED = run("sql", COUNT)
PUBLISH = run("publish")
BUILD = run("build")
DISCLOSE = run("disclose")
COMPARE = run("compare-engines")
EXPORT = run("export", "--parquet", "{folder}/out")
ANSWER = ("sql", COUNT, "--format", "csv", "--out")
SOUND = run("verify")

REMEDIES = (
    # ---- stages
    Remedy("AUD-01", after(no_build, "audit"), None, run("audit")),
    Remedy("BLD-01", after(newborn, "build"), None, run("build")),
    Remedy("BLD-02", held(raw, "build"), undone, BUILD),
    Remedy("BLD-03", disk_of(1_000_000, "build"), emptied_work, BUILD),
    Remedy("BLD-05", log_of_somebody, None, close_the_build),
    Remedy("CMP-01", COMPARE, None, COMPARE),
    Remedy("CMP-01", after(loaded_only, "compare-engines"), None, by_both_engines),
    Remedy("CMP-03", damaged_by_spark, None, by_both_engines),
    Remedy("DBT-03", part_of_an_older_build, None, dbt_alone),
    Remedy("EXP-02", after(newborn, "export", "--raw", "--parquet", "{folder}/out"), None, run("export", "--raw", "--parquet", "{folder}/out")),
    Remedy("EXP-03", on_a_full_disk, undone, EXPORT),
    Remedy("EXP-04", held(raw, "export", "--raw", "--parquet", "{folder}/out"), undone, run("export", "--raw", "--parquet", "{folder}/out")),
    Remedy("LOCK-02", held(raw, "load", "{good}"), undone, run("load", "{good}")),
    Remedy("PRV-01", after(row_of_the_build, "audit"), None, PUBLISH),
    Remedy("PRV-02", after(made_by_an_older_project, "audit"), None, PUBLISH),
    Remedy("PRV-03", after(build_without_provenance, "audit"), None, PUBLISH),
    Remedy("PRV-04", after(build_of_garbage, "audit"), None, PUBLISH),
    Remedy("PUB-01", after(no_build, "publish"), None, IS_PUBLISHED),
    Remedy("PUB-02", after(audit_with(no_audit), "publish"), None, PUBLISH),
    Remedy("PUB-03", after(audit_with(verdict_edited), "publish"), None, PUBLISH),
    Remedy("PUB-05", after(audit_with(built_again), "publish"), audited, PUBLISH),
    Remedy("PUB-06", after(audit_with(log_beside_the_build), "publish"), None, PUBLISH),
    Remedy("PUB-07", held(build, "publish"), undone, PUBLISH),
    Remedy("PUB-10", changed_meanwhile, None, PUBLISH),
    Remedy("KEPT-01", after(newborn, "diff", "published", "published"), None, IS_PUBLISHED),
    Remedy("KEPT-02", run("diff", "nonesuch", "published"), other_words, told(lambda scene: release_id(scene.home, "published"))),
    Remedy("KEPT-03", release_of_a_cut_report, None, told(lambda scene: results_of(scene.home))),
    Remedy("REL-01", after(newborn, "disclose"), None, IS_PUBLISHED),
    Remedy("REP-01", after(newborn, "report"), None, IS_PUBLISHED),
    Remedy("REP-03", run("report"), None, run("report")),
    Remedy("REP-04", after(newborn, "open"), None, IS_PUBLISHED),
    Remedy("REL-03", after(another_hash, "disclose"), None, DISCLOSE),
    Remedy("POL-04", after(results_changed(('"n_index": 40', '"n_index": 41')), "disclose"), None, DISCLOSE),
    Remedy("POL-05", after(results_changed(("40", "41")), "disclose"), None, DISCLOSE),
    Remedy("POL-05", after(release_of_an_older_version, "disclose"), None, DISCLOSE),
    Remedy("SEN-01", after(published_as("elsewhere"), "sensitivity"), its_file, run("sensitivity", "--study", "{folder}/study.yml")),
    Remedy("SEN-02", rebuilt_from_other_deliveries, None, run("verify")),
    Remedy("TRACE-01", run("explain", "nonesuch"), other_words, place_of_the_message),
    Remedy("TRACE-02", run("explain", "run.duration_seconds"), other_words, run("explain", "cohort.n_index")),
    Remedy("TRACE-04", after(results_changed(('"n_index": 40', '"n_index": 41')), "explain", "cohort.n_index"), None, run("explain", "cohort.n_index")),
    Remedy("REP-02", run("report", "--study", str(STUDY)), None, IS_PUBLISHED),
    Remedy("SQL-04", after(newborn, "sql", COUNT), None, IS_PUBLISHED),
    # ---- homes, ledger, vault
    Remedy("HOME-01", after(home_at("a#b"), "verify"), back, SOUND),
    Remedy("HOME-03", after(home_at("none"), "verify"), back, SOUND),
    Remedy("INT-10", after(lambda scene: overwritten(scene.home.warehouse), "sql", COUNT), verified_and_mended, IS_PUBLISHED),
    Remedy("INT-10", after(spark_and_a_damaged_build, "compare-engines"), verified_and_mended, COMPARE),
    Remedy("INT-12", cut_ledger, None, SOUND),
    Remedy("INT-19", read_otherwise, forgotten_and_loaded_again, run("rebuild", "--from-vault")),
    Remedy("INT-20", after(lambda scene: scene.home.raw.unlink(), "load", "{good}"), None, SOUND),
    Remedy("INT-21", after(older_not_closed, "load", "{good}"), None, SOUND),
    Remedy("REB-01", after(older_without_raw, "rebuild", "--from-vault"), new_home, SOUND),
    Remedy("REB-02", after(half_forgotten, "rebuild", "--from-vault"), forget_again, run("rebuild", "--from-vault")),
    Remedy("REB-03", after(newborn, "rebuild", "--from-vault", "--new-ledger"), other_words, run("load", "{good}")),
    Remedy("SEAL-01", run("verify", "--seal=x"), None, seal_of_the_command),
    Remedy("FGT-01", run("forget", "nonesuch", "--yes"), other_words, id_of_the_message),
    Remedy("FGT-04", after(of_a_lost_study, "forget", "export1.txt", "--yes"), other_words, run("forget", "export1.txt", "--yes", "--study", str(STUDY))),
    Remedy("FGT-04", after(link_lost, "rebuild", "--from-vault"), other_words, run("rebuild", "--from-vault", "--study", str(STUDY))),
    Remedy("LOCK-03", held(build, "audit"), undone, run("audit")),
    Remedy("LOCK-03", held(lambda home: home.warehouse, "disclose"), undone, DISCLOSE),
    Remedy("PERM-04", after(published_as("a/b"), "status"), None, run("status")),
    Remedy("RES-02", little_memory_to_load, undone, run("load", "{good}")),
    Remedy("RES-10", little_memory_for(verify, "verify"), None, SOUND),
    Remedy("RES-12", disk_of(100, "build"), None, BUILD),
    Remedy("FGT-02", run("forget", "export1.txt"), other_words, run("forget", "export1.txt", "--yes")),
    Remedy("POL-01", run("disclose", "--profile", "ohdsi5"), other_words, run("disclose")),
    Remedy("POL-09", run("disclose", "--profile", "ohdsi5", "--signed-exception", "{folder}/none"), other_words, run("disclose")),
    # ---- what people name
    Remedy("CLM-01", run("check-paper", "{folder}/none.csv"), other_words, run("check-paper", str(TEMPLATE))),
    Remedy("CLM-02", after(written("p.csv", b"5\n"), "check-paper", "{folder}/p.csv"), write_again("p.csv", TEMPLATE.read_bytes()), run("check-paper", "{folder}/p.csv")),
    Remedy("FILE-01", after(written("q.sql", b"-- " + b"x" * 1_000_001), "sql", "-f", "{folder}/q.sql"), write_again("q.sql", COUNT.encode()), run("sql", "-f", "{folder}/q.sql")),
    Remedy("FILE-02", after(written("q.sql", b"select 'gr\xf6\xdfe'"), "sql", "-f", "{folder}/q.sql"), write_again("q.sql", "select 'größe'".encode()), run("sql", "-f", "{folder}/q.sql")),
    Remedy("OUT-01", run(*ANSWER, "{folder}"), other_words, run(*ANSWER, "{folder}/a.csv")),
    Remedy("OUT-02", after(written("a.csv", b"mine"), *ANSWER, "{folder}/a.csv"), moved_away("a.csv"), run(*ANSWER, "{folder}/a.csv")),
    Remedy("OUT-03", after(loop, "--home", "{folder}/home", "export", "--parquet", "{folder}/loop"), other_words, run("--home", "{folder}/home", "export", "--parquet", "{folder}/out")),
    Remedy("OUT-04", run("export", "--parquet", "{home}/vault"), other_words, EXPORT),
    Remedy("SQL-01", run("sql"), other_words, run("sql", COUNT)),
    Remedy("SQL-02", run("sql", COUNT, "--format", "parquet"), other_words, run("sql", COUNT, "--format", "parquet", "--out", "{folder}/a.parquet")),
    Remedy("SQL-03", run("sql", "selct 1"), None, run("sql", "select 1")),
    Remedy("SQL-05", little_memory, other_words, run("sql", "select count(*) from range(50000000)")),
    Remedy("SQL-06", held(lambda home: home.warehouse, "sql", COUNT), undone, IS_PUBLISHED),
    Remedy("SQL-07", run("sql", INFINITE, "--format", "json"), other_words, run("sql", INFINITE, "--format", "csv")),
    Remedy("SQL-08", run("sql", "-f", "{folder}/none"), write_again("none", COUNT.encode()), run("sql", "-f", "{folder}/none")),
    Remedy("SQL-10", run("serve-sql", "--host", "0.0.0.0", "--port", "0"), other_words, served("127.0.0.1")),
    Remedy("SQL-11", run("serve-sql", "--port", "0", "--tls-cert", "{folder}/none"), other_words, served("127.0.0.1")),
    Remedy("SQL-12", with_certificate("own"), new_certificate, with_certificate("own")),
    Remedy("SQL-12", no_certificate, new_certificate, with_certificate("own")),
    Remedy("SQL-13", taken_port, other_words, served("127.0.0.1")),
    password("SQL-14", password_file.SQL, b"", 0o600),
    password("SQL-15", password_file.SQL, b"metachron:secretsecret", 0o644),
    password("SRV-05", password_file.PREFECT, b"", 0o600),
    password("SRV-06", password_file.PREFECT, b"metachron:secretsecret", 0o644),
    Remedy("SCH-01", schedule_with(None), no_schedule, schedule),
    Remedy("SCH-02", schedule_with("paused: sometimes\n"), no_schedule, schedule),
    Remedy("SPK-05", master("head:7077"), other_words, master("local[4]")),
    Remedy("STU-01", study_file, corrected_study, study_file),
    Remedy("STU-02", after(written("study.yml", b"study: {name: a, name: b}\n"), "build", "--study", "{folder}/study.yml"), corrected_study, study_file),
    Remedy("STU-03", after(written("study.yml", b"5\n"), "build", "--study", "{folder}/study.yml"), corrected_study, study_file),
    Remedy("STU-04", after(written("study.yml", b"study: {name: a}\n"), "build", "--study", "{folder}/study.yml"), corrected_study, study_file),
    Remedy("US-20", run("synth", "{folder}/new", "--scale", "0.0001"), other_words, run("synth", "{folder}/new", "--scale", "0.005")),
    Remedy("US-21", told(lambda scene: write_synthetic(scene.folder / "new", seed=1, scale=0.005, layout="cards", variant="clean")), other_words, run("synth", "{folder}/new", "--scale", "0.005", "--layout", "listing")),
    Remedy("USE-01", run("load", "{folder}/none"), other_words, run("load", "{good}")),
    Remedy("USE-02", run("sql", "x\udcff"), other_words, run("sql", COUNT)),
    Remedy("USE-03", run("load", "{folder}/" + "x" * 300), other_words, run("load", "{good}")),
    Remedy("USE-04", after(unborn, "run"), other_words, run("load", "{good}")),
    # ---- deliveries
    delivered("IN-01", injections.bytes_of(lambda data: b""), exported_again),
    Remedy("IN-02", loaded(polish), encoding_named, lambda scene: scene.run("load", scene.inbox)),
    delivered("IN-03", injections.bytes_of(lambda data: data.replace(b"\r\n", b"\r")), exported_again),
    delivered("IN-04", injections.bytes_of(lambda data: data + b"\x0b\r\n"), exported_again),
    delivered("IN-05", injections.bytes_of(lambda data: data.replace(b"\tWhite", b"\tW" * 3_000_000, 1)), exported_again),
    delivered("IN-06", injections.bytes_of(lambda data: data.replace(b'"Black"', b'"Black'), injections.QUOTED), exported_again),
    delivered("IN-07", injections.bytes_of(lambda data: data[:-3]), exported_again),
    delivered("IN-08", injections.bytes_of(lambda data: data[: len(data) // 2], injections.PACKED), injections.written(injections.PACKED)),
    delivered("IN-09", bomb, both(unpacked, lambda folder: (folder / "export.dic").write_bytes((folder / "export.dic").read_bytes().replace(b"GZipped=true", b"GZipped=false")) and None)),
    delivered("IN-10", injections.link, a_copy),
    delivered("IN-11", injections.with_file("notes.txt", b"call the registry\n"), hidden),
    delivered("IN-12", injections.without(".dic"), its_dictionary),
    delivered("IN-13", injections.dictionary_of(lambda said: said.replace(b"Var2Name", b"Var1Name")), its_dictionary),
    delivered("IN-14", injections.another_dictionary(GOOD, GOOD.but(formats={RACE: {"0": "White", "1": "Black"}})), its_dictionary),
    delivered("IN-15", injections.headed({"Sex": "Sexes"}), exported_again),
    delivered("IN-16", injections.headed({"Primary Site": "Sex"}), exported_again),
    delivered("IN-17", injections.another_dictionary(GOOD, GOOD.but(delimiter=";")), its_dictionary),
    delivered("IN-18", injections.another_dictionary(GOOD.but(has_header=False), GOOD.but(has_header=False, headers=[*GOOD.headers, "Grade"])), lambda folder: (folder / "export.dic").write_bytes(GOOD.but(has_header=False).dictionary()) and None),
    delivered("IN-19", injections.cell(1, RACE, "Blakc"), overlay("Blakc", "2")),
    delivered("IN-20", injections.written(injections.NUMERIC.but(formats={})), exported_again),
    delivered("IN-23", injections.two_submissions, one_database),
    delivered("IN-24", injections.with_file("export_session.txt", injections.SESSION), lambda folder: (folder / "export_session.txt").write_bytes(injections.SESSION.replace(b"Row Count 5", b"Row Count 4")) and None),
    delivered("IN-25", hospital("[dx]"), hospital("dx")),
    delivered("IN-26", injections.cell(0, "Survival months", "+0104"), exported_again),
    delivered("IN-27", strange_label_with(overlay("Blakc", "77")), overlay("Blakc", "2")),
    delivered("IN-28", injections.xml(lambda text: text[: len(text) // 2]), injections.xml(lambda text: text)),
    Remedy("IN-29", growing, arrived, lambda scene: scene.run("load", scene.inbox)),
    delivered("IN-31", injections.release([record(MYELOMA)], program(length=300)), injections.release([record(MYELOMA)])),
    delivered("IN-32", injections.naaccr_with_layout(xml_layout([], version="160")), injections.naaccr_with_layout(xml_layout([]))),
    delivered("IN-33", injections.as_workbook, exported_again),
    delivered("IN-34", nameless, named),
    delivered("IN-35", both(people("a.txt", CELLS, 1_000_000), people("b.txt", CELLS[:2], 2_000_000)), without("b.txt")),
    delivered("IN-36", both(ages_19, ages_single), without("singleages.txt")),
    delivered("IN-44", columns(5_000), columns(5)),
    delivered("IN-45", formula(NOT_STORED), formula("str")),
    delivered("IN-38", injections.cell(0, "Patient ID", ""), exported_again),
)  # fmt: skip
