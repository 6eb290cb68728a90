"""What the server knows of the schedule: the deployments of prefect.yaml, set as the home wants them."""

from __future__ import annotations

import time
from typing import Any
from urllib.error import HTTPError

from flows.home import Home
from flows.integrity.durable import write_new
from flows.scheduling.client_settings import Address
from flows.scheduling.schedule import Schedule

SCHEDULED = {"refresh/nightly": "nightly", "verify/weekly": "weekly"}
PATIENCE_SECONDS = 120.0
WITH_STUDY = ("refresh/nightly", "refresh/on-demand")


def paused_on_server(address: Address) -> dict[str, bool]:
    """Which scheduled deployments the server has, and whether somebody paused them in its pages."""
    paused = {}
    for name in SCHEDULED:
        deployment = deployment_of(address, name)
        if deployment is not None:
            is_active = any(each["active"] for each in deployment["schedules"])
            paused[name] = bool(deployment["paused"]) or not is_active
    return paused


def set_schedule(address: Address, home: Home, schedule: Schedule, paused_before: dict[str, bool]) -> None:
    """Set times, study and pauses of the deployments.

    paused_before  what `paused_there` said before they were deployed anew; holds while schedule.yaml has not
                   been changed since it was last set, so that a pause from Prefect's pages survives
    """
    applied = home.root / "prefect" / "schedule-applied"
    is_unchanged = applied.exists() and applied.read_text() == schedule.sha256
    for name, key in SCHEDULED.items():
        paused = paused_before.get(name, schedule.paused) if is_unchanged else schedule.paused
        cron = {"cron": getattr(schedule, key), "timezone": schedule.time_zone}
        change(address, name, {"paused": paused, "schedules": [{"active": not paused, "schedule": cron}]})
    for name in WITH_STUDY:
        deployment = deployment_of(address, name)
        if deployment is not None:
            change(address, name, {"parameters": deployment["parameters"] | {"study": schedule.study}})
    applied.unlink(missing_ok=True)
    write_new(applied, schedule.sha256.encode(), mode=0o600)


def deployment_of(address: Address, name: str) -> dict[str, Any] | None:
    try:
        return dict(ask_patiently(address, f"/deployments/name/{name}"))
    except HTTPError as answer:
        if answer.code == 404:
            return None
        raise


def change(address: Address, name: str, to: dict[str, Any]) -> None:
    deployment = deployment_of(address, name)
    if deployment is not None:
        ask_patiently(address, f"/deployments/{deployment['id']}", to, method="PATCH")


def ask_patiently(address: Address, path: str, *said: dict[str, Any], **how: str) -> Any:
    """The answer of a server that has just started, and may be too busy to give it the first time."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            return address.ask(path, *said, **how)  # type: ignore[arg-type]
        except OSError as problem:
            is_answer = isinstance(problem, HTTPError) and problem.code < 500
            if is_answer or time.monotonic() > deadline:
                raise
        time.sleep(1.0)
