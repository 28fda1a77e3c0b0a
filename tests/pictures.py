"""Pictures made for tests: photos with telling metadata, and files that are none."""

import io
import struct
import zlib
from typing import Any

from PIL import Image, ImageDraw

# Written into every metadata field that takes text; nothing served may contain it.
CANARY = "Canary-Street-7"
GPS_IFD, EXIF_IFD = 0x8825, 0x8769
ORIENTATION, MAKE, MODEL, DESCRIPTION, USER_COMMENT = 0x0112, 0x010F, 0x0110, 0x010E, 0x9286
XMP = (
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf='
    '"http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" '
    'xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/" '
    f'photoshop:City="{CANARY}"/></rdf:RDF></x:xmpmeta>'
).encode()


def drawing(width: int = 1600, height: int = 1200, seed: int = 0) -> Image.Image:
    """A picture that compresses like a photo: a gradient with shapes, told apart by `seed`."""
    across = Image.linear_gradient("L").rotate(90).resize((width, height))
    down = Image.linear_gradient("L").resize((width, height))
    tone = Image.new("L", (width, height), (seed * 67) % 256)
    image = Image.merge("RGB", (across, down, tone))
    draw = ImageDraw.Draw(image)
    for number in range(12):
        x, y = (number * 7919 + seed * 131) % width, (number * 104_729 + seed * 17) % height
        radius = max(3, (width + height) // 30)
        colour = (number * 21 % 256, seed * 37 % 256, number * 53 % 256)
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=colour)
    return image


def exif(orientation: int = 1) -> Image.Exif:
    """Metadata as cameras write it: place, maker, words."""
    data = Image.Exif()
    data[ORIENTATION] = orientation
    data[MAKE], data[MODEL], data[DESCRIPTION] = f"Maker {CANARY}", f"Model {CANARY}", CANARY
    data.get_ifd(EXIF_IFD)[USER_COMMENT] = b"ASCII\0\0\0" + CANARY.encode()
    data.get_ifd(GPS_IFD).update({1: "N", 2: (52.0, 30.0, 59.0), 3: "E", 4: (13.0, 22.0, 39.0)})
    return data


def photo(
    kind: str = "JPEG", width: int = 1600, height: int = 1200, seed: int = 0, **options: Any
) -> bytes:
    """A photo of that format with place, camera, XMP and comments in it."""
    orientation = options.pop("orientation", 1)
    file = io.BytesIO()
    if kind == "GIF":
        drawing(width, height, seed).save(file, kind, comment=CANARY.encode())
    else:
        options |= {"exif": exif(orientation), "xmp": XMP}
        if kind == "JPEG":
            options |= {"comment": CANARY.encode(), "quality": 90}
        drawing(width, height, seed).save(file, kind, **options)
    return file.getvalue()


def png_header(width: int, height: int) -> bytes:
    """A PNG that claims a size and holds next to nothing."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = (("IHDR", header), ("IDAT", zlib.compress(b"\0" * 1000)), ("IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data))
        + name.encode()
        + data
        + struct.pack(">I", zlib.crc32(name.encode() + data))
        for name, data in chunks
    )
