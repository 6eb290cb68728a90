"""The password of `serve-sql`: whole or not there, refused where it is none, and slow to guess."""

from __future__ import annotations

import base64
import stat
import threading
from pathlib import Path

import pytest
from pyarrow import flight

from flows.asking import flight_sign_in
from flows.asking.flight_sign_in import SlowsDown, password, password_file
from flows.errors import PolicyRefused, UsageError
from flows.home import Home


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home").prepare()


def test_a_password_is_made_once_for_its_owner_alone(home: Home) -> None:
    made: list[str] = []
    threads = [threading.Thread(target=lambda: made.append(password(home))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(made)) == 1 and made[0].startswith("metachron:") and len(made[0]) > 40
    assert stat.S_IMODE(password_file(home).stat().st_mode) == 0o600
    assert list(home.work.iterdir()) == []


def test_a_start_that_dies_while_it_writes_leaves_no_password(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    def half(file: Path, content: bytes, *, mode: int) -> None:
        file.write_bytes(content[:5])
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(flight_sign_in, "write_new", half)
        password(home)
    assert not password_file(home).exists()
    assert password(home).startswith("metachron:")


@pytest.mark.parametrize(
    "content", [b"", b"\n", b"metachron", b"metachron:", b":secretsecret", b"a:short", b"\xff:"]
)
def test_a_file_that_holds_no_password_is_refused(home: Home, content: bytes) -> None:
    password_file(home).write_bytes(content)
    password_file(home).chmod(0o600)
    with pytest.raises(UsageError, match="SQL-14"):
        password(home)
    password_file(home).unlink()  # as the message says
    assert password(home)


def test_a_password_that_others_may_read_is_refused(home: Home) -> None:
    password(home)
    password_file(home).chmod(0o640)
    with pytest.raises(PolicyRefused, match="SQL-15"):
        password(home)


def test_each_wrong_password_waits_longer_and_a_right_one_not_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    now = [1000.0]
    monkeypatch.setattr(flight_sign_in.time, "sleep", slept.append)
    monkeypatch.setattr(flight_sign_in.time, "monotonic", lambda: now[0])
    right = base64.b64encode(b"metachron:right").decode()
    slows_down = SlowsDown()
    for _ in range(9):
        with pytest.raises(flight.FlightUnauthenticatedError):
            slows_down.judge("wrong", right)
    assert slept == [0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 5.0, 5.0, 5.0]
    slows_down.judge(right, right)
    assert len(slept) == 9
    now[0] += flight_sign_in.FORGIVEN_AFTER_SECONDS
    with pytest.raises(flight.FlightUnauthenticatedError):
        slows_down.judge("a typing mistake", right)
    assert slept[-1] == 0.1


def test_guesses_side_by_side_wait_for_each_other_and_one_guess_keeps_nobody(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(flight_sign_in, "LONGEST_QUEUE_SECONDS", 0.05)
    waiting, let_go = threading.Semaphore(0), threading.Event()

    def sleep(seconds: float) -> None:
        waiting.release()
        let_go.wait()

    monkeypatch.setattr(flight_sign_in.time, "sleep", sleep)
    slows_down = SlowsDown()

    def guess() -> None:
        with pytest.raises(flight.FlightUnauthenticatedError):
            slows_down.judge("wrong", "right")

    threads = [threading.Thread(target=guess) for _ in range(flight_sign_in.GUESSES_AT_ONCE)]
    for number, thread in enumerate(threads):
        if number == 1:
            slows_down.judge("right", "right")
        thread.start()
        waiting.acquire()
    with pytest.raises(flight.FlightUnavailableError, match="too many passwords"):
        slows_down.judge("wrong", "right")
    let_go.set()
    for thread in threads:
        thread.join()
