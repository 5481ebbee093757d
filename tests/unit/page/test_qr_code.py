"""Our QR codes, held against the standard's own examples and against whole symbols of two well-known encoders."""

from hashlib import sha256

import pytest

from reconnect.page.qr_code import TextTooLong, correct, draw_qr_code, encode_matrix

# "HELLO WORLD" in 1-M, as tutorials on the standard work it through.
HELLO_DATA = [32, 91, 11, 120, 209, 114, 220, 77, 67, 64, 236, 17, 236, 17, 236, 17]
HELLO_CORRECTION = [196, 35, 39, 119, 235, 215, 231, 226, 93, 23]
# The format bits of level M with masks 0 to 7 (ISO/IEC 18004, table C.1), and the bits of version 7 (table D.1).
FORMATS_OF_M = {
    "101010000010010",
    "101000100100101",
    "101111001111100",
    "101101101001011",
    "100010111111001",
    "100000011001110",
    "100111110010111",
    "100101010100000",
}
VERSION_7 = "000111110010010100"
# Made by segno 1.6 and by qrcode 8, which agree on it (byte mode, M, version 1).
WHOLE_SYMBOL = [
    "111111101111001111111",
    "100000101000101000001",
    "101110101101001011101",
    "101110100011101011101",
    "101110101111101011101",
    "100000100011101000001",
    "111111101010101111111",
    "000000000001000000000",
    "100111111100010010111",
    "001010000010001001100",
    "110010100010110000111",
    "100111000111010110101",
    "011010100010000011011",
    "000000001100001010100",
    "111111101111110011000",
    "100000101111101001100",
    "101110101001000011010",
    "101110101111011000000",
    "101110100000100010011",
    "100000100010101011111",
    "111111101011011000000",
]
# How long a text is, and the SHA-256 of its symbol as `qrcode` makes it with the mask that we chose.
SYMBOLS = {
    1: "9d1dde5ac05151b271c2996e12333f3fca2bed2f3d0037d2b3c103bd1e788a6f",
    20: "4e60d5481f88559bd1a3ac55ca474f741ae51ef435112eee0c56c5b7ce935199",
    42: "8522cd1a49cbb504d5cd331948ae886d14c1be05091e5b005113781a54565bc0",
    62: "db5acce43df06ddf9ad17f4c4ea02a1e7ee152fbef1797b00b660b8c4af81606",
    84: "78ad3c4052a9e280397e00f1cf55f50517c1c089433e830bf28fba548e1f6ddf",
    100: "a76dffa05d5374e1889f635126cda87a9db9eb7adb0fc2fe8368258d04f28c6e",
    122: "4659be85163bf4a4bbb2ef68d7416b6996d20657ad125e3dd23979664544353e",
    152: "9672c7241536cc41a99e5b41d3712ea6c1de9317af0b91bf2f4ae1cdd6ba3cb6",
    180: "0d3e46f89522211119c757ba1d3c848d18a4c497018311fc1f505f3a790fa940",
    200: "d13455920fd36ae558688c7f7d8dd822d0ca79317c314125e9c1f0d61d89d66a",
    213: "b2b0aa1f710aabc3257481d87b22d4e8d6b687eaf2858d017c09fa95976af7ba",
    230: "1d746f8c9a2f42a4a2344e3b436fae33abe675fe4d27510bb601bb1f39303a75",
    251: "34c698ba797bfe9216a5873c94270a79b65617fd25fe488b95d12d44d68800c9",
    280: "bdaf00b110d21c7a7000f7d14fe8d5eb7e9c4d3397f22d866c03e3f62e99266c",
    300: "b5453f75ad32158f0d574098b6f49b0a1f1c2a31554744e4db9863e9cfce4d1d",
    330: "97fb8fc897ad8aa73c25602de64546de006b059a792d39ec06e70a48c148a9ad",
    331: "473725d4686d2d2ca93156eb50f3b6ed92854238c4c953459fb67e4187ce11d5",
    362: "43b659b80a68e3f344bb952ab8d4c0527e814f5e286d6a5a147737c2a5e2f616",
    400: "383dae8e0e9247033e053ae7dc5e2515f95ab3c42b6c9050ece21843397e2680",
    412: "043fcb5e0b2cd34c5c999c14fb697e32ad13ea5a31a180518aaca9bfeb9a39de",
}


def text_of(length: int) -> str:
    return ("https://host.example/connect/" + "Ab3_-z." * 60)[:length]


def as_rows(text: str) -> list[str]:
    return ["".join(map(str, row)) for row in encode_matrix(text)]


def test_the_correction_bytes_are_those_of_the_worked_example() -> None:
    assert correct(HELLO_DATA, 10) == HELLO_CORRECTION


def test_a_whole_symbol_is_the_one_that_other_encoders_make() -> None:
    assert as_rows("reconnect/link") == WHOLE_SYMBOL


@pytest.mark.parametrize("length", SYMBOLS)
def test_symbols_of_every_version_are_those_that_another_encoder_makes(length: int) -> None:
    assert sha256("".join(as_rows(text_of(length))).encode()).hexdigest() == SYMBOLS[length]


@pytest.mark.parametrize("length", [1, 20, 80, 200])
def test_both_copies_of_the_format_name_level_m_and_the_same_mask(length: int) -> None:
    matrix = encode_matrix(text_of(length))
    across = [matrix[8][x] for x in (0, 1, 2, 3, 4, 5, 7, 8)] + [matrix[y][8] for y in (7, 5, 4, 3, 2, 1, 0)]
    split = [matrix[y][8] for y in range(-1, -8, -1)] + matrix[8][-8:]

    assert across == split
    assert "".join(map(str, across)) in FORMATS_OF_M


def test_a_large_symbol_names_its_version_twice() -> None:
    matrix = encode_matrix(text_of(110))
    below = [matrix[y][x] for x in range(6) for y in range(34, 37)]
    beside = [matrix[y][x] for y in range(6) for x in range(34, 37)]

    assert len(matrix) == 45
    assert "".join(map(str, reversed(below))) == "".join(map(str, reversed(beside))) == VERSION_7


@pytest.mark.parametrize(("length", "size"), [(14, 21), (15, 25), (213, 57), (214, 61), (412, 77)])
def test_the_smallest_version_that_holds_the_text_is_used(length: int, size: int) -> None:
    assert len(encode_matrix(text_of(length))) == size


def test_a_text_beyond_the_largest_version_is_refused() -> None:
    with pytest.raises(TextTooLong):
        encode_matrix(text_of(413))


def test_the_drawing_is_dark_on_white_with_a_quiet_zone_and_a_name() -> None:
    drawing = draw_qr_code("reconnect/link", label="a code")

    assert 'viewBox="0 0 29 29"' in drawing
    assert 'role="img" aria-label="a code"' in drawing
    assert 'fill="#fff" d="M0 0h29v29H0z"' in drawing
    assert 'd="M4 4.5h7' in drawing
