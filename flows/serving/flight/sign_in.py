"""Who may ask `serve-sql`: one user and password, in a file of the home, or the token given for them."""

from __future__ import annotations

import base64
import hmac
import secrets
import threading
import time
from typing import Any

from pyarrow import flight

FIRST_DELAY_SECONDS, LONGEST_DELAY_SECONDS = 0.1, 5.0
FORGIVEN_AFTER_SECONDS = 60.0
GUESSES_AT_ONCE = 4
LONGEST_QUEUE_SECONDS = 10.0


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
            raise flight.FlightUnavailableError("too many passwords are being tried; try again later")
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
