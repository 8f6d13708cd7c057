#!/usr/bin/env bash
# The gate. Every check that a change must pass, in the order of what fails fastest.
set -euo pipefail
cd "$(dirname "$0")/.."
step() { printf '\n== %s (after %d:%02d)\n' "$*" $((SECONDS / 60)) $((SECONDS % 60)); }
tool() { go tool -modfile=scripts/tools.mod "$@"; }

step "format"
unformatted=$(gofmt -l $(git ls-files '*.go'))
if [ -n "$unformatted" ]; then echo "gofmt: $unformatted"; exit 1; fi

step "vet"
go vet ./...

step "staticcheck"
tool staticcheck ./...

step "modules are tidy"
go mod tidy -diff

step "generated code is what its sources give"
bash scripts/generate.sh
git diff --exit-code -- '*.pb.go' '*.pb.gw.go' '*_gen.go' '*/openapi.json' || { echo "generated code differs: run scripts/generate.sh and commit"; exit 1; }

step "known vulnerabilities"
if out=$(tool govulncheck ./... 2>&1); then
  echo "$out" | tail -n 3
elif grep -qE 'dial tcp|no such host|connection refused|fetching vulnerabilities' <<<"$out"; then
  echo "NOT CHECKED: the vulnerability database cannot be reached from here."
else
  echo "$out"; exit 1
fi

step "cross-builds"
CGO_ENABLED=0 go build ./cmd/ocop ./cmd/ocopd
for target in linux/arm64 darwin/amd64 darwin/arm64 windows/amd64 windows/arm64; do
  echo "$target"
  # Nobody runs these here: that they build is the same without the optimiser, and takes a machine that has built nothing yet a quarter less.
  CGO_ENABLED=0 GOOS=${target%/*} GOARCH=${target#*/} go build -gcflags='all=-N -l' ./cmd/ocop ./cmd/ocopd
done

step "32 bits: numbers that do not fit do not compile"
CGO_ENABLED=0 GOARCH=386 go vet ./...

step "signature code without cgo"
CGO_ENABLED=0 go test ./ledger/ident/... ./ledger/rules/...

step "second implementation, from FORMAT.md alone: golden ledgers, receipts, evidence and handovers with bytes flipped, the tampering matrix, public blobs"
supply=ledger/verify/receipts/testdata/supply
receipts='python3 scripts/verify_receipt.py --selftest --policy'
xargs -P 2 -I {} bash -c {} <<END # each has one processor
$receipts $supply/policy.txt --now 1772508670 --step 23 $supply/*.ocop
$receipts ledger/verify/receipts/testdata/policy.txt --now 1772504460 --step 2 ledger/verify/receipts/testdata/product.ocop
$receipts ledger/verify/testdata/policy.txt --now 1795000010 --step 3 ledger/verify/testdata/*.evidence ledger/verify/testdata/handover-1.tlog-proof
$receipts ledger/verify/testdata/memory.txt --now 1795000010 --step 3 --handover ledger/verify/testdata/handover-1.tlog-proof ledger/verify/testdata/newer.tlog-proof
python3 scripts/verify_vectors.py --every 5 ledger/verify/vectors/*.json
python3 scripts/verify_format.py ledger/testdata/golden/v1
python3 scripts/verify_format.py ledger/testdata/golden/v2
python3 scripts/verify_format.py ledger/testdata/golden/v3
python3 scripts/verify_format.py ledger/testdata/golden/v4
python3 scripts/verify_blob.py ledger/blob/testdata/v1.json
END

step "tests"
go test ./...

step "tests under the race detector"
# What starts nothing that runs beside it cannot race, and takes long to watch.
alone=(cmd/ocop/internal/{label,picture} ledger/{blob,checkpoint,compose,diagnosis,gs1,merkle,receipt,rules,statemap,subject,verify})
if git grep -nE '(^|[^a-z/])go (func|[a-z]+[.(])|sync\.|\.Go\(' -- "${alone[@]}" ':!*_test.go' ':!*.md'; then echo "these packages run things beside each other: watch them"; exit 1; fi
go test -race -short $(go list ./... | grep -vE "ocop/($(IFS='|'; echo "${alone[*]}"))(/|\$)")

step "proofs: what a stranger can check of a running network"
python3 scripts/proofs.py

step "web pages: the bundles are what their sources give, and pass their tests"
bash scripts/web.sh --check
(cd node/web/script && npm test --silent)

step "web pages: in a browser, against a real network"
bash scripts/browser.sh

step "Debian package: same bytes, lintian, the unit, its life on a machine"
python3 scripts/packaging/check.py

step "README is what the product prints"
python3 scripts/readme.py --check

step "all checks passed"
