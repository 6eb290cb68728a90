"""Numbers that papers print, recomputed."""
