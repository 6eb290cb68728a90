"""Estimates, tables, figures and reports over the published marts."""
