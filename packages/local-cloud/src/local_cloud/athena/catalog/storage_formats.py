"""The storage descriptors of the file formats that statements can name."""

from __future__ import annotations

from typing import Any

LAZY_SIMPLE = "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe"
OPEN_CSV = "org.apache.hadoop.hive.serde2.OpenCSVSerde"
PARQUET = "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"
ORC = "org.apache.hadoop.hive.ql.io.orc.OrcSerde"
OPENX_JSON = "org.openx.data.jsonserde.JsonSerDe"
HCATALOG_JSON = "org.apache.hive.hcatalog.data.JsonSerDe"

_TEXT = ("org.apache.hadoop.mapred.TextInputFormat", "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat")
_PARQUET = (
    "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
    "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
)
_ORC = ("org.apache.hadoop.hive.ql.io.orc.OrcInputFormat", "org.apache.hadoop.hive.ql.io.orc.OrcOutputFormat")
_AVRO = (
    "org.apache.hadoop.hive.ql.io.avro.AvroContainerInputFormat",
    "org.apache.hadoop.hive.ql.io.avro.AvroContainerOutputFormat",
)
# Input format, output format, SerDe.
_FORMATS = {
    "AVRO": (*_AVRO, "org.apache.hadoop.hive.serde2.avro.AvroSerDe"),
    "JSON": (*_TEXT, OPENX_JSON),
    "ORC": (*_ORC, ORC),
    "PARQUET": (*_PARQUET, PARQUET),
    "TEXTFILE": (*_TEXT, LAZY_SIMPLE),
}


def storage_of(file_format: str) -> dict[str, Any] | None:
    """Return a format's part of a StorageDescriptor, or None if the format does not exist."""
    found = _FORMATS.get(file_format.upper())
    if found is None:
        return None
    input_format, output_format, library = found
    return {
        "InputFormat": input_format,
        "OutputFormat": output_format,
        "SerdeInfo": {"SerializationLibrary": library, "Parameters": {"serialization.format": "1"}},
    }
