"""Crops, turns and mirrors that HEIF and AVIF files declare: once each, in order, or refused."""

import io
import itertools
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageChops

from posts.imaging import pixels, transformations
from posts.imaging.edits import Edits
from posts.imaging.sandbox import DecodingError, sandbox
from posts.imaging.specs import wanted_specs
from posts.imaging.structure import RefusedFileError
from posts.receipts import photo_receipts
from tests import heif_files
from tests.heif_files import Coded, Property, clap, file_of, imir, irot, ispe

pytestmark = pytest.mark.pipeline

FILES = Path(__file__).parents[1] / "files"
SIZE = WIDTH, HEIGHT = 96, 64
# Left, top, width, height of what is shown, at no side of the picture.
PART = (8, 4, 48, 40)
HEIC = heif_files.coded_of((FILES / "marked.heic").read_bytes(), b"hvc1")
BRANDS = {"heic": b"heic", "avif": b"avif"}
CLAP = clap(SIZE, *PART)


def marked() -> Image.Image:
    """A corner each of red, green, blue and white on grey."""
    image = Image.new("RGB", SIZE, (128, 128, 128))
    corners = ((0, 0), (WIDTH - 32, 0), (WIDTH - 32, HEIGHT - 32), (0, HEIGHT - 32))
    colours = ((230, 30, 30), (30, 200, 30), (30, 30, 230), (250, 250, 250))
    for (x, y), colour in zip(corners, colours, strict=True):
        image.paste(colour, (x, y, x + 32, y + 32))
    return image


MARKED = marked()
AVIF = heif_files.av1(MARKED)


def coded(format: str, *further: Property) -> Coded:
    """The marked picture as an item with further properties."""
    one = HEIC if format == "heic" else AVIF
    return Coded(one.kind, one.data, [*one.properties, *further])


def orders() -> Iterator[tuple[str, tuple[Property, ...], tuple[tuple[str, int], ...]]]:
    """Every choice of crop, rotation and mirror, in every order, as (its name, properties, steps).

    The crop is said of the picture as it is when its turn comes.
    """
    for crop, quarters, axis in itertools.product((0, 1), (None, 0, 1, 2, 3), (None, 0, 1)):
        steps = [("crop", 1)] if crop else []
        steps += [("turn", quarters)] if quarters is not None else []
        steps += [("mirror", axis)] if axis is not None else []
        for order in itertools.permutations(steps):
            size, properties = SIZE, []
            for name, value in order:
                if name == "crop":
                    properties.append(clap(size, *PART))
                    size = PART[2:]
                elif name == "turn":
                    properties.append(irot(value))
                    size = size[::-1] if value % 2 else size
                else:
                    properties.append(imir(value))
            label = "-".join(f"{name}{value}" for name, value in order)
            yield label or "none", tuple(properties), order


def by_hand(image: Image.Image, steps: tuple[tuple[str, int], ...]) -> Image.Image:
    left, top, width, height = PART
    for name, value in steps:
        if name == "crop":
            image = image.crop((left, top, left + width, top + height))
        elif name == "turn":
            image = image.rotate(90 * value, expand=True)
        else:
            image = image.transpose(
                Image.Transpose.FLIP_LEFT_RIGHT if value else Image.Transpose.FLIP_TOP_BOTTOM
            )
    return image


def drawn(path: Path, spec: str = "jpeg1080", **edits: Any) -> Image.Image:
    """A rendition, in this process."""
    made: list[Path] = []
    chosen = Edits.from_json(edits)
    pixels.render(path, path.parent, [spec], lambda one: made.append(Path(one.path)), chosen)
    with Image.open(made[0]) as image:
        return image.convert("RGBA" if image.mode == "RGBA" else "RGB")


def alike(one: Image.Image, other: Image.Image, most: int = 60) -> bool:
    """Whether two pictures are the same but for the losses of their encoders, edges aside."""
    if one.size != other.size:
        return False
    small = [
        image.convert("RGB").resize((image.width // 8, image.height // 8), Image.Resampling.BOX)
        for image in (one, other)
    ]
    return max(high for _low, high in ImageChops.difference(*small).getextrema()) <= most  # type: ignore[misc]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "file"


EVERY = list(orders())


def exif_of(orientation: int) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = orientation
    return exif.tobytes()[6:]


@pytest.mark.parametrize("format", BRANDS)
@pytest.mark.parametrize(
    ("number", "properties", "steps"),
    [(at, properties, steps) for at, (_name, properties, steps) in enumerate(EVERY)],
    ids=[name for name, _properties, _steps in EVERY],
)
def test_each_is_applied_once_and_in_order(
    path: Path, format: str, number: int, properties: Any, steps: Any
) -> None:
    """Whatever EXIF says of it: in these files it only reports what the camera did."""
    exif = exif_of(1 + number % 8)
    path.write_bytes(file_of([coded(format, *properties)], BRANDS[format], exif))
    expected = by_hand(MARKED, steps)
    found = pixels.inspect(path)
    assert (found.width, found.height) == expected.size
    assert ("outside" in found.metadata["carries"]) == (("crop", 1) in steps)
    assert alike(drawn(path), expected)


@pytest.mark.parametrize("format", BRANDS)
@pytest.mark.parametrize("orientation", [1, 2, 6, 8])
@pytest.mark.parametrize("properties", [(), (irot(1),)], ids=["none", "irot"])
def test_orientation_of_exif_turns_nothing(
    path: Path, format: str, orientation: int, properties: tuple[Property, ...]
) -> None:
    one = coded(format, *properties)
    path.write_bytes(file_of([one], BRANDS[format], exif_of(orientation)))
    steps = (("turn", 1),) if properties else ()
    assert alike(drawn(path), by_hand(MARKED, steps))


@pytest.mark.parametrize("format", BRANDS)
def test_a_turn_is_no_camera_data(path: Path, format: str) -> None:
    path.write_bytes(file_of([coded(format, irot(1))], BRANDS[format]))
    assert "exif" not in pixels.inspect(path).metadata["carries"]


def test_the_reported_file(tmp_path: Path) -> None:
    """In every rendition, by way of the child: nothing of what lies outside of its crop."""
    path = FILES / "avif_clap_topleft.avif"
    found = sandbox.inspect(path)
    assert (found["width"], found["height"]) == (320, 320)
    assert found["metadata"]["carries"] == ["outside"]
    assert photo_receipts.carried(found["metadata"]) == ["Parts of the picture outside its crop"]
    made: list[dict[str, Any]] = []
    edits: dict[str, Any] = {"rotate": 90}
    sandbox.render(path, tmp_path, wanted_specs(320, 320, edits), made.append, edits)
    for one in made:
        with Image.open(one["path"]) as image:
            # Grey and brown stand to the right of the part that is shown.
            shown = image.convert("RGB").resize((4, 4), Image.Resampling.BOX)
        if one["height"] == one["width"]:
            assert all(max(x) - min(x) > 60 for x in column_of(shown, one["spec"]))


def column_of(image: Image.Image, spec: str) -> list[tuple[int, ...]]:
    """The four pure colours, a row each where the picture is turned."""
    at = [(3, y) if spec != "plain" else (y, 0) for y in range(4)]
    return [image.getpixel(point) for point in at]  # type: ignore[misc]


@pytest.mark.parametrize("format", BRANDS)
def test_edits_start_from_what_is_shown(path: Path, format: str) -> None:
    path.write_bytes(file_of([coded(format, CLAP, irot(1))], BRANDS[format]))
    steps = (("crop", 1), ("turn", 1))
    part = by_hand(MARKED, steps)
    assert alike(drawn(path, rotate=90), part.rotate(-90, expand=True))
    assert alike(drawn(path, crop=[0, 0, 1, 0.5]), part.crop((0, 0, 40, 24)))
    assert alike(drawn(path, "plain", rotate=90), part)


def fraction(width: tuple[int, int], x: tuple[int, int]) -> Property:
    return b"clap", struct.pack(">IIIIiIiI", *width, 40, 1, *x, 0, 1)


@pytest.mark.parametrize("format", BRANDS)
@pytest.mark.parametrize(
    "properties",
    [
        (clap(SIZE, 60, 4, 48, 40),),
        (clap(SIZE, -1, 0, 48, 40),),
        (clap(SIZE, 0, 0, WIDTH, HEIGHT + 2),),
        (fraction((49, 1), (0, 1)),),
        (fraction((97, 2), (0, 1)),),
        (fraction((48, 1), (1, 3)),),
        (fraction((48, 0), (0, 1)),),
        (fraction((48, 1), (0, 0)),),
        (fraction((0, 1), (0, 1)),),
        ((b"clap", CLAP[1][:20]),),
        # Inside the picture as stored, outside of it as turned before.
        (irot(1), clap(SIZE, 40, 0, 48, 40)),
        (CLAP, CLAP),
        ((b"irot", b""),),
        ((b"iscl", struct.pack(">IHHHH", 0, 1, 2, 1, 2)),),
    ],
)
def test_what_can_not_be_followed_is_refused(
    path: Path, format: str, properties: tuple[Property, ...]
) -> None:
    path.write_bytes(file_of([coded(format, *properties)], BRANDS[format]))
    with pytest.raises((RefusedFileError, SyntaxError, ValueError)) as caught:
        pixels.inspect(path)
    with pytest.raises((RefusedFileError, SyntaxError, ValueError)):
        drawn(path)
    broken = any(len(body) < 32 and name != b"iscl" for name, body in properties)
    if format == "avif" and not broken:
        assert str(caught.value) == "odd_layout"


def test_a_refusal_has_a_sentence(path: Path) -> None:
    path.write_bytes(file_of([coded("avif", clap(SIZE, 60, 4, 48, 40))], b"avif"))
    with pytest.raises(DecodingError, match="odd_layout"):
        sandbox.inspect(path)
    with pytest.raises(DecodingError, match="odd_layout"):
        sandbox.render(path, path.parent, ["w320"], lambda _made: None)


@pytest.mark.parametrize("format", BRANDS)
@pytest.mark.parametrize("properties", [(irot(1), irot(1)), (imir(0), imir(0)), (irot(3), imir(1))])
def test_twice_is_twice(path: Path, format: str, properties: tuple[Property, ...]) -> None:
    path.write_bytes(file_of([coded(format, *properties)], BRANDS[format]))
    steps = tuple(("turn" if name == b"irot" else "mirror", body[0]) for name, body in properties)
    assert alike(drawn(path), by_hand(MARKED, steps))


def with_alpha(format: str, picture: tuple[Property, ...], alpha: tuple[Property, ...]) -> bytes:
    """The marked picture, its left sixth transparent, each with properties of its own."""
    if format == "heic":
        content = (FILES / "marked-alpha.heic").read_bytes()
    else:
        clear = Image.new("L", SIZE, 255)
        clear.paste(0, (0, 0, 16, HEIGHT))
        image = MARKED.copy()
        image.putalpha(clear)
        file = io.BytesIO()
        image.save(file, "AVIF", quality=100, subsampling="4:4:4")
        content = file.getvalue()
    first, second = heif_files.every_coded(content, HEIC.kind if format == "heic" else b"av01")
    first.properties += picture
    second.properties += alpha
    second.references = [(b"auxl", [1])]
    return file_of([first, second], BRANDS[format])


@pytest.mark.parametrize("format", BRANDS)
@pytest.mark.parametrize("steps", [(), (irot(1),), (CLAP,), (CLAP, irot(3), imir(1)), (imir(0),)])
def test_transparency_goes_with_its_picture(
    path: Path, format: str, steps: tuple[Property, ...]
) -> None:
    path.write_bytes(with_alpha(format, steps, steps))
    words = {b"clap": "crop", b"irot": "turn", b"imir": "mirror"}
    clear = Image.new("L", SIZE, 255)
    clear.paste(0, (0, 0, 16, HEIGHT))
    expected = by_hand(clear, tuple((words[name], body[0]) for name, body in steps))
    assert alike(drawn(path, "w320").getchannel("A"), expected)


@pytest.mark.parametrize("format", BRANDS)
@pytest.mark.parametrize(
    ("picture", "alpha", "taken"),
    [
        # libavif turns both, whatever is said of the second.
        ((irot(1),), (), ["avif"]),
        ((CLAP,), (), ["avif"]),
        ((), (irot(1),), []),
        ((), (CLAP,), []),
        ((CLAP,), (clap(SIZE, 0, 0, 48, 40),), []),
    ],
)
def test_transparency_with_a_turn_of_its_own(
    path: Path, format: str, picture: Any, alpha: Any, taken: list[str]
) -> None:
    path.write_bytes(with_alpha(format, picture, alpha))
    if format in taken:
        drawn(path)
        return
    with pytest.raises((RefusedFileError, RuntimeError)):
        drawn(path)


def grid(format: str, tile: tuple[Property, ...], whole: tuple[Property, ...]) -> bytes:
    """Two of the marked picture side by side."""
    says = struct.pack(">BBBBHH", 0, 0, 0, 1, 2 * WIDTH, HEIGHT)
    first = Coded(b"grid", says, [ispe(2 * WIDTH, HEIGHT), *whole], [(b"dimg", [2, 3])])
    return file_of([first, coded(format, *tile), coded(format, *tile)], BRANDS[format])


@pytest.mark.parametrize("format", BRANDS)
def test_a_picture_of_tiles(path: Path, format: str) -> None:
    both = Image.new("RGB", (2 * WIDTH, HEIGHT))
    both.paste(MARKED, (0, 0))
    both.paste(MARKED, (WIDTH, 0))
    part = clap(both.size, *PART)
    for properties, steps in (
        ((), ()),
        ((irot(1),), (("turn", 1),)),
        ((part, irot(2), imir(0)), (("crop", 1), ("turn", 2), ("mirror", 0))),
    ):
        path.write_bytes(grid(format, (), properties))
        assert alike(drawn(path), by_hand(both, steps))


@pytest.mark.parametrize("tile", [(irot(2),), (CLAP,)])
def test_tiles_with_a_turn_of_their_own(path: Path, tile: tuple[Property, ...]) -> None:
    path.write_bytes(grid("avif", tile, ()))
    with pytest.raises(RefusedFileError, match="odd_layout"):
        drawn(path)
    path.write_bytes(grid("heic", tile, ()))
    if tile == (CLAP,):
        with pytest.raises((RefusedFileError, ValueError)):
            drawn(path)
    else:
        assert alike(drawn(path).crop((0, 0, WIDTH, HEIGHT)), MARKED.rotate(180))


@pytest.mark.parametrize(
    ("inner", "outer", "steps"),
    [
        ((CLAP,), (), (("crop", 1),)),
        ((), (CLAP,), (("crop", 1),)),
        ((irot(1),), (irot(1),), (("turn", 2),)),
        ((CLAP,), (irot(1),), (("crop", 1), ("turn", 1))),
    ],
)
def test_a_picture_derived_from_another(path: Path, inner: Any, outer: Any, steps: Any) -> None:
    sizes = {(): SIZE, (CLAP,): PART[2:], (irot(1),): SIZE[::-1]}
    first = Coded(b"iden", b"", [ispe(*sizes[inner]), *outer], [(b"dimg", [2])])
    path.write_bytes(file_of([first, coded("heic", *inner)], b"heic"))
    assert alike(drawn(path), by_hand(MARKED, steps))
    assert ("outside" in pixels.inspect(path).metadata["carries"]) == (("crop", 1) in steps)
    path.write_bytes(file_of([first, coded("avif", *inner)], b"avif"))
    with pytest.raises(RefusedFileError, match="odd_layout"):
        pixels.inspect(path)


def test_layers(path: Path) -> None:
    """A cropped picture laid on a ground: libheif does it, libavif does not."""
    says = struct.pack(">BB4HHHhh", 0, 0, 0, 0, 0, 65_535, 80, 80, 16, 16)
    first = Coded(b"iovl", says, [ispe(80, 80)], [(b"dimg", [2])])
    path.write_bytes(file_of([first, coded("heic", CLAP)], b"heic"))
    expected = Image.new("RGB", (80, 80))
    expected.paste(by_hand(MARKED, (("crop", 1),)), (16, 16))
    assert alike(drawn(path), expected)
    path.write_bytes(file_of([first, coded("avif", CLAP)], b"avif"))
    with pytest.raises(RefusedFileError, match="odd_layout"):
        pixels.inspect(path)


@pytest.mark.parametrize("brand", [b"mif1", b"avif"])
@pytest.mark.parametrize("wide", [False, True])
def test_brand_and_width_of_the_index_change_nothing(path: Path, brand: bytes, wide: bool) -> None:
    path.write_bytes(file_of([coded("avif", CLAP, irot(1))], brand, wide=wide))
    found = pixels.inspect(path)
    assert (found.format, found.width, found.height) == ("AVIF", 40, 48)
    assert alike(drawn(path), by_hand(MARKED, (("crop", 1), ("turn", 1))))


def sequence() -> bytes:
    frames = [MARKED, MARKED.transpose(Image.Transpose.ROTATE_180)]
    file = io.BytesIO()
    frames[0].save(file, "AVIF", save_all=True, append_images=frames[1:], quality=95, duration=99)
    return file.getvalue()


def test_sequences(path: Path) -> None:
    content = sequence()
    path.write_bytes(content)
    assert alike(drawn(path), MARKED)
    at = content.index(b"tkhd")
    straight = struct.pack(">9i", 1 << 16, 0, 0, 0, 1 << 16, 0, 0, 0, 1 << 30)
    turned = struct.pack(">9i", 0, 1 << 16, 0, -1 << 16, 0, 0, 0, 0, 1 << 30)
    assert straight in content[at:]
    path.write_bytes(content[:at] + content[at:].replace(straight, turned))
    with pytest.raises(RefusedFileError, match="odd_layout"):
        drawn(path)


@pytest.mark.parametrize("kind", ["items", "tracks"])
def test_no_index_can_make_the_reader_fail_or_dawdle(path: Path, kind: str) -> None:
    whole = with_alpha("avif", (CLAP, irot(1)), (CLAP, irot(1))) if kind == "items" else sequence()
    for at in range(whole.index(b"mdat")):
        for value in (0, 0xFF):
            path.write_bytes(whole[:at] + bytes([value]) + whole[at + 1 :])
            try:
                transformations.declared(path, *SIZE, applied=False)
            except RefusedFileError as error:
                assert str(error) == "odd_layout"
