"""A QR code of a short text as inline SVG: byte mode, error correction M, versions 1 to 15 (412 bytes)."""

from collections.abc import Iterator
from itertools import groupby, pairwise, product
from typing import TypeAlias

Grid: TypeAlias = list[list[int | None]]
Matrix: TypeAlias = list[list[int]]

# Of each version at level M: the error-correction bytes of a block, and how many blocks (ISO/IEC 18004, table 9).
_BLOCKS = [
    (10, 1), (16, 1), (26, 1), (18, 2), (24, 2), (16, 4), (18, 4), (22, 4),
    (22, 5), (26, 5), (30, 5), (22, 8), (22, 9), (24, 9), (24, 10),
]  # fmt: skip
_FIRST_WITH_VERSION_BITS = 7
_FIRST_WITH_LONG_COUNT = 10
_TIMING_LINE = 6
_PADDING = (0b11101100, 0b00010001)
_FIELD_POLYNOMIAL = 0b100011101
_FORMAT_POLYNOMIAL = 0b10100110111
_FORMAT_MASK = 0b101010000010010
_VERSION_POLYNOMIAL = 0b1111100100101
_FINDER_LIKE = ([1, 0, 1, 1, 1, 0, 1, 0, 0, 0, 0], [0, 0, 0, 0, 1, 0, 1, 1, 1, 0, 1])
_LONG_RUN = 5
_QUIET_ZONE = 4


class TextTooLong(ValueError):
    """The text needs more bytes than the largest version here holds. No retry helps."""


def draw_qr_code(text: str, label: str) -> str:
    """Draw the text's code, dark on white in any colour scheme; `label` is already escaped for an attribute."""
    matrix = encode_matrix(text)
    side = len(matrix) + 2 * _QUIET_ZONE
    return (
        f'<svg class="qr" role="img" aria-label="{label}" viewBox="0 0 {side} {side}" shape-rendering="crispEdges">'
        f'<path fill="#fff" d="M0 0h{side}v{side}H0z"/><path stroke="#000" d="{_draw_rows(matrix)}"/></svg>'
    )


def encode_matrix(text: str) -> Matrix:
    """Encode the text in the smallest version that holds it; 1 is a dark module. Raise TextTooLong."""
    payload = text.encode()
    version = _choose_version(len(payload))
    bits = [bit for codeword in _interleave(version, _pack(version, payload)) for bit in _bits(codeword, 8)]
    return min((_draw_symbol(version, bits, mask) for mask in range(8)), key=_penalty)


def _draw_rows(matrix: Matrix) -> str:
    """One stroke of width 1 for every run of dark modules."""
    strokes = []
    for y, row in enumerate(matrix, start=_QUIET_ZONE):
        x = _QUIET_ZONE
        for dark, run in groupby(row):
            length = len(list(run))
            if dark:
                strokes.append(f"M{x} {y}.5h{length}")
            x += length
    return "".join(strokes)


def _bits(value: int, width: int) -> list[int]:
    return [value >> place & 1 for place in reversed(range(width))]


def _size(version: int) -> int:
    return 17 + 4 * version


def _count_width(version: int) -> int:
    return 16 if version >= _FIRST_WITH_LONG_COUNT else 8


def _data_length(version: int) -> int:
    """How many data bytes a version holds: whatever is no pattern and no error correction."""
    free = sum(module is None for row in _draw_patterns(version) for module in row)
    correction, blocks = _BLOCKS[version - 1]
    return free // 8 - correction * blocks


def _choose_version(length: int) -> int:
    for version in range(1, len(_BLOCKS) + 1):
        if 4 + _count_width(version) + 8 * length <= 8 * _data_length(version):
            return version
    raise TextTooLong(f"{length} bytes")


def _pack(version: int, payload: bytes) -> list[int]:
    """Mode, length, the bytes, and padding up to what the version holds."""
    capacity = _data_length(version)
    bits = [*_bits(0b0100, 4), *_bits(len(payload), _count_width(version))]
    bits += [bit for byte in payload for bit in _bits(byte, 8)]
    # The end mark has four bits; mode and length leave exactly that much free in the last byte.
    bits += [0] * min(4, 8 * capacity - len(bits))
    codewords = [int("".join(map(str, bits[at : at + 8])), 2) for at in range(0, len(bits), 8)]
    return codewords + [_PADDING[index % 2] for index in range(capacity - len(codewords))]


def _interleave(version: int, codewords: list[int]) -> Iterator[int]:
    """Cut into blocks (the later ones may be a byte longer), correct each, and deal them out in turn."""
    correction, count = _BLOCKS[version - 1]
    short, longer = divmod(len(codewords), count)
    blocks, at = [], 0
    for index in range(count):
        length = short + (index >= count - longer)
        blocks.append(codewords[at : at + length])
        at += length
    for place in range(short + 1):
        yield from (block[place] for block in blocks if place < len(block))
    corrections = [correct(block, correction) for block in blocks]
    for place in range(correction):
        yield from (block[place] for block in corrections)


def correct(block: list[int], length: int) -> list[int]:
    """The Reed-Solomon bytes of a block: the remainder of its division by the generator of this length."""
    generator, root = [1], 1
    for _ in range(length):
        shifted = [*generator, 0]
        scaled = [0, *(_multiply(factor, root) for factor in generator)]
        generator = [left ^ right for left, right in zip(shifted, scaled, strict=True)]
        root = _multiply(root, 2)
    remainder = block + [0] * length
    for at in range(len(block)):
        lead = remainder[at]
        for offset, factor in enumerate(generator):
            remainder[at + offset] ^= _multiply(factor, lead)
    return remainder[len(block) :]


def _multiply(left: int, right: int) -> int:
    """Multiply in the field of 256 elements that QR codes use."""
    product_so_far = 0
    while right:
        if right & 1:
            product_so_far ^= left
        left = left << 1 ^ (_FIELD_POLYNOMIAL if left & 0x80 else 0)
        right >>= 1
    return product_so_far


def _protect(value: int, polynomial: int) -> int:
    """Append the remainder that lets a reader mend the format and the version."""
    width = polynomial.bit_length() - 1
    remainder = value << width
    while remainder.bit_length() > width:
        remainder ^= polynomial << (remainder.bit_length() - polynomial.bit_length())
    return value << width | remainder


def _draw_patterns(version: int) -> Grid:
    """Everything but data; the room for the format bits is taken with light modules."""
    size = _size(version)
    grid: Grid = [[None] * size for _ in range(size)]
    for top, left in ((0, 0), (0, size - 7), (size - 7, 0)):
        _draw_square(grid, (top + 3, left + 3), (1, 1, 0, 1, 0))
    for place in range(8, size - 8):
        grid[_TIMING_LINE][place] = grid[place][_TIMING_LINE] = 1 - place % 2
    centres = _alignment_centres(version)
    corners = {(6, 6), (6, size - 7), (size - 7, 6)}
    for centre in set(product(centres, centres)) - corners:
        _draw_square(grid, centre, (1, 0, 1))
    _draw_format(grid, 0)
    if version >= _FIRST_WITH_VERSION_BITS:
        for place, bit in enumerate(reversed(_bits(_protect(version, _VERSION_POLYNOMIAL), 18))):
            far, near = size - 11 + place % 3, place // 3
            grid[far][near] = grid[near][far] = bit
    return grid


def _draw_square(grid: Grid, centre: tuple[int, int], rings: tuple[int, ...]) -> None:
    """Draw concentric squares from the middle out; what falls off the symbol is left away."""
    reach = len(rings) - 1
    for down, across in product(range(-reach, reach + 1), repeat=2):
        y, x = centre[0] + down, centre[1] + across
        if 0 <= y < len(grid) and 0 <= x < len(grid):
            grid[y][x] = rings[max(abs(down), abs(across))]


def _alignment_centres(version: int) -> list[int]:
    if version == 1:
        return []
    gaps = version // 7 + 1
    last = _size(version) - 7
    # Evenly spread from the far edge on, in even steps; only the first gap may be smaller.
    step = -(-(last - 6) // (2 * gaps)) * 2
    return [6, *(last - step * index for index in reversed(range(gaps)))]


def _draw_format(grid: Grid, mask: int) -> None:
    """Both copies of level M (00) and the mask, and the one module that is always dark."""
    size = len(grid)
    bits = list(reversed(_bits(_protect(mask, _FORMAT_POLYNOMIAL) ^ _FORMAT_MASK, 15)))
    around = [0, 1, 2, 3, 4, 5, 7, 8]
    for place, at in enumerate(around):
        grid[at][8] = grid[8][size - 1 - place] = bits[place]
    for place, at in enumerate(reversed(around[:-1]), start=8):
        grid[8][at] = grid[size - 15 + place][8] = bits[place]
    grid[size - 8][8] = 1


def _draw_symbol(version: int, bits: list[int], mask: int) -> Matrix:
    grid = _draw_patterns(version)
    # The few modules that no codeword fills are light before the mask.
    stream = iter(bits)
    for y, x in _zigzag(len(grid)):
        if grid[y][x] is None:
            grid[y][x] = next(stream, 0) ^ _is_flipped(mask, y, x)
    _draw_format(grid, mask)
    return [[module or 0 for module in row] for row in grid]


def _zigzag(size: int) -> Iterator[tuple[int, int]]:
    """Every module in the order of the data: pairs of columns from the right, up and down in turn."""
    # The column of the timing pattern belongs to no pair.
    rights = [*range(size - 1, _TIMING_LINE, -2), *range(_TIMING_LINE - 1, 0, -2)]
    for index, right in enumerate(rights):
        rows = range(size) if index % 2 else range(size - 1, -1, -1)
        yield from ((y, x) for y in rows for x in (right, right - 1))


def _is_flipped(mask: int, y: int, x: int) -> bool:
    both = y * x
    values = (y + x, y, x, y + x, y // 2 + x // 3, both % 2 + both % 3, both % 2 + both % 3, (y + x) % 2 + both % 3)
    return values[mask] % (2, 2, 3, 3, 2, 6, 2, 2)[mask] == 0


def _penalty(matrix: Matrix) -> int:
    """How hard the symbol is to read: long runs, blocks, what looks like a finder, and too much of one shade."""
    size = len(matrix)
    lines = [*matrix, *(list(column) for column in zip(*matrix, strict=True))]
    lengths = [len(list(run)) for line in lines for _, run in groupby(line)]
    runs = sum(length - 2 for length in lengths if length >= _LONG_RUN)
    squares = sum(
        above[x] == above[x + 1] == below[x] == below[x + 1]
        for above, below in pairwise(matrix)
        for x in range(size - 1)
    )
    finders = sum(line[at : at + 11] in _FINDER_LIKE for line in lines for at in range(size - 10))
    imbalance = abs(2 * sum(map(sum, matrix)) - size * size) * 10 // (size * size)
    return runs + 3 * squares + 40 * finders + 10 * imbalance
