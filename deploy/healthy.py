"""Is this container healthy? `web` asks /healthz, `background` looks at the heartbeat."""

import os
import sys
import urllib.request

MINUTES = 3


def web() -> bool:
    """Whether the web server in this container answers."""
    port = os.environ.get("PORT", "8000")
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=4) as answer:
        return bool(answer.status == 200)


def background() -> bool:
    """Whether the schedule sent a task in the last minutes and a worker did it."""
    import psycopg2

    connection = psycopg2.connect(os.environ["DATABASE_URL"], connect_timeout=4)
    with connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM notes_site_heartbeat"
            " WHERE name = 'worker' AND seen_at > now() - make_interval(mins => %s)",
            [MINUTES],
        )
        row = cursor.fetchone()
    connection.close()
    return bool(row and row[0])


if __name__ == "__main__":
    checks = {"web": web, "background": background}
    try:
        sys.exit(0 if checks[sys.argv[1]]() else "no sign of life")
    except Exception as error:  # noqa: BLE001 - whatever it is, its text is what the owner needs
        sys.exit(str(error))
