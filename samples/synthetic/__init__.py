"""Synthetic deliveries: an invented registry and an invented hospital, in real export formats.

The registry is calibrated to the printed summaries of Jia et al. 2024 (doi 10.1016/j.cpt.2024.06.007)
and to nothing else: no patient's record was seen or used. Every delivery says in its own data
that it is synthetic.
"""

from __future__ import annotations

from samples.synthetic.deliveries import LAYOUTS, VARIANTS, OutOfRange, UnknownDelivery, write_deliveries

__all__ = ["LAYOUTS", "VARIANTS", "OutOfRange", "UnknownDelivery", "write_deliveries"]
