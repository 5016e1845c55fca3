"""Reads what a worker prints and cuts it into log events."""

from __future__ import annotations

import os
import struct
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import Lock

from local_aws.lambda_runtime.spec import LogEvent

# "LogResult: the last 4 KB of the execution log" (Lambda API reference, Invoke)
TAIL_BYTES = 4096
# awslambdaric's framing: kind, length, microseconds since the epoch; then the message.
_FRAME = struct.Struct(">4sIQ")
# CloudWatch Logs takes events up to 1 MB; a print without a line break must not grow for ever.
_LONGEST_LINE = 262_144


class LineCutter:
    """Cuts a stream of bytes into one event a line."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> list[LogEvent]:
        """Return the events that `data` completes."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        if len(self._rest) > _LONGEST_LINE:
            lines.append(self._rest)
            self._rest = b""
        return [_event(line) for line in lines]

    def flush(self) -> list[LogEvent]:
        """Return what was printed without a line break."""
        rest, self._rest = self._rest, b""
        return [_event(rest)] if rest else []


class FrameCutter:
    """Cuts awslambdaric's framed stream, in which a message may span lines, into events."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> list[LogEvent]:
        """Return the events that `data` completes."""
        self._rest += data
        events = []
        while len(self._rest) >= _FRAME.size:
            _, length, micros = _FRAME.unpack_from(self._rest)
            end = _FRAME.size + length
            if len(self._rest) < end:
                break
            message = self._rest[_FRAME.size : end].decode("utf-8", "replace")
            events.append(LogEvent(micros // 1000, message.rstrip("\n")))
            self._rest = self._rest[end:]
        return events

    def flush(self) -> list[LogEvent]:
        """Half a frame is no event."""
        return []


class LogPipes:
    """The reading ends of a worker's output, emptied by its supervisor and after each reply.

    What a worker writes before it posts its reply is in the pipes by then, so `drain` after the
    reply gets all of it, in time for the END line and the log tail.
    """

    def __init__(self, lines: int, frames: int, sink: Callable[[list[LogEvent]], None]) -> None:
        self._cutters: dict[int, LineCutter | FrameCutter] = {
            lines: LineCutter(),
            frames: FrameCutter(),
        }
        self._sink = sink
        self._lock = Lock()
        for pipe in self._cutters:
            os.set_blocking(pipe, False)

    @property
    def open_pipes(self) -> list[int]:
        """The pipes somebody can still write to."""
        return list(self._cutters)

    def drain(self, *, flush: bool = False) -> None:
        """Pass on everything that has been written; with `flush` unfinished lines too."""
        with self._lock:
            events: list[LogEvent] = []
            for pipe, cutter in list(self._cutters.items()):
                while data := self._read(pipe):
                    events += cutter.feed(data)
                if flush or pipe not in self._cutters:
                    events += cutter.flush()
            if events:
                self._sink(events)

    def close(self) -> None:
        """Pass on the rest and close."""
        self.drain(flush=True)
        with self._lock:
            for pipe in self._cutters:
                os.close(pipe)
            self._cutters = {}

    def _read(self, pipe: int) -> bytes:
        try:
            data = os.read(pipe, 65536)
        except BlockingIOError:
            return b""
        if not data:
            del self._cutters[pipe]
            os.close(pipe)
        return data


class FunctionLogs:
    """One readable log file a function, whatever worker or version wrote it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = Lock()

    def write(self, name: str, events: list[LogEvent]) -> None:
        """Append events to `<name>.log`. A folder that has gone away loses them in silence."""
        text = "".join(f"{event.message}\n" for event in events)
        # The state folder may be removed under a running server; that must not fail a call.
        with self._lock, suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True)
            with (self._folder / f"{name}.log").open("a", encoding="utf-8") as file:
                file.write(text)


def tail(events: list[LogEvent]) -> str:
    """The last 4 KB of the events as one text, cut at a character."""
    text = "".join(f"{event.message}\n" for event in events).encode()
    return text[-TAIL_BYTES:].decode("utf-8", "ignore")


def now_ms() -> int:
    """Milliseconds since the epoch."""
    return time.time_ns() // 1_000_000


def _event(line: bytes) -> LogEvent:
    return LogEvent(now_ms(), line.rstrip(b"\r").decode("utf-8", "replace"))
