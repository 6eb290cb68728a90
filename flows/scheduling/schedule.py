"""schedule.yaml of a home: which study runs when, whether it pauses, and who hears of a failure."""

from __future__ import annotations

import hashlib
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from subprocess import TimeoutExpired
from typing import Any

import yaml

from flows.building.study_file import StrictLoader, load_study
from flows.errors import DefinitionRefused, MetachronError
from flows.files.given_file import read_given
from flows.home import Home
from flows.integrity.durable import write_new
from flows.process import mortal
from flows.terminal.escaping import is_unicode

NOTICE_SECONDS = 60.0

AT_FIRST = """\
# What `make serve` runs and when; read at its start. Times are minute hour day month weekday (cron).
nightly: "0 2 * * *"  # load what arrived, rebuild, audit, publish, report
weekly: "0 5 * * 0"   # was anything lost or altered?
time_zone: UTC
paused: false         # true: nothing runs by itself
study: null           # a study file, absolute or from this folder; null is the default study
on_failure: null      # a shell command; it gets what to do on standard input, as `mail` wants it
"""


@dataclass(frozen=True, slots=True)
class Schedule:
    """The settings, and the hash of the file that holds them."""

    nightly: str
    weekly: str
    time_zone: str
    paused: bool
    study: str | None
    on_failure: str | None
    sha256: str


def schedule_of(home: Home) -> Schedule:
    """The home's schedule, with a study that can be run.

    Raises what `settings_of` raises, and what a wrong study file raises.
    """
    schedule = settings_of(home)
    if schedule.study is not None:
        load_study(Path(schedule.study))
    return schedule


def settings_of(home: Home) -> Schedule:
    """What schedule.yaml says; the file is made with what we propose if there is none.

    Raises DefinitionRefused SCH-02 naming the key that is wrong, UsageError SCH-01 where it cannot be read.
    """
    if not os.path.lexists(home.schedule):
        write_new(home.schedule, AT_FIRST.encode(), mode=0o600)
    content = read_given(home.schedule, "schedule", code="SCH-01")
    try:
        document = StrictLoader(content).get_single_data()
    except (yaml.YAMLError, ValueError, RecursionError):
        raise refused(home, "it is not YAML") from None
    known = {"nightly", "weekly", "time_zone", "paused", "study", "on_failure"}
    if not isinstance(document, dict) or set(document) != known:
        raise refused(home, f"it has the keys {', '.join(sorted(known))}, each once, and no others")
    for key in ("nightly", "weekly"):
        if (
            not isinstance(document[key], str)
            or len(document[key].split()) != 5
            or not is_understood(document[key])
        ):
            raise refused(home, "minute hour day month weekday are needed", key)
    if not document["time_zone"] or not is_understood("0 0 * * *", document["time_zone"]):
        raise refused(home, "a time zone such as Europe/Berlin is needed", "time_zone")
    if not isinstance(document["paused"], bool):
        raise refused(home, "true or false is needed", "paused")
    for key in ("study", "on_failure"):
        if not isinstance(document[key], str | None) or not is_a_word(document[key] or ""):
            raise refused(home, "a text or null is needed", key)
    if document["study"] is not None:
        try:
            document["study"] = str(home.root / Path(document["study"]).expanduser())
        except RuntimeError:
            raise refused(home, "there is no such user", "study") from None
    return Schedule(**document, sha256=hashlib.sha256(content).hexdigest())


def is_a_word(text: str) -> bool:
    """Whether a command or a path can hold it."""
    return is_unicode(text) and "\0" not in text


def is_understood(cron: str, time_zone: Any = "UTC") -> bool:
    """Would Prefect take it? Asked before a server is started for it."""
    from prefect.client.schemas.schedules import CronSchedule

    try:
        return CronSchedule(cron=cron, timezone=time_zone).timezone is not None
    except ValueError:
        return False


def refused(home: Home, why: str, key: str | None = None) -> DefinitionRefused:
    return DefinitionRefused(
        "SCH-02",
        f"The schedule was refused: {why}",
        file=home.schedule,
        column=key,
        unchanged="The schedule that was in use stays.",
    )


def notify(home: Home, text: str) -> None:
    """Give the text to the command that the schedule names, if it names one; a bad one stops nothing.

    It may be the study of the schedule that failed.
    """
    try:
        command = settings_of(home).on_failure
        if command is None:
            return
        code, _, _ = mortal.ask(["sh", "-c", command], said=text, timeout=NOTICE_SECONDS, cwd=home.root)
        ended = f"ended with {code}" if code else ""
    except (MetachronError, OSError, TimeoutExpired) as problem:
        ended = f"did not finish ({type(problem).__name__})"
    if ended:
        sys.stderr.write(f"on_failure of schedule.yaml {ended}\n")
