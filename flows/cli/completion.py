"""What the shell offers when Tab is pressed, written from the command line's own parser."""

from __future__ import annotations

import argparse

BASH = """\
# metachron's completion for bash; in ~/.bashrc: eval "$(metachron completion bash)"
_metachron() {{
    local word="${{COMP_WORDS[COMP_CWORD]}}" before="${{COMP_WORDS[COMP_CWORD-1]}}" command="" each
    for each in "${{COMP_WORDS[@]:1:COMP_CWORD-1}}"; do
        case " {commands} " in *" $each "*) command="$each"; break ;; esac
    done
    local offered=""
    case "$command:$before" in
{choices}
        *)
            case "$command" in
{options}
            esac ;;
    esac
    if [[ -n "$command" && "$word" != -* && "$offered" == -* ]]; then
        COMPREPLY=($(compgen -f -- "$word"))
    else
        COMPREPLY=($(compgen -W "$offered" -- "$word"))
    fi
}}
complete -o filenames -F _metachron metachron
"""
ZSH = """\
#compdef metachron
# metachron's completion for zsh: source it from ~/.zshrc after compinit
autoload -U +X bashcompinit && bashcompinit
"""


def script(parser: argparse.ArgumentParser, shell: str) -> str:
    """The completion script for 'bash' or 'zsh': commands, their options, and the choices of each option."""
    commands = subcommands(parser)
    options = {"": [*commands, *flags(parser)], **{name: flags(each) for name, each in commands.items()}}
    by_command = [f'            "{name}") offered="{" ".join(words)}" ;;' for name, words in options.items()]
    choices = [
        f'        "{name}:{flag}") offered="{" ".join(map(str, action.choices))}" ;;'
        for name, each in commands.items()
        for action in each._actions
        for flag in action.option_strings
        if action.choices
    ]
    positional = [
        f'        "{name}:{name}") offered="{" ".join(map(str, action.choices))}" ;;'
        for name, each in commands.items()
        for action in each._actions
        if action.choices and not action.option_strings
    ]
    text = BASH.format(
        commands=" ".join(commands),
        choices="\n".join([*choices, *positional]),
        options="\n".join(by_command),
    )
    return text if shell == "bash" else ZSH + text


def subcommands(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    """Every command by name."""
    [subparsers] = [action for action in parser._actions if isinstance(action, argparse._SubParsersAction)]
    return dict(subparsers.choices)


def flags(parser: argparse.ArgumentParser) -> list[str]:
    return sorted(
        flag for action in parser._actions for flag in action.option_strings if flag.startswith("--")
    )
