"""Only an audited build becomes what analysts read, whole, and the last good one stays otherwise."""

from __future__ import annotations

import json
import shutil
import stat
from pathlib import Path

import pytest

from flows.errors import AuditRefused, IntegrityDamaged, UsageError
from flows.home import Home
from flows.integrity import ledger
from flows.publishing import publish
from flows.publishing.evidence import check_releases
from tests.publishing.made_home import make_build, make_home, version_of, write_audit


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return make_home(tmp_path / "home")


def publish_version(home: Home, version: int) -> publish.Release:
    make_build(home, version)
    write_audit(home)
    return publish.publish(home)


def edit(file: Path, **changes: object) -> None:
    file.write_text(json.dumps({**json.loads(file.read_text()), **changes}))


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_release_holds_the_audited_bytes_and_says_what_they_are(home):
    release = publish.publish(home)
    folder = home.releases / release.id
    assert sorted(file.name for file in folder.iterdir()) == [
        "audit.json",
        "manifest.json",
        "warehouse.duckdb",
    ]
    assert release.warehouse.read_bytes() == home.build.read_bytes()
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["warehouse_sha256"] == manifest["build_sha256"] == release.build_sha256
    assert manifest["study"] == {"name": "mm_sall", "title": "A title"}
    assert manifest["inputs"][0]["rows_read"] == 50
    assert release.is_synthetic


def test_analysts_open_the_link_and_cannot_write_through_it(home):
    release = publish.publish(home)
    assert home.warehouse.readlink() == Path("releases") / release.id / "warehouse.duckdb"
    assert version_of(home.warehouse) == {1}
    assert mode(home.releases / release.id) == 0o700
    assert {mode(file) for file in (home.releases / release.id).iterdir()} == {0o440}


def test_publishing_the_same_again_changes_nothing(home):
    first = publish.publish(home)
    before = sorted((file, file.stat().st_mtime_ns) for file in home.releases.rglob("*"))
    again = publish.publish(home)
    assert first.is_new and not again.is_new
    assert again.id == first.id
    assert sorted((file, file.stat().st_mtime_ns) for file in home.releases.rglob("*")) == before
    assert [entry.event for entry in ledger.read(home)][-2:] == ["publish_started", "publish"]


def test_the_same_rows_built_again_are_the_same_release(home):
    first = publish.publish(home)
    bytes_before = home.build.read_bytes()
    make_build(home, 1)
    write_audit(home)
    assert home.build.read_bytes() != bytes_before, "DuckDB never writes the same bytes twice"
    assert publish.publish(home).id == first.id


def test_a_release_whose_digests_an_earlier_version_made_is_still_the_same(home, monkeypatch):
    as_now = publish.content_of
    with monkeypatch.context() as earlier:
        made = "an MD5, as the first release wrote it"
        earlier.setattr(
            publish,
            "content_of",
            lambda *given: (said := as_now(*given)) | {"tables": dict.fromkeys(said["tables"], made)},
        )
        first = publish.publish(home)
    make_build(home, 1)
    write_audit(home)
    again = publish.publish(home)
    assert again.id == first.id and not again.is_new


def test_a_release_that_was_removed_and_made_again_is_the_one_the_ledger_knows(home):
    """As a rebuild does; its manifest tells another hour, or here another head of the ledger."""
    first = publish.publish(home)
    shutil.rmtree(first.warehouse.parent)
    with pytest.raises(IntegrityDamaged, match="INT-14"):
        publish.publish(home)
    home.warehouse.unlink()
    ledger.append(home, "set_aside", releases=[first.id], outward=[], records=[])
    again = publish.publish(home)
    assert again.id == first.id and again.manifest_sha256 != first.manifest_sha256
    told = [entry.facts["manifest_sha256"] for entry in ledger.read(home) if entry.event == "publish"]
    assert told == [first.manifest_sha256, again.manifest_sha256]
    check_releases(home, ledger.read(home), [])


def test_another_delivery_is_another_release_and_the_link_follows(home):
    first = publish.publish(home)
    second = publish_version(home, 2)
    assert second.id != first.id and second.sequence == first.sequence + 1
    assert publish.current_release(home).id == second.id
    assert version_of(home.warehouse) == {2}
    assert version_of(first.warehouse) == {1}, "the release before stays as it was"


def test_another_study_over_the_same_delivery_is_another_release(home):
    first = publish.publish(home)
    make_build(home, 1, study="another")
    write_audit(home)
    second = publish.publish(home)
    assert (first.study, second.study) == ("mm_sall", "another")
    assert first.id != second.id


def test_the_last_three_releases_are_kept(home):
    ids = [publish_version(home, version).id for version in range(1, 6)]
    assert [release.id for release in publish.releases(home)] == ids[-3:]


def test_the_published_release_is_kept_however_old(home, monkeypatch):
    monkeypatch.setattr(publish, "KEPT", 1)
    monkeypatch.setattr(publish, "prune", lambda *a, **k: None)
    first, _second = publish_version(home, 1), publish_version(home, 2)
    monkeypatch.undo()
    monkeypatch.setattr(publish, "KEPT", 1)
    assert publish_version(home, 1).id == first.id, "an older release is published again as it is"
    assert len(publish.releases(home)) == 2
    assert publish.current_release(home).id == first.id


def test_nothing_is_published_without_a_build_or_an_audit(tmp_path):
    home = Home(tmp_path / "home").prepare()
    with pytest.raises(UsageError, match="no build"):
        publish.publish(home)
    make_build(home, 1)
    with pytest.raises(AuditRefused, match="has not been audited"):
        publish.publish(home)
    assert publish.current_release(home) is None and publish.releases(home) == []


def refusals() -> dict[str, object]:
    """What someone or something may do to a second build before it is published."""

    def audit_failed(home: Home) -> None:
        write_audit(home, "fail")

    def verdict_edited(home: Home) -> None:
        write_audit(home, "fail")
        edit(home.audit / "audit.json", verdict="pass")

    def expectations_removed(home: Home) -> None:
        edit(home.audit / "audit.json", expectations=[])

    def nothing_asked(home: Home) -> None:
        write_audit(home, n_expectations=0)

    def audit_of_another_build(home: Home) -> None:
        make_build(home, 3)

    def not_json(home: Home) -> None:
        (home.audit / "audit.json").write_text("{")

    def log_beside_the_build(home: Home) -> None:
        home.build.with_name("build.duckdb.wal").write_bytes(b"rows not in the file yet")

    def ledger_says_otherwise(home: Home) -> None:
        said = json.loads((home.audit / "audit.json").read_text())
        ledger.append(home, "audit", verdict="fail", build_sha256=said["build_sha256"])

    return {name: did for name, did in locals().items() if callable(did)}


@pytest.mark.parametrize("did", refusals().values(), ids=refusals().keys())
def test_what_the_audit_does_not_allow_is_refused_and_the_last_good_release_stays(home, did):
    good = publish.publish(home)
    before = home.warehouse.read_bytes()
    make_build(home, 2)
    write_audit(home)
    did(home)
    with pytest.raises(AuditRefused) as refused:
        publish.publish(home)
    assert refused.value.exit_code == 4
    assert publish.current_release(home).id == good.id
    assert home.warehouse.read_bytes() == before
    assert [folder.name for folder in home.releases.iterdir()] == [good.id], "not even a draft was begun"


def test_the_same_inputs_with_other_rows_are_refused(home):
    publish.publish(home)
    make_build(home, 1, rows=51)
    write_audit(home)
    with pytest.raises(AuditRefused, match=r"marts\.index_patients"):
        publish.publish(home)


def test_a_build_that_changes_while_it_is_copied_is_refused(home, monkeypatch):
    copy = publish.copy_new

    def copy_another(source: Path, file: Path, *, mode: int) -> str:
        make_build(home, 9)
        return copy(source, file, mode=mode)

    monkeypatch.setattr(publish, "copy_new", copy_another)
    with pytest.raises(AuditRefused, match="changed while"):
        publish.publish(home)
    assert publish.current_release(home) is None


def test_a_damaged_release_is_not_published_again(home):
    release = publish.publish(home)
    publish_version(home, 2)
    release.warehouse.chmod(0o600)
    content = bytearray(release.warehouse.read_bytes())
    content[-1] ^= 1
    release.warehouse.write_bytes(content)
    with pytest.raises(IntegrityDamaged):
        publish_version(home, 1)


def test_modes_do_not_depend_on_the_callers_umask(home):
    import os

    before = os.umask(0)
    try:
        release = publish.publish(home)
    finally:
        os.umask(before)
    assert mode(release.warehouse) == 0o440
    assert mode(release.warehouse.parent) == 0o700


def test_no_message_or_manifest_carries_a_patients_value(home):
    from tests.publishing.made_home import CANARY

    release = publish.publish(home)
    told = (release.warehouse.parent / "manifest.json").read_text() + release.line() + str(release.facts())
    told += home.ledger.read_text()
    assert CANARY not in told
