# Completion for bash: the program itself knows what may follow. Install as /usr/share/bash-completion/completions/sniforward.
_sniforward() {
    local word="${COMP_WORDS[COMP_CWORD]}" suggested
    suggested="$(sniforward "[suggest:${COMP_POINT}]" "${COMP_LINE}" 2>/dev/null)"
    mapfile -t COMPREPLY < <(compgen -W "${suggested}" -- "${word}")
}
complete -o bashdefault -o default -F _sniforward sniforward
