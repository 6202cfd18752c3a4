#!/usr/bin/env bash
# opencode's own program: a helper in a session with a title, whose text says nothing; the same session once more.
# Agents write real times into their databases.
unset BUDGET_TEST_CLOCK
options=(--reserve 0.10usd)
. "$(dirname "$0")/common.sh"
mkdir -p "$HOME/.config/opencode"
cat >"$HOME/.config/opencode/opencode.json" <<JSON
{"autoupdate": false, "share": "disabled", "model": "fake/gpt-5.5", "small_model": "fake/gpt-5.5",
 "provider": {"fake": {"npm": "@ai-sdk/openai-compatible", "name": "fake",
  "options": {"baseURL": "$FAKE_PROVIDER_URL/v1", "apiKey": "fake"},
  "models": {"gpt-5.5": {"name": "gpt-5.5", "cost": {"input": 1.25, "output": 10, "cache_read": 0.125}}}}}}
JSON

under_budget helper opencode run --title t "do it" >"$out/helper.out"
under_budget continued opencode run --continue "say more" >"$out/continued.out"
