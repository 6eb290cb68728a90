"""Public reports that the ledger does not know, because it was lost or begun anew."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from flows.home import Home
from flows.integrity import ledger
from flows.integrity.document_shape import parsed
from flows.integrity.durable import digests_below, no_file_below
from flows.integrity.ledger_events import has_its_facts
from flows.publishing import evidence

DECIDED = (
    "profile", "is_synthetic", "results_sha256", "document_sha256", "narrowest", "exception",
)  # fmt: skip
COUNTED = ("hidden_primary", "hidden_complementary", "withheld")


def adopt_unknown(home: Home) -> None:
    """Tell the ledger of public reports that it does not know: later ones are then compared with them."""
    known = {entry.facts["name"] for entry in ledger.read(home) if entry.event == evidence.RELEASED}
    for folder in sorted(home.released.iterdir()) if home.released.exists() else []:
        is_draft = folder.name.startswith(evidence.HALF)
        if folder.name not in known and not is_draft and (facts := adopt_record(folder)) is not None:
            ledger.append(home, evidence.RELEASED, **facts)


def adopt_record(folder: Path) -> dict[str, Any] | None:
    """A public report as a new ledger tells of it, which takes its files as they are; None for no report.

    Later reports are checked against what it told, as far as that is still known.
    """
    try:
        decision = parsed((folder / "decision.json").read_text(encoding="utf-8"))
        files = digests_below(folder)
        facts = {
            "name": folder.name,
            **{name: decision[name] for name in DECIDED},
            **{name: len(decision[name]) for name in COUNTED},
            "decision_sha256": files["decision.json"],
            "told_sha256": files["told.json"],
            "files": {
                path.removeprefix("public/"): sha256
                for path, sha256 in files.items()
                if path.startswith("public/")
            },
            "adopted": True,
        }
        return facts if no_file_below(folder) is None and has_its_facts(evidence.RELEASED, facts) else None
    except (OSError, ValueError, KeyError, TypeError):
        return None
