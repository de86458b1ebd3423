"""Options that are given twice: without a check the last one would win, and nobody would know."""

from __future__ import annotations

from typing import Any

from typer.core import TyperCommand, TyperOption


class CommandOfSingleOptions(TyperCommand):
    """A command that takes each of its values once, unless the option may be repeated."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the command line; a usage error if an option was given two values."""
        _, _, order = self.make_parser(ctx).parse_args(args=list(args))
        for option in dict.fromkeys(order):
            single = isinstance(option, TyperOption) and not (option.multiple or option.is_flag or option.count)
            if single and order.count(option) > 1:
                ctx.fail(f"{option.opts[0]} is given {order.count(option)} times, and takes one value")
        return super().parse_args(ctx, args)
