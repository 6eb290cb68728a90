"""The Prefect flows: refresh lands, builds, audits, publishes and reports; verify looks for loss and damage.

The only file that imports Prefect, but for the question whether it takes a time. What they do stands in
`flows.pipeline`; here it gets tasks, retries, lines in the run's log and texts on its page.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import Any

from prefect import flow, get_run_logger, task
from prefect.artifacts import create_markdown_artifact
from prefect.runtime import deployment

from flows import pipeline as whole_run
from flows.errors import WarehouseBusy
from flows.home import Home
from flows.integrity import lock
from flows.process.boundary import translating_failures
from flows.scheduling.schedule import notify

# By hand somebody waits at a terminal; a scheduled run waits for as long as the run before it may last.
RETRIES_BY_HAND, RETRIES_SCHEDULED = 3, 180
RETRY_SECONDS = 20


@flow(name="refresh", validate_parameters=False, persist_result=False)
def refresh(home: str | None = None, study: str | None = None, inbox: str | None = None) -> dict[str, str]:
    """Load what arrived, rebuild the marts, audit them, publish them, write the report.

    home   the home directory; $METACHRON_HOME or ./var if omitted
    study  a study definition file; the default study if omitted
    inbox  the folder of deliveries; the home's inbox if omitted
    """
    return translating_failures(whole_run.refresh)(home, study, inbox, engine())


@flow(name="verify", validate_parameters=False, persist_result=False)
def verify(home: str | None = None) -> str:
    """Recompute every hash and count of a home; the run fails if anything was lost or altered.

    home  the home directory; $METACHRON_HOME or ./var if omitted
    """
    return translating_failures(whole_run.verify)(home, engine())


def engine() -> whole_run.Engine:
    return whole_run.Engine(step=step, reserve=reserve, tell=tell, say=say, warn=warn)


def step(does: Callable[..., Any], **settings: Any) -> Callable[..., Any]:
    as_task: Callable[..., Any] = partial(task, persist_result=False, log_prints=False, **settings)
    return as_task(translating_failures(does))


def is_worth_retrying(_task: Any, _run: Any, state: Any) -> bool:
    """A busy warehouse comes free; a bad delivery stays bad until a person looks."""
    return isinstance(state.result(raise_on_failure=False), WarehouseBusy)


@contextmanager
def reserve(home: Home) -> Iterator[None]:
    """Become the only writer until the flow ends, however it ends."""
    with ExitStack() as held:

        def reserve() -> None:
            held.enter_context(lock.single_writer(home))

        retries = RETRIES_SCHEDULED if deployment.id else RETRIES_BY_HAND
        step(
            reserve,
            retries=retries,
            retry_delay_seconds=RETRY_SECONDS,
            retry_condition_fn=is_worth_retrying,
        )()
        yield


def tell(key: str, text: str, description: str) -> None:
    """Show it on the run's page; a run by hand has none, and its terminal says the same."""
    if deployment.id:
        create_markdown_artifact(text, key=key, description=description)


def warn(home: Home, text: str) -> None:
    """Tell whom the home's schedule names; a run by hand is watched by whoever started it."""
    if deployment.id:
        notify(home, text)


def say(text: str) -> None:
    """A line in the run's log."""
    get_run_logger().info(text)
