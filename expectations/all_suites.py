"""Every expectation, in the order in which the report lists them."""

from __future__ import annotations

from collections.abc import Sequence

from expectations.expectation import Expectation
from expectations.suites import deliveries as about_deliveries
from expectations.suites import marts as about_marts
from expectations.suites import paper as about_paper
from expectations.suites import rates as about_rates
from expectations.suites import registry as about_registry
from expectations.suites import relations as about_relations


def all_expectations(raw_tables: Sequence[str]) -> tuple[Expectation, ...]:
    """Every expectation about a build and a raw file with these tables of delivered rows."""
    return (
        *about_deliveries.expectations(raw_tables),
        *about_registry.EXPECTATIONS,
        *about_marts.EXPECTATIONS,
        *about_rates.EXPECTATIONS,
        *about_relations.EXPECTATIONS,
        *about_paper.EXPECTATIONS,
    )
