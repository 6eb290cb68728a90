"""What we are made of is pinned, named and harmless; and nothing of ours runs what data brought."""

from __future__ import annotations

import ast
import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from flows.maintenance.supply_chain import inventory, packages

PROJECT = Path(__file__).resolve().parents[2]
SOURCES = sorted(
    path
    for folder in ("flows", "analytics", "expectations", "samples")
    for path in (PROJECT / folder).rglob("*.py")
)
# Modules that turn bytes into code or objects, and calls that turn text into either.
DANGEROUS_MODULES = {"pickle", "cPickle", "dill", "cloudpickle", "joblib", "marshal", "shelve", "telnetlib"}
DANGEROUS_CALLS = {
    "eval", "exec", "compile", "__import__", "os.system", "os.popen",
    "yaml.unsafe_load", "yaml.full_load", "yaml.load_all",
}  # fmt: skip
SAFE_LOADER = re.compile(r"\byaml\.C?SafeLoader\b")
SECRET = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----|AKIA[0-9A-Z]{16}|gh[pousr]_[A-Za-z0-9]{36}"
    r"|(?i:password|passwd|secret|token)\s*=\s*[\"'][A-Za-z0-9+/]{16,}[\"']"
)
# What may stand in the text of a statement: names that are ours or quoted, and never a value of a row.
VALUES = {"value", "values", "label", "raw_text", "text", "word", "words", "patient_id", "row", "rows"}


def calls(tree: ast.AST) -> Iterator[tuple[str, ast.Call]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), node


def complaints(source: str) -> list[str]:
    """What a file does that data could turn against us."""
    tree, found = ast.parse(source), []
    for node in ast.walk(tree):
        names = [name.name for name in node.names] if isinstance(node, ast.Import) else []
        names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        found += [f"imports {name}" for name in names if name.split(".")[0] in DANGEROUS_MODULES]
    for name, call in calls(tree):
        keywords = {each.arg: ast.unparse(each.value) for each in call.keywords}
        if name in DANGEROUS_CALLS:
            found.append(f"calls {name}")
        if name == "yaml.load" and not SAFE_LOADER.search(loader_of(call, tree)):
            found.append("calls yaml.load without a safe loader")
        if keywords.get("shell") == "True":
            found.append("starts a shell")
        if name.endswith((".execute", ".sql", ".executemany")) and call.args:
            found += [f"puts {value} into a statement" for value in values_in(call.args[0])]
    return found


def loader_of(call: ast.Call, tree: ast.AST) -> str:
    """What is written for the loader of a call of yaml.load; a variable as assigned, a class as derived."""
    given = [*call.args[1:2], *(each.value for each in call.keywords if each.arg == "Loader")]
    if not given:
        return ""
    assigned = {
        ast.unparse(node.targets[0]): ast.unparse(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and node.bases:
            assigned[node.name] = ast.unparse(node.bases[0])
    return assigned.get(ast.unparse(given[0]), ast.unparse(given[0]))


def values_in(statement: ast.expr) -> Iterator[str]:
    """Names of values that an f-string, a % or a format puts into SQL."""
    for node in ast.walk(statement):
        if (
            isinstance(node, ast.FormattedValue)
            and isinstance(node.value, ast.Name)
            and node.value.id in VALUES
        ):
            yield node.value.id
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod):
            yield "something by %"
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith(".format"):
            yield "something by format"


def test_nothing_of_ours_runs_code_that_data_brought() -> None:
    found = {str(path.relative_to(PROJECT)): complaints(path.read_text(encoding="utf-8")) for path in SOURCES}
    assert len(found) > 100
    assert {path: said for path, said in found.items() if said} == {}


@pytest.mark.parametrize(
    "planted",
    [
        "import pickle",
        "from joblib import load",
        "eval(text)",
        "yaml.load(text)",
        "yaml.load(text, Loader=yaml.Loader)",
        "loader = yaml.UnsafeLoader\nyaml.load(text, loader)",
        "yaml.unsafe_load(text)",
        "subprocess.run(line, shell=True)",
        "os.system(line)",
        "connection.execute(f\"select * from t where id = '{value}'\")",
        "connection.execute('select %s' % value)",
        "connection.sql('select {}'.format(value))",
    ],
)
def test_the_search_finds_what_it_looks_for(planted: str) -> None:
    assert complaints(planted)


def test_no_secret_lies_in_the_repository() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=PROJECT, capture_output=True, text=True, check=True)
    files = [PROJECT / name for name in listed.stdout.splitlines() if not name.endswith(".lock")]
    found = [
        str(file.relative_to(PROJECT))
        for file in files
        if file.is_file() and SECRET.search(file.read_text(encoding="utf-8", errors="replace"))
    ]
    assert found == []
    assert SECRET.search("-----BEGIN RSA" + " PRIVATE KEY-----")


def test_every_package_is_pinned_to_hashes() -> None:
    found = packages()
    assert len(found) > 100
    assert [package.name for package in found if not package.hashes] == []


def test_the_inventory_tells_name_version_licence_and_hash() -> None:
    components = inventory()["components"]
    [duckdb] = [each for each in components if each["name"] == "duckdb"]
    assert duckdb["purl"].startswith("pkg:pypi/duckdb@") and duckdb["hashes"] and duckdb["licenses"]
    json.dumps(components)
