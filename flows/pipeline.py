"""What a refresh and a verification do, stage by stage: the one definition, beneath an engine or without.

`flows.refresh` makes Prefect flows of it. Without a server `metachron run` calls it as it stands here, and
Prefect is not even imported.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from flows import stages
from flows.home import Home
from flows.integrity import lock
from flows.landing.inbox_files import refuse_nothing
from flows.landing.land import lines
from flows.process.selfcheck import require_tools
from flows.process.tool_settings import apply
from flows.scheduling import notices

# Slow to import: half of an audit's time, a sixth of a report's.
NEEDED_LATER = (
    "great_expectations",
    "analytics.report",
    "analytics.summary",
    "matplotlib.figure",
    "lifelines",
)

# By hand somebody waits at a terminal.
PATIENCE_SECONDS = 60.0


def tell_nobody(*texts: str) -> None:
    """There is no page of a run and no log; the terminal says the same."""


def warn_nobody(home: Home, text: str) -> None:
    """Who runs it by hand sees that it failed."""


def unchanged(does: Callable[..., Any]) -> Callable[..., Any]:
    return does


def wait_for_the_lock(home: Home) -> AbstractContextManager[None]:
    return lock.single_writer(home, wait_seconds=PATIENCE_SECONDS)


@dataclass(frozen=True, slots=True)
class Engine:
    """What runs the stages.

    step     makes of a stage what the engine can watch
    reserve  makes us the only writer of a home; a busy one is waited for
    tell     shows a text on the page of the run: key, text, description
    say      writes a line into the run's log
    warn     tells whoever should hear that the run of a home failed, with what to do
    """

    step: Callable[[Callable[..., Any]], Callable[..., Any]] = unchanged
    reserve: Callable[[Home], AbstractContextManager[None]] = wait_for_the_lock
    tell: Callable[[str, str, str], None] = tell_nobody
    say: Callable[[str], None] = tell_nobody
    warn: Callable[[Home, str], None] = warn_nobody

    def run(self, name: str, does: Callable[..., Any], *given: Any) -> Any:
        """One stage, with its seconds in the log."""
        started = time.monotonic()
        result = self.step(does)(*given)
        self.say(f"{name} done in {time.monotonic() - started:.1f} s")
        return result


def refresh(
    home: str | None = None, study: str | None = None, inbox: str | None = None, engine: Engine = Engine()
) -> dict[str, str]:
    """Load what arrived, rebuild the marts, audit them, publish them, write the report.

    home   the home directory; $METACHRON_HOME or ./var if omitted
    study  a study definition file; the default study if omitted
    inbox  the folder of deliveries; the home's inbox if omitted

    Running it again loads nothing and publishes an equal warehouse.
    """
    with ExitStack() as held, reporting_failure(Home.at(home), engine):
        place = prepare_home(home)
        # A load that is under way would look like rows that nobody counted.
        held.enter_context(engine.reserve(place))
        arrived = Path(inbox) if inbox else place.inbox
        loads = engine.run("load", stages.load, place, [arrived])
        if not loads:
            refuse_nothing(arrived, place)
        engine.say("\n".join(lines(loads)))
        engine.tell("deliveries", notices.deliveries(loads), "Rows read, landed and refused, file by file")
        import_meanwhile()
        built = engine.run("build", stages.build, place, Path(study) if study else None)
        engine.say(built.line())
        with reporting_verdict(place, engine):
            engine.run("audit", stages.audit, place)
        release = engine.run("publish", stages.publish_build, place)
        engine.say(release.line())
        report = engine.run("report", stages.report, place)
        published = notices.published(release.id, release.study, report.page)
        engine.tell("published", published, "What analysts read")

    return {
        "release": release.id,
        "report": str(report.page),
        "summary": report.summary,
        "loads": "\n".join(lines(loads)),
    }


def verify(home: str | None = None, engine: Engine = Engine()) -> str:
    """Recompute every hash and count of a home; the run fails if anything was lost or altered.

    home  the home directory; $METACHRON_HOME or ./var if omitted
    """
    from flows.maintenance.verify import remember_verified
    from flows.maintenance.verify import verify as verify_home

    with ExitStack() as held, reporting_failure(Home.at(home), engine):
        place = prepare_home(home)
        # A load that is under way would look like rows that nobody counted.
        held.enter_context(engine.reserve(place))
        line: str = engine.run("verify", verify_home, place).line()
        remember_verified(place)
    engine.say(line)
    engine.tell("verified", line, "Everything that was recomputed")
    return line


def import_meanwhile() -> None:
    """Import what audit and report need while dbt builds: it has a process of its own, and we only wait."""

    def import_each() -> None:
        for name in NEEDED_LATER:
            with suppress(Exception):  # said where it is needed
                import_module(name)

    threading.Thread(target=import_each, daemon=True).start()


def prepare_home(home: str | None) -> Home:
    place = Home.at(home).prepare()
    apply(place)
    require_tools()
    return place


@contextmanager
def reporting_failure(home: Home, engine: Engine) -> Iterator[None]:
    try:
        yield
    except Exception as failure:
        advice = notices.what_to_do(failure, home)
        engine.tell("what-to-do", advice, "Why this run stopped, and what to do")
        engine.warn(home, advice)
        raise


@contextmanager
def reporting_verdict(home: Home, engine: Engine) -> Iterator[None]:
    """Pass or fail: an audit that ended wrote its verdict; one that did not had removed the last."""
    try:
        yield
    finally:
        if (home.audit / "audit.json").exists():
            engine.say(f"audit: {notices.verdict_line(home)}")
            engine.tell("audit", notices.verdict(home), "The audit's verdict, and what did not hold")
