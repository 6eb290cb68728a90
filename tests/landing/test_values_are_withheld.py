"""What a refusal says where it is kept: file, line and column; the value only at the loader's terminal."""

from __future__ import annotations

import os
import pickle
import traceback
from collections.abc import Callable
from pathlib import Path

import pytest

from flows.cli.main import main
from flows.errors import InputRefused, UsageError
from flows.home import Home
from flows.landing import land
from flows.process.boundary import Bug
from tests.landing.deliveries import Listing
from tests.landing.injections import GOOD

CANARY = "CANARY-3305"


def with_unknown_label(good: Listing) -> Listing:
    return good.with_cell(0, "Sex", CANARY)


def with_number_that_is_none(good: Listing) -> Listing:
    return good.with_cell(1, "Survival months", CANARY)


def with_two_records_of_one_number(good: Listing) -> Listing:
    twice = [(CANARY, *row[1:]) for row in good.rows[:1]]
    return good.but(rows=[*good.rows, *twice, (*twice[0][:-1], "Alive")])


def with_label_that_its_dictionary_lacks(good: Listing) -> Listing:
    return good.but(formats={"Sex": {"1": "Male", "2": "Female"}}).with_cell(0, "Sex", CANARY)


def with_a_patient_where_the_header_should_be(good: Listing) -> Listing:
    return good.but(header_line=good.delimiter.join((CANARY, *good.rows[0][1:])))


WAYS = [
    with_unknown_label,
    with_number_that_is_none,
    with_two_records_of_one_number,
    with_label_that_its_dictionary_lacks,
    with_a_patient_where_the_header_should_be,
]


def refused(home: Home, delivery: Path) -> InputRefused:
    with pytest.raises(InputRefused) as refusal:
        land.load([delivery], home)
    return refusal.value


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_no_value_is_in_anything_that_a_scheduler_could_keep(
    way: Callable[[Listing], Listing], home: Home, inbox: Path
) -> None:
    way(GOOD).write(inbox)
    refusal = refused(home, inbox)
    assert CANARY in refusal.paragraph(with_value=True)
    kept = [
        str(refusal),
        repr(refusal),
        repr(refusal.args),
        refusal.what + refusal.remedy + refusal.unchanged,
        repr(pickle.dumps(refusal)),
        refusal.paragraph(),
    ]
    assert not [text for text in kept if CANARY in text]
    assert "line" in refusal.paragraph() and "values are shown at a terminal only" in refusal.paragraph()


def test_what_is_pickled_is_the_same_refusal_without_its_value() -> None:
    refusal = InputRefused("IN-07", "Not known", file="a.txt", line=3, column="Sex", value=CANARY)
    kept = pickle.loads(pickle.dumps(refusal))
    assert (type(kept), kept.code, kept.line, kept.value) == (InputRefused, "IN-07", 3, None)
    assert str(kept) == str(refusal)


def test_what_the_caller_typed_is_said_back() -> None:
    assert "value 'seer99'" in str(UsageError("USE-01", "There is no such profile", value="seer99"))


def test_a_bug_keeps_its_message_apart_even_where_it_was_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("METACHRON_DEBUG", "1")
    bug = Bug(KeyError(CANARY))
    assert CANARY in bug.paragraph(with_value=True)
    assert CANARY not in str(bug) + repr(bug) + repr(pickle.dumps(bug))


def loaded_by_hand(home: Home, inbox: Path, monkeypatch: pytest.MonkeyPatch, error: int) -> None:
    with os.fdopen(error, "w") as stderr, monkeypatch.context() as patched:
        patched.setattr("sys.stderr", stderr)
        with pytest.raises(SystemExit) as ended:
            main(["--home", str(home.root), "load", str(inbox)])
    assert ended.value.code == 3


def read_all(descriptor: int) -> str:
    told = b""
    while True:
        try:
            part = os.read(descriptor, 65536)
        except OSError:  # a terminal whose other end is closed
            part = b""
        if not part:
            os.close(descriptor)
            return told.decode()
        told += part


@pytest.mark.parametrize("is_terminal", [True, False])
def test_the_command_line_shows_the_value_to_a_person_and_to_no_file(
    is_terminal: bool, home: Home, inbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_unknown_label(GOOD).write(inbox)
    read, write = os.openpty() if is_terminal else os.pipe()
    loaded_by_hand(home, inbox, monkeypatch, write)
    told = read_all(read)
    assert (CANARY in told) is is_terminal
    assert "line 2" in told and "'Sex'" in told


def test_a_traceback_of_a_refusal_quotes_no_value(home: Home, inbox: Path) -> None:
    with_unknown_label(GOOD).write(inbox)
    assert CANARY not in "".join(traceback.format_exception(refused(home, inbox)))
