#!/usr/bin/env bash
# Copilot CLI's own program, with a provider of one's own: a tool, the same session by another API, a session that
# is not this directory's. It prints nothing that could be read.
# Agents write real times into their databases.
unset BUDGET_TEST_CLOCK
options=()
. "$(dirname "$0")/common.sh"
export COPILOT_OFFLINE=true COPILOT_PROVIDER_API_KEY=fake
ask=(copilot --allow-all-tools --no-auto-update)

export COPILOT_PROVIDER_BASE_URL=$FAKE_PROVIDER_URL/v1 COPILOT_MODEL=gpt-5.4
under_budget tools "${ask[@]}" -p "do it" >"$out/tools.out"
export COPILOT_PROVIDER_TYPE=anthropic COPILOT_PROVIDER_BASE_URL=$FAKE_PROVIDER_URL COPILOT_MODEL=claude-sonnet-4.5
under_budget resumed "${ask[@]}" -p "say more" --continue >"$out/resumed.out"
under_budget other "${ask[@]}" -p "say hi" | cat >"$out/other.out"
