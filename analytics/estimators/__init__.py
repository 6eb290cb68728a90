"""Estimators: arrays in, one frozen result out.

Nothing here knows of registries, marts, frames or printing. Each module is one statistical idea; its
docstrings give shapes, units, the conventions for ties and edges, and the source. Wrong input raises
``ValueError`` naming the position (counted from 0); what cannot be estimated is NaN, with the reason in a
field of the result.
"""
