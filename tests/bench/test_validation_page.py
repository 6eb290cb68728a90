"""docs/validation.md holds what the command prints: the same tables and lines, and honest figures."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from bench.simulation.__main__ import main

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "validation.md"
COMMAND = "python -m bench.simulation --replicates 200 --seed 1"


def lines(text: str) -> list[list[str]]:
    """Every table line as its cells."""
    rows = (line.strip("|").split("|") for line in text.splitlines() if line.startswith("|"))
    return [[cell.strip() for cell in row] for row in rows]


@pytest.mark.slow
def test_the_page_has_the_tables_and_lines_that_the_command_prints(capsys):
    main(["--replicates", "1", "--seed", "1"])
    # What follows comes from another command (tests/bench).
    printed, page = capsys.readouterr().out, PAGE.read_text(encoding="utf-8").split("## Whole runs")[0]
    assert re.findall("^### .*$", page, re.M) == re.findall("^### .*$", printed, re.M)
    # A line is known by truth, estimator, stance and target; what follows differs with the replicates.
    assert [c[:4] for c in lines(page) if len(c) == 8] == [c[:4] for c in lines(printed) if len(c) == 8]
    # The correction for misclassification has no chance in it, or a seed alone.
    for table in ("### 8.", "### 9."):
        assert lines(section(page, table)) == lines(section(printed, table))


def section(text: str, title: str) -> str:
    return text.split(title)[1].split("###")[0]


def test_the_same_seed_prints_the_same_in_another_process():
    program = (
        "from bench.simulation import scenarios, tables\n"
        "import sys; sys.stdout.write(tables.null_bands(*scenarios.null_bands(5, 1)))"
    )
    printed = [
        subprocess.run(
            [sys.executable, "-c", program], cwd=ROOT, env=os.environ | {"PYTHONHASHSEED": hash_seed},
            capture_output=True, text=True, check=True,
        ).stdout
        for hash_seed in ("0", "1")
    ]  # fmt: skip
    assert printed[0] == printed[1] != ""


def test_the_page_names_its_command():
    assert COMMAND in PAGE.read_text(encoding="utf-8")


def test_corrected_estimators_on_the_page_cover_as_required_or_were_repeated():
    """Tables 1 to 3: every corrected line lies between 92 and 98%, or does when repeated with more runs."""
    page = PAGE.read_text(encoding="utf-8").split("### 4.")[0]
    corrected = [cells for cells in lines(page) if cells[2:3] == ["corrected"]]
    assert len(corrected) == 25
    outside = [c[1] for c in corrected if not 92 <= float(c[6].split("%")[0]) <= 98]
    repeated = re.findall(r"^Repeated with .*?: (.*) at .*?, coverage ([\d.]+)%", page, re.M)
    assert [name for name, _ in repeated] == outside
    assert all(92 <= float(coverage) <= 98 for _, coverage in repeated)


def test_a_count_of_replicates_below_one_is_a_usage_error(capsys):
    with pytest.raises(SystemExit) as refused:
        main(["--replicates", "0"])
    assert refused.value.code == 2
    assert "at least 1" in capsys.readouterr().err
