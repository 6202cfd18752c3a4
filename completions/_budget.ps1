
using namespace System.Management.Automation
using namespace System.Management.Automation.Language

Register-ArgumentCompleter -Native -CommandName 'budget' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    # Asks the program first, which knows the ledger; what it does not know is left to the words below.
    $typed = @($commandAst.CommandElements | Where-Object { $_.Extent.StartOffset -lt $cursorPosition } |
        Select-Object -Skip 1 | ForEach-Object { $_.Extent.Text })
    if ($wordToComplete -eq '') { $typed += '""' }
    $answer = @(try { & $commandAst.CommandElements[0].Extent.Text __complete '--' @typed 2>$null } catch { })
    if ($answer.Count -gt 0 -and $answer[0] -eq 'values') {
        return @($answer | Select-Object -Skip 1 | ForEach-Object {
            $value, $about = $_ -split "`t", 2
            [CompletionResult]::new($value, $value, [CompletionResultType]::ParameterValue, "$value $about")
        })
    }
    if ($answer.Count -gt 0 -and $answer[0] -eq 'command') {
        return [CompletionCompleters]::CompleteFilename($wordToComplete)
    }

    $commandElements = $commandAst.CommandElements
    $command = @(
        'budget'
        for ($i = 1; $i -lt $commandElements.Count; $i++) {
            $element = $commandElements[$i]
            if ($element -isnot [StringConstantExpressionAst] -or
                $element.StringConstantType -ne [StringConstantType]::BareWord -or
                $element.Value.StartsWith('-') -or
                $element.Value -eq $wordToComplete) {
                break
        }
        $element.Value
    }) -join ';'

    $completions = @(switch ($command) {
        'budget' {
            [CompletionResult]::new('--ledger', '--ledger', [CompletionResultType]::ParameterName, 'The ledger file, or the name that the configuration gives it [default: $BUDGET_LEDGER, else the configuration''s, else ledger.db in the data directory]')
            [CompletionResult]::new('--wait-lock', '--wait-lock', [CompletionResultType]::ParameterName, 'How long to wait for other processes that write [default: 10s]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but results and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but results and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('status', 'status', [CompletionResultType]::ParameterValue, 'Show what is left, per budget and limit')
            [CompletionResult]::new('forecast', 'forecast', [CompletionResultType]::ParameterValue, 'Show what limits come to by their end, and when they run out')
            [CompletionResult]::new('remaining', 'remaining', [CompletionResultType]::ParameterValue, 'Print what is left as plain numbers in JSON')
            [CompletionResult]::new('statusline', 'statusline', [CompletionResultType]::ParameterValue, 'Print one line for a shell''s prompt or an agent''s status line')
            [CompletionResult]::new('check', 'check', [CompletionResultType]::ParameterValue, 'Say whether a reservation would be admitted; nothing changes')
            [CompletionResult]::new('quote', 'quote', [CompletionResultType]::ParameterValue, 'Say what runs like this one cost before')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List budgets and their limits')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show one budget in full')
            [CompletionResult]::new('exec', 'exec', [CompletionResultType]::ParameterValue, 'Run a command under a budget')
            [CompletionResult]::new('create', 'create', [CompletionResultType]::ParameterValue, 'Make a budget')
            [CompletionResult]::new('set', 'set', [CompletionResultType]::ParameterValue, 'Change a budget''s limits and policies')
            [CompletionResult]::new('grant', 'grant', [CompletionResultType]::ParameterValue, 'Add to a limit''s current window')
            [CompletionResult]::new('freeze', 'freeze', [CompletionResultType]::ParameterValue, 'Stop a budget from admitting anything')
            [CompletionResult]::new('unfreeze', 'unfreeze', [CompletionResultType]::ParameterValue, 'Let a frozen budget admit again')
            [CompletionResult]::new('close', 'close', [CompletionResultType]::ParameterValue, 'Close a budget for good')
            [CompletionResult]::new('reserve', 'reserve', [CompletionResultType]::ParameterValue, 'Hold an amount before the work, and print the reservation''s id')
            [CompletionResult]::new('commit', 'commit', [CompletionResultType]::ParameterValue, 'Charge a reservation what its work cost')
            [CompletionResult]::new('release', 'release', [CompletionResultType]::ParameterValue, 'Give a reservation back: nothing was spent')
            [CompletionResult]::new('extend', 'extend', [CompletionResultType]::ParameterValue, 'Move the end of a reservation''s lease on')
            [CompletionResult]::new('spend', 'spend', [CompletionResultType]::ParameterValue, 'Record what was spent without a reservation')
            [CompletionResult]::new('refund', 'refund', [CompletionResultType]::ParameterValue, 'Take a charge back with a new entry')
            [CompletionResult]::new('reservations', 'reservations', [CompletionResultType]::ParameterValue, 'List reservations')
            [CompletionResult]::new('report', 'report', [CompletionResultType]::ParameterValue, 'Show what was spent: by time, by what it was for, or both')
            [CompletionResult]::new('statement', 'statement', [CompletionResultType]::ParameterValue, 'Show what moved a budget''s limits, entry by entry')
            [CompletionResult]::new('log', 'log', [CompletionResultType]::ParameterValue, 'Show the journal: everything that moved, the latest last')
            [CompletionResult]::new('import', 'import', [CompletionResultType]::ParameterValue, 'Bring in what an agent did before or without budget')
            [CompletionResult]::new('reprice', 'reprice', [CompletionResultType]::ParameterValue, 'Correct charges to the price tables of now')
            [CompletionResult]::new('config', 'config', [CompletionResultType]::ParameterValue, 'Show what is in force here, and which file or variable says so')
            [CompletionResult]::new('doctor', 'doctor', [CompletionResultType]::ParameterValue, 'Say which ledger is used, and whether all around it is sound')
            [CompletionResult]::new('verify', 'verify', [CompletionResultType]::ParameterValue, 'Prove every sum, every reservation and every link of the journal')
            [CompletionResult]::new('prices', 'prices', [CompletionResultType]::ParameterValue, 'Look at the price table, and bring another one')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'Print the completion script of a shell')
            [CompletionResult]::new('man', 'man', [CompletionResultType]::ParameterValue, 'Print the manual page, or write those of every command')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Explain a command or a topic')
            break
        }
        'budget;status' {
            [CompletionResult]::new('--watch', '--watch', [CompletionResultType]::ParameterName, 'Show it anew, in place, every 2 seconds or so often (1s to 1h), until Ctrl-C; where there is no terminal, one view after another, with --json a line each')
            [CompletionResult]::new('--ledger', '--ledger', [CompletionResultType]::ParameterName, 'The ledger file, or the name that the configuration gives it [default: $BUDGET_LEDGER, else the configuration''s, else ledger.db in the data directory]')
            [CompletionResult]::new('--wait-lock', '--wait-lock', [CompletionResultType]::ParameterName, 'How long to wait for other processes that write [default: 10s]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Answer as JSON; errors, too')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but results and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but results and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'budget;forecast' {
            [CompletionResult]::new('--ledger', '--ledger', [CompletionResultType]::ParameterName, 'The ledger file, or the name that the configuration gives it [default: $BUDGET_LEDGER, else the configuration''s, else ledger.db in the data directory]')
            [CompletionResult]::new('--wait-lock', '--wait-lock', [CompletionResultType]::ParameterName, 'How long to wait for other processes that write [default: 10s]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Answer as JSON; errors, too')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but results and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but results and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'budget;remaining' {
            [CompletionResult]::new('--ledger', '--ledger', [CompletionResultType]::ParameterName, 'The ledger file, or the name that the configuration gives it [default: $BUDGET_LEDGER, else the configuration''s, else ledger.db in the data directory]')
            [CompletionResult]::new('--wait-lock', '--wait-lock', [CompletionResultType]::ParameterName, 'How long to wait for other processes that write [default: 10s]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Accepted and without effect: the answer is JSON')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but results and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but results and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'budget;statusline' {
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'What to print, with {budget}, {limit}, {spent}, {reserved}, {left}, {percent}, {bar}, {resets}, {model} and {session} (its cost)')
            [CompletionResult]::new('--ledger', '--ledger', [CompletionResultType]::ParameterName, 'The ledger file, or the name that the configuration gives it [default: $BUDGET_LEDGER, else the configuration''s, else ledger.db in the data directory]')
            [CompletionResult]::new('--wait-lock', '--wait-lock', [CompletionResultType]::ParameterName, 'How long to wait for other processes that write [default: 10s]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but results and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but results and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'budget;check' {
            [CompletionResult]::new('--ledger', '--ledger', [CompletionResultType]::ParameterName, 'The ledger file, or the name that the configuration gives it [default: $BUDGET_LEDGER, else the configuration''s, else ledger.db in the data directory]')
            [CompletionResult]::new('--wait-lock', '--wait-lock', [CompletionResultType]::ParameterName, 'How long to wait for other processes that write [default: 10s]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Answer as JSON; errors, too')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but results and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but results and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'budget;quote' {
            [CompletionResult]::new('--ledger', '--ledger', [CompletionResultType]::ParameterName, 'The ledger file, or the name that the configuration gives it [default: $BUDGET_LEDGER, else the configuration''s, else ledger.db in the data directory]')
            [CompletionResult]::new('--wait-lock', '--wait-lock', [CompletionResultType]::ParameterName, 'How long to wait for other processes that write [default: 10s]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Answer as JSON; errors, too')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but results and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but results and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'budget;list' {
            [CompletionResult]::new('--ledger', '--ledger', [CompletionResultType]::ParameterName, 'The ledger file, or the name that the configuration gives it [default: $BUDGET_LEDGER, else the configuration''s, else ledger.db in the data directory]')
            [CompletionResult]::new('--wait-lock', '--wait-lock', [CompletionResultType]::ParameterName, 'How long to wait for other processes that write [default: 10s]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--all', '--all', [CompletionResultType]::ParameterName, 'Closed ones, too')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Answer as JSON; errors, too')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but results and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but results and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'budget;show' {
            [CompletionResult]::new('--ledger', '--ledger', [CompletionResultType]::ParameterName, 'The ledger file, or the name that the configuration gives it [default: $BUDGET_LEDGER, else the configuration''s, else ledger.db in the data directory]')
            [CompletionResult]::new('--wait-lock', '--wait-lock', [CompletionResultType]::ParameterName, 'How long to wait for other processes that write [default: 10s]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Answer as JSON; errors, too')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but results and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but results and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'budget;exec' {
            [CompletionResult]::new('--reserve', '--reserve', [CompletionResultType]::ParameterName, 'How much to reserve, like 0.50usd or all:usd, or what runs like this one cost, like p90 (of usd) or median:tokens; may repeat [default: the budget''s own, else yours, else, for an agent whose usage can be read, all that the budget has left]')
            [CompletionResult]::new('--limit', '--limit', [CompletionResultType]::ParameterName, 'Make the budget with this limit if it is not there; may repeat')
            [CompletionResult]::new('--min', '--min', [CompletionResultType]::ParameterName, 'Refuse where less than this is available, though what is reserved would fit; may repeat')
            [CompletionResult]::new('--ttl', '--ttl', [CompletionResultType]::ParameterName, 'How long it holds without being settled or renewed')
            [CompletionResult]::new('--grace', '--grace', [CompletionResultType]::ParameterName, 'How long after that a settlement is still in time')
            [CompletionResult]::new('--overage', '--overage', [CompletionResultType]::ParameterName, 'What happens when more was spent, instead of what the limits say')
            [CompletionResult]::new('--on-unknown', '--on-unknown', [CompletionResultType]::ParameterName, 'What is charged when nobody knows what was spent; release only where every budget on the path allows it')
            [CompletionResult]::new('--meter', '--meter', [CompletionResultType]::ParameterName, 'Whose usage is read, from its output or the files that it keeps')
            [CompletionResult]::new('--usage-file', '--usage-file', [CompletionResultType]::ParameterName, 'A file in which the command writes what it used, as JSON lines')
            [CompletionResult]::new('--max-time', '--max-time', [CompletionResultType]::ParameterName, 'Stop the command after so much active time')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'Stop the command after so much wall time')
            [CompletionResult]::new('--stop-grace', '--stop-grace', [CompletionResultType]::ParameterName, 'How long to wait between asking the command to stop, telling it to, and killing it')
            [CompletionResult]::new('--wait', '--wait', [CompletionResultType]::ParameterName, 'Wait so long for room, behind everybody who waits already')
            [CompletionResult]::new('--result', '--result', [CompletionResultType]::ParameterName, 'Write the outcome there as JSON')
            [CompletionResult]::new('--denied-exit', '--denied-exit', [CompletionResultType]::ParameterName, 'Exit with this code instead of 75 or 77')
            [CompletionResult]::new('--tag', '--tag', [CompletionResultType]::ParameterName, 'A label for reports, like team=web; may repeat')
            [CompletionResult]::new('--note', '--note', [CompletionResultType]::ParameterName, 'A note for people')
            [CompletionResult]::new('--key', '--key', [CompletionResultType]::ParameterName, 'Make the request safe to repeat: the same key gets the same answer, and nothing moves twice')
            [CompletionResult]::new('--ledger', '--ledger', [CompletionResultType]::ParameterName, 'The ledger file, or the name that the configuration gives it [default: $BUDGET_LEDGER, else the configuration''s, else ledger.db in the data directory]')
            [CompletionResult]::new('--wait-lock', '--wait-lock', [CompletionResultType]::ParameterName, 'How long to wait for other processes that write [default: 10s]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--notional', '--notional', [CompletionResultType]::ParameterName, 'Nobody is billed for it, as where a subscription pays: record what it would have cost, and charge everything but the money')
            [CompletionResult]::new('--no-pass-down', '--no-pass-down', [CompletionResultType]::ParameterName, 'Do not hand the reserved money to an agent that can keep to it itself')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but results and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but results and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'budget;create' {
            [CompletionResult]::new('--limit', '--limit', [CompletionResultType]::ParameterName, 'A limit, like 20usd/day, 100usd/month, 500calls/hour, 5usd/30d or 3slots; may repeat')
            [CompletionResult]::new('--tz', '--tz', [CompletionResultType]::ParameterName, 'The time zone of its days and months, like Europe/Berlin [default: the system''s]')
            [CompletionResult]::new('--anchor', '--anchor', [CompletionResultType]::ParameterName, 'Where its days, weeks and months start, like 06:00, sun or 15')
            [CompletionResult]::new('--unit', '--unit', [CompletionResultType]::ParameterName, 'Declare a unit of your own, like rows; may repeat')
            [CompletionResult]::new('--warn', '--warn', [CompletionResultType]::ParameterName, 'Share of a limit at which a warning is due, like 80%; may repeat; none for no warning')
            [CompletionResult]::new('--overage', '--overage', [CompletionResultType]::ParameterName, 'What happens when a run costs more than it reserved: allow-with-overdraft, allow-with-overdraft:BOUND, allow-if-available or reject')
            [CompletionResult]::new('--on-unknown', '--on-unknown', [CompletionResultType]::ParameterName, 'What is charged when nobody knows what a run cost: charge (what it reserved) or release')
            [CompletionResult]::new('--reserve', '--reserve', [CompletionResultType]::ParameterName, 'What `exec` reserves when it is told nothing; may repeat')
            [CompletionResult]::new('--cap', '--cap', [CompletionResultType]::ParameterName, 'A soft limit that children are told: max_tokens=N, max_steps=N, allow_tools=A,B, deny_tools=A,B or cooldown=5s; may repeat')
            [CompletionResult]::new('--note', '--note', [CompletionResultType]::ParameterName, 'A note for people')
            [CompletionResult]::new('--key', '--key', [CompletionResultType]::ParameterName, 'Make the request safe to repeat: the same key gets the same answer, and nothing moves twice')
            [CompletionResult]::new('--ledger', '--ledger', [CompletionResultType]::ParameterName, 'The ledger file, or the name that the configuration gives it [default: $BUDGET_LEDGER, else the configuration''s, else ledger.db in the data directory]')
            [CompletionResult]::new('--wait-lock', '--wait-lock', [CompletionResultType]::ParameterName, 'How long to wait for other processes that write [default: 10s]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Answer as JSON; errors, too')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but results and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but results and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'budget;set' {
            [CompletionResult]::new('--limit', '--limit', [CompletionResultType]::ParameterName, 'A limit to add, or to give another amount; may repeat')
            [CompletionResult]::new('--remove-limit', '--remove-limit', [CompletionResultType]::ParameterName, 'A limit to take off, like usd/day; may repeat')
            [CompletionResult]::new('--warn', '--warn', [CompletionResultType]::ParameterName, 'Share of a limit at which a warning is due, like 80%; may repeat; none for no warning')
            [CompletionResult]::new('--overage', '--overage', [CompletionResultType]::ParameterName, 'What happens when a run costs more than it reserved: allow-with-overdraft, allow-with-overdraft:BOUND, allow-if-available or reject')
            [CompletionResult]::new('--on-unknown', '--on-unknown', [CompletionResultType]::ParameterName, 'What is charged when nobody knows what a run cost: charge (what it reserved) or release')
            [CompletionResult]::new('--reserve', '--reserve', [CompletionResultType]::ParameterName, 'What `exec` reserves when it is told nothing; may repeat')
            [CompletionResult]::new('--cap', '--cap', [CompletionResultType]::ParameterName, 'A soft limit that children are told: max_tokens=N, max_steps=N, allow_tools=A,B, deny_tools=A,B or cooldown=5s; may repeat')
            [CompletionResult]::new('--note', '--note', [CompletionResultType]::ParameterName, 'A note for people')
            [CompletionResult]::new('--key', '--key', [CompletionResultType]::ParameterName, 'Make the request safe to repeat: the same key gets the same answer, and nothing moves twice')
            [CompletionResult]::new('--ledger', '--ledger', [CompletionResultType]::ParameterName, 'The ledger file, or the name that the configuration gives it [default: $BUDGET_LEDGER, else the configuration''s, else ledger.db in the data directory]')
            [CompletionResult]::new('--wait-lock', '--wait-lock', [CompletionResultType]::ParameterName, 'How long to wait for other processes that write [default: 10s]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Answer as JSON; errors, too')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but results and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but results and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'budget;grant' {
            [CompletionResult]::new('--note', '--note', [CompletionResultType]::ParameterName, 'A note for people')
            [CompletionResult]::new('--key', '--key', [CompletionResultType]::ParameterName, 'Make the request safe to repeat: the same key gets the same answer, and nothing moves twice')
            [CompletionResult]::new('--ledger', '--ledger', [CompletionResultType]::ParameterName, 'The ledger file, or the name that the configuration gives it [default: $BUDGET_LEDGER, else the configuration''s, else ledger.db in the data directory]')
            [CompletionResult]::new('--wait-lock', '--wait-lock', [CompletionResultType]::ParameterName, 'How long to wait for other processes that write [default: 10s]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--debit', '--debit', [CompletionResultType]::ParameterName, 'Take off instead of adding')
            [CompletionResult]::new('--repay', '--repay', [CompletionResultType]::ParameterName, 'Pay back debt instead of adding room')
            [CompletionResult]::new('--reset', '--reset', [CompletionResultType]::ParameterName, 'Set spent and debt to 0; what is reserved stays')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Answer as JSON; errors, too')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but results and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but results and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'budget;freeze' {
            [CompletionResult]::new('--note', '--note', [CompletionResultType]::ParameterName, 'A note for people')
            [CompletionResult]::new('--ledger', '--ledger', [CompletionResultType]::ParameterName, 'The ledger file, or the name that the configuration gives it [default: $BUDGET_LEDGER, else the configuration''s, else ledger.db in the data directory]')
            [CompletionResult]::new('--wait-lock', '--wait-lock', [CompletionResultType]::ParameterName, 'How long to wait for other processes that write [default: 10s]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Answer as JSON; errors, too')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but results and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but results and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'budget;unfreeze' {
            [CompletionResult]::new('--note', '--note', [CompletionResultType]::ParameterName, 'A note for people')
            [CompletionResult]::new('--ledger', '--ledger', [CompletionResultType]::ParameterName, 'The ledger file, or the name that the configuration gives it [default: $BUDGET_LEDGER, else the configuration''s, else ledger.db in the data directory]')
            [CompletionResult]::new('--wait-lock', '--wait-lock', [CompletionResultType]::ParameterName, 'How long to wait for other processes that write [default: 10s]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Answer as JSON; errors, too')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but results and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but results and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'budget;close' {
            [CompletionResult]::new('--note', '--note', [CompletionResultType]::ParameterName, 'A note for people')
            [CompletionResult]::new('--ledger', '--ledger', [CompletionResultType]::ParameterName, 'The ledger file, or the name that the configuration gives it [default: $BUDGET_LEDGER, else the configuration''s, else ledger.db in the data directory]')
            [CompletionResult]::new('--wait-lock', '--wait-lock', [CompletionResultType]::ParameterName, 'How long to wait for other processes that write [default: 10s]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Answer as JSON; errors, too')
            [CompletionResult]::new('--force', '--force', [CompletionResultType]::ParameterName, 'Close it while reservations are open, and let them settle')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but results and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but results and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'budget;reserve' {
            [CompletionResult]::new('--limit', '--limit', [CompletionResultType]::ParameterName, 'Make the budget with this limit if it is not there; may repeat')
            [CompletionResult]::new('--min', '--min', [CompletionResultType]::ParameterName, 'Refuse where less than this is available, though what is reserved would fit; may repeat')
            [CompletionResult]::new('--ttl', '--ttl', [CompletionResultType]::ParameterName, 'How long it holds without being settled or renewed')
            [CompletionResult]::new('--grace', '--grace', [CompletionResultType]::ParameterName, 'How long after that a settlement is still in time')
            [CompletionResult]::new('--overage', '--overage', [CompletionResultType]::ParameterName, 'What happens when more was spent, instead of what the limits say')
            [CompletionResult]::new('--on-unknown', '--on-unknown', [CompletionResultType]::ParameterName, 'What is charged when nobody knows what was spent; release only where every budget on the path allows it')
            [CompletionResult]::new('--wait', '--wait', [CompletionResultType]::ParameterName, 'Wait so long for room, behind everybody who waits already')
            [CompletionResult]::new('--action', '--action', [CompletionResultType]::ParameterName, 'What it is for, like tool:bash')
            [CompletionResult]::new('--tag', '--tag', [CompletionResultType]::ParameterName, 'A label for reports, like team=web; may repeat')
            [CompletionResult]::new('--note', '--note', [CompletionResultType]::ParameterName, 'A note for people')
            [CompletionResult]::new('--key', '--key', [CompletionResultType]::ParameterName, 'Make the request safe to repeat: the same key gets the same answer, and nothing moves twice')
            [CompletionResult]::new('--ledger', '--ledger', [CompletionResultType]::ParameterName, 'The ledger file, or the name that the configuration gives it [default: $BUDGET_LEDGER, else the configuration''s, else ledger.db in the data directory]')
            [CompletionResult]::new('--wait-lock', '--wait-lock', [CompletionResultType]::ParameterName, 'How long to wait for other processes that write [default: 10s]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Only say whether it would be admitted')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Answer as JSON; errors, too')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but results and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but results and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'budget;commit' {
            [CompletionResult]::new('--tag', '--tag', [CompletionResultType]::ParameterName, 'A label for reports, like team=web; may repeat')
            [CompletionResult]::new('--note', '--note', [CompletionResultType]::ParameterName, 'A note for people')
            [CompletionResult]::new('--key', '--key', [CompletionResultType]::ParameterName, 'Make the request safe to repeat: the same key gets the same answer, and nothing moves twice')
            [CompletionResult]::new('--response', '--response', [CompletionResultType]::ParameterName, 'A recorded answer of a provider, which says what was used: JSON, or a recorded stream; - is standard input')
            [CompletionResult]::new('--api', '--api', [CompletionResultType]::ParameterName, 'Whose answer it is, where that cannot be told from it')
            [CompletionResult]::new('--model', '--model', [CompletionResultType]::ParameterName, 'The model')
            [CompletionResult]::new('--provider', '--provider', [CompletionResultType]::ParameterName, 'Its provider')
            [CompletionResult]::new('--input-tokens', '--input-tokens', [CompletionResultType]::ParameterName, 'Input tokens that came from no cache')
            [CompletionResult]::new('--cache-read-tokens', '--cache-read-tokens', [CompletionResultType]::ParameterName, 'Input tokens read from a cache')
            [CompletionResult]::new('--cache-write-tokens', '--cache-write-tokens', [CompletionResultType]::ParameterName, 'Input tokens written to a cache')
            [CompletionResult]::new('--output-tokens', '--output-tokens', [CompletionResultType]::ParameterName, 'Output tokens, reasoning included')
            [CompletionResult]::new('--reasoning-tokens', '--reasoning-tokens', [CompletionResultType]::ParameterName, 'How many of them were reasoning')
            [CompletionResult]::new('--ledger', '--ledger', [CompletionResultType]::ParameterName, 'The ledger file, or the name that the configuration gives it [default: $BUDGET_LEDGER, else the configuration''s, else ledger.db in the data directory]')
            [CompletionResult]::new('--wait-lock', '--wait-lock', [CompletionResultType]::ParameterName, 'How long to wait for other processes that write [default: 10s]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--keep', '--keep', [CompletionResultType]::ParameterName, 'Charge only this much now, and keep the rest reserved')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Answer as JSON; errors, too')
            [CompletionResult]::new('--notional', '--notional', [CompletionResultType]::ParameterName, 'Nobody is billed for the answer, as where a subscription pays: charge everything but money')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but results and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but results and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'budget;release' {
            [CompletionResult]::new('--reason', '--reason', [CompletionResultType]::ParameterName, 'Why')
            [CompletionResult]::new('--tag', '--tag', [CompletionResultType]::ParameterName, 'A label for reports, like team=web; may repeat')
            [CompletionResult]::new('--note', '--note', [CompletionResultType]::ParameterName, 'A note for people')
            [CompletionResult]::new('--key', '--key', [CompletionResultType]::ParameterName, 'Make the request safe to repeat: the same key gets the same answer, and nothing moves twice')
            [CompletionResult]::new('--ledger', '--ledger', [CompletionResultType]::ParameterName, 'The ledger file, or the name that the configuration gives it [default: $BUDGET_LEDGER, else the configuration''s, else ledger.db in the data directory]')
            [CompletionResult]::new('--wait-lock', '--wait-lock', [CompletionResultType]::ParameterName, 'How long to wait for other processes that write [default: 10s]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Answer as JSON; errors, too')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but results and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but results and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'budget;extend' {
            [CompletionResult]::new('--by', '--by', [CompletionResultType]::ParameterName, 'By how much [default: the reservation''s own length]')
            [CompletionResult]::new('--key', '--key', [CompletionResultType]::ParameterName, 'Make the request safe to repeat: the same key gets the same answer, and nothing moves twice')
            [CompletionResult]::new('--ledger', '--ledger', [CompletionResultType]::ParameterName, 'The ledger file, or the name that the configuration gives it [default: $BUDGET_LEDGER, else the configuration''s, else ledger.db in the data directory]')
            [CompletionResult]::new('--wait-lock', '--wait-lock', [CompletionResultType]::ParameterName, 'How long to wait for other processes that write [default: 10s]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Answer as JSON; errors, too')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but results and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but results and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'budget;spend' {
            [CompletionResult]::new('--limit', '--limit', [CompletionResultType]::ParameterName, 'Make the budget with this limit if it is not there; may repeat')
            [CompletionResult]::new('--tag', '--tag', [CompletionResultType]::ParameterName, 'A label for reports, like team=web; may repeat')
            [CompletionResult]::new('--note', '--note', [CompletionResultType]::ParameterName, 'A note for people')
            [CompletionResult]::new('--key', '--key', [CompletionResultType]::ParameterName, 'Make the request safe to repeat: the same key gets the same answer, and nothing moves twice')
            [CompletionResult]::new('--response', '--response', [CompletionResultType]::ParameterName, 'A recorded answer of a provider, which says what was used: JSON, or a recorded stream; - is standard input')
            [CompletionResult]::new('--api', '--api', [CompletionResultType]::ParameterName, 'Whose answer it is, where that cannot be told from it')
            [CompletionResult]::new('--model', '--model', [CompletionResultType]::ParameterName, 'The model')
            [CompletionResult]::new('--provider', '--provider', [CompletionResultType]::ParameterName, 'Its provider')
            [CompletionResult]::new('--input-tokens', '--input-tokens', [CompletionResultType]::ParameterName, 'Input tokens that came from no cache')
            [CompletionResult]::new('--cache-read-tokens', '--cache-read-tokens', [CompletionResultType]::ParameterName, 'Input tokens read from a cache')
            [CompletionResult]::new('--cache-write-tokens', '--cache-write-tokens', [CompletionResultType]::ParameterName, 'Input tokens written to a cache')
            [CompletionResult]::new('--output-tokens', '--output-tokens', [CompletionResultType]::ParameterName, 'Output tokens, reasoning included')
            [CompletionResult]::new('--reasoning-tokens', '--reasoning-tokens', [CompletionResultType]::ParameterName, 'How many of them were reasoning')
            [CompletionResult]::new('--ledger', '--ledger', [CompletionResultType]::ParameterName, 'The ledger file, or the name that the configuration gives it [default: $BUDGET_LEDGER, else the configuration''s, else ledger.db in the data directory]')
            [CompletionResult]::new('--wait-lock', '--wait-lock', [CompletionResultType]::ParameterName, 'How long to wait for other processes that write [default: 10s]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Answer as JSON; errors, too')
            [CompletionResult]::new('--notional', '--notional', [CompletionResultType]::ParameterName, 'Nobody is billed for the answer, as where a subscription pays: charge everything but money')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but results and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but results and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'budget;refund' {
            [CompletionResult]::new('--tag', '--tag', [CompletionResultType]::ParameterName, 'A label for reports, like team=web; may repeat')
            [CompletionResult]::new('--note', '--note', [CompletionResultType]::ParameterName, 'A note for people')
            [CompletionResult]::new('--key', '--key', [CompletionResultType]::ParameterName, 'Make the request safe to repeat: the same key gets the same answer, and nothing moves twice')
            [CompletionResult]::new('--ledger', '--ledger', [CompletionResultType]::ParameterName, 'The ledger file, or the name that the configuration gives it [default: $BUDGET_LEDGER, else the configuration''s, else ledger.db in the data directory]')
            [CompletionResult]::new('--wait-lock', '--wait-lock', [CompletionResultType]::ParameterName, 'How long to wait for other processes that write [default: 10s]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Answer as JSON; errors, too')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but results and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but results and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'budget;reservations' {
            [CompletionResult]::new('--state', '--state', [CompletionResultType]::ParameterName, 'Only those in this state')
            [CompletionResult]::new('--ledger', '--ledger', [CompletionResultType]::ParameterName, 'The ledger file, or the name that the configuration gives it [default: $BUDGET_LEDGER, else the configuration''s, else ledger.db in the data directory]')
            [CompletionResult]::new('--wait-lock', '--wait-lock', [CompletionResultType]::ParameterName, 'How long to wait for other processes that write [default: 10s]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Answer as JSON; errors, too')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but results and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but results and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'budget;report' {
            [CompletionResult]::new('--by', '--by', [CompletionResultType]::ParameterName, 'What makes a row: hour, day, week, month, year, budget, model, provider, agent, project, session or tag:KEY; may repeat, or be several, like agent,model, the coarsest first [default: day]')
            [CompletionResult]::new('--since', '--since', [CompletionResultType]::ParameterName, 'From this day or instant on, like 2026-11-01, or so long ago, like 7d')
            [CompletionResult]::new('--until', '--until', [CompletionResultType]::ParameterName, 'Up to this day, which is part of it, or to an instant')
            [CompletionResult]::new('--tz', '--tz', [CompletionResultType]::ParameterName, 'The zone of the days [default: the budget''s, else the system''s]')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Print it in this form')
            [CompletionResult]::new('--html', '--html', [CompletionResultType]::ParameterName, 'Write one page with charts, which needs no network, to a file, or to stdout for `-`')
            [CompletionResult]::new('--ledger', '--ledger', [CompletionResultType]::ParameterName, 'The ledger file, or the name that the configuration gives it [default: $BUDGET_LEDGER, else the configuration''s, else ledger.db in the data directory]')
            [CompletionResult]::new('--wait-lock', '--wait-lock', [CompletionResultType]::ParameterName, 'How long to wait for other processes that write [default: 10s]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Answer as JSON; errors, too')
            [CompletionResult]::new('--csv', '--csv', [CompletionResultType]::ParameterName, 'Print rows as CSV, with exact figures')
            [CompletionResult]::new('--markdown', '--markdown', [CompletionResultType]::ParameterName, 'Print a Markdown table')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but results and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but results and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'budget;statement' {
            [CompletionResult]::new('--limit', '--limit', [CompletionResultType]::ParameterName, 'Only this limit, like usd/day; or a unit that no limit counts, like tokens')
            [CompletionResult]::new('--since', '--since', [CompletionResultType]::ParameterName, 'From this day or instant on, like 2026-11-01, or so long ago, like 7d')
            [CompletionResult]::new('--until', '--until', [CompletionResultType]::ParameterName, 'Up to this day, which is part of it, or to an instant')
            [CompletionResult]::new('--ledger', '--ledger', [CompletionResultType]::ParameterName, 'The ledger file, or the name that the configuration gives it [default: $BUDGET_LEDGER, else the configuration''s, else ledger.db in the data directory]')
            [CompletionResult]::new('--wait-lock', '--wait-lock', [CompletionResultType]::ParameterName, 'How long to wait for other processes that write [default: 10s]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--csv', '--csv', [CompletionResultType]::ParameterName, 'Answer as comma-separated values, amounts as exact decimals')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Answer as JSON; errors, too')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but results and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but results and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'budget;log' {
            [CompletionResult]::new('--reservation', '--reservation', [CompletionResultType]::ParameterName, 'Only what is about this reservation')
            [CompletionResult]::new('--session', '--session', [CompletionResultType]::ParameterName, 'Only what happened in this run')
            [CompletionResult]::new('--kind', '--kind', [CompletionResultType]::ParameterName, 'Only entries of this kind, like spent; may repeat')
            [CompletionResult]::new('--since', '--since', [CompletionResultType]::ParameterName, 'From this day or instant on, like 2026-11-01, or so long ago, like 7d')
            [CompletionResult]::new('--until', '--until', [CompletionResultType]::ParameterName, 'Up to this day, which is part of it, or to an instant')
            [CompletionResult]::new('--tag', '--tag', [CompletionResultType]::ParameterName, 'Only what carries this label; may repeat, and then all of them')
            [CompletionResult]::new('--model', '--model', [CompletionResultType]::ParameterName, 'Only where a model was used whose name begins so')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Only the latest so many entries')
            [CompletionResult]::new('--last', '--last', [CompletionResultType]::ParameterName, 'Only the latest so many entries')
            [CompletionResult]::new('--ledger', '--ledger', [CompletionResultType]::ParameterName, 'The ledger file, or the name that the configuration gives it [default: $BUDGET_LEDGER, else the configuration''s, else ledger.db in the data directory]')
            [CompletionResult]::new('--wait-lock', '--wait-lock', [CompletionResultType]::ParameterName, 'How long to wait for other processes that write [default: 10s]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--unknown', '--unknown', [CompletionResultType]::ParameterName, 'Only where nobody knew what was spent')
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'Print new entries as they are written, those of other processes, too; after the latest N where -n says so')
            [CompletionResult]::new('--follow', '--follow', [CompletionResultType]::ParameterName, 'Print new entries as they are written, those of other processes, too; after the latest N where -n says so')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Answer as JSON; errors, too')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but results and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but results and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'budget;import' {
            [CompletionResult]::new('--budget', '--budget', [CompletionResultType]::ParameterName, 'The budget that messages count against which no rule names another for')
            [CompletionResult]::new('--project', '--project', [CompletionResultType]::ParameterName, 'Where the session worked in this directory or below it; may repeat')
            [CompletionResult]::new('--model', '--model', [CompletionResultType]::ParameterName, 'Where the model''s name begins so; may repeat')
            [CompletionResult]::new('--limit', '--limit', [CompletionResultType]::ParameterName, 'Make the --budget with this limit if it is not there; may repeat')
            [CompletionResult]::new('--since', '--since', [CompletionResultType]::ParameterName, 'Only what was answered since: 2026-11-01, or 7d for the last seven days')
            [CompletionResult]::new('--ledger', '--ledger', [CompletionResultType]::ParameterName, 'The ledger file, or the name that the configuration gives it [default: $BUDGET_LEDGER, else the configuration''s, else ledger.db in the data directory]')
            [CompletionResult]::new('--wait-lock', '--wait-lock', [CompletionResultType]::ParameterName, 'How long to wait for other processes that write [default: 10s]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--notional', '--notional', [CompletionResultType]::ParameterName, 'Nobody was billed for it, as where a subscription pays: charge everything but the money')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Say what would be imported, and change nothing')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Answer as JSON; errors, too')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but results and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but results and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'budget;reprice' {
            [CompletionResult]::new('--since', '--since', [CompletionResultType]::ParameterName, 'Only what was charged since: 2026-11-01, or 7d for the last seven days')
            [CompletionResult]::new('--until', '--until', [CompletionResultType]::ParameterName, 'Only what was charged before')
            [CompletionResult]::new('--model', '--model', [CompletionResultType]::ParameterName, 'Only where a model was used whose name begins so')
            [CompletionResult]::new('--ledger', '--ledger', [CompletionResultType]::ParameterName, 'The ledger file, or the name that the configuration gives it [default: $BUDGET_LEDGER, else the configuration''s, else ledger.db in the data directory]')
            [CompletionResult]::new('--wait-lock', '--wait-lock', [CompletionResultType]::ParameterName, 'How long to wait for other processes that write [default: 10s]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--all', '--all', [CompletionResultType]::ParameterName, 'Charges to every budget')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Say what would be corrected, and change nothing')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Answer as JSON; errors, too')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but results and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but results and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'budget;config' {
            [CompletionResult]::new('--ledger', '--ledger', [CompletionResultType]::ParameterName, 'The ledger file, or the name that the configuration gives it [default: $BUDGET_LEDGER, else the configuration''s, else ledger.db in the data directory]')
            [CompletionResult]::new('--wait-lock', '--wait-lock', [CompletionResultType]::ParameterName, 'How long to wait for other processes that write [default: 10s]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--path', '--path', [CompletionResultType]::ParameterName, 'Print only where your own file is, or would be')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Answer as JSON; errors, too')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but results and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but results and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'budget;doctor' {
            [CompletionResult]::new('--ledger', '--ledger', [CompletionResultType]::ParameterName, 'The ledger file, or the name that the configuration gives it [default: $BUDGET_LEDGER, else the configuration''s, else ledger.db in the data directory]')
            [CompletionResult]::new('--wait-lock', '--wait-lock', [CompletionResultType]::ParameterName, 'How long to wait for other processes that write [default: 10s]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--accept-clock', '--accept-clock', [CompletionResultType]::ParameterName, 'Believe the wall clock as it is now, after it jumped; recorded in the journal')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Answer as JSON; errors, too')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but results and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but results and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'budget;verify' {
            [CompletionResult]::new('--anchor', '--anchor', [CompletionResultType]::ParameterName, 'A head printed earlier, like 42:9f86d0…')
            [CompletionResult]::new('--ledger', '--ledger', [CompletionResultType]::ParameterName, 'The ledger file, or the name that the configuration gives it [default: $BUDGET_LEDGER, else the configuration''s, else ledger.db in the data directory]')
            [CompletionResult]::new('--wait-lock', '--wait-lock', [CompletionResultType]::ParameterName, 'How long to wait for other processes that write [default: 10s]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Answer as JSON; errors, too')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but results and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but results and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'budget;prices' {
            [CompletionResult]::new('--ledger', '--ledger', [CompletionResultType]::ParameterName, 'The ledger file, or the name that the configuration gives it [default: $BUDGET_LEDGER, else the configuration''s, else ledger.db in the data directory]')
            [CompletionResult]::new('--wait-lock', '--wait-lock', [CompletionResultType]::ParameterName, 'How long to wait for other processes that write [default: 10s]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but results and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but results and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show what a model costs, in US dollars for a million tokens')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List every model and what it costs now, in US dollars for a million tokens')
            [CompletionResult]::new('import', 'import', [CompletionResultType]::ParameterValue, 'Take prices from a file')
            [CompletionResult]::new('diff', 'diff', [CompletionResultType]::ParameterValue, 'Show what importing a file would change; changes nothing')
            break
        }
        'budget;prices;show' {
            [CompletionResult]::new('--provider', '--provider', [CompletionResultType]::ParameterName, 'Who serves it [default: whom the name stands for]')
            [CompletionResult]::new('--at', '--at', [CompletionResultType]::ParameterName, 'The prices of this day or instant [default: now]')
            [CompletionResult]::new('--ledger', '--ledger', [CompletionResultType]::ParameterName, 'The ledger file, or the name that the configuration gives it [default: $BUDGET_LEDGER, else the configuration''s, else ledger.db in the data directory]')
            [CompletionResult]::new('--wait-lock', '--wait-lock', [CompletionResultType]::ParameterName, 'How long to wait for other processes that write [default: 10s]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Answer as JSON; errors, too')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but results and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but results and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'budget;prices;list' {
            [CompletionResult]::new('--provider', '--provider', [CompletionResultType]::ParameterName, 'Only what this provider serves')
            [CompletionResult]::new('--ledger', '--ledger', [CompletionResultType]::ParameterName, 'The ledger file, or the name that the configuration gives it [default: $BUDGET_LEDGER, else the configuration''s, else ledger.db in the data directory]')
            [CompletionResult]::new('--wait-lock', '--wait-lock', [CompletionResultType]::ParameterName, 'How long to wait for other processes that write [default: 10s]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Answer as JSON; errors, too')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but results and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but results and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'budget;prices;import' {
            [CompletionResult]::new('--ledger', '--ledger', [CompletionResultType]::ParameterName, 'The ledger file, or the name that the configuration gives it [default: $BUDGET_LEDGER, else the configuration''s, else ledger.db in the data directory]')
            [CompletionResult]::new('--wait-lock', '--wait-lock', [CompletionResultType]::ParameterName, 'How long to wait for other processes that write [default: 10s]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Answer as JSON; errors, too')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but results and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but results and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'budget;prices;diff' {
            [CompletionResult]::new('--ledger', '--ledger', [CompletionResultType]::ParameterName, 'The ledger file, or the name that the configuration gives it [default: $BUDGET_LEDGER, else the configuration''s, else ledger.db in the data directory]')
            [CompletionResult]::new('--wait-lock', '--wait-lock', [CompletionResultType]::ParameterName, 'How long to wait for other processes that write [default: 10s]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Answer as JSON; errors, too')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but results and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but results and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'budget;completions' {
            [CompletionResult]::new('--ledger', '--ledger', [CompletionResultType]::ParameterName, 'The ledger file, or the name that the configuration gives it [default: $BUDGET_LEDGER, else the configuration''s, else ledger.db in the data directory]')
            [CompletionResult]::new('--wait-lock', '--wait-lock', [CompletionResultType]::ParameterName, 'How long to wait for other processes that write [default: 10s]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but results and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but results and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'budget;man' {
            [CompletionResult]::new('--dir', '--dir', [CompletionResultType]::ParameterName, 'Write every page below this directory, like ~/.local/share/man: commands to its man1, topics to its man7')
            [CompletionResult]::new('--ledger', '--ledger', [CompletionResultType]::ParameterName, 'The ledger file, or the name that the configuration gives it [default: $BUDGET_LEDGER, else the configuration''s, else ledger.db in the data directory]')
            [CompletionResult]::new('--wait-lock', '--wait-lock', [CompletionResultType]::ParameterName, 'How long to wait for other processes that write [default: 10s]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but results and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but results and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'budget;help' {
            [CompletionResult]::new('--ledger', '--ledger', [CompletionResultType]::ParameterName, 'The ledger file, or the name that the configuration gives it [default: $BUDGET_LEDGER, else the configuration''s, else ledger.db in the data directory]')
            [CompletionResult]::new('--wait-lock', '--wait-lock', [CompletionResultType]::ParameterName, 'How long to wait for other processes that write [default: 10s]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but results and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but results and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
    })

    $completions.Where{ $_.CompletionText -like "$wordToComplete*" } |
        Sort-Object -Property ListItemText
}
