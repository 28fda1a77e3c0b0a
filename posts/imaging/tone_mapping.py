"""HDR brought to an ordinary screen: PQ and HLG to sRGB, hues kept, white at 203 nits.

Decision 0024 says why. What one screen white (203 nits, ITU-R BT.2408) reaches is kept as it is
up to four fifths; what is brighter is rolled off into the last fifth, up to the brightest that the
picture really has. All three channels are scaled alike, so that no hue turns.
"""

from functools import partial
from typing import Any

from PIL import Image, ImageMath

from posts.imaging.colour_spaces import PQ, Space, srgb_signal, to_srgb_matrix, xyz_matrix

# What diffuse white has in HDR (ITU-R BT.2408).
WHITE_NITS = 203.0
# HLG is relative; BT.2100 gives it a screen of so many nits and this exponent.
_HLG_NITS, _HLG_GAMMA = 1_000.0, 1.2
# Below it nothing changes; only what is brighter is pressed together.
_KNEE = 0.8
# So many samples may be brighter than what counts as the brightest: sparks, noise, ringing.
_IGNORED = 1 / 1_000
# Light takes four bytes a pixel and channel: strips of this size take 1.6 MB for each.
_STRIP_PIXELS = 400_000
# Pillow only takes a table of this size from mode I to L.
_TO_SIGNAL = [round(255 * srgb_signal(step / 65_535)) for step in range(65_536)]


def brightest(image: Image.Image, space: Space) -> float:
    """The brightest light that a picture (L or RGB) has, where 1 is screen white; at least 1."""
    bands = len(image.getbands()) - (image.mode == "RGBA")
    counts = image.histogram()
    ignored = _IGNORED * image.width * image.height
    for value in range(255, 0, -1):
        # Of any one channel: a saturated light is as bright as a white one here.
        ends = [(256 * band + value, 256 * (band + 1)) for band in range(bands)]
        if max(sum(counts[begin:end]) for begin, end in ends) > ignored:
            break
    signal = value / 255
    if space.hdr == PQ:
        return max(1.0, space.curve(signal) / WHITE_NITS)
    return max(1.0, float(_HLG_NITS / WHITE_NITS * space.curve(signal) ** _HLG_GAMMA))


def tone_mapped(image: Image.Image, space: Space, peak: float) -> Image.Image:
    """An HDR picture (L, RGB or RGBA) in sRGB (RGB or RGBA); `peak` as `brightest` told it."""
    shown = Image.new("RGB", image.size)
    rows = max(1, _STRIP_PIXELS // image.width)
    tables = _tables(space)
    for top in range(0, image.height, rows):
        strip = image.crop((0, top, image.width, min(image.height, top + rows)))
        shown.paste(_strip(strip.convert("RGB"), space, tables, peak), (0, top))
    if image.mode == "RGBA":
        shown.putalpha(image.getchannel("A"))
    return shown


def _tables(space: Space) -> list[list[list[float]]]:
    """For each channel of sRGB and each of the file: its share of light for 256 values.

    A fourth row is the luminance, which HLG needs.
    """
    unit = 1.0 if space.hdr != PQ else 1 / WHITE_NITS
    light = [space.curve(value / 255) * unit for value in range(256)]
    matrix = to_srgb_matrix(space.primaries)
    rows = [*matrix, xyz_matrix(space.primaries)[1]]
    return [[[share * each for each in light] for share in row] for row in rows]


def _strip(
    strip: Image.Image, space: Space, tables: list[list[list[float]]], peak: float
) -> Image.Image:
    bands = strip.split()
    parts = {
        f"{row}{column}": band.point(table, "F")
        for row, shares in enumerate(tables)
        for column, (band, table) in enumerate(zip(bands, shares, strict=True))
    }
    channels = [
        ImageMath.lambda_eval(partial(_channel, at=at, space=space), **parts) for at in range(3)
    ]
    bright = ImageMath.lambda_eval(
        lambda every: every["max"](every["max"](every["r"], every["g"]), every["b"]),
        **dict(zip("rgb", channels, strict=True)),
    )
    scale = ImageMath.lambda_eval(lambda every: _roll_off(every, peak), bright=bright)
    return Image.merge("RGB", [_signal(channel, scale) for channel in channels])


def _channel(every: dict[str, Any], *, at: int, space: Space) -> Any:
    """Light of one channel of sRGB, 1 for screen white; what sRGB has not is cut to 0."""
    light = every[f"{at}0"] + every[f"{at}1"] + every[f"{at}2"]
    if space.hdr != PQ:
        # From the light of the scene to that of a screen (BT.2100, table 5, OOTF).
        luminance = every["max"](every["30"] + every["31"] + every["32"], 0.0)
        light = light * luminance ** (_HLG_GAMMA - 1) * (_HLG_NITS / WHITE_NITS)
    return every["max"](light, 0.0)


def _roll_off(every: dict[str, Any], peak: float) -> Any:
    """By what to multiply all channels where the brightest of them is `bright`.

    Above the knee Reinhard's curve with a white point (2002, equation 4): it leaves the straight
    line without a bend and reaches 1 at the peak.
    """
    bright = every["max"](every["bright"], _KNEE)
    above = (bright - _KNEE) * (1 / (1 - _KNEE))
    end = (peak - _KNEE) / (1 - _KNEE)
    rolled = above * (above * (1 / end**2) + 1.0) / (above + 1.0)
    return every["min"](rolled * (1 - _KNEE) + _KNEE, 1.0) / bright


def _signal(light: Image.Image, scale: Image.Image) -> Image.Image:
    """The 8-bit sRGB values of a channel of light, scaled."""
    whole: Image.Image = ImageMath.lambda_eval(
        lambda every: every["convert"](every["light"] * every["scale"] * 65_535.0 + 0.5, "I"),
        light=light,
        scale=scale,
    )
    return whole.point(_TO_SIGNAL, "L")
