
use builtin;
use str;

set edit:completion:arg-completer[budget] = {|@words|
    fn spaces {|n|
        builtin:repeat $n ' ' | str:join ''
    }
    fn cand {|text desc|
        edit:complex-candidate $text &display=$text' '(spaces (- 14 (wcswidth $text)))$desc
    }
    var command = 'budget'
    for word $words[1..-1] {
        if (str:has-prefix $word '-') {
            break
        }
        set command = $command';'$word
    }
    var completions = [
        &'budget'= {
            cand --ledger 'The ledger file, or the name that the configuration gives it [default: $BUDGET_LEDGER, else the configuration''s, else ledger.db in the data directory]'
            cand --wait-lock 'How long to wait for other processes that write [default: 10s]'
            cand --color 'When to use colour'
            cand -q 'Say nothing but results and errors'
            cand --quiet 'Say nothing but results and errors'
            cand -v 'Say more'
            cand --verbose 'Say more'
            cand -h 'Print help'
            cand --help 'Print help'
            cand -V 'Print version'
            cand --version 'Print version'
            cand status 'Show what is left, per budget and limit'
            cand statusline 'Print one line for a shell''s prompt or an agent''s status line'
            cand report 'Show what was spent: by time, by what it was for, or both'
            cand exec 'Run a command under a budget'
            cand create 'Make a budget'
            cand set 'Change a budget''s limits and policies'
            cand grant 'Add to a limit''s current window'
            cand freeze 'Stop a budget from admitting anything'
            cand unfreeze 'Let a frozen budget admit again'
            cand close 'Close a budget for good'
            cand list 'List budgets and their limits'
            cand show 'Show one budget in full'
            cand check 'Say whether a reservation would be admitted; nothing changes'
            cand remaining 'Print what is left as plain numbers in JSON'
            cand reserve 'Hold an amount before the work, and print the reservation''s id'
            cand commit 'Charge a reservation what its work cost'
            cand release 'Give a reservation back: nothing was spent'
            cand extend 'Move the end of a reservation''s lease on'
            cand spend 'Record what was spent without a reservation'
            cand refund 'Take a charge back with a new entry'
            cand reservations 'List reservations'
            cand log 'Show the journal: everything that moved, the latest last'
            cand import 'Bring in what an agent did before or without budget'
            cand prices 'Look at the price table, and bring another one'
            cand reprice 'Correct charges to the price tables of now'
            cand config 'Show what is in force here, and which file, variable or option says so'
            cand verify 'Prove the ledger: every sum, every reservation, every link of the journal'
            cand doctor 'Say which ledger is used and whether its clock is believed'
            cand completions 'Print the completion script of a shell'
            cand man 'Print the manual page of budget itself, or write those of every command to a directory'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'budget;status'= {
            cand --ledger 'The ledger file, or the name that the configuration gives it [default: $BUDGET_LEDGER, else the configuration''s, else ledger.db in the data directory]'
            cand --wait-lock 'How long to wait for other processes that write [default: 10s]'
            cand --color 'When to use colour'
            cand --json 'Answer as JSON; errors, too'
            cand -q 'Say nothing but results and errors'
            cand --quiet 'Say nothing but results and errors'
            cand -v 'Say more'
            cand --verbose 'Say more'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'budget;statusline'= {
            cand --format 'What to print, with {budget}, {limit}, {spent}, {reserved}, {left}, {percent}, {bar}, {resets}, {model} and {session} (its cost)'
            cand --ledger 'The ledger file, or the name that the configuration gives it [default: $BUDGET_LEDGER, else the configuration''s, else ledger.db in the data directory]'
            cand --wait-lock 'How long to wait for other processes that write [default: 10s]'
            cand --color 'When to use colour'
            cand -q 'Say nothing but results and errors'
            cand --quiet 'Say nothing but results and errors'
            cand -v 'Say more'
            cand --verbose 'Say more'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'budget;report'= {
            cand --by 'What makes a row: hour, day, week, month, year, budget, model, provider, agent, project, session or tag:KEY; may repeat, the coarsest first [default: day]'
            cand --since 'From this day or instant on, like 2026-11-01, or so long ago, like 7d'
            cand --until 'Up to this day, which is part of it, or to an instant'
            cand --tz 'The zone of the days [default: the budget''s, else the system''s]'
            cand --format 'Print it in this form'
            cand --html 'Write one page with charts, which needs no network, to a file, or to stdout for `-`'
            cand --ledger 'The ledger file, or the name that the configuration gives it [default: $BUDGET_LEDGER, else the configuration''s, else ledger.db in the data directory]'
            cand --wait-lock 'How long to wait for other processes that write [default: 10s]'
            cand --color 'When to use colour'
            cand --json 'Answer as JSON; errors, too'
            cand --csv 'Print rows as CSV, with exact figures'
            cand --markdown 'Print a Markdown table'
            cand -q 'Say nothing but results and errors'
            cand --quiet 'Say nothing but results and errors'
            cand -v 'Say more'
            cand --verbose 'Say more'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'budget;exec'= {
            cand --reserve 'How much to reserve, like 0.50usd or all:usd; may repeat [default: the budget''s own, else yours, else, for an agent whose usage can be read, all that the budget has left]'
            cand --limit 'Make the budget with this limit if it is not there; may repeat'
            cand --ttl 'How long it holds without being settled or renewed'
            cand --grace 'How long after that a settlement is still in time'
            cand --overage 'What happens when more was spent, instead of what the limits say'
            cand --on-unknown 'What is charged when nobody knows what was spent; release only where every budget on the path allows it'
            cand --meter 'Whose usage is read, from its output or the files that it keeps'
            cand --usage-file 'A file in which the command writes what it used, as JSON lines'
            cand --max-time 'Stop the command after so much active time'
            cand --deadline 'Stop the command after so much wall time'
            cand --stop-grace 'How long to wait between asking the command to stop, telling it to, and killing it'
            cand --wait 'Wait so long for room, behind everybody who waits already'
            cand --result 'Write the outcome there as JSON'
            cand --denied-exit 'Exit with this code instead of 75 or 77'
            cand --tag 'A label for reports, like team=web; may repeat'
            cand --note 'A note for people'
            cand --key 'Make the request safe to repeat: the same key gets the same answer, and nothing moves twice'
            cand --ledger 'The ledger file, or the name that the configuration gives it [default: $BUDGET_LEDGER, else the configuration''s, else ledger.db in the data directory]'
            cand --wait-lock 'How long to wait for other processes that write [default: 10s]'
            cand --color 'When to use colour'
            cand --notional 'Nobody is billed for it, as where a subscription pays: record what it would have cost, and charge everything but the money'
            cand --no-pass-down 'Do not hand the reserved money to an agent that can keep to it itself'
            cand -q 'Say nothing but results and errors'
            cand --quiet 'Say nothing but results and errors'
            cand -v 'Say more'
            cand --verbose 'Say more'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'budget;create'= {
            cand --limit 'A limit, like 20usd/day, 100usd/month, 500calls/hour, 5usd/30d or 3slots; may repeat'
            cand --tz 'The time zone of its days and months, like Europe/Berlin [default: the system''s]'
            cand --anchor 'Where its days, weeks and months start, like 06:00, sun or 15'
            cand --unit 'Declare a unit of your own, like rows; may repeat'
            cand --warn 'Share of a limit at which a warning is due, like 80%; may repeat'
            cand --overage 'What happens when a run costs more than it reserved: allow-with-overdraft, allow-with-overdraft:BOUND, allow-if-available or reject'
            cand --on-unknown 'What is charged when nobody knows what a run cost: charge (what it reserved) or release'
            cand --reserve 'What `exec` reserves when it is told nothing; may repeat'
            cand --cap 'A soft limit that children are told: max_tokens=N, max_steps=N, allow_tools=A,B, deny_tools=A,B or cooldown=5s; may repeat'
            cand --note 'A note for people'
            cand --key 'Make the request safe to repeat: the same key gets the same answer, and nothing moves twice'
            cand --ledger 'The ledger file, or the name that the configuration gives it [default: $BUDGET_LEDGER, else the configuration''s, else ledger.db in the data directory]'
            cand --wait-lock 'How long to wait for other processes that write [default: 10s]'
            cand --color 'When to use colour'
            cand --json 'Answer as JSON; errors, too'
            cand -q 'Say nothing but results and errors'
            cand --quiet 'Say nothing but results and errors'
            cand -v 'Say more'
            cand --verbose 'Say more'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'budget;set'= {
            cand --limit 'A limit to add, or to give another amount; may repeat'
            cand --remove-limit 'A limit to take off, like usd/day; may repeat'
            cand --warn 'Share of a limit at which a warning is due, like 80%; may repeat'
            cand --overage 'What happens when a run costs more than it reserved: allow-with-overdraft, allow-with-overdraft:BOUND, allow-if-available or reject'
            cand --on-unknown 'What is charged when nobody knows what a run cost: charge (what it reserved) or release'
            cand --reserve 'What `exec` reserves when it is told nothing; may repeat'
            cand --cap 'A soft limit that children are told: max_tokens=N, max_steps=N, allow_tools=A,B, deny_tools=A,B or cooldown=5s; may repeat'
            cand --note 'A note for people'
            cand --key 'Make the request safe to repeat: the same key gets the same answer, and nothing moves twice'
            cand --ledger 'The ledger file, or the name that the configuration gives it [default: $BUDGET_LEDGER, else the configuration''s, else ledger.db in the data directory]'
            cand --wait-lock 'How long to wait for other processes that write [default: 10s]'
            cand --color 'When to use colour'
            cand --json 'Answer as JSON; errors, too'
            cand -q 'Say nothing but results and errors'
            cand --quiet 'Say nothing but results and errors'
            cand -v 'Say more'
            cand --verbose 'Say more'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'budget;grant'= {
            cand --note 'A note for people'
            cand --key 'Make the request safe to repeat: the same key gets the same answer, and nothing moves twice'
            cand --ledger 'The ledger file, or the name that the configuration gives it [default: $BUDGET_LEDGER, else the configuration''s, else ledger.db in the data directory]'
            cand --wait-lock 'How long to wait for other processes that write [default: 10s]'
            cand --color 'When to use colour'
            cand --debit 'Take off instead of adding'
            cand --repay 'Pay back debt instead of adding room'
            cand --reset 'Set spent and debt to 0; what is reserved stays'
            cand --json 'Answer as JSON; errors, too'
            cand -q 'Say nothing but results and errors'
            cand --quiet 'Say nothing but results and errors'
            cand -v 'Say more'
            cand --verbose 'Say more'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'budget;freeze'= {
            cand --note 'A note for people'
            cand --ledger 'The ledger file, or the name that the configuration gives it [default: $BUDGET_LEDGER, else the configuration''s, else ledger.db in the data directory]'
            cand --wait-lock 'How long to wait for other processes that write [default: 10s]'
            cand --color 'When to use colour'
            cand --json 'Answer as JSON; errors, too'
            cand -q 'Say nothing but results and errors'
            cand --quiet 'Say nothing but results and errors'
            cand -v 'Say more'
            cand --verbose 'Say more'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'budget;unfreeze'= {
            cand --note 'A note for people'
            cand --ledger 'The ledger file, or the name that the configuration gives it [default: $BUDGET_LEDGER, else the configuration''s, else ledger.db in the data directory]'
            cand --wait-lock 'How long to wait for other processes that write [default: 10s]'
            cand --color 'When to use colour'
            cand --json 'Answer as JSON; errors, too'
            cand -q 'Say nothing but results and errors'
            cand --quiet 'Say nothing but results and errors'
            cand -v 'Say more'
            cand --verbose 'Say more'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'budget;close'= {
            cand --note 'A note for people'
            cand --ledger 'The ledger file, or the name that the configuration gives it [default: $BUDGET_LEDGER, else the configuration''s, else ledger.db in the data directory]'
            cand --wait-lock 'How long to wait for other processes that write [default: 10s]'
            cand --color 'When to use colour'
            cand --json 'Answer as JSON; errors, too'
            cand --force 'Close it while reservations are open, and let them settle'
            cand -q 'Say nothing but results and errors'
            cand --quiet 'Say nothing but results and errors'
            cand -v 'Say more'
            cand --verbose 'Say more'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'budget;list'= {
            cand --ledger 'The ledger file, or the name that the configuration gives it [default: $BUDGET_LEDGER, else the configuration''s, else ledger.db in the data directory]'
            cand --wait-lock 'How long to wait for other processes that write [default: 10s]'
            cand --color 'When to use colour'
            cand --all 'Closed ones, too'
            cand --json 'Answer as JSON; errors, too'
            cand -q 'Say nothing but results and errors'
            cand --quiet 'Say nothing but results and errors'
            cand -v 'Say more'
            cand --verbose 'Say more'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'budget;show'= {
            cand --ledger 'The ledger file, or the name that the configuration gives it [default: $BUDGET_LEDGER, else the configuration''s, else ledger.db in the data directory]'
            cand --wait-lock 'How long to wait for other processes that write [default: 10s]'
            cand --color 'When to use colour'
            cand --json 'Answer as JSON; errors, too'
            cand -q 'Say nothing but results and errors'
            cand --quiet 'Say nothing but results and errors'
            cand -v 'Say more'
            cand --verbose 'Say more'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'budget;check'= {
            cand --ledger 'The ledger file, or the name that the configuration gives it [default: $BUDGET_LEDGER, else the configuration''s, else ledger.db in the data directory]'
            cand --wait-lock 'How long to wait for other processes that write [default: 10s]'
            cand --color 'When to use colour'
            cand --json 'Answer as JSON; errors, too'
            cand -q 'Say nothing but results and errors'
            cand --quiet 'Say nothing but results and errors'
            cand -v 'Say more'
            cand --verbose 'Say more'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'budget;remaining'= {
            cand --ledger 'The ledger file, or the name that the configuration gives it [default: $BUDGET_LEDGER, else the configuration''s, else ledger.db in the data directory]'
            cand --wait-lock 'How long to wait for other processes that write [default: 10s]'
            cand --color 'When to use colour'
            cand --json 'Accepted and without effect: the answer is JSON'
            cand -q 'Say nothing but results and errors'
            cand --quiet 'Say nothing but results and errors'
            cand -v 'Say more'
            cand --verbose 'Say more'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'budget;reserve'= {
            cand --limit 'Make the budget with this limit if it is not there; may repeat'
            cand --ttl 'How long it holds without being settled or renewed'
            cand --grace 'How long after that a settlement is still in time'
            cand --overage 'What happens when more was spent, instead of what the limits say'
            cand --on-unknown 'What is charged when nobody knows what was spent; release only where every budget on the path allows it'
            cand --wait 'Wait so long for room, behind everybody who waits already'
            cand --action 'What it is for, like tool:bash'
            cand --tag 'A label for reports, like team=web; may repeat'
            cand --note 'A note for people'
            cand --key 'Make the request safe to repeat: the same key gets the same answer, and nothing moves twice'
            cand --ledger 'The ledger file, or the name that the configuration gives it [default: $BUDGET_LEDGER, else the configuration''s, else ledger.db in the data directory]'
            cand --wait-lock 'How long to wait for other processes that write [default: 10s]'
            cand --color 'When to use colour'
            cand --dry-run 'Only say whether it would be admitted'
            cand --json 'Answer as JSON; errors, too'
            cand -q 'Say nothing but results and errors'
            cand --quiet 'Say nothing but results and errors'
            cand -v 'Say more'
            cand --verbose 'Say more'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'budget;commit'= {
            cand --tag 'A label for reports, like team=web; may repeat'
            cand --note 'A note for people'
            cand --key 'Make the request safe to repeat: the same key gets the same answer, and nothing moves twice'
            cand --response 'A recorded answer of a provider, which says what was used: JSON, or a recorded stream; - is standard input'
            cand --api 'Whose answer it is, where that cannot be told from it'
            cand --model 'The model'
            cand --provider 'Its provider'
            cand --input-tokens 'Input tokens that came from no cache'
            cand --cache-read-tokens 'Input tokens read from a cache'
            cand --cache-write-tokens 'Input tokens written to a cache'
            cand --output-tokens 'Output tokens, reasoning included'
            cand --reasoning-tokens 'How many of them were reasoning'
            cand --ledger 'The ledger file, or the name that the configuration gives it [default: $BUDGET_LEDGER, else the configuration''s, else ledger.db in the data directory]'
            cand --wait-lock 'How long to wait for other processes that write [default: 10s]'
            cand --color 'When to use colour'
            cand --keep 'Charge only this much now, and keep the rest reserved'
            cand --json 'Answer as JSON; errors, too'
            cand --notional 'Nobody is billed for the answer, as where a subscription pays: charge everything but money'
            cand -q 'Say nothing but results and errors'
            cand --quiet 'Say nothing but results and errors'
            cand -v 'Say more'
            cand --verbose 'Say more'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'budget;release'= {
            cand --reason 'Why'
            cand --tag 'A label for reports, like team=web; may repeat'
            cand --note 'A note for people'
            cand --key 'Make the request safe to repeat: the same key gets the same answer, and nothing moves twice'
            cand --ledger 'The ledger file, or the name that the configuration gives it [default: $BUDGET_LEDGER, else the configuration''s, else ledger.db in the data directory]'
            cand --wait-lock 'How long to wait for other processes that write [default: 10s]'
            cand --color 'When to use colour'
            cand --json 'Answer as JSON; errors, too'
            cand -q 'Say nothing but results and errors'
            cand --quiet 'Say nothing but results and errors'
            cand -v 'Say more'
            cand --verbose 'Say more'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'budget;extend'= {
            cand --by 'By how much [default: the reservation''s own length]'
            cand --key 'Make the request safe to repeat: the same key gets the same answer, and nothing moves twice'
            cand --ledger 'The ledger file, or the name that the configuration gives it [default: $BUDGET_LEDGER, else the configuration''s, else ledger.db in the data directory]'
            cand --wait-lock 'How long to wait for other processes that write [default: 10s]'
            cand --color 'When to use colour'
            cand --json 'Answer as JSON; errors, too'
            cand -q 'Say nothing but results and errors'
            cand --quiet 'Say nothing but results and errors'
            cand -v 'Say more'
            cand --verbose 'Say more'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'budget;spend'= {
            cand --limit 'Make the budget with this limit if it is not there; may repeat'
            cand --tag 'A label for reports, like team=web; may repeat'
            cand --note 'A note for people'
            cand --key 'Make the request safe to repeat: the same key gets the same answer, and nothing moves twice'
            cand --response 'A recorded answer of a provider, which says what was used: JSON, or a recorded stream; - is standard input'
            cand --api 'Whose answer it is, where that cannot be told from it'
            cand --model 'The model'
            cand --provider 'Its provider'
            cand --input-tokens 'Input tokens that came from no cache'
            cand --cache-read-tokens 'Input tokens read from a cache'
            cand --cache-write-tokens 'Input tokens written to a cache'
            cand --output-tokens 'Output tokens, reasoning included'
            cand --reasoning-tokens 'How many of them were reasoning'
            cand --ledger 'The ledger file, or the name that the configuration gives it [default: $BUDGET_LEDGER, else the configuration''s, else ledger.db in the data directory]'
            cand --wait-lock 'How long to wait for other processes that write [default: 10s]'
            cand --color 'When to use colour'
            cand --json 'Answer as JSON; errors, too'
            cand --notional 'Nobody is billed for the answer, as where a subscription pays: charge everything but money'
            cand -q 'Say nothing but results and errors'
            cand --quiet 'Say nothing but results and errors'
            cand -v 'Say more'
            cand --verbose 'Say more'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'budget;refund'= {
            cand --tag 'A label for reports, like team=web; may repeat'
            cand --note 'A note for people'
            cand --key 'Make the request safe to repeat: the same key gets the same answer, and nothing moves twice'
            cand --ledger 'The ledger file, or the name that the configuration gives it [default: $BUDGET_LEDGER, else the configuration''s, else ledger.db in the data directory]'
            cand --wait-lock 'How long to wait for other processes that write [default: 10s]'
            cand --color 'When to use colour'
            cand --json 'Answer as JSON; errors, too'
            cand -q 'Say nothing but results and errors'
            cand --quiet 'Say nothing but results and errors'
            cand -v 'Say more'
            cand --verbose 'Say more'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'budget;reservations'= {
            cand --state 'Only those in this state'
            cand --ledger 'The ledger file, or the name that the configuration gives it [default: $BUDGET_LEDGER, else the configuration''s, else ledger.db in the data directory]'
            cand --wait-lock 'How long to wait for other processes that write [default: 10s]'
            cand --color 'When to use colour'
            cand --json 'Answer as JSON; errors, too'
            cand -q 'Say nothing but results and errors'
            cand --quiet 'Say nothing but results and errors'
            cand -v 'Say more'
            cand --verbose 'Say more'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'budget;log'= {
            cand --reservation 'Only what is about this reservation'
            cand -n 'Only the latest so many entries'
            cand --last 'Only the latest so many entries'
            cand --ledger 'The ledger file, or the name that the configuration gives it [default: $BUDGET_LEDGER, else the configuration''s, else ledger.db in the data directory]'
            cand --wait-lock 'How long to wait for other processes that write [default: 10s]'
            cand --color 'When to use colour'
            cand --json 'Answer as JSON; errors, too'
            cand -q 'Say nothing but results and errors'
            cand --quiet 'Say nothing but results and errors'
            cand -v 'Say more'
            cand --verbose 'Say more'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'budget;import'= {
            cand --budget 'The budget that messages count against which no rule names another for'
            cand --project 'Where the session worked in this directory or below it; may repeat'
            cand --model 'Where the model''s name begins so; may repeat'
            cand --limit 'Make the --budget with this limit if it is not there; may repeat'
            cand --since 'Only what was answered since: 2026-11-01, or 7d for the last seven days'
            cand --ledger 'The ledger file, or the name that the configuration gives it [default: $BUDGET_LEDGER, else the configuration''s, else ledger.db in the data directory]'
            cand --wait-lock 'How long to wait for other processes that write [default: 10s]'
            cand --color 'When to use colour'
            cand --notional 'Nobody was billed for it, as where a subscription pays: charge everything but the money'
            cand --dry-run 'Say what would be imported, and change nothing'
            cand --json 'Answer as JSON; errors, too'
            cand -q 'Say nothing but results and errors'
            cand --quiet 'Say nothing but results and errors'
            cand -v 'Say more'
            cand --verbose 'Say more'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'budget;prices'= {
            cand --ledger 'The ledger file, or the name that the configuration gives it [default: $BUDGET_LEDGER, else the configuration''s, else ledger.db in the data directory]'
            cand --wait-lock 'How long to wait for other processes that write [default: 10s]'
            cand --color 'When to use colour'
            cand -q 'Say nothing but results and errors'
            cand --quiet 'Say nothing but results and errors'
            cand -v 'Say more'
            cand --verbose 'Say more'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand show 'Show what a model costs, in US dollars for a million tokens'
            cand list 'List every model and what it costs now, in US dollars for a million tokens'
            cand import 'Take prices from a file'
            cand diff 'Show what importing a file would change; changes nothing'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'budget;prices;show'= {
            cand --provider 'Who serves it [default: whom the name stands for]'
            cand --at 'The prices of this day or instant [default: now]'
            cand --ledger 'The ledger file, or the name that the configuration gives it [default: $BUDGET_LEDGER, else the configuration''s, else ledger.db in the data directory]'
            cand --wait-lock 'How long to wait for other processes that write [default: 10s]'
            cand --color 'When to use colour'
            cand --json 'Answer as JSON; errors, too'
            cand -q 'Say nothing but results and errors'
            cand --quiet 'Say nothing but results and errors'
            cand -v 'Say more'
            cand --verbose 'Say more'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'budget;prices;list'= {
            cand --provider 'Only what this provider serves'
            cand --ledger 'The ledger file, or the name that the configuration gives it [default: $BUDGET_LEDGER, else the configuration''s, else ledger.db in the data directory]'
            cand --wait-lock 'How long to wait for other processes that write [default: 10s]'
            cand --color 'When to use colour'
            cand --json 'Answer as JSON; errors, too'
            cand -q 'Say nothing but results and errors'
            cand --quiet 'Say nothing but results and errors'
            cand -v 'Say more'
            cand --verbose 'Say more'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'budget;prices;import'= {
            cand --ledger 'The ledger file, or the name that the configuration gives it [default: $BUDGET_LEDGER, else the configuration''s, else ledger.db in the data directory]'
            cand --wait-lock 'How long to wait for other processes that write [default: 10s]'
            cand --color 'When to use colour'
            cand --json 'Answer as JSON; errors, too'
            cand -q 'Say nothing but results and errors'
            cand --quiet 'Say nothing but results and errors'
            cand -v 'Say more'
            cand --verbose 'Say more'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'budget;prices;diff'= {
            cand --ledger 'The ledger file, or the name that the configuration gives it [default: $BUDGET_LEDGER, else the configuration''s, else ledger.db in the data directory]'
            cand --wait-lock 'How long to wait for other processes that write [default: 10s]'
            cand --color 'When to use colour'
            cand --json 'Answer as JSON; errors, too'
            cand -q 'Say nothing but results and errors'
            cand --quiet 'Say nothing but results and errors'
            cand -v 'Say more'
            cand --verbose 'Say more'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'budget;prices;help'= {
            cand show 'Show what a model costs, in US dollars for a million tokens'
            cand list 'List every model and what it costs now, in US dollars for a million tokens'
            cand import 'Take prices from a file'
            cand diff 'Show what importing a file would change; changes nothing'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'budget;prices;help;show'= {
        }
        &'budget;prices;help;list'= {
        }
        &'budget;prices;help;import'= {
        }
        &'budget;prices;help;diff'= {
        }
        &'budget;prices;help;help'= {
        }
        &'budget;reprice'= {
            cand --since 'Only what was charged since: 2026-11-01, or 7d for the last seven days'
            cand --until 'Only what was charged before'
            cand --model 'Only where a model was used whose name begins so'
            cand --ledger 'The ledger file, or the name that the configuration gives it [default: $BUDGET_LEDGER, else the configuration''s, else ledger.db in the data directory]'
            cand --wait-lock 'How long to wait for other processes that write [default: 10s]'
            cand --color 'When to use colour'
            cand --all 'Charges to every budget'
            cand --dry-run 'Say what would be corrected, and change nothing'
            cand --json 'Answer as JSON; errors, too'
            cand -q 'Say nothing but results and errors'
            cand --quiet 'Say nothing but results and errors'
            cand -v 'Say more'
            cand --verbose 'Say more'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'budget;config'= {
            cand --ledger 'The ledger file, or the name that the configuration gives it [default: $BUDGET_LEDGER, else the configuration''s, else ledger.db in the data directory]'
            cand --wait-lock 'How long to wait for other processes that write [default: 10s]'
            cand --color 'When to use colour'
            cand --path 'Print only where your own file is, or would be'
            cand --json 'Answer as JSON; errors, too'
            cand -q 'Say nothing but results and errors'
            cand --quiet 'Say nothing but results and errors'
            cand -v 'Say more'
            cand --verbose 'Say more'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'budget;verify'= {
            cand --anchor 'A head printed earlier, like 42:9f86d0…'
            cand --ledger 'The ledger file, or the name that the configuration gives it [default: $BUDGET_LEDGER, else the configuration''s, else ledger.db in the data directory]'
            cand --wait-lock 'How long to wait for other processes that write [default: 10s]'
            cand --color 'When to use colour'
            cand --json 'Answer as JSON; errors, too'
            cand -q 'Say nothing but results and errors'
            cand --quiet 'Say nothing but results and errors'
            cand -v 'Say more'
            cand --verbose 'Say more'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'budget;doctor'= {
            cand --ledger 'The ledger file, or the name that the configuration gives it [default: $BUDGET_LEDGER, else the configuration''s, else ledger.db in the data directory]'
            cand --wait-lock 'How long to wait for other processes that write [default: 10s]'
            cand --color 'When to use colour'
            cand --accept-clock 'Believe the wall clock as it is now, after it jumped; recorded in the journal'
            cand --json 'Answer as JSON; errors, too'
            cand -q 'Say nothing but results and errors'
            cand --quiet 'Say nothing but results and errors'
            cand -v 'Say more'
            cand --verbose 'Say more'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'budget;completions'= {
            cand --ledger 'The ledger file, or the name that the configuration gives it [default: $BUDGET_LEDGER, else the configuration''s, else ledger.db in the data directory]'
            cand --wait-lock 'How long to wait for other processes that write [default: 10s]'
            cand --color 'When to use colour'
            cand -q 'Say nothing but results and errors'
            cand --quiet 'Say nothing but results and errors'
            cand -v 'Say more'
            cand --verbose 'Say more'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'budget;man'= {
            cand --dir 'Write every page there, like ~/.local/share/man/man1'
            cand --ledger 'The ledger file, or the name that the configuration gives it [default: $BUDGET_LEDGER, else the configuration''s, else ledger.db in the data directory]'
            cand --wait-lock 'How long to wait for other processes that write [default: 10s]'
            cand --color 'When to use colour'
            cand -q 'Say nothing but results and errors'
            cand --quiet 'Say nothing but results and errors'
            cand -v 'Say more'
            cand --verbose 'Say more'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'budget;help'= {
            cand status 'Show what is left, per budget and limit'
            cand statusline 'Print one line for a shell''s prompt or an agent''s status line'
            cand report 'Show what was spent: by time, by what it was for, or both'
            cand exec 'Run a command under a budget'
            cand create 'Make a budget'
            cand set 'Change a budget''s limits and policies'
            cand grant 'Add to a limit''s current window'
            cand freeze 'Stop a budget from admitting anything'
            cand unfreeze 'Let a frozen budget admit again'
            cand close 'Close a budget for good'
            cand list 'List budgets and their limits'
            cand show 'Show one budget in full'
            cand check 'Say whether a reservation would be admitted; nothing changes'
            cand remaining 'Print what is left as plain numbers in JSON'
            cand reserve 'Hold an amount before the work, and print the reservation''s id'
            cand commit 'Charge a reservation what its work cost'
            cand release 'Give a reservation back: nothing was spent'
            cand extend 'Move the end of a reservation''s lease on'
            cand spend 'Record what was spent without a reservation'
            cand refund 'Take a charge back with a new entry'
            cand reservations 'List reservations'
            cand log 'Show the journal: everything that moved, the latest last'
            cand import 'Bring in what an agent did before or without budget'
            cand prices 'Look at the price table, and bring another one'
            cand reprice 'Correct charges to the price tables of now'
            cand config 'Show what is in force here, and which file, variable or option says so'
            cand verify 'Prove the ledger: every sum, every reservation, every link of the journal'
            cand doctor 'Say which ledger is used and whether its clock is believed'
            cand completions 'Print the completion script of a shell'
            cand man 'Print the manual page of budget itself, or write those of every command to a directory'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'budget;help;status'= {
        }
        &'budget;help;statusline'= {
        }
        &'budget;help;report'= {
        }
        &'budget;help;exec'= {
        }
        &'budget;help;create'= {
        }
        &'budget;help;set'= {
        }
        &'budget;help;grant'= {
        }
        &'budget;help;freeze'= {
        }
        &'budget;help;unfreeze'= {
        }
        &'budget;help;close'= {
        }
        &'budget;help;list'= {
        }
        &'budget;help;show'= {
        }
        &'budget;help;check'= {
        }
        &'budget;help;remaining'= {
        }
        &'budget;help;reserve'= {
        }
        &'budget;help;commit'= {
        }
        &'budget;help;release'= {
        }
        &'budget;help;extend'= {
        }
        &'budget;help;spend'= {
        }
        &'budget;help;refund'= {
        }
        &'budget;help;reservations'= {
        }
        &'budget;help;log'= {
        }
        &'budget;help;import'= {
        }
        &'budget;help;prices'= {
            cand show 'Show what a model costs, in US dollars for a million tokens'
            cand list 'List every model and what it costs now, in US dollars for a million tokens'
            cand import 'Take prices from a file'
            cand diff 'Show what importing a file would change; changes nothing'
        }
        &'budget;help;prices;show'= {
        }
        &'budget;help;prices;list'= {
        }
        &'budget;help;prices;import'= {
        }
        &'budget;help;prices;diff'= {
        }
        &'budget;help;reprice'= {
        }
        &'budget;help;config'= {
        }
        &'budget;help;verify'= {
        }
        &'budget;help;doctor'= {
        }
        &'budget;help;completions'= {
        }
        &'budget;help;man'= {
        }
        &'budget;help;help'= {
        }
    ]
    $completions[$command]
}
