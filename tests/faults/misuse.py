"""D and E. Audits that must not be believed, attack strings and misuse: F78 to F100."""
# ruff: noqa: E501 -- a table reads best with a fault a line

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import duckdb

from flows.integrity import ledger
from flows.landing.forms.seer_listing import listing
from flows.process import boundary, selfcheck
from flows.serving import query
from tests.faults.processes import LOAD
from tests.faults.scene import CANARY, PATIENTS, Ended, Fault, Scene, delivery, make_build
from tests.landing.deliveries import HEADERS, Listing, ask, many_rows
from tests.publishing.made_home import write_audit
from tests.publishing.test_publish import edit

PUBLISH = ("publish",)


def publish_after(spoil: Callable[[Scene], None]) -> Callable[[Scene], Ended]:
    """A second build, audited; then something happens to it or to its audit."""

    def inject(scene: Scene) -> Ended:
        scene.next_build()
        spoil(scene)
        ended = scene.run("publish")
        make_build(scene.home)
        write_audit(scene.home)
        return ended

    return inject


def audit_failed(scene: Scene) -> None:
    write_audit(scene.home, "fail")


def verdict_edited(scene: Scene) -> None:
    write_audit(scene.home, "fail")
    edit(scene.home.audit / "audit.json", verdict="pass")


def ledger_remembers(scene: Scene) -> None:
    import json

    said = json.loads((scene.home.audit / "audit.json").read_text())
    ledger.append(scene.home, "audit", verdict="fail", build_sha256=said["build_sha256"])


def nothing_asked(scene: Scene) -> None:
    write_audit(scene.home, n_expectations=0)


def built_again(scene: Scene) -> None:
    make_build(scene.home, extra=1)


def log_beside_the_build(scene: Scene) -> None:
    scene.home.build.with_name("build.duckdb.wal").write_bytes(b"rows that are not in the file yet")


def no_audit(scene: Scene) -> None:
    (scene.home.audit / "audit.json").unlink()


def without_log(inject: Callable[[Scene], Ended]) -> Callable[[Scene], Ended]:
    def and_clean(scene: Scene) -> Ended:
        ended = inject(scene)
        scene.home.build.with_name("build.duckdb.wal").unlink(missing_ok=True)
        return ended

    return and_clean


def audit_crashes(scene: Scene) -> Ended:
    """A tool breaks on a value, and its message quotes the row."""
    scene.next_build()

    def crash(*given: object, **named: object) -> None:
        raise RuntimeError(f"could not compare {CANARY} of patient {PATIENTS[0]}")

    scene.patch.setattr("expectations.audit.audit", crash)
    ended = scene.run("audit")
    assert "This is a bug" in ended.said
    return ended


def reader_crashes(scene: Scene) -> Ended:
    def crash(*given: object, **named: object) -> None:
        raise duckdb.ConversionException(f"Could not convert string '{CANARY}' to INT32")

    scene.patch.setattr(listing, "check", crash)
    return scene.load()


def reader_has_a_bug(scene: Scene) -> Ended:
    def crash(*given: object, **named: object) -> None:
        raise KeyError(PATIENTS[3])

    scene.patch.setattr(listing, "check", crash)
    return scene.load()


def header_is_a_statement(scene: Scene) -> Ended:
    name = '"); drop table raw.loads; --'
    rows = [(*row, "1") for row in many_rows(5)]
    ended = scene.load(Listing(headers=[*HEADERS, name], rows=rows))
    assert ask(scene.home, "select count(*) from raw.loads") == [(2,)]
    return ended


def value_is_a_statement(scene: Scene) -> Ended:
    rows = [(*row, "'); drop table raw.loads; --") for row in many_rows(5)]
    ended = scene.load(Listing(headers=[*HEADERS, "Remark"], rows=rows))
    assert ask(
        scene.home, "select count(*) from raw.seer_listing where delivered_remark like '%drop table%'"
    ) == [(5,)]
    return ended


def study(text: str) -> Callable[[Scene], Ended]:
    def inject(scene: Scene) -> Ended:
        file = scene.folder / "study.yml"
        file.write_text(text, encoding="utf-8")
        ended = scene.run("build", "--study", file)
        assert not Path("/tmp/metachron_was_here").exists()
        return ended

    return inject


def study_outside(scene: Scene) -> Ended:
    return scene.run("build", "--study", "../../../../../../etc/passwd")


def load_a_secret_of_the_system(scene: Scene) -> Ended:
    (scene.inbox / "export.txt").symlink_to("/etc/passwd")
    ended = scene.run("load", scene.inbox)
    (scene.inbox / "export.txt").unlink()
    return ended


def large_temporary_table(scene: Scene) -> Ended:
    scene.patch.setitem(query.SETTINGS, "memory_limit", "60MB")
    return scene.run("sql", "create temp table mine as select hash(i) from range(50000000) as numbers (i)")


def lower_threshold(scene: Scene) -> Ended:
    return scene.run("release", "--profile", "seer11:3")


def real_data_called_synthetic(scene: Scene) -> Ended:
    """results.json says that all is made up; the hashes of the deliveries say otherwise."""
    return scene.run("release", "--profile", "ohdsi5")


def another_version_is_installed(scene: Scene) -> Ended:
    scene.patch.setattr(selfcheck, "version", lambda name: "0.0.1" if name == "dbt-duckdb" else "0")
    try:
        selfcheck.require_tools()
    except Exception as failure:
        said = boundary.translate_failure(failure)
        assert "dbt-duckdb is 0.0.1" in str(said)
        return Ended(said.exit_code, str(said))
    return Ended(0)


def forgotten_half_way(scene: Scene) -> Ended:
    """The disk fails in the middle of forgetting; the next command completes it."""
    delivery(2).write(scene.folder / "more")
    assert scene.run("load", scene.folder / "more").exit_code == 0

    def failing(*given: object) -> None:
        raise OSError(5, "Input/output error")

    scene.patch.setattr("flows.maintenance.forget.rewrite_without", failing)
    return scene.run("forget", "export2.txt", "--yes")


BOMB = "a: &a [x,x,x]\nb: &b [*a,*a,*a]\nstudy: {c: [*b,*b,*b]}\n"
PICKLE = "study: !!python/object/apply:os.system ['touch /tmp/metachron_was_here']\n"

FAULTS = (
    Fault("F81", "the audit failed", publish_after(audit_failed), 4, "PUB-04", again=PUBLISH),
    Fault("F81", "the audit crashes on a value", audit_crashes, 1),
    Fault("F82", "the audit asked nothing", publish_after(nothing_asked), 4, "PUB-04", again=PUBLISH),
    Fault("F82", "there was no audit", publish_after(no_audit), 4, "PUB-02", again=PUBLISH),
    Fault("F82", "a verdict was edited", publish_after(verdict_edited), 4, "PUB-03", again=PUBLISH),
    Fault("F82", "the ledger remembers another verdict", publish_after(ledger_remembers), 4, "PUB-03", again=PUBLISH),
    Fault("F83", "somebody ran dbt after the audit", publish_after(built_again), 4, "PUB-05", again=PUBLISH),
    Fault("F83", "somebody is writing into the build", without_log(publish_after(log_beside_the_build)), 4, "PUB-06", again=PUBLISH),
    Fault("F84", "a header is a statement", header_is_a_statement, 0),
    Fault("F84", "a value is a statement", value_is_a_statement, 0),
    Fault("F87", "a study lies outside", study_outside, 3, "STU-03"),
    Fault("F87", "a delivery is a link to the system's files", load_a_secret_of_the_system, 3, "IN-10"),
    Fault("F88", "a study makes an object", study(PICKLE), 3, "STU-02"),
    Fault("F88", "a study unfolds", study(BOMB), 3, "STU-02"),
    Fault("F88", "a study says a thing twice", study("study: {name: a, name: b}\n"), 3, "STU-02"),
    Fault("F91", "an analyst fills the memory", large_temporary_table, 6, "SQL-05"),
    Fault("F93", "somebody asks for a lower threshold", lower_threshold, 8, "POL-01"),
    Fault("F93", "somebody calls real data synthetic", real_data_called_synthetic, 8, "POL-01"),
    Fault("F96", "another version of a tool is installed", another_version_is_installed, 2, "ENV-01"),
    Fault("F100", "DuckDB's message quotes a value", reader_crashes, 3, "IN-30", again=LOAD),
    Fault("F100", "a bug's message quotes a patient", reader_has_a_bug, 1, again=LOAD),
    Fault("F100", "the disk fails while a delivery is forgotten", forgotten_half_way, 6, "RES-11", again=("forget", "anything", "--yes")),
)  # fmt: skip
