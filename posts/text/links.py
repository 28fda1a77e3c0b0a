"""Where web addresses stand in a text, in any script, and how they are shown.

A link begins with http://, https:// or www.; a bare `word.word` is more often two sentences than an
address. It ends at a blank, at a control or direction character, at a stop of any script or a
bracket without its partner, and before what ends a sentence. An address with a name before an `@`
is none: what stands there looks like the site. No rows, no Django.
"""

import unicodedata
from dataclasses import dataclass

import regex

from notes_site.text import JOINERS
from posts.text.tags import FREE

# A longer one is left as text: cut off, it would lead somewhere else.
LONGEST = 2_000
START = rf"{FREE}(?<![@./-])(?P<start>(?i:https?://|www\.))(?=[\p{{L}}\p{{N}}\p{{So}}\[])"
# Up to 63 characters (RFC 1035). Possessive, here and below, so that no text takes long.
_LABEL = r"[\p{L}\p{N}\p{So}_](?:[\p{L}\p{M}\p{N}\p{So}_-]{0,61}[\p{L}\p{M}\p{N}\p{So}_])?+"
_HOST = regex.compile(rf"(?V1){_LABEL}(?:\.{_LABEL})*+|\[[0-9A-Fa-f:.]{{2,45}}\]")
# In a text without blanks the next word may follow a host; no last label mixes ASCII with others.
_NEXT_WORD = regex.compile(r"(?V1)(?<=\.[A-Za-z]{2,63})[[\p{L}\p{M}\p{N}\p{So}]--\p{ASCII}].*$")
_PORT = regex.compile(r":[0-9]{1,5}(?![^/?#\s])")
# A name or a port that is none before the first stroke, or a beginning in place of a host: the
# address is not what it seems.
_UNCLEAR = regex.compile(r"[^\s/?#\\]{0,300}@|:(?=[^\s\p{P}]|//)")
# What follows the host. Browsers read \ as /, so that it never belongs to an address.
# Stops and quotation marks of all scripts end it, but for those of ASCII, which stand within one.
_PATH = regex.compile(
    r"""(?V1)[/?#](?:[^\s\p{Z}\p{C}<>"\\`^|\uFF5C[[\p{Terminal_Punctuation}\p{Pi}\p{Pf}]--\p{ASCII}]]"""
    rf"|(?<=[\p{{L}}\p{{M}}])[{JOINERS}](?=[\p{{L}}\p{{M}}]))*+"
)
_BRACKET = regex.compile(r"(?V1)[\p{Ps}\p{Pe}]")
_ENDING = regex.compile(r"(?V1)[[\p{Po}\p{Pd}\p{Ps}\uFF5E]--[/#%&*@\-]]")
# In the order of their pairs: of ASCII, in full width, and of Chinese and Japanese.
_CLOSE = ")]}\uff09\uff3d\uff5d\u300d\u300f\u3011\u3009\u300b\u3015\u3017\uff60\uff63"
_OPEN = "([{\uff08\uff3b\uff5b\u300c\u300e\u3010\u3008\u300a\u3014\u3016\uff5f\uff62"
_PARTNERS = dict(zip(_CLOSE, _OPEN, strict=True))
_RIGHT_TO_LEFT = regex.compile(r"[\p{bc=R}\p{bc=AL}\p{bc=AN}]")
# Alphabets with letters that look alike, and the letters that pass for Latin ones.
_ALPHABETS = [
    regex.compile(rf"\p{{{name}}}")
    for name in ("Latin", "Cyrillic", "Greek", "Armenian", "Cherokee", "Coptic", "Hebrew", "Arabic")
]
_LOOKALIKES = regex.compile(
    "[-0-9"
    "\u0430\u0441\u0501\u0435\u04bb\u0456\u0458\u04cf\u043e\u0440\u051b\u0455\u051d\u0445\u0443"
    "\u0475\u043f\u0433\u0442\u044c\u03bf\u03bd\u03b9\u03ba\u03c1\u03c4\u03c5\u03b1\u03c7]+"
)
# Letters of phonetics, a few of them also of alphabets in Africa, that pass for those of ASCII.
_PHONETIC = regex.compile(
    "[\u0251\u0261\u0262\u0269\u026a\u0274\u0280\u028f\u0299\u029c\u029f\u1d00-\u1d22\ua730\ua731]"
)


@dataclass(frozen=True)
class WebAddress:
    """An address in a text: where it leads, and how it is shown."""

    href: str
    shown: str

    @property
    def needs_direction(self) -> bool:
        """Whether it has to be told that it is read from left to right."""
        return bool(_RIGHT_TO_LEFT.search(self.shown))


def address_at(text: str, start: int, prefix: str) -> tuple[WebAddress | None, int]:
    """The address that begins at `start` with `prefix`, as `START` found it; None for none.

    Beside it the place in the text where to look for the next.
    """
    go_on = start + len(prefix)
    has_scheme = prefix.endswith("/")
    host_at = go_on if has_scheme else start
    found = _HOST.match(text, host_at)
    if found is None:
        return None, go_on
    host = _NEXT_WORD.sub("", found.group())
    end = host_end = host_at + len(host)
    if port := _PORT.match(text, end):
        end = port.end()
    if _UNCLEAR.match(text, end) or (not has_scheme and host.count(".") < 2):
        return None, go_on
    if path := _PATH.match(text, end):
        end += len(_ended(path.group()))
    if end - start > LONGEST:
        return None, end
    href = text[start:end] if has_scheme else f"https://{text[start:end]}"
    return WebAddress(href, _readable(host) + text[host_end:end]), end


def _ended(path: str) -> str:
    """The path without what belongs to the sentence around it."""
    waiting: list[str] = []
    for bracket in _BRACKET.finditer(path):
        sign = bracket.group()
        if sign not in _PARTNERS:
            waiting.append(sign)
        elif not waiting or waiting.pop() != _PARTNERS[sign]:
            path = path[: bracket.start()]
            break
    # From the end: a pattern would look at each of a long row of signs from each of them.
    end = len(path)
    while end and _ENDING.match(path[end - 1]):
        end -= 1
    return path[:end]


def _readable(host: str) -> str:
    """A host as it is shown: in the letters it is read as, where they can't pass for others."""
    # What browsers make of letters in full width or with a style.
    plain = unicodedata.normalize("NFKC", host)
    host = plain if _HOST.fullmatch(plain) else host
    if host.isascii():
        return host
    labels = host.split(".")
    # Under a top-level domain in another script, letters that look Latin disguise nothing.
    is_foreign = not labels[-1].isascii()
    return ".".join(
        _coded(label) if _is_deceptive(label, is_foreign) else label for label in labels
    )


def _is_deceptive(label: str, is_foreign: bool) -> bool:
    mixes = sum(bool(alphabet.search(label)) for alphabet in _ALPHABETS) > 1
    if mixes or _PHONETIC.search(label):
        return True
    return not is_foreign and bool(_LOOKALIKES.fullmatch(label.lower()))


def _coded(label: str) -> str:
    """The label as it is asked for on the wire (RFC 3492)."""
    return f"xn--{label.lower().encode('punycode').decode('ascii')}"
