# Completion for fish: the program itself knows what may follow. Install as /usr/share/fish/vendor_completions.d/sniforward.fish.
function __sniforward_suggest
    set -l line (commandline --cut-at-cursor)
    sniforward "[suggest:"(string length -- "$line")"]" "$line" 2>/dev/null
end
complete --command sniforward --arguments '(__sniforward_suggest)'
