"""How the tools beneath us are set: telemetry off, loopback only, results as JSON, folders of our own."""

from __future__ import annotations

import logging
import os
import resource
import warnings

from flows.home import Home
from flows.process.boundary import DEBUG

TELEMETRY_OFF = {
    "DO_NOT_TRACK": "1",
    "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    "GX_ANALYTICS_ENABLED": "false",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_CLOUD_ENABLE_ORCHESTRATION_TELEMETRY": "false",
    "PREFECT_TELEMETRY_ENABLE_RESOURCE_METRICS": "false",
}

PREFECT = {
    # Results would be pickles by default, and a tampered pickle runs code.
    "PREFECT_RESULTS_DEFAULT_SERIALIZER": "json",
    "PREFECT_RESULTS_PERSIST_BY_DEFAULT": "false",
    "PREFECT_LOGGING_LOG_PRINTS": "false",
    # The first start migrates a database; twenty seconds were not enough on a small machine.
    "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "120",
    "PREFECT_SERVER_API_HOST": "127.0.0.1",
    "PREFECT_WORKER_WEBSERVER_HOST": "127.0.0.1",
}


# Matrices here are small; threads cost more than they bring, and sums must not depend on how many there are.
ARITHMETIC = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}


def environment(home: Home) -> dict[str, str]:
    """Settings that every process we start must have; what the caller set wins, except on telemetry."""
    chosen = {
        **PREFECT,
        **ARITHMETIC,
        "PREFECT_HOME": str(home.root / "prefect"),
        "METACHRON_HOME": str(home.root),
    }
    return {**chosen, **{key: os.environ[key] for key in chosen if key in os.environ}, **TELEMETRY_OFF}


def apply(home: Home) -> None:
    """Set them for this process, before any of the tools is imported."""
    os.environ.update(environment(home))
    # A core dump would hold rows.
    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
    # Files that tools write beside ours are for this user alone.
    os.umask(0o077)
    if not os.environ.get(DEBUG):
        silence_others()


def silence_others() -> None:
    """Keep the warnings of tools off the terminal: whoever reads them cannot act on them.

    matplotlib tells where it keeps its list of fonts, and that making the list takes a moment.
    """
    warnings.simplefilter("ignore")
    root = logging.getLogger()
    if not root.handlers:
        root.addHandler(logging.NullHandler())
