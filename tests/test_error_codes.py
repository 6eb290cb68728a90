"""error_codes.csv and the sources agree: a code has one meaning, one exit code, and is raised."""

from __future__ import annotations

import ast
import csv
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from flows import errors
from flows.cli.main import parser
from flows.errors import CODES, AuditRefused, ErrorCode, UsageError

PROJECT = Path(__file__).resolve().parents[1]
PACKAGES = ("flows", "expectations", "analytics", "samples")
CODE = re.compile(r"[A-Z]{2,5}-\d{2}")
ENCODINGS = {"UTF-16"}
KINDS = {"command", "hand", "person"}
CLASSES = {
    name: kind
    for name, kind in vars(errors).items()
    if isinstance(kind, type) and issubclass(kind, errors.MetachronError)
}
# Damage and deliveries are met in many modules; whatever else a code means is found in one.
MET_IN_MANY = ("IN-", "INT-", "LOCK-")
by_code = pytest.mark.parametrize("row", CODES.values(), ids=lambda row: row.code)


@dataclass(frozen=True)
class Site:
    """One place that names a code: the class raised, as far as the sources tell, and a remedy of its own."""

    code: str
    module: str
    raised: str | None = None
    remedy: str | None = None


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def sources() -> list[Path]:
    return [path for package in PACKAGES for path in sorted((PROJECT / package).rglob("*.py"))]


def definition(name: str, path: Path) -> tuple[ast.AST, Path] | None:
    """The function or class that a name means in a module, followed through imports."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name == name:
            return node, path
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.ImportFrom) and name in {each.asname or each.name for each in node.names}:
            module = PROJECT.joinpath(*(node.module or "").split("."))
            found = next(
                (each for each in (module.with_suffix(".py"), module / "__init__.py") if each.is_file()), None
            )
            return definition(name, found) if found else None
    return None


def class_raised(call: ast.Call, given: str | None, path: Path) -> str | None:
    """The class that a call makes of a code: itself, or what the function called makes of its argument."""
    name = call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")
    if name in CLASSES:
        return name
    found = definition(name, path)
    if found is None:
        return None
    body, where = found
    if given is None:
        given = body.args.args[0].arg if isinstance(body, ast.FunctionDef) and body.args.args else ""
    for inner in ast.walk(body):
        if isinstance(inner, ast.Call):
            for keyword, value in arguments(inner):
                passed = getattr(value, "id", getattr(value, "attr", None))
                if passed == given and (kind := class_raised(inner, keyword, where)):
                    return kind
    return None


def arguments(call: ast.Call) -> Iterator[tuple[str | None, ast.expr]]:
    """The first argument, which is a code's place, and those that are named."""
    yield from ((None, value) for value in call.args[:1])
    yield from ((keyword.arg, keyword.value) for keyword in call.keywords)


@cache
def sites() -> tuple[Site, ...]:
    found: list[Site] = []
    for path in sources():
        module = str(path.relative_to(PROJECT))
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Call):
                remedies = [each.value for each in node.keywords if each.arg == "remedy"]
                remedy = next((each.value for each in remedies if isinstance(each, ast.Constant)), None)
                for keyword, value in arguments(node):
                    for text in constants(value):
                        if CODE.fullmatch(text):
                            found.append(Site(text, module, class_raised(node, keyword, path), remedy))
            for text in constants(node) if isinstance(node, ast.Constant) else ():
                if said := re.match(rf"({CODE.pattern})(?:: |$)", text):
                    found.append(Site(said[1], module))
    for path in sorted((PROJECT / "dbt_project" / "macros").rglob("*.sql")):
        for code in re.findall(rf"'({CODE.pattern}): ", path.read_text(encoding="utf-8")):
            found.append(Site(code, str(path.relative_to(PROJECT))))
    return tuple(site for site in found if site.code not in ENCODINGS)


def constants(node: ast.expr | ast.Constant) -> Iterator[str]:
    """A text, or both of a choice."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from constants(node.body)
        yield from constants(node.orelse)


def test_every_code_that_is_raised_has_a_row_and_every_row_a_raiser() -> None:
    assert {site.code for site in sites()} == set(CODES)


def test_the_table_is_sorted_and_names_no_code_twice() -> None:
    with (PROJECT / "flows" / "error_codes.csv").open(encoding="utf-8", newline="") as file:
        codes = [row["code"] for row in csv.DictReader(file)]
    assert codes == sorted(set(codes))


@by_code
def test_a_code_has_one_class_with_the_exit_code_of_its_row(row: ErrorCode) -> None:
    """A text without a class is what a client of Flight or dbt is told."""
    told_as_text = {"SQL-16", "STU-05"}
    raised = {site.raised for site in sites() if site.code == row.code} - {None}
    assert len(raised) == (row.code not in told_as_text), raised
    assert {CLASSES[kind].exit_code for kind in raised if kind} <= {row.exit_code}


@by_code
def test_a_code_is_raised_in_one_module_unless_many_meet_it(row: ErrorCode) -> None:
    modules = {site.module for site in sites() if site.code == row.code}
    assert len(modules) == 1 or row.code.startswith(MET_IN_MANY), modules


def test_no_remedy_repeats_the_tables() -> None:
    repeated = [
        site for site in sites() if site.remedy is not None and site.remedy == CODES[site.code].remedy
    ]
    assert not repeated and not [site for site in sites() if site.remedy == ""]


@by_code
def test_sentence_and_remedy_are_sentences_and_commands_are_ours(row: ErrorCode) -> None:
    assert row.sentence.endswith(".") and row.remedy.endswith((".", ")", "?")), row
    assert row.kind in KINDS and 2 <= row.exit_code <= 8
    commands = re.findall(r"`metachron ([^`]+)`", row.remedy)
    assert commands or row.kind != "command"
    for command in commands:
        parser().parse_args(shlex.split(command) + needed(command))


def needed(command: str) -> list[str]:
    """What a sentence leaves out."""
    return ["NAME"] if command in ("forget", "load") else []


@by_code
def test_advice_that_needs_somebody_else_says_whom_and_what(row: ErrorCode) -> None:
    asks = re.search(r"[Aa]sk (the registry|whoever sent the data)|report it", row.remedy)
    assert (row.kind == "person") <= bool(asks), row.remedy


def test_a_code_without_a_row_and_one_of_another_exit_code_are_bugs() -> None:
    with pytest.raises(KeyError, match="IN-00"):
        UsageError("IN-00", "There is no such row")
    with pytest.raises(ValueError, match="USE-01 ends with 2, and AuditRefused with 4"):
        AuditRefused("USE-01", "An audit is no path")


def test_a_message_ends_with_the_tables_remedy_unless_it_has_its_own() -> None:
    assert str(UsageError("USE-01", "No such file", unchanged="")) == "USE-01: No such file. Check the path."
    assert str(UsageError("USE-01", "No", unchanged="", remedy="Look.")) == "USE-01: No. Look."


def test_the_page_is_the_table() -> None:
    made = subprocess.run(
        [sys.executable, "-m", "flows.errors"], capture_output=True, cwd=PROJECT, check=True
    )
    assert (PROJECT / "docs" / "errors.md").read_bytes() == made.stdout
    for code in CODES:
        assert made.stdout.count(f"| {code} |".encode()) == 1


def test_every_code_that_a_page_or_a_test_names_is_in_the_table() -> None:
    """Outside the change log, which tells of older ones."""
    prefixes = {code.partition("-")[0] for code in CODES}
    pages = [PROJECT / "README.md", PROJECT / "SECURITY.md", *(PROJECT / "docs").glob("*.md")]
    for file in [*pages, *(PROJECT / "tests").rglob("*.py")]:
        if file != Path(__file__):
            named = set(re.findall(rf"\b{CODE.pattern}\b", file.read_text(encoding="utf-8")))
            unknown = {code for code in named - set(CODES) if code.partition("-")[0] in prefixes}
            assert not unknown, (file, unknown)
