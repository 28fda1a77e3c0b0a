"""The whole site beside a mail server that hangs: nobody waits for it, and mail comes once."""

import time

from tests.mail_server import ACCEPTS, HANGS, MailServer
from tests.site import Site, wait_for


def test_a_mail_server_that_hangs_holds_no_visitor_and_gets_the_mail_later() -> None:
    with MailServer() as server:
        server.go(HANGS)
        url = f"smtp://127.0.0.1:{server.port}/?timeout=30"
        with Site(
            EMAIL_URL=url, EMAIL_FROM="photos@example.org", SITE_NAME="Ann, Bob: @home"
        ) as site:
            visitor = site.visitor()
            started = time.monotonic()
            visitor.sign_up("newcomer")
            assert time.monotonic() - started < 20
            tried = "SELECT count(*) FROM notes_site_outgoingemail WHERE attempts > 0"
            wait_for(lambda: site.rows(tried) == [(1,)], 60, "a worker to try")
            server.go(ACCEPTS)
            site.python(
                "from django.utils import timezone\n"
                "from notes_site.models import OutgoingEmail\n"
                "OutgoingEmail.objects.update(next_try_at=timezone.now())"
            )
            server.wait_for(1, 60)
            states = "SELECT state, text FROM notes_site_outgoingemail"
            wait_for(lambda: site.rows(states) == [("sent", "")], 10, "it to be written down")
            (message,) = server.taken
            assert message["From"].addresses[0].display_name == "Ann, Bob: @home"
            assert message["From"].addresses[0].addr_spec == "photos@example.org"
            assert f"{site.url}/accounts/confirm-email/" in message.get_content()
            assert site.tracebacks() == []
