"""`metachron disclose` on a home: what is handed out, what is kept, what is refused."""

import hashlib
import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from analytics.results.cohort import Cohort
from analytics.results.document import Results
from analytics.results.json_file import plain, to_json
from analytics.results.run import RowsBehind
from analytics.results.sensitivity import Sensitivity
from flows.disclosure.public_report import disclose
from flows.errors import IntegrityDamaged, PolicyRefused, UsageError
from flows.home import Home
from flows.integrity import ledger
from flows.integrity.durable import sha256_of
from flows.publishing.evidence import recording_report
from flows.publishing.publish import record
from flows.publishing.releases import current_release, read_release
from tests.disclosure.made_up import ERA_1, ERA_2, NO_HOSPITAL, SHA, era, of_delivery, results, table1
from tests.disclosure.made_up_people import warehouse

EMPTY = hashlib.sha256(b"").hexdigest()
RELEASE = "r0123456789ab"
SIGNED = "name: A. Steward\nreason: agreed in writing\nexpires: 2999-12-31\nprofile: seer11:5\n"


def published(
    root: Path, said: Results | None = None, *, synthetic: bool = False, release_id: str = RELEASE
) -> Home:
    """A home with one published release, by its manifest, and the report of it."""
    home = Home.at(root).prepare()
    said = said or results()
    said = replace(said, run=replace(said.run, warehouse_release=release_id))
    folder = home.releases / release_id
    ledger.begin(home)
    folder.mkdir(exist_ok=True)
    warehouse(said, folder / "warehouse.duckdb")
    counts = {"rows_read": 1, "rows_landed": 1, "rows_rejected": 0}
    inputs = [
        {"file_name": "listing.txt", "sha256": sha256, "is_synthetic": synthetic, **counts}
        for sha256 in said.run.input_hashes
    ]
    manifest = {
        "release_id": release_id, "sequence": 1, "study": {"name": "mm_sall"},
        "warehouse_sha256": sha256_of(folder / "warehouse.duckdb"), "build_sha256": "0" * 64,
        "audit_sha256": EMPTY, "audit_verdict": "pass", "code_version": "0",
        "created_at": "2026-01-01T00:00:00+00:00", "inputs": inputs, "tables": {}, "ledger_head": "0" * 64,
    }  # fmt: skip
    (folder / "audit.json").write_bytes(b"")
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    home.warehouse.unlink(missing_ok=True)
    home.warehouse.symlink_to(Path("releases") / release_id / "warehouse.duckdb")
    record(home, read_release(folder))
    write_results(home, said)
    return home


def write_results(home: Home, said: Results) -> Path:
    """The report of what is published, as far as it is read here."""
    return write_text(home, to_json(plain(said)))


def write_text(home: Home, text: str) -> Path:
    release = current_release(home)
    folder = home.reports / release.study / release.id
    with recording_report(home, folder, release):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "results.json").write_text(text, encoding="utf-8")
    return folder / "results.json"


def small(**changes):
    """Fewer tables, so that a release takes no time."""
    few = dict.fromkeys(("attrition", "definitions", "sir", "competing", "survival", "cox"), ())
    said = results(**(few | {"institution": NO_HOSPITAL} | changes))
    return replace(said, table1=tuple(row for row in said.table1 if row.variable in ("sex", "era")))


def one_case_more():
    said = small(
        cohort=Cohort(64_630, 19, 64_611),
        eras=(era(ERA_1, 31_989, 8, 99_620.7), era(ERA_2, 32_641, 11, 90_092.2)),
        incidence_overall=era("all", 64_630, 19, 189_712.9),
        table1=table1({"sex": {"Male": (35_067, 11), "Female": (29_544, 8)}}),
    )
    return of_delivery(said, "6" * 64)


def events(home: Home) -> list[dict]:
    return [entry.facts for entry in ledger.read(home) if entry.event == "release"]


def test_a_release_is_kept_told_to_the_ledger_and_copied_out(tmp_path):
    home = published(tmp_path / "home", small())
    done = disclose(home, out=tmp_path / "out")
    assert done.is_new and done.narrowest >= 11
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        ".metachron-folder",
        "report.html",
        "results_public.json",
        "tables",
    }
    assert {path.name for path in (home.root / "released" / done.name).iterdir()} == {
        "public", "decision.json", "told.json",
    }  # fmt: skip
    (event,) = events(home)
    assert event["profile"] == "seer11" and event["narrowest"] == done.narrowest
    decision = json.loads((home.root / "released" / done.name / "decision.json").read_text())
    assert decision["document_sha256"] == event["document_sha256"]
    assert "second|sex=Male" in decision["hidden_primary"]


def test_nothing_but_the_owner_reads_what_is_kept(tmp_path):
    home = published(tmp_path / "home", small())
    disclose(home)
    for path in (home.root / "released").rglob("*"):
        assert path.stat().st_mode & 0o077 == 0, path


def test_the_same_release_again_changes_nothing(tmp_path):
    home = published(tmp_path / "home", small())
    first, again = disclose(home), disclose(home, out=tmp_path / "out")
    assert (again.name, again.is_new, len(events(home))) == (first.name, False, 1)
    assert (tmp_path / "out" / "report.html").read_bytes() == (first.folder / "report.html").read_bytes()


def test_a_sensitivity_table_made_later_makes_no_other_release(tmp_path):
    """Nor do the lines that only say where each number comes from."""
    said = small()
    home = published(tmp_path / "home", said)
    first = disclose(home)
    later = Sensitivity("mm_sall", RELEASE, "0", "MM", "ALL", (), ())
    behind = (RowsBehind("cohort", "everybody", "x", "select 1", 1),)
    write_results(home, replace(said, sensitivity=later, provenance=behind))
    again = disclose(home)
    assert (again.name, again.is_new) == (first.name, False)
    write_results(home, replace(said, cohort=replace(said.cohort, n_index=70_000)))
    with pytest.raises(IntegrityDamaged):
        disclose(home)


def test_one_case_more_is_refused_naming_the_table_and_nothing_leaves(tmp_path):
    home = published(tmp_path / "home", small())
    disclose(home)
    published(tmp_path / "home", one_case_more(), release_id="r0123456789cd")
    with pytest.raises(PolicyRefused) as refusal:
        disclose(home, out=tmp_path / "out")
    assert refusal.value.exit_code == 8 and refusal.value.code == "POL-02"
    assert "the table" in str(refusal.value).lower() and "19" not in str(refusal.value)
    assert len(events(home)) == 1 and not (tmp_path / "out").exists()


def test_a_removed_or_altered_record_stops_further_releases(tmp_path):
    """Whoever removes the first record could let the difference through."""
    home = published(tmp_path / "home", small())
    told = disclose(home).folder.parent / "told.json"
    published(tmp_path / "home", one_case_more(), release_id="r0123456789cd")
    told.chmod(0o600)
    told.write_text(told.read_text().replace("18", "19"), encoding="utf-8")
    with pytest.raises(IntegrityDamaged):
        disclose(home)
    shutil.rmtree(told.parent)
    with pytest.raises(IntegrityDamaged):
        disclose(home)


def test_a_release_that_was_killed_before_the_ledger_knew_is_forgotten(tmp_path):
    home = published(tmp_path / "home", small())
    left = home.root / "released" / ".draft-0001-r0123456789ab"
    (left / "public").mkdir(parents=True)
    with pytest.raises(IntegrityDamaged):
        disclose(home)
    ledger.append(home, "release_started", name="0001-r0123456789ab")
    disclose(home)
    assert not left.exists()


@pytest.mark.parametrize("profile", ["seer11:3", "opensafely", "ohdsi5", "nonesuch"])
def test_real_data_go_through_no_laxer_profile(tmp_path, profile):
    home = published(tmp_path / "home", small())
    with pytest.raises(PolicyRefused) as refusal:
        disclose(home, profile=profile)
    assert refusal.value.code == "POL-01" and events(home) == []


def test_a_flag_in_the_report_makes_no_data_synthetic(tmp_path):
    """results.json calls everything synthetic; the manifest does not, and is believed."""
    said = small()
    assert said.data.is_synthetic and all(given["is_synthetic"] for given in said.run.inputs)
    home = published(tmp_path / "home", said, synthetic=False)
    with pytest.raises(PolicyRefused):
        disclose(home, profile="ohdsi5")
    assert not disclose(home).is_synthetic


def test_synthetic_deliveries_may_try_other_profiles_and_say_so(tmp_path):
    home = published(tmp_path / "home", small(), synthetic=True)
    done = disclose(home, profile="ohdsi5")
    assert done.is_synthetic
    assert "SYNTHETIC" in (done.folder / "report.html").read_text(encoding="utf-8")


def test_a_signed_exception_is_obeyed_and_remembered(tmp_path):
    home = published(tmp_path / "home", small())
    file = tmp_path / "exception.yml"
    file.write_text(SIGNED, encoding="utf-8")
    disclose(home, profile="seer11:5", signed_exception=file)
    (event,) = events(home)
    assert event["exception"]["name"] == "A. Steward"
    assert event["exception"]["expires"] == "2999-12-31"
    assert len(event["exception"]["sha256"]) == 64


def test_a_threshold_that_no_stars_can_keep_is_refused_and_a_lower_one_is_not(tmp_path):
    home = published(tmp_path / "home", small())
    with pytest.raises(PolicyRefused, match="POL-03") as refusal:
        disclose(home, profile="seer11:9999999")
    assert "`metachron disclose` hides counts below 11" in refusal.value.remedy and events(home) == []
    assert disclose(home).is_new


def test_an_exception_that_was_not_needed_is_not_recorded_as_used(tmp_path):
    home = published(tmp_path / "home", small())
    file = tmp_path / "exception.yml"
    file.write_text(SIGNED, encoding="utf-8")
    disclose(home, signed_exception=file)
    assert events(home)[0]["exception"] is None


def test_without_a_published_release_or_its_report_there_is_nothing_to_release(tmp_path):
    with pytest.raises(UsageError, match="REL-01"):
        disclose(Home.at(tmp_path / "empty").prepare())
    home = published(tmp_path / "home", small())
    shutil.rmtree(next(home.reports.rglob("results.json")).parent)
    with pytest.raises(UsageError, match="REL-02"):
        disclose(home)


def test_a_report_of_other_deliveries_is_not_released(tmp_path):
    home = published(tmp_path / "home", small())
    file = next(home.reports.rglob("results.json"))
    write_text(home, file.read_text().replace(SHA, "7" * 64))
    with pytest.raises(IntegrityDamaged, match="REL-03"):
        disclose(home)


def test_a_report_that_another_version_wrote_is_not_released_nor_quoted(tmp_path):
    home = published(tmp_path / "home", small())
    file = next(home.reports.rglob("results.json"))
    write_text(home, file.read_text().replace('"n_index": 64629', '"n_index": "HOSP-77"'))
    with pytest.raises(UsageError, match="REL-02") as refusal:
        disclose(home)
    assert "HOSP-77" not in str(refusal.value) and "metachron report" in refusal.value.remedy
    assert events(home) == []


def test_a_report_that_contradicts_itself_is_not_released(tmp_path):
    said = small()
    first, second = said.eras
    said = replace(said, eras=(replace(first, n_second=9), second))
    home = published(tmp_path / "home", said)
    with pytest.raises(IntegrityDamaged, match="POL-04"):
        disclose(home)


def test_a_report_of_people_whom_the_warehouse_does_not_hold_is_not_released(tmp_path):
    home = published(tmp_path / "home", one_case_more())
    write_results(home, of_delivery(small(), "6" * 64))
    with pytest.raises(IntegrityDamaged, match="POL-05"):
        disclose(home)
    home.warehouse.resolve().write_bytes(b"")
    with pytest.raises(IntegrityDamaged, match="INT-06"):
        disclose(home)
    assert events(home) == []


def test_what_is_kept_of_people_names_nobody_and_can_be_compared(tmp_path):
    home = published(tmp_path / "home", small())
    told = disclose(home).folder.parent / "told.json"
    assert b"without-7" not in told.read_bytes() and b"second-7" not in told.read_bytes()
    first = json.loads(told.read_text())["people"]
    grown = of_delivery(large(), "6" * 64)
    published(tmp_path / "home", grown, release_id="r0123456789cd")
    later = json.loads((disclose(home).folder.parent / "told.json").read_text())["people"]
    assert first["key"] == later["key"] and first["pseudonyms"] != later["pseudonyms"]


def large():
    """Some seventy more with a second primary, and six thousand without."""
    return small(
        cohort=Cohort(70_700, 90, 70_610),
        eras=(era(ERA_1, 34_000, 40, 99_620.7), era(ERA_2, 36_700, 50, 90_092.2)),
        incidence_overall=era("all", 70_700, 90, 189_712.9),
        table1=table1({"sex": {"Male": (38_067, 50), "Female": (32_543, 40)}}),
        table1_numeric=(),
    )


def test_a_signed_exception_releases_despite_an_earlier_release(tmp_path):
    home = published(tmp_path / "home", small())
    first = disclose(home)
    published(tmp_path / "home", one_case_more(), release_id="r0123456789cd")
    file = tmp_path / "exception.yml"
    signed = SIGNED.replace("seer11:5", "seer11")
    file.write_text(f"{signed}despite: 0007-r0123456789ab\n", encoding="utf-8")
    with pytest.raises(PolicyRefused, match="POL-01"):
        disclose(home, signed_exception=file)
    with pytest.raises(PolicyRefused, match=f"despite: {first.name}"):
        disclose(home)
    file.write_text(f"{signed}despite: {first.name}\n", encoding="utf-8")
    assert disclose(home, signed_exception=file).is_new
    assert events(home)[1]["exception"]["despite"] == first.name
