"""How strict the rule is, and what it takes to be less strict.

seer11       1 to 10 hidden, as SEER-Medicare and CMS ask; SEER's own agreement names no number. The default.
uscs16       1 to 15 hidden, as United States Cancer Statistics do for reliability
opensafely   1 to 7 hidden, everything else rounded to 5
ohdsi5       1 to 4 hidden; for synthetic data only
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date


class ProfileRefused(ValueError):
    """The profile does not exist, or is less strict than these data allow."""


@dataclass(frozen=True, slots=True)
class Profile:
    """Counts from 1 to `threshold` - 1 are hidden.

    base              what counts are rounded to where a table is rounded
    always_rounded    round every table, not only those that would be mostly stars
    synthetic_only    refuse real data, exception or not
    """

    name: str
    threshold: int
    base: int = 5
    always_rounded: bool = False
    synthetic_only: bool = False

    @property
    def curve_base(self) -> int:
        """Base for numbers at risk: wide enough that the difference of two stays wider than the threshold."""
        return 10 * (self.threshold // 10 + 1)

    def is_small(self, count: int) -> bool:
        return 1 <= count < self.threshold


PROFILES = {
    profile.name: profile
    for profile in (
        Profile("seer11", 11),
        Profile("uscs16", 16),
        Profile("opensafely", 8, always_rounded=True),
        Profile("ohdsi5", 5, synthetic_only=True),
    )
}
DEFAULT = "seer11"
THRESHOLD = re.compile(r"[1-9][0-9]{0,6}")
"""Written in one way only, for a profile is known by its name."""


@dataclass(frozen=True, slots=True)
class SignedException:
    """Who allows it, why, for which profile and until when; `sha256` of the file as signed.

    despite  the earlier reports that the new one need not be compared with; without any, a lower threshold
    """

    name: str
    reason: str
    expires: date
    profile: str
    sha256: str
    despite: tuple[str, ...] = ()


def profile_named(words: str) -> Profile:
    """A profile by name, or with another threshold as in `seer11:20`."""
    name, _, threshold = words.partition(":")
    if name not in PROFILES:
        raise ProfileRefused(f"there is no profile {name!r}; there are {', '.join(PROFILES)}")
    if not threshold:
        return PROFILES[name]
    if not THRESHOLD.fullmatch(threshold) or int(threshold) < 2:
        raise ProfileRefused(f"{threshold!r} is no threshold: give a whole number from 2, in plain digits")
    return replace(PROFILES[name], name=words, threshold=int(threshold))


def permitted(
    name: str, *, is_synthetic: bool, exception: SignedException | None, today: date
) -> tuple[Profile, SignedException | None]:
    """The profile asked for, with the exception it needed; raises ProfileRefused if it needs one it has not.

    Up is free. Below the default needs a signed exception for exactly this profile, except that synthetic
    data may go through any of the named profiles. So does a report despite an earlier one.
    """
    profile = profile_named(name)
    if profile.synthetic_only and not is_synthetic:
        raise ProfileRefused(f"the profile {name} is for synthetic data only, and a delivery here is real")
    least = PROFILES[DEFAULT].threshold
    is_strict = profile.threshold >= least or (is_synthetic and name in PROFILES)
    if is_strict and (exception is None or not exception.despite):
        return profile, None
    if exception is None:
        raise ProfileRefused(
            f"the profile {name} hides less than {DEFAULT}; that needs a signed exception file"
        )
    if exception.profile != name:
        raise ProfileRefused(f"the exception is for {exception.profile}, not for {name}")
    if exception.expires < today:
        raise ProfileRefused(f"the exception expired on {exception.expires.isoformat()}")
    return profile, exception
