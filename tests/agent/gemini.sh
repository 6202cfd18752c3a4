#!/usr/bin/env bash
# Gemini CLI's own program: two models with thoughts, tools, a session that is resumed, a refusal after a tool.
options=(--reserve 0.10usd)
. "$(dirname "$0")/common.sh"
# Otherwise it starts itself a second time, to have more memory.
export GEMINI_CLI_NO_RELAUNCH=true
ask=(gemini --yolo --output-format)
pro=(-m gemini-2.5-pro -p)

under_budget models "${ask[@]}" json -p "say hi" >"$out/models.out"
under_budget tools "${ask[@]}" stream-json "${pro[@]}" "do it" | cat >"$out/tools.out"
under_budget resumed "${ask[@]}" json "${pro[@]}" "say more" --resume latest | cat >"$out/resumed.out"
under_budget refused "${ask[@]}" stream-json "${pro[@]}" "do it" | cat >"$out/refused.out"
