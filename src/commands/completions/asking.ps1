
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
