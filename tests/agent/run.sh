#!/usr/bin/env bash
# Runs Claude Code's own program under `budget exec` in every way its output can be taken, and leaves in the directory $1
# what came out, for the test to compare: NAME.out, NAME.err, NAME.code, NAME.result and, where a second witness stood
# between the program and `budget`, NAME.raw. Started by with_agents.sh, so that the program finds a provider.
set -u
out=$1
ask=(-p "say hi" --model claude-sonnet-4-5)
claude=$(command -v claude) || exit 3
export out claude
budget create me --limit 5usd/day --limit 100ktokens/day --tz UTC -q || exit 4

under_budget() {
  name=$1 && shift
  budget exec me --result "$out/$name.result" -- "$@" </dev/null 2>"$out/$name.err"
  echo $? >"$out/$name.code"
}

# The witness has the agent's name, so that it is taken for it.
mkdir "$out/witness" && cat >"$out/witness/claude" <<'END'
#!/usr/bin/env bash
set -o pipefail
"$claude" "$@" | tee "$raw"
END
chmod +x "$out/witness/claude"
witnessed() {
  raw=$out/$1.raw under_budget "$1" "$out/witness/claude" "${@:2}"
}

under_budget json claude "${ask[@]}" --output-format json | cat >"$out/json.out"
under_budget file claude "${ask[@]}" --output-format json >"$out/file.out"
witnessed stream "${ask[@]}" --output-format stream-json --verbose | cat >"$out/stream.out"
witnessed appended "${ask[@]}" --output-format stream-json --verbose >>"$out/appended.out"
under_budget stopped claude "${ask[@]}" --output-format json --max-turns 1 | cat >"$out/stopped.out"
