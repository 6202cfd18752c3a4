
# Asks the program, which knows the ledger.
function __fish_budget_ask
    set -l words (commandline -opc)
    set -l at_cursor (commandline -ct)
    $words[1] __complete -- $words[2..-1] "$at_cursor" 2>/dev/null
end

function __fish_budget_values
    set -l answer (__fish_budget_ask)
    test "$answer[1]" = values
    and printf '%s\n' $answer[2..-1]
end

function __fish_budget_knows
    set -g __fish_budget_answer (__fish_budget_ask)
    test "$__fish_budget_answer[1]" = values
end

function __fish_budget_runs
    set -l answer (__fish_budget_ask)
    test "$answer[1]" = command
end

function __fish_budget_command
    set -l words (commandline -opc)
    set -l dashes (contains -i -- -- $words)
    set -l at_cursor (commandline -ct)
    complete -C (string join ' ' -- (string escape -- $words[(math $dashes + 1)..-1]) "$at_cursor")
end

complete -c budget -n __fish_budget_knows -k -f -a '(printf "%s\n" $__fish_budget_answer[2..-1])'
complete -c budget -n __fish_budget_runs -f -a '(__fish_budget_command)'
