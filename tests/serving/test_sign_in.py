"""The password of `serve-sql`: whole or not there, refused where it is none, and slow to guess."""

from __future__ import annotations

import base64
import os
import stat
import threading
from pathlib import Path

import pytest
from pyarrow import flight

from flows.errors import PolicyRefused, UsageError
from flows.files import password_file
from flows.files.password_file import PREFECT, SQL, PasswordFile
from flows.home import Home
from flows.serving.flight import sign_in as flight_sign_in
from flows.serving.flight.sign_in import SlowsDown


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home").prepare()


def test_a_password_is_made_once_for_its_owner_alone(home: Home) -> None:
    made: list[str] = []
    threads = [threading.Thread(target=lambda: made.append(SQL.password(home))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(made)) == 1 and made[0].startswith("metachron:") and len(made[0]) > 40
    assert stat.S_IMODE(SQL.of(home).stat().st_mode) == 0o600
    assert list(home.work.iterdir()) == []


def test_a_start_that_dies_while_it_writes_leaves_no_password(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    def half(file: Path, content: bytes, *, mode: int) -> None:
        file.write_bytes(content[:5])
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(password_file, "write_new", half)
        SQL.password(home)
    assert not SQL.of(home).exists()
    assert SQL.password(home).startswith("metachron:")


NO_PASSWORDS = [
    b"", b"\n", b"metachron", b"metachron:", b":secretsecret", b"a:short", b"\xff:", b"a:1234\r5678",
]  # fmt: skip


@pytest.mark.parametrize("kept", [SQL, PREFECT], ids=["serve-sql", "make serve"])
@pytest.mark.parametrize("content", [*NO_PASSWORDS, "a pipe", "/dev/zero", "/nowhere/at/all"])
def test_a_file_that_holds_no_password_is_refused(
    kept: PasswordFile, content: bytes | str, home: Home
) -> None:
    if content == "a pipe":
        os.mkfifo(kept.of(home))
    elif isinstance(content, str):
        kept.of(home).symlink_to(content)
    else:
        kept.of(home).write_bytes(content)
        kept.of(home).chmod(0o600)
    with pytest.raises(UsageError, match=kept.is_none):
        kept.password(home)
    kept.of(home).unlink()  # as the message says
    assert kept.password(home)


def test_the_mark_and_the_line_ends_of_an_editor_are_no_part_of_a_password(home: Home) -> None:
    PREFECT.of(home).write_bytes("\ufeffmetachron:secretsecret\r\n".encode())
    PREFECT.of(home).chmod(0o600)
    assert PREFECT.password(home) == "metachron:secretsecret"


def test_a_password_that_others_may_read_is_refused(home: Home) -> None:
    SQL.password(home)
    SQL.of(home).chmod(0o640)
    with pytest.raises(PolicyRefused, match="SQL-15"):
        SQL.password(home)


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
