"""Where everything lies under the home directory. The one place that spells these names."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase
from pathlib import Path

from flows.copies import copies
from flows.errors import PolicyRefused, UsageError
from flows.terminal.escaping import escape


class Kind(StrEnum):
    """What an entry of a home is."""

    FOLDER = "folder"
    FILE = "file"
    LINK = "link"


class OnPrepare(StrEnum):
    """What every command that may write does with an entry before it begins."""

    MAKE = "made where it is missing"
    GUARD = "refused where something else lies in its place"
    NOTHING = "left to who makes it"


class OnForget(StrEnum):
    """What `metachron forget` does with an entry, in this order: what was made from a delivery goes first."""

    CHOOSE = "what was made from the delivery is erased"
    ERASE = "erased"
    REWRITE = "written anew without the delivery's rows"
    WITHDRAW = "the delivery's bytes are erased"
    KEEP = "kept; the certificate names it"
    NOTHING = "nothing: it tells of no delivery"


class OnVerify(StrEnum):
    """How `metachron verify` holds an entry to the ledger, in this order."""

    CHAIN = "each line seals the one before"
    COUNT = "its rows are counted"
    HASH = "it is hashed"
    EXISTS = "it leads where the ledger says"


@dataclass(frozen=True, slots=True)
class Entry:
    """What lies under a name directly below the home. Every command goes by this table.

    name            as `fnmatch` understands it
    mode            of the file, or of each file in the folder; None where its maker decides and the folder,
                    closed to others itself (0700), is the wall
    holds_patients  whether rows, or numbers of few people, may be in it
    may_be_link     whether it may lie elsewhere: never where a command removes what it finds
    takes_copies    whether commands may be told to write below it
    is_shut         whether `verify` refuses it open to others even where the home itself is closed to them
    """

    name: str
    kind: Kind
    what: str
    made_by: str
    holds_patients: bool
    mode: int | None
    on_forget: OnForget
    on_prepare: OnPrepare = OnPrepare.NOTHING
    on_verify: tuple[OnVerify, ...] = ()
    may_be_link: bool = False
    takes_copies: bool = False
    is_shut: bool = False

    def holds(self, name: str) -> bool:
        """Whether a name directly below the home is this entry's."""
        return fnmatchcase(name, self.name)

    def paths(self, root: Path) -> list[Path]:
        """What lies under this name now."""
        return sorted(root.glob(self.name))


CHAIN, COUNT, HASH, EXISTS = OnVerify

# What a home holds; whatever else lies there is somebody's own. `verify` goes through it from top to bottom.
CONTENTS = (
    Entry("inbox", Kind.FOLDER, "what arrives; never altered", "whoever delivers, `synth`", True, None,
          OnForget.WITHDRAW, OnPrepare.MAKE, may_be_link=True),
    Entry("ledger.jsonl", Kind.FILE, "what happened, in order",
          "every command that writes", False, 0o600, OnForget.KEEP, on_verify=(CHAIN,), may_be_link=True,
          is_shut=True),
    Entry("vault", Kind.FOLDER, "delivered bytes as received, each file named by its hash", "`load`", True,
          0o400, OnForget.WITHDRAW, OnPrepare.MAKE, (HASH,), may_be_link=True, is_shut=True),
    Entry("raw.duckdb", Kind.FILE, "the landed rows, all columns text", "`load`", True, 0o600,
          OnForget.REWRITE, on_verify=(COUNT, HASH), may_be_link=True, is_shut=True),
    Entry("raw.duckdb.open", Kind.FILE, "says that raw.duckdb was not closed yet", "`load`", False, 0o600,
          OnForget.NOTHING),
    Entry("raw.duckdb.wal", Kind.FILE, "rows that DuckDB has not written into raw.duckdb yet", "`load`", True,
          0o600, OnForget.REWRITE),
    Entry("raw.duckdb.tmp", Kind.FOLDER, "what DuckDB spills while it reads raw.duckdb",
          "a person's own DuckDB", True, None, OnForget.ERASE),
    Entry("build.duckdb", Kind.FILE, "the candidate, made anew each time", "`build`", True, 0o600,
          OnForget.ERASE, is_shut=True),
    Entry("build.duckdb.wal", Kind.FILE, "rows that DuckDB has not written into build.duckdb yet",
          "`dbt run`", True, 0o600, OnForget.ERASE),
    Entry("build.duckdb.tmp", Kind.FOLDER, "what DuckDB spills while it makes or reads build.duckdb",
          "`dbt run`, `audit`, `publish`", True, None, OnForget.ERASE),
    Entry("spark", Kind.FOLDER, "the tables of the last build by Spark, as Parquet", "`spark`", True, None,
          OnForget.ERASE, OnPrepare.GUARD),
    Entry("warehouse.duckdb", Kind.LINK, "leads to the published release, which analysts read", "`publish`",
          False, None, OnForget.CHOOSE, on_verify=(EXISTS,), may_be_link=True),
    Entry(".draft-warehouse.duckdb", Kind.LINK, "the link before it has its name", "`publish`", False, None,
          OnForget.ERASE, may_be_link=True),
    Entry("releases", Kind.FOLDER, "audited warehouses that never change again", "`publish`", True, 0o440,
          OnForget.CHOOSE, OnPrepare.MAKE, (HASH,), is_shut=True),
    Entry("audit", Kind.FOLDER, "the data-quality report of the last audit", "`audit`", True, 0o600,
          OnForget.ERASE, OnPrepare.MAKE, (HASH,)),
    Entry("reports", Kind.FOLDER, "reports, a folder a study and release",
          "`report`, `sensitivity`, `diff`", True, 0o600, OnForget.CHOOSE, OnPrepare.MAKE, (HASH,),
          takes_copies=True),
    Entry("released", Kind.FOLDER, "public reports with their decisions, and the record of what each told",
          "`release`", True, 0o400, OnForget.CHOOSE, OnPrepare.GUARD, (HASH,), is_shut=True),
    Entry("copies.jsonl", Kind.FILE, "where commands wrote copies of the home's data",
          "`export`, `sql --out` ..", False, 0o600, OnForget.KEEP, OnPrepare.GUARD, (HASH,)),
    Entry("certificates", Kind.FOLDER, "what was forgotten, when, and what went with it", "`forget`", False,
          0o400, OnForget.KEEP, OnPrepare.GUARD, (HASH,)),
    Entry("lost", Kind.FOLDER, "what a repair replaced, for whoever asks how it was damaged",
          "`rebuild`", True, None, OnForget.ERASE, OnPrepare.GUARD),
    Entry("work", Kind.FOLDER, "disposable: may be deleted at any time",
          "every command that writes", True, None, OnForget.ERASE, OnPrepare.MAKE, takes_copies=True),
    Entry("logs", Kind.FOLDER, "what the Prefect server and its worker say", "`make serve`", True, 0o600,
          OnForget.ERASE, OnPrepare.MAKE),
    Entry("prefect", Kind.FOLDER, "Prefect's own database", "`make serve`", True, None, OnForget.ERASE,
          OnPrepare.GUARD),
    Entry("prefect-auth", Kind.FILE, "user and password of the Prefect server", "`make serve`", False, 0o600,
          OnForget.NOTHING, may_be_link=True),
    Entry("sql-auth", Kind.FILE, "user and password of the SQL server", "`serve-sql`", False, 0o600,
          OnForget.NOTHING, may_be_link=True),
    Entry("schedule.yaml", Kind.FILE, "what runs when", "`make serve`, then its user", False, 0o600,
          OnForget.NOTHING, may_be_link=True),
    Entry("lock", Kind.FILE, "held by the one command that writes", "every command that writes", False, 0o600,
          OnForget.NOTHING, OnPrepare.GUARD),
    Entry("verified", Kind.FILE, "of the first release; believed by nobody", "the first release", False, None,
          OnForget.NOTHING, may_be_link=True),
)  # fmt: skip

# A home has these from its beginning, or from `metachron synth DIR/inbox`.
FROM_THE_BEGINNING = ("ledger.jsonl", "vault", "releases", "inbox")

# In every folder that a command wrote where it was told to (flows.files.output_folder).
MARKER = ".metachron-folder"

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

        Raises UsageError HOME-01 for a path that a database or a server would read as another, HOME-02 where
        a file lies there.
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
        if root.exists() and not root.is_dir():
            raise foreign_entry(root, Kind.FOLDER)
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
            )  # fmt: skip

    def prepare(self) -> Home:
        """Make what is missing. Raises PolicyRefused PERM-02 for a home that belongs to somebody else."""
        refuse_others(self.root)
        make_folder(self.root)
        for entry in CONTENTS:
            if entry.on_prepare is OnPrepare.MAKE:
                make_folder(self.root / entry.name)
            if entry.on_prepare is not OnPrepare.NOTHING:
                refuse_other_kind(self.root / entry.name, entry)
        modes, is_ours = self.modes(), not self.strangers()
        if modes == GROUP_READS_RELEASES:
            self.let_group_in(modes, is_ours)
        elif is_ours:
            # Made by `mkdir`, or by `metachron synth`, for all to see.
            set_mode(self.root, modes.root)
        return self

    def strangers(self) -> list[str]:
        """Names directly below the home that no command of ours gave.

        A folder with any of them is not ours to shut: it might be /tmp.
        """
        root = self.root.resolve()
        places = [Path(place) for place in copies(self.copies)]
        named = {place.relative_to(root).parts[0] for place in places if place.is_relative_to(root)}
        return sorted(
            path.name
            for path in self.root.iterdir()
            if entry_of(path.name) is None and path.name not in named and not (path / MARKER).exists()
        )

    def modes(self) -> Modes:
        """Whether a group reads the releases: its owner gave the folder to it, by `chmod 2750`."""
        mode = self.releases.stat().st_mode if self.releases.exists() else 0
        is_for_group = bool(mode & stat.S_ISGID) and mode & 0o050 == 0o050
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
                "The study's name cannot be the name of a folder",
                value=study,
                unchanged="Nothing was written.",
            )
        return self.reports / study

    @property
    def audit(self) -> Path:
        return self.root / "audit"

    @property
    def released(self) -> Path:
        """What left the home: each public report with its decision and the record of what it told."""
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


def entry_of(name: str) -> Entry | None:
    """The entry that a name directly below a home belongs to; None for somebody's own."""
    return next((entry for entry in CONTENTS if entry.holds(name)), None)


def make_folder(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except FileExistsError:
        raise foreign_entry(folder, "folder") from None


def refuse_other_kind(path: Path, entry: Entry) -> None:
    """Raise UsageError HOME-02 where something else lies in the place of an entry.

    What commands remove is never behind a link: somebody's own folder would be emptied, or, where only the
    link went, rows would stay that a certificate says are gone. What they write, or prove, is not elsewhere.
    """
    is_kind = path.is_dir() if entry.kind is Kind.FOLDER else path.is_file()
    if os.path.lexists(path) and not (is_kind and (entry.may_be_link or not path.is_symlink())):
        raise foreign_entry(path, entry.kind)


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
    owners = {status_of(root).st_uid for status_of in (os.stat, os.lstat) if root.exists()}
    if me and owners - {me}:
        raise PolicyRefused(
            "PERM-02",
            "This home belongs to another user",
            file=root,
            unchanged="Nothing was written.",
        )


def foreign_entry(path: Path, kind: str) -> UsageError:
    return UsageError(
        "HOME-02", f"Something that is no {kind} lies where the home keeps one", file=path,
        unchanged="Nothing was written.",
    )  # fmt: skip


def unusable(path: Path, why: str) -> UsageError:
    return UsageError(
        "HOME-01",
        f"The path of this home {why}: {path}",
        unchanged="Nothing was written.",
    )
