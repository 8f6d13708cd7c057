#!/usr/bin/env bash
# Bundles what the node's pages run in a browser, from node/web/script into node/web/dist. With --check it fails when that is not what is committed.
set -euo pipefail
cd "$(dirname "$0")/../node/web/script"
npm ci --silent
npm run --silent size
readme=../../../README.md sum=$(cut -d' ' -f1 ../dist/verify.html.sha256)
sed -i -E "s/^\`[0-9a-f]{64}\`$/\`$sum\`/" "$readme" # the one line that is a hash
if [ "${1:-}" = --check ]; then
  git diff --exit-code -- ../dist "$readme" || { echo "the bundles differ from their sources: run scripts/web.sh and commit"; exit 1; }
fi
npx tsc --noEmit
