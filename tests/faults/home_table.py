"""The table of docs/reliability.md on what a home holds, from the one in flows.home.

python -m tests.faults.home_table writes it into the page.
"""

from __future__ import annotations

from pathlib import Path

from flows.home import CONTENTS, Entry, Kind

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reliability.md"
BEGIN, END = "<!-- what a home holds -->\n", "<!-- end -->\n"
HEADER = ("name", "what", "made by", "rows of patients", "modes", "`forget`", "`verify`")


def table() -> str:
    """One line of Markdown for each entry."""
    lines = [HEADER, ("---",) * len(HEADER), *map(line, CONTENTS)]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def line(entry: Entry) -> tuple[str, ...]:
    verified = "; ".join(entry.on_verify) or "nothing"
    patients = "yes" if entry.holds_patients else "no"
    return (
        f"`{entry.name}`",
        entry.what,
        entry.made_by,
        patients,
        modes(entry),
        str(entry.on_forget),
        verified,
    )


def modes(entry: Entry) -> str:
    if entry.kind is Kind.LINK:
        return "a link"
    of_file = "as its maker leaves it" if entry.mode is None else f"{entry.mode:04o}"
    return of_file if entry.kind is Kind.FILE else f"0700; files {of_file}"


def written(page: str) -> str:
    """The page with the table between its two marks."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}{table()}{END}{after}"


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
