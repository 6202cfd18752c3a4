# shellcheck shell=bash
# Runs agents under `budget exec` and leaves in the directory $1 what came of it, for the test to compare: NAME.out,
# NAME.err, NAME.code, NAME.result, and in NAME.served how many requests the provider had got when the run was over.
# Sourced by the script of each agent, which with_agents.sh starts, so that the programs find a provider.
set -u
out=$1
budget create me --limit 5usd/day --limit 200ktokens/day --tz UTC -q || exit 4

under_budget() {
  name=$1 && shift
  budget exec me "${options[@]}" --result "$out/$name.result" -- "$@" </dev/null 2>"$out/$name.err"
  echo $? >"$out/$name.code"
  wc -l <"$out/../provider" >"$out/$name.served"
}
