"""Small data sets printed in the literature, typed in as facts."""

import numpy as np

# Remission in weeks, 6-mercaptopurine against placebo (Freireich et al. 1963; Gehan 1965), + is still in
# remission.
_DRUG = "6 6 6 7 10 13 16 22 23 6+ 9+ 10+ 11+ 17+ 19+ 20+ 25+ 32+ 32+ 34+ 35+"
_PLACEBO = "1 1 2 2 3 4 4 5 5 8 8 8 8 11 11 12 12 15 17 22 23"


def _follow_up(text: str) -> tuple[np.ndarray, np.ndarray]:
    marks = text.split()
    return np.array([float(m.rstrip("+")) for m in marks]), np.array([not m.endswith("+") for m in marks])


DRUG, PLACEBO = _follow_up(_DRUG), _follow_up(_PLACEBO)
WEEKS, RELAPSED = (np.concatenate(pair) for pair in zip(DRUG, PLACEBO, strict=True))
ON_PLACEBO = np.repeat([0, 1], [21, 21])

# Six people with every kind of tie once (Therneau, "A package for survival analysis", validation data 1).
SIX_MONTHS, SIX_DIED, SIX_X = [1, 1, 6, 6, 8, 9], [1, 0, 1, 1, 0, 1], [1, 1, 1, 0, 0, 0]

# Table 1 of the paper: with and without a second primary.
TABLE_1 = {
    "gender": ([[35067, 10], [29544, 8]], 0.012, 0.913),
    "race": ([[49117, 12], [11296, 5], [3974, 1]], 1.303, 0.521),
    "marital": ([[36886, 12], [23843, 4]], 1.364, 0.243),
    "era": ([[31981, 8], [32630, 10]], 0.184, 0.668),
    "chemotherapy": ([[40197, 16], [24414, 2]], 5.447, 0.020),
}
