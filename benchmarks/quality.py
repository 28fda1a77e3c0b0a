"""How good the renditions look: the resize alone, and the encoded files at equal bytes.

The reference is the photo fully decoded and shrunk once by Lanczos. SSIM follows Wang et al., 2004
(luma, Gaussian window of 1.5 pixels); ssimulacra2 is the package of that name, when installed.
"""

import importlib
import importlib.util
import math
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from PIL import Image

from benchmarks.measure import Table, median
from benchmarks.photos import LANDSCAPES, jpeg
from benchmarks.rivals import Rival
from posts.pipeline import pixels
from posts.pipeline.specs import SPECS, Spec

RESIZED = ("l2048", "w1080", "w640", "w320")
# ssimulacra2 takes ten seconds for the largest.
SCORED = ("w1080", "w640", "w320")
ENCODED = "w1080"
# Theirs are made at these, and read off at the bytes that ours has.
QUALITIES = (74, 80, 86)


def tables(rivals: Sequence[Rival], photos: int) -> tuple[list[Table], list[str]]:
    """The tables of resize and encoding over so many photos; sentences about what is missing."""
    if not importlib.util.find_spec("scipy"):
        return [], ["scipy is not installed here (benchmarks/requirements.txt): no SSIM."]
    score = "ssimulacra2" if importlib.util.find_spec("ssimulacra2") else "SSIM"
    resized: dict[str, list[tuple[float, float]]] = {name: [] for name in RESIZED}
    apart: dict[str, list[float]] = {rival.name: [] for rival in rivals}
    for number in range(photos):
        with tempfile.TemporaryDirectory() as name:
            path = Path(name) / "photo.jpg"
            path.write_bytes(jpeg(12, number % len(LANDSCAPES)))
            for spec, values in _resize(path, Path(name), score).items():
                resized[spec].append(values)
            for rival, value in _encoding(path, Path(name), rivals, score).items():
                apart[rival].append(value)
    return [_resize_table(resized, score), _encoding_table(apart, score)], []


def _resize(path: Path, folder: Path, score: str) -> dict[str, tuple[float, float]]:
    """SSIM and ssimulacra2 (NaN when not at hand) of each size, kept without loss."""
    found = {}
    with _lossless():
        pixels.render(path, folder, list(RESIZED), lambda _made: None)
    for name in RESIZED:
        own = folder / f"{name}.webp"
        reference = _reference(path, own, folder)
        with_score = score == "ssimulacra2" and name in SCORED
        found[name] = (
            _ssim(reference, own),
            _score(reference, own, score) if with_score else math.nan,
        )
    return found


def _encoding(path: Path, folder: Path, rivals: Sequence[Rival], score: str) -> dict[str, float]:
    """By how much our encoded file is better than each rival's would be at the same bytes."""
    pixels.render(path, folder, [ENCODED], lambda _made: None)
    own = folder / f"{ENCODED}.webp"
    reference = _reference(path, own, folder)
    size, mine = own.stat().st_size, _score(reference, own, score)
    spec = next(spec for spec in SPECS if spec.name == ENCODED)
    found = {}
    for rival in rivals:
        points = []
        for quality in QUALITIES:
            rival.make(path, folder, [_of_quality(spec, quality)])
            points.append((own.stat().st_size, _score(reference, own, score)))
        found[rival.name] = mine - _at(size, points)
    return found


def _of_quality(spec: Spec, quality: int) -> Spec:
    return replace(spec, quality=quality)


def _at(size: int, points: Sequence[tuple[int, float]]) -> float:
    """The score at so many bytes, on the straight lines between the points (bytes as logarithm)."""
    below, above = points[0], points[1]
    for point in points[2:]:
        if size > above[0]:
            below, above = above, point
    share = math.log(size / below[0]) / math.log(above[0] / below[0])
    return below[1] + (above[1] - below[1]) * share


@contextmanager
def _lossless() -> Iterator[None]:
    """What the pipeline draws is written as it is: PNG bytes, whatever the name says."""
    encode = Image.Image.save

    def save(image: Image.Image, path: Any, *_arguments: Any, **_options: Any) -> None:
        encode(image, path, "PNG", compress_level=1)

    Image.Image.save = save  # type: ignore[method-assign,assignment]
    try:
        yield
    finally:
        Image.Image.save = encode  # type: ignore[method-assign]


def _reference(path: Path, like: Path, folder: Path) -> Path:
    with Image.open(like) as made, Image.open(path) as photo:
        reference = photo.convert("RGB").resize(made.size, Image.Resampling.LANCZOS)
    reference.save(folder / "reference.png", compress_level=1)
    return folder / "reference.png"


def _score(reference: Path, file: Path, score: str) -> float:
    if score == "SSIM":
        return _ssim(reference, file)
    library: Any = importlib.import_module("ssimulacra2")
    with Image.open(file) as image:
        image.convert("RGB").save(file.with_suffix(".decoded.png"), compress_level=1)
    return float(library.compute_ssimulacra2(str(reference), str(file.with_suffix(".decoded.png"))))


def _ssim(reference: Path, file: Path) -> float:
    numpy: Any = importlib.import_module("numpy")
    filters: Any = importlib.import_module("scipy.ndimage")

    def luma(path: Path) -> Any:
        with Image.open(path) as image:
            return numpy.asarray(image.convert("RGB").convert("L"), dtype=float)

    def blurred(values: Any) -> Any:
        return filters.gaussian_filter(values, 1.5, truncate=3.5)

    one, other = luma(reference), luma(file)
    mean, its_mean = blurred(one), blurred(other)
    variance = blurred(one * one) - mean * mean
    its_variance = blurred(other * other) - its_mean * its_mean
    covariance = blurred(one * other) - mean * its_mean
    small, smaller = (0.03 * 255) ** 2, (0.01 * 255) ** 2
    above = (2 * mean * its_mean + smaller) * (2 * covariance + small)
    below = (mean**2 + its_mean**2 + smaller) * (variance + its_variance + small)
    return float((above / below).mean())


def _resize_table(found: dict[str, list[tuple[float, float]]], score: str) -> Table:
    rows = []
    for name, values in found.items():
        scores = [each for _ssim, each in values if not math.isnan(each)]
        ssims = [each for each, _score in values]
        shown = [f"{min(scores):.1f}", f"{median(scores):.1f}"] if scores else ["", ""]
        rows.append([name, f"{min(ssims):.4f}", f"{median(ssims):.4f}", *shown])
    head = ["size", "SSIM, worst (aim ≥ 0.996)", "median"]
    head += ["ssimulacra2, worst (aim ≥ 95)", "median"]
    note = "Against the photo fully decoded and shrunk once by Lanczos; nothing encoded yet."
    notes = [note] if score != "SSIM" else [note, "The package ssimulacra2 is not installed here."]
    photos = len(next(iter(found.values())))
    return Table(f"The resize alone, {photos} photos of 12 megapixels", head, rows, notes)


def _encoding_table(apart: dict[str, list[float]], score: str) -> Table:
    rows = [
        [name, f"{median(values):+.2f}", f"{min(values):+.2f}"] for name, values in apart.items()
    ]
    head = ["ours against", f"{score}, median (aim ≥ 0)", "worst"]
    note = (
        f"{ENCODED} at its own bytes, theirs at the same bytes between the qualities"
        f" {', '.join(map(str, QUALITIES))}; against the same reference."
    )
    return Table("Encoded WebP at equal bytes", head, rows, [note])
