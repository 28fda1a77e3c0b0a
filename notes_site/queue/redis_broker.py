"""The broker of the full stack: kombu's Redis transport, made safe for a server that dies.

A worker may have so many messages that it has not acknowledged yet. Kombu keeps counting one whose
acknowledgement the server did not answer; after two of them the worker would never take another.
"""

from typing import Any

from kombu.transport import redis, virtual


class QoS(redis.QoS):
    """An acknowledgement that fails gives the message's place back nevertheless."""

    def ack(self, delivery_tag: Any) -> None:
        try:
            super().ack(delivery_tag)
        except Exception:
            # If the server still has the message it comes again, and finds its work done.
            virtual.QoS.ack(self, delivery_tag)
            raise


class Channel(redis.Channel):
    """Counts messages as above."""

    QoS = QoS


class Transport(redis.Transport):
    """What `redis://` means in this project (registered in notes_site/celery.py)."""

    Channel = Channel
