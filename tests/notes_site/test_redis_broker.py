"""The broker of the full stack: a server that dies must not make a worker deaf."""

import os
from typing import Any, cast

import pytest
import redis
from kombu import Connection, Exchange, Queue

from notes_site.queue import redis_broker

pytestmark = pytest.mark.stack
PLACES = 2


def test_an_acknowledgement_that_fails_gives_its_place_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    queue = Queue("acknowledged", Exchange("acknowledged"), routing_key="acknowledged")
    with Connection(os.environ["REDIS_URL"], transport=redis_broker.Transport) as connection:
        with connection.SimpleQueue(cast(Any, queue)) as line:
            line.clear()
            for number in range(2 * PLACES):
                line.put(number)
        channel = cast(Any, connection.channel())
        channel.basic_qos(0, PLACES, False)
        taken: list[Any] = []
        with connection.Consumer(queue, channel=channel, callbacks=[lambda *a: taken.append(a)]):
            while len(taken) < PLACES:
                connection.drain_events(timeout=5)
            assert not channel.qos.can_consume()

            def away(*_arguments: Any) -> Any:
                raise redis.ConnectionError("gone")

            with monkeypatch.context() as outage:
                outage.setattr(channel.qos, "_remove_from_indices", away)
                for _body, message in taken:
                    with pytest.raises(redis.ConnectionError):
                        message.ack()
            while len(taken) < 2 * PLACES:
                connection.drain_events(timeout=5)
            for _body, message in taken[PLACES:]:
                message.ack()
    assert [body for body, _message in taken] == list(range(2 * PLACES))


def test_the_sites_own_connection_uses_it() -> None:
    from notes_site.celery import app

    with app.connection_for_write() as connection:
        assert connection.get_transport_cls() is redis_broker.Transport
