"""``copydesk completion``: the script that lets a shell complete commands, options, and ids of feeds."""

from __future__ import annotations

from typing import Annotated, Literal

import typer
from typer.completion import get_completion_script  # type: ignore[attr-defined]  # typer's own commands use it

from workers.cli.session import print_json

_ZSH_END = "compdef _copydesk_completion copydesk"
#: In a file of zsh's fpath the script is the function itself: its first call is a key press, and wants an answer.
_ZSH_END_OF_A_FILE = f"""{_ZSH_END}
if [[ ${{funcstack[1]}} == _copydesk ]]; then
  _copydesk_completion "$@"
fi"""

#: By which the completing call of ourselves is told from a real one.
_VARIABLE = "_COPYDESK_COMPLETE"


def completion(
    shell: Annotated[Literal["bash", "zsh", "fish"], typer.Argument(help="Your shell.", show_default=False)],
    *,
    is_json: Annotated[bool, typer.Option("--json", help="The script in a JSON object.")] = False,
) -> int:
    """
    Print the script that lets your shell complete our commands.

    It completes commands, options, and the ids and addresses of feeds, where the store is running.

    \b
    Example:  eval "$(copydesk completion bash)"
              copydesk completion zsh > ~/.zfunc/_copydesk
              copydesk completion fish > ~/.config/fish/completions/copydesk.fish
    """  # noqa: D301 - backslash-b keeps the lines of a help text apart
    script = get_completion_script(prog_name="copydesk", complete_var=_VARIABLE, shell=shell)
    if shell == "zsh":
        script = script.replace(_ZSH_END, _ZSH_END_OF_A_FILE)
    if is_json:
        print_json({"shell": shell, "script": script})
    else:
        typer.echo(script)
    return 0
