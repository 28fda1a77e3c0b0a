"""Photos as cameras make them, from the demo's: large, sharp, with noise."""

import io
import os
from functools import cache
from pathlib import Path

from PIL import Image, ImageChops, ImageFilter, ImageOps

DEMO_PHOTOS = Path(__file__).resolve().parent.parent / "demo" / "photos"
LANDSCAPES = (
    "aitzgorri-by-aitzol-berasategi.jpg",
    "tea-gardens.jpg",
    "canyon-wren.jpg",
    "oakland-zoo-otters.jpg",
    "extreme-desert-hike.jpg",
)
# The smallest of which every rendition can be made, and what cameras make.
SIZES = {3: (2048, 1536), 12: (4000, 3000), 24: (6000, 4000)}
CAMERA_PIXELS = 8_000_000


@cache
def jpeg(megapixels: int, number: int = 0) -> bytes:
    """A JPEG of 3, 12 or 24 megapixels at quality 90, 4 to 7 MB for 12, with a camera's metadata.

    Enlarging loses fine detail, so edges are sharpened and sensor noise is added until the file
    weighs what a camera's weighs: what a decoder and an encoder work on is the same.
    """
    with Image.open(DEMO_PHOTOS / LANDSCAPES[number % len(LANDSCAPES)]) as photo:
        large = ImageOps.fit(photo.convert("RGB"), SIZES[megapixels], Image.Resampling.LANCZOS)
    large = large.filter(ImageFilter.UnsharpMask(radius=3, percent=180, threshold=1))
    noise = Image.merge("RGB", [Image.effect_noise(large.size, 11)] * 3)
    large = ImageChops.add(large, noise, scale=1, offset=-128)
    exif = Image.Exif()
    exif[0x010F], exif[0x0110], exif[0x0112] = "Camera", "Benchmark", 1
    file = io.BytesIO()
    large.save(file, "JPEG", quality=90, exif=exif)
    return file.getvalue()


def real(count: int) -> list[Path]:
    """The JPEGs with most bytes of CORPUS/photos that cameras made; [] without CORPUS.

    All in sRGB, so that a comparison of resizes compares nothing else.
    """
    folder, found = os.environ.get("CORPUS"), []
    if not folder:
        return []
    for path in sorted((Path(folder) / "photos").glob("*.jpg")):
        with Image.open(path) as image:
            plain = image.mode == "RGB" and "icc_profile" not in image.info
            if plain and image.width * image.height >= CAMERA_PIXELS:
                found.append(path)
    return sorted(found, key=lambda path: -path.stat().st_size)[:count]
