"""Where topics and mentions stand in a text, in any script, and what they are called.

A topic is a hashtag of UAX #31 (section 6, Hashtag Identifiers) without the signs `-` and `+`,
which end one as any other punctuation does; so does the Japanese middle dot. No rows, no Django.
"""

import unicodedata

import regex

from notes_site.text import JOINERS, folded, without_unseen

LONGEST_TOPIC = 50
HASH, AT = "#\uff03\ufe5f", "@\uff20\ufe6b"
# One character of a word: letters, marks, digits, connectors. Its dots are for the lists below.
_LETTER = r"[[\p{XID_Continue}\p{No}]--[\u00B7\u0387\u30FB\uFF65]]"
_EMOJI = (
    r"(?:\p{RI}\p{RI}|(?:\p{Emoji_Presentation}\uFE0F?|\p{Extended_Pictographic}"
    r"(?:\uFE0F|(?=\p{Emoji_Modifier})))\p{Emoji_Modifier}?[\U000E0020-\U000E007F]*"
    r"(?:\u200D\p{Extended_Pictographic}\uFE0F?\p{Emoji_Modifier}?)*)"
)
# Signs within a word that are no letters: what shows nothing, and the points of three scripts.
_WITHIN = (
    rf"(?<=[\p{{L}}\p{{M}}])[{JOINERS}\u00AD\u2060]+(?=[\p{{L}}\p{{M}}])|(?<=[\u09CD\u0D4D])\u200D"
    r"|(?<=[lL])\u00B7(?=[lL])|(?<=\p{Hebrew})[\u05F3\u05F4](?=\p{Hebrew})"
    r"|(?<=\p{Tibetan})\u0F0B(?=\p{Tibetan})"
)
# Scripts in which the next word follows without a blank, so that a word may begin or end anywhere.
_UNSPACED = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}\p{Bopomofo}\p{Line_Break=SA}\u30FC"
_WORD = rf"(?:{_LETTER}++|{_EMOJI}|{_WITHIN})++"
_SPACED = rf"[[{_LETTER}{JOINERS}]--[{_UNSPACED}]]"
FREE = rf"(?<!{_SPACED})"

# Not in a fragment (/#part), an HTML entity (&#39;) or a row of hashes (##).
TOPIC = (
    rf"{FREE}(?<![/&{HASH}])[{HASH}]"
    rf"(?P<topic>(?=[\p{{L}}\p{{N}}_\uFF3F]|{_EMOJI}){_WORD})"
)
_NAME = r"[A-Za-z0-9_\uFF21-\uFF3A\uFF41-\uFF5A\uFF10-\uFF19\uFF3F]"
# As `accounts.usernames.PATTERN` has it, in both widths.
MENTION = (
    rf"{FREE}(?<![/.{AT}])[{AT}]"
    rf"(?P<mention>{_NAME}(?:{_NAME}|\.){{1,28}}{_NAME})(?!{_SPACED}|[{AT}])"
)
_TOPICS = regex.compile(f"(?V1){TOPIC}")
_MENTIONS = regex.compile(f"(?V1){MENTION}")
_WORDS = regex.compile(f"(?V1){_WORD}")
# Written for the eye: the stroke that lengthens an Arabic word, and variants of one Han sign.
_ADORNED = regex.compile(
    r"[\u0640\U000E0100-\U000E01EF]|(?<=\p{Emoji_Presentation})\uFE0F"
    r"|(?<!\p{Extended_Pictographic})\uFE0F"
)
_SINGLE = regex.compile(r"\X")


def topics_in(text: str) -> list[str]:
    """The names of the topics of a text, each once, in their order; bare numbers are none."""
    found = (topic_name(match["topic"]) for match in _TOPICS.finditer(text))
    return list(dict.fromkeys(name for name in found if name))


def topic_name(word: str) -> str:
    """What the topic of a word is called, at most 50 characters; '' for none, as for a number."""
    name = _ADORNED.sub("", without_unseen(folded(word)))
    # A fraction becomes two numbers with a stroke between them, which is no letter.
    name = unicodedata.normalize("NFC", "".join(_WORDS.findall(name)))
    if len(name) > LONGEST_TOPIC:
        name = _shortened(name)
    return "" if name.isdigit() else name


def mentions_in(text: str) -> list[str]:
    """The usernames a text mentions, lowercase, each once."""
    found = (username(match["mention"]) for match in _MENTIONS.finditer(text))
    return list(dict.fromkeys(found))


def username(mention: str) -> str:
    """The username that a mention means."""
    return folded(mention)


def _shortened(name: str) -> str:
    """The name without what exceeds it, never cut within a character as it is seen."""
    kept = ""
    for each in _SINGLE.findall(name):
        if len(kept) + len(each) > LONGEST_TOPIC:
            break
        kept += each
    # One character with more marks than that has to be cut anyway.
    return kept or name[:LONGEST_TOPIC]
