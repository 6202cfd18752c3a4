
# Asks the program first, which knows the ledger; what it does not know is left to the words above.
var budget-words = $edit:completion:arg-completer[budget]
set edit:completion:arg-completer[budget] = {|@words|
    var answer = [(try { (external $words[0]) __complete '--' (all $words[1..]) 2>/dev/null | from-lines } catch _ { nop })]
    if (and (> (count $answer) 0) (eq $answer[0] values)) {
        for line $answer[1..] {
            var value about = (str:split "\t" $line)
            edit:complex-candidate $value &display=$value'  '$about
        }
    } elif (and (> (count $answer) 0) (eq $answer[0] command)) {
        edit:complete-filename $words[-1]
    } else {
        $budget-words $@words
    }
}
