"""Tables of estimates: survival, models, contrasts, competing risks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from operator import attrgetter

from analytics.render import lookup
from analytics.render.cells import fill, join, of
from analytics.render.formats import (
    NONE_SEEN,
    NOTHING,
    STATES,
    between,
    count,
    counted,
    decimal,
    months,
    or_state,
    p_value,
    per_100k,
    ratio,
    sentence,
    with_limits,
)
from analytics.render.labels import COMPETING_TITLES, SURVIVAL_TITLES, group_label, level_label
from analytics.render.reasons import reasons
from analytics.render.tables.table import ReportTable, Table
from analytics.results.competing import CompetingAnalysis, CompetingStratum
from analytics.results.contrasts import Contrast
from analytics.results.document import Results
from analytics.results.guardrails import EvidenceCard
from analytics.results.ids import NAIVE, CompetingId, SurvivalId
from analytics.results.survival import SurvivalAnalysis, SurvivalStratum

FLAT_STRETCH = (
    "Where a curve stays at one half, the median of the conventional cohort is the first such month, as SPSS "
    "has it, and that of a landmark the middle of the stretch, as R has it. Landmarks count time to the "
    "middle of the last month."
)


def survival(results: Results) -> Table:
    """Median survival with both kinds of confidence interval, every analysis."""
    study = results.study
    names = {"index": study.index_short_label, "second": study.second_short_label}
    rows: list[tuple[str, ...]] = []
    groups: set[int] = set()
    everybody = lookup.stratum(results, SurvivalId.FROM_INDEX, "all")
    dropped = everybody.n_dropped if everybody else 0
    for analysis in results.survival:
        groups.add(len(rows))
        title: str = SURVIVAL_TITLES[analysis.id].format(**names)
        if analysis.from_months:
            month = of(count(analysis.from_months), analysis, "from_months")
            title = fill("{}, of those alive at month {}", title, month)
        p_of = _p_by_landmark(analysis)
        rows.append((title, "", "", "", "", "", p_of.pop(None, "")))
        for stratum in analysis.strata:
            rows.append(
                (sentence(group_label(study, stratum.level)), of(count(stratum.n), stratum, "n"),
                 of(count(stratum.events), stratum, "events"), *_median(analysis, stratum),
                 p_of.pop(stratum.landmark_months, ""))
            )  # fmt: skip
    return Table(
        title="Overall survival",
        columns=(
            "Group",
            "People",
            "Deaths",
            "Median, months",
            "95% CI, log-log",
            "95% CI, conventional",
            "Log-rank P",
        ),
        rows=tuple(rows),
        groups=frozenset(groups),
        numeric=frozenset({1, 2, 3, 4, 5, 6}),
        footnotes=(
            "The conventional cohort, but for the landmarks and the time-dependent curve. Log-log: "
            "Brookmeyer and Crowley's confidence interval, the one quoted in this report unless it says "
            "conventional. Conventional: SPSS's, the median plus and minus 1.96 standard errors, cut at 0. "
            "With the time-dependent curve a person gives time to both groups; nobody lives along such a "
            "curve, and it has no median.",
            *(analysis.note for analysis in results.survival if not analysis.strata and analysis.note),
            *((FLAT_STRETCH,) if study.follows_spss else ()),
            *(
                (
                    f"{counted(dropped, 'person', 'people')} of unknown survival "
                    f"{'is' if dropped == 1 else 'are'} counted elsewhere and absent here.",
                )
                if dropped
                else ()
            ),
        ),
    )


SURVIVAL = ReportTable("survival", "survival", survival, made_of=("survival",), families=("Survival curves",))


def _p_by_landmark(analysis: SurvivalAnalysis) -> dict[int | None, str]:
    """The P of each test by its landmark in months; None is the key of what compares the whole groups."""
    if analysis.state in STATES:
        return {None: or_state("", analysis)}
    found: dict[int | None, str] = {}
    for test in analysis.tests:
        month = test.test.partition(" at ")[2].removesuffix(" months")
        known = test.p_value is not None
        text = of(p_value(test.p_value), test, "p_value") if known else STATES["not_estimable"]
        found[int(month) if month else None] = text
    return found


def _median(analysis: SurvivalAnalysis, stratum: SurvivalStratum) -> tuple[str, str, str]:
    """The median with both intervals; none of a curve along which nobody lives."""
    if analysis.id == SurvivalId.FROM_EXPOSURE:
        return NOTHING, NOTHING, NOTHING
    return (
        of(months(stratum.median), stratum, "median"),
        of(_limits(stratum, "loglog"), stratum, "median_ci.loglog"),
        of(_limits(stratum, "spss"), stratum, "median_ci.spss"),
    )


def _limits(stratum: SurvivalStratum, method: str) -> str:
    return between(stratum.median_ci.get(method), decimal)


def contrasts(results: Results) -> Table:
    """Each conventional contrast and what it becomes."""
    rows: list[tuple[str, ...]] = []
    groups: set[int] = set()
    for question, alike in groupby(results.contrasts, key=lambda row: row.question):
        groups.add(len(rows))
        rows.append((question, "", "", "", ""))
        answers = sorted(alike, key=lambda row: row.stance != "corrected")
        rows += [_contrast(row) for row in answers]
        if any(row.source.id == NAIVE for row in answers):
            rows += _of_no_effect(results)
    return Table(
        title="Conventional and corrected, one row per estimator",
        columns=("Question and estimator", "Stance", "Measure", "Estimate (95% CI)", "P"),
        rows=tuple(rows),
        groups=frozenset(groups),
        numeric=frozenset({3, 4}),
        footnotes=(
            *(
                (
                    "No effect: what grouping by later second cancer shows in simulations of "
                    "this cohort in which the "
                    "second primary does nothing; the middle one and, in brackets, the 10th to 90th "
                    "percentile.",
                )
                if results.null_bands.immortal_time
                else ()
            ),
            *reasons(results.contrasts, attrgetter("estimator")),
        ),
    )


CONTRASTS = ReportTable(
    "contrasts",
    "survival",
    contrasts,
    made_of=("contrasts", "null_bands"),
    when=lambda results: any(row.state == "value" for row in results.contrasts),
    families=("Last era against first, by method", "Hazard with the second primary, by method"),
)


def _contrast(row: Contrast) -> tuple[str, ...]:
    measure = row.measure
    form: Callable[..., str] = decimal if measure in ("median months", "per 100,000 person-years") else ratio
    if measure == "proportion":
        form, measure = per_100k, "per 100,000 people"
    elif measure == "median months":
        kind = "conventional" if row.source.id == SurvivalId.BY_SECOND else "log-log"
        measure = f"median months, {kind} CI"
    estimate = of(or_state(with_limits(row.estimate, row.ci, form), row), row, "estimate", "ci")
    return (estimator(row), row.stance, measure, estimate, of(p_value(row.p_value), row, "p_value"))


def _of_no_effect(results: Results) -> list[tuple[str, ...]]:
    """The conventional contrast where there is nothing to find."""
    null = results.null_bands.immortal_time
    if not null:
        return []
    return [
        ("Grouped by later second cancer, simulated", "no effect", measure,
         of(with_limits(band.p50, (band.p10, band.p90), form), band, "p50", "p10", "p90"), "")
        for measure, band, form in (("median months", null.median_with, decimal),
                                    ("hazard ratio", null.hazard_ratio, ratio))
    ]  # fmt: skip


def estimator(row: Contrast) -> str:
    """The estimator's name, and that its model has too few events where that is so."""
    cannot = row.verdict == "too_few_events" and row.state == "value"
    return sentence(row.estimator) + (" (too few events)" if cannot else "")


def competing(results: Results) -> Table:
    """Cumulative incidence at fixed horizons with limits, one minus Kaplan-Meier below it."""
    rows: list[tuple[str, ...]] = []
    groups: set[int] = set()
    index = results.study.index_short_label
    horizons = list(results.competing[0].strata[0].at)
    for analysis in results.competing:
        if analysis.id is not CompetingId.EVERYBODY and len(analysis.strata) == 1:
            continue  # it is everybody once more
        groups.add(len(rows))
        title = COMPETING_TITLES[analysis.id].format(index=index)
        rows.append((join(title, _tests(analysis)), *[""] * (1 + len(horizons))))
        for stratum in analysis.strata:
            rows.append(
                (sentence(level_label(stratum.level)),
                 of(f"{count(stratum.events)} of {count(stratum.n)}", stratum, "events", "n"),
                 *(_by(stratum, h) for h in horizons))
            )  # fmt: skip
            rows.append(
                ("One minus Kaplan-Meier, wrong", "",
                 *(of(per_100k(stratum.one_minus_km_at[h] or None), stratum, f"one_minus_km_at.{h}")
                   for h in horizons))
            )  # fmt: skip
    return Table(
        title="Cumulative incidence per 100,000 people (95% CI), death competing",
        columns=("Group", "Second primaries of people", *(f"{int(h) // 12} years" for h in horizons)),
        rows=tuple(rows),
        groups=frozenset(groups),
        numeric=frozenset(range(1, 2 + len(horizons))),
        footnotes=(
            "Aalen-Johansen with log-log confidence intervals; Gray's test and Fine and Gray's "
            "subdistribution hazard ratio (SHR) compare the groups. Each is judged by the second "
            "primaries behind it: "
            "too few events with fewer than 5 in a group or per coefficient, few events with fewer than 10.",
            "One minus Kaplan-Meier treats the dead as if they could still fall ill. It is too high, and "
            "shown because it is often printed.",
            *_said_once(analysis.note for analysis in results.competing),
        ),
    )


def _said_once(notes: Iterable[str | None]) -> Iterator[str]:
    """Notes without the sentences that one before them has said."""
    said: set[str] = set()
    for note in notes:
        new = [text for text in (note or "").split(". ") if text.removesuffix(".") not in said]
        said.update(text.removesuffix(".") for text in new)
        if any(new):
            yield ". ".join(new)


COMPETING_RISKS = ReportTable(
    "competing_risks",
    "competing",
    competing,
    made_of=("competing",),
    families=("Cumulative incidence between groups",),
)


def verdict_words(card: EvidenceCard | None) -> str:
    """What to know of a number with few events behind it, as in ", few events: 7 second primaries of 90"."""
    names = {"few_events": "few events", "too_few_events": "too few events"}
    if not card or card.verdict not in names:
        return ""
    return f", {names[card.verdict]}: {'; '.join(card.reasons)}"


def _by(stratum: CompetingStratum, horizon: str) -> str:
    """By a horizon; an incidence of 0 has no log-log limits, one beyond follow-up does not exist."""
    incidence = stratum.at[horizon]
    if not incidence:
        words = "beyond follow-up" if incidence is None else NONE_SEEN
        return of(words, stratum, f"at.{horizon}")
    text = with_limits(incidence, stratum.at_ci[horizon], per_100k)
    return of(text, stratum, f"at.{horizon}", f"at_ci.{horizon}")


def _tests(analysis: CompetingAnalysis) -> str:
    if analysis.state != "value":
        return f" ({or_state('', analysis)})"
    if not analysis.gray:
        return ""
    if analysis.gray.p_value is None:
        return " (the groups cannot be compared)"
    p_of_gray = of(p_value(analysis.gray.p_value), analysis, "gray.p_value")
    cards = [analysis.card, *(term.card for term in analysis.fine_gray.terms)]
    words = [verdict_words(card) for card in cards]
    once = words[0] if len(set(words)) == 1 else ""
    sentences: list[str] = [fill("Gray P {}{}", p_of_gray, "" if once else words[0])]
    sentences += [
        fill(
            "SHR of {} against {} {}{}",
            level_label(term.level),
            level_label(term.reference),
            of(with_limits(term.hr, term.hr_ci), term, "hr", "hr_ci"),
            "" if once else verdict,
        )
        for term, verdict in zip(analysis.fine_gray.terms, words[1:], strict=True)
    ]
    sentences += [once.removeprefix(", ")] if once else []
    return fill(" ({})", join(*sentences, between="; "))
