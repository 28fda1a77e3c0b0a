"""A real SMTP server for tests, which can be away, hang, refuse, or break off."""

import logging
import socket
import time
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any, Self

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

ACCEPTS, AWAY, HANGS = "accepts", "away", "hangs"
# What it answers to which command, instead of taking the message.
REFUSALS = {
    "refuses our name": ("HELO", "550 5.7.1 helo name rejected"),
    "refuses us": ("MAIL", "553 5.1.8 sender address rejected"),
    "refuses them": ("RCPT", "550 5.1.1 no such user"),
    "not now": ("RCPT", "451 4.7.1 greylisted, try again later"),
    "refuses it": ("DATA", "554 5.7.1 looks like spam"),
}
BREAKS = "breaks off"
# It tells of every line it reads.
logging.getLogger("mail.log").setLevel(logging.WARNING)


class MailServer:
    """Listens on one port as long as it is entered, in the mode it was last told."""

    def __init__(self) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self.mode = AWAY
        self.taken: list[EmailMessage] = []
        self.envelopes: list[tuple[str, list[str]]] = []
        self.commands: list[str] = []
        self._controller: Controller | None = None
        self._deaf: socket.socket | None = None

    def __enter__(self) -> Self:
        self.go(ACCEPTS)
        return self

    def __exit__(self, *_error: object) -> None:
        self.go(AWAY)

    def go(self, mode: str) -> None:
        """From now on be like this."""
        self._stop()
        self.mode = mode
        if mode == HANGS:
            # The kernel takes the connection, and nobody ever answers.
            self._deaf = socket.socket()
            self._deaf.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self._deaf.bind(("127.0.0.1", self.port))
            self._deaf.listen(16)
        elif mode != AWAY:
            self._controller = Controller(
                self, hostname="127.0.0.1", port=self.port, auth_require_tls=False
            )
            self._controller.start()

    def wait_for(self, number: int, seconds: float) -> None:
        """Return once so many messages were taken; raises AssertionError when they were not."""
        deadline = time.monotonic() + seconds
        while len(self.taken) < number:
            assert time.monotonic() < deadline, f"{len(self.taken)} of {number} messages came"
            time.sleep(0.2)

    async def handle_EHLO(
        self, server: SMTP, session: Session, envelope: Envelope, name: str, answers: list[str]
    ) -> list[str]:
        """The greeting, and what the server can do."""
        session.host_name = name
        return [refusal] if (refusal := self._refusal("HELO")) else answers

    async def handle_HELO(
        self, server: SMTP, session: Session, envelope: Envelope, name: str
    ) -> str:
        """The greeting of old."""
        session.host_name = name
        return self._refusal("HELO") or "250 OK"

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """The sender."""
        self.commands.append("MAIL")
        if refusal := self._refusal("MAIL"):
            return refusal
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """A recipient."""
        self.commands.append("RCPT")
        if refusal := self._refusal("RCPT"):
            return refusal
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_RSET(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Forgets what was begun."""
        self.commands.append("RSET")
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """The message."""
        if refusal := self._refusal("DATA"):
            return refusal
        content: Any = envelope.content
        parsed: Any = message_from_bytes(content, policy=policy.default)
        self.taken.append(parsed)
        self.envelopes.append((str(envelope.mail_from), list(envelope.rcpt_tos)))
        if self.mode == BREAKS:
            # It has the message, and the line breaks before it can say so.
            server.transport.abort()  # type: ignore[union-attr]
        return "250 OK"

    def _refusal(self, command: str) -> str:
        at, answer = REFUSALS.get(self.mode, ("", ""))
        return answer if at == command else ""

    def _stop(self) -> None:
        if self._controller is not None:
            self._controller.stop()
            self._controller = None
        if self._deaf is not None:
            self._deaf.close()
            self._deaf = None
