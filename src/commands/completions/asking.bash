# Asks the program first, which knows the ledger; what it does not know is left to the words above.
_budget_asking() {
    local rest="${COMP_LINE:0:COMP_POINT}" blank word answer line value about i
    local -a words=() values=() abouts=()
    # Words are cut at : and = and @; what was typed in one piece is put together again.
    for ((i = 0; i <= COMP_CWORD; i++)); do
        blank="${rest%%[![:space:]]*}"
        rest="${rest#"$blank"}"
        word="${COMP_WORDS[i]}"
        if ((i == COMP_CWORD)); then
            word="$rest"
        fi
        if [[ -n "$blank" ]] || ((i == 0)); then
            words+=("$word")
        else
            words[${#words[@]} - 1]+="$word"
        fi
        rest="${rest#"$word"}"
    done
    answer="$("${words[0]/#\~/$HOME}" __complete -- "${words[@]:1}" 2>/dev/null)" || answer=""
    case "${answer%%$'\n'*}" in
        values) ;;
        command)
            for ((i = 1; i < COMP_CWORD; i++)); do
                [[ "${COMP_WORDS[i]}" == "--" ]] && break
            done
            COMPREPLY=()
            if declare -F _command_offset >/dev/null; then
                _command_offset $((i + 1))
            elif ((COMP_CWORD == i + 1)); then
                mapfile -t COMPREPLY < <(compgen -c -- "$2")
            fi
            return 0
            ;;
        *)
            _budget "$@"
            return
            ;;
    esac
    compopt +o default +o bashdefault 2>/dev/null
    # Bash puts a value behind the last of those letters.
    word="${words[${#words[@]} - 1]}"
    word="${word%"${word##*[$COMP_WORDBREAKS]}"}"
    while IFS=$'\t' read -r value about; do
        values+=("${value#"$word"}")
        abouts+=("$about")
    done < <(printf '%s\n' "$answer" | tail -n +2)
    COMPREPLY=("${values[@]}")
    # A list to look at says what each is; one to take from does not (37 and 42: in turn, and all).
    if ((${#values[@]} > 1)) && [[ "$COMP_TYPE" != 37 && "$COMP_TYPE" != 42 ]]; then
        for i in "${!values[@]}"; do
            COMPREPLY[i]="${values[i]}${abouts[i]:+  (${abouts[i]})}"
        done
    fi
}
