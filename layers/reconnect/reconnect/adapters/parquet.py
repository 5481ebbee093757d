"""Tables as Parquet files: flat, every column optional, values PLAIN, pages compressed by gzip.

Written from the format's public documentation, https://parquet.apache.org/docs/file-format/, whose names the constants
have. Decision 42 says why this is not a library.
"""

import struct
import zlib
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

_MAGIC = b"PAR1"
_BOOLEAN, _INT64, _BYTE_ARRAY = 0, 2, 6
_UTF8, _TIMESTAMP_MILLIS = 0, 9
_OPTIONAL = 1
_PLAIN, _RLE = 0, 3
_GZIP = 2
_DATA_PAGE = 0
# zlib's number for the format of gzip.
_GZIP_BITS = 31

# Types of Thrift's compact protocol.
_TRUE, _I32, _I64, _BINARY, _LIST, _STRUCT = 1, 5, 6, 8, 9, 12
_SHORT_LIST = 15

_EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")
_MILLISECOND = timedelta(milliseconds=1)

Field = tuple[int, int, bytes]


class ParquetTable:
    """A table that is written in one pass, in groups of `group` rows, of which one is held as values.

    `columns`: bool, int, str or datetime by name; each value may be None. Times are aware; what they have beyond the
    millisecond is cut.
    """

    def __init__(self, columns: dict[str, type], group: int = 10_000) -> None:
        self._columns, self._group = columns, group
        self._rows: list[Sequence[object]] = []
        self._pieces, self._size = [_MAGIC], len(_MAGIC)
        self._groups: list[bytes] = []
        self._written = 0

    def add(self, rows: Iterable[Sequence[object]]) -> None:
        """Add rows, each with a value for each column, in the columns' order."""
        for row in rows:
            self._rows.append(row)
            if len(self._rows) == self._group:
                self._end_group()

    def end(self) -> bytes:
        """Return the whole file."""
        if self._rows:
            self._end_group()
        footer = _struct(
            _i32(1, 1),
            _list(2, _STRUCT, _schema(self._columns)),
            _i64(3, self._written),
            _list(4, _STRUCT, self._groups),
            _text(6, "flinks-reconnect"),
        )
        return b"".join([*self._pieces, footer, struct.pack("<I", len(footer)), _MAGIC])

    def _end_group(self) -> None:
        chunks, start = [], self._size
        values_of = zip(*self._rows, strict=True)
        for (name, kind), values in zip(self._columns.items(), values_of, strict=True):
            page, raw_size = _page(kind, values)
            described = _column(name, kind, len(values), raw_size, len(page), self._size)
            chunks.append(_struct(_i64(2, self._size), (3, _STRUCT, described)))
            self._pieces.append(page)
            self._size += len(page)
        total, number = self._size - start, len(self._rows)
        self._groups.append(_struct(_list(1, _STRUCT, chunks), _i64(2, total), _i64(3, number)))
        self._written += number
        self._rows.clear()


def _page(kind: type, values: Sequence[object]) -> tuple[bytes, int]:
    """A column of one group as one page with its header, and how long it would be without compression."""
    levels = _bits([value is not None for value in values])
    # One run of bits, as long in bytes as its header says.
    run = _varint(len(levels) << 1 | 1) + levels
    data = struct.pack("<I", len(run)) + run + _plain(kind, [value for value in values if value is not None])
    compressor = zlib.compressobj(6, wbits=_GZIP_BITS)
    compressed = compressor.compress(data) + compressor.flush()
    described = _struct(_i32(1, len(values)), _i32(2, _PLAIN), _i32(3, _RLE), _i32(4, _RLE))
    sizes = _i32(2, len(data)), _i32(3, len(compressed))
    header = _struct(_i32(1, _DATA_PAGE), *sizes, (5, _STRUCT, described))
    return header + compressed, len(header) + len(data)


def _plain(kind: type, values: list[object]) -> bytes:
    if kind is bool:
        return _bits(values)
    if kind is int:
        return struct.pack(f"<{len(values)}q", *values)
    if kind is datetime:
        return struct.pack(f"<{len(values)}q", *((at - _EPOCH) // _MILLISECOND for at in values))  # type: ignore[operator]
    texts = [str(value).encode() for value in values]
    return b"".join(part for text in texts for part in (struct.pack("<I", len(text)), text))


def _bits(values: Iterable[object]) -> bytes:
    """A bit for each value, the first one lowest, in whole bytes."""
    digits = "".join("1" if value else "0" for value in values)
    return int(digits[::-1] or "0", 2).to_bytes((len(digits) + 7) // 8, "little")


def _schema(columns: dict[str, type]) -> list[bytes]:
    return [_struct(_text(4, "row"), _i32(5, len(columns))), *(_element(*each) for each in columns.items())]


def _element(name: str, kind: type) -> bytes:
    fields = [_i32(1, _physical(kind)), _i32(3, _OPTIONAL), _text(4, name)]
    if kind is str:
        fields += [_i32(6, _UTF8), (10, _STRUCT, _struct((1, _STRUCT, _struct())))]
    if kind is datetime:
        # In UTC, in milliseconds.
        stamp = _struct((1, _TRUE, b""), (2, _STRUCT, _struct((1, _STRUCT, _struct()))))
        fields += [_i32(6, _TIMESTAMP_MILLIS), (10, _STRUCT, _struct((8, _STRUCT, stamp)))]
    return _struct(*fields)


def _column(name: str, kind: type, values: int, raw_size: int, size: int, offset: int) -> bytes:
    return _struct(
        _i32(1, _physical(kind)),
        _list(2, _I32, [_zigzag(_PLAIN), _zigzag(_RLE)]),
        _list(3, _BINARY, [_string(name)]),
        _i32(4, _GZIP),
        _i64(5, values),
        _i64(6, raw_size),
        _i64(7, size),
        _i64(9, offset),
    )


def _physical(kind: type) -> int:
    return {bool: _BOOLEAN, int: _INT64, datetime: _INT64, str: _BYTE_ARRAY}[kind]


def _struct(*fields: Field) -> bytes:
    """A Thrift structure; its fields come in the order of their numbers."""
    parts, last = [], 0
    for number, kind, value in fields:
        # All distances between numbers here fit into the header.
        parts += [bytes([(number - last) << 4 | kind]), value]
        last = number
    return b"".join([*parts, b"\x00"])


def _i32(number: int, value: int) -> Field:
    return number, _I32, _zigzag(value)


def _i64(number: int, value: int) -> Field:
    return number, _I64, _zigzag(value)


def _text(number: int, value: str) -> Field:
    return number, _BINARY, _string(value)


def _list(number: int, kind: int, values: Sequence[bytes]) -> Field:
    length = len(values)
    header = bytes([length << 4 | kind]) if length < _SHORT_LIST else bytes([0xF0 | kind]) + _varint(length)
    return number, _LIST, header + b"".join(values)


def _string(value: str) -> bytes:
    data = value.encode()
    return _varint(len(data)) + data


def _zigzag(value: int) -> bytes:
    # No number here is negative.
    return _varint(value << 1)


def _varint(value: int) -> bytes:
    parts = []
    while value >> 7:
        parts.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*parts, value])
