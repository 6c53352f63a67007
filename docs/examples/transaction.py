"""Keeps the newest revision of each article in SQLite:  python transaction.py REDIS_URL GROUP CONSUMER FILE"""

import os
import signal
import sqlite3
import sys
import threading

from ingest import ReceivedEvent, consume

TABLES = """
CREATE TABLE IF NOT EXISTS done (event TEXT PRIMARY KEY);
CREATE TABLE IF NOT EXISTS articles (id TEXT PRIMARY KEY, revision INTEGER, title TEXT, text TEXT);
"""


def keep(database: sqlite3.Connection, event: ReceivedEvent) -> None:
    """The mark and the work are one transaction: both are there, or neither is."""
    article = event.article
    with database:
        marked = database.execute("INSERT INTO done VALUES (?) ON CONFLICT DO NOTHING", [event.id])
        if not marked.rowcount:
            return
        if event.type == "article.withdrawn.v1":
            database.execute("DELETE FROM articles WHERE id = ? AND revision < ?", [article["id"], article["revision"]])
        else:
            database.execute(
                "INSERT INTO articles VALUES (?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET"
                " revision = excluded.revision, title = excluded.title, text = excluded.text"
                " WHERE excluded.revision > revision",
                [article["id"], article["revision"], article["title"], article["text"]],
            )


def main(redis_url: str, group: str, consumer: str, file: str) -> None:
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    take_over_ms = int(os.environ.get("TAKE_OVER_MS", "60000"))
    database = sqlite3.connect(file)
    database.executescript(TABLES)
    for event in consume(redis_url, group, consumer, stop=stop, take_over_ms=take_over_ms):
        keep(database, event)
        print(event.id, flush=True)
    database.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
