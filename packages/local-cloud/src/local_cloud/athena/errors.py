"""Athena's errors: StartQueryExecution rejects invalid statements; others fail while they run."""

from __future__ import annotations

from moto.core.exceptions import ServiceException

# https://docs.aws.amazon.com/athena/latest/ug/error-reference.html
USER_ERROR = 2
SYSTEM_ERROR = 1


class InvalidStatementError(ServiceException):
    """The error of an invalid request, such as a statement that does not parse."""

    code = "InvalidRequestException"

    def __init__(self, message: str) -> None:
        super().__init__(message)


class ResourceNotFoundError(ServiceException):
    """The error for a prepared statement or a tagged resource that does not exist."""

    code = "ResourceNotFoundException"


def invalid_token(_token: str) -> InvalidStatementError:
    """Return the error for a NextToken that Athena did not issue."""
    return InvalidStatementError(message="Invalid next token")


class QueryFailedError(Exception):
    """The error of a statement that ends as FAILED.

    Parameters
    ----------
    name
        The name of the error, such as ``COLUMN_NOT_FOUND``.
    message
        The rest of the reason.
    """

    def __init__(self, name: str, message: str) -> None:
        super().__init__(f"{name}: {message}")
        self.category = USER_ERROR


class TableNotFoundError(QueryFailedError):
    """The error for a table that is not in the catalog."""

    def __init__(self, database: str, table: str, position: str = "line 1:1") -> None:
        super().__init__("TABLE_NOT_FOUND", f"{position}: Table 'awsdatacatalog.{database}.{table}' does not exist")


class DatabaseNotFoundError(QueryFailedError):
    """The error for a database that is not in the catalog."""

    def __init__(self, database: str, position: str = "line 1:1") -> None:
        super().__init__("SCHEMA_NOT_FOUND", f"{position}: Schema '{database}' does not exist")
