"""NAACCR records, flat and XML."""
