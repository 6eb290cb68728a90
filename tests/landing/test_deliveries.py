"""Kinds of delivery stand in one registry, and what else knows of them agrees with it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml

from expectations.session import open_session
from flows.home import Home
from flows.landing import deliveries, land, vault
from flows.landing import inbox as inbox_module
from flows.landing.deliveries import KIND, KINDS, DeliveryKind, Recogniser, raw_tables, recognisers
from flows.landing.forms.delivery import CheckedFile, Received, load_ids
from flows.landing.gathering import by_folder
from flows.landing.vocabulary import Column
from tests.landing.deliveries import ask

SOURCES = Path(__file__).resolve().parents[2] / "dbt_project/models/staging/ledger/_ledger__sources.yml"
# What is no delivery's rows: written by every load.
ABOUT_LOADS = {"loads", "rejects", "vocabulary"}


def test_each_kind_has_a_name_and_words_of_its_own_and_tables_agree() -> None:
    assert len(KIND) == len(KINDS) == len({kind.words for kind in KINDS})
    for kind in KINDS:
        assert set(kind.staged) <= kind.tables.keys()
        assert all(raw_tables()[table] == columns for table, columns in kind.tables.items())


def test_each_form_is_recognised_by_one_mark() -> None:
    forms = [each.form for marked in (True, False) for each in recognisers(marked=marked)]
    assert len(forms) == len(set(forms)) == sum(len(kind.recognisers) for kind in KINDS)


def test_the_sources_of_dbt_are_the_tables_that_are_staged() -> None:
    [source] = yaml.safe_load(SOURCES.read_text(encoding="utf-8"))["sources"]
    tables = {table["name"] for table in source["tables"]}
    assert tables - ABOUT_LOADS == {table for kind in KINDS for table in kind.staged}
    assert tables >= ABOUT_LOADS


def test_whoever_brings_what_is_not_known_is_told_every_kind(home: Home, inbox: Path) -> None:
    (inbox / "letter.txt").write_text("Dear colleagues")
    with pytest.raises(Exception, match="IN-11") as refused:
        land.load([inbox], home)
    assert all(kind.words in refused.value.remedy for kind in KINDS)  # type: ignore[attr-defined]


MARK = b"* deaths by age\n"


def deaths() -> DeliveryKind:
    """A kind that nobody delivers: lines of age and deaths below a mark."""

    def receive(found: deliveries.RecognisedDelivery, home: Home) -> Received:
        contents = tuple(vault.receive(path, home) for path in found.files)
        return Received(found, contents, {}, load_ids(contents, "deaths"))

    def check(received: Received, progress: object = None) -> list[CheckedFile]:
        [content], [load_id] = received.contents, received.load_ids
        rows = [line.split() for line in content.path.read_text().splitlines()[1:]]

        def insert(connection) -> None:
            lines = [(load_id, line, *row) for line, row in enumerate(rows, start=2)]
            connection.executemany("insert into raw.deaths values (?, ?, ?, ?)", lines)

        columns = tuple(Column(place, name, name, True) for place, name in enumerate(("age", "deaths"), 1))
        return [
            CheckedFile(content=content, load_id=load_id, kind="deaths", source="reference", role="deaths",
                        columns=columns, rows_read=len(rows), insert=insert)
        ]  # fmt: skip

    reader = SimpleNamespace(
        gather=lambda seen, mappings: by_folder(seen, form="deaths"),
        receive=receive, check=check, inspect=lambda connection, files: [],
    )  # fmt: skip
    return DeliveryKind(
        "deaths", "deaths by age", reader,
        tables={"deaths": ("age", "deaths")},
        recognisers=(Recogniser("deaths", lambda start: start.startswith(MARK)),),
    )  # fmt: skip


def test_one_record_is_enough_for_a_new_kind(
    home: Home, inbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is recognised, landed, counted again and said, and no other list had to hear of it."""
    with_it: Sequence[DeliveryKind] = (*KINDS, deaths())
    for module in (deliveries, inbox_module):
        monkeypatch.setattr(module, "KINDS", with_it)
    monkeypatch.setitem(KIND, "deaths", with_it[-1])
    (inbox / "d.txt").write_bytes(MARK + b"60 4\n70 9\n")
    [result] = land.load([inbox], home)
    assert (result.kind, result.rows_read, result.rows_landed) == ("deaths", 2, 2)
    assert ask(home, "select age, deaths from raw.deaths order by age") == [("60", "4"), ("70", "9")]
    with open_session(home.build, home.raw) as session:
        assert "deaths" in session.tables_of_deliveries()
