"""Checks of delivered rows that several forms share."""
