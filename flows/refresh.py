"""The flows: refresh lands, builds, audits, publishes and reports; verify looks for loss and damage.

The only file that imports Prefect. Each task is a plain function of `flows.stages`; without a server, call
those.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from prefect import flow, task
from prefect.artifacts import create_markdown_artifact
from prefect.runtime import deployment

from flows import lock, stages
from flows.asking.status import remember_verified
from flows.errors import WarehouseBusy
from flows.home import Home
from flows.keeping.verify import verify as verify_home
from flows.landing.land import lines
from flows.scheduling import notices
from flows.selfcheck import require_tools
from flows.tool_settings import apply

# By hand somebody waits at a terminal; a scheduled run waits for as long as the run before it may last.
RETRIES_BY_HAND, RETRIES_SCHEDULED = 3, 180
RETRY_SECONDS = 20


def is_worth_retrying(_task: Any, _run: Any, state: Any) -> bool:
    """A busy warehouse comes free; a bad delivery stays bad until a person looks."""
    return isinstance(state.result(raise_on_failure=False), WarehouseBusy)


Stage = Callable[..., Callable[..., Any]]
step: Stage = partial(task, persist_result=False, log_prints=False)
patient: Stage = partial(step, retry_delay_seconds=RETRY_SECONDS, retry_condition_fn=is_worth_retrying)


@flow(name="refresh", validate_parameters=False, persist_result=False)
def refresh(home: str | None = None, study: str | None = None, inbox: str | None = None) -> dict[str, str]:
    """Load what arrived, rebuild the marts, audit them, publish them, write the report.

    home   the home directory; $METACHRON_HOME or ./var if omitted
    study  a study definition file; the default study if omitted
    inbox  the folder of deliveries; the home's inbox if omitted

    Running it again loads nothing and publishes an equal warehouse.
    """
    place = prepared(home)
    with ExitStack() as held, failure_told(place):
        reserve(place, held)
        loads = step(stages.load)(place, [Path(inbox) if inbox else place.inbox])
        tell("deliveries", notices.deliveries(loads), "Rows read, landed and refused, file by file")
        step(stages.build)(place, Path(study) if study else None)
        with verdict_told(place):
            step(stages.audit)(place)
        release = step(stages.publish_build)(place)
        report = step(stages.report)(place)
        tell("published", notices.published(release.id, release.study, report.page), "What analysts read")

    return {
        "release": release.id,
        "report": str(report.page),
        "summary": report.summary,
        "loads": "\n".join(lines(loads)),
    }


@flow(name="verify", validate_parameters=False, persist_result=False)
def verify(home: str | None = None) -> str:
    """Recompute every hash and count of a home; the run fails if anything was lost or altered.

    home  the home directory; $METACHRON_HOME or ./var if omitted
    """
    place = prepared(home)
    with ExitStack() as held, failure_told(place):
        # A load that is under way would look like rows that nobody counted.
        reserve(place, held)
        found: str = step(verify_home)(place).line()
        remember_verified(place)
    tell("verified", found, "Everything that was recomputed")
    return found


def prepared(home: str | None) -> Home:
    place = Home.at(home).prepare()
    apply(place)
    require_tools()
    return place


def reserve(home: Home, held: ExitStack) -> None:
    """Become the only writer until the flow ends, however it ends."""

    def enter() -> None:
        held.enter_context(lock.single_writer(home))

    retries = RETRIES_SCHEDULED if deployment.id else RETRIES_BY_HAND
    patient(enter, name="reserve", retries=retries)()


def tell(key: str, text: str, description: str) -> None:
    """Show it on the run's page; a run by hand has none, and its terminal says the same."""
    if deployment.id:
        create_markdown_artifact(text, key=key, description=description)


@contextmanager
def failure_told(home: Home) -> Iterator[None]:
    try:
        yield
    except Exception as failure:
        tell("what-to-do", notices.what_to_do(failure, home), "Why this run stopped, and what to do")
        raise


@contextmanager
def verdict_told(home: Home) -> Iterator[None]:
    """Pass or fail: an audit that ended wrote its verdict; one that did not had removed the last."""
    try:
        yield
    finally:
        if (home.audit / "audit.json").exists():
            tell("audit", notices.verdict(home), "The audit's verdict, and what did not hold")
