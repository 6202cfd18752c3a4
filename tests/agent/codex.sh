#!/usr/bin/env bash
# Codex's own program: an answer, tools, the same thread once more, a refusal that is repeated, a refusal for good after a tool.
options=(--reserve 0.10usd)
. "$(dirname "$0")/common.sh"
# It waits for five seconds for its statistics to be taken where nobody takes them.
ask=(codex exec --json --skip-git-repo-check -c analytics.enabled=false -m gpt-5.5 --dangerously-bypass-approvals-and-sandbox)

under_budget pipe "${ask[@]}" "say hi" | cat >"$out/pipe.out"
under_budget tools "${ask[@]}" "do it" >"$out/tools.out"
under_budget resumed "${ask[@]}" resume --last "say more" | cat >"$out/resumed.out"
under_budget repeated "${ask[@]}" "say hi" | cat >"$out/repeated.out"
under_budget refused "${ask[@]}" "do it" | cat >"$out/refused.out"
