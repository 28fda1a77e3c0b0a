"""Files that are small and ask for much, each built in a moment."""

import io
import struct
import zlib
from collections.abc import Callable, Sequence
from itertools import count, cycle, islice

from PIL import Image

from tests import carrying, making, pictures
from tests.carrying import chunk, segment

PNG = b"\x89PNG\r\n\x1a\n"


def inflating(megabytes: int) -> bytes:
    """A zlib stream of a thousandth of what it inflates to; its checksum is never reached."""
    press = zlib.compressobj(9)
    head = press.compress(b"\0" * 10_000_000) + press.flush(zlib.Z_FULL_FLUSH)
    # After a full flush every block stands for itself, and so may come again.
    return head + head[2:] * (megabytes // 10 - 1)


def scans(side: int, number: int) -> bytes:
    """A progressive JPEG of three channels whose every scan walks over all of its blocks."""
    blocks = ((side + 7) // 8) ** 2
    head = b"\xff\xd8" + segment(0xDB, b"\0" + b"\1" * 64)
    parts = b"".join(bytes([part, 0x11, 0]) for part in (1, 2, 3))
    head += segment(0xC2, struct.pack(">BHHB", 8, side, side, 3) + parts)
    # One code of one bit each: "no difference" for DC, "2^14 blocks end here, and more" for AC.
    one = b"\1" + b"\0" * 15
    head += segment(0xC4, b"\0" + one + b"\0") + segment(0xC4, b"\x10" + one + b"\xe0")
    first = segment(0xDA, b"\3\1\0\2\0\3\0\0\0\0") + b"\0" * (blocks * 3 // 8 + 1)
    # 0, then 14 bits that add nothing: 2^14 blocks in 15 bits.
    runs = b"\0" * (15 * (blocks // 2**14 + 1) // 8 + 2)
    # Refining scans (0x10) look at every coefficient of every block.
    walks = [segment(0xDA, bytes([1, part, 0, 1, 63, 0x10])) + runs for part in (1, 2, 3)]
    return head + first + b"".join(islice(cycle(walks), number)) + b"\xff\xd9"


def flat_jpeg(width: int, height: int, scans: int = 1) -> bytes:
    """An even grey JPEG of three channels, its colours at half size, in one scan or in three."""
    across, down = (width + 15) // 16, (height + 15) // 16
    head = b"\xff\xd8" + segment(0xDB, b"\0" + b"\1" * 64)
    parts = b"\1\x22\0" + b"\2\x11\0" + b"\3\x11\0"
    head += segment(0xC0, struct.pack(">BHHB", 8, height, width, 3) + parts)
    one = b"\1" + b"\0" * 15
    # One code of one bit each: "no difference" for DC, "nothing follows" for AC.
    head += segment(0xC4, b"\0" + one + b"\0") + segment(0xC4, b"\x10" + one + b"\0")
    if scans == 1:
        data = segment(0xDA, b"\3\1\0\2\0\3\0\0\x3f\0") + b"\0" * (across * down * 12 // 8 + 1)
        return head + data + b"\xff\xd9"
    blocks = (((width + 7) // 8) * ((height + 7) // 8), across * down, across * down)
    data = b"".join(
        segment(0xDA, bytes([1, part, 0, 0, 63, 0])) + b"\0" * (number * 2 // 8 + 1)
        for part, number in enumerate(blocks, 1)
    )
    return head + data + b"\xff\xd9"


def png(side: int, depth: int, kind: int, channels: int) -> bytes:
    """An empty PNG as large as it says."""
    press = zlib.compressobj(1)
    row = b"\0" + bytes((side * depth * channels + 7) // 8)
    data = b"".join(press.compress(row) for _ in range(side)) + press.flush()
    header = struct.pack(">IIBBBBB", side, side, depth, kind, 0, 0, 0)
    return PNG + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def frames_of_gif(number: int) -> bytes:
    """A GIF of so many frames."""
    still = making.picture("GIF")
    table = 13 + 3 * 2 ** ((still[10] & 7) + 1)
    return still[:table] + still[table:-1] * number + b";"


def frames_of_png(number: int) -> bytes:
    """An animated PNG of so many frames."""
    still = making.picture("PNG", (16, 16))
    numbers = count()
    data = zlib.compress(bytes(16 * 49))
    control = struct.pack(">IIIIHHBB", 16, 16, 0, 0, 1, 10, 0, 0)

    def frame() -> bytes:
        begin = chunk(b"fcTL", struct.pack(">I", next(numbers)) + control)
        return begin + chunk(b"fdAT", struct.pack(">I", next(numbers)) + data)

    frames = b"".join(frame() for _ in range(number))
    return still[:33] + chunk(b"acTL", struct.pack(">II", number, 0)) + still[33:-12] + frames + (
        still[-12:]
    )  # fmt: skip


def with_chunk(name: bytes, body: bytes) -> bytes:
    """A small PNG with one more chunk after its header."""
    return with_chunks([chunk(name, body)])


def with_chunks(chunks: Sequence[bytes]) -> bytes:
    """A small PNG with more chunks after its header."""
    still = making.picture("PNG")
    return still[:33] + b"".join(chunks) + still[33:]


def claiming(content: bytes, side: int) -> bytes:
    """An AVIF or HEIC whose boxes claim another size."""
    at = content.index(b"ispe") + 8
    return content[:at] + struct.pack(">II", side, side) + content[at + 8 :]


def jpeg_header(side: int) -> bytes:
    """A small JPEG that claims another size."""
    still = making.picture()
    at = still.index(b"\xff\xc0") + 5
    return still[:at] + struct.pack(">HH", side, side) + still[at + 4 :]


def webp_header(side: int) -> bytes:
    """A WebP whose canvas is larger than its picture."""
    file = io.BytesIO()
    Image.new("RGBA", (16, 16)).save(file, "WEBP", exif=carrying.tiff({0x010F: "x"}))
    content = file.getvalue()
    at = content.index(b"VP8X") + 12
    wide = (side - 1).to_bytes(3, "little")
    return content[:at] + wide * 2 + content[at + 6 :]


# Each with how it may end: "ready", or the codes of its refusal.
BOMBS: dict[str, tuple[Callable[[], bytes], set[str]]] = {
    "101 scans": (lambda: scans(800, 101), {"too_many_scans"}),
    "99 scans of 36 megapixels": (lambda: scans(6_000, 99), {"ready", "too_slow"}),
    "markers": (
        lambda: making.picture()[:2] + segment(0xFE, b"") * 100_000 + making.picture()[2:],
        {"too_many_scans"},
    ),
    "text of a gigabyte": (
        lambda: with_chunk(b"zTXt", b"Comment\0\0" + inflating(1_000)),
        {"ready", "damaged", "not_a_picture"},
    ),
    "a hundred texts of a megabyte": (
        lambda: with_chunks([chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(900_000)))] * 100),
        {"ready", "damaged", "not_a_picture"},
    ),
    "a raw profile of a gigabyte": (
        lambda: with_chunk(b"zTXt", b"Raw profile type exif\0\0" + inflating(1_000)),
        {"ready", "damaged", "not_a_picture"},
    ),
    "a colour profile of a gigabyte": (
        lambda: with_chunk(b"iCCP", b"a\0\0" + inflating(1_000)),
        {"ready", "damaged", "not_a_picture"},
    ),
    "pixels of a gigabyte": (
        lambda: (
            PNG
            + chunk(b"IHDR", struct.pack(">IIBBBBB", 64, 64, 8, 2, 0, 0, 0))
            + chunk(b"IDAT", inflating(1_000))
            + chunk(b"IEND", b"")
        ),
        {"ready", "damaged"},
    ),
    "20,000 frames of a GIF": (lambda: frames_of_gif(20_000), {"ready"}),
    "5,000 frames of a PNG": (lambda: frames_of_png(5_000), {"ready"}),
    "72 megapixels of one bit": (lambda: png(8_485, 1, 0, 1), {"ready"}),
    "72 megapixels of 16 bits": (lambda: png(8_485, 16, 0, 1), {"ready"}),
    "72 megapixels with transparency": (lambda: png(8_485, 8, 6, 4), {"ready"}),
    "72 megapixels of colours of 16 bits": (lambda: png(8_485, 16, 2, 3), {"ready"}),
    "72 megapixels of 16 bits with transparency": (lambda: png(8_485, 16, 6, 4), {"ready"}),
    "72 megapixels in three scans": (lambda: flat_jpeg(8_485, 8_485, 3), {"ready"}),
    "108 megapixels of a phone": (lambda: flat_jpeg(12_000, 9_000), {"ready"}),
    "108 megapixels in three scans": (lambda: flat_jpeg(12_000, 9_000, 3), {"ready"}),
    "200 megapixels of a phone": (lambda: flat_jpeg(16_320, 12_240), {"ready"}),
    "200 megapixels in three scans": (lambda: flat_jpeg(16_320, 12_240, 3), {"large_progressive"}),
    "a square JPEG of 144 megapixels": (lambda: flat_jpeg(12_000, 12_000), {"too_many_pixels"}),
    "a PNG claiming too much": (lambda: pictures.png_header(65_535, 65_535), {"too_long_side"}),
    "a JPEG claiming too much": (lambda: jpeg_header(65_500), {"too_long_side"}),
    "a GIF claiming too much": (
        lambda: b"GIF89a" + struct.pack("<HH", 65_535, 65_535) + making.picture("GIF")[10:],
        {"too_long_side"},
    ),
    "a WebP claiming too much": (lambda: webp_header(16_384), {"too_long_side", "damaged"}),
    "an AVIF claiming too much": (
        lambda: claiming(making.picture("AVIF"), 65_535),
        {"not_a_picture", "too_long_side", "damaged"},
    ),
    "a HEIC claiming too much": (
        lambda: claiming(carrying.HEIC.read_bytes(), 65_535),
        {"not_a_picture", "too_long_side", "damaged"},
    ),
    "a HEIC claiming 72 megapixels": (
        lambda: claiming(carrying.HEIC.read_bytes(), 8_485),
        {"ready", "not_a_picture", "damaged"},
    ),
}
