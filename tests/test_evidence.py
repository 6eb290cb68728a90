"""What a machine lacks is said in one way, so that CI can forbid that it lacks anything."""

from __future__ import annotations

import ast
import os
from pathlib import Path

import pytest

from tests.evidence import REQUIRED, ask_r, missing, program

TESTS = Path(__file__).parent
SKIPS = {"pytest.skip", "pytest.importorskip", "pytest.mark.skip", "pytest.mark.skipif"}
# What a skip may be about besides evidence: what the machine is and allows, and what was asked for.
OTHER_REASONS = {
    "looks for processes in /proc",
    "only root can become somebody who may not read",
    "NOT RUN: only root can become another user",
    "NOT RUN: this machine gives no user namespaces",
    "NOT RUN: this machine gives no network namespaces; the run had a network and used none",
    "pictures are taken when METACHRON_PICTURES names a folder",
    "the page given is without its warehouse",
    # An extra of the package, by Spark's own refusal; that Java is missing is said by `missing`.
    "refusal.what",
}


def reasons(source: str) -> list[str]:
    """Why the tests of a file may be skipped, past tests/evidence.py."""
    tree, found = ast.parse(source), []
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    for call in calls:
        if ast.unparse(call.func) in SKIPS:
            given = [each.value for each in call.keywords if each.arg == "reason"] or call.args[:1]
            said = given[0] if given else call
            found.append(said.value if isinstance(said, ast.Constant) else ast.unparse(said))
    marks = [node for node in ast.walk(tree) if isinstance(node, ast.Attribute) and node.attr == "skip"]
    bare = {id(mark) for mark in marks if ast.unparse(mark) == "pytest.mark.skip"}
    return found + ["no reason given"] * len(bare - {id(call.func) for call in calls})


def test_what_is_missing_is_said_by_one_function() -> None:
    files = [path for path in TESTS.rglob("*.py") if path.name != "evidence.py"]
    found = {str(path.relative_to(TESTS)): reasons(path.read_text("utf-8")) for path in files}
    assert {path: said for path, all_said in found.items() if (said := set(all_said) - OTHER_REASONS)} == {}
    assert {said for all_said in found.values() for said in all_said} == OTHER_REASONS


@pytest.mark.parametrize(
    "planted",
    [
        "@pytest.mark.skipif(not shutil.which('Rscript'), reason='no R here')\ndef test(): ...",
        "pytest.skip('R is missing')",
        "pytest.importorskip('survival')",
        "pytestmark = pytest.mark.skip",
    ],
)
def test_the_search_finds_what_it_looks_for(planted: str) -> None:
    assert set(reasons(planted)) - OTHER_REASONS


@pytest.mark.parametrize(("flag", "ends"), [("1", pytest.fail.Exception), ("0", pytest.skip.Exception)])
def test_what_is_missing_fails_only_where_it_is_required(monkeypatch, tmp_path, flag, ends) -> None:
    monkeypatch.setenv(REQUIRED, flag)
    with pytest.raises(ends, match="an older client"):
        missing("an older client")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ends, match="Rscript is not on this machine"):
        ask_r(tmp_path / "script.R")


def test_a_package_that_r_lacks_is_missing_and_a_wrong_script_is_an_error(monkeypatch, tmp_path) -> None:
    rscript = program("Rscript")
    assert os.access(rscript, os.X_OK)
    monkeypatch.setenv(REQUIRED, "0")
    script = tmp_path / "script.R"
    script.write_text("library(nobody.wrote.this)")
    with pytest.raises(pytest.skip.Exception, match=r"package nobody\.wrote\.this"):
        ask_r(script)
    script.write_text("stop('wrong')")
    with pytest.raises(AssertionError, match="wrong"):
        ask_r(script)
    script.write_text("cat(commandArgs(trailingOnly = TRUE))")
    assert ask_r(script, "one", "two") == "one two"
