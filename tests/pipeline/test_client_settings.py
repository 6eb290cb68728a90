"""The file that tells the prefect command where the server is: kept while it serves, gone after a kill."""

from __future__ import annotations

from pathlib import Path

import pytest

from flows.errors import WarehouseBusy
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


def test_a_second_server_is_refused_and_the_first_goes_on(settings_file: Path) -> None:
    with client_settings.client_settings(ADDRESS):
        with pytest.raises(WarehouseBusy, match="SRV-03"), client_settings.client_settings(ADDRESS):
            pass
        assert settings_file.exists()
