"""Results in, public report and decision out: the one way through which counts leave.

settle profile -> pool ages -> count -> protect -> compare with earlier reports -> print what may be printed
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace

from analytics.disclosure import public_curves, public_tables
from analytics.disclosure.ages import pooled
from analytics.disclosure.cells import Counts
from analytics.disclosure.followup import COMING_IN_LATER
from analytics.disclosure.history import (
    Differencing,
    DisclosureRecord,
    comparable,
    known_from,
    population_of,
    record_disclosure,
    refuse_differencing,
)
from analytics.disclosure.people import People
from analytics.disclosure.profiles import Profile, SignedException
from analytics.disclosure.public import Part, Printed, PublicResults, Withheld, as_document
from analytics.disclosure.suppression import Protection, Unprotectable, protect
from analytics.disclosure.tables import counts_of
from analytics.results.document import Results
from analytics.results.json_file import plain
from analytics.results.states import NOT_ESTIMABLE

NEVER = (
    Withheld("institution", "cases and flow of single patients", reason="Tables of single cases never leave"),
    Withheld("latency_points", reason="Each point is one patient"),
    Withheld("minimum and maximum of anything", reason="Each is one patient"),
    Withheld(
        "published", "agreement with printed numbers", reason="To say that ours is the same would reveal it"
    ),
    Withheld(
        "curve",
        str(COMING_IN_LATER),
        reason="The month in which it starts would reveal how few had the second cancer by then",
    ),
    Withheld("contrasts", reason="It repeats results of other tables without their counts"),
    Withheld(
        "parametric_survival",
        reason="Curves leave in coarse steps, and a model is of every month",
    ),
    Withheld("sensitivity", reason="Two of its rows may differ by one patient, who would then stand out"),
    Withheld("data_quality", reason="It counts the few patients whose inclusion depends on a single month"),
)


PARTS: tuple[Callable[[Results, Printed, Profile], Part], ...] = (
    public_tables.cohort,
    public_tables.attrition,
    public_tables.characteristics,
    public_tables.characteristics_tests,
    public_tables.numbers,
    public_tables.eras,
    public_tables.latency_tests,
    public_tables.definitions,
    public_curves.survival,
    public_tables.competing,
    public_curves.cumulative_incidence,
    public_tables.compared,
    public_tables.models,
    public_tables.incidence,
    public_tables.hospital,
)
"""What the public report is made of, in its order. A new part is a function in a file beside this and a line
here; the counts that it prints are said in `tables.counts_of`, and whose they are in `People`."""

# A sensitivity table made later, what an audit said or rows behind numbers make no other report; person-time
# by group repeats the ratios, and models repeat curves: neither leaves, nor what a second program computed.
NOT_FOUND = {
    "run",
    "sensitivity",
    "provenance",
    "rows_behind",
    "data_quality",
    "person_time",
    "cross_checks",
    "parametric_survival",
}


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided, to be kept: no count is in it.

    cells           counts hidden because small, and those hidden to protect them
    narrowest       width of the narrowest interval an attacker can give a hidden count
    group_zeros     levels that all or none of a group share: shown, but worth a second look by a person
    document_sha256 of results_public.json
    """

    profile: str
    threshold: int
    is_synthetic: bool
    results_sha256: str
    document_sha256: str
    hidden_primary: tuple[str, ...]
    hidden_complementary: tuple[str, ...]
    rounded_tables: tuple[str, ...]
    withheld: tuple[Withheld, ...]
    narrowest: int | None
    cells_protected: int
    group_zeros: tuple[str, ...]
    exception: SignedException | None


def is_synthetic(results: Results, synthetic: Collection[str]) -> bool:
    """Is every delivery behind these results one that the release manifest knows, by hash, as synthetic?

    What results.json says of itself is not asked.
    """
    given = set(results.run.input_hashes)
    return bool(given) and given <= set(synthetic)


def disclose(
    results: Results,
    release: str,
    *,
    profile: Profile,
    synthetic: Collection[str] = (),
    earlier: Sequence[DisclosureRecord] = (),
    exception: SignedException | None = None,
    who: People | None = None,
) -> tuple[PublicResults, Decision, DisclosureRecord]:
    """What may leave of these results, the decision about it, and what it tells the world.

    report   name of this report, for later ones to refer to
    synthetic hashes of deliveries known to be synthetic
    earlier   what each earlier report told
    exception may name earlier reports that this one need not be compared with
    who       the people behind the counts
    Raises Differencing where this and an earlier report together would reveal a small count,
    suppression.Unprotectable where this one alone would, and cells.Unsound where results.json contradicts
    itself.
    """
    digest = results_digest(results)
    is_made_up = is_synthetic(results, synthetic)
    results = leaving(results)
    counts = counts_of(results)
    despite = () if exception is None else exception.despite
    compared = comparable([before for before in earlier if before.release not in despite], who)
    try:
        protection = protect(counts, profile, *known_from(compared, who), draw=population_of(results))
    except Unprotectable as unprotectable:
        if not compared:
            raise
        raise Differencing(unprotectable.table, compared[-1].told.release) from None
    now = record_disclosure(release, counts, protection, profile.threshold, who)
    refuse_differencing(now, counts, protection, who, compared)
    report = _report(results, protection, profile, is_made_up)
    decision = Decision(
        profile=profile.name,
        threshold=profile.threshold,
        is_synthetic=is_made_up,
        results_sha256=digest,
        document_sha256=hashlib.sha256(document_bytes(report)).hexdigest(),
        hidden_primary=tuple(sorted(protection.primary)),
        hidden_complementary=tuple(sorted(protection.complementary)),
        rounded_tables=tuple(sorted(protection.rounded_tables)),
        withheld=report.withheld,
        narrowest=protection.narrowest,
        cells_protected=len(protection.intervals),
        group_zeros=_group_zeros(counts),
        exception=exception,
    )
    return report, decision, now


def leaving(results: Results) -> Results:
    """What of the results is asked about at all: the oldest are one age, and what NEVER leaves is gone."""
    survival = tuple(analysis for analysis in results.survival if analysis.id != COMING_IN_LATER)
    return replace(pooled(results), survival=survival, person_time=None, cross_checks=None)


def results_digest(results: Results) -> str:
    """Hash of what was found; when and in which run is left out, and what only explains or varies it."""
    lasting = {key: value for key, value in plain(results).items() if key not in NOT_FOUND}
    lasting |= {"inputs": results.run.input_hashes}
    return hashlib.sha256(json.dumps(lasting, sort_keys=True, default=str).encode()).hexdigest()


def document_bytes(report: PublicResults) -> bytes:
    """results_public.json: same report, same bytes."""
    return (json.dumps(as_document(report), indent=1, ensure_ascii=False) + "\n").encode()


def _report(results: Results, protection: Protection, profile: Profile, is_made_up: bool) -> PublicResults:
    parts = [part(results, protection.shown, profile) for part in PARTS]
    return PublicResults(
        title=results.study.title,
        is_synthetic=is_made_up,
        profile=profile.name,
        threshold=profile.threshold,
        tables=tuple(table for part in parts for table in part.tables),
        curves=tuple(curve for part in parts for curve in part.curves),
        withheld=(*NEVER, *_unanswered(results), *(each for part in parts for each in part.withheld)),
        code_version=results.run.code_version,
    )


def _unanswered(results: Results) -> list[Withheld]:
    """What is not shown because nobody looked, or because there is no ratio to the population."""
    absent = [Withheld(row.item.replace("_", " "), reason=row.reason) for row in results.not_delivered]
    whole = next((row for row in results.sir if not row.stratum), None)
    if whole is not None and whole.state == NOT_ESTIMABLE and whole.reason:
        absent.append(Withheld("sir", "observed / expected", reason=whole.reason))
    return absent


def _group_zeros(counts: Counts) -> tuple[str, ...]:
    """Where one level holds everybody of a group, knowing the group is knowing the level."""
    cells = counts.cells
    return tuple(
        each.total
        for each in counts.sums
        if sum(cells[part].public for part in each.parts) > 1
        and cells[each.total].public
        and cells[each.total].value
        and any(cells[part].public and cells[part].value == cells[each.total].value for part in each.parts)
        and "screened" not in each.total
    )
