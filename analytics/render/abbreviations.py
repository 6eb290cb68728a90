"""The one table of abbreviations, and the filter that marks them where people read.

At the head of the page each abbreviation that the page uses is written out once (`written_out`); everywhere
else it is `<abbr title>`. In a template: `{{ text | abbr }}`. The filter escapes first, so that it replaces
autoescaping and never undoes it; what is safe already stays. It is for text between tags, not for attributes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from markupsafe import Markup, escape

from analytics.warehouse.study import Study

ABBREVIATIONS = {
    "CI": "confidence interval",
    "HR": "hazard ratio",
    "OR": "odds ratio",
    "SIR": "standardised incidence ratio, observed over expected cases",
    "O/E": "observed over expected cases",
    "SD": "standard deviation",
    "AIC": "Akaike information criterion",
    "SEER": "Surveillance, Epidemiology, and End Results, the registries of the US National Cancer Institute",
    "ICD-O-3": "International Classification of Diseases for Oncology, third edition",
}

IS_ABBREVIATION = re.compile(r"(?=(?:[^A-Z]*[A-Z]){2})\S+")
TAG = re.compile(r"<[^>]*>")
IS_SECONDARY = re.compile(r"s[A-Z]+")


class Abbreviations:
    """Those of one page; remembers which of them were marked."""

    def __init__(self, study: Study) -> None:
        self.full = {**ABBREVIATIONS, **of_study(study)}
        self._used: set[str] = set()
        longest_first = sorted(self.full, key=lambda name: (-len(name), name))
        self._any = re.compile(rf"(?<![\w/&#-])(?:{'|'.join(map(re.escape, longest_first))})(?![\w-]|/\w)")

    def mark(self, text: str) -> Markup:
        """The text as HTML, with every abbreviation as `<abbr title>`."""
        return Markup(self._any.sub(self._marked, str(escape(text))))

    def written_out(self, html: str = "") -> tuple[tuple[str, str], ...]:
        """Each abbreviation marked so far with its full form: the study's first, then as in the table.

        html  of the page, for those that are not marked, as in tables and figures
        """
        self._used.update(match[0] for match in self._any.finditer(TAG.sub(" ", html)))
        own = [name for name in self.full if name not in ABBREVIATIONS]
        return tuple((name, self.full[name]) for name in [*own, *ABBREVIATIONS] if name in self._used)

    def _marked(self, match: re.Match[str]) -> str:
        name = match[0]
        self._used.add(name)
        return f'<abbr title="{escape(self.full[name])}">{name}</abbr>'


def written_out_in(study: Study, texts: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """The abbreviations that these texts use, each with its full form."""
    used = Abbreviations(study)
    for text in texts:
        used.mark(text)
    return used.written_out()


def of_study(study: Study) -> dict[str, str]:
    """The short labels of its cancers, where they are abbreviations: sALL is a secondary ALL."""
    second = study.second_label
    if IS_SECONDARY.fullmatch(study.second_short_label):
        second = f"secondary {second}"
    pairs = ((study.index_short_label, study.index_label), (study.second_short_label, second))
    return {short: label for short, label in pairs if IS_ABBREVIATION.fullmatch(short) and short != label}
