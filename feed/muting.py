"""Muting words: which ones, and how many."""

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.social.follows import lock
from feed.models import MutedWord
from feed.search.words import words_of
from notes_site.text import one_line

MAX_WORDS = 200
LONGEST = 60


class WordRefusedError(Exception):
    """The word can't be muted; the sentence says why, and what to do."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


@transaction.atomic
def mute_word(*, person: User, text: str) -> bool:
    """Let no posts with a word, or some in a row, come up; True when that is new.

    Raises WordRefusedError for a text without words or too long, and when there are too many.
    """
    written = one_line(text)
    word = _word_of(written)
    lock(person.pk)
    mine = MutedWord.objects.filter(person=person)
    if mine.filter(word=word).exists():
        return False
    if mine.count() >= MAX_WORDS:
        raise WordRefusedError(
            _("You already muted %(most)d words, which is the limit. Unmute one first.")
            % {"most": MAX_WORDS}
        )
    mine.create(person=person, word=word, written=written)
    return True


@transaction.atomic
def unmute_word(*, person: User, word_id: int) -> bool:
    """Let posts with it come up again; True when the person had muted it."""
    removed, _rows = MutedWord.objects.filter(person=person, pk=word_id).delete()
    return bool(removed)


def _word_of(written: str) -> str:
    """What is compared with the words of posts."""
    word = words_of(written)
    if not word:
        raise WordRefusedError(_("Type a word with at least one letter or digit."))
    # A single character can stand for a whole phrase, as some ligatures do.
    if len(written) > LONGEST or len(word) > 2 * LONGEST:
        raise WordRefusedError(
            _("A muted word or phrase can have up to %(most)d characters. Shorten it.")
            % {"most": LONGEST}
        )
    return word
