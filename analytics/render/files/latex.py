"""A table as LaTeX: a longtable with booktabs rules, for \\input in a manuscript.

Needs the packages booktabs and longtable, and array for columns of text that wrap.
"""

from __future__ import annotations

from analytics.render.files.archive import printable
from analytics.render.tables.table import SYNTHETIC, Table

ESCAPES = {
    "\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_", "{": r"\{",
    "}": r"\}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "<": r"\textless{}",
    ">": r"\textgreater{}",
    "\u00a0": "~", "\u2212": "$-$", "\u00d7": r"$\times$", "\u2014": "---", "\u2013": "--", "\u201c": "``",
    "\u201d": "''", "\u2019": "'", "\u2026": r"\ldots{}", "\u2020": r"\dag{}", "\n": " ",
}  # fmt: skip
LONG = 28
"""Characters beyond which a column of text gets a width of its own and wraps."""


def to_latex(table: Table, *, synthetic: bool) -> str:
    """The table with its caption, label and notes; nothing in it is run by LaTeX but these commands."""
    n = len(table.columns)
    heading = " & ".join(rf"\textbf{{{escaped(name)}}}" for name in table.columns)
    lines = [
        r"\begin{longtable}{" + "".join(_column(table, at) for at in range(n)) + "}",
        rf"\caption{{{escaped(table.title)}}}\label{{tab:{table.id.replace('_', '-')}}}\\",
        r"\toprule", heading + r" \\", r"\midrule", r"\endfirsthead",
        r"\toprule", heading + r" \\", r"\midrule", r"\endhead",
        r"\bottomrule", r"\endlastfoot",
    ]  # fmt: skip
    for number, row in enumerate(table.rows):
        if number in table.groups and number:
            lines.append(r"\addlinespace")
        if number in table.groups and not any(row[1:]):
            lines.append(rf"\multicolumn{{{n}}}{{l}}{{\textbf{{{escaped(row[0])}}}}} \\")
            continue
        first = rf"\textbf{{{escaped(row[0])}}}" if number in table.groups else escaped(row[0])
        lines.append(" & ".join([first, *map(escaped, row[1:])]) + r" \\")
    lines.append(r"\end{longtable}")
    notes = [*table.footnotes, *([SYNTHETIC] if synthetic else [])]
    lines += [rf"\par\noindent{{\footnotesize {escaped(note)}\par}}" for note in notes]
    return "\n".join(lines) + "\n"


def escaped(text: str) -> str:
    """Text that LaTeX prints as it is."""
    return "".join(ESCAPES.get(character, character) for character in printable(text))


def _column(table: Table, at: int) -> str:
    if at in table.numeric:
        return "r"
    longest = max((len(row[at]) for row in table.rows if any(row[1:])), default=0)
    return (
        "l"
        if longest <= LONG
        else rf">{{\raggedright\arraybackslash}}p{{{0.9 / len(table.columns):.2f}\linewidth}}"
    )
