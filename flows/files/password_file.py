"""The file of a home that holds a server's user and password: made whole, and refused where it is none."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from flows.errors import PolicyRefused, UsageError
from flows.files.given_file import read_given
from flows.home import Home
from flows.integrity.durable import fsync_folder, write_new

USER = "metachron"
SHORTEST_PASSWORD = 8
MOST_BYTES = 1_000


@dataclass(frozen=True, slots=True)
class PasswordFile:
    """Where it lies, and the codes of what is no password and of one that others may read."""

    name: str
    is_none: str
    is_open: str

    def of(self, home: Home) -> Path:
        return home.root / self.name

    def password(self, home: Home) -> str:
        """What the server asks for, 'user:password', made once and readable by this user alone.

        Raises UsageError for a file that holds no password, PolicyRefused for one that others may read.
        """
        file = self.of(home)
        if not os.path.lexists(file):
            make_password(home, file)
        content = read_given(file, "password", code=self.is_none, most_bytes=MOST_BYTES)
        text = content.decode("utf-8-sig", errors="replace").strip()
        user, _, word = text.partition(":")
        if not user or len(word) < SHORTEST_PASSWORD or not text.isprintable() or "\ufffd" in text:
            raise UsageError(
                self.is_none,
                f"This is not a user, a colon and a password of {SHORTEST_PASSWORD} letters or more",
                file=file,
                unchanged="Nothing was started.",
            )
        if file.stat().st_mode & 0o077:
            raise PolicyRefused(
                self.is_open,
                "Others on this machine may read the password",
                file=file,
                unchanged="Nothing was started.",
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


SQL = PasswordFile("sql-auth", is_none="SQL-14", is_open="SQL-15")
PREFECT = PasswordFile("prefect-auth", is_none="SRV-05", is_open="SRV-06")
