"""The broker of files under several processes: no message is seen half, and none ends a worker."""

import multiprocessing
import os
from pathlib import Path
from typing import Any, cast

import pytest
from kombu import Connection, Exchange, Queue
from kombu.transport import filesystem

from notes_site.queue import file_broker

MESSAGES = 400
Transport = type[filesystem.Transport]


def queue_named(name: str) -> Queue:
    """A queue of its own for each test: kombu remembers in a process what it declared."""
    return Queue(name, Exchange(name), routing_key=name)


def connection(folder: Path, transport: Transport = file_broker.Transport) -> Connection:
    options = {
        "data_folder_in": str(folder),
        "data_folder_out": str(folder),
        "control_folder": str(folder / "control"),
    }
    return Connection(transport=transport, transport_options=options)


def write(folder: Path, transport: Transport, queue: Queue, first: int) -> None:
    """Put messages into the queue."""
    with connection(folder, transport) as broker_connection:
        producer = broker_connection.Producer(serializer="json")
        for number in range(first, first + MESSAGES):
            body = {"number": number, "more": "x" * 2000}
            producer.publish(
                body, exchange=queue.exchange, routing_key=queue.routing_key, declare=[queue]
            )


def read_while_two_write(folder: Path, transport: Transport) -> list[int]:
    """The numbers that arrive while two processes write."""
    queue = queue_named("whole")
    fork = multiprocessing.get_context("fork")
    writers = [
        fork.Process(target=write, args=(folder, transport, queue, start))
        for start in (0, MESSAGES)
    ]
    found: list[int] = []
    for writer in writers:
        writer.start()
    try:
        with connection(folder, transport) as broker_connection:
            reader = broker_connection.SimpleQueue(cast(Any, queue))
            while len(found) < 2 * MESSAGES:
                message = reader.get(timeout=10)
                found.append(message.payload["number"])
                message.ack()
    finally:
        for writer in writers:
            writer.join(20)
    return found


def test_every_message_arrives_whole(tmp_path: Path) -> None:
    assert sorted(read_while_two_write(tmp_path, file_broker.Transport)) == list(
        range(2 * MESSAGES)
    )


def test_a_damaged_message_is_dropped_and_the_next_one_taken(tmp_path: Path) -> None:
    queue = queue_named("damaged")
    write(tmp_path, file_broker.Transport, queue, 0)
    first = sorted(tmp_path.glob("damaged/*.msg"))[0]
    first.write_bytes(first.read_bytes()[:50])
    (tmp_path / "damaged" / "0_empty.msg").write_bytes(b"")
    with connection(tmp_path) as broker_connection:
        reader = broker_connection.SimpleQueue(cast(Any, queue))
        taken = [reader.get(block=False).payload["number"] for _ in range(MESSAGES - 1)]
        assert taken == list(range(1, MESSAGES))
        with pytest.raises(reader.Empty):
            reader.get(block=False)


def test_a_long_queue_is_not_listed_again_for_each_message(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue, listings, listdir = queue_named("long"), 0, os.listdir
    write(tmp_path, file_broker.Transport, queue, 0)

    def counted(folder: Any) -> list[str]:
        nonlocal listings
        listings += 1
        return listdir(folder)

    with connection(tmp_path) as broker_connection:
        reader = broker_connection.SimpleQueue(cast(Any, queue))
        assert len(reader) == MESSAGES
        monkeypatch.setattr("os.listdir", counted)
        taken = [reader.get(block=False).payload["number"] for _ in range(MESSAGES)]
        assert (taken, listings) == (list(range(MESSAGES)), 1)
        # What came after the listing is found by the next one.
        write(tmp_path, file_broker.Transport, queue, MESSAGES)
        assert reader.get(block=False).payload["number"] == MESSAGES
        reader.clear()
        assert len(reader) == 0


def read_all(folder: Path, queue: Queue, numbers: Path) -> None:
    """Take messages until there are none, and note their numbers."""
    with connection(folder) as broker_connection, numbers.open("w") as noted:
        reader = broker_connection.SimpleQueue(cast(Any, queue))
        while True:
            try:
                message = reader.get(block=False)
            except reader.Empty:
                return
            noted.write(f"{message.payload['number']}\n")
            # Else it goes back into the queue at the end, where the other one may find it.
            message.ack()


def test_two_readers_share_a_queue_and_take_nothing_twice(tmp_path: Path) -> None:
    fork, queue = multiprocessing.get_context("fork"), queue_named("shared")
    write(tmp_path, file_broker.Transport, queue, 0)
    files = [tmp_path / f"taken-{number}" for number in range(2)]
    readers = [fork.Process(target=read_all, args=(tmp_path, queue, file)) for file in files]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join(20)
    taken = [int(line) for file in files for line in file.read_text().splitlines()]
    assert sorted(taken) == list(range(MESSAGES))


def declare(folder: Path, queue: Queue) -> None:
    """Declare the queue, from another process; the table must then hold it, once."""
    with connection(folder) as broker_connection:
        channel = cast(file_broker.Channel, broker_connection.channel())
        queue(channel).declare()
        assert [row.queue for row in channel.get_table(queue.name)] == [queue.name]


def test_many_processes_may_declare_a_queue_at_once(tmp_path: Path) -> None:
    fork = multiprocessing.get_context("fork")
    queue = queue_named("own")
    processes = [fork.Process(target=declare, args=(tmp_path, queue)) for _ in range(12)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(20)
    assert [process.exitcode for process in processes] == [0] * len(processes)


def test_the_sites_own_connection_uses_it() -> None:
    from notes_site.celery import app

    with app.connection_for_write("filesystem://localhost") as broker_connection:
        assert broker_connection.get_transport_cls() is file_broker.Transport
