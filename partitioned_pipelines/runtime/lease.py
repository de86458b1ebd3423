"""The lease of a table: it allows one writer at a time, and a failed writer blocks the others only briefly.

The lease is an S3 object. Its creator holds it until the expiry in it, and renews it while writing. After the expiry and a grace period, which
covers clock differences and calls in progress, another writer may take it over. The Data Catalog does not check the lease (there is no
fencing). A holder therefore checks it before each batch of writes, and its client starts no attempt of a call after the expiry, including
the client's own retries.
"""

from __future__ import annotations

import json
import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from partitioned_pipelines.lake.intervals.instants import format_instant, parse_instant
from partitioned_pipelines.runtime.conditional_object import (
    StoredObject,
    delete_if_match,
    put_if_absent,
    read_object,
    replace_if_match,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mypy_boto3_glue import GlueClient
    from mypy_boto3_s3 import S3Client

LEASE_SECONDS = 120.0
GRACE_SECONDS = 60.0
# Longer than a failed holder's lease plus the grace period, so that a failed holder does not make the next writer fail.
WAIT_SECONDS = LEASE_SECONDS + GRACE_SECONDS + 60.0
_NEAR_EXPIRY = 0.25  # fraction of the lease's time; with less left, nothing is written
_POLL_SECONDS = 2.0
_WRITES = ("BatchCreatePartition", "BatchUpdatePartition")  # the write operations of a registration


class LeaseError(RuntimeError):
    """A table's lease is not held."""


class LeaseHeldError(LeaseError):
    """Another writer held the lease for longer than this one could wait."""


class LeaseLostError(LeaseError):
    """The lease was taken over, or its expiry is too near for another write."""


@dataclass(frozen=True, slots=True)
class _Holder:
    owner: str
    nonce: str
    expires_at: datetime


@dataclass
class Lease:
    """A held lease, created by `hold_lease`; several threads may check it.

    Attributes
    ----------
    nonce
        Identifies this holder, also among earlier attempts of the same owner.
    expires_at
        Expiry of the lease unless it is renewed.
    """

    s3: S3Client
    bucket: str
    key: str
    owner: str
    now: Callable[[], datetime]
    sleep: Callable[[float], None]
    seconds: float
    nonce: str = field(default_factory=lambda: uuid4().hex)
    etag: str = field(init=False)
    expires_at: datetime = field(init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)
    _begun: int = field(default=0, repr=False)  # the number of reads, and the last one that found this holder's lease
    _verified: int = field(default=0, repr=False)

    def check(self) -> None:
        """Read the lease again, and renew it if half of its time is over; called before each batch of writes.

        If several threads call this concurrently, a read that began after another thread's call also answers that call.

        Raises
        ------
        LeaseLostError
            If another writer has taken the lease over, if it was deleted, or if its expiry is near in spite of a renewal.
        """
        asked_after = self._begun
        with self._lock:
            if self._verified > asked_after and self._left() > self.seconds / 2:
                return
            self._begun += 1
            stored = read_object(self.s3, self.bucket, self.key)
            holder = _read_holder(stored, self.seconds) if stored else None
            if stored is None or holder is None or holder.nonce != self.nonce:
                raise self._lost(holder)
            # A put whose answer was lost counts too: an object with this nonce belongs to this holder.
            self.etag, self.expires_at = stored.etag, holder.expires_at
            if self._left() <= self.seconds / 2:
                self._renew()
            if self._left() <= self.seconds * _NEAR_EXPIRY:
                raise LeaseLostError(
                    f"s3://{self.bucket}/{self.key}: the lease of {self.owner} ends at "
                    f"{format_instant(self.expires_at)}, too soon for another write; run it again"
                )
            self._verified = self._begun

    @contextmanager
    def bounding(self, glue: GlueClient) -> Iterator[None]:
        """Prevent a client from starting a write attempt after the expiry: its retries alone could outlast the grace period.

        https://botocore.amazonaws.com/v1/documentation/api/latest/topics/events.html
        """

        def refuse_after_expiry(**_: object) -> None:
            if self._left() <= 0:
                raise LeaseLostError(
                    f"s3://{self.bucket}/{self.key}: the lease of {self.owner} ended at {format_instant(self.expires_at)}, "
                    "before Glue had answered a write; run it again"
                )

        for operation in _WRITES:
            glue.meta.events.register_first(f"before-send.glue.{operation}", refuse_after_expiry)
        try:
            yield
        finally:
            for operation in _WRITES:
                glue.meta.events.unregister(f"before-send.glue.{operation}", refuse_after_expiry)

    def _renew(self) -> None:
        """Write a later expiry; an expired lease is still held if no other writer has taken it over."""
        body, expires_at = self._body()
        etag = replace_if_match(self.s3, self.bucket, self.key, body, self.etag, sleep=self.sleep)
        if etag is None:
            stored = read_object(self.s3, self.bucket, self.key)
            holder = _read_holder(stored, self.seconds) if stored else None
            if stored is None or holder is None or holder.nonce != self.nonce:
                raise self._lost(holder)
            etag, expires_at = stored.etag, holder.expires_at
        self.etag, self.expires_at = etag, expires_at

    def _acquire(self) -> _Holder | None:
        """Take the lease if it is free, or if its expiry and the grace period have passed; otherwise, return its holder."""
        body, self.expires_at = self._body()
        if etag := put_if_absent(self.s3, self.bucket, self.key, body, sleep=self.sleep):
            self.etag = etag
            return None
        stored = read_object(self.s3, self.bucket, self.key)
        if stored is None:
            return _Holder("a writer that has just ended", "", self.now())
        holder = _read_holder(stored, self.seconds)
        if holder.nonce == self.nonce:  # the answer to the first put was lost, and botocore repeated the put
            self.etag, self.expires_at = stored.etag, holder.expires_at
            return None
        if self.now() < holder.expires_at + timedelta(seconds=GRACE_SECONDS):
            return holder
        body, self.expires_at = self._body()
        etag = replace_if_match(self.s3, self.bucket, self.key, body, stored.etag, sleep=self.sleep)
        if etag is None:
            return holder  # another writer was faster, or the answer was lost: the next attempt finds out
        self.etag = etag
        return None

    def _release(self) -> None:
        """Delete the lease, unless another writer has taken it over."""
        with self._lock:
            if delete_if_match(self.s3, self.bucket, self.key, self.etag, sleep=self.sleep):
                return
            stored = read_object(self.s3, self.bucket, self.key)
            if stored and _read_holder(stored, self.seconds).nonce == self.nonce:  # renewed, but the answer was lost
                delete_if_match(self.s3, self.bucket, self.key, stored.etag, sleep=self.sleep)

    def _body(self) -> tuple[bytes, datetime]:
        expires_at = self.now() + timedelta(seconds=self.seconds)
        text = format_instant(expires_at, "milliseconds")
        body = {"owner": self.owner, "nonce": self.nonce, "expires_at": text}
        return json.dumps(body, ensure_ascii=False).encode(), parse_instant(text)

    def _left(self) -> float:
        return (self.expires_at - self.now()).total_seconds()

    def _lost(self, holder: _Holder | None) -> LeaseLostError:
        by = f"was taken over by {holder.owner}" if holder else "was deleted"
        return LeaseLostError(f"s3://{self.bucket}/{self.key}: the lease of {self.owner} {by}; run it again")


@contextmanager
def hold_lease(
    s3: S3Client,
    bucket: str,
    key: str,
    owner: str,
    *,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
    sleep: Callable[[float], None] = time.sleep,
    seconds: float = LEASE_SECONDS,
    wait_seconds: float = WAIT_SECONDS,
) -> Iterator[Lease]:
    """Hold a table's lease for the duration of the block.

    Parameters
    ----------
    key
        ``key_layout.lease_key(database, table)``.
    owner
        The holder's name or ARN, which is shown to other writers.
    seconds
        Duration of the lease unless it is renewed.
    wait_seconds
        Maximum time to wait for another holder's lease.

    Raises
    ------
    LeaseHeldError
        If another writer still holds the lease; the message names the holder and the expiry.
    """
    lease = Lease(s3, bucket, key, owner, now, sleep, seconds)
    deadline = now() + timedelta(seconds=wait_seconds)
    while holder := lease._acquire():  # noqa: SLF001  # a lease has no other maker
        left = (deadline - now()).total_seconds()
        if left <= 0:
            raise LeaseHeldError(
                f"s3://{bucket}/{key} is held by {holder.owner} until {format_instant(holder.expires_at)}, or longer "
                "if it is renewed: wait for it to end or, if it has died, until "
                f"{format_instant(holder.expires_at + timedelta(seconds=GRACE_SECONDS))}"
            )
        sleep(min(_POLL_SECONDS, left))
    try:
        yield lease
    except BaseException:
        with suppress(s3.exceptions.ClientError):  # raise the original error; the lease expires anyway
            lease._release()  # noqa: SLF001
        raise
    lease._release()  # noqa: SLF001


def _read_holder(stored: StoredObject, seconds: float) -> _Holder:
    """Parse a lease. An unreadable lease expires by its LastModified, so that it cannot block writers forever."""
    try:
        body: Any = json.loads(stored.body)
        return _Holder(str(body["owner"]), str(body["nonce"]), parse_instant(body["expires_at"]))
    except (ValueError, KeyError, TypeError, RecursionError):
        return _Holder("an unreadable lease", "", stored.last_modified + timedelta(seconds=seconds))
