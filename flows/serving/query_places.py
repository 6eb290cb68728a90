"""Places for the queries of `serve-sql`: each a process of its own, taken back when its client is gone.

A query loses its place, and its process its life, when it has taken too long, when its client has gone away,
or has not read for a while. One thread looks after all of them.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from typing import IO, Any

import pyarrow as pa

from flows.home import Home
from flows.serving.query_process import DATA, END, HEAD, LEAVING

QUERIES_AT_ONCE = 8
LONGEST_SECONDS = 600.0
LONGEST_WAIT_SECONDS = 60.0
LONGEST_STALL_SECONDS = 60.0
LOOK_SECONDS = 0.1


class NoPlace(Exception):
    """Every place stayed taken for as long as anybody waits."""


class QueryEnded(Exception):
    """A query that has no (more) rows, in words for whoever asked."""


class QueryProcess:
    """A process that answers one query after another, and the pipes to it."""

    def __init__(self, home: Home) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "flows.serving.query_process", str(home.root), str(os.getpid())],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert self.process.stdin is not None and self.process.stdout is not None
        self.questions: IO[bytes] = self.process.stdin
        self.frames: IO[bytes] = self.process.stdout

    def ask(self, question: dict[str, Any], parameters: bytes) -> None:
        for content in (json.dumps(question).encode(), parameters):
            self.questions.write(HEAD.pack(DATA, len(content)) + content)
        self.questions.flush()

    def kill(self) -> None:
        """Its pipes are left to whoever reads them now: they end with it."""
        self.process.kill()
        self.process.wait()


class Answer:
    """The rows of one query as they come. It holds its place until it is read to its end or closed.

    Arrow reads it as a file; whoever serves it reads `schema` and then batch by batch.
    """

    closed = False

    def __init__(self, places: Places, process: QueryProcess, is_gone: Callable[[], bool]) -> None:
        self.places, self.process, self.is_gone = places, process, is_gone
        self.started = time.monotonic()
        # When the last batch was given out; None while the next one is asked for.
        self.given_at: float | None = None
        self.ended_because: str | None = None
        self.rest = memoryview(b"")

    def open(self, question: dict[str, Any], parameters: bytes) -> None:
        try:
            self.process.ask(question, parameters)
        except OSError:
            raise self.failed() from None
        self.reader = self.read_from_arrow(lambda: pa.ipc.open_stream(self))
        self.schema: pa.Schema = self.reader.schema

    def __iter__(self) -> Answer:
        return self

    def __next__(self) -> pa.RecordBatch:
        if self.ended_because:
            raise QueryEnded(self.ended_because)
        self.given_at = None
        batch = self.read_from_arrow(self.next_batch)
        self.given_at = time.monotonic()
        return batch

    def next_batch(self) -> pa.RecordBatch:
        try:
            return self.reader.read_next_batch()
        except StopIteration:
            # What follows the rows: that they are all, or why not.
            while self.frame():
                pass
            raise

    def read_from_arrow(self, read: Callable[[], Any]) -> Any:
        try:
            return read()
        except (QueryEnded, StopIteration):
            raise
        except (pa.ArrowException, OSError, ValueError):
            raise self.failed() from None

    def read(self, size: int = -1) -> bytes:
        """The next bytes of the Arrow stream, as from a file."""
        content = bytearray()
        while len(content) < size and (self.rest or self.frame()):
            taken = self.rest[: size - len(content)]
            content += taken
            self.rest = self.rest[len(taken) :]
        return bytes(content)

    def frame(self) -> bool:
        """Fetch the next frame; False at the end of the answer. Raises Ended where it ends too early."""
        if self.ended_because is not None:
            return False
        head = self.process.frames.read(HEAD.size)
        if len(head) < HEAD.size:
            raise self.failed()
        kind, size = HEAD.unpack(head)
        content = self.process.frames.read(size)
        if len(content) < size:
            raise self.failed()
        if kind == DATA:
            self.rest = memoryview(content)
            return True
        text = content.decode()
        self.places.give_back(self, text, keep=kind != LEAVING)
        if kind == END:
            return False
        raise QueryEnded(text)

    def failed(self) -> QueryEnded:
        """The process is gone, by our hand or by the system's."""
        self.places.give_back(self, "the query was stopped: its process ended", keep=False)
        return QueryEnded(self.ended_because or "the query was stopped")

    def overdue(self, now: float) -> str | None:
        """Why the place is taken back now, if it is."""
        if now - self.started > LONGEST_SECONDS:
            return f"the query was stopped after {LONGEST_SECONDS:.0f} seconds"
        if self.given_at is not None and now - self.given_at > LONGEST_STALL_SECONDS:
            return f"the query was stopped: nobody read its rows for {LONGEST_STALL_SECONDS:.0f} seconds"
        return "whoever asked has gone" if self.is_gone() else None

    def close(self) -> None:
        """Give the place back, read or not."""
        self.places.give_back(self, "the query was stopped", keep=False)


class Places:
    """As many places as queries may run at once, and the thread that takes them back."""

    def __init__(self, home: Home, number: int = QUERIES_AT_ONCE) -> None:
        self.home = home
        self.changed = threading.Condition()
        self.n_free = number
        self.idle: list[QueryProcess] = []
        self.taken: set[Answer] = set()
        self.is_open = True
        self.watcher = threading.Thread(target=self.watch, daemon=True)
        self.watcher.start()

    def ask(self, question: dict[str, Any], is_gone: Callable[[], bool], parameters: bytes = b"") -> Answer:
        """The answer to a question, once its columns are known.

        Raises NoPlace when none came free, Ended with the reason when there is no answer.
        """
        process = self.take(is_gone)
        answer = Answer(self, process, is_gone)
        with self.changed:
            self.taken.add(answer)
        try:
            answer.open(question, parameters)
        except BaseException:
            answer.close()
            raise
        return answer

    def take(self, is_gone: Callable[[], bool]) -> QueryProcess:
        until = time.monotonic() + LONGEST_WAIT_SECONDS
        with self.changed:
            while not self.n_free:
                if is_gone():
                    raise QueryEnded("whoever asked has gone")
                if time.monotonic() > until or not self.is_open:
                    raise NoPlace
                self.changed.wait(LOOK_SECONDS)
            self.n_free -= 1
            if self.idle:
                return self.idle.pop()
        try:
            return QueryProcess(self.home)
        except BaseException:
            with self.changed:
                self.n_free += 1
            raise

    def give_back(self, answer: Answer, because: str, *, keep: bool) -> None:
        """Free the place once, whoever comes first; its process goes on only where its answer is whole."""
        with self.changed:
            if answer not in self.taken:
                return
            self.taken.discard(answer)
            answer.ended_because = because
            keep = keep and self.is_open
            if keep:
                self.idle.append(answer.process)
            else:
                answer.process.kill()
            self.n_free += 1
            self.changed.notify()

    def watch(self) -> None:
        while self.is_open:
            now = time.monotonic()
            # A client's context lives as long as its answer is held here, and is asked under the same lock.
            with self.changed:
                due = [(answer, why) for answer in self.taken if (why := answer.overdue(now))]
                for answer, why in due:
                    self.give_back(answer, why, keep=False)
            time.sleep(LOOK_SECONDS)

    def close(self) -> None:
        """End every process; answers that are being read end with a word."""
        with self.changed:
            self.is_open = False
            for answer in list(self.taken):
                self.give_back(answer, "the server ends", keep=False)
            for process in self.idle:
                process.kill()
            self.idle.clear()
            self.changed.notify_all()
