"""The renditions we make, as declared data, and their sizes for a given picture."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Spec:
    """A rendition: at most `width` pixels wide, or at most `edge` along its longer side."""

    name: str
    format: str
    quality: int
    width: int = 0
    edge: int = 0


# Without edits, for the editor of an edited photo: always private, and no part of what is shown.
PLAIN = "plain"
# Cropped round the focal point: no source of a picture that is shown whole.
CROPPED = ("square320", "wide1200")


# In the order in which they are made: the first two let a post show early.
SPECS = (
    Spec("w640", "webp", 80, width=640),
    Spec("w320", "webp", 80, width=320),
    Spec("w1080", "webp", 80, width=1080),
    Spec("jpeg1080", "jpg", 85, width=1080),
    Spec("l2048", "webp", 80, edge=2048),
)


@dataclass(frozen=True)
class Target:
    """A spec and the size in pixels, upright, it has for one picture."""

    spec: Spec
    width: int
    height: int


def size_for(spec: Spec, width: int, height: int) -> tuple[int, int]:
    """The size of a rendition of a picture this large; never larger than the picture."""
    limit = spec.width / width if spec.width else spec.edge / max(width, height)
    scale = min(1.0, limit)
    return max(1, round(width * scale)), max(1, round(height * scale))


def targets(width: int, height: int) -> list[Target]:
    """What is wanted of a picture, in making order; a size that another already has is left out."""
    wanted = []
    seen: set[tuple[str, int]] = set()
    for spec in sorted(SPECS, key=lambda spec: spec.width or spec.edge):
        size = size_for(spec, width, height)
        if (spec.format, size[0]) not in seen:
            seen.add((spec.format, size[0]))
            wanted.append(Target(spec, *size))
    return sorted(wanted, key=lambda target: SPECS.index(target.spec))


def wanted_specs(width: int, height: int, edits: dict[str, object]) -> list[str]:
    """The names of the renditions wanted of a picture with these edits, in making order."""
    return [target.spec.name for target in targets(width, height)]
