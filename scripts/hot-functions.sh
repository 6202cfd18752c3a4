#!/bin/sh
# Writes hot-functions.txt anew: what common commands call, in the order of the first call. Worth it
# when much has moved; needs valgrind.
set -eu
cd "$(dirname "$0")/.."
CARGO_PROFILE_RELEASE_STRIP=none
export CARGO_PROFILE_RELEASE_STRIP
program="$PWD/$(scripts/release.sh | tail -n 1)"
work="$(mktemp -d)"
trap 'rm -r "$work"' EXIT
chmod 700 "$work"
BUDGET_LEDGER="$work/ledger.db"
export BUDGET_LEDGER
called() {
	valgrind -q --tool=callgrind --demangle=no --callgrind-out-file="$work/out" "$program" "$@" >/dev/null
	grep -oE '^c?fn=\([0-9]+\) .*' "$work/out" | sed -E "s/^[^ ]* //; s/'[0-9]+\$//" >>"$work/called"
}
"$program" create me --limit 1000usd/day >/dev/null
# A ledger that has been in use.
for _ in $(seq 40); do
	"$program" commit "$("$program" reserve me 1usd)" 0.5usd >/dev/null
done
called status me
called reserve me 1usd
called commit "$("$program" reserve me 1usd)" 0.5usd
called exec me --reserve 1usd -- true
called spend me 0.1usd
called check me 1usd
called remaining me
called release "$("$program" reserve me 1usd)"
# Without the hashes of crates and functions, as `nm --demangle` has them.
c++filt <"$work/called" | sed -E 's/\[[0-9a-f]+\]//g; s/::h[0-9a-f]{16}$//' |
	awk '/^[A-Za-z_<]/ && !seen[$0]++' >scripts/hot-functions.txt
