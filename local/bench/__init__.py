"""Measured figures, one module each: `python -m local.bench --help`. This machine's noise is in all of them."""
