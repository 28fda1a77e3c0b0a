"""How many things wait for a moderator, as one line keeps it in its `detail`."""

from dataclasses import dataclass
from typing import Self

from notes_site.ids import decode, encode

# More are said as "99+".
MAX_IN_QUEUE = 100


@dataclass(frozen=True)
class ModerationQueue:
    """So many wait, so many of them urgent; `newest` is the id of the last that came."""

    number: int = 0
    urgent: int = 0
    newest: int = 0

    @classmethod
    def read(cls, detail: str) -> Self:
        """The queue that a line kept; an empty one for ''."""
        if not detail:
            return cls()
        number, urgent, newest = detail.split("/")
        return cls(int(number), int(urgent), decode(newest))

    @property
    def detail(self) -> str:
        """What a line keeps of it: at most 19 characters; '' for an empty one."""
        return f"{self.number}/{self.urgent}/{encode(self.newest)}" if self.number else ""

    @property
    def number_text(self) -> str:
        """The number, or "99+"."""
        return str(self.number) if self.number < MAX_IN_QUEUE else f"{MAX_IN_QUEUE - 1}+"
