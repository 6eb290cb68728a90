"""What Windows, Office and macOS leave in folders beside what people put there."""

from __future__ import annotations

NAMES = frozenset(["thumbs.db", "ehthumbs.db", "desktop.ini", "icon\r", "__macosx", ".ds_store"])
# A lock of Office, the other half of a file of macOS, and where Windows notes that a file was downloaded.
BEGINNINGS = ("~$", "._")
ENDING = ":zone.identifier"


def is_litter(name: str) -> bool:
    """Whether a file or folder of this name is none that anybody put there."""
    folded = name.lower()
    return folded in NAMES or folded.startswith(BEGINNINGS) or folded.endswith(ENDING)
