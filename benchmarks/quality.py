"""How good the renditions look: the resize alone, and the encoded files at equal bytes.

The reference is the photo fully decoded and shrunk once by Lanczos. SSIM follows Wang et al., 2004
(luma, Gaussian window of 1.5 pixels); ssimulacra2 is the package of that name. With CORPUS set its
real photos are judged.
"""

import importlib
import importlib.util
import math
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from PIL import Image

from benchmarks.measure import Table, median
from benchmarks.photos import LANDSCAPES, jpeg, real
from benchmarks.rivals import Rival
from posts.imaging import pixels
from posts.imaging.specs import SPECS

RESIZED = ("l2048", "w1080", "w640", "w320")
# ssimulacra2 takes ten seconds for the largest.
SCORED = ("w1080", "w640", "w320")
ENCODED = "w1080"
# Theirs are made at these, and read off at the bytes that ours has.
QUALITIES = (74, 80, 86)

# A size and who made it; SSIM and ssimulacra2 of one photo.
Line = tuple[str, str]
Judged = tuple[float, float]
Resized = dict[Line, list[Judged]]


@dataclass(frozen=True)
class Judges:
    """How like its reference a file is: SSIM, and whichever of the two is the better judge."""

    ssim: Callable[[Path, Path], float]
    name: str
    score: Callable[[Path, Path], float]


def judges() -> Judges | None:
    """Those that benchmarks/requirements.txt has brought; None without it."""
    if not importlib.util.find_spec("scipy"):
        return None
    if not importlib.util.find_spec("ssimulacra2"):
        return Judges(_ssim, "SSIM", _ssim)
    return Judges(_ssim, "ssimulacra2", _ssimulacra2)


def tables(
    rivals: Sequence[Rival], judges: Judges, photos: int, megapixels: int = 12
) -> list[Table]:
    """The tables of resize and encoding over so many photos."""
    resized: Resized = {}
    apart: dict[str, list[float]] = {rival.name: [] for rival in rivals}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        chosen, kind = _photos(folder, photos, megapixels)
        for path in chosen:
            for line, values in _resize(path, folder, rivals, judges).items():
                resized.setdefault(line, []).append(values)
            for rival, value in _encoding(path, folder, rivals, judges).items():
                apart[rival].append(value)
    return [_resize_table(resized, kind, judges), _encoding_table(apart, kind, judges)]


def _photos(folder: Path, count: int, megapixels: int) -> tuple[list[Path], str]:
    """The photos to judge by, and what they are in words."""
    if found := real(count):
        return found, f"{len(found)} real photos of 8 to 16 megapixels (CORPUS)"
    for number in range(count):
        (folder / f"photo-{number}.jpg").write_bytes(jpeg(megapixels, number % len(LANDSCAPES)))
    made = sorted(folder.glob("photo-*.jpg"))
    return made, f"{count} enlarged photos of {megapixels} megapixels with noise"


def _resize(
    path: Path, folder: Path, rivals: Sequence[Rival], judges: Judges
) -> dict[Line, Judged]:
    """SSIM and ssimulacra2 (NaN when not at hand) of each size, kept without loss."""
    found = {}
    with _lossless():
        pixels.render(path, folder, list(RESIZED), lambda _made: None)
    for name in RESIZED:
        own = folder / f"{name}.webp"
        reference = _reference(path, own, folder)
        with_score = judges.name == "ssimulacra2" and name in SCORED
        its_score = judges.score(reference, own) if with_score else math.nan
        found[name, "ours"] = (judges.ssim(reference, own), its_score)
    for rival in rivals:
        rival.make(path, folder, [replace(spec, format="png") for spec in SPECS if not spec.height])
        for name in RESIZED:
            made = folder / f"{name}.png"
            reference = _reference(path, made, folder)
            found[name, rival.name] = (judges.ssim(reference, made), math.nan)
    return found


def _encoding(
    path: Path, folder: Path, rivals: Sequence[Rival], judges: Judges
) -> dict[str, float]:
    """By how much our encoded file is better than each rival's would be at the same bytes."""
    pixels.render(path, folder, [ENCODED], lambda _made: None)
    own = folder / f"{ENCODED}.webp"
    reference = _reference(path, own, folder)
    size, mine = own.stat().st_size, judges.score(reference, own)
    spec = next(spec for spec in SPECS if spec.name == ENCODED)
    found = {}
    for rival in rivals:
        points = []
        for quality in QUALITIES:
            # Overwrites our own file, which has been measured by now.
            rival.make(path, folder, [replace(spec, quality=quality)])
            points.append((own.stat().st_size, judges.score(reference, own)))
        found[rival.name] = mine - _at(size, points)
    return found


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


def _ssimulacra2(reference: Path, file: Path) -> float:
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
        # Cut off at 3.5 deviations, the window is 11 pixels wide, as in the paper.
        return filters.gaussian_filter(values, 1.5, truncate=3.5)

    one, other = luma(reference), luma(file)
    mean, its_mean = blurred(one), blurred(other)
    variance = blurred(one * one) - mean * mean
    its_variance = blurred(other * other) - its_mean * its_mean
    covariance = blurred(one * other) - mean * its_mean
    # The paper's K2 and K1, for values up to 255.
    small, smaller = (0.03 * 255) ** 2, (0.01 * 255) ** 2
    above = (2 * mean * its_mean + smaller) * (2 * covariance + small)
    below = (mean**2 + its_mean**2 + smaller) * (variance + its_variance + small)
    return float((above / below).mean())


def _resize_table(found: Resized, kind: str, judges: Judges) -> Table:
    rows = []
    for (name, maker), values in found.items():
        scores = [each for _ssim, each in values if not math.isnan(each)]
        ssims = [each for each, _score in values]
        shown = [f"{min(scores):.1f}", f"{median(scores):.1f}"] if scores else ["", ""]
        rows.append([name, maker, f"{min(ssims):.4f}", f"{median(ssims):.4f}", *shown])
    head = ["size", "made by", "SSIM, worst (aim ≥ 0.996)", "median"]
    head += ["ssimulacra2, worst (aim ≥ 95)", "median"]
    notes = ["Against the photo fully decoded and shrunk once by Lanczos; nothing encoded yet."]
    if judges.name == "SSIM":
        notes.append("The package ssimulacra2 is not installed here.")
    return Table(f"The resize alone, {kind}", head, rows, notes)


def _encoding_table(apart: dict[str, list[float]], kind: str, judges: Judges) -> Table:
    rows = [
        [name, f"{median(values):+.2f}", f"{min(values):+.2f}"] for name, values in apart.items()
    ]
    head = ["ours against", f"{judges.name}, median (aim ≥ 0)", "worst"]
    note = (
        f"{ENCODED} at its own bytes, theirs at the same bytes between the qualities"
        f" {', '.join(map(str, QUALITIES))}; against the same reference."
    )
    return Table(f"Encoded WebP at equal bytes, {kind}", head, rows, [note])
