"""What dbt said, as small facts without values of rows."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

from flows.errors import MetachronError, ResourcesExhausted, WarehouseBusy
from flows.process.boundary import EXHAUSTED, LOCKED

# What is counted; hooks can fail as well.
KINDS = {"model", "test", "unit_test"}
WENT_WELL = {"success", "pass", "warn"}

# Errors of these kinds name tables and columns; all others may quote the value that broke a rule.
NAMES_ONLY = re.compile(r"(?:Catalog|Binder|Parser) Error: [^\n]*")
KIND = re.compile(r"\b([A-Z][A-Za-z-]+(?: [A-Z][a-z]+)? (?:Error|Exception))\b")
COUNTED = re.compile(r"Got (\d+) results?")
# As dbt_project/tests/generic/holds.sql writes each of its rules.
RULE = re.compile(r"select '([^']+)' as rule,")
TOLD = re.compile(r"\d+ rows contradict it|a rule does not give the answer of its example|failed")


@dataclass(frozen=True, slots=True)
class Failure:
    """A model or test that did not come through.

    said  what happened, without values
    raw   dbt's own words, for telling causes apart; never shown
    sql   of a test that holds several rules: names each that is broken, and by how many rows
    """

    name: str
    said: str
    raw: str
    sql: str = ""

    def __str__(self) -> str:
        return f"{self.name} ({self.said})"


@dataclass(frozen=True, slots=True)
class RunResults:
    """The nodes of one `dbt build` by kind and outcome; of a test that holds several rules, each rule."""

    models: tuple[str, ...]
    tests: tuple[str, ...]
    failures: tuple[Failure, ...]
    warnings: tuple[Failure, ...]


def read_results(file: Path) -> RunResults:
    """Read dbt's run_results.json. Nodes skipped because another failed are not failures of their own."""
    models: list[str] = []
    tests: list[str] = []
    failures: list[Failure] = []
    warnings: list[Failure] = []
    for result in json.loads(file.read_text(encoding="utf-8"))["results"]:
        kind, _, name, *_ = result["unique_id"].split(".")
        name = result["unique_id"].rsplit(".", 1)[-1] if kind == "unit_test" else name
        sql = str(result.get("compiled_code") or "") if kind == "test" else ""
        rules = RULE.findall(sql)
        if kind in KINDS:
            (models if kind == "model" else tests).extend([f"{name}: {rule}" for rule in rules] or [name])
        if result["status"] in WENT_WELL | {"skipped"} and result["status"] != "warn":
            continue
        raw = str(result.get("message") or "")
        failure = Failure(name, without_values(kind, raw), raw, sql if rules else "")
        (warnings if result["status"] == "warn" else failures).append(failure)
    return RunResults(tuple(models), tuple(tests), tuple(failures), tuple(warnings))


def without_values(kind: str, message: str) -> str:
    """The kind of failure and how many rows; a message's quoted values stay behind.

    What this said before it says again.
    """
    if TOLD.fullmatch(message):
        return message
    if counted := COUNTED.search(message):
        return f"{counted[1]} rows contradict it"
    if kind == "unit_test" and "actual differs from expected" in message:
        return "a rule does not give the answer of its example"
    if named := NAMES_ONLY.search(message):
        return named[0]
    if kind_of_error := KIND.findall(message):
        return kind_of_error[-1]
    return "failed"


def refusal_of(words: str) -> MetachronError | None:
    """The failure with a known cause outside the data, if dbt's words show one."""
    if LOCKED.search(words):
        return WarehouseBusy(
            "BLD-02",
            "Another process holds the raw tables or the build file",
            unchanged="The last good release stays published.",
        )
    if EXHAUSTED.search(words):
        return ResourcesExhausted(
            "BLD-03",
            "The build ran out of disk, memory or open files",
            unchanged="The last good release stays published.",
        )
    return None
