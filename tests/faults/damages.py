"""What somebody with an editor does to a published home: one damage a row, and what must tell of it."""
# ruff: noqa: E501 -- a table reads best with a damage a line

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import duckdb

from flows.integrity import ledger
from flows.publishing.audit_file import seal
from tests.faults.scene import Ended, Fault, Scene, make_report

SENDS_OUT = ("release", "report", "sql", "status")


@dataclass(frozen=True)
class Damage:
    """One damage.

    make     does it, and says how the file is called that verify must name
    code     of verify's message
    refuses  commands beside verify that must not go on; `status` goes on, and must not trust
    """

    number: str
    what: str
    make: Callable[[Scene], str]
    code: str
    refuses: tuple[str, ...] = ()

    def told_by_verify(self, scene: Scene) -> Ended:
        name = self.make(scene)
        ended = scene.run("verify")
        assert f"file {name}" in ended.said, ended.said
        return ended


def rewritten(file: Path, content: bytes) -> str:
    mode = file.stat().st_mode
    file.chmod(0o600)
    file.write_bytes(content)
    file.chmod(mode)
    return file.name


# ---- the link


def link_gone(scene: Scene) -> str:
    scene.home.warehouse.unlink()
    return "warehouse.duckdb"


def link_is_a_file(scene: Scene) -> str:
    release = scene.release.warehouse
    scene.home.warehouse.unlink()
    shutil.copyfile(release, scene.home.warehouse)
    return "warehouse.duckdb"


def link_dangles(scene: Scene) -> str:
    scene.home.warehouse.unlink()
    scene.home.warehouse.symlink_to(Path("releases") / "r000000000000" / "warehouse.duckdb")
    return "warehouse.duckdb"


def link_leads_outside(scene: Scene) -> str:
    shutil.copyfile(scene.release.warehouse, scene.folder / "warehouse.duckdb")
    scene.home.warehouse.unlink()
    scene.home.warehouse.symlink_to(scene.folder / "warehouse.duckdb")
    return "warehouse.duckdb"


def link_leads_to_the_release_before(scene: Scene) -> str:
    before = scene.home.warehouse.readlink()
    scene.next_build()
    assert scene.run("publish").exit_code == 0
    scene.home.warehouse.unlink()
    scene.home.warehouse.symlink_to(before)
    return "warehouse.duckdb"


# ---- releases


def planted_release(scene: Scene) -> str:
    """Every hash in its manifest is right; only the ledger has never heard of it."""
    folder = scene.release.warehouse.parent
    planted = folder.with_name("r0123456789ab")
    shutil.copytree(folder, planted)
    manifest = planted / "manifest.json"
    said = json.loads(manifest.read_text()) | {"release_id": planted.name, "sequence": 2}
    rewritten(manifest, json.dumps(said).encode())
    return planted.name


def manifest_names_another_release(scene: Scene) -> str:
    """One bit, and the ledger was asked for the manifest of a release that it does not know."""
    manifest = scene.release.warehouse.parent / "manifest.json"
    id = scene.release.id.encode()
    other = id[:-1] + bytes([id[-1] ^ 1])
    return rewritten(
        manifest, manifest.read_bytes().replace(b'"release_id": "' + id, b'"release_id": "' + other)
    )


def manifest_before_with(content: Callable[[dict[str, object]], bytes]) -> Callable[[Scene], str]:
    """Write something else into the manifest of a release that is kept, and not published any more."""

    def make(scene: Scene) -> str:
        file = scene.release.warehouse.with_name("manifest.json")
        scene.next_build()
        assert scene.run("publish").exit_code == 0
        make_report(scene.home)
        return rewritten(file, content(json.loads(file.read_text())))

    return make


def log_beside_the_published_file(scene: Scene) -> str:
    """DuckDB reads it first, so that a query would answer with rows that the file does not have."""
    log = scene.release.warehouse.with_name("warehouse.duckdb.wal")
    log.write_bytes(b"rows of somebody else")
    log.chmod(0o440)
    return log.name


def release_gone(scene: Scene) -> str:
    old = scene.release
    scene.next_build()
    assert scene.run("publish").exit_code == 0
    shutil.rmtree(old.warehouse.parent)
    return old.id


def release_altered(scene: Scene) -> str:
    content = bytearray(scene.release.warehouse.read_bytes())
    content[len(content) // 2] ^= 1
    return rewritten(scene.release.warehouse, content)


def file_added_to_a_release(scene: Scene) -> str:
    shutil.copyfile(scene.release.warehouse, scene.release.warehouse.with_name("corrected.duckdb"))
    return "corrected.duckdb"


def behind_a_link(scene: Scene, path: Path) -> str:
    """Moved out of the home's walls, and linked back: every byte is as before."""
    path.rename(scene.folder / path.name)
    path.symlink_to(scene.folder / path.name)
    return path.name


def release_behind_a_link(scene: Scene) -> str:
    return behind_a_link(scene, scene.release.warehouse.parent)


# ---- audit, reports, what left


def audit_edited_and_sealed_anew(scene: Scene) -> str:
    """The seal has no key: whoever edits the verdict can make the seal that belongs to it."""
    file = scene.home.audit / "audit.json"
    said = json.loads(file.read_text()) | {"expectations": [{"expectation": "made up"}], "n_expectations": 1}
    said.pop("seal")
    return rewritten(file, json.dumps(said | {"seal": seal(said)}).encode())


def audit_is_a_folder(scene: Scene) -> str:
    return folder_in_place_of(scene.home.audit / "audit.json")


def page_beside_the_audit(scene: Scene) -> str:
    (scene.home.audit / "corrected.html").write_text("all is well")
    return "corrected.html"


def results_edited(scene: Scene) -> str:
    [file] = scene.home.reports.glob("*/r*/results.json")
    said = json.loads(file.read_text())
    said["cohort"]["n_second"] += 1
    return rewritten(file, json.dumps(said).encode())


def report_of_nobody(scene: Scene) -> str:
    [folder] = scene.home.reports.glob("*/r*")
    shutil.copytree(folder, folder.with_name("r0123456789ab"))
    return "r0123456789ab"


def report_without_results(scene: Scene) -> str:
    """Commands read results.json; its absence once let the rest of a report be anything."""
    [file] = scene.home.reports.glob("*/r*/results.json")
    file.unlink()
    return file.name


def report_behind_a_link(scene: Scene) -> str:
    [folder] = scene.home.reports.glob("*/r*")
    return behind_a_link(scene, folder)


def page_added_to_a_report(scene: Scene) -> str:
    [folder] = scene.home.reports.glob("*/r*")
    (folder / "summary.html").write_text("numbers of somebody else")
    (folder / "summary.html").chmod(0o600)
    return "summary.html"


def page_beside_a_report(scene: Scene) -> str:
    [folder] = scene.home.reports.glob("*/r*")
    (folder.parent / "summary.html").write_text("numbers of somebody else")
    (folder.parent / "summary.html").chmod(0o600)
    return "summary.html"


def latest_leads_elsewhere(scene: Scene) -> str:
    [folder] = scene.home.reports.glob("*/r*")
    link = folder.with_name("latest")
    link.unlink(missing_ok=True)
    link.symlink_to(shutil.copytree(folder, scene.folder / "edited"))
    return "latest"


def outward_of_nobody(scene: Scene) -> str:
    folder = scene.home.released / "0001-r0123456789ab"
    folder.mkdir(mode=0o700, parents=True)
    return folder.name


def released(scene: Scene) -> Path:
    """A public report that left."""
    assert scene.run("release").exit_code == 0
    return next(scene.home.released.glob("0*"))


def page_in_a_draft_of_what_left(scene: Scene) -> str:
    draft = scene.home.released / ".draft-0002-r0123456789ab"
    draft.mkdir(mode=0o700, parents=True)
    (draft / "report.html").write_text("counts that were never checked")
    (draft / "report.html").chmod(0o600)
    return draft.name


def page_hidden_among_the_reports(scene: Scene) -> str:
    [folder] = scene.home.reports.glob("*/r*")
    (folder.parent / ".summary.html").write_text("numbers of somebody else")
    (folder.parent / ".summary.html").chmod(0o600)
    return ".summary.html"


def folder_of_what_left_behind_a_link(scene: Scene) -> str:
    return behind_a_link(scene, released(scene) / "public")


def pipe_in_a_report(scene: Scene) -> str:
    [folder] = scene.home.reports.glob("*/r*")
    os.mkfifo(folder / "summary", 0o600)
    return "summary"


def published_file_is_a_pipe(scene: Scene) -> str:
    """Whoever opens it to hash it waits for ever."""
    file = scene.release.warehouse
    file.unlink()
    os.mkfifo(file, 0o440)
    return file.name


# ---- copies and certificates


def copied(scene: Scene) -> Path:
    """Where the home remembers a copy of its data that somebody asked for."""
    assert scene.run("export", "--parquet", scene.folder / "copy").exit_code == 0
    return scene.home.copies


def copies_gone(scene: Scene) -> str:
    file = copied(scene)
    file.unlink()
    return file.name


def copy_retold(scene: Scene) -> str:
    """The place of a copy, so that no certificate names the right one."""
    file = copied(scene)
    return rewritten(file, file.read_bytes().replace(b"/copy", b"/void"))


def certified(scene: Scene) -> Path:
    """The certificate of a delivery that was withdrawn; another is published."""
    scene.next_build()
    assert scene.run("publish").exit_code == 0
    make_report(scene.home)
    assert scene.run("forget", "export1.txt", "--yes").exit_code == 0
    [file] = scene.home.certificates.iterdir()
    return file


def certificate_altered(scene: Scene) -> str:
    file = certified(scene)
    return rewritten(file, file.read_bytes().replace(b'"by_user_id"', b'"by_usher_id"'))


def certificate_gone(scene: Scene) -> str:
    file = certified(scene)
    file.unlink()
    return file.name


def certificate_of_nobody(scene: Scene) -> str:
    scene.home.certificates.mkdir(mode=0o700)
    file = scene.home.certificates / "0001-0123456789abcdef.json"
    file.write_text(json.dumps({"what": "destruction of a delivery"}))
    file.chmod(0o400)
    return file.name


def file_added_to_what_left(scene: Scene) -> str:
    file = released(scene) / "public" / "more.csv"
    file.write_text("counts that were never checked")
    file.chmod(0o400)
    return file.name


# ---- raw tables and vault


def row_edited_and_a_marker_laid(scene: Scene) -> str:
    """As if a load had been killed: the bytes would have been sealed anew by the next one."""
    with duckdb.connect() as connection:
        connection.execute(f"attach '{scene.home.raw}' as landed")
        connection.execute("update landed.raw.seer_listing set surv_months = '0999' where source_line = 5")
    (scene.home.root / "raw.duckdb.open").touch(mode=0o600)
    return "raw.duckdb"


def raw_gone(scene: Scene) -> str:
    scene.home.raw.unlink()
    return "raw.duckdb"


def raw_unreadable(scene: Scene) -> str:
    return rewritten(scene.home.raw, scene.home.raw.read_bytes()[:5000])


def raw_is_a_folder(scene: Scene) -> str:
    return folder_in_place_of(scene.home.raw)


def raw_behind_a_link(scene: Scene) -> str:
    return behind_a_link(scene, scene.home.raw)


def folder_for_a_log(scene: Scene) -> str:
    (scene.home.root / "raw.duckdb.wal").mkdir(mode=0o700)
    return "raw.duckdb.wal"


def kept_file_gone(scene: Scene) -> str:
    """Neither data nor dictionary, but kept for the load all the same: the note, or a session text."""
    file = note_of(scene)
    file.unlink()
    return file.name


def delivery_planted(scene: Scene) -> str:
    """Its name is its own right hash, and it has a note; the ledger was never told of either."""
    content = b"Patient ID,Year of diagnosis\n1,1999\n"
    file = scene.home.vault / hashlib.sha256(content).hexdigest()
    file.write_bytes(content)
    file.chmod(0o400)
    return file.name


def order_edited_and_a_marker_laid(scene: Scene) -> str:
    """Another delivery counts; in doubt only rows were compared, and the order is in none."""
    assert scene.load().exit_code == 0
    with duckdb.connect() as connection:
        connection.execute(f"attach '{scene.home.raw}' as landed")
        connection.execute("update landed.raw.loads set load_sequence = 3 - load_sequence")
    (scene.home.root / "raw.duckdb.open").touch(mode=0o600)
    return "raw.duckdb"


def note_altered(scene: Scene) -> str:
    return rewritten(note_of(scene), b"altered")


def note_is_a_pipe(scene: Scene) -> str:
    """Whoever opens it to read waits for ever, with the home's lock in hand."""
    file = note_of(scene)
    file.unlink()
    os.mkfifo(file, 0o400)
    return file.name


def note_of(scene: Scene) -> Path:
    [file] = [file for file in scene.home.vault.iterdir() if b"metachron_delivery" in file.read_bytes()]
    return file


def delivered_file_is_a_folder(scene: Scene) -> str:
    file = max(scene.home.vault.iterdir(), key=lambda kept: kept.stat().st_size)
    return folder_in_place_of(file)


def folder_in_place_of(file: Path) -> str:
    file.unlink()
    file.mkdir(mode=0o700)
    return file.name


def delivered_file_altered(scene: Scene) -> str:
    file = max(scene.home.vault.iterdir(), key=lambda kept: kept.stat().st_size)
    return rewritten(file, file.read_bytes().replace(b"1999", b"1998", 1))


def folder_for_a_delivered_file(scene: Scene) -> str:
    file = max(scene.home.vault.iterdir(), key=lambda kept: kept.stat().st_size)
    file.unlink()
    file.mkdir(mode=0o700)
    return file.name


def delivered_file_behind_a_link(scene: Scene) -> str:
    return behind_a_link(scene, max(scene.home.vault.iterdir(), key=lambda kept: kept.stat().st_size))


# ---- the ledger


def ledger_gone(scene: Scene) -> str:
    scene.home.ledger.unlink()
    return "ledger.jsonl"


def ledger_empty(scene: Scene) -> str:
    return rewritten(scene.home.ledger, b"")


def ledger_cut(scene: Scene) -> str:
    """Down to before what the published manifest saw."""
    return rewritten(
        scene.home.ledger, b"".join(scene.home.ledger.read_bytes().splitlines(keepends=True)[:3])
    )


def ledger_line_edited(scene: Scene) -> str:
    content = scene.home.ledger.read_bytes()
    return rewritten(scene.home.ledger, content.replace(b'"rows_read":40', b'"rows_read":41'))


def ledger_newline_altered(scene: Scene) -> str:
    """The last byte: the event before it was whole, and is not the beginning of one."""
    return rewritten(scene.home.ledger, scene.home.ledger.read_bytes()[:-1] + b"\x0b")


def ledger_spelled_otherwise(scene: Scene) -> str:
    """A blank that means nothing, so that every seal still holds."""
    content = scene.home.ledger.read_bytes()
    return rewritten(scene.home.ledger, content.replace(b',"seal"', b', "seal"', 1))


def ledger_is_a_folder(scene: Scene) -> str:
    return folder_in_place_of(scene.home.ledger)


def ledger_behind_a_link(scene: Scene) -> str:
    return behind_a_link(scene, scene.home.ledger)


def ledger_of_other_bytes(scene: Scene) -> str:
    return rewritten(scene.home.ledger, b"\xff\n" + b"[" * 100_000 + b"\n")


def retold(kind: str, *place: str | int, to: object = None) -> Callable[[Scene], str]:
    """Change one fact of the last event of a kind, or leave it out, and make every seal fit again."""

    def make(scene: Scene) -> str:
        lines = [json.loads(line) for line in scene.home.ledger.read_bytes().splitlines()]
        [*_, event] = [line for line in lines if line["event"] == kind]
        *way, last = ("facts", *place)
        for key in way:
            event = event[key]
        event[last] = to
        if to is None:
            del event[last]
        written: list[bytes] = []
        seal_before = ledger.BEFORE_THE_FIRST
        for line in lines:
            told = (line["sequence"], line["at"], line["event"], line["facts"], seal_before)
            seal_before = ledger._seal(*told)
            written.append(ledger._line(ledger.Entry(*told, seal_before)) + b"\n")
        return rewritten(scene.home.ledger, b"".join(written))

    return make


DAMAGES = (
    Damage("F27", "the link is gone", link_gone, "INT-14", SENDS_OUT),
    Damage("F27", "the link is a file", link_is_a_file, "INT-14", SENDS_OUT),
    Damage("F27", "the link dangles", link_dangles, "INT-14", SENDS_OUT),
    Damage("F27", "the link leads outside", link_leads_outside, "INT-14", SENDS_OUT),
    Damage("F27", "the link leads to the release before", link_leads_to_the_release_before, "INT-14", SENDS_OUT),
    Damage("F32", "a release is planted", planted_release, "INT-15", ("publish",)),
    Damage("F32", "a manifest names another release", manifest_names_another_release, "PUB-08", SENDS_OUT),
    Damage("F28", "a release before is gone", release_gone, "INT-16"),
    Damage("F28", "the published file is altered", release_altered, "INT-06", ("release", "report")),
    Damage("F28", "a file is added to a release", file_added_to_a_release, "INT-06", SENDS_OUT),
    Damage("F29", "a log lies beside the published file", log_beside_the_published_file, "INT-06", SENDS_OUT),
    Damage("F32", "a manifest counts in words", manifest_before_with(lambda said: json.dumps(said | {"sequence": "first"}).encode()), "PUB-08", ("publish",)),
    Damage("F32", "a manifest is nested without end", manifest_before_with(lambda said: b"[" * 100_000), "PUB-08", ("publish",)),
    Damage("F28", "a release lies behind a link", release_behind_a_link, "INT-15", SENDS_OUT),
    Damage("F32", "an audit is edited and sealed anew", audit_edited_and_sealed_anew, "INT-17", ("status",)),
    Damage("F32", "a folder lies in the place of the audit", audit_is_a_folder, "INT-17", ("status",)),
    Damage("F32", "a page is laid beside the audit", page_beside_the_audit, "INT-17", ("status",)),
    Damage("F32", "results.json is edited", results_edited, "INT-18", ("release", "status")),
    Damage("F32", "a report is planted", report_of_nobody, "INT-18"),
    Damage("F32", "results.json is gone", report_without_results, "INT-18", ("release", "status")),
    Damage("F32", "a report lies behind a link", report_behind_a_link, "INT-18", ("release", "status")),
    Damage("F32", "a page is added to a report", page_added_to_a_report, "INT-18", ("release", "status")),
    Damage("F32", "a page is laid beside a report", page_beside_a_report, "INT-18"),
    Damage("F32", "the link to the newest report leads elsewhere", latest_leads_elsewhere, "INT-18"),
    Damage("F32", "a public report is planted", outward_of_nobody, "INT-11", ("release",)),
    Damage("F32", "a file is added to what left", file_added_to_what_left, "INT-11", ("release",)),
    Damage("F32", "a page lies in a draft of what left", page_in_a_draft_of_what_left, "INT-11", ("release",)),
    Damage("F32", "a page is hidden among the reports", page_hidden_among_the_reports, "INT-18"),
    Damage("F32", "a folder of what left lies behind a link", folder_of_what_left_behind_a_link, "INT-11", ("release",)),
    Damage("F32", "a pipe lies in a report", pipe_in_a_report, "INT-18", ("release", "status")),
    Damage("F28", "a pipe lies in the place of the published file", published_file_is_a_pipe, "INT-06", ("release", "report")),
    Damage("F32", "copies.jsonl is gone", copies_gone, "INT-22"),
    Damage("F32", "a line of copies.jsonl names another place", copy_retold, "INT-22"),
    Damage("F32", "a certificate is altered", certificate_altered, "INT-23"),
    Damage("F32", "a certificate is gone", certificate_gone, "INT-23"),
    Damage("F32", "a certificate is forged", certificate_of_nobody, "INT-23"),
    Damage("F30", "a file is planted in the vault under its own hash", delivery_planted, "INT-24"),
    Damage("F30", "the order of deliveries is edited and a marker laid", order_edited_and_a_marker_laid, "INT-05"),
    Damage("F30", "a row is edited and a marker laid", row_edited_and_a_marker_laid, "INT-08", ("load", "build", "export")),
    Damage("F30", "raw.duckdb is gone", raw_gone, "INT-05", ("load", "export")),
    Damage("F30", "raw.duckdb is cut", raw_unreadable, "INT-07", ("load", "build", "export")),
    Damage("F30", "a folder lies in the place of raw.duckdb", raw_is_a_folder, "INT-07", ("load", "build", "export")),
    Damage("F30", "raw.duckdb lies behind a link", raw_behind_a_link, "INT-07", ("load", "build", "export")),
    Damage("F30", "a folder lies where DuckDB keeps a log", folder_for_a_log, "INT-07", ("load", "build", "export")),
    Damage("F30", "a note is gone from the vault", kept_file_gone, "INT-03"),
    Damage("F30", "a note in the vault is altered", note_altered, "INT-04"),
    Damage("F30", "a pipe lies in the place of a note", note_is_a_pipe, "INT-04"),
    Damage("F30", "a folder lies in the place of a delivered file", delivered_file_is_a_folder, "INT-04"),
    Damage("F30", "a delivered file is altered", delivered_file_altered, "INT-04"),
    Damage("F30", "a folder lies in the place of a delivered file", folder_for_a_delivered_file, "INT-04"),
    Damage("F30", "a delivered file lies behind a link", delivered_file_behind_a_link, "INT-04"),
    Damage("F31", "the ledger is gone", ledger_gone, "INT-13", (*SENDS_OUT, "publish", "load")),
    Damage("F31", "the ledger is empty", ledger_empty, "INT-13", (*SENDS_OUT, "publish", "load")),
    Damage("F31", "the ledger is cut to its third line", ledger_cut, "INT-02", ("release", "report", "status", "publish")),
    Damage("F31", "the ledger's last newline is another byte", ledger_newline_altered, "INT-01", (*SENDS_OUT, "load")),
    Damage("F31", "a line of the ledger has a blank more", ledger_spelled_otherwise, "INT-01", (*SENDS_OUT, "load")),
    Damage("F31", "a folder lies in the place of the ledger", ledger_is_a_folder, "INT-01", (*SENDS_OUT, "load")),
    Damage("F31", "the ledger lies behind a link", ledger_behind_a_link, "INT-01", (*SENDS_OUT, "load")),
    Damage("F31", "the ledger holds bytes that are no lines", ledger_of_other_bytes, "INT-01", (*SENDS_OUT, "load")),
    Damage("F31", "an event tells of no release, every seal right", retold("publish", "release_id"), "INT-01", (*SENDS_OUT, "load")),
    Damage("F31", "an event has a number for its loads, every seal right", retold("load_finished", "loads", to=40), "INT-01", (*SENDS_OUT, "load")),
    Damage("F31", "a load counts its rows in words, every seal right", retold("load_finished", "loads", 0, "rows_read", to="forty"), "INT-01", (*SENDS_OUT, "load")),
    Damage("F31", "a report's place leads out of the home, every seal right", retold("report", "report", to="../../r0123456789ab"), "INT-01", (*SENDS_OUT, "load")),
    Damage("F31", "a hash of an audit is a list, every seal right", retold("audit", "build_sha256", to=[]), "INT-01", (*SENDS_OUT, "load")),
    Damage("F31", "a line of the ledger is edited by one", ledger_line_edited, "INT-01", (*SENDS_OUT, "load")),
)  # fmt: skip

FAULTS = tuple(
    Fault(damage.number, damage.what, damage.told_by_verify, 7, damage.code, "damaged") for damage in DAMAGES
)
