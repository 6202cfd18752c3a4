#!/usr/bin/env bash
# llm's own program: an answer, the same conversation once more, and a question that is not logged.
# Agents write real times into their databases.
unset BUDGET_TEST_CLOCK
options=(--reserve 0.10usd)
. "$(dirname "$0")/common.sh"
export LLM_USER_PATH=$HOME/llm
mkdir "$LLM_USER_PATH"
cat >"$LLM_USER_PATH/extra-openai-models.yaml" <<YAML
- model_id: mine
  model_name: gpt-5.5
  api_base: $FAKE_PROVIDER_URL/v1
YAML

under_budget prompt llm -m mine "say hi" >"$out/prompt.out"
under_budget continued llm -m mine --continue --no-stream "say more" | cat >"$out/continued.out"
under_budget unlogged llm -m mine --no-log "say hi" >"$out/unlogged.out"
