"""The vocabulary as data: no label with two codes, no header with two columns, label drift known."""
# ruff: noqa: E501 -- tables read best with a case a line

from __future__ import annotations

from collections import Counter

import pytest

from flows.home import Home
from flows.landing import land
from flows.landing.forms.seer_listing import database_name
from flows.landing.vocabulary import normalised, resolve, squeezed, vocabulary
from tests.landing.deliveries import ask


def test_a_label_has_one_code_and_a_header_one_column():
    words = vocabulary()
    for kind in (words.labels, words.codes):
        assert not [
            key for key, n in Counter((word.column_name, word.label) for word in kind).items() if n > 1
        ]
    for form in ("headers", "ascii", "naaccr"):
        named = {
            (squeezed(name), each.name) for each in words.columns.values() for name in getattr(each, form)
        }
        assert not [name for name, n in Counter(name for name, _ in named).items() if n > 1]


def test_every_coded_column_has_words_and_every_word_a_column():
    words = vocabulary()
    coded = {column.name for column in words.columns.values() if column.is_coded}
    assert coded <= {word.column_name for word in words.labels}
    assert {word.column_name for word in words.labels + words.codes} <= set(words.columns)
    assert {(word.column_name, word.code) for word in words.codes} <= {
        (word.column_name, word.code) for word in words.labels
    }


def test_raw_vocabulary_joins_on_label_without_doubling(home: Home):
    land.prepare_raw(home)
    land.prepare_raw(home)
    assert ask(home, "select column_name, label from raw.vocabulary group by all having count(*) > 1") == []


@pytest.mark.parametrize(
    ("column", "label", "code"),
    [
        ("chemo", "No/Unk", "0"),
        ("chemo", "no/unk", "0"),
        ("radiation", "Radiation, NOS  method or source not specified", "5"),
        ("sex", "  Male", "1"),
        ("race4", "American Indian/AK Native", "3"),
        ("css", "N/A not first tumor", "9"),
        ("css", "N/A not seq 0-59", "9"),
        ("sequence", "21st of 21 or more primaries", "21"),
        ("sequence", "12th of 12 or more primaries", "12"),
        ("sequence", "2nd of 2 or more state registry-defined neoplasms", "62"),
        ("age_group", "85+ years", "18"),
        ("marital", "Married", "2"),
    ],
)
def test_label_drift_is_known(column: str, label: str, code: str):
    known = {(word.column_name, word.label): word.code for word in vocabulary().labels}
    assert known[column, normalised(label)] == code


@pytest.mark.parametrize(
    ("header", "column"),
    [
        ("Chemotherapy recode (yes, no/unk) (2004-2022)", "chemo"),
        ("Radiation recode (1975+)", "radiation"),
        ("Grade (1973-2017)", "grade"),
        ("Survival months (2000+)", "surv_months"),
    ],
)
def test_years_at_the_end_of_a_header_do_not_matter(header: str, column: str):
    assert [each.name for each in resolve([header])] == [column]


def test_years_inside_a_name_do_matter():
    assert [
        each.is_known for each in resolve(["Derived AJCC Stage Group, 7th ed (2010-2015)", "Sex 2018"])
    ] == [
        False,
        False,
    ]


@pytest.mark.parametrize("form", ["headers", "ascii", "naaccr"])
def test_each_header_variant_finds_its_column(form: str):
    for column in vocabulary().columns.values():
        for header in getattr(column, form):
            assert resolve([header], form=form)[0].name == column.name


@pytest.mark.parametrize(
    ("text", "registries", "submission", "years"),
    [
        ("Incidence - SEER Research Plus Data, 9 Registries, Nov 2020 Sub (1975-2018) - Linked", 9, 2020, (1975, 2018)),
        ("Incidence - SEER 9 Regs Research Data, Nov 2016 Sub (1973-2014) <Katrina/Rita> - Linked", 9, 2016, (1973, 2014)),
        ("Incidence - SEER Research Data, 8 Registries, Nov 2025 Sub (1975-2023)", 8, 2025, (1975, 2023)),
        ("Incidence - SEER 18 Regs Research Data, Nov 2018 Sub (1975-2016 varying) - Linked", 18, 2018, (1975, 2016)),
        ("My own database", None, None, (None, None)),
    ],
)  # fmt: skip
def test_database_names_are_read(text, registries, submission, years):
    name = database_name.parse(text)
    assert (name.registries, name.submission_year, (name.first_year, name.last_year)) == (
        registries,
        submission,
        years,
    )
