"""What dbt does for us beside SQL, also when it is started by hand: profiles.yml names this module.

It refuses a wrong study, and to make data outside a home; it gives a new build the storage and the mode that
ours have, keeps the provenance of what was built, and leaves no cache and no value of a row in dbt's scratch.
"""

from __future__ import annotations

import atexit
import os
import stat
from pathlib import Path
from typing import Any

from dbt.adapters.duckdb.plugins import BasePlugin
from dbt.adapters.duckdb.utils import TargetConfig
from dbt.flags import get_flags
from dbt_common.exceptions import DbtRuntimeError

from flows.building.build_file import create_empty
from flows.building.dbt_scratch import remove_caches, strip_values
from flows.building.present_models import sources_hash
from flows.building.provenance import LinesUnreadable, keep
from flows.building.study_of_dbt import check_study
from flows.errors import UsageError


class Plugin(BasePlugin):
    """dbt-duckdb makes one a process and calls it before it connects, after, and from macros."""

    def initialize(self, plugin_config: dict[str, Any]) -> None:
        """Settle where the build and the raw tables lie; make the build if there is none."""
        # What DuckDB makes beside the build is as private as the build.
        os.umask(0o077)
        # dbt does not find dbt_metachron.py where metachron was installed before it had that module.
        check_study()
        flags = get_flags()
        self.project = Path(flags.PROJECT_DIR).absolute()
        self.sources = sources_hash(self.project)
        # With these, dbt makes other SQL of the same files.
        self.is_plain = not any(getattr(flags, name, None) for name in ("EMPTY", "SAMPLE", "DEFER"))
        assert self.creds is not None and self.creds.attach, "profiles.yml attaches the raw tables"
        landed: Any = self.creds.attach[0]
        build, raw = place_path(self.creds.path, self.project), place_path(landed.path, self.project)
        refuse_outside_a_home(build, raw)
        refuse_what_is_no_build(build, raw)
        if not build.exists():
            create_empty(build)
        build.chmod(0o600)
        target = self.project / (flags.TARGET_PATH or "target")
        atexit.register(strip_values, target)
        atexit.register(remove_caches, target)
        self.creds.path, landed.path = str(build), str(raw)

    def configure_connection(self, conn: Any) -> None:
        self.connection = conn

    def store(self, target_config: TargetConfig) -> None:
        """Called by the macro keep_provenance at the end of a run that made tables."""
        # Sources that changed while dbt ran are of neither state; the tables are then compared by their SQL.
        is_theirs = self.is_plain and sources_hash(self.project) == self.sources
        sources = self.sources if is_theirs else ""
        try:
            with self.connection.cursor() as cursor:
                keep(cursor, sources=sources, **target_config.config)
        except LinesUnreadable as failure:
            raise refused(
                "DBT-03",
                f"Of the tables that were there before, {failure}: an older version wrote them, or somebody",
            ) from None


def place_path(path: str, project: Path) -> Path:
    """A path of the profile: ours are meant from where dbt was called, its default from the project."""
    is_default = not {"METACHRON_HOME", "METACHRON_BUILD"} & os.environ.keys()
    called = Path(os.environ.get("PWD", Path.cwd()))
    return Path(os.path.normpath((project if is_default else called) / Path(path).expanduser()))


def refuse_outside_a_home(build: Path, raw: Path) -> None:
    """DuckDB would make a database wherever it is pointed to."""
    if not raw.is_file() or not build.parent.is_dir():
        raise refused(
            "DBT-01",
            f"There are no raw tables at {raw}, so this is no home to build in",
        )


def refuse_what_is_no_build(build: Path, raw: Path) -> None:
    """A release, or whatever a link leads to, would be made writable and filled."""
    is_kept = build.exists() and not build.stat().st_mode & stat.S_IWUSR
    if build.is_symlink() or is_kept or build.resolve() == raw.resolve():
        raise refused(
            "DBT-02",
            f"What lies at {build} is no build: a link, the raw tables, or a file that is kept as it is",
        )


def refused(code: str, what: str) -> DbtRuntimeError:
    """The error that dbt tells without a traceback."""
    return DbtRuntimeError(str(UsageError(code, what, unchanged="Nothing was made.")))
