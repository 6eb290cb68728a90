"""At the terminal: fresh or not, trusted or not, JSON from every command, Tab, progress, quick answers."""

from __future__ import annotations

import fcntl
import inspect
import io
import json
import os
import pty
import re
import shutil
import struct
import subprocess
import sys
import termios
import time
from contextlib import suppress
from pathlib import Path

import pytest

from analytics.questions.published_numbers import PAPERS
from flows import __version__
from flows.cli.completion import flags, script, subcommands
from flows.cli.main import COMMANDS, parser
from flows.home import Home
from flows.integrity import ledger
from flows.publishing.evidence import recording_audit
from flows.serving.status import status_of
from flows.terminal.progress import Course, stage
from tests.evidence import program
from tests.pipeline.command import PROJECT, metachron


@pytest.fixture
def home(published_home: Home, tmp_path: Path) -> Home:
    """The published home again, to be spoiled."""
    copied = Home(tmp_path / "home")
    shutil.copytree(published_home.root, copied.root, symlinks=True)
    # A copy is new to the file system, and its inbox would seem to have arrived just now.
    time.sleep(1.1)
    with_ledger_event(copied)
    return copied


def with_ledger_event(home: Home) -> None:
    verdict = json.loads((home.audit / "audit.json").read_text())
    ledger.append(home, "audit", verdict=verdict["verdict"], build_sha256=verdict["build_sha256"])


def test_all_that_arrived_is_published_and_nothing_speaks_against_it(home: Home) -> None:
    now = status_of(home)
    assert (now.is_fresh, now.is_trusted) == (True, True)
    assert now.screen().splitlines()[0] == "fresh      yes: everything that arrived is loaded and published"
    assert now.screen().splitlines()[1].startswith("trusted    yes: its audit passed")
    assert "never verified" in now.trusted_because


def test_a_file_that_came_since_is_named(home: Home) -> None:
    time.sleep(1.1)
    (home.inbox / "new.txt").write_text("later")
    now = status_of(home)
    assert not now.is_fresh and "new.txt came into the inbox after the last load" in now.fresh_because


def test_a_load_that_is_not_published_is_not_fresh(home: Home) -> None:
    ledger.append(home, "load_finished", loads=[])
    now = status_of(home)
    assert not now.is_fresh and "is not published" in now.fresh_because


def test_a_damaged_ledger_is_not_trusted(home: Home) -> None:
    lines = home.ledger.read_text().splitlines(keepends=True)
    home.ledger.write_text("".join([lines[0].replace('"begin', '"began', 1), *lines[1:]]))
    now = status_of(home)
    assert not now.is_trusted and "INT-01" in now.trusted_because


def test_a_newer_build_that_was_kept_back_is_told(home: Home) -> None:
    with recording_audit(home) as said:
        said |= {"verdict": "fail", "build_sha256": "0" * 64}
    assert "a newer build did not and was kept back" in status_of(home).trusted_because


def test_a_home_with_nothing_in_it_is_neither(tmp_path: Path) -> None:
    now = status_of(Home(tmp_path / "nowhere"))
    assert (now.is_fresh, now.is_trusted) == (False, False) and "nothing is published" in now.screen()


def test_verify_is_remembered(home: Home) -> None:
    assert metachron(home.root, "verify").returncode == 0
    assert "verified 20" in status_of(home).trusted_because


# Each is one JSON document on standard output, for a program that reads nothing else.
ANSWERED = {
    "status": ["status"],
    "sql": ["sql", "select 1 as one"],
    "verify": ["verify"],
    "completion": ["completion", "zsh"],
    "report": ["report"],
}


def test_what_can_be_asked_quickly_answers_in_json(published_home: Home) -> None:
    for command in ANSWERED:
        told = metachron(published_home.root, *ANSWERED[command], "--json")
        assert told.returncode == 0, (command, told.stderr)
        json.loads(told.stdout)


def test_making_the_home_answered_in_json(told_while_made: dict[str, str]) -> None:
    assert told_while_made.keys() >= {"synth", "load", "build", "audit", "publish"}
    for command, told in told_while_made.items():
        assert json.loads(told), command


def test_no_command_forgets_that_json_was_asked_for() -> None:
    """Whoever writes a command sends its outcome through answer(), or looks at --json itself."""
    for command in COMMANDS:
        body = inspect.getsource(command.does)
        assert "answer(" in body or "arguments.json" in body, command.name


@pytest.mark.parametrize("old, new", [(old, each.name) for each in COMMANDS for old in each.old_names])
def test_an_old_name_works_with_a_word(published_home: Home, old: str, new: str) -> None:
    known = metachron(published_home.root, new, "--help")
    assert known.returncode == 0 and f"metachron {new}" in known.stdout
    words = {"claims": [PAPERS / "jia2024.csv"]}.get(old, ["--profile", "none"])
    asked = [metachron(published_home.root, name, *words) for name in (old, new)]
    assert asked[0].returncode == asked[1].returncode and asked[0].stdout == asked[1].stdout
    assert asked[0].stderr.splitlines()[0] == f"metachron {old} is called metachron {new} now"
    assert "is called" not in asked[1].stderr


def test_the_version_is_that_of_the_package() -> None:
    assert metachron(PROJECT, "--version").stdout.startswith(f"metachron {__version__}+")


def test_the_newest_report_is_shown_where_there_is_a_browser(home: Home, tmp_path: Path) -> None:
    shutil.rmtree(home.reports)
    assert "Run `metachron report` first." in metachron(home.root, "open").stderr
    page = home.reports / "mm_sall" / "latest" / "report.html"
    page.parent.mkdir(parents=True)
    page.write_text("<p>the report")
    asked = tmp_path / "browser"
    asked.write_text(f'#!/bin/sh\necho "$1" > {tmp_path}/shown\n')
    asked.chmod(0o755)
    words = [sys.executable, "-m", "flows.cli.main", "--home", str(home.root), "open"]
    settings = {"PATH": os.environ["PATH"], "PYTHONPATH": str(PROJECT), "BROWSER": f"{asked} %s"}
    for display, said in (("", "There is no browser here"), (":7", f"opening {page}")):
        told = subprocess.run(
            words, env=settings | {"DISPLAY": display}, capture_output=True, text=True, check=True
        )
        assert said in told.stdout and str(page) in told.stdout
        assert (tmp_path / "shown").exists() == bool(display)
    assert (tmp_path / "shown").read_text() == f"{page.as_uri()}\n"


def completed(*words: str) -> set[str]:
    """What bash offers after these words, the last of them unfinished."""
    asked = (
        f"{script(parser(), 'bash')}\nCOMP_WORDS=({' '.join(repr(word) for word in words)})\n"
        f"COMP_CWORD={len(words) - 1}; _metachron; printf '%s\\n' \"${{COMPREPLY[@]}}\""
    )
    told = subprocess.run(
        [program("bash"), "-c", asked], cwd=PROJECT, capture_output=True, text=True, check=True
    )
    return set(told.stdout.split())


def test_tab_offers_commands_options_choices_and_files() -> None:
    assert set(subcommands(parser())) <= completed("metachron", "")
    assert completed("metachron", "sta") == {"status"}
    assert completed("metachron", "--home", "x", "sql", "--format", "") == {"table", "csv", "json", "parquet"}
    assert completed("metachron", "synth", "--s") == {"--scale", "--seed"}
    assert completed("metachron", "load", "READ") == {"README.md"}
    assert completed("metachron", "completion", "") == {"bash", "zsh"}


def test_zsh_takes_the_script() -> None:
    subprocess.run(
        [program("zsh"), "-c", f"autoload -U compinit; compinit -D\n{script(parser(), 'zsh')}"], check=True
    )


def test_every_option_is_in_the_script() -> None:
    text = script(parser(), "zsh")
    for command in subcommands(parser()).values():
        assert all(flag in text for flag in flags(command))


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_after_two_seconds_a_terminal_shows_how_far_how_fast_and_how_long_still(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = iter([0.0, 1.0, 3.0, 4.0])
    monkeypatch.setattr("flows.terminal.progress.time.monotonic", lambda: next(clock))
    screen = Terminal()
    with stage("load", screen) as progress:
        progress(0.0, "listing.txt")
        assert screen.getvalue() == "", "one second is no wait"
        progress(0.25, "listing.txt")
        assert "25%  12%/s  6 s left  listing.txt" in screen.getvalue()
    assert screen.getvalue().endswith("load      done in 4.0 s\n")


def read_to_end(window: int) -> str:
    """All that was written into a window that is closed now; the system says so by an error."""
    told = b""
    with suppress(OSError):
        while more := os.read(window, 10_000):
            told += more
    os.close(window)
    return told.decode()


@pytest.mark.parametrize("columns", [60, 80, 120])
@pytest.mark.parametrize("fraction", [None, 0.25])
def test_no_line_is_broken_in_a_window_of_any_width(
    columns: int, fraction: float | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("flows.terminal.progress.QUIET_SECONDS", 0.0)
    monkeypatch.setattr("flows.terminal.progress.REDRAW_SECONDS", 0.0)
    monkeypatch.setenv("TERM", "xterm")
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    with os.fdopen(theirs, "w", encoding="utf-8") as window:
        for text in ("x" * 200, "病" * 200, "short"):
            with stage("load", window) as progress:
                progress(fraction, text)
    told = read_to_end(ours)
    lines = re.split("[\r\n]+", told.replace("\x1b[K", ""))
    widths = [sum(2 if letter == "病" else 1 for letter in line) for line in lines]
    # Used to the last cell but one where there is enough to say, or two where a wide letter ends the line.
    assert max(widths) == columns - 1 and "病" in told and "short" in told


def test_no_line_is_drawn_over_where_nothing_can_be_drawn_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("flows.terminal.progress.QUIET_SECONDS", 0.0)
    monkeypatch.setattr("flows.terminal.progress.REDRAW_SECONDS", 0.0)
    monkeypatch.setenv("TERM", "dumb")
    for screen in (Terminal(), io.StringIO()):
        with stage("load", screen) as progress:
            progress(0.5, "listing.txt")
        assert re.fullmatch(r"load      done in 0\.\d s\n", screen.getvalue())


def test_speed_is_that_of_the_file_and_not_of_those_before() -> None:
    course = Course("load", started=0.0)
    course.advance(0.5, "first", now=10.0)
    course.advance(1.0, "first", now=20.0)
    course.advance(0.0, "second", now=20.0)
    course.advance(0.5, "second", now=22.0)
    assert "50%  25%/s  2 s left  second" in course.line(now=22.0)
    course.advance(0.0, "slow", now=22.0)
    course.advance(0.01, "slow", now=32.0)
    assert "1%  6%/min  990 s left  slow" in course.line(now=32.0)
    course.advance(None, "landing", now=33.0)
    assert course.line(now=34.0) == "load         34 s  landing"


def test_a_stage_that_counts_nothing_still_shows_that_it_lives(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("flows.terminal.progress.QUIET_SECONDS", 0.0)
    monkeypatch.setattr("flows.terminal.progress.TICK_SECONDS", 0.05)
    screen = Terminal()
    with stage("verify", screen):
        deadline = time.monotonic() + 5
        while "verify" not in screen.getvalue() and time.monotonic() < deadline:
            time.sleep(0.05)
        assert "0 s" in screen.getvalue()


def test_what_is_mostly_quick_leaves_nothing_on_the_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Terminal()
    with stage("sql", screen, tells_end=False):
        pass
    assert screen.getvalue() == ""
    monkeypatch.setattr("flows.terminal.progress.QUIET_SECONDS", 0.0)
    monkeypatch.setattr("flows.terminal.progress.REDRAW_SECONDS", 0.0)
    with stage("sql", screen, tells_end=False) as progress:
        progress(None, "slow")
    assert "slow" in screen.getvalue() and screen.getvalue().endswith("\r\x1b[K")


def test_work_goes_on_when_nobody_listens_any_more() -> None:
    screen = Terminal()
    with stage("load", screen) as progress:
        screen.close()
        progress(0.5, "listing.txt")


def test_help_and_status_import_nothing_heavy(published_home: Home) -> None:
    """Not timed, for a busy machine is slow: what costs seconds is what must not be there."""
    asked = (
        "import sys, runpy; sys.argv = ['metachron', *{words}]\n"
        "try: runpy.run_module('flows.cli.main', run_name='__main__')\n"
        "except SystemExit: pass\n"
        "heavy = ['duckdb', 'numpy', 'pyarrow', 'polars', 'prefect', 'scipy', 'yaml', 'jinja2']\n"
        "print([name for name in heavy if name in sys.modules], file=sys.stderr)"
    )
    for words in (["--help"], ["status", "--home", str(published_home.root)]):
        done = subprocess.run(
            [sys.executable, "-c", asked.format(words=words)], cwd=PROJECT, capture_output=True, text=True
        )
        assert done.stdout and re.search(r"\[\]\s*$", done.stderr), done.stderr
