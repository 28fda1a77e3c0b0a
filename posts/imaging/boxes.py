"""Boxes of HEIF and AVIF files: what they say of the picture that counts, and of its parts.

Nothing is decoded, and every walk ends after so many steps. Source: ISO/IEC 14496-12 and 23008-12.
"""

import mmap
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

# Phones write a few hundred; a hostile file must not keep us reading.
MAX_BOXES = 20_000
MAX_PARTS = 10_000
_ALPHA = (b"urn:mpeg:mpegB:cicp:systems:auxiliary:alpha", b"urn:mpeg:hevc:2015:auxid:1")
# What comes before the boxes inside a sample entry of a video track.
_SAMPLE_ENTRY = 78

Box = tuple[bytes, bytes]


class BoxesError(Exception):
    """The structure can't be understood."""


@dataclass
class Item:
    """A picture of the file: its type, and its properties in the order of their association."""

    kind: bytes = b""
    properties: list[Box] = field(default_factory=list)

    def first(self, name: bytes) -> bytes:
        """What its first property of that name says; b"" where it has none."""
        return next((body for each, body in self.properties if each == name), b"")


@dataclass
class Layout:
    """The picture that counts, the pictures it is made of, and those of its transparency.

    `matrices` are those of the tracks (14496-12, 8.3.2) where a sequence is what counts.
    """

    primary: Item
    parts: list[Item] = field(default_factory=list)
    alphas: list[Item] = field(default_factory=list)
    matrices: list[bytes] = field(default_factory=list)

    @property
    def every(self) -> list[Item]:
        """All of its pictures."""
        return [self.primary, *self.parts, *self.alphas]


def layout_of(path: Path) -> Layout:
    """How the picture of a HEIF or AVIF file is put together; raises BoxesError."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        top = _by_name(data, 0, len(data))
        try:
            begin, _end = _only(top, b"ftyp")
            if data[begin : begin + 4] == b"avis" and b"moov" in top:
                return _of_tracks(data, *_only(top, b"moov"))
            begin, end = _only(top, b"meta")
            return _Meta(data, begin + 4, end).layout()
        except (struct.error, IndexError) as error:
            raise BoxesError from error


def nclx_of(item: Item) -> tuple[int, int] | None:
    """Primaries and transfer of an item's `colr` box of type nclx; None without one."""
    for name, body in item.properties:
        if name == b"colr" and body[:4] == b"nclx" and len(body) >= 11:
            primaries, transfer = struct.unpack_from(">2H", body, 4)
            return primaries, transfer
    return None


def _children(data: bytes | mmap.mmap, begin: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Name, and first and last byte of the body, of each box between two places."""
    for _step in range(MAX_BOXES):
        if end - begin < 8:
            return
        size, head = int.from_bytes(data[begin : begin + 4], "big"), 8
        if size == 1:
            size, head = int.from_bytes(data[begin + 8 : begin + 16], "big"), 16
        elif size == 0:
            size = end - begin
        if size < head:
            raise BoxesError
        yield bytes(data[begin + 4 : begin + 8]), begin + head, min(end, begin + size)
        begin += size
    raise BoxesError


def _by_name(data: mmap.mmap, begin: int, end: int) -> dict[bytes, list[tuple[int, int]]]:
    found: dict[bytes, list[tuple[int, int]]] = {}
    for name, first, last in _children(data, begin, end):
        found.setdefault(name, []).append((first, last))
    return found


def _only(found: dict[bytes, list[tuple[int, int]]], name: bytes) -> tuple[int, int]:
    """The one box of that name: of two, nobody knows which one a decoder takes."""
    if len(found.get(name, ())) != 1:
        raise BoxesError
    return found[name][0]


class _Meta:
    """The boxes inside a `meta` box."""

    def __init__(self, data: mmap.mmap, begin: int, end: int) -> None:
        self._data = data
        self._boxes = _by_name(data, begin, end)
        self._kinds = dict(self._item_kinds())
        self._references = list(self._item_references())
        self._made_of: dict[int, list[int]] = {}
        for kind, number, targets in self._references:
            if kind == b"dimg":
                self._made_of.setdefault(number, []).extend(targets)
        self._items: dict[int, Item] = {}
        self._associate()

    def layout(self) -> Layout:
        begin, _end = _only(self._boxes, b"pitm")
        number = _number(self._data, begin + 4, self._data[begin] > 0)
        layout = Layout(self._item(number))
        seen, waiting = {number}, [number]
        while waiting and len(seen) < MAX_PARTS:
            at = waiting.pop()
            for part in self._made_of.get(at, ()):
                if part not in seen:
                    seen.add(part)
                    waiting.append(part)
                    layout.parts.append(self._item(part))
        for kind, source, targets in self._references:
            item = self._item(source)
            if kind == b"auxl" and number in targets and _is_alpha(item):
                layout.alphas.append(item)
        return layout

    def _item(self, number: int) -> Item:
        return self._items.setdefault(number, Item(self._kinds.get(number, b"")))

    def _item_kinds(self) -> Iterator[tuple[int, bytes]]:
        begin, end = _only(self._boxes, b"iinf")
        skip = 8 if self._data[begin] else 6
        for name, first, _last in _children(self._data, begin + skip, end):
            version = self._data[first]
            # Versions 0 and 1 of an entry have no item type (14496-12, 8.11.6).
            if name == b"infe" and version >= 2:
                wide = version > 2
                at = first + (8 if wide else 6)
                yield _number(self._data, first + 4, wide), bytes(self._data[at + 2 : at + 6])

    def _item_references(self) -> Iterator[tuple[bytes, int, list[int]]]:
        left = 2 * MAX_PARTS
        for begin, end in self._boxes.get(b"iref", ()):
            wide = self._data[begin] > 0
            size = 4 if wide else 2
            for kind, first, last in _children(self._data, begin + 4, end):
                (count,) = struct.unpack_from(">H", self._data, first + size)
                left -= count
                if left < 0:
                    raise BoxesError
                numbers = range(first + size + 2, min(last, first + size + 2 + count * size), size)
                targets = [_number(self._data, at, wide) for at in numbers]
                yield kind, _number(self._data, first, wide), targets

    def _associate(self) -> None:
        begin, end = _only(self._boxes, b"iprp")
        inside = _by_name(self._data, begin, end)
        properties = _bodies(self._data, *_only(inside, b"ipco"))
        for first, last in inside.get(b"ipma", ()):
            wide_item, wide_index = self._data[first] > 0, self._data[first + 3] & 1
            (count,) = struct.unpack_from(">I", self._data, first + 4)
            at = first + 8
            for _entry in range(min(count, MAX_PARTS)):
                item = self._item(_number(self._data, at, wide_item))
                at += 4 if wide_item else 2
                number = self._data[at]
                at += 1
                for _association in range(number):
                    raw = int.from_bytes(self._data[at : at + 1 + wide_index], "big")
                    at += 1 + wide_index
                    index = raw & (0x7FFF if wide_index else 0x7F)
                    if at > last or index > len(properties):
                        raise BoxesError
                    if index:
                        item.properties.append(properties[index - 1])


def _is_alpha(item: Item) -> bool:
    return item.first(b"auxC")[4:].split(b"\0")[0] in _ALPHA


def _bodies(data: mmap.mmap, begin: int, end: int) -> list[Box]:
    return [(name, bytes(data[first:last])) for name, first, last in _children(data, begin, end)]


def _number(data: mmap.mmap, at: int, wide: bool) -> int:
    return int.from_bytes(data[at : at + (4 if wide else 2)], "big")


def _of_tracks(data: mmap.mmap, begin: int, end: int) -> Layout:
    """The first track that shows pictures, by what its description of samples says."""
    primary, matrices = None, []
    for name, first, last in _children(data, begin, end):
        if name != b"trak":
            continue
        matrices.append(_matrix(data, *_only(_by_name(data, first, last), b"tkhd")))
        entry = _sample_entry(data, first, last)
        primary = primary or entry
    if primary is None:
        raise BoxesError
    return Layout(primary, matrices=matrices)


def _matrix(data: mmap.mmap, begin: int, _end: int) -> bytes:
    # After version and flags, times, numbers, volume: longer in version 1.
    at = begin + (52 if data[begin] else 40)
    return bytes(data[at : at + 36])


def _sample_entry(data: mmap.mmap, first: int, last: int) -> Item:
    """What a track says of the pictures in it."""
    for name in (b"mdia", b"minf", b"stbl", b"stsd"):
        first, last = _only(_by_name(data, first, last), name)
    for kind, begin, end in _children(data, first + 8, last):
        return Item(kind, _bodies(data, begin + _SAMPLE_ENTRY, end))
    raise BoxesError
