"""The report of what runs used, and of the amounts at the prices of a list."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from partitioned_pipelines.cli.errors import CommandError
from partitioned_pipelines.cli.terminal.output import note, print_table, say
from partitioned_pipelines.lake.intervals.instants import format_instant
from partitioned_pipelines.lake.unsafe_text import visible
from partitioned_pipelines.operations.costs.price_list import InvalidPriceListError, PriceList
from partitioned_pipelines.operations.costs.totals import Total, by_month

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from decimal import Decimal
    from pathlib import Path

    from partitioned_pipelines.cli.settings import Settings
    from partitioned_pipelines.operations.costs.run_cost import RunCost

_SECONDS = 3600


def read_price_list(settings: Settings, given: Path | None) -> PriceList | None:
    """Return the prices of a file or, on AWS, of the file that deployment.yaml names; None without either.

    Raises
    ------
    CommandError
        If the file cannot be read or is invalid; the message has the file and each field.
    """
    named = settings.options.prices
    path = given or (settings.project / named if named and not settings.local else None)
    if path is None:
        return None
    try:
        return PriceList.parse(path.read_text(encoding="utf-8"), visible(str(given or named)))
    except InvalidPriceListError as error:
        raise CommandError(str(error), "correct it, or write a new list with `pipelines prices`") from error
    except OSError as error:
        raise CommandError(f"the list of prices {visible(str(path))} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise CommandError(f"the list of prices {visible(str(path))} is not UTF-8 at byte {error.start}") from error


def require_region(prices: PriceList, region: str | None) -> None:
    """Raise CommandError if prices are not those of a region."""
    if region is not None and prices.region != region:
        raise CommandError(
            f"the list has the prices of {prices.region}, and the pipeline runs in {region}",
            f"write one of that region: pipelines prices --region {region} --output prices.json",
        )


def cost_document(
    costs: Sequence[RunCost], statuses: Sequence[str | None], prices: PriceList | None, region: str | None
) -> dict[str, Any]:
    """Return the JSON document of the costs of runs, in the order given; ``region`` is that of the pipeline."""
    return {
        "region": region,
        "prices": price_head(prices) if prices else None,
        "runs": [_run_document(cost, status) for cost, status in zip(costs, statuses, strict=True)],
        "months": [
            {
                "month": each.month,
                "succeeded_or_running": _total_document(each.succeeded_or_running),
                "failed": _total_document(each.failed),
            }
            for each in by_month(costs)
        ],
    }


def price_head(prices: PriceList) -> dict[str, str]:
    """Return what a report says of the list of its prices."""
    document = prices.document()
    return {name: document[name] for name in ("region", "currency", "as_of", "source")}


def print_costs(document: dict[str, Any], *, local: bool) -> None:
    """Print the document as tables: hours or, of the local cloud, seconds."""
    unit = time_unit(local=local)
    prices = document["prices"]
    money = [prices["currency"]] if prices else []

    def time(hours: float) -> str:
        return time_text(hours, local=local)

    print_table(
        ["run_id", "started_at", "status", "instances", f"job {unit}", *money],
        [
            [
                run["run_id"],
                run["started_at"] or "",
                run["status"] or "",
                ", ".join(f"{name} {time(hours)}" for name, hours in run["instance_hours"].items()),
                time(run["hours"]) + (" +?" if run["untimed_jobs"] else ""),
                *([amount_text(run["amount"])] if prices else []),
            ]
            for run in document["runs"]
        ],
        numeric=[False, False, False, False, True, *(True for _ in money)],
    )
    say("")
    for month in document["months"]:
        succeeded, failed = month["succeeded_or_running"], month["failed"]
        parts = [f"{month['month'] or 'unknown month'}: {_total_text(succeeded, time, unit, money)}"]
        if failed["runs"]:
            parts.append(f"failed runs: {_total_text(failed, time, unit, money)}")
        say("; ".join(parts))
    _print_notes(document, local=local)


def _print_notes(document: dict[str, Any], *, local: bool) -> None:
    note(price_note(document["prices"], document["region"], local=local), style="dim")
    unpriced = sorted({name for run in document["runs"] for name in run["unpriced"]})
    if unpriced:
        note(f"no amount for runs that need a price that the list lacks: {', '.join(unpriced)}", style="yellow")
    if any(run["untimed_jobs"] for run in document["runs"]):
        note("+? : a job has not ended, or SageMaker does not say when it ran; its run has no amount", style="yellow")


def time_unit(*, local: bool) -> str:
    """Return the unit in which the time of jobs is printed: local ones take seconds."""
    return "seconds" if local else "hours"


def time_text(hours: float, *, local: bool) -> str:
    """Return hours as a number of that unit."""
    return f"{hours * _SECONDS:,.1f}" if local else f"{hours:,.3f}"


def price_note(prices: Mapping[str, str] | None, region: str | None, *, local: bool) -> str:
    """Return which prices the amounts of a report are at, or why it has none.

    Parameters
    ----------
    prices
        What ``price_head`` returns; None without a list.
    region
        The pipeline's.
    """
    if prices:
        return f"at prices of {prices['as_of']}, {prices['region']}: {prices['source']}"
    if local:
        return "nothing is paid here: the local cloud runs jobs on this machine"
    return f"hours only, without a list of prices: pipelines prices --region {region} --output prices.json, then --prices prices.json"


def _run_document(cost: RunCost, status: str | None) -> dict[str, Any]:
    started = cost.record.started_at
    return {
        "run_id": cost.record.run_id,
        "started_at": format_instant(started) if started else None,
        "status": status,
        "failed": cost.record.failed,
        "instance_hours": {name: round(hours, 6) for name, hours in sorted(cost.hours.items())},
        "hours": round(cost.total_hours, 6),
        "untimed_jobs": cost.untimed_jobs,
        "amount": amount_number(cost.amount),
        "unpriced": list(cost.unpriced),
    }


def _total_document(total: Total) -> dict[str, Any]:
    return {
        "runs": total.runs,
        "hours": round(total.hours, 6),
        "amount": amount_number(total.amount),
        "without_amount": total.without_amount,
    }


def _total_text(total: dict[str, Any], time: Any, unit: str, money: list[str]) -> str:
    text = f"{total['runs']:,} {'run' if total['runs'] == 1 else 'runs'}, {time(total['hours'])} {unit}"
    if not money or not total["runs"]:
        return text
    unknown = f" and {total['without_amount']:,} without an amount" if total["without_amount"] else ""
    return f"{text}, {amount_text(total['amount']) or 'no amount'} {money[0]}{unknown}"


def amount_number(amount: Decimal | None) -> float | None:
    """Return an amount as a number of a document."""
    return None if amount is None else float(round(amount, 6))


def amount_text(amount: float | None) -> str:
    """Return an amount of a document as text; empty if it is unknown."""
    return "" if amount is None else f"{amount:,.4f}"
