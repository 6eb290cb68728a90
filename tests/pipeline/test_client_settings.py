"""The file that tells the prefect command where the server is: kept while it serves, gone after a kill."""

from __future__ import annotations

import threading
import tomllib
from pathlib import Path

import pytest

from flows.errors import UsageError, WarehouseBusy
from flows.home import Home
from flows.integrity.lock import single_writer
from flows.pipeline import Engine
from flows.scheduling import client_settings

ADDRESS = client_settings.Address(4200, "metachron:secret")


@pytest.fixture(autouse=True)
def settings_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(client_settings, "CLIENT_SETTINGS", tmp_path / "prefect.toml")
    return tmp_path / "prefect.toml"


def test_a_slow_server_is_not_forgotten(settings_file: Path) -> None:
    """Nothing answers on that port: only the lock says that somebody serves."""
    with client_settings.client_settings(ADDRESS):
        client_settings.forget_a_gone_server()
        assert "127.0.0.1:4200" in settings_file.read_text()
    assert not settings_file.exists()


def test_a_killed_server_is_forgotten(settings_file: Path) -> None:
    settings_file.write_text('[api]\nurl = "http://127.0.0.1:4200/api"\n')
    client_settings.forget_a_gone_server()
    assert not settings_file.exists()


def test_a_second_server_is_refused_until_the_first_is_stopped(settings_file: Path) -> None:
    with client_settings.client_settings(ADDRESS):
        with pytest.raises(WarehouseBusy, match="SRV-03"), client_settings.client_settings(ADDRESS):
            pass
        assert settings_file.exists()
    with client_settings.client_settings(ADDRESS):
        assert settings_file.exists()


def test_the_password_arrives_as_it_is(settings_file: Path) -> None:
    auth = 'me:quoted"\\word'
    with client_settings.client_settings(client_settings.Address(4200, auth)):
        assert tomllib.loads(settings_file.read_text())["api"]["auth_string"] == auth


@pytest.mark.parametrize("said", ["api = 5", "[api]\nurl = 5", '[api]\nurl = ["x"]', "[api", "[other]"])
def test_a_file_that_names_no_server_is_none(
    said: str, settings_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(settings_file.parent)
    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    settings_file.write_text(said)
    assert client_settings.server_is_configured() is False


@pytest.mark.parametrize("by", ["environment", "file", "neither"])
def test_a_run_is_told_to_the_server_that_is_configured_and_only_then(
    by: str, settings_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing answers on that port, so that being asked is being refused."""
    monkeypatch.chdir(settings_file.parent)
    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    if by == "environment":
        monkeypatch.setenv("PREFECT_API_URL", "http://127.0.0.1:9/api")
    if by == "file":
        settings_file.write_text('[api]\nurl = "http://127.0.0.1:9/api"\n')
    if by == "neither":
        assert client_settings.server_is_configured() is False
    else:
        with pytest.raises(UsageError, match="SRV-04") as refused:
            client_settings.server_is_configured()
        assert "unset PREFECT_API_URL" in refused.value.remedy


def test_without_a_server_a_run_waits_for_the_writer_before_it(tmp_path: Path) -> None:
    home, holds, waits = Home.at(tmp_path / "home"), threading.Event(), threading.Event()

    def write() -> None:
        with single_writer(home):
            holds.set()
            waits.wait(60)

    writer = threading.Thread(target=write)
    writer.start()
    assert holds.wait(60)
    with pytest.raises(WarehouseBusy), single_writer(home):
        pass
    threading.Timer(0.3, waits.set).start()
    with Engine().reserve(home):
        writer.join()
