# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_budget_global_optspecs
    string join \n ledger= wait-lock= color= q/quiet v/verbose h/help V/version
end

function __fish_budget_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_budget_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_budget_using_subcommand
    set -l cmd (__fish_budget_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c budget -n "__fish_budget_needs_command" -l ledger -d 'The ledger file, or the name that the configuration gives it [default: $BUDGET_LEDGER, else the configuration\'s, else ledger.db in the data directory]' -r -F
complete -c budget -n "__fish_budget_needs_command" -l wait-lock -d 'How long to wait for other processes that write [default: 10s]' -r
complete -c budget -n "__fish_budget_needs_command" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless the environment says otherwise'
always\t'Always'
never\t'Never'"
complete -c budget -n "__fish_budget_needs_command" -s q -l quiet -d 'Say nothing but results and errors'
complete -c budget -n "__fish_budget_needs_command" -s v -l verbose -d 'Say more'
complete -c budget -n "__fish_budget_needs_command" -s h -l help -d 'Print help'
complete -c budget -n "__fish_budget_needs_command" -s V -l version -d 'Print version'
complete -c budget -n "__fish_budget_needs_command" -f -a "status" -d 'Show what is left, per budget and limit'
complete -c budget -n "__fish_budget_needs_command" -f -a "forecast" -d 'Show what limits come to by their end, and when they run out'
complete -c budget -n "__fish_budget_needs_command" -f -a "remaining" -d 'Print what is left as plain numbers in JSON'
complete -c budget -n "__fish_budget_needs_command" -f -a "statusline" -d 'Print one line for a shell\'s prompt or an agent\'s status line'
complete -c budget -n "__fish_budget_needs_command" -f -a "check" -d 'Say whether a reservation would be admitted; nothing changes'
complete -c budget -n "__fish_budget_needs_command" -f -a "quote" -d 'Say what runs like this one cost before'
complete -c budget -n "__fish_budget_needs_command" -f -a "list" -d 'List budgets and their limits'
complete -c budget -n "__fish_budget_needs_command" -f -a "show" -d 'Show one budget in full'
complete -c budget -n "__fish_budget_needs_command" -f -a "exec" -d 'Run a command under a budget'
complete -c budget -n "__fish_budget_needs_command" -f -a "create" -d 'Make a budget'
complete -c budget -n "__fish_budget_needs_command" -f -a "set" -d 'Change a budget\'s limits and policies'
complete -c budget -n "__fish_budget_needs_command" -f -a "grant" -d 'Add to a limit\'s current window'
complete -c budget -n "__fish_budget_needs_command" -f -a "freeze" -d 'Stop a budget from admitting anything'
complete -c budget -n "__fish_budget_needs_command" -f -a "unfreeze" -d 'Let a frozen budget admit again'
complete -c budget -n "__fish_budget_needs_command" -f -a "close" -d 'Close a budget for good'
complete -c budget -n "__fish_budget_needs_command" -f -a "reserve" -d 'Hold an amount before the work, and print the reservation\'s id'
complete -c budget -n "__fish_budget_needs_command" -f -a "commit" -d 'Charge a reservation what its work cost'
complete -c budget -n "__fish_budget_needs_command" -f -a "release" -d 'Give a reservation back: nothing was spent'
complete -c budget -n "__fish_budget_needs_command" -f -a "extend" -d 'Move the end of a reservation\'s lease on'
complete -c budget -n "__fish_budget_needs_command" -f -a "spend" -d 'Record what was spent without a reservation'
complete -c budget -n "__fish_budget_needs_command" -f -a "refund" -d 'Take a charge back with a new entry'
complete -c budget -n "__fish_budget_needs_command" -f -a "reservations" -d 'List reservations'
complete -c budget -n "__fish_budget_needs_command" -f -a "report" -d 'Show what was spent: by time, by what it was for, or both'
complete -c budget -n "__fish_budget_needs_command" -f -a "statement" -d 'Show what moved a budget\'s limits, entry by entry'
complete -c budget -n "__fish_budget_needs_command" -f -a "log" -d 'Show the journal: everything that moved, the latest last'
complete -c budget -n "__fish_budget_needs_command" -f -a "import" -d 'Bring in what an agent did before or without budget'
complete -c budget -n "__fish_budget_needs_command" -f -a "reprice" -d 'Correct charges to the price tables of now'
complete -c budget -n "__fish_budget_needs_command" -f -a "config" -d 'Show what is in force here, and which file or variable says so'
complete -c budget -n "__fish_budget_needs_command" -f -a "doctor" -d 'Say which ledger is used, and whether all around it is sound'
complete -c budget -n "__fish_budget_needs_command" -f -a "verify" -d 'Prove every sum, every reservation and every link of the journal'
complete -c budget -n "__fish_budget_needs_command" -f -a "prices" -d 'Look at the price table, and bring another one'
complete -c budget -n "__fish_budget_needs_command" -f -a "completions" -d 'Print the completion script of a shell'
complete -c budget -n "__fish_budget_needs_command" -f -a "man" -d 'Print the manual page, or write those of every command'
complete -c budget -n "__fish_budget_needs_command" -f -a "help" -d 'Explain a command or a topic'
complete -c budget -n "__fish_budget_using_subcommand status" -l watch -d 'Show it anew, in place, every 2 seconds or so often (1s to 1h), until Ctrl-C; where there is no terminal, one view after another, with --json a line each' -r
complete -c budget -n "__fish_budget_using_subcommand status" -l ledger -d 'The ledger file, or the name that the configuration gives it [default: $BUDGET_LEDGER, else the configuration\'s, else ledger.db in the data directory]' -r -F
complete -c budget -n "__fish_budget_using_subcommand status" -l wait-lock -d 'How long to wait for other processes that write [default: 10s]' -r
complete -c budget -n "__fish_budget_using_subcommand status" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless the environment says otherwise'
always\t'Always'
never\t'Never'"
complete -c budget -n "__fish_budget_using_subcommand status" -l json -d 'Answer as JSON; errors, too'
complete -c budget -n "__fish_budget_using_subcommand status" -s q -l quiet -d 'Say nothing but results and errors'
complete -c budget -n "__fish_budget_using_subcommand status" -s v -l verbose -d 'Say more'
complete -c budget -n "__fish_budget_using_subcommand status" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c budget -n "__fish_budget_using_subcommand forecast" -l ledger -d 'The ledger file, or the name that the configuration gives it [default: $BUDGET_LEDGER, else the configuration\'s, else ledger.db in the data directory]' -r -F
complete -c budget -n "__fish_budget_using_subcommand forecast" -l wait-lock -d 'How long to wait for other processes that write [default: 10s]' -r
complete -c budget -n "__fish_budget_using_subcommand forecast" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless the environment says otherwise'
always\t'Always'
never\t'Never'"
complete -c budget -n "__fish_budget_using_subcommand forecast" -l json -d 'Answer as JSON; errors, too'
complete -c budget -n "__fish_budget_using_subcommand forecast" -s q -l quiet -d 'Say nothing but results and errors'
complete -c budget -n "__fish_budget_using_subcommand forecast" -s v -l verbose -d 'Say more'
complete -c budget -n "__fish_budget_using_subcommand forecast" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c budget -n "__fish_budget_using_subcommand remaining" -l ledger -d 'The ledger file, or the name that the configuration gives it [default: $BUDGET_LEDGER, else the configuration\'s, else ledger.db in the data directory]' -r -F
complete -c budget -n "__fish_budget_using_subcommand remaining" -l wait-lock -d 'How long to wait for other processes that write [default: 10s]' -r
complete -c budget -n "__fish_budget_using_subcommand remaining" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless the environment says otherwise'
always\t'Always'
never\t'Never'"
complete -c budget -n "__fish_budget_using_subcommand remaining" -l json -d 'Accepted and without effect: the answer is JSON'
complete -c budget -n "__fish_budget_using_subcommand remaining" -s q -l quiet -d 'Say nothing but results and errors'
complete -c budget -n "__fish_budget_using_subcommand remaining" -s v -l verbose -d 'Say more'
complete -c budget -n "__fish_budget_using_subcommand remaining" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c budget -n "__fish_budget_using_subcommand statusline" -l format -d 'What to print, with {budget}, {limit}, {spent}, {reserved}, {left}, {percent}, {bar}, {resets}, {model} and {session} (its cost)' -r
complete -c budget -n "__fish_budget_using_subcommand statusline" -l ledger -d 'The ledger file, or the name that the configuration gives it [default: $BUDGET_LEDGER, else the configuration\'s, else ledger.db in the data directory]' -r -F
complete -c budget -n "__fish_budget_using_subcommand statusline" -l wait-lock -d 'How long to wait for other processes that write [default: 10s]' -r
complete -c budget -n "__fish_budget_using_subcommand statusline" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless the environment says otherwise'
always\t'Always'
never\t'Never'"
complete -c budget -n "__fish_budget_using_subcommand statusline" -s q -l quiet -d 'Say nothing but results and errors'
complete -c budget -n "__fish_budget_using_subcommand statusline" -s v -l verbose -d 'Say more'
complete -c budget -n "__fish_budget_using_subcommand statusline" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c budget -n "__fish_budget_using_subcommand check" -l ledger -d 'The ledger file, or the name that the configuration gives it [default: $BUDGET_LEDGER, else the configuration\'s, else ledger.db in the data directory]' -r -F
complete -c budget -n "__fish_budget_using_subcommand check" -l wait-lock -d 'How long to wait for other processes that write [default: 10s]' -r
complete -c budget -n "__fish_budget_using_subcommand check" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless the environment says otherwise'
always\t'Always'
never\t'Never'"
complete -c budget -n "__fish_budget_using_subcommand check" -l json -d 'Answer as JSON; errors, too'
complete -c budget -n "__fish_budget_using_subcommand check" -s q -l quiet -d 'Say nothing but results and errors'
complete -c budget -n "__fish_budget_using_subcommand check" -s v -l verbose -d 'Say more'
complete -c budget -n "__fish_budget_using_subcommand check" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c budget -n "__fish_budget_using_subcommand quote" -l ledger -d 'The ledger file, or the name that the configuration gives it [default: $BUDGET_LEDGER, else the configuration\'s, else ledger.db in the data directory]' -r -F
complete -c budget -n "__fish_budget_using_subcommand quote" -l wait-lock -d 'How long to wait for other processes that write [default: 10s]' -r
complete -c budget -n "__fish_budget_using_subcommand quote" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless the environment says otherwise'
always\t'Always'
never\t'Never'"
complete -c budget -n "__fish_budget_using_subcommand quote" -l json -d 'Answer as JSON; errors, too'
complete -c budget -n "__fish_budget_using_subcommand quote" -s q -l quiet -d 'Say nothing but results and errors'
complete -c budget -n "__fish_budget_using_subcommand quote" -s v -l verbose -d 'Say more'
complete -c budget -n "__fish_budget_using_subcommand quote" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c budget -n "__fish_budget_using_subcommand list" -l ledger -d 'The ledger file, or the name that the configuration gives it [default: $BUDGET_LEDGER, else the configuration\'s, else ledger.db in the data directory]' -r -F
complete -c budget -n "__fish_budget_using_subcommand list" -l wait-lock -d 'How long to wait for other processes that write [default: 10s]' -r
complete -c budget -n "__fish_budget_using_subcommand list" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless the environment says otherwise'
always\t'Always'
never\t'Never'"
complete -c budget -n "__fish_budget_using_subcommand list" -l all -d 'Closed ones, too'
complete -c budget -n "__fish_budget_using_subcommand list" -l json -d 'Answer as JSON; errors, too'
complete -c budget -n "__fish_budget_using_subcommand list" -s q -l quiet -d 'Say nothing but results and errors'
complete -c budget -n "__fish_budget_using_subcommand list" -s v -l verbose -d 'Say more'
complete -c budget -n "__fish_budget_using_subcommand list" -s h -l help -d 'Print help'
complete -c budget -n "__fish_budget_using_subcommand show" -l ledger -d 'The ledger file, or the name that the configuration gives it [default: $BUDGET_LEDGER, else the configuration\'s, else ledger.db in the data directory]' -r -F
complete -c budget -n "__fish_budget_using_subcommand show" -l wait-lock -d 'How long to wait for other processes that write [default: 10s]' -r
complete -c budget -n "__fish_budget_using_subcommand show" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless the environment says otherwise'
always\t'Always'
never\t'Never'"
complete -c budget -n "__fish_budget_using_subcommand show" -l json -d 'Answer as JSON; errors, too'
complete -c budget -n "__fish_budget_using_subcommand show" -s q -l quiet -d 'Say nothing but results and errors'
complete -c budget -n "__fish_budget_using_subcommand show" -s v -l verbose -d 'Say more'
complete -c budget -n "__fish_budget_using_subcommand show" -s h -l help -d 'Print help'
complete -c budget -n "__fish_budget_using_subcommand exec" -l reserve -d 'How much to reserve, like 0.50usd or all:usd, or what runs like this one cost, like p90 (of usd) or median:tokens; may repeat [default: the budget\'s own, else yours, else, for an agent whose usage can be read, all that the budget has left]' -r
complete -c budget -n "__fish_budget_using_subcommand exec" -l limit -d 'Make the budget with this limit if it is not there; may repeat' -r
complete -c budget -n "__fish_budget_using_subcommand exec" -l min -d 'Refuse where less than this is available, though what is reserved would fit; may repeat' -r
complete -c budget -n "__fish_budget_using_subcommand exec" -l ttl -d 'How long it holds without being settled or renewed' -r
complete -c budget -n "__fish_budget_using_subcommand exec" -l grace -d 'How long after that a settlement is still in time' -r
complete -c budget -n "__fish_budget_using_subcommand exec" -l overage -d 'What happens when more was spent, instead of what the limits say' -r
complete -c budget -n "__fish_budget_using_subcommand exec" -l on-unknown -d 'What is charged when nobody knows what was spent; release only where every budget on the path allows it' -r
complete -c budget -n "__fish_budget_using_subcommand exec" -l meter -d 'Whose usage is read, from its output or the files that it keeps' -r -f -a "auto\t'As the agent reports that the program is known as'
none\t'Not at all'
claude-code\t''
codex\t''
gemini-cli\t''
qwen-code\t''
opencode\t''
cursor\t''
amp\t''
copilot\t''
aider\t''
goose\t''
llm\t''"
complete -c budget -n "__fish_budget_using_subcommand exec" -l usage-file -d 'A file in which the command writes what it used, as JSON lines' -r -F
complete -c budget -n "__fish_budget_using_subcommand exec" -l max-time -d 'Stop the command after so much active time' -r
complete -c budget -n "__fish_budget_using_subcommand exec" -l deadline -d 'Stop the command after so much wall time' -r
complete -c budget -n "__fish_budget_using_subcommand exec" -l stop-grace -d 'How long to wait between asking the command to stop, telling it to, and killing it' -r
complete -c budget -n "__fish_budget_using_subcommand exec" -l wait -d 'Wait so long for room, behind everybody who waits already' -r
complete -c budget -n "__fish_budget_using_subcommand exec" -l result -d 'Write the outcome there as JSON' -r -F
complete -c budget -n "__fish_budget_using_subcommand exec" -l denied-exit -d 'Exit with this code instead of 75 or 77' -r
complete -c budget -n "__fish_budget_using_subcommand exec" -l tag -d 'A label for reports, like team=web; may repeat' -r
complete -c budget -n "__fish_budget_using_subcommand exec" -l note -d 'A note for people' -r
complete -c budget -n "__fish_budget_using_subcommand exec" -l key -d 'Make the request safe to repeat: the same key gets the same answer, and nothing moves twice' -r
complete -c budget -n "__fish_budget_using_subcommand exec" -l ledger -d 'The ledger file, or the name that the configuration gives it [default: $BUDGET_LEDGER, else the configuration\'s, else ledger.db in the data directory]' -r -F
complete -c budget -n "__fish_budget_using_subcommand exec" -l wait-lock -d 'How long to wait for other processes that write [default: 10s]' -r
complete -c budget -n "__fish_budget_using_subcommand exec" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless the environment says otherwise'
always\t'Always'
never\t'Never'"
complete -c budget -n "__fish_budget_using_subcommand exec" -l notional -d 'Nobody is billed for it, as where a subscription pays: record what it would have cost, and charge everything but the money'
complete -c budget -n "__fish_budget_using_subcommand exec" -l no-pass-down -d 'Do not hand the reserved money to an agent that can keep to it itself'
complete -c budget -n "__fish_budget_using_subcommand exec" -s q -l quiet -d 'Say nothing but results and errors'
complete -c budget -n "__fish_budget_using_subcommand exec" -s v -l verbose -d 'Say more'
complete -c budget -n "__fish_budget_using_subcommand exec" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c budget -n "__fish_budget_using_subcommand create" -l limit -d 'A limit, like 20usd/day, 100usd/month, 500calls/hour, 5usd/30d or 3slots; may repeat' -r
complete -c budget -n "__fish_budget_using_subcommand create" -l tz -d 'The time zone of its days and months, like Europe/Berlin [default: the system\'s]' -r
complete -c budget -n "__fish_budget_using_subcommand create" -l anchor -d 'Where its days, weeks and months start, like 06:00, sun or 15' -r
complete -c budget -n "__fish_budget_using_subcommand create" -l unit -d 'Declare a unit of your own, like rows; may repeat' -r
complete -c budget -n "__fish_budget_using_subcommand create" -l warn -d 'Share of a limit at which a warning is due, like 80%; may repeat; none for no warning' -r
complete -c budget -n "__fish_budget_using_subcommand create" -l overage -d 'What happens when a run costs more than it reserved: allow-with-overdraft, allow-with-overdraft:BOUND, allow-if-available or reject' -r
complete -c budget -n "__fish_budget_using_subcommand create" -l on-unknown -d 'What is charged when nobody knows what a run cost: charge (what it reserved) or release' -r
complete -c budget -n "__fish_budget_using_subcommand create" -l reserve -d 'What `exec` reserves when it is told nothing; may repeat' -r
complete -c budget -n "__fish_budget_using_subcommand create" -l cap -d 'A soft limit that children are told: max_tokens=N, max_steps=N, allow_tools=A,B, deny_tools=A,B or cooldown=5s; may repeat' -r
complete -c budget -n "__fish_budget_using_subcommand create" -l note -d 'A note for people' -r
complete -c budget -n "__fish_budget_using_subcommand create" -l key -d 'Make the request safe to repeat: the same key gets the same answer, and nothing moves twice' -r
complete -c budget -n "__fish_budget_using_subcommand create" -l ledger -d 'The ledger file, or the name that the configuration gives it [default: $BUDGET_LEDGER, else the configuration\'s, else ledger.db in the data directory]' -r -F
complete -c budget -n "__fish_budget_using_subcommand create" -l wait-lock -d 'How long to wait for other processes that write [default: 10s]' -r
complete -c budget -n "__fish_budget_using_subcommand create" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless the environment says otherwise'
always\t'Always'
never\t'Never'"
complete -c budget -n "__fish_budget_using_subcommand create" -l json -d 'Answer as JSON; errors, too'
complete -c budget -n "__fish_budget_using_subcommand create" -s q -l quiet -d 'Say nothing but results and errors'
complete -c budget -n "__fish_budget_using_subcommand create" -s v -l verbose -d 'Say more'
complete -c budget -n "__fish_budget_using_subcommand create" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c budget -n "__fish_budget_using_subcommand set" -l limit -d 'A limit to add, or to give another amount; may repeat' -r
complete -c budget -n "__fish_budget_using_subcommand set" -l remove-limit -d 'A limit to take off, like usd/day; may repeat' -r
complete -c budget -n "__fish_budget_using_subcommand set" -l warn -d 'Share of a limit at which a warning is due, like 80%; may repeat; none for no warning' -r
complete -c budget -n "__fish_budget_using_subcommand set" -l overage -d 'What happens when a run costs more than it reserved: allow-with-overdraft, allow-with-overdraft:BOUND, allow-if-available or reject' -r
complete -c budget -n "__fish_budget_using_subcommand set" -l on-unknown -d 'What is charged when nobody knows what a run cost: charge (what it reserved) or release' -r
complete -c budget -n "__fish_budget_using_subcommand set" -l reserve -d 'What `exec` reserves when it is told nothing; may repeat' -r
complete -c budget -n "__fish_budget_using_subcommand set" -l cap -d 'A soft limit that children are told: max_tokens=N, max_steps=N, allow_tools=A,B, deny_tools=A,B or cooldown=5s; may repeat' -r
complete -c budget -n "__fish_budget_using_subcommand set" -l note -d 'A note for people' -r
complete -c budget -n "__fish_budget_using_subcommand set" -l key -d 'Make the request safe to repeat: the same key gets the same answer, and nothing moves twice' -r
complete -c budget -n "__fish_budget_using_subcommand set" -l ledger -d 'The ledger file, or the name that the configuration gives it [default: $BUDGET_LEDGER, else the configuration\'s, else ledger.db in the data directory]' -r -F
complete -c budget -n "__fish_budget_using_subcommand set" -l wait-lock -d 'How long to wait for other processes that write [default: 10s]' -r
complete -c budget -n "__fish_budget_using_subcommand set" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless the environment says otherwise'
always\t'Always'
never\t'Never'"
complete -c budget -n "__fish_budget_using_subcommand set" -l json -d 'Answer as JSON; errors, too'
complete -c budget -n "__fish_budget_using_subcommand set" -s q -l quiet -d 'Say nothing but results and errors'
complete -c budget -n "__fish_budget_using_subcommand set" -s v -l verbose -d 'Say more'
complete -c budget -n "__fish_budget_using_subcommand set" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c budget -n "__fish_budget_using_subcommand grant" -l note -d 'A note for people' -r
complete -c budget -n "__fish_budget_using_subcommand grant" -l key -d 'Make the request safe to repeat: the same key gets the same answer, and nothing moves twice' -r
complete -c budget -n "__fish_budget_using_subcommand grant" -l ledger -d 'The ledger file, or the name that the configuration gives it [default: $BUDGET_LEDGER, else the configuration\'s, else ledger.db in the data directory]' -r -F
complete -c budget -n "__fish_budget_using_subcommand grant" -l wait-lock -d 'How long to wait for other processes that write [default: 10s]' -r
complete -c budget -n "__fish_budget_using_subcommand grant" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless the environment says otherwise'
always\t'Always'
never\t'Never'"
complete -c budget -n "__fish_budget_using_subcommand grant" -l debit -d 'Take off instead of adding'
complete -c budget -n "__fish_budget_using_subcommand grant" -l repay -d 'Pay back debt instead of adding room'
complete -c budget -n "__fish_budget_using_subcommand grant" -l reset -d 'Set spent and debt to 0; what is reserved stays'
complete -c budget -n "__fish_budget_using_subcommand grant" -l json -d 'Answer as JSON; errors, too'
complete -c budget -n "__fish_budget_using_subcommand grant" -s q -l quiet -d 'Say nothing but results and errors'
complete -c budget -n "__fish_budget_using_subcommand grant" -s v -l verbose -d 'Say more'
complete -c budget -n "__fish_budget_using_subcommand grant" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c budget -n "__fish_budget_using_subcommand freeze" -l note -d 'A note for people' -r
complete -c budget -n "__fish_budget_using_subcommand freeze" -l ledger -d 'The ledger file, or the name that the configuration gives it [default: $BUDGET_LEDGER, else the configuration\'s, else ledger.db in the data directory]' -r -F
complete -c budget -n "__fish_budget_using_subcommand freeze" -l wait-lock -d 'How long to wait for other processes that write [default: 10s]' -r
complete -c budget -n "__fish_budget_using_subcommand freeze" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless the environment says otherwise'
always\t'Always'
never\t'Never'"
complete -c budget -n "__fish_budget_using_subcommand freeze" -l json -d 'Answer as JSON; errors, too'
complete -c budget -n "__fish_budget_using_subcommand freeze" -s q -l quiet -d 'Say nothing but results and errors'
complete -c budget -n "__fish_budget_using_subcommand freeze" -s v -l verbose -d 'Say more'
complete -c budget -n "__fish_budget_using_subcommand freeze" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c budget -n "__fish_budget_using_subcommand unfreeze" -l note -d 'A note for people' -r
complete -c budget -n "__fish_budget_using_subcommand unfreeze" -l ledger -d 'The ledger file, or the name that the configuration gives it [default: $BUDGET_LEDGER, else the configuration\'s, else ledger.db in the data directory]' -r -F
complete -c budget -n "__fish_budget_using_subcommand unfreeze" -l wait-lock -d 'How long to wait for other processes that write [default: 10s]' -r
complete -c budget -n "__fish_budget_using_subcommand unfreeze" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless the environment says otherwise'
always\t'Always'
never\t'Never'"
complete -c budget -n "__fish_budget_using_subcommand unfreeze" -l json -d 'Answer as JSON; errors, too'
complete -c budget -n "__fish_budget_using_subcommand unfreeze" -s q -l quiet -d 'Say nothing but results and errors'
complete -c budget -n "__fish_budget_using_subcommand unfreeze" -s v -l verbose -d 'Say more'
complete -c budget -n "__fish_budget_using_subcommand unfreeze" -s h -l help -d 'Print help'
complete -c budget -n "__fish_budget_using_subcommand close" -l note -d 'A note for people' -r
complete -c budget -n "__fish_budget_using_subcommand close" -l ledger -d 'The ledger file, or the name that the configuration gives it [default: $BUDGET_LEDGER, else the configuration\'s, else ledger.db in the data directory]' -r -F
complete -c budget -n "__fish_budget_using_subcommand close" -l wait-lock -d 'How long to wait for other processes that write [default: 10s]' -r
complete -c budget -n "__fish_budget_using_subcommand close" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless the environment says otherwise'
always\t'Always'
never\t'Never'"
complete -c budget -n "__fish_budget_using_subcommand close" -l json -d 'Answer as JSON; errors, too'
complete -c budget -n "__fish_budget_using_subcommand close" -l force -d 'Close it while reservations are open, and let them settle'
complete -c budget -n "__fish_budget_using_subcommand close" -s q -l quiet -d 'Say nothing but results and errors'
complete -c budget -n "__fish_budget_using_subcommand close" -s v -l verbose -d 'Say more'
complete -c budget -n "__fish_budget_using_subcommand close" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c budget -n "__fish_budget_using_subcommand reserve" -l limit -d 'Make the budget with this limit if it is not there; may repeat' -r
complete -c budget -n "__fish_budget_using_subcommand reserve" -l min -d 'Refuse where less than this is available, though what is reserved would fit; may repeat' -r
complete -c budget -n "__fish_budget_using_subcommand reserve" -l ttl -d 'How long it holds without being settled or renewed' -r
complete -c budget -n "__fish_budget_using_subcommand reserve" -l grace -d 'How long after that a settlement is still in time' -r
complete -c budget -n "__fish_budget_using_subcommand reserve" -l overage -d 'What happens when more was spent, instead of what the limits say' -r
complete -c budget -n "__fish_budget_using_subcommand reserve" -l on-unknown -d 'What is charged when nobody knows what was spent; release only where every budget on the path allows it' -r
complete -c budget -n "__fish_budget_using_subcommand reserve" -l wait -d 'Wait so long for room, behind everybody who waits already' -r
complete -c budget -n "__fish_budget_using_subcommand reserve" -l action -d 'What it is for, like tool:bash' -r
complete -c budget -n "__fish_budget_using_subcommand reserve" -l tag -d 'A label for reports, like team=web; may repeat' -r
complete -c budget -n "__fish_budget_using_subcommand reserve" -l note -d 'A note for people' -r
complete -c budget -n "__fish_budget_using_subcommand reserve" -l key -d 'Make the request safe to repeat: the same key gets the same answer, and nothing moves twice' -r
complete -c budget -n "__fish_budget_using_subcommand reserve" -l ledger -d 'The ledger file, or the name that the configuration gives it [default: $BUDGET_LEDGER, else the configuration\'s, else ledger.db in the data directory]' -r -F
complete -c budget -n "__fish_budget_using_subcommand reserve" -l wait-lock -d 'How long to wait for other processes that write [default: 10s]' -r
complete -c budget -n "__fish_budget_using_subcommand reserve" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless the environment says otherwise'
always\t'Always'
never\t'Never'"
complete -c budget -n "__fish_budget_using_subcommand reserve" -l dry-run -d 'Only say whether it would be admitted'
complete -c budget -n "__fish_budget_using_subcommand reserve" -l json -d 'Answer as JSON; errors, too'
complete -c budget -n "__fish_budget_using_subcommand reserve" -s q -l quiet -d 'Say nothing but results and errors'
complete -c budget -n "__fish_budget_using_subcommand reserve" -s v -l verbose -d 'Say more'
complete -c budget -n "__fish_budget_using_subcommand reserve" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c budget -n "__fish_budget_using_subcommand commit" -l tag -d 'A label for reports, like team=web; may repeat' -r
complete -c budget -n "__fish_budget_using_subcommand commit" -l note -d 'A note for people' -r
complete -c budget -n "__fish_budget_using_subcommand commit" -l key -d 'Make the request safe to repeat: the same key gets the same answer, and nothing moves twice' -r
complete -c budget -n "__fish_budget_using_subcommand commit" -l response -d 'A recorded answer of a provider, which says what was used: JSON, or a recorded stream; - is standard input' -r -F
complete -c budget -n "__fish_budget_using_subcommand commit" -l api -d 'Whose answer it is, where that cannot be told from it' -r -f -a "anthropic\t''
bedrock-converse\t''
gemini\t''
ollama\t''
openai-chat\t''
openai-responses\t''
openrouter\t''"
complete -c budget -n "__fish_budget_using_subcommand commit" -l model -d 'The model' -r
complete -c budget -n "__fish_budget_using_subcommand commit" -l provider -d 'Its provider' -r
complete -c budget -n "__fish_budget_using_subcommand commit" -l input-tokens -d 'Input tokens that came from no cache' -r
complete -c budget -n "__fish_budget_using_subcommand commit" -l cache-read-tokens -d 'Input tokens read from a cache' -r
complete -c budget -n "__fish_budget_using_subcommand commit" -l cache-write-tokens -d 'Input tokens written to a cache' -r
complete -c budget -n "__fish_budget_using_subcommand commit" -l output-tokens -d 'Output tokens, reasoning included' -r
complete -c budget -n "__fish_budget_using_subcommand commit" -l reasoning-tokens -d 'How many of them were reasoning' -r
complete -c budget -n "__fish_budget_using_subcommand commit" -l ledger -d 'The ledger file, or the name that the configuration gives it [default: $BUDGET_LEDGER, else the configuration\'s, else ledger.db in the data directory]' -r -F
complete -c budget -n "__fish_budget_using_subcommand commit" -l wait-lock -d 'How long to wait for other processes that write [default: 10s]' -r
complete -c budget -n "__fish_budget_using_subcommand commit" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless the environment says otherwise'
always\t'Always'
never\t'Never'"
complete -c budget -n "__fish_budget_using_subcommand commit" -l keep -d 'Charge only this much now, and keep the rest reserved'
complete -c budget -n "__fish_budget_using_subcommand commit" -l json -d 'Answer as JSON; errors, too'
complete -c budget -n "__fish_budget_using_subcommand commit" -l notional -d 'Nobody is billed for the answer, as where a subscription pays: charge everything but money'
complete -c budget -n "__fish_budget_using_subcommand commit" -s q -l quiet -d 'Say nothing but results and errors'
complete -c budget -n "__fish_budget_using_subcommand commit" -s v -l verbose -d 'Say more'
complete -c budget -n "__fish_budget_using_subcommand commit" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c budget -n "__fish_budget_using_subcommand release" -l reason -d 'Why' -r
complete -c budget -n "__fish_budget_using_subcommand release" -l tag -d 'A label for reports, like team=web; may repeat' -r
complete -c budget -n "__fish_budget_using_subcommand release" -l note -d 'A note for people' -r
complete -c budget -n "__fish_budget_using_subcommand release" -l key -d 'Make the request safe to repeat: the same key gets the same answer, and nothing moves twice' -r
complete -c budget -n "__fish_budget_using_subcommand release" -l ledger -d 'The ledger file, or the name that the configuration gives it [default: $BUDGET_LEDGER, else the configuration\'s, else ledger.db in the data directory]' -r -F
complete -c budget -n "__fish_budget_using_subcommand release" -l wait-lock -d 'How long to wait for other processes that write [default: 10s]' -r
complete -c budget -n "__fish_budget_using_subcommand release" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless the environment says otherwise'
always\t'Always'
never\t'Never'"
complete -c budget -n "__fish_budget_using_subcommand release" -l json -d 'Answer as JSON; errors, too'
complete -c budget -n "__fish_budget_using_subcommand release" -s q -l quiet -d 'Say nothing but results and errors'
complete -c budget -n "__fish_budget_using_subcommand release" -s v -l verbose -d 'Say more'
complete -c budget -n "__fish_budget_using_subcommand release" -s h -l help -d 'Print help'
complete -c budget -n "__fish_budget_using_subcommand extend" -l by -d 'By how much [default: the reservation\'s own length]' -r
complete -c budget -n "__fish_budget_using_subcommand extend" -l key -d 'Make the request safe to repeat: the same key gets the same answer, and nothing moves twice' -r
complete -c budget -n "__fish_budget_using_subcommand extend" -l ledger -d 'The ledger file, or the name that the configuration gives it [default: $BUDGET_LEDGER, else the configuration\'s, else ledger.db in the data directory]' -r -F
complete -c budget -n "__fish_budget_using_subcommand extend" -l wait-lock -d 'How long to wait for other processes that write [default: 10s]' -r
complete -c budget -n "__fish_budget_using_subcommand extend" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless the environment says otherwise'
always\t'Always'
never\t'Never'"
complete -c budget -n "__fish_budget_using_subcommand extend" -l json -d 'Answer as JSON; errors, too'
complete -c budget -n "__fish_budget_using_subcommand extend" -s q -l quiet -d 'Say nothing but results and errors'
complete -c budget -n "__fish_budget_using_subcommand extend" -s v -l verbose -d 'Say more'
complete -c budget -n "__fish_budget_using_subcommand extend" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c budget -n "__fish_budget_using_subcommand spend" -l limit -d 'Make the budget with this limit if it is not there; may repeat' -r
complete -c budget -n "__fish_budget_using_subcommand spend" -l tag -d 'A label for reports, like team=web; may repeat' -r
complete -c budget -n "__fish_budget_using_subcommand spend" -l note -d 'A note for people' -r
complete -c budget -n "__fish_budget_using_subcommand spend" -l key -d 'Make the request safe to repeat: the same key gets the same answer, and nothing moves twice' -r
complete -c budget -n "__fish_budget_using_subcommand spend" -l response -d 'A recorded answer of a provider, which says what was used: JSON, or a recorded stream; - is standard input' -r -F
complete -c budget -n "__fish_budget_using_subcommand spend" -l api -d 'Whose answer it is, where that cannot be told from it' -r -f -a "anthropic\t''
bedrock-converse\t''
gemini\t''
ollama\t''
openai-chat\t''
openai-responses\t''
openrouter\t''"
complete -c budget -n "__fish_budget_using_subcommand spend" -l model -d 'The model' -r
complete -c budget -n "__fish_budget_using_subcommand spend" -l provider -d 'Its provider' -r
complete -c budget -n "__fish_budget_using_subcommand spend" -l input-tokens -d 'Input tokens that came from no cache' -r
complete -c budget -n "__fish_budget_using_subcommand spend" -l cache-read-tokens -d 'Input tokens read from a cache' -r
complete -c budget -n "__fish_budget_using_subcommand spend" -l cache-write-tokens -d 'Input tokens written to a cache' -r
complete -c budget -n "__fish_budget_using_subcommand spend" -l output-tokens -d 'Output tokens, reasoning included' -r
complete -c budget -n "__fish_budget_using_subcommand spend" -l reasoning-tokens -d 'How many of them were reasoning' -r
complete -c budget -n "__fish_budget_using_subcommand spend" -l ledger -d 'The ledger file, or the name that the configuration gives it [default: $BUDGET_LEDGER, else the configuration\'s, else ledger.db in the data directory]' -r -F
complete -c budget -n "__fish_budget_using_subcommand spend" -l wait-lock -d 'How long to wait for other processes that write [default: 10s]' -r
complete -c budget -n "__fish_budget_using_subcommand spend" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless the environment says otherwise'
always\t'Always'
never\t'Never'"
complete -c budget -n "__fish_budget_using_subcommand spend" -l json -d 'Answer as JSON; errors, too'
complete -c budget -n "__fish_budget_using_subcommand spend" -l notional -d 'Nobody is billed for the answer, as where a subscription pays: charge everything but money'
complete -c budget -n "__fish_budget_using_subcommand spend" -s q -l quiet -d 'Say nothing but results and errors'
complete -c budget -n "__fish_budget_using_subcommand spend" -s v -l verbose -d 'Say more'
complete -c budget -n "__fish_budget_using_subcommand spend" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c budget -n "__fish_budget_using_subcommand refund" -l tag -d 'A label for reports, like team=web; may repeat' -r
complete -c budget -n "__fish_budget_using_subcommand refund" -l note -d 'A note for people' -r
complete -c budget -n "__fish_budget_using_subcommand refund" -l key -d 'Make the request safe to repeat: the same key gets the same answer, and nothing moves twice' -r
complete -c budget -n "__fish_budget_using_subcommand refund" -l ledger -d 'The ledger file, or the name that the configuration gives it [default: $BUDGET_LEDGER, else the configuration\'s, else ledger.db in the data directory]' -r -F
complete -c budget -n "__fish_budget_using_subcommand refund" -l wait-lock -d 'How long to wait for other processes that write [default: 10s]' -r
complete -c budget -n "__fish_budget_using_subcommand refund" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless the environment says otherwise'
always\t'Always'
never\t'Never'"
complete -c budget -n "__fish_budget_using_subcommand refund" -l json -d 'Answer as JSON; errors, too'
complete -c budget -n "__fish_budget_using_subcommand refund" -s q -l quiet -d 'Say nothing but results and errors'
complete -c budget -n "__fish_budget_using_subcommand refund" -s v -l verbose -d 'Say more'
complete -c budget -n "__fish_budget_using_subcommand refund" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c budget -n "__fish_budget_using_subcommand reservations" -l state -d 'Only those in this state' -r -f -a "open\t''
committed\t''
released\t''
expired\t''
unknown\t'Charged as reserved because nobody accounted for them, and not corrected'
all\t''"
complete -c budget -n "__fish_budget_using_subcommand reservations" -l ledger -d 'The ledger file, or the name that the configuration gives it [default: $BUDGET_LEDGER, else the configuration\'s, else ledger.db in the data directory]' -r -F
complete -c budget -n "__fish_budget_using_subcommand reservations" -l wait-lock -d 'How long to wait for other processes that write [default: 10s]' -r
complete -c budget -n "__fish_budget_using_subcommand reservations" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless the environment says otherwise'
always\t'Always'
never\t'Never'"
complete -c budget -n "__fish_budget_using_subcommand reservations" -l json -d 'Answer as JSON; errors, too'
complete -c budget -n "__fish_budget_using_subcommand reservations" -s q -l quiet -d 'Say nothing but results and errors'
complete -c budget -n "__fish_budget_using_subcommand reservations" -s v -l verbose -d 'Say more'
complete -c budget -n "__fish_budget_using_subcommand reservations" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c budget -n "__fish_budget_using_subcommand report" -l by -d 'What makes a row: hour, day, week, month, year, budget, model, provider, agent, project, session or tag:KEY; may repeat, or be several, like agent,model, the coarsest first [default: day]' -r
complete -c budget -n "__fish_budget_using_subcommand report" -l since -d 'From this day or instant on, like 2026-11-01, or so long ago, like 7d' -r
complete -c budget -n "__fish_budget_using_subcommand report" -l until -d 'Up to this day, which is part of it, or to an instant' -r
complete -c budget -n "__fish_budget_using_subcommand report" -l tz -d 'The zone of the days [default: the budget\'s, else the system\'s]' -r
complete -c budget -n "__fish_budget_using_subcommand report" -l format -d 'Print it in this form' -r -f -a "table\t'A table for people'
json\t'The same as --json'
csv\t'The same as --csv'
markdown\t'The same as --markdown'
focus\t'Every charge as CSV in the columns of FOCUS, the FinOps specification of billing data'"
complete -c budget -n "__fish_budget_using_subcommand report" -l html -d 'Write one page with charts, which needs no network, to a file, or to stdout for `-`' -r -F
complete -c budget -n "__fish_budget_using_subcommand report" -l ledger -d 'The ledger file, or the name that the configuration gives it [default: $BUDGET_LEDGER, else the configuration\'s, else ledger.db in the data directory]' -r -F
complete -c budget -n "__fish_budget_using_subcommand report" -l wait-lock -d 'How long to wait for other processes that write [default: 10s]' -r
complete -c budget -n "__fish_budget_using_subcommand report" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless the environment says otherwise'
always\t'Always'
never\t'Never'"
complete -c budget -n "__fish_budget_using_subcommand report" -l json -d 'Answer as JSON; errors, too'
complete -c budget -n "__fish_budget_using_subcommand report" -l csv -d 'Print rows as CSV, with exact figures'
complete -c budget -n "__fish_budget_using_subcommand report" -l markdown -d 'Print a Markdown table'
complete -c budget -n "__fish_budget_using_subcommand report" -s q -l quiet -d 'Say nothing but results and errors'
complete -c budget -n "__fish_budget_using_subcommand report" -s v -l verbose -d 'Say more'
complete -c budget -n "__fish_budget_using_subcommand report" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c budget -n "__fish_budget_using_subcommand statement" -l limit -d 'Only this limit, like usd/day; or a unit that no limit counts, like tokens' -r
complete -c budget -n "__fish_budget_using_subcommand statement" -l since -d 'From this day or instant on, like 2026-11-01, or so long ago, like 7d' -r
complete -c budget -n "__fish_budget_using_subcommand statement" -l until -d 'Up to this day, which is part of it, or to an instant' -r
complete -c budget -n "__fish_budget_using_subcommand statement" -l ledger -d 'The ledger file, or the name that the configuration gives it [default: $BUDGET_LEDGER, else the configuration\'s, else ledger.db in the data directory]' -r -F
complete -c budget -n "__fish_budget_using_subcommand statement" -l wait-lock -d 'How long to wait for other processes that write [default: 10s]' -r
complete -c budget -n "__fish_budget_using_subcommand statement" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless the environment says otherwise'
always\t'Always'
never\t'Never'"
complete -c budget -n "__fish_budget_using_subcommand statement" -l csv -d 'Answer as comma-separated values, amounts as exact decimals'
complete -c budget -n "__fish_budget_using_subcommand statement" -l json -d 'Answer as JSON; errors, too'
complete -c budget -n "__fish_budget_using_subcommand statement" -s q -l quiet -d 'Say nothing but results and errors'
complete -c budget -n "__fish_budget_using_subcommand statement" -s v -l verbose -d 'Say more'
complete -c budget -n "__fish_budget_using_subcommand statement" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c budget -n "__fish_budget_using_subcommand log" -l reservation -d 'Only what is about this reservation' -r
complete -c budget -n "__fish_budget_using_subcommand log" -l session -d 'Only what happened in this run' -r
complete -c budget -n "__fish_budget_using_subcommand log" -l kind -d 'Only entries of this kind, like spent; may repeat' -r -f -a "created\t''
set\t''
granted\t''
reset\t''
repaid\t''
frozen\t''
unfrozen\t''
closed\t''
reserved\t''
committed\t''
released\t''
expired\t''
corrected\t''
spent\t''
refunded\t''
repriced\t''
clock_accepted\t''
warned\t''"
complete -c budget -n "__fish_budget_using_subcommand log" -l since -d 'From this day or instant on, like 2026-11-01, or so long ago, like 7d' -r
complete -c budget -n "__fish_budget_using_subcommand log" -l until -d 'Up to this day, which is part of it, or to an instant' -r
complete -c budget -n "__fish_budget_using_subcommand log" -l tag -d 'Only what carries this label; may repeat, and then all of them' -r
complete -c budget -n "__fish_budget_using_subcommand log" -l model -d 'Only where a model was used whose name begins so' -r
complete -c budget -n "__fish_budget_using_subcommand log" -s n -l last -d 'Only the latest so many entries' -r
complete -c budget -n "__fish_budget_using_subcommand log" -l ledger -d 'The ledger file, or the name that the configuration gives it [default: $BUDGET_LEDGER, else the configuration\'s, else ledger.db in the data directory]' -r -F
complete -c budget -n "__fish_budget_using_subcommand log" -l wait-lock -d 'How long to wait for other processes that write [default: 10s]' -r
complete -c budget -n "__fish_budget_using_subcommand log" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless the environment says otherwise'
always\t'Always'
never\t'Never'"
complete -c budget -n "__fish_budget_using_subcommand log" -l unknown -d 'Only where nobody knew what was spent'
complete -c budget -n "__fish_budget_using_subcommand log" -s f -l follow -d 'Print new entries as they are written, those of other processes, too; after the latest N where -n says so'
complete -c budget -n "__fish_budget_using_subcommand log" -l json -d 'Answer as JSON; errors, too'
complete -c budget -n "__fish_budget_using_subcommand log" -s q -l quiet -d 'Say nothing but results and errors'
complete -c budget -n "__fish_budget_using_subcommand log" -s v -l verbose -d 'Say more'
complete -c budget -n "__fish_budget_using_subcommand log" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c budget -n "__fish_budget_using_subcommand import" -l budget -d 'The budget that messages count against which no rule names another for' -r
complete -c budget -n "__fish_budget_using_subcommand import" -l project -d 'Where the session worked in this directory or below it; may repeat' -r
complete -c budget -n "__fish_budget_using_subcommand import" -l model -d 'Where the model\'s name begins so; may repeat' -r
complete -c budget -n "__fish_budget_using_subcommand import" -l limit -d 'Make the --budget with this limit if it is not there; may repeat' -r
complete -c budget -n "__fish_budget_using_subcommand import" -l since -d 'Only what was answered since: 2026-11-01, or 7d for the last seven days' -r
complete -c budget -n "__fish_budget_using_subcommand import" -l ledger -d 'The ledger file, or the name that the configuration gives it [default: $BUDGET_LEDGER, else the configuration\'s, else ledger.db in the data directory]' -r -F
complete -c budget -n "__fish_budget_using_subcommand import" -l wait-lock -d 'How long to wait for other processes that write [default: 10s]' -r
complete -c budget -n "__fish_budget_using_subcommand import" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless the environment says otherwise'
always\t'Always'
never\t'Never'"
complete -c budget -n "__fish_budget_using_subcommand import" -l notional -d 'Nobody was billed for it, as where a subscription pays: charge everything but the money'
complete -c budget -n "__fish_budget_using_subcommand import" -l dry-run -d 'Say what would be imported, and change nothing'
complete -c budget -n "__fish_budget_using_subcommand import" -l json -d 'Answer as JSON; errors, too'
complete -c budget -n "__fish_budget_using_subcommand import" -s q -l quiet -d 'Say nothing but results and errors'
complete -c budget -n "__fish_budget_using_subcommand import" -s v -l verbose -d 'Say more'
complete -c budget -n "__fish_budget_using_subcommand import" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c budget -n "__fish_budget_using_subcommand reprice" -l since -d 'Only what was charged since: 2026-11-01, or 7d for the last seven days' -r
complete -c budget -n "__fish_budget_using_subcommand reprice" -l until -d 'Only what was charged before' -r
complete -c budget -n "__fish_budget_using_subcommand reprice" -l model -d 'Only where a model was used whose name begins so' -r
complete -c budget -n "__fish_budget_using_subcommand reprice" -l ledger -d 'The ledger file, or the name that the configuration gives it [default: $BUDGET_LEDGER, else the configuration\'s, else ledger.db in the data directory]' -r -F
complete -c budget -n "__fish_budget_using_subcommand reprice" -l wait-lock -d 'How long to wait for other processes that write [default: 10s]' -r
complete -c budget -n "__fish_budget_using_subcommand reprice" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless the environment says otherwise'
always\t'Always'
never\t'Never'"
complete -c budget -n "__fish_budget_using_subcommand reprice" -l all -d 'Charges to every budget'
complete -c budget -n "__fish_budget_using_subcommand reprice" -l dry-run -d 'Say what would be corrected, and change nothing'
complete -c budget -n "__fish_budget_using_subcommand reprice" -l json -d 'Answer as JSON; errors, too'
complete -c budget -n "__fish_budget_using_subcommand reprice" -s q -l quiet -d 'Say nothing but results and errors'
complete -c budget -n "__fish_budget_using_subcommand reprice" -s v -l verbose -d 'Say more'
complete -c budget -n "__fish_budget_using_subcommand reprice" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c budget -n "__fish_budget_using_subcommand config" -l ledger -d 'The ledger file, or the name that the configuration gives it [default: $BUDGET_LEDGER, else the configuration\'s, else ledger.db in the data directory]' -r -F
complete -c budget -n "__fish_budget_using_subcommand config" -l wait-lock -d 'How long to wait for other processes that write [default: 10s]' -r
complete -c budget -n "__fish_budget_using_subcommand config" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless the environment says otherwise'
always\t'Always'
never\t'Never'"
complete -c budget -n "__fish_budget_using_subcommand config" -l path -d 'Print only where your own file is, or would be'
complete -c budget -n "__fish_budget_using_subcommand config" -l json -d 'Answer as JSON; errors, too'
complete -c budget -n "__fish_budget_using_subcommand config" -s q -l quiet -d 'Say nothing but results and errors'
complete -c budget -n "__fish_budget_using_subcommand config" -s v -l verbose -d 'Say more'
complete -c budget -n "__fish_budget_using_subcommand config" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c budget -n "__fish_budget_using_subcommand doctor" -l ledger -d 'The ledger file, or the name that the configuration gives it [default: $BUDGET_LEDGER, else the configuration\'s, else ledger.db in the data directory]' -r -F
complete -c budget -n "__fish_budget_using_subcommand doctor" -l wait-lock -d 'How long to wait for other processes that write [default: 10s]' -r
complete -c budget -n "__fish_budget_using_subcommand doctor" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless the environment says otherwise'
always\t'Always'
never\t'Never'"
complete -c budget -n "__fish_budget_using_subcommand doctor" -l accept-clock -d 'Believe the wall clock as it is now, after it jumped; recorded in the journal'
complete -c budget -n "__fish_budget_using_subcommand doctor" -l json -d 'Answer as JSON; errors, too'
complete -c budget -n "__fish_budget_using_subcommand doctor" -s q -l quiet -d 'Say nothing but results and errors'
complete -c budget -n "__fish_budget_using_subcommand doctor" -s v -l verbose -d 'Say more'
complete -c budget -n "__fish_budget_using_subcommand doctor" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c budget -n "__fish_budget_using_subcommand verify" -l anchor -d 'A head printed earlier, like 42:9f86d0…' -r
complete -c budget -n "__fish_budget_using_subcommand verify" -l ledger -d 'The ledger file, or the name that the configuration gives it [default: $BUDGET_LEDGER, else the configuration\'s, else ledger.db in the data directory]' -r -F
complete -c budget -n "__fish_budget_using_subcommand verify" -l wait-lock -d 'How long to wait for other processes that write [default: 10s]' -r
complete -c budget -n "__fish_budget_using_subcommand verify" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless the environment says otherwise'
always\t'Always'
never\t'Never'"
complete -c budget -n "__fish_budget_using_subcommand verify" -l json -d 'Answer as JSON; errors, too'
complete -c budget -n "__fish_budget_using_subcommand verify" -s q -l quiet -d 'Say nothing but results and errors'
complete -c budget -n "__fish_budget_using_subcommand verify" -s v -l verbose -d 'Say more'
complete -c budget -n "__fish_budget_using_subcommand verify" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c budget -n "__fish_budget_using_subcommand prices; and not __fish_seen_subcommand_from show list import diff" -l ledger -d 'The ledger file, or the name that the configuration gives it [default: $BUDGET_LEDGER, else the configuration\'s, else ledger.db in the data directory]' -r -F
complete -c budget -n "__fish_budget_using_subcommand prices; and not __fish_seen_subcommand_from show list import diff" -l wait-lock -d 'How long to wait for other processes that write [default: 10s]' -r
complete -c budget -n "__fish_budget_using_subcommand prices; and not __fish_seen_subcommand_from show list import diff" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless the environment says otherwise'
always\t'Always'
never\t'Never'"
complete -c budget -n "__fish_budget_using_subcommand prices; and not __fish_seen_subcommand_from show list import diff" -s q -l quiet -d 'Say nothing but results and errors'
complete -c budget -n "__fish_budget_using_subcommand prices; and not __fish_seen_subcommand_from show list import diff" -s v -l verbose -d 'Say more'
complete -c budget -n "__fish_budget_using_subcommand prices; and not __fish_seen_subcommand_from show list import diff" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c budget -n "__fish_budget_using_subcommand prices; and not __fish_seen_subcommand_from show list import diff" -f -a "show" -d 'Show what a model costs, in US dollars for a million tokens'
complete -c budget -n "__fish_budget_using_subcommand prices; and not __fish_seen_subcommand_from show list import diff" -f -a "list" -d 'List every model and what it costs now, in US dollars for a million tokens'
complete -c budget -n "__fish_budget_using_subcommand prices; and not __fish_seen_subcommand_from show list import diff" -f -a "import" -d 'Take prices from a file'
complete -c budget -n "__fish_budget_using_subcommand prices; and not __fish_seen_subcommand_from show list import diff" -f -a "diff" -d 'Show what importing a file would change; changes nothing'
complete -c budget -n "__fish_budget_using_subcommand prices; and __fish_seen_subcommand_from show" -l provider -d 'Who serves it [default: whom the name stands for]' -r
complete -c budget -n "__fish_budget_using_subcommand prices; and __fish_seen_subcommand_from show" -l at -d 'The prices of this day or instant [default: now]' -r
complete -c budget -n "__fish_budget_using_subcommand prices; and __fish_seen_subcommand_from show" -l ledger -d 'The ledger file, or the name that the configuration gives it [default: $BUDGET_LEDGER, else the configuration\'s, else ledger.db in the data directory]' -r -F
complete -c budget -n "__fish_budget_using_subcommand prices; and __fish_seen_subcommand_from show" -l wait-lock -d 'How long to wait for other processes that write [default: 10s]' -r
complete -c budget -n "__fish_budget_using_subcommand prices; and __fish_seen_subcommand_from show" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless the environment says otherwise'
always\t'Always'
never\t'Never'"
complete -c budget -n "__fish_budget_using_subcommand prices; and __fish_seen_subcommand_from show" -l json -d 'Answer as JSON; errors, too'
complete -c budget -n "__fish_budget_using_subcommand prices; and __fish_seen_subcommand_from show" -s q -l quiet -d 'Say nothing but results and errors'
complete -c budget -n "__fish_budget_using_subcommand prices; and __fish_seen_subcommand_from show" -s v -l verbose -d 'Say more'
complete -c budget -n "__fish_budget_using_subcommand prices; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help'
complete -c budget -n "__fish_budget_using_subcommand prices; and __fish_seen_subcommand_from list" -l provider -d 'Only what this provider serves' -r
complete -c budget -n "__fish_budget_using_subcommand prices; and __fish_seen_subcommand_from list" -l ledger -d 'The ledger file, or the name that the configuration gives it [default: $BUDGET_LEDGER, else the configuration\'s, else ledger.db in the data directory]' -r -F
complete -c budget -n "__fish_budget_using_subcommand prices; and __fish_seen_subcommand_from list" -l wait-lock -d 'How long to wait for other processes that write [default: 10s]' -r
complete -c budget -n "__fish_budget_using_subcommand prices; and __fish_seen_subcommand_from list" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless the environment says otherwise'
always\t'Always'
never\t'Never'"
complete -c budget -n "__fish_budget_using_subcommand prices; and __fish_seen_subcommand_from list" -l json -d 'Answer as JSON; errors, too'
complete -c budget -n "__fish_budget_using_subcommand prices; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Say nothing but results and errors'
complete -c budget -n "__fish_budget_using_subcommand prices; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Say more'
complete -c budget -n "__fish_budget_using_subcommand prices; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help'
complete -c budget -n "__fish_budget_using_subcommand prices; and __fish_seen_subcommand_from import" -l ledger -d 'The ledger file, or the name that the configuration gives it [default: $BUDGET_LEDGER, else the configuration\'s, else ledger.db in the data directory]' -r -F
complete -c budget -n "__fish_budget_using_subcommand prices; and __fish_seen_subcommand_from import" -l wait-lock -d 'How long to wait for other processes that write [default: 10s]' -r
complete -c budget -n "__fish_budget_using_subcommand prices; and __fish_seen_subcommand_from import" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless the environment says otherwise'
always\t'Always'
never\t'Never'"
complete -c budget -n "__fish_budget_using_subcommand prices; and __fish_seen_subcommand_from import" -l json -d 'Answer as JSON; errors, too'
complete -c budget -n "__fish_budget_using_subcommand prices; and __fish_seen_subcommand_from import" -s q -l quiet -d 'Say nothing but results and errors'
complete -c budget -n "__fish_budget_using_subcommand prices; and __fish_seen_subcommand_from import" -s v -l verbose -d 'Say more'
complete -c budget -n "__fish_budget_using_subcommand prices; and __fish_seen_subcommand_from import" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c budget -n "__fish_budget_using_subcommand prices; and __fish_seen_subcommand_from diff" -l ledger -d 'The ledger file, or the name that the configuration gives it [default: $BUDGET_LEDGER, else the configuration\'s, else ledger.db in the data directory]' -r -F
complete -c budget -n "__fish_budget_using_subcommand prices; and __fish_seen_subcommand_from diff" -l wait-lock -d 'How long to wait for other processes that write [default: 10s]' -r
complete -c budget -n "__fish_budget_using_subcommand prices; and __fish_seen_subcommand_from diff" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless the environment says otherwise'
always\t'Always'
never\t'Never'"
complete -c budget -n "__fish_budget_using_subcommand prices; and __fish_seen_subcommand_from diff" -l json -d 'Answer as JSON; errors, too'
complete -c budget -n "__fish_budget_using_subcommand prices; and __fish_seen_subcommand_from diff" -s q -l quiet -d 'Say nothing but results and errors'
complete -c budget -n "__fish_budget_using_subcommand prices; and __fish_seen_subcommand_from diff" -s v -l verbose -d 'Say more'
complete -c budget -n "__fish_budget_using_subcommand prices; and __fish_seen_subcommand_from diff" -s h -l help -d 'Print help'
complete -c budget -n "__fish_budget_using_subcommand completions" -l ledger -d 'The ledger file, or the name that the configuration gives it [default: $BUDGET_LEDGER, else the configuration\'s, else ledger.db in the data directory]' -r -F
complete -c budget -n "__fish_budget_using_subcommand completions" -l wait-lock -d 'How long to wait for other processes that write [default: 10s]' -r
complete -c budget -n "__fish_budget_using_subcommand completions" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless the environment says otherwise'
always\t'Always'
never\t'Never'"
complete -c budget -n "__fish_budget_using_subcommand completions" -s q -l quiet -d 'Say nothing but results and errors'
complete -c budget -n "__fish_budget_using_subcommand completions" -s v -l verbose -d 'Say more'
complete -c budget -n "__fish_budget_using_subcommand completions" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c budget -n "__fish_budget_using_subcommand man" -l dir -d 'Write every page below this directory, like ~/.local/share/man: commands to its man1, topics to its man7' -r -F
complete -c budget -n "__fish_budget_using_subcommand man" -l ledger -d 'The ledger file, or the name that the configuration gives it [default: $BUDGET_LEDGER, else the configuration\'s, else ledger.db in the data directory]' -r -F
complete -c budget -n "__fish_budget_using_subcommand man" -l wait-lock -d 'How long to wait for other processes that write [default: 10s]' -r
complete -c budget -n "__fish_budget_using_subcommand man" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless the environment says otherwise'
always\t'Always'
never\t'Never'"
complete -c budget -n "__fish_budget_using_subcommand man" -s q -l quiet -d 'Say nothing but results and errors'
complete -c budget -n "__fish_budget_using_subcommand man" -s v -l verbose -d 'Say more'
complete -c budget -n "__fish_budget_using_subcommand man" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c budget -n "__fish_budget_using_subcommand help" -l ledger -d 'The ledger file, or the name that the configuration gives it [default: $BUDGET_LEDGER, else the configuration\'s, else ledger.db in the data directory]' -r -F
complete -c budget -n "__fish_budget_using_subcommand help" -l wait-lock -d 'How long to wait for other processes that write [default: 10s]' -r
complete -c budget -n "__fish_budget_using_subcommand help" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless the environment says otherwise'
always\t'Always'
never\t'Never'"
complete -c budget -n "__fish_budget_using_subcommand help" -s q -l quiet -d 'Say nothing but results and errors'
complete -c budget -n "__fish_budget_using_subcommand help" -s v -l verbose -d 'Say more'
complete -c budget -n "__fish_budget_using_subcommand help" -s h -l help -d 'Print help (see more with \'--help\')'

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
complete -c budget -n "__fish_budget_using_subcommand set" -l remove-limit -r -f -a '(__fish_budget_values)'
complete -c budget -n "__fish_budget_using_subcommand log" -l reservation -r -f -a '(__fish_budget_values)'
complete -c budget -n "__fish_budget_using_subcommand import" -l budget -r -f -a '(__fish_budget_values)'
