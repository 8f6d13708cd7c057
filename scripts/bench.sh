#!/usr/bin/env bash
# Compares the speed of the working tree with that of another state of it, step by step of a record's way.
#
#   scripts/bench.sh [--count N] [--time T] [--only REGEX] REF
#
# REF is what git knows: main, HEAD~3, a tag. It is checked out into a directory of its own. The micro-benchmarks below run at REF and here, in turn and N times,
# so that what else the machine does falls on both, and benchstat says what differs and how sure that is. A benchmark that REF has not is shown without comparison.
# Look at the columns of processor time (cpu-µs/…) first: elapsed time (sec/op) is what a busy machine spoils.
set -euo pipefail
cd "$(dirname "$0")/.."

count=6 time=100ms only=.
usage() { sed -n '2,/^set/p' scripts/bench.sh | sed '/^set/d; s/^# \{0,1\}//'; }
while [ $# -gt 0 ]; do
  case $1 in
    --count|--time|--only)
      if [ $# -lt 2 ]; then echo "$1 needs a value" >&2; exit 2; fi
      declare "${1#--}=$2"
      shift 2 ;;
    --help|-h) usage; exit 0 ;;
    -*) usage >&2; exit 2 ;;
    *) break ;;
  esac
done
if [ $# -ne 1 ]; then usage >&2; exit 2; fi
[[ $count =~ ^[1-9][0-9]{0,2}$ ]] || { echo "--count $count: want 1 to 999" >&2; exit 2; }
[[ $time =~ ^[1-9][0-9]*(x|ms|s|m)$ ]] || { echo "--time $time: want a time or a number of operations, such as 100ms or 20x" >&2; exit 2; }
valid=0; [[ '' =~ $only ]] || valid=$?
[ "$valid" -ne 2 ] || { echo "--only $only is no regular expression" >&2; exit 2; }
if ! ref=$(git rev-parse --verify --quiet "$1^{commit}"); then echo "git knows no $1" >&2; exit 2; fi

# package, benchmarks, how often where one operation is long, and in how many rounds where each would say the same (bytes on the disk, which take a minute to write). In
# the order of a record's way.
steps() {
  cat <<'STEPS'
ledger/ident               ^Benchmark(Sign|Verify|Pool64|PoolSingle|Digest|Ed25519Check)$
ledger/ident/internal/curve ^Benchmark(Verify|Table)$                                             200x
ledger/wire                ^BenchmarkCheck$
ledger/wire/text           ^BenchmarkName$
node/door                  ^Benchmark(Call|Peer)$
node/receive               ^BenchmarkSubmit$
node/admit                 ^Benchmark(Admit|AdmitCalls)$
node/peer                  ^Benchmark(Forward|Cosigning|Standing)$
node/batch                 ^BenchmarkBatch$
node/replica               ^Benchmark(StoreLogs|Append)$                                          200x
ledger/rules               ^Benchmark(RetailSale|RetailSaleOfDeepLot|ProposeSale|DecisionOf250)$
ledger/merkle              ^Benchmark(Leaf400|Node|Append1000|ParseTile)$
ledger/statemap            ^Benchmark(Update1000Of1M|Update100Of1M|Update1Of1M|Prove1M|Get1M)$   20x
ledger/chain               ^Benchmark(Apply|ApplyBesideReaders)$                                  1x
ledger/chain               ^BenchmarkDisk$                                                        1x     1
ledger/store               ^BenchmarkFlush$                                                       2x
node/cosign                ^BenchmarkSign$
ledger/checkpoint          ^BenchmarkCertify$
ledger/tiles               ^BenchmarkRead$
ledger/query               ^BenchmarkTraceOfThousandEntries$
ledger/prove               ^Benchmark(Action|Selling)$                                            500x
ledger/verify/receipts     ^BenchmarkProduct$
node/api                   ^Benchmark(Reads|TurnAway)$
node/publish               ^BenchmarkFiles$
ledger/verify              ^BenchmarkCheckEvidence$                                               200x
ledger/replay              ^Benchmark(Audit|Follow|FollowActions)$                                1x
node/sync                  ^BenchmarkCatchUp$                                                     1x
node/metrics               ^BenchmarkEvents$
node                       ^Benchmark(OneClient|OneClientCertified|ManyClients)$                  500x
node                       ^BenchmarkStreams$                                                     20000x
STEPS
}

work=$(mktemp -d)
trap 'git worktree remove --force "$work/ref" 2>/dev/null || true; rm -rf "$work"' EXIT
git worktree add --quiet --detach "$work/ref" "$ref"

# binary STATE DIR PACKAGE NAME builds the tests of a package once; a state that has not the package has no binary. The compiler says where in the package it failed, and not
# in which state: that is said here.
binary() {
  [ -d "$2/$3" ] || return 0
  (cd "$2" && go test -c -o "$work/$1/${3//\//-}" "./$3") || { printf '\nat %s, %s does not build: see above\n' "$4" "$3" >&2; exit 1; }
}

# measure STATE DIR PACKAGE BENCHMARKS TIME. A benchmark that fails ends the comparison.
measure() {
  local program="$work/$1/${3//\//-}"
  [ -x "$program" ] || return 0
  (cd "$2/$3" && "$program" -test.run '^$' -test.bench "$4" -test.benchtime "$5" -test.timeout 30m) >"$work/out" || { cat "$work/out" >&2; exit 1; }
  grep -E '^(goos|goarch|pkg|cpu|Benchmark)' "$work/out" >>"$work/$1.txt" || true # REF may have none of them
}

mkdir "$work/before" "$work/after"
while read -r package benchmarks often rounds; do
  [[ $package =~ $only ]] || continue
  binary before "$work/ref" "$package" "$1 (${ref:0:12})"
  binary after "$PWD" "$package" "the working tree"
  [ -n "$("$work/after/${package//\//-}" -test.list "$benchmarks" 2>/dev/null)" ] || { echo "$package has no benchmark $benchmarks" >&2; exit 1; }
  for round in $(seq "${rounds:-$count}"); do
    printf '\r\033[K%s  %s of %s' "$package" "$round" "${rounds:-$count}" >&2
    measure before "$work/ref" "$package" "$benchmarks" "${often:-$time}"
    measure after "$PWD" "$package" "$benchmarks" "${often:-$time}"
  done
done < <(steps)
printf '\r\033[K' >&2
if [ ! -s "$work/after.txt" ]; then echo "no package matches $only" >&2; exit 2; fi
echo "before: $(git log -1 --format='%h %s' "$ref" | cut -c1-100)"
echo "after:  the working tree, on $(git log -1 --format='%h %s' | cut -c1-100)"
echo
go tool -modfile=scripts/bench.mod benchstat "before=$work/before.txt" "after=$work/after.txt"
