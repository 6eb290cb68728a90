"""Bias analysis: equal follow-up, misclassification, what no effect would show."""
