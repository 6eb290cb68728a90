"""What `pip install .` puts into another environment works from any folder, without the checkout."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from dataclasses import dataclass
from importlib.metadata import distribution
from pathlib import Path

import pytest

from flows.publishing.code_version import code_version
from tests.pipeline.command import PROJECT

pytestmark = pytest.mark.slow

SHIPPED = ("flows", "analytics", "expectations", "samples", "dbt_project", "studies", "dbt_metachron.py")


def files_of_git(*paths: str) -> list[str]:
    """What git keeps or would keep: nothing that was made."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--deduplicate", *paths]
    listed = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=True)
    return [name for name in listed.stdout.splitlines() if (PROJECT / name).is_file()]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of the working tree, built from a copy: setuptools leaves a folder where it builds."""
    copy, built = tmp_path_factory.mktemp("copy"), tmp_path_factory.mktemp("built")
    for name in files_of_git():
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(PROJECT / name, copy / name, follow_symlinks=False)
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    subprocess.run([*command, "--no-index", "--wheel-dir", built, copy], check=True, timeout=300)
    [made] = built.glob("metachron-*.whl")
    return made


@dataclass(frozen=True, slots=True)
class Environment:
    """A virtual environment that has our wheel, and what it depends on from the environment of the tests."""

    folder: Path

    @property
    def packages(self) -> Path:
        [found] = self.folder.glob("lib/python*/site-packages")
        return found

    def run(self, program: str, *words: str | Path, home: Path) -> subprocess.CompletedProcess[str]:
        """One program of this environment, in the folder beside the home."""
        kept = {
            key: value
            for key, value in os.environ.items()
            if not key.startswith(("PREFECT_", "METACHRON_", "PYTHON"))
        }
        return subprocess.run(
            [self.folder / "bin" / program, *words],
            env={**kept, "METACHRON_HOME": str(home)},
            cwd=home.parent,
            capture_output=True,
            text=True,
            timeout=600,
        )

    def contents(self) -> dict[str, tuple[int, int]]:
        """Each installed file with its size and time."""
        return {
            str(file.relative_to(self.packages)): (file.stat().st_size, file.stat().st_mtime_ns)
            for file in self.packages.rglob("*")
            if file.is_file()
        }

    def pip(self, *words: str | Path) -> None:
        """`pip install` into this environment, without an index."""
        command = [sys.executable, "-m", "pip", "--python", self.folder, "install", "--quiet", "--no-index"]
        subprocess.run([*command, *words], check=True, timeout=300)


def environment_with(wheel: Path, folder: Path, packages: Path) -> Environment:
    """An environment with our wheel, and what lies in another folder of packages."""
    made = Environment(folder)
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True, timeout=120)
    made.pip("--no-deps", wheel)
    # A path in a .pth file brings what lies there, but not the checkout, which only another .pth file names.
    (made.packages / "dependencies.pth").write_text(f"{packages}\n")
    shutil.copy2(Path(sys.executable).with_name("dbt"), made.folder / "bin")
    return made


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    return environment_with(
        wheel, tmp_path_factory.mktemp("environment"), Path(sysconfig.get_path("purelib"))
    )


MISSING = ("defusedxml", "survival")


@pytest.fixture(scope="module")
def incomplete(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """An environment that lacks a tool, and the data of the open cohorts."""
    packages = tmp_path_factory.mktemp("packages")
    for path in Path(sysconfig.get_path("purelib")).iterdir():
        if not path.name.startswith(MISSING):
            (packages / path.name).symlink_to(path)
    return environment_with(wheel, tmp_path_factory.mktemp("incomplete"), packages)


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheels of what is missing, packed again from what the tests run on."""
    folder = tmp_path_factory.mktemp("index")
    for name in MISSING:
        found = distribution(name)
        *_, tag = re.findall(r"^Tag: (.+)$", found.read_text("WHEEL") or "", flags=re.MULTILINE)
        with zipfile.ZipFile(folder / f"{name}-{found.version}-{tag}.whl", "w") as packed:
            for file in found.files or ():
                if file.suffix != ".pyc" and ".." not in file.parts:
                    packed.write(file.locate(), file.as_posix())
    return folder


def test_the_wheel_has_every_file_of_ours_and_no_other(wheel: Path) -> None:
    held = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    held = {name.partition(".data/data/share/metachron/")[2] or name for name in held}
    assert held == set(files_of_git(*SHIPPED, "docs"))


def test_the_wheel_names_its_licence_and_brings_the_text(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as opened:
        [metadata] = [name for name in opened.namelist() if name.endswith(".dist-info/METADATA")]
        [text] = [name for name in opened.namelist() if name.endswith(".dist-info/licenses/LICENSE")]
        assert "License-Expression: Apache-2.0\n" in opened.read(metadata).decode()
        assert opened.read(text) == (PROJECT / "LICENSE").read_bytes()


def test_the_installed_command_runs_a_study_from_any_folder(installed: Environment, tmp_path: Path) -> None:
    before, home = installed.contents(), tmp_path / "home"

    told = installed.run("python", "-c", "import flows, sys; sys.stdout.write(flows.__file__)", home=home)
    assert Path(told.stdout) == installed.packages / "flows" / "__init__.py"

    version = installed.run("metachron", "--version", home=home)
    assert version.stdout == f"metachron {code_version()}\n", version.stderr

    for words in (
        ["synth", tmp_path / "inbox", "--scale", "0.02", "--every-case"],
        ["run", "--inbox", tmp_path / "inbox"],
    ):
        done = installed.run("metachron", *words, home=home)
        assert done.returncode == 0, done.stdout + done.stderr
    assert sorted(file.name for file in tmp_path.iterdir()) == ["home", "inbox"]

    # Messages name pages of docs.
    assert (installed.folder / "share" / "metachron" / "docs" / "hospital.md").is_file()

    [report] = home.glob("reports/*/latest/report.html")
    results = json.loads((report.parent / "results.json").read_text(encoding="utf-8"))
    assert results["run"]["code_version"] == code_version()
    assert installed.contents() == before


def test_the_schedule_is_not_served_from_an_installed_package(installed: Environment, tmp_path: Path) -> None:
    """Its settings would be written beside the code."""
    before = installed.contents()
    refused = installed.run("python", "-m", "flows.scheduling.serve", home=tmp_path / "home")
    assert refused.returncode == 2 and "SRV-07" in refused.stderr, refused.stderr
    assert installed.contents() == before


def test_the_lock_travels_with_the_package(installed: Environment, tmp_path: Path) -> None:
    """The inventory names what was tested, also where there is no checkout."""
    told = installed.run("python", "-m", "flows.maintenance.supply_chain", home=tmp_path / "home")
    here = subprocess.run(
        [sys.executable, "-m", "flows.maintenance.supply_chain"], cwd=PROJECT, capture_output=True, text=True
    )
    assert told.returncode == 0, told.stderr
    assert json.loads(told.stdout) == json.loads(here.stdout)


def test_a_tool_that_is_missing_comes_with_the_wheel_installed_again(
    incomplete: Environment, wheel: Path, index: Path, tmp_path: Path
) -> None:
    check = ("python", "-c", "from flows.process.selfcheck import require_tools; require_tools()")
    refused = incomplete.run(*check, home=tmp_path / "home")
    assert "ENV-01" in refused.stderr and "defusedxml is missing" in refused.stderr, refused.stderr
    assert "install the wheel again with pip" in refused.stderr
    incomplete.pip("--find-links", index, wheel)
    assert incomplete.run(*check, home=tmp_path / "home").returncode == 0


def test_the_open_cohorts_come_with_the_command_that_their_refusal_names(
    incomplete: Environment, index: Path, tmp_path: Path
) -> None:
    refused = incomplete.run("metachron", "open-cohort", tmp_path / "cohort", home=tmp_path / "home")
    assert refused.returncode == 2 and "OPEN-01" in refused.stderr, refused.stderr
    [extra] = re.findall(r"Install it: pip install ('[^']+')", refused.stderr)
    incomplete.pip("--find-links", index, *shlex.split(extra))
    written = incomplete.run("metachron", "open-cohort", tmp_path / "cohort", home=tmp_path / "home")
    assert written.returncode == 0, written.stderr
