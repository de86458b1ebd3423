"""The lease of a table: one writer at a time, and a writer that died blocks nobody for long.

It is an object in S3. Whoever creates it holds it until the expiry in it, and renews it while at work. After the expiry
and a grace, which covers clocks that differ and a call that is still under way, it may be taken over. The Data Catalog
itself knows nothing of it (there is no fencing), so a holder asks before each batch of writes whether it still holds,
and its client begins no attempt of a call after the expiry, however often it tries again by itself.
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

from partitioned_pipelines.lake.interval import format_instant, parse_instant
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
# Longer than a dead holder's lease and the grace: what has died fails nobody.
WAIT_SECONDS = LEASE_SECONDS + GRACE_SECONDS + 60.0
_NEAR_EXPIRY = 0.25  # of the lease's time: with less left than that nothing is written
_POLL_SECONDS = 2.0
_WRITES = ("BatchCreatePartition", "BatchUpdatePartition")  # what registering writes


class LeaseError(RuntimeError):
    """A table's lease is not held."""


class LeaseHeldError(LeaseError):
    """Another writer holds the lease, and held it for as long as this one could wait."""


class LeaseLostError(LeaseError):
    """The lease was taken over, or its expiry is too near for another write."""


@dataclass(frozen=True, slots=True)
class _Holder:
    owner: str
    nonce: str
    expires_at: datetime


@dataclass
class Lease:
    """A lease that is held; made by `hold_lease`. Several threads may check it.

    Attributes
    ----------
    nonce
        Tells this holder from any other, also from an earlier attempt of the same owner.
    expires_at
        Until when it holds without being renewed.
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
    _begun: int = field(default=0, repr=False)  # reads, and the last of them that found the lease ours
    _verified: int = field(default=0, repr=False)

    def check(self) -> None:
        """Read the lease again, and renew it where half of its time is over; called before each batch of writes.

        Where several threads ask at once, a read that began after one of them had asked is an answer to it, too.

        Raises
        ------
        LeaseLostError
            If another has taken it over, where it is gone, or where its expiry is near even so.
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
            # Also where the answer to a put was lost: what carries our nonce is ours.
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
        """Let a client begin no attempt of a write after the expiry: by its retries alone, a call could outlast the grace, too.

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
        """Put a later expiry; where nobody has taken the lease over, it is ours even after its expiry."""
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
        """Take the lease where it is free, or long expired; otherwise say who holds it."""
        body, self.expires_at = self._body()
        if etag := put_if_absent(self.s3, self.bucket, self.key, body, sleep=self.sleep):
            self.etag = etag
            return None
        stored = read_object(self.s3, self.bucket, self.key)
        if stored is None:
            return _Holder("a writer that has just ended", "", self.now())
        holder = _read_holder(stored, self.seconds)
        if holder.nonce == self.nonce:  # the answer to our own put was lost, and the put was sent again
            self.etag, self.expires_at = stored.etag, holder.expires_at
            return None
        if self.now() < holder.expires_at + timedelta(seconds=GRACE_SECONDS):
            return holder
        body, self.expires_at = self._body()
        etag = replace_if_match(self.s3, self.bucket, self.key, body, stored.etag, sleep=self.sleep)
        if etag is None:
            return holder  # another was quicker, or our answer was lost: the next round tells
        self.etag = etag
        return None

    def _release(self) -> None:
        """Remove the lease; one that another has taken over stays."""
        with self._lock:
            if delete_if_match(self.s3, self.bucket, self.key, self.etag, sleep=self.sleep):
                return
            stored = read_object(self.s3, self.bucket, self.key)
            if stored and _read_holder(stored, self.seconds).nonce == self.nonce:  # renewed, and the answer was lost
                delete_if_match(self.s3, self.bucket, self.key, stored.etag, sleep=self.sleep)

    def _body(self) -> tuple[bytes, datetime]:
        expires_at = self.now() + timedelta(seconds=self.seconds)
        text = format_instant(expires_at, "milliseconds")
        body = {"owner": self.owner, "nonce": self.nonce, "expires_at": text}
        return json.dumps(body, ensure_ascii=False).encode(), parse_instant(text)

    def _left(self) -> float:
        return (self.expires_at - self.now()).total_seconds()

    def _lost(self, holder: _Holder | None) -> LeaseLostError:
        by = f"was taken over by {holder.owner}" if holder else "is gone"
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
    """Hold a table's lease for as long as the block lasts.

    Parameters
    ----------
    key
        ``key_layout.lease_key(database, table)``.
    owner
        Who holds it, in words or as an ARN: others are told.
    seconds
        For how long it holds without being renewed.
    wait_seconds
        For how long another's lease is waited for.

    Raises
    ------
    LeaseHeldError
        Naming the holder, and when its lease ends.
    """
    lease = Lease(s3, bucket, key, owner, now, sleep, seconds)
    deadline = now() + timedelta(seconds=wait_seconds)
    while holder := lease._acquire():  # noqa: SLF001  # a lease has no other maker
        left = (deadline - now()).total_seconds()
        if left <= 0:
            raise LeaseHeldError(
                f"s3://{bucket}/{key} is held by {holder.owner} until {format_instant(holder.expires_at)}, or longer "
                "where it is renewed: wait for it to end, or, where it has died, until "
                f"{format_instant(holder.expires_at + timedelta(seconds=GRACE_SECONDS))}"
            )
        sleep(min(_POLL_SECONDS, left))
    try:
        yield lease
    except BaseException:
        with suppress(s3.exceptions.ClientError):  # what went wrong first is what is told; the lease expires by itself
            lease._release()  # noqa: SLF001
        raise
    lease._release()  # noqa: SLF001


def _read_holder(stored: StoredObject, seconds: float) -> _Holder:
    """Read a lease; what is none expires as if it had been put for our own time, so that it blocks nobody for good."""
    try:
        body: Any = json.loads(stored.body)
        return _Holder(str(body["owner"]), str(body["nonce"]), parse_instant(body["expires_at"]))
    except (ValueError, KeyError, TypeError, RecursionError):
        return _Holder("something that is no lease", "", stored.last_modified + timedelta(seconds=seconds))
