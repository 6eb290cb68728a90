"""Where everything lies under the home directory. The one place that spells these names."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from flows.errors import PolicyRefused, UsageError
from flows.terminal.escaping import escape

# A folder with anything else in it is not ours to shut: it might be /tmp.
# `verified` is of the first release.
OURS = {
    "inbox", "vault", "work", "releases", "released", "reports", "audit", "logs", "certificates", "prefect",
    "prefect-auth", "ledger.jsonl", "lock", "raw.duckdb", "raw.duckdb.open", "raw.duckdb.wal", "build.duckdb",
    "build.duckdb.wal", "warehouse.duckdb", "verified", "sql-auth", "spark", "copies.jsonl", "schedule.yaml",
    "lost",
}  # fmt: skip

# A home has these from its beginning, or from `metachron synth DIR/inbox`.
FROM_THE_BEGINNING = ("ledger.jsonl", "vault", "releases", "inbox")

# A pattern to DuckDB where it attaches a file, and parts of the address of Prefect's database.
NOT_IN_PATHS = "#?%"


@dataclass(frozen=True, slots=True)
class Modes:
    """The modes of what leads to a release; all else in a home is its owner's alone (0700, 0600)."""

    root: int
    releases: int
    release: int


OWNER_ALONE = Modes(root=0o700, releases=0o700, release=0o700)
# Files of a release are 0440 in both; the group comes from the releases' folder, which hands it down.
GROUP_READS_RELEASES = Modes(root=0o710, releases=0o2750, release=0o750)
A_RELEASE = "r" + "[0-9a-f]" * 12


@dataclass(frozen=True, slots=True)
class Home:
    """Paths under one home; made private (0700) before anything is written."""

    root: Path

    @classmethod
    def at(cls, path: str | Path | None = None) -> Home:
        """The home asked for, else $METACHRON_HOME, else ./var.

        Raises UsageError HOME-01 for a path that a database or a server would read as another.
        """
        chosen = Path(path or os.environ.get("METACHRON_HOME") or "var")
        try:
            root = chosen.expanduser().absolute()
        except RuntimeError:
            raise unusable(chosen, "leads to the folder of a user who does not exist") from None
        if strange := sorted(set(NOT_IN_PATHS) & set(str(root))):
            raise unusable(root, f"has {' '.join(strange)}, which means something else to a database")
        if escape(str(root)) != str(root):
            raise unusable(root, "has characters that cannot be shown")
        return cls(root)

    def is_there(self) -> bool:
        """Whether a home lies here; the bare mount point of a disk that is away has nothing of one."""
        return any((self.root / name).exists() for name in FROM_THE_BEGINNING)

    def refuse_none(self) -> None:
        """Raises UsageError HOME-03 where there is no home to ask."""
        if not self.is_there():
            raise UsageError(
                "HOME-03", f"There is no home at {self.root}",
                unchanged="Nothing was made.",
                remedy="Mount its disk, or name another with --home or METACHRON_HOME; "
                "`metachron run` makes a new one.",
            )  # fmt: skip

    def prepare(self) -> Home:
        """Make what is missing. Raises PolicyRefused PERM-02 for a home that belongs to somebody else."""
        refuse_others(self.root)
        for folder in (
            self.root,
            self.inbox,
            self.vault,
            self.work,
            self.releases,
            self.reports,
            self.audit,
            self.logs,
        ):
            try:
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            except FileExistsError:
                raise in_the_way(folder, "folder") from None
        # What commands empty is never behind a link: somebody's own folder would be emptied.
        for folder in (self.work, self.releases, self.reports, self.audit, self.logs):
            if folder.is_symlink():
                raise in_the_way(folder, "folder")
        # Made later, and never through a link: that would write, or prove, what lies elsewhere.
        for folder in (self.released, self.certificates, self.lost):
            if os.path.lexists(folder) and (folder.is_symlink() or not folder.is_dir()):
                raise in_the_way(folder, "folder")
        for file in (self.lock, self.copies):
            if os.path.lexists(file) and (file.is_symlink() or not file.is_file()):
                raise in_the_way(file, "file")
        modes = self.modes()
        is_ours = {found.name for found in self.root.iterdir()} <= OURS
        if modes == GROUP_READS_RELEASES:
            self.let_group_in(modes, is_ours)
        elif is_ours:
            # Made by `mkdir`, or by `metachron synth`, for all to see.
            set_mode(self.root, modes.root)
        return self

    def modes(self) -> Modes:
        """Whether a group reads the releases: its owner gave the folder to it, by `chmod 2750`."""
        found = self.releases.stat().st_mode if self.releases.exists() else 0
        is_for_group = bool(found & stat.S_ISGID) and found & 0o050 == 0o050
        return GROUP_READS_RELEASES if is_for_group else OWNER_ALONE

    def let_group_in(self, modes: Modes, is_ours: bool) -> None:
        """The group of the releases' folder gets through the home to every release, and to nothing else."""
        group = self.releases.stat().st_gid
        set_mode(self.releases, modes.releases)
        for folder in self.releases.glob(A_RELEASE):
            for path in (*folder.iterdir(), folder):
                give_to_group(path, group)
            set_mode(folder, modes.release)
        if is_ours and give_to_group(self.root, group):
            set_mode(self.root, modes.root)

    def can_be_written(self) -> bool:
        """Whether a command that only reads may note that it did: not on a read-only disk, nor as a guest."""
        # What is no folder is for `prepare` to refuse.
        return not self.root.is_dir() or os.access(self.root, os.W_OK | os.X_OK)

    @property
    def inbox(self) -> Path:
        return self.root / "inbox"

    @property
    def raw(self) -> Path:
        return self.root / "raw.duckdb"

    @property
    def build(self) -> Path:
        return self.root / "build.duckdb"

    @property
    def spark(self) -> Path:
        """The tables of the last build by Spark: a folder of Parquet per table, below `current`."""
        return self.root / "spark"

    @property
    def vault(self) -> Path:
        return self.root / "vault"

    @property
    def work(self) -> Path:
        """Disposable: whatever lies here may be deleted at any time."""
        return self.root / "work"

    @property
    def releases(self) -> Path:
        return self.root / "releases"

    @property
    def warehouse(self) -> Path:
        """A link to the published release's file; analysts open this, read-only."""
        return self.root / "warehouse.duckdb"

    @property
    def reports(self) -> Path:
        return self.root / "reports"

    def reports_of(self, study: str) -> Path:
        """The reports of one study: a folder of its name, and no other, whatever a build says its name is."""
        if study in ("", ".", "..") or Path(study).name != study:
            raise PolicyRefused(
                "PERM-04",
                "A study's name is no path",
                value=study,
                unchanged="Nothing was written.",
                remedy="Give the study another `name`, then run `metachron run --study FILE`.",
            )
        return self.reports / study

    @property
    def audit(self) -> Path:
        return self.root / "audit"

    @property
    def released(self) -> Path:
        """What left the home: each outward report with its decision and the record of what it told."""
        return self.root / "released"

    @property
    def certificates(self) -> Path:
        """What was forgotten, when, and what was removed with it."""
        return self.root / "certificates"

    @property
    def lost(self) -> Path:
        """What a repair replaced, kept to show how it was damaged (flows.integrity.lost)."""
        return self.root / "lost"

    @property
    def logs(self) -> Path:
        return self.root / "logs"

    @property
    def ledger(self) -> Path:
        return self.root / "ledger.jsonl"

    @property
    def copies(self) -> Path:
        """Where commands wrote copies of the home's data, a line each (flows.files.output_folder)."""
        return self.root / "copies.jsonl"

    @property
    def schedule(self) -> Path:
        """What `make serve` runs, and when: written once, then its user's (flows.scheduling.schedule)."""
        return self.root / "schedule.yaml"

    @property
    def lock(self) -> Path:
        return self.root / "lock"


def set_mode(path: Path, mode: int) -> None:
    if stat.S_IMODE(path.stat().st_mode) != mode:
        path.chmod(mode)


def give_to_group(path: Path, group: int) -> bool:
    """Whether a path belongs to a group now; only a member, or root, can give it away."""
    if path.stat().st_gid != group:
        with suppress(PermissionError):
            os.chown(path, -1, group)
    return path.stat().st_gid == group


def refuse_others(root: Path) -> None:
    """Whoever owns the home, or the link to it, can read what we would write."""
    me = os.geteuid()
    owners = {found(root).st_uid for found in (os.stat, os.lstat) if root.exists()}
    if me and owners - {me}:
        raise PolicyRefused(
            "PERM-02",
            "This home belongs to another user",
            file=root,
            unchanged="Nothing was written.",
            remedy="Run as its owner, or choose another with --home.",
        )


def in_the_way(path: Path, kind: str) -> UsageError:
    return UsageError(
        "HOME-02", f"Something that is no {kind} lies where the home keeps one", file=path,
        unchanged="Nothing was written.", remedy="Move it away, or choose another with --home.",
    )  # fmt: skip


def unusable(path: Path, why: str) -> UsageError:
    return UsageError(
        "HOME-01",
        f"The path of this home {why}: {path}",
        unchanged="Nothing was written.",
        remedy="Choose another with --home, or METACHRON_HOME.",
    )
