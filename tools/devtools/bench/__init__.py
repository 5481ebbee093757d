"""Measured figures, one module each: `python -m devtools.bench --help`. This machine's noise is in all of them."""
