"""A picture as a page needs it: addresses, true size, words and placeholder."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from notes_site.storage import PUBLIC, public_url


@dataclass(frozen=True)
class Source:
    """One rendition: its storage key and its width in pixels."""

    key: str
    width: int

    @property
    def url(self) -> str:
        """Straight from storage when the object is public, else through the checked door."""
        if self.key.startswith(PUBLIC):
            return public_url(self.key)
        return reverse("posts:media", args=[self.key.rpartition("/")[2]])


@dataclass(frozen=True)
class Picture:
    """A photo with its WebP renditions, narrowest first; sizes in pixels, upright."""

    width: int
    height: int
    alt: str
    thumbhash: str
    sources: tuple[Source, ...]

    @property
    def src(self) -> str:
        """The address for browsers that know no srcset: the widest up to 1080, else the first."""
        fitting = [source for source in self.sources if source.width <= 1080]
        return (fitting[-1] if fitting else self.sources[0]).url

    @property
    def full(self) -> str:
        """The address of the largest rendition."""
        return self.sources[-1].url

    @property
    def srcset(self) -> str:
        """Every rendition with its width, as the attribute wants it."""
        return ", ".join(f"{source.url} {source.width}w" for source in self.sources)


def picture_to_json(
    *, width: int, height: int, alt: str, thumbhash: str, sources: Iterable[Source]
) -> dict[str, Any]:
    """The form in which a post keeps its cover."""
    kept = [[source.key, source.width] for source in sorted(sources, key=lambda s: s.width)]
    return {"width": width, "height": height, "alt": alt, "thumbhash": thumbhash, "sources": kept}


def picture_from_json(data: Mapping[str, Any]) -> Picture | None:
    """The picture behind `picture_to_json`; None when it has no rendition yet."""
    sources = tuple(Source(key, width) for key, width in data["sources"])
    if not sources:
        return None
    return Picture(data["width"], data["height"], data["alt"], data["thumbhash"], sources)
