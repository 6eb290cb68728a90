"""Is everything here that Spark needs, in versions that go together?"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

from flows.errors import UsageError
from flows.process import mortal

SPARK_GENERATION = 4
OLDEST_JAVA = 17
JAVA_VERSION = re.compile(r'version "(?:1\.)?(\d+)')
CORE_JAR = re.compile(r"spark-core_[\d.]+-(\d[\w.]*)\.jar")


def require_spark() -> Path:
    """The folder of the Spark that will be used: $SPARK_HOME, else PySpark's own.

    Raises UsageError (exit 2) naming what is missing, too old, or of two versions.
    """
    installed = {name: installed_version(name) for name in ("pyspark", "dbt-spark")}
    absent = [name for name, found in installed.items() if found is None]
    if absent:
        raise refused(
            "SPK-01",
            f"Spark is not installed in this environment: {' and '.join(absent)} missing",
        )
    pyspark = str(installed["pyspark"])
    if int(pyspark.split(".")[0]) != SPARK_GENERATION:
        raise refused(
            "SPK-02",
            f"PySpark is {pyspark}; the models are tested on Spark {SPARK_GENERATION}",
        )
    require_java()
    folder = spark_folder()
    found = version_of(folder)
    if found is not None and found != pyspark:
        raise refused(
            "SPK-04",
            f"PySpark is {pyspark}, and the Spark that $SPARK_HOME names is {found}",
        )
    return folder


def require_java() -> None:
    """Stop unless a Java runs that this Spark runs on."""
    home = os.environ.get("JAVA_HOME")
    java = shutil.which("java", path=str(Path(home) / "bin") if home else None)
    said = "" if java is None else words_of([java, "-version"])
    found = JAVA_VERSION.search(said)
    if found is None or int(found[1]) < OLDEST_JAVA:
        raise refused(
            "SPK-03",
            "Java is missing" if found is None else f"Java is {found[1]}",
            remedy=f"Spark needs Java {OLDEST_JAVA} or later: `apt-get install openjdk-17-jre-headless`"
            " on Debian, `dnf install java-17-openjdk-headless` on Red Hat; or set JAVA_HOME.",
        )


def spark_folder() -> Path:
    chosen = os.environ.get("SPARK_HOME")
    if chosen:
        return Path(chosen)
    found = find_spec("pyspark")
    assert found is not None and found.origin is not None, "its version was read before"
    return Path(found.origin).parent


def version_of(folder: Path) -> str | None:
    """The version of a Spark, as its core library is named; None where there is none."""
    names = (CORE_JAR.fullmatch(file.name) for file in (folder / "jars").glob("spark-core_*.jar"))
    return next((name[1] for name in names if name), None)


def installed_version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def words_of(command: list[str]) -> str:
    """What a command prints on both streams; nothing if it cannot be started."""
    try:
        _, out, err = mortal.ask(command, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return out + err


def refused(code: str, what: str, *, remedy: str | None = None) -> UsageError:
    return UsageError(code, what, unchanged="Nothing was started.", remedy=remedy)
