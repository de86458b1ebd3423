"""Errors of Athena's: a statement that can't be read is refused at once, one that fails says so in its status."""

from __future__ import annotations

from moto.core.exceptions import ServiceException

# https://docs.aws.amazon.com/athena/latest/ug/error-reference.html
USER_ERROR = 2
SYSTEM_ERROR = 1


class InvalidStatementError(ServiceException):
    """Refused by StartQueryExecution."""

    code = "InvalidRequestException"

    def __init__(self, message: str) -> None:
        super().__init__(message)


def invalid_token(_token: str) -> InvalidStatementError:
    """Return the refusal of a NextToken that Athena has not returned."""
    return InvalidStatementError(message="Invalid next token")


class QueryFailedError(Exception):
    """Ends a query as FAILED.

    Parameters
    ----------
    name
        Such as ``COLUMN_NOT_FOUND``.
    message
        What follows it in the reason.
    """

    def __init__(self, name: str, message: str) -> None:
        super().__init__(f"{name}: {message}")
        self.category = USER_ERROR


class TableNotFoundError(QueryFailedError):
    """A table that is not in the catalog."""

    def __init__(self, database: str, table: str, position: str = "line 1:1") -> None:
        super().__init__("TABLE_NOT_FOUND", f"{position}: Table 'awsdatacatalog.{database}.{table}' does not exist")


class DatabaseNotFoundError(QueryFailedError):
    """A database that is not in the catalog."""

    def __init__(self, database: str, position: str = "line 1:1") -> None:
        super().__init__("SCHEMA_NOT_FOUND", f"{position}: Schema '{database}' does not exist")
