#!/usr/bin/env bash
# Makes ledgers of several sizes and prints what each costs a node, as a table in Markdown: the budgets for growth (BENCHMARKS.md).
#
#   scripts/growth.sh [RECORDS…]       default: 100000 1000000 5000000
#
# OCOP_GROW_DIR   where ledgers are kept (default: ocop-grow in the temporary directory); what is there already is measured again, not made again
# OCOP_GROW_PORT  first of three ports (default: 18800)
#
# Five million records take 2.4 GB of disk, twice while they are measured; all three sizes with everything that is asked of them took a quarter of an hour of two
# processors. CPU figures hold on a machine that does other things; times and percentiles do not.
set -euo pipefail
cd "$(dirname "$0")/.."

sizes=("$@")
[ ${#sizes[@]} -gt 0 ] || sizes=(100000 1000000 5000000)
root=${OCOP_GROW_DIR:-${TMPDIR:-/tmp}/ocop-grow}
port=${OCOP_GROW_PORT:-18800}
mkdir -p "$root"
go build -o "$root/ocopd" ./cmd/ocopd

made=()
for records in "${sizes[@]}"; do
	dir=$root/$records
	if [ ! -f "$dir/made" ]; then
		rm -rf "$dir"
		"$root/ocopd" grow --dir "$dir" --records "$records" --base-port "$port" --lang en >&2
		touch "$dir/made"
	fi
	made+=("$dir")
done

model=$(sed -n 's/^model name[^:]*: *//p' /proc/cpuinfo 2>/dev/null | head -n 1)
echo "$(date -u +%F), ${model:-unknown processor}, $(getconf _NPROCESSORS_ONLN) cores, $(go env GOVERSION), commit $(git rev-parse --short HEAD)"
echo
"$root/ocopd" grow measure --lang en "${made[@]}"
