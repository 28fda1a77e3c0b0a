"""Colour spaces as numbers: primaries, curves, and the ICC profile that says the same.

Code points and curves: ITU-T H.273 (2021), tables 2 and 3. Profiles: ICC.1:2001-04. No Django.
"""

import math
import struct
from collections.abc import Callable
from dataclasses import dataclass

Point = tuple[float, float]
# x and y of red, green, blue and white.
Primaries = tuple[Point, Point, Point, Point]
Matrix = list[list[float]]
# Light, 0 to 1, of a signal, 0 to 1.
Curve = Callable[[float], float]

# White points and primaries as (x, y) in CIE 1931, from ITU-T H.273, table 2.
_D65, _C = (0.3127, 0.3290), (0.310, 0.316)
_SMPTE_C = ((0.630, 0.340), (0.310, 0.595), (0.155, 0.070), _D65)
SRGB: Primaries = ((0.640, 0.330), (0.300, 0.600), (0.150, 0.060), _D65)
BT2020: Primaries = ((0.708, 0.292), (0.170, 0.797), (0.131, 0.046), _D65)
DISPLAY_P3: Primaries = ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060), _D65)
ADOBE_RGB: Primaries = ((0.640, 0.330), (0.210, 0.710), (0.150, 0.060), _D65)
# Adobe RGB (1998) Color Image Encoding: 2.19921875.
ADOBE_GAMMA = 563 / 256
PRIMARIES: dict[int, Primaries] = {
    1: SRGB,
    4: ((0.67, 0.33), (0.21, 0.71), (0.14, 0.08), _C),
    5: ((0.64, 0.33), (0.29, 0.60), (0.15, 0.06), _D65),
    6: _SMPTE_C,
    7: _SMPTE_C,
    8: ((0.681, 0.319), (0.243, 0.692), (0.145, 0.049), _C),
    9: BT2020,
    10: ((1.0, 0.0), (0.0, 1.0), (0.0, 0.0), (1 / 3, 1 / 3)),
    11: ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060), (0.314, 0.351)),
    12: DISPLAY_P3,
    22: ((0.630, 0.340), (0.295, 0.605), (0.155, 0.077), _D65),
}
PRIMARIES_NAMES = {
    1: "BT.709", 4: "BT.470 M", 5: "BT.601 (625 lines)", 6: "BT.601 (525 lines)",
    7: "SMPTE 240M", 8: "film", 9: "BT.2020", 10: "XYZ", 11: "DCI-P3", 12: "Display P3",
    22: "EBU 3213",
}  # fmt: skip
PQ, HLG = 16, 18
UNSPECIFIED = 2
# What video encoders write by habit over values that are sRGB's: shown as browsers show them.
_VIDEO_PRIMARIES, _CAMERA_CURVES = (1, 5, 6, 7, UNSPECIFIED), (1, 6, 14, 15)
# From light to the responses of the eye's cones, between which white points are adapted.
_BRADFORD = [[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]]
# The white that ICC profiles are written for (ICC.1, 7.2.16).
_D50 = (0.9642, 1.0, 0.8249)
_STEPS = 4096


@dataclass(frozen=True)
class Space:
    """An RGB colour space. `hdr` is PQ or HLG where its values are not of an ordinary screen."""

    name: str
    primaries: Primaries
    curve: Curve
    hdr: int = 0


def power(gamma: float) -> Curve:
    """The curve of a gamma."""
    return lambda signal: float(signal**gamma)


def srgb_curve(signal: float) -> float:
    """IEC 61966-2-1."""
    return signal / 12.92 if signal <= 0.04045 else ((signal + 0.055) / 1.055) ** 2.4


def srgb_signal(light: float) -> float:
    """The inverse of srgb_curve."""
    return 12.92 * light if light <= 0.0031308 else 1.055 * light ** (1 / 2.4) - 0.055


def _bt709(signal: float) -> float:
    return signal / 4.5 if signal < 0.0812429 else ((signal + 0.0992968) / 1.0992968) ** (1 / 0.45)


def _smpte240(signal: float) -> float:
    return signal / 4 if signal < 0.0913 else ((signal + 0.1115) / 1.1115) ** (1 / 0.45)


def pq_nits(signal: float) -> float:
    """Candelas a square metre of a PQ signal (SMPTE ST 2084, equation 4.1)."""
    root = signal ** (32 / 2523)
    ratio = max(0.0, root - 0.8359375) / (18.8515625 - 18.6875 * root)
    return float(10_000 * ratio ** (8192 / 1305))


def hlg_light(signal: float) -> float:
    """Light of the scene, 0 to 1, of an HLG signal (ITU-R BT.2100, table 5)."""
    if signal <= 0.5:
        return signal * signal / 3
    return (math.exp((signal - 0.55991073) / 0.17883277) + 0.28466892) / 12


CURVES: dict[int, Curve] = {
    1: _bt709, 6: _bt709, 14: _bt709, 15: _bt709, 11: _bt709, 12: _bt709,
    4: power(2.2),
    5: power(2.8),
    7: _smpte240,
    8: power(1.0),
    9: lambda signal: 10 ** (2 * (signal - 1)) if signal > 0 else 0.0,
    10: lambda signal: 10 ** (2.5 * (signal - 1)) if signal > 0 else 0.0,
    13: srgb_curve,
    17: lambda signal: 52.37 / 48 * signal**2.6,
    PQ: pq_nits,
    HLG: hlg_light,
}  # fmt: skip
_CURVE_NAMES = {4: "gamma 2.2", 5: "gamma 2.8", 8: "linear light", PQ: "PQ", HLG: "HLG"}


def of_code_points(primaries: int, transfer: int) -> Space | None:
    """The space that a pair of code points names; None where they say nothing we know.

    What is left unspecified beside a known one is taken for sRGB's, with PQ and HLG for BT.2020's.
    """
    if primaries == transfer == UNSPECIFIED:
        return None
    if primaries == UNSPECIFIED:
        primaries = 9 if transfer in (PQ, HLG) else 1
    if transfer == UNSPECIFIED or (primaries in _VIDEO_PRIMARIES and transfer in _CAMERA_CURVES):
        transfer = 13
    if primaries not in PRIMARIES or transfer not in CURVES:
        return None
    if (primaries, transfer) == (1, 13):
        name = "sRGB"
    else:
        name = PRIMARIES_NAMES[primaries]
        name += f", {_CURVE_NAMES[transfer]}" if transfer in _CURVE_NAMES else ""
    hdr = transfer if transfer in (PQ, HLG) else 0
    return Space(name, PRIMARIES[primaries], CURVES[transfer], hdr)


def is_sensible(primaries: Primaries) -> bool:
    """Whether a matrix can be made of them."""
    white = primaries[3]
    if not all(0 <= value <= 1 for point in primaries for value in point) or white[1] < 0.01:
        return False
    (a, b), (c, d), (e, f) = primaries[:3]
    # Twice the area of their triangle: with all three on a line there is no inverse.
    return abs((c - a) * (f - b) - (e - a) * (d - b)) > 0.001


def xyz_matrix(primaries: Primaries) -> Matrix:
    """From linear RGB to XYZ, white at Y = 1."""
    columns = [(x, y, 1 - x - y) for x, y in primaries[:3]]
    base = [list(row) for row in zip(*columns, strict=True)]
    amounts = _applied(inverse(base), xyz_of(primaries[3]))
    return [[value * amount for value, amount in zip(row, amounts, strict=True)] for row in base]


def xyz_of(white: Point) -> list[float]:
    """XYZ of a chromaticity at Y = 1."""
    x, y = white
    return [x / y, 1.0, (1 - x - y) / y]


def to_srgb_matrix(primaries: Primaries) -> Matrix:
    """From linear RGB of these primaries to sRGB's, white onto white (Bradford)."""
    adapted = times(_adaptation(xyz_of(primaries[3]), xyz_of(_D65)), xyz_matrix(primaries))
    return times(inverse(xyz_matrix(SRGB)), adapted)


def profile_of(space: Space) -> bytes:
    """An ICC profile (version 2, matrix and curves) of the space."""
    adapted = times(_adaptation(xyz_of(space.primaries[3]), _D50), xyz_matrix(space.primaries))
    text = space.name.encode("ascii", "replace") + b"\0"
    steps = [min(1.0, max(0.0, space.curve(step / (_STEPS - 1)))) for step in range(_STEPS)]
    curve = struct.pack(
        f">4s4xI{_STEPS}H", b"curv", _STEPS, *(round(65_535 * step) for step in steps)
    )
    tags = [
        (b"desc", struct.pack(">4s4xI", b"desc", len(text)) + text + b"\0" * 78),
        (b"wtpt", _xyz_tag(_D50)),
        *zip((b"rXYZ", b"gXYZ", b"bXYZ"), map(_xyz_tag, zip(*adapted, strict=True)), strict=True),
        (b"rTRC", curve),
    ]
    return _assembled(tags)


def _assembled(tags: list[tuple[bytes, bytes]]) -> bytes:
    """The profile of these tags; the green and blue curves are the red one, stored once."""
    at, table, body = 132 + 12 * (len(tags) + 2), b"", b""
    for name, tag in tags:
        place = struct.pack(">II", at + len(body), len(tag))
        for each in (b"rTRC", b"gTRC", b"bTRC") if name == b"rTRC" else (name,):
            table += each + place
        body += tag + b"\0" * (-len(tag) % 4)
    head = struct.pack(">I4xI", at + len(body), 0x0240_0000) + b"mntrRGB XYZ " + b"\0" * 12
    head += b"acsp" + b"\0" * 28 + _xyz_tag(_D50)[8:]
    return head.ljust(128, b"\0") + struct.pack(">I", len(tags) + 2) + table + body


def _xyz_tag(values: tuple[float, ...]) -> bytes:
    return struct.pack(">4s4x3i", b"XYZ ", *(round(value * 65_536) for value in values))


def _adaptation(white: list[float], wanted: list[float] | tuple[float, ...]) -> Matrix:
    here, there = _applied(_BRADFORD, white), _applied(_BRADFORD, wanted)
    scaled = [
        [target / source * value for value in row]
        for source, target, row in zip(here, there, _BRADFORD, strict=True)
    ]
    return times(inverse(_BRADFORD), scaled)


def times(left: Matrix, right: Matrix) -> Matrix:
    """The product of two matrices of three rows."""
    return [[sum(row[k] * right[k][at] for k in range(3)) for at in range(3)] for row in left]


def _applied(matrix: Matrix, vector: list[float] | tuple[float, ...]) -> list[float]:
    return [sum(a * b for a, b in zip(row, vector, strict=True)) for row in matrix]


def inverse(m: Matrix) -> Matrix:
    """The inverse of a matrix of three rows, by its cofactors."""
    rest = {0: (1, 2), 1: (2, 0), 2: (0, 1)}
    adjugate = [
        [
            m[rest[j][0]][rest[i][0]] * m[rest[j][1]][rest[i][1]]
            - m[rest[j][0]][rest[i][1]] * m[rest[j][1]][rest[i][0]]
            for j in range(3)
        ]
        for i in range(3)
    ]
    whole = sum(m[0][k] * adjugate[k][0] for k in range(3))
    return [[value / whole for value in row] for row in adjugate]
