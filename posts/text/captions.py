"""Captions and comments: their one way into HTML."""

import regex
from django.urls import reverse
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe

from posts.text import links, tags
from posts.text.tags import mentions_in, topics_in

__all__ = ["mentions_in", "to_html", "topics_in"]

_TOKEN = regex.compile(f"(?V1){links.START}|{tags.TOPIC}|{tags.MENTION}")


def to_html(text: str, mentions: list[str] | None = None, *, site: str = "") -> SafeString:
    """A text as safe HTML: everything escaped, topics, mentions and web addresses linked.

    With `mentions`, only those usernames become links. Line breaks are left to the stylesheet.
    `site` is put before links within the site: outside its own pages they have to be whole.
    """
    parts: list[str] = []
    end = 0
    # Not finditer: only links.py knows where an address ends. Not a slice: there are lookbehinds.
    while match := _TOKEN.search(text, end):
        parts.append(escape(text[end : match.start()]))
        linked, end = _linked(text, match, mentions, site)
        parts.append(linked)
    parts.append(escape(text[end:]))
    return mark_safe("".join(parts))  # noqa: S308  (every part was escaped above)


def _linked(
    text: str, match: "regex.Match[str]", mentions: list[str] | None, site: str
) -> tuple[str, int]:
    """What was found as HTML, and where the rest of the text begins."""
    whole, end = match.group(), match.end()
    if match["start"]:
        address, end = links.address_at(text, match.start(), whole)
        return (_address(address) if address else escape(text[match.start() : end])), end
    if match["topic"]:
        name = tags.topic_name(match["topic"])
        return (_inside(site, "feed:topic", name, whole) if name else escape(whole)), end
    name = tags.username(match["mention"])
    if mentions is not None and name not in mentions:
        return escape(whole), end
    return _inside(site, "posts:profile", name, whole), end


def _inside(site: str, page: str, name: str, whole: str) -> str:
    return format_html('<a href="{}{}">{}</a>', site, reverse(page, args=[name]), whole)


def _address(address: links.WebAddress) -> str:
    direction = mark_safe(' dir="ltr"') if address.needs_direction else ""
    return format_html(
        '<a href="{}" rel="nofollow noopener ugc"{}>{}</a>', address.href, direction, address.shown
    )
