"""The table formats: their descriptions in Glue and the capabilities of their readers. The only list of formats."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

TableFormat = Literal["csv", "json", "parquet", "orc"]
TABLE_FORMATS: tuple[TableFormat, ...] = get_args(TableFormat)


@dataclass(frozen=True, slots=True)
class StorageFormat:
    """A table format: its SerDe, input and output formats and parameters in Glue's terms, and the engines' support for it.

    Attributes
    ----------
    title
        The format's name in messages.
    has_nested_types
        True if columns may be arrays, maps and structs.
    is_read_by_name
        True if engines find columns in a file by name, False if by position.
    has_dates_in_redshift
        True if Redshift Spectrum reads columns of type date.
        https://docs.aws.amazon.com/redshift/latest/dg/r_CREATE_EXTERNAL_TABLE.html
    """

    title: str
    input_format: str
    output_format: str
    serialization_library: str
    serde_parameters: Mapping[str, str]
    table_parameters: Mapping[str, str]
    has_nested_types: bool = True
    is_read_by_name: bool = True
    has_dates_in_redshift: bool = True


FORMATS: dict[TableFormat, StorageFormat] = {
    "csv": StorageFormat(
        title="CSV",
        input_format="org.apache.hadoop.mapred.TextInputFormat",
        output_format="org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
        serialization_library="org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe",
        serde_parameters={"field.delim": ",", "serialization.format": ","},
        table_parameters={
            "classification": "csv",
            "EXTERNAL": "TRUE",
            "columnsOrdered": "true",
            "areColumnsQuoted": "false",
            "delimiter": ",",
        },
        has_nested_types=False,
        is_read_by_name=False,
    ),
    # https://docs.aws.amazon.com/athena/latest/ug/openx-json-serde.html: by default a malformed line fails the query, and the case of keys does
    # not matter.
    "json": StorageFormat(
        title="JSON",
        input_format="org.apache.hadoop.mapred.TextInputFormat",
        output_format="org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
        serialization_library="org.openx.data.jsonserde.JsonSerDe",
        serde_parameters={"serialization.format": "1"},
        table_parameters={"classification": "json", "EXTERNAL": "TRUE"},
        has_dates_in_redshift=False,
    ),
    "parquet": StorageFormat(
        title="Parquet",
        input_format="org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
        output_format="org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
        serialization_library="org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe",
        serde_parameters={"serialization.format": "1"},
        table_parameters={"classification": "parquet", "EXTERNAL": "TRUE"},
    ),
    # By default, Athena finds ORC columns by position and Redshift Spectrum by name. Set both to use names explicitly, as Spark does.
    # https://docs.aws.amazon.com/athena/latest/ug/handling-schema-updates-chapter.html#index-access,
    # https://docs.aws.amazon.com/redshift/latest/dg/c-spectrum-external-tables.html#c-spectrum-column-mapping-orc
    "orc": StorageFormat(
        title="ORC",
        input_format="org.apache.hadoop.hive.ql.io.orc.OrcInputFormat",
        output_format="org.apache.hadoop.hive.ql.io.orc.OrcOutputFormat",
        serialization_library="org.apache.hadoop.hive.ql.io.orc.OrcSerde",
        serde_parameters={"serialization.format": "1", "orc.column.index.access": "false"},
        table_parameters={"classification": "orc", "EXTERNAL": "TRUE", "orc.schema.resolution": "name"},
    ),
}


def storage_descriptor(
    table_format: TableFormat, columns: Iterable[Mapping[str, Any]], location: str
) -> dict[str, Any]:
    """Build a Glue StorageDescriptor.

    Parameters
    ----------
    table_format
        One of ``FORMATS``.
    columns
        Mappings with ``name``, ``type`` and, optionally, ``comment``; without the partition keys.
    location
        ``s3://bucket/prefix/``.
    """
    storage_format = FORMATS[table_format]
    return {
        "Columns": [glue_column(column) for column in columns],
        "Location": location,
        "InputFormat": storage_format.input_format,
        "OutputFormat": storage_format.output_format,
        "SerdeInfo": {
            "SerializationLibrary": storage_format.serialization_library,
            "Parameters": dict(storage_format.serde_parameters),
        },
    }


def format_of(descriptor: Mapping[str, Any]) -> TableFormat | None:
    """Return the format that a StorageDescriptor describes; None if it is not one of ``FORMATS``."""
    library = descriptor.get("SerdeInfo", {}).get("SerializationLibrary")
    return next((name for name in TABLE_FORMATS if FORMATS[name].serialization_library == library), None)


def table_parameters(table_format: TableFormat) -> dict[str, str]:
    """Return the Parameters of a Glue table."""
    return dict(FORMATS[table_format].table_parameters)


def glue_column(column: Mapping[str, Any]) -> dict[str, str]:
    """Build a Glue Column without an empty comment, because Glue does not return one."""
    built = {"Name": column["name"], "Type": column["type"]}
    comment = column.get("comment")
    return {**built, "Comment": comment} if comment else built


def without_defaults(description: Any) -> Any:  # any JSON
    """Remove empty values before a comparison: Glue returns defaults that were never set, such as ``NumberOfBuckets: 0``."""
    if isinstance(description, dict):
        return {name: kept for name, item in description.items() if (kept := without_defaults(item))}
    if isinstance(description, list | tuple):
        return [without_defaults(item) for item in description]
    return description or None
