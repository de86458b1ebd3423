"""``pipelines redshift-sql``: the SQL statements that make the tables available in Redshift."""

from typing import Annotated

import typer

from partitioned_pipelines.cli.command import command
from partitioned_pipelines.cli.errors import CommandError, ExitCode
from partitioned_pipelines.cli.project import open_project
from partitioned_pipelines.cli.settings import Settings
from partitioned_pipelines.cli.target.clouds import open_cloud
from partitioned_pipelines.cli.terminal.output import note, print_json, say
from partitioned_pipelines.operations.remedy import Command, Remedy
from partitioned_pipelines.spec import external_schema, group_problem

Groups = Annotated[
    list[str] | None,
    typer.Option(
        "--group",
        "-g",
        metavar="NAME",
        help="Redshift group that may use the schemas; may be repeated  [default: none]",
    ),
]


@command
def redshift_sql(settings: Settings, group: Groups = None) -> None:
    """Print the SQL that a Redshift superuser runs once to add the databases as schemas.

    The lake must be deployed with `redshift: true` in deployment.yaml.
    """
    groups = group or []
    for name in groups:
        if problem := group_problem(name):
            raise CommandError(f"--group {problem}")
    project = open_project(settings, redshift=True)
    with open_cloud(settings) as cloud:
        outputs = cloud.stack_outputs(settings.data_lake_stack)
        region = cloud.session.region_name
    if "RedshiftRoleArn" not in outputs:
        raise CommandError(
            f"{settings.data_lake_stack} is deployed without a role for Redshift",
            Remedy.of("write `redshift: true` into deployment.yaml, and deploy: ", Command(("deploy",), target="aws")),
            exit_code=ExitCode.NO_CLOUD,
        )
    role_arn = outputs["RedshiftRoleArn"]
    databases = sorted({table.database for pipeline in project.pipelines for table in pipeline.tables})
    statements = {
        database: external_schema(database, role_arn=role_arn, region=region, groups=groups) for database in databases
    }
    if settings.json:
        print_json({"role_arn": role_arn, "databases": statements})
        return
    for database in databases:
        for statement in statements[database]:
            for line in f"{statement};".splitlines():
                say(line)
    note(f"attach the role {role_arn} to the cluster or the namespace first", style="dim")
