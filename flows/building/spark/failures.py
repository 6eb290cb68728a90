"""What a build by Spark says when it fails, in our words: the cluster, or the data."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from flows.building.dbt_results import RunResults, refusal_of
from flows.errors import AuditRefused, MetachronError, ResourcesExhausted, UsageError

# What Spark says when two versions talk to each other, when nobody listens, when it has had enough.
OTHER_VERSION = re.compile(r"InvalidClassException|serialVersionUID|local class incompatible")
NO_CLUSTER = re.compile(r"All masters are unresponsive|Master removed our application|stopped SparkContext")
USED_UP = re.compile(r"OutOfMemoryError|No space left on device|ExecutorLostFailure|due to stage failure")
UNCHANGED = "What Spark built before stays; nothing of this build was published."


def refusal(results: RunResults | None, words: str) -> Exception:
    """What to raise: Spark is in the way, or the data did not pass."""
    failures = results.failures if results is not None else ()
    everything = "\n".join([words, *(failure.raw for failure in failures)])
    failed = [failure.name for failure in failures]
    known = refusal_by_spark(everything, failed) or refusal_of(everything)
    if known is not None:
        return known
    if not failures:
        return RuntimeError(f"dbt stopped before it built anything:\n{words}")
    listed = "; ".join(str(failure) for failure in failures[:8])
    more = f"; and {len(failures) - 8} more" if len(failures) > 8 else ""
    return AuditRefused(
        "SPK-10",
        f"{len(failures)} of the models or tests failed on Spark: {listed}{more}",
        unchanged=UNCHANGED,
    )


def describe_lost_workers(logs: Path) -> ResourcesExhausted:
    """For the cluster on this machine, whose workers nobody starts again."""
    return ResourcesExhausted(
        "SPK-12",
        "Every worker of the cluster on this machine was lost",
        unchanged=UNCHANGED,
        remedy=f"Read their logs in {logs}: a machine that runs out of memory kills them. Then run the same"
        " again.",
    )


def refusal_by_spark(words: str, failed: Sequence[str]) -> MetachronError | None:
    """Spark's own failures, by what it logs and what failed; the order is from cause to consequence."""
    if OTHER_VERSION.search(words):
        return UsageError(
            "SPK-07",
            "The cluster runs another version of Spark than this environment",
            unchanged=UNCHANGED,
        )
    if NO_CLUSTER.search(words):
        return ResourcesExhausted(
            "SPK-08",
            "The Spark cluster was lost, or its master did not answer as a Spark of this version does",
            unchanged=UNCHANGED,
        )
    if USED_UP.search(words):
        return ResourcesExhausted(
            "SPK-09",
            "A worker ran out of memory or disk, or was lost more often than Spark tries again"
            + (f", while building {', '.join(failed[:8])}" if failed else ""),
            unchanged=UNCHANGED,
        )
    return None
