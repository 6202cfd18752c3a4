#!/bin/sh
# The linker of a release: lays the functions that common commands call side by side, in the order
# in which they are called first. Of its own pages a process then touches 20 to 25 fewer, at 2 to
# 4 µs each. A function that is not in the list, or no longer, costs nothing but that. Only LLD
# takes such a list; Rust brings it along on x86_64.
set -eu
case "$*" in
*-fuse-ld=lld*) ;;
*) exec cc "$@" ;;
esac
list="$(dirname "$0")/hot-functions.txt"
work="$(mktemp -d)"
trap 'rm -r "$work"' EXIT
# Names in Rust end in a hash that is another with each compiler; the list has them without.
for object in "$@"; do
	case "$object" in
	*.rcgu.o)
		nm --no-sort --defined-only "$object" | cut -d' ' -f3 >"$work/raw"
		nm --no-sort --defined-only --demangle "$object" | cut -d' ' -f3- | paste - "$work/raw"
		;;
	esac
done >"$work/names"
awk -F'\t' 'NR == FNR { at[$0] = NR; print NR "\t" $0; next } $1 in at { print at[$1] "\t" $2 }' \
	"$list" "$work/names" | sort -s -n | cut -f2- >"$work/order"
cc "$@" -Wl,--symbol-ordering-file="$work/order" -Wl,--no-warn-symbol-ordering
