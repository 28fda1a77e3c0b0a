"""Colour profiles built by hand, and the arithmetic that says which colours they stand for."""

import struct
from collections.abc import Mapping, Sequence

# Red, green, blue and white, as x and y.
Primaries = tuple[tuple[float, float], ...]
D65 = (0.3127, 0.3290)
SRGB_PRIMARIES: Primaries = ((0.64, 0.33), (0.30, 0.60), (0.15, 0.06), D65)
P3_PRIMARIES: Primaries = ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060), D65)
ADOBE_PRIMARIES: Primaries = ((0.64, 0.33), (0.21, 0.71), (0.15, 0.06), D65)
# The curve of sRGB (IEC 61966-2-1) as an exponent would miss it: a table.
SRGB_CURVE = 0.0
D50_XYZ = (0.9642, 1.0, 0.8249)

Matrix = tuple[tuple[float, ...], ...]


def times(left: Matrix, right: Matrix) -> Matrix:
    """The product of two matrices."""
    return tuple(
        tuple(sum(a * b for a, b in zip(row, column, strict=True)) for column in zip(*right))  # noqa: B905
        for row in left
    )


def inverse(m: Matrix) -> Matrix:
    """The inverse of a matrix of three rows, by its cofactors."""
    rows = []
    for i in range(3):
        row = []
        for j in range(3):
            a, b = [k for k in range(3) if k != j]
            c, d = [k for k in range(3) if k != i]
            row.append((-1) ** (i + j) * (m[a][c] * m[b][d] - m[a][d] * m[b][c]))
        rows.append(row)
    whole = sum(m[0][k] * rows[k][0] for k in range(3))
    return tuple(tuple(value / whole for value in row) for row in rows)


def xyz_of(primaries: Primaries) -> Matrix:
    """The matrix from linear RGB to XYZ of these primaries (after Lindbloom)."""
    columns = [(x / y, 1.0, (1 - x - y) / y) for x, y in primaries]
    base = tuple(zip(*columns[:3], strict=True))
    amounts = times(inverse(base), tuple((value,) for value in columns[3]))
    return tuple(tuple(value * amounts[at][0] for at, value in enumerate(row)) for row in base)


def _adapted(matrix: Matrix) -> Matrix:
    """From D65 to D50, as profiles want it (Bradford)."""
    cone: Matrix = ((0.8951, 0.2664, -0.1614), (-0.7502, 1.7135, 0.0367), (0.0389, -0.0685, 1.0296))
    x, y = D65
    white = ((x / y,), (1.0,), ((1 - x - y) / y,))
    here, there = times(cone, white), times(cone, tuple((value,) for value in D50_XYZ))
    scaled = tuple(
        tuple((there[i][0] / here[i][0]) * value for value in row) for i, row in enumerate(cone)
    )
    return times(times(inverse(cone), scaled), matrix)


def srgb_linear(value: float) -> float:
    """Light, 0 to 1, of an sRGB value, 0 to 1."""
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4


def matrix_profile(name: str, primaries: Primaries, gamma: float) -> bytes:
    """An RGB profile (ICC version 2); gamma 0 stands for the curve of sRGB."""
    columns = zip(*_adapted(xyz_of(primaries)), strict=True)
    tags = {b"desc": _described(name), b"cprt": b"text\0\0\0\0" + name.encode() + b"\0"}
    tags |= {b"wtpt": _xyz(D50_XYZ)}
    tags |= {tag: _xyz(column) for tag, column in zip((b"rXYZ", b"gXYZ", b"bXYZ"), columns,
                                                      strict=True)}  # fmt: skip
    tags |= dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), _curve(gamma))
    return profile(b"mntr", b"RGB ", b"XYZ ", tags)


def grey_profile(name: str, gamma: float) -> bytes:
    """A grey profile."""
    tags = {b"desc": _described(name), b"wtpt": _xyz(D50_XYZ), b"kTRC": _curve(gamma)}
    return profile(b"mntr", b"GRAY", b"XYZ ", tags)


def ink_profile(name: str, corners: Sequence[tuple[int, int, int]]) -> bytes:
    """A CMYK profile; Lab (0 to 255, a and b from 128) of all 16 mixes, cyan the slowest to turn.

    Linear between them: an 8-bit table of two steps an ink.
    """
    straight = bytes(range(256))
    table = b"mft1\0\0\0\0\4\3\2\0"
    table += struct.pack(">9l", 65_536, 0, 0, 0, 65_536, 0, 0, 0, 65_536)
    table += straight * 4 + b"".join(bytes(corner) for corner in corners) + straight * 3
    tags = {b"desc": _described(name), b"wtpt": _xyz(D50_XYZ), b"A2B0": table, b"A2B1": table}
    return profile(b"prtr", b"CMYK", b"Lab ", tags)


def profile(kind: bytes, space: bytes, connection: bytes, tags: Mapping[bytes, bytes]) -> bytes:
    """An ICC profile of version 2.4 with these tags."""
    begin, table, body = 132 + 12 * len(tags), struct.pack(">L", len(tags)), b""
    for name, tag in tags.items():
        table += name + struct.pack(">LL", begin + len(body), len(tag))
        body += tag + b"\0" * (-len(tag) % 4)
    head = struct.pack(">L", begin + len(body)) + b"\0\0\0\0" + bytes([2, 0x40, 0, 0])
    head += kind + space + connection + struct.pack(">6H", 2026, 1, 1, 0, 0, 0) + b"acsp"
    return head.ljust(68, b"\0") + _xyz(D50_XYZ)[8:] + b"\0" * 48 + table + body


def _described(name: str) -> bytes:
    text = name.encode() + b"\0"
    return b"desc\0\0\0\0" + struct.pack(">L", len(text)) + text + b"\0" * 78


def _xyz(values: Sequence[float]) -> bytes:
    return b"XYZ \0\0\0\0" + struct.pack(">3l", *(round(value * 65_536) for value in values))


def _curve(gamma: float) -> bytes:
    if gamma:
        return b"curv\0\0\0\0" + struct.pack(">LH", 1, round(gamma * 256))
    steps = [round(srgb_linear(step / 1023) * 65_535) for step in range(1024)]
    return b"curv\0\0\0\0" + struct.pack(">L1024H", 1024, *steps)
