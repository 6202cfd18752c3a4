#!/usr/bin/env bash
# Claude Code's own program, in every way its output can be taken, with tools, at its cap, and refused after a tool; where a second witness stood between the program and
# `budget`, NAME.raw is what it saw.
options=()
. "$(dirname "$0")/common.sh"
ask=(-p "say hi" --model claude-sonnet-4-5)
claude=$(command -v claude) || exit 3
export out claude

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
under_budget tools claude "${ask[@]}" --output-format stream-json --verbose --allowedTools Bash | cat >"$out/tools.out"
options=(--reserve 0.10usd)
under_budget capped claude "${ask[@]}" --output-format json --allowedTools Bash | cat >"$out/capped.out"
under_budget refused claude "${ask[@]}" --output-format json --allowedTools Bash | cat >"$out/refused.out"
