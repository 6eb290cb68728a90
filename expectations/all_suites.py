"""Every claim, in the order in which the report lists them."""

from __future__ import annotations

from collections.abc import Sequence

from expectations.expectation import Claim
from expectations.suites import deliveries as about_deliveries
from expectations.suites import marts as about_marts
from expectations.suites import paper as about_paper
from expectations.suites import rates as about_rates
from expectations.suites import registry as about_registry
from expectations.suites import relations as about_relations


def all_claims(raw_tables: Sequence[str]) -> tuple[Claim, ...]:
    """Every claim about a build and a raw file with these tables of delivered rows."""
    return (
        *about_deliveries.claims(raw_tables),
        *about_registry.CLAIMS,
        *about_marts.CLAIMS,
        *about_rates.CLAIMS,
        *about_relations.CLAIMS,
        *about_paper.CLAIMS,
    )
