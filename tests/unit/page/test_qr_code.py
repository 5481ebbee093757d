"""The QR code of the page: a decoder reads it, in light and dark mode."""

import re
from itertools import cycle

import pytest
import zxingcpp
from PIL import Image

from reconnect.page.qr_code import draw_qr_code

# The length of a real link, and the shortest and longest with a return address.
LENGTHS = [1, 60, 200, 412]
QUIET_ZONE = 4
PIXELS = 4


def text_of(length: int) -> str:
    return ("https://host.example/connect/" + "Ab3_-z." * 60)[:length]


def paint(drawing: str) -> Image.Image:
    """Paint the strokes of the SVG as a browser does: each `h` is a run of dark modules, each `m` moves on."""
    (side,) = re.findall(r'viewBox="0 0 (\d+) \1"', drawing)
    (strokes,) = re.findall(r'stroke="#000" d="M([^"]+)"', drawing)
    image = Image.new("L", (int(side), int(side)), color=255)
    x, y, relative = 0.0, 0.0, False
    for command, numbers in zip(cycle("mh"), re.split("[mh]", strokes), strict=False):
        if command == "m":
            across, down = map(float, re.findall(r"-?[\d.]+", numbers))
            x, y = (x + across, y + down) if relative else (across, down)
            relative = True
            continue
        for at in range(int(x), int(x) + int(numbers)):
            image.putpixel((at, int(y)), 0)
        x += int(numbers)
    return image


@pytest.mark.parametrize("length", LENGTHS)
def test_a_decoder_reads_the_text(length: int) -> None:
    image = paint(draw_qr_code(text_of(length), label="a code"))

    (code,) = zxingcpp.read_barcodes(image.resize((PIXELS * image.width, PIXELS * image.height)))

    assert (code.text, code.format) == (text_of(length), zxingcpp.BarcodeFormat.QRCode)


def test_the_code_is_dark_on_white_in_any_colour_scheme() -> None:
    drawing = draw_qr_code("reconnect/link", label="a code")

    assert 'viewBox="0 0 29 29"' in drawing
    assert '<path fill="#fff" d="M0 0h29v29h-29z"/>' in drawing
    assert drawing.count("<path") == 2


def test_a_quiet_zone_of_four_modules_surrounds_the_code() -> None:
    image = paint(draw_qr_code("reconnect/link", label="a code"))

    dark = image.point(lambda shade: 255 - shade).getbbox()
    assert dark == (QUIET_ZONE, QUIET_ZONE, image.width - QUIET_ZONE, image.height - QUIET_ZONE)


def test_a_screen_reader_finds_one_image_with_a_name() -> None:
    drawing = draw_qr_code("reconnect/link", label="a code")

    assert drawing.startswith('<svg role="img" aria-label="a code" ')
    assert 'class="qr"' in drawing
    assert drawing.count("<svg") == 1


def test_the_size_is_left_to_the_style() -> None:
    assert not re.search(r"<svg[^>]* (width|height)=", draw_qr_code("reconnect/link", label="a code"))
