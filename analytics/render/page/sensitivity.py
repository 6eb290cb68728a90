"""The section on sensitivity, and where an estimate changes sides of 1, for the first screen."""

from __future__ import annotations

from analytics.render.formats import counted
from analytics.render.page.section import Section
from analytics.render.tables.eras import too_few
from analytics.render.tables.sensitivity import RATIOS, ratio_of, setting_label
from analytics.results.document import Results
from analytics.results.sensitivity import Limits, Sensitivity


def sensitivity_section(results: Results) -> Section:
    """What was rebuilt; or, in one line, why there is nothing and what makes it."""
    if results.sensitivity is None:
        text = "Not computed for this release: run “metachron sensitivity”, then “metachron report”."
    else:
        text = (
            "Every mart was rebuilt from the same deliveries with one setting changed at a time: what counts "
            "as the second cancer, the shortest latency, and whom the exclusions apply to."
        )
    return Section(
        "sensitivity", "Sensitivity analysis", "Do the answers depend on the definitions?", text=(text,)
    )


def crossings(results: Results) -> tuple[str, ...]:
    """A sentence of at most 25 words for each headline ratio that lies elsewhere to 1 under some setting.

    Elsewhere: its interval contains 1 where the study's own does not, or the other way round; or its estimate
    lies on the other side. Eras that the answers do not compare cross nothing. Where none does, one sentence
    says so; where nothing was rebuilt, there is none.
    """
    rebuilt = results.sensitivity
    if rebuilt is None or len(rebuilt.rows) < 2:
        return ()
    told = {name: sentence for name in RATIOS if (sentence := _crossing(rebuilt, name))}
    if "era_ratio" in told and too_few(results.eras, "observed"):
        del told["era_ratio"]
    n_others = len(rebuilt.rows) - 1
    if told:
        return tuple(told.values())
    return (f"No estimate changes sides of 1 under {counted(n_others, 'other setting')}.",)


def _crossing(rebuilt: Sensitivity, name: str) -> str:
    """Of one ratio: the graver of what befalls it, the first setting that does it, and how many others do."""
    own, *others = rebuilt.rows
    base = ratio_of(own.headline, name)
    if base is None:
        return ""
    under: dict[str, list[str]] = {}
    for row in others:
        there = ratio_of(row.headline, name)
        if there is not None and (what := _what_moves(base, there)):
            under.setdefault(what, []).append(setting_label(row))
    if not under:
        return ""
    what = min(under, key=GRAVITY.index)
    first, *more = under[what]
    others_too = f" and {counted(len(more), 'other setting')}" if more else ""
    return f"{RATIOS[name].format(second=rebuilt.second_short_label)}: {what} under “{first}”{others_too}."


ABOVE, BELOW, CONTAINS = "the interval lies above 1", "the interval lies below 1", "the interval contains 1"
ESTIMATE_ABOVE, ESTIMATE_BELOW = "the estimate moves above 1", "the estimate moves below 1"
GRAVITY = (CONTAINS, ABOVE, BELOW, ESTIMATE_ABOVE, ESTIMATE_BELOW)


def _what_moves(own: tuple[float, Limits], there: tuple[float, Limits]) -> str:
    """Where the interval lies under a setting, or the estimate; empty where both lie as the study's own."""
    if (side := _side(there[1])) != _side(own[1]):
        return side
    if (own[0] - 1) * (there[0] - 1) < 0:
        return ESTIMATE_ABOVE if there[0] > 1 else ESTIMATE_BELOW
    return ""


def _side(limits: Limits) -> str:
    low, high = limits
    if low is not None and low > 1:
        return ABOVE
    return BELOW if high is not None and high < 1 else CONTAINS
