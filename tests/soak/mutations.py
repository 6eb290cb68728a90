"""Small mistakes made in the product at random, one at a time, and whether a test notices.

cosmic-ray (pinned below, in a folder of its own) knows the mistakes. A seed draws as many for each package:
first a place in the code, each with the same chance, then one of the mistakes possible there. Each is made
in a copy of the tree. The tests that run its lines are run, quickest first, until one fails. Tests that
start the product as a program of its own are not among them, so the share noticed is a lower bound.

METACHRON_SOAK_SEED       which draw
METACHRON_SOAK_MUTANTS    how many of each package
METACHRON_SOAK_PACKAGES   which packages, with commas between; all of `PACKAGES` if not set
"""

from __future__ import annotations

import ast
import difflib
import hashlib
import itertools
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Container, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
OUT = PROJECT / "build" / "mutations"
TOOLS = PROJECT / "build" / "mutation-tools"
PINNED = ("cosmic-ray==8.7.0", "coverage==7.17.5")
INSTALL = f"{sys.executable} -m pip install --target {TOOLS} {' '.join(PINNED)}"

# The tests of each package, by folder.
PACKAGES = {
    "analytics/disclosure": ("disclosure",),
    "flows/landing": ("landing",),
    "analytics/questions": ("analytics", "disclosure"),
    "analytics/render": ("analytics", "disclosure"),
    "expectations": ("expectations",),
}

SEED = os.environ.get("METACHRON_SOAK_SEED", "1")
MUTANTS = int(os.environ.get("METACHRON_SOAK_MUTANTS", "15"))
CHOSEN = [name for name in os.environ.get("METACHRON_SOAK_PACKAGES", "").split(",") if name]

# Seconds of tests in the first, quick round, and of all that are tried on one mistake.
QUICK, ENOUGH = 8.0, 1500.0
# Seconds of the clock after which a round counts as caught in a loop, and those that a folder may take.
PATIENCE, AN_HOUR = 2400.0, 3600.0
CLOCK = itertools.count(1)

Place = tuple[int, int]  # line from 1, column from 0


@dataclass(frozen=True, slots=True)
class Mutant:
    """One mistake: cosmic-ray's operator, which of the places it knows in the file, and where that is."""

    file: str
    line: int
    column: int
    operator: str
    occurrence: int

    @property
    def name(self) -> str:
        return f"{self.file}:{self.line}:{self.column} {self.operator}"


@dataclass(slots=True)
class Lines:
    """Which tests run which lines of which file, and how long tests and fixtures take."""

    seconds: dict[str, float] = field(default_factory=dict)
    fixtures: dict[str, list[str]] = field(default_factory=dict)
    by_line: dict[str, dict[int, set[str]]] = field(default_factory=dict)

    def tests_of(self, file: str, source: str, line: int) -> list[str]:
        """The tests of the statement around a line, quickest first.

        What runs on import has been run by whoever uses its file or one that imports it.
        """
        known = self.by_line.get(file, {})
        found = {test for each in statement(source, line) for test in known.get(each, ())}
        if runs_on_import(source, line):
            used = [self.by_line.get(each, {}) for each in (file, *importers(file))]
            found |= {test for lines_of in used for tests in lines_of.values() for test in tests}
        return sorted(found, key=lambda test: (self.cost(test), test))

    def cost(self, test: str, made: Container[str] = ()) -> float:
        """Seconds of a test with those of its fixtures that are not made yet."""
        needed = sum(self.seconds[name] for name in self.fixtures[test] if name not in made)
        return self.seconds[test] + needed

    def within(self, tests: list[str], limit: float) -> int:
        """How many of the tests take no longer than so many seconds together; at least one."""
        taken, made = 0.0, set[str]()
        for place, test in enumerate(tests):
            taken += self.cost(test, made)
            made.update(self.fixtures[test])
            if taken > limit and place:
                return place
        return len(tests)


def soak() -> str:
    assert (TOOLS / "cosmic_ray").is_dir(), f"it needs cosmic-ray: {INSTALL}"
    sys.path.append(str(TOOLS))
    OUT.mkdir(parents=True, exist_ok=True)
    packages = CHOSEN or list(PACKAGES)
    kept = OUT / f"seed-{SEED}.txt"
    before = outcomes(kept.read_text(encoding="utf-8")) if kept.exists() else {}
    counts: Counter[str] = Counter()
    with tempfile.TemporaryDirectory(prefix="mutations-") as made, kept.open("a", encoding="utf-8") as log:
        tree = Path(made) / "tree"
        copy_tree(tree)
        with Trials(tree) as trials:
            for package in packages:
                lines = lines_of_tests(trials, PACKAGES[package])
                for mutant in drawn(tree, package):
                    outcome = before.get(mutant.name)
                    if outcome is None:
                        outcome, told = tried(trials, mutant, lines)
                        print(f"{outcome:<10}{mutant.name}  {told}", file=log, flush=True)
                        print(f"{outcome:<10}{mutant.name}", flush=True)
                    counts[outcome] += 1
    total = counts.total()
    return (
        f"seed {SEED}: {total} mistakes in {', '.join(packages)}: caught {counts['caught']}, timed out "
        f"{counts['timed out']}, survived {counts['survived']}; "
        f"{(total - counts['survived']) / total:.0%} noticed; {kept.relative_to(PROJECT)}"
    )


def outcomes(log: str) -> dict[str, str]:
    """What a draw that was stopped has found; the next with its seed goes on from there."""
    told = re.finditer(r"^(caught|timed out|survived) +(\S+ \S+)", log, re.MULTILINE)
    return {found[2]: found[1] for found in told}


def copy_tree(tree: Path) -> None:
    """What git knows, as it is now."""
    known = subprocess.run(["git", "ls-files", "-z"], cwd=PROJECT, capture_output=True, text=True, check=True)
    for name in known.stdout.split("\0"):
        if name and (PROJECT / name).is_file():
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(PROJECT / name, tree / name)


class Trials:
    """pytest in the copy of the tree, as often as asked; see `tests.soak.trials`."""

    def __init__(self, tree: Path) -> None:
        self.tree = tree
        self.server = subprocess.Popen(
            [sys.executable, "-P", Path(__file__).with_name("trials.py")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
        )

    def pytest(self, arguments: list[str], seconds: float, **settings: str) -> int | None:
        """The exit code, or nothing when it took too long."""
        assert self.server.stdin and self.server.stdout
        plugins = ["-p", "tests.soak.lines_of_tests", "-p", "no:cacheprovider"]
        trial = {
            "folder": str(self.tree),
            "arguments": [*plugins, *arguments],
            "settings": settings,
            "seconds": seconds,
        }
        print(json.dumps(trial), file=self.server.stdin, flush=True)
        answer = self.server.stdout.readline().strip()
        return None if answer == "late" else int(answer)

    def __enter__(self) -> Trials:
        return self

    def __exit__(self, *_: object) -> None:
        assert self.server.stdin
        self.server.stdin.close()
        self.server.wait()


def lines_of_tests(trials: Trials, folders: tuple[str, ...]) -> Lines:
    """Measured once for a state of the tree, and kept."""
    found = Lines()
    for folder in folders:
        kept = OUT / "lines" / digest(trials.tree) / folder
        if not (kept / "tests.json").exists():
            kept.mkdir(parents=True, exist_ok=True)
            measured = {"METACHRON_LINES": str(kept), "METACHRON_TOOLS": str(TOOLS)}
            trials.pytest([f"tests/{folder}"], AN_HOUR, **measured)
        add_lines(found, kept)
    return found


@cache
def digest(tree: Path) -> str:
    """Of every Python file in the copy, read before the first mistake is made."""
    whole = hashlib.sha256()
    for path in sorted(tree.rglob("*.py")):
        whole.update(f"{path.relative_to(tree)}\0".encode() + path.read_bytes())
    return whole.hexdigest()[:16]


def add_lines(found: Lines, kept: Path) -> None:
    """What `tests.soak.lines_of_tests` wrote."""
    from coverage import CoverageData

    known = json.loads((kept / "tests.json").read_text(encoding="utf-8"))
    found.seconds |= known["fixtures"]
    tests_with: dict[str, list[str]] = defaultdict(list)
    for test, measured in known["tests"].items():
        found.seconds[test] = measured["seconds"]
        found.fixtures[test] = [name for name in measured["fixtures"] if name in known["fixtures"]]
        for context in (test, *measured["fixtures"]):
            tests_with[context].append(test)
    data = CoverageData(str(kept / "lines.sqlite"))
    data.read()
    for path in data.measured_files():
        lines = found.by_line.setdefault(path.partition("/tree/")[2], {})
        for line, contexts in data.contexts_by_lineno(path).items():
            for context in contexts:
                lines.setdefault(line, set()).update(tests_with.get(context, ()))


def drawn(tree: Path, package: str) -> list[Mutant]:
    """So many places of a package, and one of the mistakes possible at each; the same for the same code."""
    places: dict[tuple[str, int, int], list[Mutant]] = defaultdict(list)
    for path in sorted((tree / package).rglob("*.py")):
        for mutant in mutants_of(path, str(path.relative_to(tree))):
            places[mutant.file, mutant.line, mutant.column].append(mutant)
    chance = random.Random(f"{SEED} {package}")
    found: list[Mutant] = []
    for place in chance.sample(sorted(places), len(places)):
        possible = places[place]
        chance.shuffle(possible)
        # Some of what cosmic-ray proposes is no Python, or the same program written otherwise.
        found.extend(itertools.islice((mutant for mutant in possible if differs(tree, mutant)), 1))
        if len(found) == MUTANTS:
            break
    return found


def mutants_of(path: Path, file: str) -> Iterator[Mutant]:
    """All that cosmic-ray knows of a file, but for what only programmers and type checkers meet."""
    from cosmic_ray.ast import ast_nodes, get_ast
    from cosmic_ray.plugins import get_operator, operator_names

    source = path.read_text(encoding="utf-8")
    aside = set_aside(ast.parse(source))
    nodes = list(ast_nodes(get_ast(source)))
    for operator_name in operator_names():
        operator_class = get_operator(operator_name)
        if operator_class.arguments():
            continue
        operator, occurrence = operator_class(), 0
        for node in nodes:
            for (line, column), _ in operator.mutation_positions(node):
                if not any(start <= (line, column) < end for start, end in aside):
                    yield Mutant(file, line, column, operator_name, occurrence)
                occurrence += 1


def set_aside(module: ast.Module) -> list[tuple[Place, Place]]:
    """Where type hints, aliases of types, `__all__` and what a data class forbids begin and end."""
    found: list[ast.expr] = []
    for node in ast.walk(module):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.returns:
            found.append(node.returns)
        elif isinstance(node, ast.arg | ast.AnnAssign) and node.annotation:
            found.append(node.annotation)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "dataclass":
            found += [keyword.value for keyword in node.keywords]
    for node in module.body:
        if isinstance(node, ast.Assign):
            is_alias = isinstance(node.value, ast.BinOp) and isinstance(node.value.op, ast.BitOr)
            if is_alias or any(isinstance(name, ast.Name) and name.id == "__all__" for name in node.targets):
                found.append(node.value)
    return [
        ((node.lineno, node.col_offset), (node.end_lineno or 0, node.end_col_offset or 0)) for node in found
    ]


def mutated(tree: Path, mutant: Mutant) -> str:
    """The whole file with its mistake."""
    from cosmic_ray.mutating import mutate_code
    from cosmic_ray.plugins import get_operator

    source = (tree / mutant.file).read_text(encoding="utf-8")
    return str(mutate_code(source, get_operator(mutant.operator)(), mutant.occurrence))


def differs(tree: Path, mutant: Mutant) -> bool:
    try:
        wrong = ast.dump(ast.parse(mutated(tree, mutant)))
    except SyntaxError:
        return False
    return wrong != ast.dump(ast.parse((tree / mutant.file).read_text(encoding="utf-8")))


def tried(trials: Trials, mutant: Mutant, lines: Lines) -> tuple[str, str]:
    """Whether a test fails; and what was tried, with the changed lines."""
    path = trials.tree / mutant.file
    source, times = path.read_text(encoding="utf-8"), path.stat()
    tests = lines.tests_of(mutant.file, source, mutant.line)
    wrong = mutated(trials.tree, mutant)
    differences = difflib.unified_diff(source.splitlines(), wrong.splitlines(), n=0, lineterm="")
    changed = [line for line in differences if not line.startswith(("---", "+++", "@@"))]
    began = time.monotonic()
    path.write_text(wrong, encoding="utf-8")
    # Python knows what it compiled by the second of a file's change and its length: each mistake has its own.
    os.utime(path, (next(CLOCK), next(CLOCK)))
    try:
        outcome, ran = run_until_one_fails(trials, tests, lines)
    finally:
        path.write_text(source, encoding="utf-8")
        os.utime(path, (times.st_atime, times.st_mtime))
    told = f"{ran} of {len(tests)} tests, {time.monotonic() - began:.0f} s"
    return outcome, "\n    ".join((told, *changed))


def run_until_one_fails(trials: Trials, tests: list[str], lines: Lines) -> tuple[str, int]:
    """A quick round, then as many of the others as there is patience for."""
    quick, most = lines.within(tests, QUICK), lines.within(tests, ENOUGH)
    for first, last in ((0, quick), (quick, most)):
        if first < last:
            listed = trials.tree.parent / "listed.txt"
            listed.write_text("\n".join(tests[first:last]), encoding="utf-8")
            files = sorted({test.partition("::")[0] for test in tests[first:last]})
            code = trials.pytest(["-x", *files], PATIENCE, METACHRON_LISTED=str(listed))
            if code is None:
                return "timed out", last
            # 5: the mistake gave the tests other names, and none was run.
            if code not in (0, 5):
                return "caught", last
    return "survived", most


def statement(source: str, line: int) -> range:
    """The lines of the innermost statement around a line; of a compound one, its head."""
    found = range(line, line + 1)
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.stmt) and node.lineno <= line <= (node.end_lineno or node.lineno):
            body = getattr(node, "body", None)
            last = max(body[0].lineno - 1 if body else node.end_lineno or 0, node.lineno)
            if line <= last:
                found = range(node.lineno, last + 1)
    return found


def runs_on_import(source: str, line: int) -> bool:
    """Whether a line is in the body of no function."""
    return not any(
        node.body[0].lineno <= line <= (node.end_lineno or 0)
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )


@cache
def importers(file: str) -> tuple[str, ...]:
    """The files of the product that import this one."""
    name = file.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    package, _, module = name.rpartition(".")
    found = []
    for path in itertools.chain(
        *((PROJECT / top).rglob("*.py") for top in ("analytics", "flows", "expectations"))
    ):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and (
                node.module == name
                or (node.module == package and module in {each.name for each in node.names})
            ):
                found.append(str(path.relative_to(PROJECT)))
                break
    return tuple(found)
