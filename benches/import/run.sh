#!/usr/bin/env bash
# Imports 100,000 lines of transcripts, durably, beside ccusage 18 reporting them, in turns; then
# imports them again. Needs npm, python3 and a release build:
#
#   benches/import/run.sh target/x86_64-unknown-linux-gnu/release/budget [ROUNDS]
set -euo pipefail
cd "$(dirname "$0")/../.."
budget=$(realpath "$1")
rounds=${2:-9}
work=target/bench-import
rm -rf "$work/home" "$work/ledger"
mkdir -p "$work/home"
[ -x "$work/node_modules/.bin/ccusage" ] ||
    npm install --silent --no-audit --no-fund --prefix "$work" ccusage@18
python3 benches/import/transcripts.py "$work/home/.claude/projects" 100000
export HOME="$PWD/$work/home" BUDGET_LEDGER="$PWD/$work/ledger/ledger.db"

# Prints the milliseconds that a command takes.
timed() {
    local began=$EPOCHREALTIME ended
    "$@" >/dev/null 2>&1
    ended=$EPOCHREALTIME
    echo $(((${ended/./} - ${began/./}) / 1000))
}
median() { sort -n | awk '{ all[NR] = $1 } END { print all[int((NR + 1) / 2)] }'; }

first=() second=() report=()
for _ in $(seq "$rounds"); do
    rm -rf "$work/ledger"
    first+=("$(timed "$budget" import claude-code --budget me --limit 1000000usd/month)")
    second+=("$(timed "$budget" import claude-code --budget me)")
    report+=("$(timed "$work/node_modules/.bin/ccusage" daily --offline --json)")
done
"$budget" verify >&2
printf 'import %s ms, again %s ms, ccusage %s ms (medians of %s)\n' \
    "$(printf '%s\n' "${first[@]}" | median)" "$(printf '%s\n' "${second[@]}" | median)" \
    "$(printf '%s\n' "${report[@]}" | median)" "$rounds"
