"""What pixels mean: modes and profiles brought to sRGB, transparency kept or laid on white."""

import io

from PIL import Image, ImageChops, ImageCms

from posts.imaging.colour_tags import Colours
from posts.imaging.tone_mapping import tone_mapped

_SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
# Every hue in steps from dark to light; profiles that move none of it by more are sRGB.
_PROBE = Image.merge("RGB", [Image.linear_gradient("L").rotate(turn) for turn in (0, 90, 180)])
_PROBE = _PROBE.resize((17, 17), Image.Resampling.NEAREST)
_SAME = 2
_FROM_VIDEO = [min(255, max(0, round((value - 16) * 255 / 219))) for value in range(256)]


def plain_mode(image: Image.Image) -> Image.Image:
    """A mode that can be resized and converted: L, RGB, RGBA, CMYK."""
    if image.mode.startswith("I"):
        # Rounded, and 65535 to 255: a gradient keeps every one of the 256 steps it can have.
        deep, key = image.convert("I"), image.info.get("transparency")
        grey = deep.point([(value * 255 + 32_767) // 65_535 for value in range(65_536)], "L")
        if not isinstance(key, int):
            return grey
        alpha = deep.point([255 * (value != key) for value in range(65_536)], "L")
        # Four bytes a pixel, as the next one has: both at once would pass the bound.
        del deep
        grey = grey.convert("RGBA")
        grey.putalpha(alpha)
        return grey
    if image.has_transparency_data:
        return image if image.mode == "RGBA" else image.convert("RGBA")
    if image.mode in ("1", "F"):
        return image.convert("L")
    if image.mode in ("L", "RGB", "CMYK"):
        return image
    return image.convert("RGB")


def widened(image: Image.Image) -> Image.Image:
    """A picture (L, RGB or RGBA) of values from 16 to 235, with values from 0 to 255."""
    bands = image.getbands()
    tables = [range(256) if band == "A" else _FROM_VIDEO for band in bands]
    return image.point([value for table in tables for value in table])


def in_srgb(image: Image.Image, colours: Colours, peak: float) -> Image.Image:
    """The picture in sRGB (RGB or RGBA); `peak` is the brightest light of an HDR picture."""
    if colours.hdr:
        return tone_mapped(image, colours.hdr, peak)
    return to_srgb(image, colours.as_profile())


def to_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """The picture in sRGB (RGB or RGBA), its values meant as the profile in its file says."""
    mode = "RGBA" if image.mode == "RGBA" else "RGB"
    if not profile:
        return image if image.mode == mode else image.convert(mode)
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        space = source.profile.xcolor_space.strip()
        if space == "GRAY" and image.mode == "RGBA":
            # Grey with transparency: all three channels are the grey one.
            converted = _through(source, image.getchannel("R"), "RGB")
            converted.putalpha(image.getchannel("A"))
            return converted
        # A gray picture with a profile for colors, which takes three channels.
        if space == "RGB" and image.mode == "L":
            image = image.convert("RGB")
        return _through(source, image, mode)
    except (ImageCms.PyCMSError, OSError, ValueError):
        # A profile that says nothing usable: the picture is shown as browsers would show it.
        return image if image.mode == mode else image.convert(mode)


def _through(source: ImageCms.ImageCmsProfile, image: Image.Image, mode: str) -> Image.Image:
    """The picture in sRGB; untouched when its profile is sRGB by deed, whatever its name."""
    transform = ImageCms.buildTransform(
        source,
        _SRGB,
        image.mode,
        mode,
        ImageCms.Intent.RELATIVE_COLORIMETRIC,
        ImageCms.Flags.BLACKPOINTCOMPENSATION,
    )
    if image.mode == mode:
        probe = _PROBE.convert(mode)
        if max(ImageChops.difference(probe, _applied(transform, probe)).tobytes()) <= _SAME:
            return image
    return _applied(transform, image)


def _applied(transform: ImageCms.ImageCmsTransform, image: Image.Image) -> Image.Image:
    converted = ImageCms.applyTransform(image, transform)
    return converted or image


def on_white(image: Image.Image) -> Image.Image:
    """The picture without transparency."""
    if image.mode != "RGBA":
        return image
    ground = Image.new("RGB", image.size, "white")
    ground.paste(image, mask=image)
    return ground
