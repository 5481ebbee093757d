"""Measured figures, one module each: `python -m devtools.bench --help`. All include the noise of this machine."""
