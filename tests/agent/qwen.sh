#!/usr/bin/env bash
# Qwen Code's own program, whose session files tell what its text does not: an answer and what it asks for its memory,
# tools with JSON, the same session once more, a helper.
options=(--reserve 0.10usd)
# Its files have the times of the real clock.
unset BUDGET_TEST_CLOCK
. "$(dirname "$0")/common.sh"
mkdir -p "$HOME/.qwen"
# It waits for its statistics to be taken where nobody takes them.
echo '{"privacy":{"usageStatisticsEnabled":false},"telemetry":{"enabled":false},"general":{"disableAutoUpdate":true}}' \
  >"$HOME/.qwen/settings.json"
ask=(qwen --auth-type openai -m gpt-5.5 --yolo)

under_budget text "${ask[@]}" -p "say hi" | cat >"$out/text.out"
under_budget tools "${ask[@]}" -p "do it" --output-format json | cat >"$out/tools.out"
under_budget continued "${ask[@]}" -p "say more" --continue >"$out/continued.out"
under_budget delegated "${ask[@]}" -p "have it done" >"$out/delegated.out"
budget import qwen-code --budget me --json >"$out/import.json"
