"""A small home with a published release, made by the commands that users run, shared by all tests here."""

from __future__ import annotations

import subprocess

import pytest

from flows.home import Home
from tests.pipeline.command import environment
from tests.warm_dbt import metachron_warm


@pytest.fixture(scope="session")
def made_home(tmp_path_factory: pytest.TempPathFactory) -> tuple[Home, dict[str, str]]:
    """The home, and what each command answered with --json."""
    folder = tmp_path_factory.mktemp("team")
    home, told = Home(folder / "home"), {}
    stages = [
        ["synth", str(home.inbox), "--scale", "0.05", "--every-case"],
        ["load", str(home.inbox)],
        ["build"],
        ["audit"],
        ["publish"],
    ]
    for words in stages:
        ended = subprocess.run(
            [*metachron_warm(), *words, "--json"],
            env=environment(home.root),
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=600,
        )
        assert ended.returncode == 0, ended.stderr
        told[words[0]] = ended.stdout
    return home, told


@pytest.fixture(scope="session")
def published_home(made_home: tuple[Home, dict[str, str]]) -> Home:
    return made_home[0]


@pytest.fixture(scope="session")
def told_while_made(made_home: tuple[Home, dict[str, str]]) -> dict[str, str]:
    return made_home[1]
