"""What every estimator stands on: checked arrays, distinct times, tail areas, Newton's method."""
