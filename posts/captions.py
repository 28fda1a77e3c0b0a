"""Captions and comments: what they mention, and their one way into HTML."""

import re

from django.urls import reverse
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from accounts.usernames import PATTERN

TOPIC = re.compile(r"(?<![\w/#&])#(\w{1,50})")
MENTION = re.compile(rf"(?<![\w/@.])@((?i:{PATTERN}))(?![\w@])")
URL = re.compile(r"https?://[^\s<>\"']{1,500}")
_TOKEN = re.compile(
    f"(?P<url>{URL.pattern})|(?P<topic>{TOPIC.pattern})|(?P<mention>{MENTION.pattern})"
)
_TRAILING = ".,;:!?)]}'\""


def topics_in(text: str) -> list[str]:
    """The topics of a text, casefolded, each once, in their order; bare numbers are none."""
    found = (match.casefold()[:50] for match in TOPIC.findall(text))
    return list(dict.fromkeys(topic for topic in found if not topic.isdigit()))


def mentions_in(text: str) -> list[str]:
    """The usernames a text mentions, lowercase, each once."""
    return list(dict.fromkeys(name.lower() for name in MENTION.findall(text)))


def to_html(text: str, mentions: list[str] | None = None) -> SafeString:
    """A text as safe HTML: everything escaped, topics, mentions and web addresses linked.

    With `mentions`, only those usernames become links. Line breaks are left to the stylesheet.
    """
    parts: list[str] = []
    end = 0
    for match in _TOKEN.finditer(text):
        parts.append(escape(text[end : match.start()]))
        parts.append(_linked(match, mentions))
        end = match.end()
    parts.append(escape(text[end:]))
    return mark_safe("".join(parts))  # noqa: S308  (every part was escaped above)


def _linked(match: re.Match[str], mentions: list[str] | None) -> str:
    whole = match.group()
    if match["url"]:
        address = whole.rstrip(_TRAILING)
        rest = whole[len(address) :]
        shown = address.removeprefix("https://").removeprefix("http://")
        return (
            f'<a href="{escape(address)}" rel="nofollow noopener ugc">{escape(shown)}</a>'
            f"{escape(rest)}"
        )
    if match["topic"]:
        topic = topics_in(whole)
        if not topic:
            return escape(whole)
        return f'<a href="{escape(reverse("feed:topic", args=topic))}">{escape(whole)}</a>'
    name = whole[1:].lower()
    if mentions is not None and name not in mentions:
        return escape(whole)
    return f'<a href="{escape(reverse("posts:profile", args=[name]))}">{escape(whole)}</a>'
