"""Every traceable number of the results, for the page's script: press a number and see what it was made from.

A number on the page is words; several numbers of the results may be shown alike ("18"). So the script offers
all that would be shown as the number pressed, of its section if there are any, each with its place in
results.json, its mart and the SQL of its rows. Cases one by one are left out: their places name them.
"""

from __future__ import annotations

import json
from typing import Any

from analytics.places import leaves
from analytics.provenance.trace import NotTraced, traces
from analytics.questions.registry import ANALYSES
from analytics.results.document import Results
from analytics.results.json_file import Document, plain

SECTION = {key: analysis.section for analysis in ANALYSES for key in analysis.keys}
"""The section that shows the numbers below a key of the results."""

NOT_SHOWN = (
    ".curve.", ".risk_table.", "institution.cases", ".decimals", ".coef", ".loglik", ".window_months",
)  # fmt: skip


def numbers(document: Document) -> dict[str, Any]:
    """sql: each [mart, text] once; rows: [section, place, value, positions in sql, is_count]."""
    sql: dict[tuple[str, str], int] = {}
    rows = []
    shown = {key: document[key] for key in SECTION if key in document}
    for place, value in leaves(shown):
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if not is_number or any(part in place for part in NOT_SHOWN):
            continue
        try:
            traced = traces(place, document, is_canonical=True)
        except (NotTraced, LookupError, ValueError):
            continue
        if not traced:
            continue
        at = [sql.setdefault((trace.mart, trace.sql), len(sql)) for trace in traced]
        is_count = len(traced) == 1 and traced[0].is_count and traced[0].value == value
        rows.append([SECTION[place.split("[")[0].split(".")[0]], place, value, at, is_count])
    return {"sql": [list(each) for each in sql], "rows": rows}


def embedded(results: Results) -> str:
    """The same as JSON that is safe inside a script element, values to six digits."""
    embedded_numbers = numbers(plain(results))
    for row in embedded_numbers["rows"]:
        row[2] = row[2] if isinstance(row[2], int) else float(f"{row[2]:.6g}")
        row[4] = int(row[4])
    text = json.dumps(embedded_numbers, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")
