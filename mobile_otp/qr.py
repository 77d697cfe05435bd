"""A QR code as inline SVG that a strict Content-Security-Policy lets through: no style, no script, no id."""

from html import escape

from qrcode.constants import ERROR_CORRECT_M
from qrcode.main import QRCode

_QUIET_ZONE = 4  # modules of white all around (ISO/IEC 18004)
_LONGEST_TEXT = 1024


def qr_svg(text: str, *, title: str) -> str:
    """One `<svg>` element, scaled by its container; `title` is what a screen reader says instead."""
    if len(text.encode()) > _LONGEST_TEXT:
        raise ValueError(f"a QR code of ours holds at most {_LONGEST_TEXT} bytes")
    code = QRCode(error_correction=ERROR_CORRECT_M, border=_QUIET_ZONE)
    code.add_data(text)
    code.make(fit=True)
    matrix = code.get_matrix()
    size = len(matrix)
    # White is painted, not assumed: cameras do not read a code on a dark page.
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="qr" role="img" viewBox="0 0 {size} {size}" '
        f'shape-rendering="crispEdges"><title>{escape(title)}</title>'
        f'<rect width="{size}" height="{size}" fill="#fff"/>'
        f'<path stroke="#000" d="{_path(matrix)}"/></svg>'
    )


def _path(matrix: list[list[bool]]) -> str:
    """One stroke, a module high, for each horizontal run of dark modules."""
    runs = []
    for y, row in enumerate(matrix):
        x = 0
        while x < len(row):
            start = x
            while x < len(row) and row[x]:
                x += 1
            if x > start:
                runs.append(f"M{start} {y}.5h{x - start}")
            x += 1
    return "".join(runs)
