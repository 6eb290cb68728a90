"""From an audited build to what analysts read: immutable releases and one swing of one link."""
