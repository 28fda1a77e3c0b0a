"""Why a file was refused or a photo failed: a code for programs, a sentence for people."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from posts import limits


@dataclass(frozen=True)
class Reason:
    """A sentence and the HTTP status a refusal carries."""

    sentence: Promise | str
    status: int = 422


_MB = limits.MAX_FILE_BYTES // 1_000_000
_MP = limits.MAX_PIXELS // 1_000_000

REASONS: dict[str, Reason] = {
    "empty": Reason(_("This file is empty. Choose it again from where it lies.")),
    "too_large": Reason(
        _("This file is larger than %(mb)d MB. Save it smaller and try again.") % {"mb": _MB}, 413
    ),
    "not_a_picture": Reason(
        _("This is not a picture we can read. JPEG, PNG, WebP, GIF, HEIC and AVIF work."), 415
    ),
    "svg": Reason(_("SVG is a drawing format, not a photo. Save it as PNG and try again."), 415),
    "type": Reason(
        _("Pictures of this kind can't be shown here. Save it as JPEG or PNG and try again."), 415
    ),
    "too_many_pixels": Reason(
        _(
            "This picture is too large: up to %(mp)d megapixels fit, so photos of 50- and"
            " 64-megapixel phones do. As JPEG, photos of 108- and 200-megapixel phones fit too."
            " Scale it down and try again."
        )
        % {"mp": _MP}
    ),
    "large_progressive": Reason(
        _(
            "This JPEG has more than %(mp)d megapixels and is progressive, which takes too much"
            " memory. Save it as a standard (baseline) JPEG, or scale it down, and try again."
        )
        % {"mp": _MP}
    ),
    "too_long_side": Reason(
        _("One side of this picture is longer than %(side)d pixels. Scale it down and try again.")
        % {"side": limits.MAX_SIDE}
    ),
    "too_narrow": Reason(
        _("This picture is more than %(aspect)d times as long as it is wide. Crop it first.")
        % {"aspect": limits.MAX_ASPECT}
    ),
    "too_many_scans": Reason(
        _("This JPEG is built in a way that takes far too long to read. Save it anew first.")
    ),
    "damaged": Reason(
        _("This picture is damaged or cut off. If it opens on your device, save it anew there.")
    ),
    "cut_off": Reason(
        _("This file was cut off, and part of the picture is missing. Copy or download it again.")
    ),
    "odd_layout": Reason(
        _(
            "This file asks for a crop, rotation or layers in a way that can't be followed safely,"
            " and what you cropped away might show. Save it as JPEG and try again."
        )
    ),
    "too_slow": Reason(
        _("This picture took too long to read. Save it anew as JPEG and try again.")
    ),
    "too_heavy": Reason(
        _("This picture needs more memory than a picture may. Save it anew as JPEG and try again.")
    ),
    "crashed": Reason(
        _("This picture could not be read. Save it anew as JPEG and try again."),
    ),
    "quota": Reason(
        _("Your storage on this site is full. Delete posts you no longer want, or ask the owner."),
        413,
    ),
    "original_missing": Reason(
        _("The stored original could not be found. Remove this photo and upload it again.")
    ),
    "removed_before": Reason(
        _(
            "A moderator looked at this photo and can't let it appear here: it is like one that was"
            " removed. Your file is kept for you. You can publish without it."
        )
    ),
    "gave_up": Reason(
        _("This picture could not be made ready after several attempts. Try again later.")
    ),
}


# What a detail after the code says more exactly: "cut_off:rows:40".
_CUT_OFF = {
    "rows": _("The lower %(percent)s %% of this picture is missing. Copy or download it again."),
    "bytes": _(
        "This file was cut off: %(percent)s %% of it is missing. Copy or download it again."
    ),
}


def sentence(code: str) -> str:
    """The sentence behind a code, which may end in a detail."""
    code, _colon, detail = code.partition(":")
    part, _colon, percent = detail.partition(":")
    if part in _CUT_OFF:
        return str(_CUT_OFF[part]) % {"percent": percent}
    return str(REASONS[code].sentence)


class RefusedError(Exception):
    """A file can't be taken; `code` says why, without the detail that may have followed it."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code.partition(":")[0]
        self._detailed = code

    @property
    def sentence(self) -> str:
        """Why, for people."""
        return sentence(self._detailed)

    @property
    def status(self) -> int:
        """The HTTP status of the refusal."""
        return REASONS[self.code].status
