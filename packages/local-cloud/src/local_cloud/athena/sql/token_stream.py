"""A cursor over the tokens of a statement."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from local_cloud.athena.sql.tokens import RESERVED, Token, syntax_error, tokenize

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    from local_cloud.athena.sql.tokens import Position

    Item = TypeVar("Item")


class TokenStream:
    """The tokens of a statement, read from left to right."""

    def __init__(self, sql: str) -> None:
        self.tokens = tokenize(sql)
        self.place = 0

    @property
    def token(self) -> Token:
        """The next token."""
        return self.tokens[self.place]

    @property
    def position(self) -> Position:
        """The position of the next token."""
        return self.tokens[self.place].position

    def ahead(self, number: int = 1) -> Token:
        """Return a token after the next one."""
        return self.tokens[min(self.place + number, len(self.tokens) - 1)]

    def at(self, *words: str) -> bool:
        """Return whether the next tokens are some keywords or operators."""
        for number, word in enumerate(words):
            token = self.ahead(number) if number else self.token
            if token.word != word or token.kind not in {"name", "operator"}:
                return False
        return True

    def at_any(self, words: frozenset[str] | set[str]) -> bool:
        """Return whether the next token is one of some keywords or operators."""
        return self.token.kind in {"name", "operator"} and self.token.word in words

    def take(self, *words: str) -> bool:
        """Skip the next tokens if they are some keywords or operators, and return whether they are."""
        if self.at(*words):
            self.place += len(words)
            return True
        return False

    def advance(self) -> Token:
        """Return the next token and skip it."""
        token = self.token
        self.place += 1
        return token

    def expect(self, *words: str) -> Token:
        """Skip some keywords or operators, and return the first token. Raises InvalidStatementError for any other token."""
        first = self.token
        for word in words:
            if not self.at(word):
                self.fail(f"'{word.upper()}'")
            self.place += 1
        return first

    def fail(self, expected: str) -> NoReturn:
        """Raise the error for the next token."""
        raise syntax_error(self.position, f"mismatched input '{self.token.text}'. Expecting: {expected}")

    def at_name(self) -> bool:
        """Return whether the next token can be a name."""
        return self.token.kind == "quoted" or (self.token.kind == "name" and self.token.word not in RESERVED)

    def name(self) -> str:
        """Return the name that the next token is."""
        if not self.at_name():
            self.fail("<identifier>")
        token = self.advance()
        return token.text[1:-1].replace('""', '"') if token.kind == "quoted" else token.text

    def name_list(self) -> list[str]:
        """Return the names in parentheses."""
        return self.parenthesized(self.name)

    def parenthesized(self, item: Callable[[], Item]) -> list[Item]:
        """Return the items in parentheses, separated by commas."""
        self.expect("(")
        items = self.comma_separated(item)
        self.expect(")")
        return items

    def comma_separated(self, item: Callable[[], Item]) -> list[Item]:
        """Return some items, separated by commas."""
        items = [item()]
        while self.take(","):
            items.append(item())
        return items

    def string(self) -> str:
        """Return the string that the next token is."""
        if self.token.kind != "string":
            self.fail("<string>")
        return self.advance().text[1:-1].replace("''", "'")
