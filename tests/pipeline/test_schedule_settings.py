"""schedule.yaml of the home: what it may say, what is refused, and the command that hears of a failure."""

from __future__ import annotations

from pathlib import Path

import pytest

from flows.errors import DefinitionRefused, InputRefused, UsageError
from flows.home import Home
from flows.landing.land import lines
from flows.scheduling.schedule import AT_FIRST, notify, schedule_of


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home.at(tmp_path / "home").prepare()


def test_a_home_without_one_gets_one_that_says_what_it_is(home: Home) -> None:
    made = schedule_of(home)
    assert (made.nightly, made.weekly, made.time_zone, made.paused) == (
        "0 2 * * *",
        "0 5 * * 0",
        "UTC",
        False,
    )
    assert (made.study, made.on_failure) == (None, None)
    assert home.schedule.stat().st_mode & 0o777 == 0o600
    before = home.schedule.read_bytes()
    assert schedule_of(home) == made and home.schedule.read_bytes() == before


def test_what_its_user_wrote_is_read_and_left_alone(home: Home) -> None:
    study = Path(__file__).parents[2] / "studies" / "aml_after_breast.yml"
    written = (
        AT_FIRST.replace("0 2 * * *", "30 3 * * 1-5")
        .replace("time_zone: UTC", "time_zone: Europe/Berlin")
        .replace("paused: false", "paused: true")
        .replace("study: null", f"study: {study}")
    )
    home.schedule.write_text(written)
    read = schedule_of(home)
    assert (read.nightly, read.time_zone, read.paused) == ("30 3 * * 1-5", "Europe/Berlin", True)
    assert read.study == str(study) and home.schedule.read_text() == written


@pytest.mark.parametrize(
    ("before", "after", "key"),
    [
        ("0 2 * * *", "at night", "nightly"),
        ("0 2 * * *", "99 99 * * *", "nightly"),
        ("0 2 * * *", "0 2 * * * *", "nightly"),
        ('weekly: "0 5 * * 0"', "weekly: 5", "weekly"),
        ("time_zone: UTC", "time_zone: Atlantis", "time_zone"),
        ("time_zone: UTC", "time_zone: null", "time_zone"),
        ("time_zone: UTC", "time_zone: 1", "time_zone"),
        ("time_zone: UTC", "time_zone: ../../etc/passwd", "time_zone"),
        ("time_zone: UTC", 'time_zone: ""', "time_zone"),
        ("study: null", "study: ~no.such.user/x.yml", "study"),
        ("on_failure: null", 'on_failure: "a\\0b"', "on_failure"),
        ("on_failure: null", 'on_failure: "\\ud800"', "on_failure"),
        ("paused: false", "paused: sometimes", "paused"),
        ("on_failure: null", "on_failure: [mail]", "on_failure"),
        ("paused: false", "stopped: false", None),
        ("paused: false", "paused: false\npaused: true", None),
        ("paused: false", "paused: [", None),
    ],
)
def test_what_is_wrong_is_refused_with_its_key(before: str, after: str, key: str | None, home: Home) -> None:
    assert before in AT_FIRST
    home.schedule.write_text(AT_FIRST.replace(before, after))
    with pytest.raises(DefinitionRefused) as refused:
        schedule_of(home)
    assert (refused.value.code, refused.value.column) == ("SCH-02", key)


@pytest.mark.parametrize("lies_there", ["a folder", "a link to nothing"])
def test_what_is_no_file_is_told(lies_there: str, home: Home) -> None:
    if lies_there == "a folder":
        home.schedule.mkdir()
    else:
        home.schedule.symlink_to("none")
    with pytest.raises(UsageError, match="SCH-01"):
        schedule_of(home)
    notify(home, "nobody hears")


def test_a_night_that_failed_for_its_study_is_told_all_the_same(home: Home) -> None:
    written = AT_FIRST.replace("study: null", "study: gone.yml")
    home.schedule.write_text(written.replace("on_failure: null", "on_failure: cat > heard"))
    with pytest.raises(UsageError, match="STU-01"):
        schedule_of(home)
    notify(home, "The study is gone")
    assert (home.root / "heard").read_text() == "The study is gone"


def test_a_wrong_study_is_refused_before_a_night_fails_for_it(home: Home) -> None:
    (home.root / "mine.yml").write_text("study: {name: mine}\n")
    home.schedule.write_text(AT_FIRST.replace("study: null", "study: mine.yml"))
    with pytest.raises(InputRefused, match="STU-04"):
        schedule_of(home)


def test_the_command_gets_what_to_do(home: Home) -> None:
    home.schedule.write_text(AT_FIRST.replace("on_failure: null", "on_failure: cat > told.txt"))
    notify(home, "What to do: ask the registry")
    assert (home.root / "told.txt").read_text() == "What to do: ask the registry"


@pytest.mark.parametrize("command", ["exit 3", "no-such-command", "["])
def test_a_command_that_fails_is_said_and_stops_nothing(
    command: str, home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    home.schedule.write_text(AT_FIRST.replace("on_failure: null", f"on_failure: '{command}'"))
    notify(home, "text")
    assert "on_failure of schedule.yaml ended with" in capsys.readouterr().err


def test_a_schedule_that_names_no_command_is_quiet(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    notify(home, "text")
    assert capsys.readouterr().err == ""


def test_an_inbox_without_a_file_is_no_failure() -> None:
    assert lines([]) == ["nothing to load: there is no delivery in it"]
