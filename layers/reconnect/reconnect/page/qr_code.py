"""A QR code as inline SVG."""

import segno


def draw_qr_code(text: str, label: str) -> str:
    """Draw the text's QR code, dark on white in any colour scheme; `label` is already escaped for an attribute."""
    # A fixed mask: to compare all eight takes most of the time, and readers need none of them in particular.
    code = segno.make_qr(text, error="m", mask=0)
    drawing = code.svg_inline(border=4, light="#fff", svgclass="qr", lineclass=None, omitsize=True)
    # segno can name an SVG only by a <title>, which browsers show as a tooltip.
    return drawing.replace("<svg", f'<svg role="img" aria-label="{label}" shape-rendering="crispEdges"', 1)
