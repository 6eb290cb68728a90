"""Cox's likelihoods written out term by term: slow, obvious, and independent of the fast ones."""

from itertools import combinations

import numpy as np


def risk_and_deaths(exit, event, entry, stratum):
    for s in sorted(set(stratum)):
        here = [i for i in range(len(exit)) if stratum[i] == s]
        for t in sorted({exit[i] for i in here if event[i]}):
            risk = [i for i in here if entry[i] < t <= exit[i]]
            yield t, risk, [i for i in risk if event[i] and exit[i] == t]


def log_likelihood(beta, exit, event, x, *, ties, entry=None, stratum=None, weight=None):
    n = len(exit)
    entry = [-1] * n if entry is None else entry
    stratum = [0] * n if stratum is None else stratum
    weight = np.ones(n) if weight is None else weight
    eta = x @ beta
    r = weight * np.exp(eta)
    value = 0.0
    for _, risk, deaths in risk_and_deaths(exit, event, entry, stratum):
        d = len(deaths)
        value += sum(weight[i] * eta[i] for i in deaths)
        if ties == "exact":
            value -= np.log(sum(np.exp(sum(eta[i] for i in chosen)) for chosen in combinations(risk, d)))
            continue
        mean_weight = sum(weight[i] for i in deaths) / d
        for j in range(d):
            share = j / d if ties == "efron" else 0.0
            value -= mean_weight * np.log(sum(r[i] for i in risk) - share * sum(r[i] for i in deaths))
    return value


def gradient(f, at, step=1e-6):
    out = []
    for j in range(len(at)):
        up, down = np.array(at, float), np.array(at, float)
        up[j] += step
        down[j] -= step
        out.append((f(up) - f(down)) / (2 * step))
    return np.array(out)


def concordance(score, exit, event, *, entry=None, stratum=None, weight=None):
    """Every pair by name: (concordant, discordant, tied)."""
    n = len(exit)
    entry = [-1] * n if entry is None else entry
    stratum = [0] * n if stratum is None else stratum
    weight = np.ones(n) if weight is None else weight
    counts = np.zeros(3)
    for i in range(n):
        for j in range(n):
            outlived = exit[j] > exit[i] or (exit[j] == exit[i] and not event[j])
            if i != j and event[i] and stratum[i] == stratum[j] and entry[j] < exit[i] and outlived:
                place = 0 if score[i] > score[j] else 1 if score[i] < score[j] else 2
                counts[place] += weight[i] * weight[j]
    return counts
