"""The headers that carry the site's name, whatever characters it has.

RFC 5322 (3.4) and RFC 2047 say how: by `email`'s own functions, never by putting texts together.
"""

import unicodedata
from email.charset import Charset
from email.header import Header
from email.utils import formataddr

from django.conf import settings

from notes_site import site
from notes_site.web_address import ascii_host

# A line holds 998 characters (RFC 5322, 2.1.1), the header's name and the address among them.
LONGEST_WORD = 900
_UTF_8 = Charset("utf-8")
_LINE_BREAKING = {"Cc", "Zl", "Zp"}


def one_line(text: str) -> str:
    """A text without line breaks and control characters; no header can hold them."""
    kept = "".join(" " if unicodedata.category(each) in _LINE_BREAKING else each for each in text)
    return " ".join(kept.split())


def sender() -> str:
    """The From header: the name that the site has now, and EMAIL_FROM."""
    return formataddr((_as_phrase(one_line(site.current().name)), settings.EMAIL_FROM))


def with_site_name(subject: str) -> str:
    """A subject after the name that the site has now, in one line."""
    return one_line(f"[{one_line(site.current().name)}] {subject}")


def recipient(address: str) -> str:
    """An address with its host as browsers and mail servers write it (notes_site/web_address.py).

    Left to itself, Django takes `straße.example` for `strasse.example`, which is somebody else's.
    """
    name, _at, host = address.rpartition("@")
    try:
        return f"{name}@{ascii_host(host)}"
    except ValueError:
        return address


def message_id(code: str) -> str:
    """The same for every attempt, so that a mailbox shows a message once that came twice."""
    return f"<{code}@{settings.EMAIL_FROM.rpartition('@')[2]}>"


def _as_phrase(name: str) -> str:
    """A name as `formataddr` may take it; one that reads like an encoded word is encoded too."""
    if name.isascii() and "=?" not in name:
        return name
    # One encoded word, as `formataddr` writes it: of several, the parser of Python before 3.13.2
    # keeps the spaces between them. Only what would be too long for a line (RFC 5322, 2.1.1) is
    # cut; Django takes no folded header, so the pieces stand in one line.
    word: str = _UTF_8.header_encode(name)
    return word if len(word) < LONGEST_WORD else Header(name, "utf-8").encode(linesep="")
