"""Proportional hazards: risk sets, likelihoods, their maximum, and what is read off a fit."""
