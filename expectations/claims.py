"""Every claim, in the order in which the report lists them."""

from __future__ import annotations

from expectations import (
    about_deliveries,
    about_marts,
    about_paper,
    about_rates,
    about_registry,
    about_relations,
)
from expectations.claim import Claim

CLAIMS: tuple[Claim, ...] = (
    *about_deliveries.CLAIMS,
    *about_registry.CLAIMS,
    *about_marts.CLAIMS,
    *about_rates.CLAIMS,
    *about_relations.CLAIMS,
    *about_paper.CLAIMS,
)
