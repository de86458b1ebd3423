"""Files that are YAML and no pipeline: what stands in place of what, the field that is told, a part of the message.

``IN_EDITORS`` are those that the JSON Schema refuses too; ``ON_LOADING`` takes more than a schema to find.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from _pytest.mark import ParameterSet

_TABLE_SOURCE = "source: transform"
_RAW = '"s3://{lake}/raw/features/{process_date}/"'


def _case(why: str, old: str, new: str, field: str, says: str, *, below: int = 0) -> ParameterSet:
    """Describe a mistake; it is told ``below`` lines under the one where ``old`` begins."""
    return pytest.param(old, new, field, says, below, id=why.replace(" ", "-"))


IN_EDITORS = [
    # 1: unknown keys
    _case("typo at the top", "description: 特徴量\n", "descripton: x\n", "descripton", "did you mean 'description'?"),
    _case("typo in schedule", "timezone: Asia/Tokyo", "timezon: Asia/Tokyo", "schedule.timezon", "did you mean 'timezone'?"),
    _case("typo in step", "timeout_minutes", "timeout_minute", "steps[1].timeout_minute", "did you mean 'timeout_minutes'?"),
    _case("typo in instance", "volume_gb: 30", "volume_bg: 30", "steps[1].instance.volume_bg", "did you mean 'volume_gb'?"),
    _case("typo in table", "layout: versioned", "layot: versioned", "table.layot", "did you mean 'layout'?"),
    _case("typo in column", "type: string, comment: 説明。", "typ: string, type: int", "table.columns[0].typ", "did you mean 'type'?"),
    _case("typo in key", "date_format:", "dateformat:", "table.partition_keys[0].dateformat", "did you mean 'date_format'?"),
    _case("key like nothing known", "retries: 0", "zzz: 0", "steps[1].zzz", "known are arguments, environment,"),
    _case("key called like a marker", "retries: 0", '"<uri>": 0', "steps[1]['<uri>']", "is not a key here"),
    _case("key called like a pydantic marker", "retries: 0", '"[key]": 0', "steps[1]['[key]']", "is not a key here"),
    _case("sklearn image", "image: {dockerfile: scripts/Dockerfile}", "image: {uri: a/b:1, sklearn: 1.4-2}", "image.sklearn",
          "not supported yet: name the image by `uri:`"),
    _case("image of both kinds", "{dockerfile: scripts/Dockerfile}", "{dockerfile: scripts/Dockerfile, uri: a/b:1}", "image.uri",
          "`dockerfile:`, or a `uri:`"),
    _case("table as input", "{step: extract}", "{step: extract, table: analytics.x}", "steps[1].inputs.extract.table",
          "another table is not supported yet"),
    _case("misplaced table in a step", "retries: 0", "table: x", "steps[1].table", "known are arguments"),
    _case("typo in input", "extract: {step: extract}", "image: {step: extract, outpt: x}",
          "steps[1].inputs.image.outpt", "did you mean 'output'?"),
    # 2: missing, empty, of the wrong type
    _case("no name", "name: features\n", "", "name", "is missing"),
    _case("no script", "    script: scripts/extract.py\n", "", "steps[0].script", "is missing", below=-1),
    _case("no columns", "  columns:\n    - {name: feature1, type: string, comment: 説明。}\n    - {name: label, type: int}\n", "",
          "table.columns", "is missing", below=-7),
    _case("empty name", "name: features", "name:", "name", "is empty: write a value"),
    _case("tilde", "description: 特徴量", "description: ~", "description", "is empty: write a value"),
    _case("empty optional schedule", 'schedule: {cron: "0 6 * * ? *", timezone: Asia/Tokyo, date_offset_days: -1}', "schedule:",
          "schedule", "is empty"),
    _case("empty date format", '"%Y-%m-%d"', "", "table.partition_keys[0].date_format", "is empty"),
    _case("empty argument", '- "--since"', "-", "steps[1].arguments[0]", "is empty"),
    _case("octal look-alike", "LOG_LEVEL: INFO", "LOG_LEVEL: 012",
          "steps[1].environment.LOG_LEVEL", "which YAML reads as a whole number: put it in quotes"),
    _case("true in environment", "LOG_LEVEL: INFO", "LOG_LEVEL: true",
          "steps[1].environment.LOG_LEVEL", "is true, which YAML reads as true or false: put it in quotes"),
    _case("number in environment", "LOG_LEVEL: INFO", "LOG_LEVEL: 0.5",
          "steps[1].environment.LOG_LEVEL", "is 0.5, which YAML reads as a number: put it in quotes"),
    _case("number as argument", '"--since"', "1", "steps[1].arguments[0]", "put it in quotes"),
    _case("no for a boolean", "format: csv", "allow_empty: no", "table.allow_empty", "is 'no': give true or false"),
    _case("number in quotes", "retries: 0", 'retries: "0"', "steps[1].retries", "is '0': give a whole number"),
    _case("true for a number", "retries: 0", "retries: true", "steps[1].retries", "is true: give a whole number"),
    _case("half a minute", "timeout_minutes: 60", "timeout_minutes: 0.5", "steps[1].timeout_minutes", "is 0.5: give a whole number"),
    _case("not a number", "timeout_minutes: 60", "timeout_minutes: .nan", "steps[1].timeout_minutes", "give a whole number"),
    _case("too many retries", "retries: 0", "retries: 11", "steps[1].retries", "less than or equal to 10"),
    _case("timeout of nothing", "timeout_minutes: 60", "timeout_minutes: 0", "steps[1].timeout_minutes", "greater than or equal to 1"),
    _case("enormous number", "timeout_minutes: 60", f"timeout_minutes: {'9' * 4000}",
          "steps[1].timeout_minutes", "less than or equal to 12960"),
    _case("list for a text", "database: analytics", "database: [analytics]", "table.database", "is a list: give a text"),
    _case("mapping for a text", "database: analytics", "database: {a: b}", "table.database", "is a mapping: give a text"),
    _case("text for an image", "{dockerfile: scripts/Dockerfile}", "python:3.13",
          "image", "give {dockerfile: path} or {uri: registry/repository:version}"),
    _case("empty image", "{dockerfile: scripts/Dockerfile}", "{}", "image.uri", "is missing: an image is {dockerfile: path}"),
    _case("text for a schedule", '{cron: "0 6 * * ? *", timezone: Asia/Tokyo, date_offset_days: -1}', '"0 6 * * ? *"',
          "schedule", "give {cron: "),
    _case("number for an input", _RAW, "5", "steps[0].inputs.raw", "is 5: give s3://… or {step: x}"),
    _case("list for inputs", f"\n      raw: {_RAW}", " [raw]", "steps[0].inputs", "is a list: give names and what they read"),
    _case("number for a source", _TABLE_SOURCE, "source: 5", "table.source", "give the name of a step, or {step: x, output: y}"),
    _case("text for columns", '\n    - {name: dt, type: string, date_format: "%Y-%m-%d"}', " dt",
          "table.partition_keys", "is 'dt': give a list"),
    _case("empty list of keys", '\n    - {name: dt, type: string, date_format: "%Y-%m-%d"}', " []",
          "table.partition_keys", "is empty: give at least one"),
    _case("unknown format", "format: csv", "format: orc", "table.format", "is 'orc': give 'csv', 'json' or 'parquet'"),
    _case("unknown layout", "layout: versioned", "layout: inplace", "table.layout", "give 'versioned' or 'in_place'"),
    _case("key of type timestamp", "{name: dt, type: string", "{name: dt, type: timestamp",
          "table.partition_keys[0].type", "give 'string', 'date', 'int'"),
    _case("long comment", "説明。", "あ" * 256, "table.columns[0].comment", "has 256 characters: give at most 255"),
    # 3: names
    _case("upper case pipeline", "name: features", "name: Features", "name", "such as 'features'"),
    _case("hyphen in pipeline", "name: features", "name: my-features", "name", "such as 'my_features'"),
    _case("digit first", "name: features", "name: 2nd_features", "name", "such as 'n_2nd_features'"),
    _case("pipeline of 41", "name: features", f"name: {'a' * 41}", "name", "has 41 characters: give at most 40"),
    _case("sql in a table", "name: table1", 'name: "x;drop table y"', "table.name", "such as 'x_drop_table_y'"),
    _case("path as a table", "name: table1", "name: ../x", "table.name", "such as 'x'"),
    _case("path as a database", "database: analytics", "database: a/b", "table.database", "such as 'a_b'"),
    _case("upper case column", "name: feature1", "name: Feature1", "table.columns[0].name", "such as 'feature1'"),
    _case("Japanese column", "name: feature1", "name: 特徴", "table.columns[0].name", "such as 'name'"),
    _case("equals sign in a key", "{name: dt,", "{name: dt=,", "table.partition_keys[0].name", "such as 'dt'"),
    _case("table of 256", "name: table1", f"name: {'a' * 256}", "table.name", "has 256 characters: give at most 255"),
    _case("input as a path", "      raw:", "      ../raw:", "steps[0].inputs['../raw']", "such as 'raw'"),
    _case("reference as a name", "name: features", 'name: "${AWS::StackName}"', "name", "lower-case letters"),
    # column types that a pattern can tell
    _case("misnamed type", "type: int}", "type: integer}", "table.columns[1].type", "Hive calls it 'int'"),
    _case("unknown type", "type: int}", "type: number}", "table.columns[1].type", "give one of bigint, binary"),
    _case("type with code", "type: int}", 'type: "int; drop table x"}', "table.columns[1].type", "give one of bigint"),
    # 7: schedule
    _case("five fields", '"0 6 * * ? *"', '"0 6 * * *"', "schedule.cron", "has 5 fields: give six (minutes, hours,"),
    _case("offset of a century", "date_offset_days: -1", "date_offset_days: -36500",
          "schedule.date_offset_days", "greater than or equal to -3660"),
    # inputs, outputs and what else belongs to a step
    _case("input that is no URI", _RAW, "raw/features/", "steps[0].inputs.raw", "give s3://{lake}/raw/"),
    _case("input over https", _RAW, "https://bucket.s3.amazonaws.com/x/", "steps[0].inputs.raw", "give s3://{lake}/raw/"),
    _case("bucket in upper case", _RAW, "s3://Bucket/x/", "steps[0].inputs.raw", "give s3://{lake}/raw/"),
    _case("reference for a bucket", _RAW, '"s3://${Bucket}/x/"', "steps[0].inputs.raw", "give s3://{lake}/raw/"),
    _case("output elsewhere", "rows: /opt/ml/processing/output", "rows: /tmp/output",
          "steps[1].outputs.rows", "give a folder below /opt/ml/processing/"),
    _case("script that is none", "script: scripts/extract.py", "script: scripts/Dockerfile", "steps[0].script", "ends in .py"),
    _case("absolute script", "script: scripts/extract.py", "script: /etc/x.py", "steps[0].script", "a path inside the project"),
    _case("image without a registry", "{dockerfile: scripts/Dockerfile}", '{uri: "python:3.13"}',
          "image.uri", "give registry/repository:tag"),
    _case("misnamed instance", "type: ml.t3.medium", "type: t3.medium", "steps[1].instance.type", "such as 'ml.m5.xlarge'"),
    _case("two instances", "count: 1", "count: 2", "steps[1].instance.count", "not supported yet, give 1"),
    _case("empty text as argument", '"--since"', '""', "steps[1].arguments[0]", "SageMaker takes no empty argument"),
    _case("long argument", '"--since"', "x" * 257, "steps[1].arguments[0]", "has 257 characters: SageMaker takes at most 256"),
    _case("long environment value", "LOG_LEVEL: INFO", f"LOG_LEVEL: {'x' * 257}", "steps[1].environment.LOG_LEVEL", "has 257 characters"),
    _case("hyphen in a variable", "LOG_LEVEL: INFO", "LOG-LEVEL: INFO", "steps[1].environment.LOG-LEVEL", "not a variable's name"),
    _case("date format without a date", '"%Y-%m-%d"', "daily", "table.partition_keys[0].date_format", "has no part of a date"),
    # 14: limits
    _case("ten inputs", f"      raw: {_RAW}", "".join(f"      raw{i}: s3://{{lake}}/raw/{i}/\n" for i in range(10)), "steps[0].inputs",
          "has 10 entries: SageMaker takes ten, and the script's folder is one of them; give at most 9", below=-1),
    _case("96 variables", "LOG_LEVEL: INFO", "\n      ".join(f"V{i}: x" for i in range(96)), "steps[1].environment",
          "SageMaker takes 100, and each run sets 5 of its own", below=-1),
    _case("101 arguments", '- "--since"', "\n      ".join(["- x"] * 101),
          "steps[1].arguments", "has 101 entries: SageMaker takes at most 100", below=-1),
]  # fmt: skip

ON_LOADING = [
    # 3, 5: names that are taken
    _case("name of the lake's stack", "name: features", "name: data_lake", "name", "the lake's own stack"),
    _case("input called code", "      raw:", "      code:", "steps[0].inputs.code", "the script's own folder"),
    _case("line break in a name", "name: table1", r'name: "table1\n"', "table.name", "lower-case letters"),
    # 4: what other languages would evaluate, see also test_literal_text.py
    _case("Jinja in a URI", "raw/features/", "raw/{% raw %}/", "steps[0].inputs.raw", "not a placeholder"),
    _case("reference in a URI", "raw/features/", "raw/${AWS::Region}/", "steps[0].inputs.raw", "not a placeholder"),
    _case("token of the CDK", "description: 特徴量\n", 'description: "${Token[AWS.Region.4]}"\n',
          "description", "would be evaluated when it is deployed"),
    _case("list token of the CDK", "LOG_LEVEL: INFO", 'LOG_LEVEL: "#{Token[TOKEN.1]}"',
          "steps[1].environment.LOG_LEVEL", "would be evaluated"),
    _case("dynamic reference", '"--since"', '"x{{resolve:ssm:password}}"',
          "steps[1].arguments[0]", "would be evaluated when it is deployed"),
    _case("control character", "説明。", r'"a\x07b"', "table.columns[0].comment", r"holds the character '\x07'"),
    _case("half a character", "説明。", r'"\ud800"', "table.columns[0].comment", r"holds the character '\ud800'"),
    # 6
    _case("key equal to a column", "{name: dt,", "{name: label,", "table.partition_keys[0].name", "a key is no column"),
    _case("column twice", "name: label", "name: feature1", "table.columns[1].name", "column names are unique"),
    _case("comment of two lines", "説明。", r'"a\nb"', "table.columns[0].comment", "Glue takes one line"),
    _case("nested type in CSV", "type: int}", 'type: "array<int>"}',
          "table.columns[1].type", "a CSV table has no arrays; use Parquet or JSON"),
    _case("decimal out of range", "type: int}", 'type: "decimal(39,2)"}', "table.columns[1].type", "p from 1 to 38"),
    # 7: see also test_cron.py
    _case("hour 25", '"0 6 * * ? *"', '"0 25 * * ? *"', "schedule.cron", "hours '25': '25' is not 0 to 23"),
    _case("timezone in lower case", "Asia/Tokyo", "asia/tokyo", "schedule.timezone", "did you mean 'Asia/Tokyo'?"),
    _case("timezone misspelt", "Asia/Tokyo", "Asia/Tokio", "schedule.timezone", "did you mean 'Asia/Tokyo'?"),
    _case("timezone's short name", "Asia/Tokyo", "JST", "schedule.timezone", "give one such as 'Asia/Tokyo'"),
    _case("timezone as an offset", "Asia/Tokyo", '"+09:00"', "schedule.timezone", "give one such as 'Asia/Tokyo'"),
    _case("timezone as a path", "Asia/Tokyo", "../../etc/passwd", "schedule.timezone", "no IANA timezone"),
    # 8, 9: see also test_s3_uri_check.py
    _case("own table as input", "raw/features/{process_date}/", "tables/analytics/table1/runs/",
          "steps[0].inputs.raw", "would mix the table's runs"),
    _case("wildcard", "{process_date}/", "*.csv", "steps[0].inputs.raw", "S3 knows no wildcards ('*')"),
    # 10: see also test_names.py
    _case("password", "LOG_LEVEL: INFO", "DB_PASSWORD: hunter2", "steps[1].environment.DB_PASSWORD", "keep it in Secrets Manager"),
    _case("access key as argument", '"--since"', "AKIAIOSFODNN7EXAMPLE", "steps[1].arguments[0]", "keep it in Secrets Manager"),
    _case("variable of the run", "LOG_LEVEL: INFO", "PROCESS_DATE: x", "steps[1].environment.PROCESS_DATE", "is set by each run"),
    # 11: images
    _case("latest", "{dockerfile: scripts/Dockerfile}", '{uri: "r.example.com/a:latest"}', "image.uri", "can mean another image tomorrow"),
    _case("no Dockerfile", "scripts/Dockerfile", "scripts/Dockerfil", "image.dockerfile", "did you mean 'Dockerfile'?"),
    _case("requirements that are not there",
          "{dockerfile: scripts/Dockerfile}", '{uri: "r.example.com/a:1", local_requirements: scripts/r.txt}',
          "image.local_requirements", "there is no such file"),
    # 12: references
    _case("step that reads itself", "extract: {step: extract}", "extract: {step: transform}",
          "steps[1].inputs.extract", "reads the step's own output: name an earlier step"),
    _case("unknown step", "extract: {step: extract}", "extract: {step: extrct}", "steps[1].inputs.extract.step", "did you mean 'extract'?"),
    _case("cycle", f"raw: {_RAW}", "raw: {step: transform}", "steps[0].inputs.raw.step", "runs later: steps run in the order of the file"),
    _case("unknown output", "extract: {step: extract}", "extract: {step: extract, output: row}",
          "steps[1].inputs.extract.output", "which extract does not have: known are extract"),
    _case("unknown source", _TABLE_SOURCE, "source: transfrom", "table.source", "did you mean 'transform'?"),
    _case("unknown output of the source", _TABLE_SOURCE, "source: {step: transform, output: row}",
          "table.source.output", "did you mean 'rows'?"),
    _case("which of two outputs", "rows: /opt/ml/processing/output", "rows: /opt/ml/processing/a\n      more: /opt/ml/processing/b",
          "table.source", "has several outputs (rows, more)", below=10),
    _case("which of two outputs as input", "    missing_input: fail", "    outputs: {a: /opt/ml/processing/a, b: /opt/ml/processing/b}",
          "steps[1].inputs.extract", "extract has several outputs (a, b): name one", below=4),
    # files and folders
    _case("script that is not there", "script: scripts/extract.py", "script: scripts/extrakt.py",
          "steps[0].script", "did you mean 'extract.py'?"),
    _case("script outside", "script: scripts/extract.py", "script: scripts/../../x.py", "steps[0].script", "a path inside the project"),
    _case("script of 5000 characters", "script: scripts/extract.py", f"script: {'x' * 5000}.py", "steps[0].script", "cannot be looked up"),
    _case("folder as a script", "script: scripts/extract.py", "script: scripts/d.py", "steps[0].script", "there is no such file"),
    _case("output over the script", "rows: /opt/ml/processing/output", "rows: /opt/ml/processing/input/code/x",
          "steps[1].outputs.rows", "overlaps the input code"),
    _case("output over an input", "rows: /opt/ml/processing/output", "rows: /opt/ml/processing/input/extract",
          "steps[1].outputs.rows", "overlaps the input extract"),
    _case("output that climbs", "rows: /opt/ml/processing/output", "rows: /opt/ml/processing/../x",
          "steps[1].outputs.rows", "give a folder below"),
    _case("output with a reference", "rows: /opt/ml/processing/output", 'rows: "/opt/ml/processing/${X}"',
          "steps[1].outputs.rows", "give a folder below"),
    # 15: keys and formats
    _case("int key with hyphens", "type: string, date_format", "type: int, date_format",
          "table.partition_keys[0].date_format", "use digits only, such as '%Y%m%d'"),
    _case("tinyint key with a year", 'type: string, date_format: "%Y-%m-%d"', 'type: tinyint, date_format: "%Y"',
          "table.partition_keys[0].date_format", "9999 is too large"),
    _case("date key in digits", 'type: string, date_format: "%Y-%m-%d"', 'type: date, date_format: "%Y%m%d"',
          "table.partition_keys[0].date_format", "are written '%Y-%m-%d'"),
    _case("hours in a date", '"%Y-%m-%d"', '"%Y-%m-%dT%H"', "table.partition_keys[0].date_format", "'%H'"),
    _case("percent signs only", '"%Y-%m-%d"', '"100%%"', "table.partition_keys[0].date_format", "has no part of a date"),
]  # fmt: skip
