"""
How a command ends: an exit code, and one sentence on stderr where it is not 0.

    0    done
    1    could not be done: no store, no answer, a failed feed
    2    wrong usage or input
    130  Ctrl-C
    143  SIGTERM

A reader who has seen enough (``copydesk tail | head -1``) is no failure. Whatever is not named here is a defect of ours
and shows its traceback.
"""

from __future__ import annotations

import os
import sys
from typing import Any

import typer
from typer.core import TyperGroup

from ingest.errors import CopydeskError, SettingsError, UrlError
from ingest.text import collapse, remove_controls
from workers.cli.later import COMMANDS, LaterCommand

FAILED = 1
WRONG = 2

#: What the user gave us is at fault.
_INPUT = (SettingsError, UrlError)


class DeskGroup(TyperGroup):
    """The command ``copydesk``: its commands come later (later.py), its errors are sentences."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        for name, place in COMMANDS.items():
            self.add_command(LaterCommand(name, place))

    def invoke(self, ctx: Any) -> Any:
        """What the command returns; an expected error becomes its sentence and its exit code."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            _close_output()
            raise typer.Exit(0) from None
        except CopydeskError as error:
            raise ended(str(error), WRONG if isinstance(error, _INPUT) else FAILED) from error
        except OSError as error:
            if error.filename is None:
                raise ended(str(error), FAILED) from error
            raise ended(f"{os.fsdecode(error.filename)}: {error.strerror}", WRONG) from error

    def main(self, *args: Any, **options: Any) -> Any:
        """Ends the process, always by SystemExit."""
        options["standalone_mode"] = False
        try:
            code = super().main(*args, **options)
        except SystemExit as end:
            # What rich makes of a reader of --help who has seen enough.
            if isinstance(end.__context__, BrokenPipeError):
                _close_output()
                sys.exit(0)
            raise
        except OSError as error:  # --help, too, can be written to a full disk
            _close_output()
            say(str(error))
            sys.exit(FAILED)
        except typer.TyperException as error:
            say(_usage(error))
            sys.exit(error.exit_code)
        except typer.Abort:
            sys.exit(FAILED)
        sys.exit(_flushed() or code or 0)


def _flushed() -> int:
    """Write what is still in the buffer; 1 where that fails (a full disk), but not where nobody reads on."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        _close_output()
    except OSError as error:
        _close_output()
        say(str(error))
        return FAILED
    return 0


def ended(sentence: str, code: int) -> typer.Exit:
    """The exception that ends the command with this sentence and this exit code."""
    say(sentence)
    return typer.Exit(code)


def say(sentence: str) -> None:
    """One line on stderr, whatever characters it quotes."""
    sys.stderr.write(f"copydesk: {collapse(remove_controls(sentence))}\n")


def _usage(error: typer.TyperException) -> str:
    context = getattr(error, "ctx", None)
    message = error.format_message().rstrip(".").replace(": Value error, ", ": ", 1)
    return f"{message} (see {context.command_path} --help)" if context is not None else message


def _close_output() -> None:
    """Nobody reads on: what is still in the buffer goes nowhere, or Python would complain at its exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
