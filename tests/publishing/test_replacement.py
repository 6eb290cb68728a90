"""A smaller or narrower delivery waits for a person; an earlier one is taken up without loading it again."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from flows.cli.main import main
from flows.errors import AuditRefused, UsageError
from flows.home import Home
from flows.integrity import ledger
from flows.landing import delivery_order, land
from flows.maintenance.forget_target import loads_named, loads_of
from flows.publishing import publish
from flows.publishing.replacement import Extent, shortcomings
from tests.landing.deliveries import many_rows
from tests.landing.injections import GOOD
from tests.publishing.made_home import make_build, write_audit

TUMORS = {"first_year": 1975, "last_year": 2018, "registries": {"1501", "1502"}, "seconds": 100}


def extent(rows: int = 1000, **tumors) -> Extent:
    return Extent(("a" * 64,), ("a" * 16,), rows, "export.txt", TUMORS | tumors)


@pytest.mark.parametrize(
    ("new", "told"),
    [
        (extent(rows=900), []),
        (extent(rows=899), ["899 rows instead of 1,000"]),
        (extent(registries={"1501"}), ["no tumour of registry 1502"]),
        (extent(registries={"1501", "1502", "1520"}), []),
        (extent(first_year=1976), ["years 1976-2018 instead of 1975-2018"]),
        (extent(last_year=2017), ["years 1975-2017 instead of 1975-2018"]),
        (extent(last_year=2020), []),
        (extent(first_year=None, last_year=None), ["years None-None instead of 1975-2018"]),
        (extent(seconds=80), []),
        (extent(seconds=79), ["79 people with a second primary instead of 100"]),
    ],
)
def test_what_is_less_is_told_beyond_its_limit_and_not_within(new, told):
    assert list(shortcomings(extent(), new)) == told


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """Two deliveries of one registry; the second, of half the rows, is the newer."""
    home = Home(tmp_path / "home")
    for name, n_rows in (("first", 40), ("second", 20)):
        inbox = tmp_path / name
        inbox.mkdir()
        GOOD.but(name=name, rows=many_rows(n_rows)).write(inbox)
        land.load([inbox], home)
    return home


def order(home: Home) -> list[str]:
    return [load["file_name"] for load in loads_of(home)]


def test_an_earlier_delivery_counts_again_and_nothing_is_lost(home, capsys):
    assert order(home) == ["first.txt", "second.txt"]
    before = {load["load_id"]: load["rows_landed"] for load in loads_of(home)}
    main(["--home", str(home.root), "use", "first.txt"])
    assert "first.txt counts again" in capsys.readouterr().out
    assert order(home) == ["second.txt", "first.txt"]
    assert {load["load_id"]: load["rows_landed"] for load in loads_of(home)} == before
    main(["--home", str(home.root), "use", "second.txt"])
    assert order(home) == ["first.txt", "second.txt"]
    main(["--home", str(home.root), "verify"])
    assert [entry.event for entry in ledger.read(home)].count("use") == 2


def test_a_delivery_loaded_after_a_choice_is_the_newest(home, tmp_path):
    delivery_order.use(home, loads_named(loads_of(home), "first.txt"))
    inbox = tmp_path / "third"
    inbox.mkdir()
    GOOD.but(name="third", rows=many_rows(30)).write(inbox)
    (told,) = land.load([inbox], home)
    assert order(home)[-2:] == ["first.txt", "third.txt"]
    assert "replaces first.txt" in told.line()


def test_a_choice_that_was_killed_before_it_was_carried_out_is_carried_out_by_the_next_load(home, tmp_path):
    (first, _) = loads_of(home)
    ledger.append(home, "use", load_ids=[first["load_id"]])
    (tmp_path / "void").mkdir()
    land.load([tmp_path / "void"], home)
    assert order(home) == ["second.txt", "first.txt"]


@pytest.mark.parametrize("command", ["use", "accept"])
def test_a_delivery_that_is_not_there_is_wrong_usage(command, home, capsys):
    n_events = len(ledger.read(home))
    with pytest.raises(SystemExit) as ended:
        main(["--home", str(home.root), command, "third.txt"])
    assert ended.value.code == 2 and "FGT-01" in capsys.readouterr().err
    assert len(ledger.read(home)) == n_events


def test_only_what_a_person_named_is_decided(home):
    _, second = loads_of(home)
    assert delivery_order.decided_by_a_person(home) == set()
    delivery_order.accept(home, [second])
    assert delivery_order.decided_by_a_person(home) == {second["load_id"]}
    assert order(home) == ["first.txt", "second.txt"]


def test_publishing_waits_for_a_person_and_goes_on_when_they_accept(tmp_path):
    home = Home(tmp_path / "home").prepare()
    make_build(home, 1, rows=1000)
    write_audit(home)
    kept = publish.publish(home)
    make_build(home, 2, rows=100)
    write_audit(home)
    with pytest.raises(AuditRefused) as refused:
        publish.publish(home)
    assert (refused.value.code, refused.value.exit_code) == ("PUB-20", 4)
    assert "100 rows instead of 1,000" in refused.value.what
    assert publish.current_release(home).id == kept.id
    # The remedy that the message names.
    with duckdb.connect(str(home.build), read_only=True) as connection:
        ids = connection.execute("select load_id from staging.stg_ledger__loads").fetchall()
    assert f"metachron accept {ids[0][0]}" in refused.value.remedy
    ledger.append(home, "accept", load_ids=[ids[0][0]])
    assert publish.publish(home).id != kept.id


def test_a_name_of_two_deliveries_is_answered_with_their_ids_alone(home):
    loads = [load | {"file_name": "same.txt"} for load in loads_of(home)]
    other = loads[0] | {"load_id": "fedcba9876543210", "delivery_id": "other", "file_name": "other.txt"}
    with pytest.raises(UsageError) as refused:
        loads_named([*loads, other], "same.txt")
    assert all(load["load_id"] in refused.value.remedy for load in loads)
    assert other["load_id"] not in refused.value.remedy
