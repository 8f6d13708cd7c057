#!/usr/bin/env bash
# Breaks what nodes stand on, and wants them to stand: node/FAULTS.md says how. Linux on amd64.
#
#   scripts/faults.sh --seed S --minutes M     the campaign: processes, network and disks of three nodes under load, for M minutes
#   scripts/faults.sh --seed S --disk          the whole disk table: every write of a node's files, in every way, and every error of a disk
#
# The same seed makes the same faults. A campaign prints the number of each episode; --episode N begins with that one. Ends with 0 without violations.
set -euo pipefail
cd "$(dirname "$0")/.."

seed=1 minutes=10 episode=0 tests='^TestCampaign$' cases=70
usage() { sed -n '2,/^set/p' "$0" | sed '/^set/d; s/^# \{0,1\}//'; }
while [ $# -gt 0 ]; do
  case $1 in
    --seed) seed=$2; shift 2 ;;
    --minutes) minutes=$2; shift 2 ;;
    --episode) episode=$2; shift 2 ;;
    --disk) tests='^TestDisk$' cases=0; shift ;;
    --help|-h) usage; exit 0 ;;
    *) usage >&2; exit 2 ;;
  esac
done

exec go test ./node/internal/fault -count=1 -v -timeout 0 -run "$tests" \
  -fault.seed "$seed" -fault.minutes "$minutes" -fault.episode "$episode" -fault.cases "$cases" ${FAULT_FLAGS:-}
