"""prefect.toml at the project's root: where the server is, told to the prefect command line while we serve.

The file is private, not committed, and locked for as long as somebody serves. A lock dies with its holder:
whoever can take it knows that the server is gone.
"""

from __future__ import annotations

import base64
import fcntl
import json
import os
import tomllib
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flows.errors import UsageError, WarehouseBusy

PROJECT = Path(__file__).resolve().parents[2]
CLIENT_SETTINGS = PROJECT / "prefect.toml"


@dataclass(frozen=True, slots=True)
class Address:
    """Where the server listens, and the password that it asks for."""

    port: int
    auth: str

    @property
    def api(self) -> str:
        return f"http://127.0.0.1:{self.port}/api"

    def ask(
        self,
        path: str,
        document: dict[str, Any] | None = None,
        timeout: float = 10,
        method: str | None = None,
    ) -> Any:
        """The server's answer as JSON: to a GET, or to a POST (or another method) of what is said.

        Raises OSError (URLError is one) when it does not answer or refuses.
        """
        body = None if document is None else json.dumps(document).encode()
        request = urllib.request.Request(f"{self.api}{path}", data=body, method=method)
        request.add_header("Authorization", "Basic " + base64.b64encode(self.auth.encode()).decode())
        request.add_header("Content-Type", "application/json")
        with urllib.request.urlopen(request, timeout=timeout) as answer:
            return json.loads(answer.read() or "null")

    def is_healthy(self) -> bool:
        try:
            self.ask("/health", timeout=2)
        except (OSError, ValueError):
            return False
        return True


@contextmanager
def client_settings(address: Address) -> Iterator[None]:
    """Let the prefect command line find the server from the project's root, for as long as we serve.

    Raises WarehouseBusy when another server serves this project.
    """
    descriptor = os.open(CLIENT_SETTINGS, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        if not _free(descriptor):
            raise WarehouseBusy(
                "SRV-03",
                "A server already serves this project",
                unchanged="It goes on as it was.",
            )
        os.truncate(descriptor, 0)
        # A text of JSON is one of TOML, whatever letters the password has.
        auth = json.dumps(address.auth, ensure_ascii=False)
        os.pwrite(descriptor, f'[api]\nurl = "{address.api}"\nauth_string = {auth}\n'.encode(), 0)
        try:
            yield
        finally:
            CLIENT_SETTINGS.unlink(missing_ok=True)
    finally:
        os.close(descriptor)


def forget_a_gone_server() -> None:
    """Remove the settings of a server that was killed before it could do so itself.

    Prefect would wait for that server; without them a run needs none.
    """
    try:
        descriptor = os.open(CLIENT_SETTINGS, os.O_RDWR)
    except FileNotFoundError:
        return
    try:
        if _free(descriptor):
            CLIENT_SETTINGS.unlink(missing_ok=True)
    finally:
        os.close(descriptor)


def server_is_configured() -> bool:
    """Whether there is a Prefect server to tell: by PREFECT_API_URL, or by prefect.toml in this folder.

    Raises UsageError SRV-04 when it does not answer.
    """
    url = os.environ.get("PREFECT_API_URL") or _url_here()
    if url and not _answers(url):
        raise UsageError(
            "SRV-04",
            "The Prefect server that is configured does not answer",
            value=url,
            unchanged="Nothing was started.",
        )
    return bool(url)


def _url_here() -> str | None:
    try:
        settings = tomllib.loads(Path("prefect.toml").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    api = settings.get("api")
    url = api.get("url") if isinstance(api, dict) else None
    return url if isinstance(url, str) else None


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url.rstrip('/')}/health", timeout=10):
            return True
    except urllib.error.HTTPError:
        return True  # it asks for a password
    except (OSError, ValueError):
        return False


def _free(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
