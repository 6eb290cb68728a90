"""What the paper prints at a place of results.json: "conventional 12.7; the paper prints 13.840".

Only a row of the paper's ledger (`results.published`) that says where its number stands in the results
counts; a study without a ledger has nothing printed anywhere.

    printed_at(results, "cox[id=second_multivariable].terms[variable=chemotherapy,level=No/Unknown].hr")
        "13.840"
    the_paper_prints(results, "eras[era=1975-2002].proportion")
        "the paper prints 0.25%"
"""

from __future__ import annotations

import re

from analytics.results.document import Results

SELECTOR = re.compile(r"\[([^\[\]]*=[^\[\]]*)\]")
PRINTED_AT = re.compile(r"(?P<percent>100 \* )?\{(?P<place>[^{}]+)\}")


def printed_at(results: Results, place: str) -> str:
    """The number as the paper prints it, its zeros and its < included, with % where it is a percentage.

    Empty where the ledger has none. `place` is one of `analytics.places.leaves`; the fields of a selector may
    come in any order.
    """
    wanted = _in_one_order(place)
    for row in results.published:
        match = PRINTED_AT.fullmatch(row.expression)
        if match and _in_one_order(match["place"]) == wanted:
            return row.printed + ("%" if match["percent"] else "")
    return ""


def the_paper_prints(results: Results, place: str) -> str:
    """ "the paper prints 13.840", to stand behind a conventional number; empty where the ledger has none."""
    printed = printed_at(results, place)
    return f"the paper prints {printed}" if printed else ""


def _in_one_order(place: str) -> str:
    """[level=Male,variable=sex] and [variable=sex,level=Male] choose the same row."""
    return SELECTOR.sub(lambda match: f"[{','.join(sorted(match[1].split(',')))}]", place)
