"""The renditions we make, as declared data, and their sizes for a given picture."""

from dataclasses import dataclass

from posts.imaging.edits import CENTRE, Edits


@dataclass(frozen=True)
class Spec:
    """A rendition: at most `width` pixels wide, or at most `edge` along its longer side.

    With a `height` it is cropped to that shape round the focal point.
    """

    name: str
    format: str
    quality: int
    width: int = 0
    edge: int = 0
    height: int = 0


# In the order in which they are made: the first two let a post show early.
SPECS = (
    Spec("w640", "webp", 80, width=640),
    Spec("w320", "webp", 80, width=320),
    Spec("w1080", "webp", 80, width=1080),
    Spec("jpeg1080", "jpg", 85, width=1080),
    Spec("l2048", "webp", 80, edge=2048),
    Spec("square320", "webp", 80, width=320, height=320),
    Spec("wide1200", "jpg", 85, width=1200, height=630),
)
# Cropped round the focal point: no source of a picture that is shown whole.
CROPPED = tuple(spec.name for spec in SPECS if spec.height)
# Without edits, for the editor of an edited photo: always private, and no part of what is shown.
PLAIN = "plain"
PLAIN_SPEC = Spec(PLAIN, "webp", 80, width=1080)


@dataclass(frozen=True)
class Target:
    """A spec and the size in pixels, upright, it has for one picture."""

    spec: Spec
    width: int
    height: int


def size_for(spec: Spec, width: int, height: int) -> tuple[int, int]:
    """The size of a rendition of a picture this large; never larger than the picture."""
    if spec.height:
        _x, _y, width, height = crop_box(spec, width, height)
    limit = spec.width / width if spec.width else spec.edge / max(width, height)
    scale = min(1.0, limit)
    return max(1, round(width * scale)), max(1, round(height * scale))


def crop_box(
    spec: Spec, width: int, height: int, focal: tuple[float, float] = CENTRE
) -> tuple[int, int, int, int]:
    """The largest part with the spec's shape round the focal point, as near as the edges let it.

    Left, top, width and height in pixels of a picture this large.
    """
    across = max(1, min(width, round(height * spec.width / spec.height)))
    down = max(1, min(height, round(width * spec.height / spec.width)))
    left = min(max(0, round(width * focal[0] - across / 2)), width - across)
    top = min(max(0, round(height * focal[1] - down / 2)), height - down)
    return left, top, across, down


def targets(width: int, height: int) -> list[Target]:
    """What is wanted of a picture, in making order; a size that another already has is left out.

    The size is the one that is shown, after edits.
    """
    wanted = []
    seen: set[tuple[str, int]] = set()
    # Narrowest first: of specs that end up the same size in a format, only the smallest is made.
    for spec in sorted(SPECS, key=lambda spec: spec.width or spec.edge):
        size = size_for(spec, width, height)
        if spec.height:
            wanted.append(Target(spec, *size))
        elif (spec.format, size[0]) not in seen:
            seen.add((spec.format, size[0]))
            wanted.append(Target(spec, *size))
    return sorted(wanted, key=lambda target: SPECS.index(target.spec))


def crop_scale(width: int, height: int) -> float:
    """How much of a picture's own size (0 to 1) the renditions cropped from it need."""
    return max(
        target.width / crop_box(target.spec, width, height)[2]
        for target in targets(width, height)
        if target.spec.height
    )


def base_size(width: int, height: int) -> tuple[int, int]:
    """The size from which every rendition of a picture this large can be shrunk."""
    whole = [target for target in targets(width, height) if not target.spec.height]
    largest = max(whole, key=lambda target: target.width * target.height)
    scale = crop_scale(width, height)
    if width * scale <= largest.width:
        return largest.width, largest.height
    # A panorama or a tall screenshot: its crops are the larger pictures.
    return min(width, round(width * scale)), min(height, round(height * scale))


def wanted_specs(width: int, height: int, edits: dict[str, object]) -> list[str]:
    """The names of the renditions wanted of a picture with these edits, in making order.

    Raises EditsError.
    """
    shown = Edits.from_json(edits).size_after(width, height)
    names = [target.spec.name for target in targets(*shown)]
    return [*names, PLAIN] if edits else names
