#!/usr/bin/env bash
# The verification page and verify.html in a real browser, against a real network. Pictures go to node/web/script/browser/build/screenshots.
set -euo pipefail
cd "$(dirname "$0")/.."
export GOFLAGS="${GOFLAGS:--p=2}"
go build -o node/web/script/browser/build/ ./cmd/ocopd ./cmd/ocop
cd node/web/script/browser
npm ci --silent --ignore-scripts
npm test --silent
