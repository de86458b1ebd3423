"""``pipelines prices``: AWS's prices of a region, as the list from which costs are computed."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from partitioned_pipelines.cli.command import command
from partitioned_pipelines.cli.errors import CommandError, ExitCode
from partitioned_pipelines.cli.settings import Settings
from partitioned_pipelines.cli.target.target import Cloud, told_in_words
from partitioned_pipelines.cli.terminal.output import note, print_json, say, spinner
from partitioned_pipelines.operations.costs.aws_price_list import ENDPOINT_REGION, NoPricesError, ask_prices
from partitioned_pipelines.spec.model.deployment import REGION_PATTERN

Region = Annotated[str, typer.Option("--region", metavar="REGION", help="Region whose prices to ask for")]
Output = Annotated[
    Path | None, typer.Option("--output", "-o", metavar="FILE", help="File to write  [default: standard output]")
]


@command
def prices(settings: Settings, region: Region, output: Output = None) -> None:
    """Ask AWS's Price List for the on-demand prices of a region, and write them as a list for `runs --cost`.

    This asks AWS with your credentials, whatever the target is: the local cloud has no prices.
    """
    if not re.fullmatch(REGION_PATTERN, region):
        raise CommandError(f"--region {region!r}: write an AWS region, such as ap-northeast-1")
    with told_in_words(), spinner(f"asking for the prices of {region}"):
        pricing = Cloud.aws(ENDPOINT_REGION).session.client("pricing")
        try:
            asked = ask_prices(pricing, region, datetime.now(UTC).date())
        except NoPricesError as error:
            raise CommandError(str(error), exit_code=ExitCode.FAILED) from error
    document = asked.prices.document()
    if output is None:
        print_json(document)
    else:
        output.write_text(f"{json.dumps(document, indent=2)}\n", encoding="utf-8")
        if settings.json:
            print_json(document)
        else:
            say(
                f"{output}: {len(document['processing_hour'])} types of instances, {document['currency']}, as of {document['as_of']}"
            )
    for problem in asked.unknown:
        note(f"null, because AWS's Price List does not say it: {problem}", style="yellow")
