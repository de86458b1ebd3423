"""S3 and the Data Catalog on a local port: every call waits for the latency, and any number of calls run concurrently.

    python benchmarks/registering/server.py --latency 20

It prints its port, and exits when its standard input ends. Calls are counted here, so that all clients are counted in the same
way. `POST /-/fill`, `/-/reset` and `/-/calls` are for the benchmark itself; they are neither delayed nor counted.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from benchmarks.registering.store import Answer, Bucket, Catalog  # the script can be run from any folder
from benchmarks.registering.table import partition_input, run_prefix, table_input

_S3_OPERATIONS = {"GET": "GetObject", "PUT": "PutObject", "DELETE": "DeleteObject"}


class Server:
    """The bucket, the catalog, and the counts of the calls."""

    def __init__(self, latency: float) -> None:
        self.latency = latency
        self.calls: Counter[str] = Counter()
        self.worked = time.process_time()
        self.reset()

    def reset(self) -> None:
        """Empty the bucket and the catalog."""
        self.bucket, self.catalog = Bucket(), Catalog(table_input())

    async def answer(self, method: str, target: str, headers: dict[str, str], body: bytes) -> Answer:
        """Return the answer to a request, after the latency."""
        path, _, query = target.partition("?")
        if path.startswith("/-/"):
            return self._control(path, json.loads(body or b"{}"))
        await asyncio.sleep(self.latency)
        if "x-amz-target" in headers:
            operation = headers["x-amz-target"].rpartition(".")[2]
            self.calls[operation] += 1
            return self.catalog.call(operation, json.loads(body))
        key = unquote(path).removeprefix("/lake").removeprefix("/")
        if not key:
            self.calls["ListObjectsV2"] += 1
            return self.bucket.list_objects(dict(parse_qsl(query)))
        self.calls[_S3_OPERATIONS[method]] += 1
        if method == "PUT":
            return self.bucket.put(key, body, headers)
        return (
            self.bucket.delete(key, headers) if method == "DELETE" else self.bucket.get(key, headers.get("range", ""))
        )

    def _control(self, path: str, request: dict[str, Any]) -> Answer:
        if path == "/-/reset":
            self.reset()
        elif path == "/-/fill":
            numbers, prefix = range(request["start"], request["start"] + request["count"]), run_prefix(request["run"])
            if request["registered"]:
                self.catalog.fill([partition_input(request["run"], number) for number in numbers])
            else:
                self.bucket.fill([f"{prefix}n={number}/a.csv" for number in numbers], b"a,1\n")
        elif path == "/-/calls":
            worked, self.worked = self.worked, time.process_time()
            calls, self.calls = self.calls, Counter()
            document = {"calls": calls, "server_cpu": self.worked - worked, "partitions": len(self.catalog.partitions)}
            return Answer(200, json.dumps(document).encode())
        return Answer(200)

    async def connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve a connection until its client closes it."""
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
                method, target, _ = head[0].split(" ", 2)
                headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:])}
                if headers.get("expect", "").lower() == "100-continue":
                    writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
                body = await reader.readexactly(int(headers.get("content-length", 0)))
                answer = await self.answer(method, target, headers, body)
                lines = "".join(f"{name}: {value}\r\n" for name, value in answer.headers.items())
                length = "" if answer.status == 204 else f"Content-Length: {len(answer.body)}\r\n"
                writer.write(f"HTTP/1.1 {answer.status} X\r\n{lines}{length}\r\n".encode("latin-1") + answer.body)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass  # the client has disconnected, or the benchmark has ended
        finally:
            writer.close()


async def serve(latency: float) -> None:
    """Serve until standard input ends."""
    server = await asyncio.start_server(Server(latency).connect, "127.0.0.1", 0, limit=2**20)
    print(server.sockets[0].getsockname()[1], flush=True)
    async with server:
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--latency", type=float, default=20.0, help="milliseconds that each call waits")
    asyncio.run(serve(parser.parse_args().latency / 1000))
