"""HEIF and AVIF files put together box by box, round pictures that an encoder has made.

A picture is the bytes of one coded item; what is said of it (colours, crops, turns) is ours.
"""

import io
import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from PIL import Image

Property = tuple[bytes, bytes]


def box(name: bytes, *bodies: bytes) -> bytes:
    """A box."""
    body = b"".join(bodies)
    return struct.pack(">I4s", 8 + len(body), name) + body


def full(name: bytes, version: int, *bodies: bytes, flags: int = 0) -> bytes:
    """A box with a version."""
    return box(name, struct.pack(">I", version << 24 | flags), *bodies)


def nclx(primaries: int, transfer: int, matrix: int = 6, whole: bool = True) -> Property:
    """Colours by code points."""
    return b"colr", b"nclx" + struct.pack(">3HB", primaries, transfer, matrix, whole << 7)


def icc(profile: bytes) -> Property:
    """Colours by a profile."""
    return b"colr", b"prof" + profile


def ispe(width: int, height: int) -> Property:
    """The size of a picture as stored."""
    return b"ispe", struct.pack(">III", 0, width, height)


def clap(size: tuple[int, int], left: int, top: int, width: int, height: int) -> Property:
    """The clean aperture that leaves this part of a picture of that size."""
    x, y = 2 * left + width - size[0], 2 * top + height - size[1]
    return b"clap", struct.pack(">IIIIiIiI", width, 1, height, 1, x, 2, y, 2)


def irot(quarters: int) -> Property:
    """Turned so many quarters against the clock."""
    return b"irot", bytes([quarters])


def imir(axis: int) -> Property:
    """Mirrored: 0 top to bottom, 1 left to right."""
    return b"imir", bytes([axis])


@dataclass
class Coded:
    """One item: its type, its bytes, its properties in order, and what it refers to."""

    kind: bytes
    data: bytes
    properties: list[Property]
    references: list[tuple[bytes, list[int]]] = field(default_factory=list)


def file_of(
    items: Sequence[Coded], brand: bytes, exif: bytes = b"", primary: int = 1, wide: bool = False
) -> bytes:
    """A file of these items, numbered from 1; EXIF is said of the primary one."""
    every = list(items)
    if exif:
        every.append(Coded(b"Exif", struct.pack(">I", 0) + exif, [], [(b"cdsc", [primary])]))
    coding = b"avif" if any(item.kind == b"av01" for item in items) else b"heic"
    head = box(b"ftyp", brand, bytes(4), coding, b"mif1", b"miaf")
    before = len(head) + len(_meta(every, primary, 0, wide)) + 8
    return head + _meta(every, primary, before, wide) + box(b"mdat", *(one.data for one in every))


def _meta(items: list[Coded], primary: int, begin: int, wide: bool) -> bytes:
    """The index; `begin` is where the data begin in the file."""
    kinds = b"".join(
        full(b"infe", 2, struct.pack(">HH", number, 0), item.kind, b"\0")
        for number, item in enumerate(items, 1)
    )
    places = b""
    for number, item in enumerate(items, 1):
        places += struct.pack(">HHHII", number, 0, 1, begin, len(item.data))
        begin += len(item.data)
    properties: list[Property] = []
    links = b""
    for number, item in enumerate(items, 1):
        links += struct.pack(">HB", number, len(item.properties))
        for each in item.properties:
            properties.append(each)
            essential = each[0] in (b"av1C", b"hvcC", b"clap", b"irot", b"imir", b"iscl")
            index = len(properties)
            links += (
                struct.pack(">H", essential << 15 | index)
                if wide
                else bytes([essential << 7 | index])
            )
    references = b"".join(
        box(kind, struct.pack(f">HH{len(to)}H", number, len(to), *to))
        for number, item in enumerate(items, 1)
        for kind, to in item.references
    )
    return full(
        b"meta", 0,
        full(b"hdlr", 0, bytes(4), b"pict", bytes(13)),
        full(b"pitm", 0, struct.pack(">H", primary)),
        full(b"iloc", 0, b"\x44\x00", struct.pack(">H", len(items)), places),
        full(b"iinf", 0, struct.pack(">H", len(items)), kinds),
        *([full(b"iref", 0, references)] if references else []),
        box(
            b"iprp",
            box(b"ipco", *(box(name, body) for name, body in properties)),
            full(b"ipma", 0, struct.pack(">I", len(items)), links, flags=int(wide)),
        ),
    )  # fmt: skip


def av1(image: Image.Image, **options: Any) -> Coded:
    """The picture as one AV1 item, without colours, crops or turns."""
    file = io.BytesIO()
    options = {"quality": 100, "subsampling": "4:4:4"} | options
    image.save(file, "AVIF", **options)
    return coded_of(file.getvalue(), b"av01")


def coded_of(content: bytes, kind: bytes) -> Coded:
    """The first item of that type in a file, without colours, crops or turns."""
    return every_coded(content, kind)[0]


def every_coded(content: bytes, kind: bytes) -> list[Coded]:
    """All of them, of a file that has each in one piece."""
    found = _found(content)
    keep = (b"av1C", b"hvcC", b"pixi", b"ispe", b"auxC")
    items = []
    for number, name in found.kinds.items():
        if name == kind:
            begin, size = found.places[number]
            properties = [each for each in found.properties[number] if each[0] in keep]
            items.append(Coded(kind, content[begin : begin + size], properties))
    return items


@dataclass
class _Found:
    kinds: dict[int, bytes]
    places: dict[int, tuple[int, int]]
    properties: dict[int, list[Property]]


def _inside(body: bytes, at: int = 0) -> list[Property]:
    found = []
    while at < len(body):
        size, name = struct.unpack_from(">I4s", body, at)
        found.append((name, body[at + 8 : at + size]))
        at += size
    return found


def _found(content: bytes) -> _Found:
    meta = dict(_inside(dict(_inside(content))[b"meta"], 4))
    found = _Found({}, {}, {})
    for _name, body in _inside(meta[b"iinf"], 6):
        found.kinds[struct.unpack_from(">H", body, 4)[0]] = body[8:12]
    iloc = meta[b"iloc"]
    base = (iloc[5] >> 4) if iloc[5] >> 4 else 0
    at, extra = 8, 2 if iloc[0] else 0
    for _item in range(struct.unpack_from(">H", iloc, 6)[0]):
        number = struct.unpack_from(">H", iloc, at)[0]
        at += 4 + extra
        origin = int.from_bytes(iloc[at : at + base], "big")
        at += base + 2
        begin, size = struct.unpack_from(">II", iloc, at)
        at += 8
        found.places[number] = (origin + begin, size)
    properties = dict(_inside(meta[b"iprp"]))
    every = _inside(properties[b"ipco"])
    links, at = properties[b"ipma"], 8
    for _item in range(struct.unpack_from(">I", links, 4)[0]):
        number, count = struct.unpack_from(">HB", links, at)
        at += 3
        found.properties[number] = [every[(raw & 0x7F) - 1] for raw in links[at : at + count]]
        at += count
    return found
