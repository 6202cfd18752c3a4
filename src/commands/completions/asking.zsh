# Asks the program first, which knows the ledger; what it does not know is left to the words above.
_budget() {
    local answer line
    local -a lines found
    answer="$(${~words[1]} __complete -- "${(@Q)words[2,CURRENT-1]}" "${(Q)PREFIX}" 2>/dev/null)"
    lines=("${(@f)answer}")
    case "$lines[1]" in
        values)
            for line in "${(@)lines[2,-1]}"; do
                found+=("${${line%%$'\t'*}//:/\\:}:${line#*$'\t'}")
            done
            _describe -V 'from the ledger' found
            ;;
        command)
            integer after=${words[(i)--]}
            shift $after words
            (( CURRENT -= after ))
            _normal
            ;;
        *)
            _budget_words "$@"
            ;;
    esac
}
