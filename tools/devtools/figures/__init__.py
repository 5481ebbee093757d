"""Every figure that a document or an issue names, measured by one command: `python -m devtools.figures --help`.

Figures are counts and ratios: they hold on any machine. Times that depend on this one are printed by `devtools.bench`.
"""

from devtools.figures.figure import Comparison, Figure

__all__ = ["Comparison", "Figure"]
