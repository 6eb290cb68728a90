"""Who may ask `serve-sql`: one user and password, in a file of the home, or the token given for them."""

from __future__ import annotations

import base64
import hmac
import os
import secrets
import threading
import time
from pathlib import Path
from typing import Any

from pyarrow import flight

from flows.durable import fsync_folder, write_new
from flows.errors import PolicyRefused, UsageError
from flows.home import Home

USER = "metachron"
SHORTEST_PASSWORD = 8
AGAIN = "Remove it: the next start makes a new one."

FIRST_DELAY_SECONDS, LONGEST_DELAY_SECONDS = 0.1, 5.0
FORGIVEN_AFTER_SECONDS = 60.0
GUESSES_AT_ONCE = 4
LONGEST_QUEUE_SECONDS = 10.0


def password_file(home: Home) -> Path:
    return home.root / "sql-auth"


def password(home: Home) -> str:
    """What the server asks for, 'user:password', made once and readable by this user alone.

    Raises UsageError SQL-14 for a file that holds no password, PolicyRefused SQL-15 for one that others read.
    """
    file = password_file(home)
    if not file.exists():
        make_password(home, file)
    try:
        text, mode = file.read_text(encoding="utf-8").strip(), file.stat().st_mode
    except (OSError, ValueError):
        raise UsageError(
            "SQL-14", "The password cannot be read", file=file, unchanged="Nothing was started.", remedy=AGAIN
        ) from None
    user, _, word = text.partition(":")
    if not user or len(word) < SHORTEST_PASSWORD or "\n" in text:
        raise UsageError(
            "SQL-14",
            f"This is not a user, a colon and a password of {SHORTEST_PASSWORD} letters or more",
            file=file,
            unchanged="Nothing was started.",
            remedy=AGAIN,
        )
    if mode & 0o077:
        raise PolicyRefused(
            "SQL-15",
            "Others on this machine may read the password",
            file=file,
            unchanged="Nothing was started.",
            remedy=AGAIN,
        )
    return text


def make_password(home: Home, file: Path) -> None:
    """Written whole beside its name; of two servers that start at once, one makes it."""
    home.work.mkdir(mode=0o700, exist_ok=True)
    draft = home.work / f"{file.name}-{os.getpid()}-{secrets.token_hex(4)}"
    try:
        write_new(draft, f"{USER}:{secrets.token_urlsafe(24)}\n".encode(), mode=0o600)
        os.link(draft, file)
        fsync_folder(home.root)
    except FileExistsError:
        pass
    finally:
        draft.unlink(missing_ok=True)


class NoHandshake(flight.ServerAuthHandler):
    """The older way of signing in, which nobody here uses; the password goes with each call."""

    def authenticate(self, outgoing: Any, incoming: Any) -> None:
        return None

    def is_valid(self, token: bytes) -> str:
        return ""


class SlowsDown:
    """Makes whoever guesses wait: each wrong password longer than the one before, a few at once.

    A right password is let through at once, unless so many are being guessed that it has to queue.
    """

    def __init__(self) -> None:
        self.places = threading.BoundedSemaphore(GUESSES_AT_ONCE)
        self.lock = threading.Lock()
        self.n_wrong, self.last_wrong = 0, 0.0

    def judge(self, given: str, right: str) -> None:
        if not self.places.acquire(timeout=LONGEST_QUEUE_SECONDS):
            raise flight.FlightUnavailableError("too many passwords are being tried; ask again later")
        try:
            if not hmac.compare_digest(given.encode(), right.encode()):
                time.sleep(self.delay())
                raise flight.FlightUnauthenticatedError("user or password is wrong")
        finally:
            self.places.release()

    def delay(self) -> float:
        with self.lock:
            now = time.monotonic()
            self.n_wrong = self.n_wrong + 1 if now - self.last_wrong < FORGIVEN_AFTER_SECONDS else 1
            self.last_wrong = now
            return min(FIRST_DELAY_SECONDS * 2.0 ** min(self.n_wrong - 1, 10), LONGEST_DELAY_SECONDS)


class Password(flight.ServerMiddlewareFactory):
    """Lets a call through if its header holds the password, or the token given for it."""

    def __init__(self, secret: str) -> None:
        super().__init__()
        self.basic = base64.b64encode(secret.encode()).decode()
        self.bearer = secrets.token_urlsafe(24)
        self.slows_down = SlowsDown()

    def start_call(self, info: flight.CallInfo, headers: dict[str, list[str]]) -> flight.ServerMiddleware:
        given = next((value for name, value in headers.items() if name.lower() == "authorization"), [""])
        kind, _, word = given[0].partition(" ")
        if kind.lower() == "basic":
            self.slows_down.judge(word, self.basic)
        # A token is too long to be guessed, and one of a server before this is nobody's guess.
        elif kind.lower() != "bearer" or not hmac.compare_digest(word.encode(), self.bearer.encode()):
            raise flight.FlightUnauthenticatedError("user or password is wrong")
        return GivesToken(self.bearer)


class GivesToken(flight.ServerMiddleware):
    """Answers with the token that later calls may show instead of the password."""

    def __init__(self, bearer: str) -> None:
        super().__init__()
        self.bearer = bearer

    def sending_headers(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self.bearer}"}
