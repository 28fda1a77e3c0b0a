"""Why a file was refused or a photo failed: a code for programs, a sentence for people."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from posts import limits


@dataclass(frozen=True)
class Reason:
    """A sentence and the HTTP status a refusal carries."""

    sentence: Promise
    status: int = 422


_MB = limits.MAX_FILE_BYTES // 1_000_000
_MP = limits.MAX_PIXELS // 1_000_000

REASONS: dict[str, Reason] = {
    "empty": Reason(_("This file is empty. Choose the file again.")),
    "too_large": Reason(
        format_lazy(
            _("This file is larger than {mb} MB. Save a smaller copy and try again."), mb=_MB
        ),
        413,
    ),
    "not_a_picture": Reason(
        _("This is not a picture we can read. JPEG, PNG, WebP, GIF, HEIC and AVIF work."), 415
    ),
    "svg": Reason(_("SVG is a drawing format, not a photo. Save it as PNG and try again."), 415),
    "type": Reason(
        _("We can’t show this kind of picture. Save it as JPEG or PNG and try again."), 415
    ),
    "too_many_pixels": Reason(
        format_lazy(
            _(
                "This picture is too large: the limit is {mp} megapixels, so photos from 50- and"
                " 64-megapixel phones fit. As JPEG, photos from 108- and 200-megapixel phones fit"
                " too. Scale it down and try again."
            ),
            mp=_MP,
        )
    ),
    "large_progressive": Reason(
        format_lazy(
            _(
                "This JPEG has more than {mp} megapixels and is progressive, which takes too much"
                " memory. Save it as a standard (baseline) JPEG, or scale it down, and try again."
            ),
            mp=_MP,
        )
    ),
    "too_long_side": Reason(
        format_lazy(
            _(
                "One side of this picture is longer than {side} pixels. Scale it down and try"
                " again."
            ),
            side=limits.MAX_SIDE,
        )
    ),
    "too_narrow": Reason(
        format_lazy(
            _("This picture is more than {aspect} times as long as it is wide. Crop it first."),
            aspect=limits.MAX_ASPECT,
        )
    ),
    "too_many_scans": Reason(
        _("This JPEG is built in a way that takes far too long to read. Save it again first.")
    ),
    "damaged": Reason(
        _("This picture is damaged or cut off. If it opens on your device, save it again there.")
    ),
    "cut_off": Reason(
        _("This file was cut off, and part of the picture is missing. Copy or download it again.")
    ),
    "odd_layout": Reason(
        _(
            "This file asks for a crop, rotation or layers in a way we can’t follow safely, so"
            " what you cropped away might show. Save it as JPEG and try again."
        )
    ),
    "too_slow": Reason(
        _("This picture took too long to read. Save it again as JPEG and try that.")
    ),
    "too_heavy": Reason(
        _("This picture needs too much memory. Save it again as JPEG and try that.")
    ),
    "crashed": Reason(
        _("This picture could not be read. Save it again as JPEG and try that."),
    ),
    "quota": Reason(
        _(
            "Your storage on this site is full. Delete posts you no longer want, or ask the owner"
            " for more."
        ),
        413,
    ),
    "original_missing": Reason(
        _("The stored original could not be found. Remove this photo and upload it again.")
    ),
    "removed_before": Reason(
        _(
            "A moderator reviewed this photo, and it can’t appear here: it looks like one that"
            " was removed. Your file is kept for you. You can publish without it."
        )
    ),
    "gave_up": Reason(
        _("This picture could not be processed after several attempts. Try again later.")
    ),
}


# What a detail after the code says more exactly: "cut_off:rows:40".
_CUT_OFF = {
    "rows": _("The bottom %(percent)s%% of this picture is missing. Copy or download it again."),
    "bytes": _("This file was cut off: %(percent)s%% of it is missing. Copy or download it again."),
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
