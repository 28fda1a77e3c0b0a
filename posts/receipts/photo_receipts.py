"""What a photo's receipt tells its author: what came, what was done, and what is shown."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from notes_site.storage import PUBLIC
from posts import details
from posts.authoring.photo_forms import FILTER_LABELS
from posts.models import Photo, Rendition
from posts.pictures import Source

# The names of what a file may carry beside its picture (posts.imaging.metadata).
PARTS: dict[str, Promise] = {
    "exif": gettext_lazy("Camera data (EXIF)"),
    "gps": gettext_lazy("Where it was taken (GPS)"),
    "xmp": gettext_lazy("Editing data (XMP)"),
    "iptc": gettext_lazy("Press data (IPTC)"),
    "comment": gettext_lazy("A comment"),
    "text": gettext_lazy("Text blocks"),
    "mpf": gettext_lazy("More pictures (MPF)"),
    "gain_map": gettext_lazy("A brightness map for HDR screens"),
    "motion_video": gettext_lazy("A short video (motion photo)"),
    "thumbnail": gettext_lazy("A small preview of its own"),
    "maker_notes": gettext_lazy("The camera maker’s notes"),
    "icc": gettext_lazy("A color profile"),
    "animation": gettext_lazy("More frames (animation)"),
    "outside": gettext_lazy("Parts of the picture outside its crop"),
}
# What else may be broken beside a picture (posts.imaging.unreadable).
BROKEN_PARTS: dict[str, Promise] = {
    "colour_values": gettext_lazy("Values that describe its colors"),
    "transparency": gettext_lazy("What is transparent"),
    "resolution": gettext_lazy("A print resolution"),
    "time": gettext_lazy("The time it was saved"),
    "other": gettext_lazy("Data from some other program"),
    "end": gettext_lazy("The end marker of the file"),
}
SPECS: dict[str, Promise] = {
    "jpeg1080": gettext_lazy("JPEG, for old browsers"),
    "l2048": gettext_lazy("Largest"),
    "square320": gettext_lazy("Square thumbnail"),
    "wide1200": gettext_lazy("Wide, for link previews"),
    "plain": gettext_lazy("Without your edits, for the editor"),
}
TURNS: dict[int, Promise] = {
    90: gettext_lazy("Rotated to the right"),
    180: gettext_lazy("Rotated upside down"),
    270: gettext_lazy("Rotated to the left"),
}
TONES: dict[str, Promise] = {
    "brightness": gettext_lazy("Brightness"),
    "contrast": gettext_lazy("Contrast"),
    "saturation": gettext_lazy("Saturation"),
    "warmth": gettext_lazy("Warmth"),
}
NAMES: dict[str, Promise] = {
    "camera": gettext_lazy("Camera"),
    "lens": gettext_lazy("Lens"),
    "exposure": gettext_lazy("Exposure"),
    "taken_at": gettext_lazy("Taken"),
    "software": gettext_lazy("Software"),
    "author": gettext_lazy("Author"),
}
_TOLD_BY: dict[str, Promise] = {
    "code_points": gettext_lazy("The file describes its colors with code points (CICP)."),
    "png_numbers": gettext_lazy("The file describes its colors with numbers (gAMA and cHRM)."),
    "exif": gettext_lazy("The file describes its colors in its camera data (EXIF)."),
}
_MODES: dict[str, Promise] = {
    "CMYK": gettext_lazy("Print colors (CMYK) were converted to screen colors."),
    "LAB": gettext_lazy("LAB colors were converted to screen colors."),
    "RGBA": gettext_lazy("Transparency is kept in WebP and becomes white in JPEG."),
    "LA": gettext_lazy("Transparency is kept in WebP and becomes white in JPEG."),
}


@dataclass(frozen=True)
class RenditionReceipt:
    """One rendition as the receipt lists it; sizes in pixels and bytes."""

    name: str
    rendition: Rendition

    @property
    def is_public(self) -> bool:
        """Whether anyone with its address fetches it."""
        return self.rendition.key.startswith(PUBLIC)

    @property
    def url(self) -> str:
        """Where it is fetched."""
        return Source(self.rendition.key, self.rendition.width).url

    def as_json(self) -> dict[str, Any]:
        """The same for programs."""
        made = self.rendition
        return {
            "spec": made.spec,
            "format": made.format,
            "width": made.width,
            "height": made.height,
            "bytes": made.bytes,
            "edits_version": made.edits_version,
            "public": self.is_public,
            "url": self.url,
        }


def renditions(photo: Photo) -> list[RenditionReceipt]:
    """Every rendition that lies in storage, narrowest first."""
    return [RenditionReceipt(_name_of(each), each) for each in photo.renditions.all()]


def _name_of(rendition: Rendition) -> str:
    if rendition.spec in SPECS:
        return str(SPECS[rendition.spec])
    return _("%(width)d pixels wide") % {"width": rendition.width}


def colour(metadata: Mapping[str, Any]) -> list[str]:
    """What the file's colours were and what was done with them, as sentences."""
    # Photos older than metadata have none; all newer ones have at least `mode`.
    if not metadata:
        return [_("Shown in sRGB, converted with the file’s own profile if it has one.")]
    profile, mode = str(metadata.get("profile", "")), str(metadata.get("mode", ""))
    if not profile:
        first = _("The file doesn’t name a color space, so it was treated as sRGB, the web’s own.")
    elif profile.lower().startswith("srgb"):
        first = _("The file is in sRGB, the web’s own color space. Its colors were kept.")
    else:
        words = _("Converted from %(profile)s to sRGB, so that it looks the same on every screen.")
        first = words % {"profile": profile}
    said = [first]
    if profile != "sRGB" and metadata.get("colours_by") in _TOLD_BY:
        said.append(str(_TOLD_BY[metadata["colours_by"]]))
    if metadata.get("hdr"):
        said.append(
            _(
                "This is an HDR picture: parts too bright for a standard screen were softened, and"
                " hues were kept."
            )
        )
    depth, _separator, kind = mode.rpartition(" ")
    if depth:
        said.append(_("%(depth)s colors were converted to 8 bits for the web.") % {"depth": depth})
    if kind in _MODES:
        said.append(str(_MODES[kind]))
    return said


def carried(metadata: Mapping[str, Any]) -> list[str]:
    """The names of what the file carries beside its picture; none of it is in any rendition."""
    return [str(PARTS.get(code, code)) for code in metadata.get("carries", ())]


def unreadable(metadata: Mapping[str, Any]) -> list[str]:
    """The names of what could not be read in the file, and so was ignored."""
    names = PARTS | BROKEN_PARTS
    return [str(names.get(code, code)) for code in metadata.get("unreadable", ())]


def told(photo: Photo) -> list[tuple[str, str, bool]]:
    """What the file tells, its place first, as (label, value, whether the author shows it)."""
    known = photo.metadata
    readable = {label: value for _name, label, value, _ticked in details.offered(known, ())}
    shown = {label for label, _value in photo.shown_details}
    found = []
    if "place" in known:
        north, east = known["place"]
        found.append((_("Place"), f"{north:.4f}, {east:.4f}", False))
    for key, name in NAMES.items():
        if known.get(key):
            label = str(name)
            found.append((label, readable.get(label, str(known[key])), label in shown))
    return found


def edits(photo: Photo) -> list[str]:
    """What the author changed, in the order in which it is done."""
    made, said = photo.edits, []
    if made.get("rotate") in TURNS:
        said.append(str(TURNS[made["rotate"]]))
    if made.get("flip"):
        said.append(_("Mirrored"))
    if made.get("straighten"):
        said.append(_("Straightened by %(degrees).1f°") % {"degrees": made["straighten"]})
    if made.get("crop"):
        width, height = (f"{100 * part:.0f} %" for part in made["crop"][2:])
        sides = {"width": width, "height": height}
        said.append(_("Cropped to %(width)s of its width, %(height)s of its height") % sides)
    said += [f"{label} {made[key]:+d}" for key, label in TONES.items() if made.get(key)]
    if name := made.get("filter"):
        words = {"name": FILTER_LABELS.get(name, name), "part": made.get("intensity", 100)}
        said.append(_("Filter %(name)s, %(part)d%%") % words)
    if made.get("focal"):
        said.append(_("Thumbnails are cropped around the point you chose"))
    return said


def as_json(photo: Photo, name: str) -> dict[str, Any]:
    """The receipt for programs; every size in bytes or pixels, times in ISO 8601."""
    return {
        "photo": photo.code,
        "name": name,
        "format": photo.format,
        "bytes": photo.bytes,
        "width": photo.width,
        "height": photo.height,
        "sha256": photo.sha256,
        "received_at": photo.created_at.isoformat(),
        "original": reverse("posts:original", args=[photo.pk]),
        "colour": {
            "profile": photo.metadata.get("profile", ""),
            "mode": photo.metadata.get("mode", ""),
            "shown_in": "sRGB",
            **{key: photo.metadata[key] for key in ("colours_by", "hdr") if key in photo.metadata},
        },
        "carries": photo.metadata.get("carries", []),
        "unreadable": photo.metadata.get("unreadable", []),
        "metadata": {
            key: value
            for key, value in photo.metadata.items()
            if key not in ("carries", "unreadable", "profile", "colours_by", "hdr", "mode")
        },
        "shown": photo.shown,
        "edits": photo.edits,
        "edits_version": photo.edits_version,
        "renditions": [each.as_json() for each in renditions(photo)],
    }
