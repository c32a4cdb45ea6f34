# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash
# Completion of capsim's commands, options and files; the program itself is
# asked for its words.
_capsim() {
    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} words
    COMPREPLY=()
    if [ "$COMP_CWORD" -eq 1 ]; then
        words=$(capsim --help 2>/dev/null | sed -n 's/^  \([a-z][a-z]*\) .*/\1/p')
        mapfile -t COMPREPLY < <(compgen -W "$words --help --version" -- "$word")
        return
    fi
    case $before in
    --format) mapfile -t COMPREPLY < <(compgen -W "text json csv html" -- "$word") ;;
    --out | --data) mapfile -t COMPREPLY < <(compgen -d -- "$word") ;;
    *)
        if [[ $word == -* ]]; then
            words=$(capsim "${COMP_WORDS[1]}" --help 2>/dev/null |
                grep -o -- '--[a-z][a-z-]*' | sort -u)
            mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
        else
            mapfile -t COMPREPLY < <(compgen -f -- "$word")
        fi
        ;;
    esac
}
complete -o filenames -F _capsim capsim
