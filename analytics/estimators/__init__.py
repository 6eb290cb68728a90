"""Estimators: arrays in, one frozen result out.

The modules of this folder are the public doors; the packages with an underscore do the work and may change.
Nothing here knows of registries, marts, frames or printing. Docstrings give shapes, units, the conventions
for ties and edges, and the source. Wrong input raises ``ValueError`` naming the position (counted from 0);
what cannot be estimated is NaN, with the reason in a field of the result.
"""
