"""Options that a command takes as one value: Typer sees each of them, the command the value."""

from typing import Annotated, NamedTuple

import pytest
import typer
from typer.testing import CliRunner

from usagectl.commands.app import App


class Place(NamedTuple):
    street: Annotated[str, typer.Option("--street", "-s")] = "none"
    number: Annotated[int | None, typer.Option(help="Of the house.")] = None


@pytest.fixture(name="run")
def _run():
    app = App(name="post")

    @app.command()
    def send(letter: str, *, place: Place, fast: bool = False, back: bool = False) -> None:
        typer.echo(repr((letter, place, fast, back)))

    assert send.__annotations__["place"] is Place
    return lambda *words: CliRunner().invoke(app, words).output


def test_a_group_becomes_options_and_comes_back_as_one_value(run):
    assert (
        run("hello", "-s", "Elm", "--number", "3")
        == f"{('hello', Place('Elm', 3), False, False)}\n"
    )
    assert run("hello", "--back") == f"{('hello', Place(), False, True)}\n"


def test_options_of_a_group_stand_where_the_group_stands(run):
    options = [line.split()[0] for line in run("--help").splitlines() if line.startswith("  -")]
    assert options == [
        "-s,",
        "--number",
        "--fast",
        "--back",
        "--install-completion",
        "--show-completion",
        "--help",
    ]
