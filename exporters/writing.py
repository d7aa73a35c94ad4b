"""A few threads that compress and write files while the next picture renders, and remember each file's checksum."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

_THREADS, _WAITING = 2, 24


class FileWriter:
    """Writes below `root`. At most `_WAITING` files wait, so memory stays flat; the first error stops everything."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.checksums: dict[str, str] = {}
        self._pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="wildfield-writer")
        self._free = threading.BoundedSemaphore(_WAITING)
        self._pending: list[Future[None]] = []

    def write(self, path: str, action: Callable[[Path], None]) -> None:
        """Call `action(root / path)` soon, on another thread; its folder is made. Raises what an earlier file raised."""
        self._pending = [future for future in self._pending if not self._finished(future)]
        self._free.acquire()
        self._pending.append(self._pool.submit(self._run, path, action))

    def wait(self) -> None:
        """Return when everything is on disk. Raises what the first failed file raised."""
        for future in self._pending:
            future.result()
        self._pending.clear()

    def __enter__(self) -> FileWriter:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _run(self, path: str, action: Callable[[Path], None]) -> None:
        try:
            target = self.root / path
            target.parent.mkdir(parents=True, exist_ok=True)
            action(target)
            self.checksums[path] = checksum(target)
        finally:
            self._free.release()

    @staticmethod
    def _finished(future: Future[None]) -> bool:
        if future.done():
            future.result()
        return future.done()


def checksum(path: Path) -> str:
    """Return the SHA-256 of a file as hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
