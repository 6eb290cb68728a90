"""REDCap exports."""
