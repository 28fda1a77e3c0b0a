"""Text as people write it in any script: one clean line, and the form in which words are compared.

No rows, no Django. Patterns use the Unicode properties of the `regex` package.
"""

import unicodedata

import regex

# Between letters of these scripts a joiner changes how a word is read (UAX #31, section 2.3.1).
_JOINING = (
    r"\p{Arabic}\p{Syriac}\p{Mongolian}\p{Nko}\p{Mandaic}\p{Devanagari}\p{Bengali}\p{Gurmukhi}"
    r"\p{Gujarati}\p{Oriya}\p{Tamil}\p{Telugu}\p{Kannada}\p{Malayalam}\p{Sinhala}\p{Khmer}"
    r"\p{Myanmar}\p{Tibetan}\p{Balinese}\p{Javanese}\p{M}"
)
_PICTURE = r"\p{Extended_Pictographic}\p{Emoji_Modifier}\N{VARIATION SELECTOR-16}"
JOINERS = r"\u200C\u200D"
# What shows nothing by itself, and where it nevertheless belongs: a joiner inside a word or
# between emoji, the selector of a colourful emoji, a variant of a Han or Mongolian letter, and
# the letters of a flag, of which there are five, and a sign that ends them (UTS #51, annex C).
_SELECTED = r"\uFE0F\u180B-\u180D\u180F\U000E0100-\U000E01EF\U000E0020-\U000E007F"
_NOTHING = r"\p{Default_Ignorable_Code_Point}\p{Cf}\p{Cc}\p{Noncharacter_Code_Point}\uFFF9-\uFFFC"
_UNSEEN = regex.compile(
    rf"""(?V1)
    (?<![{_JOINING}{_PICTURE}])[{JOINERS}]
    | (?<![\u09CD\u0D4D])[{JOINERS}](?![{_JOINING}{_PICTURE}])
    | (?<!\p{{Emoji}})\uFE0F
    | (?<![\p{{Mongolian}}--\p{{M}}])[\u180B-\u180D\u180F]
    | (?<!\p{{Han}})[\U000E0100-\U000E01EF]
    | (?<!\U0001F3F4[\U000E0020-\U000E007F]{{0,5}})[\U000E0020-\U000E007F]
    | [[{_NOTHING}]--[{JOINERS}{_SELECTED}]]
    """,
    regex.VERBOSE,
)
_MAY_BE_UNSEEN = regex.compile(rf"(?V1)[{_NOTHING}]")
# Blanks of any kind, ends of lines or pages, controls; Braille's blank shows nothing either.
_BLANKS = regex.compile(r"[\s\p{Z}\p{Cc}\u2800]+")


def one_line(text: str) -> str:
    """A text as one line of what can be seen: in NFC, blanks folded to one, none at its ends.

    Line breaks and control characters become blanks. Marks that change the direction of what
    follows and characters without a width are left out, but for those that a script or an emoji
    needs where it has them (UAX #31 for joiners, UTS #51 for emoji).
    """
    without = without_unseen(_BLANKS.sub(" ", text))
    return _BLANKS.sub(" ", unicodedata.normalize("NFC", without)).strip()


def without_unseen(text: str) -> str:
    """A text without what shows nothing, line breaks included."""
    if not _MAY_BE_UNSEEN.search(text):
        return text
    # Twice: what stood beside a joiner may have been left out.
    return _UNSEEN.sub("", _UNSEEN.sub("", text))


def folded(text: str) -> str:
    """A text in the form in which it is compared: NFKC, casefolded (Unicode, section 3.13, D146).

    The dotted capital I of Turkish becomes a plain i.
    """
    plain = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    # Another mark may now stand upon the i.
    return unicodedata.normalize("NFKC", plain.replace("i\u0307", "i"))
