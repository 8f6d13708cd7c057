#!/usr/bin/env bash
# Writes all generated code anew. The gate runs it and wants no difference.
set -euo pipefail
cd "$(dirname "$0")/.."
buf() { go tool -modfile=scripts/buf.mod buf "$@"; }

buf lint proto
buf generate proto --template proto/buf.gen.yaml
buf generate proto --path proto/ocop/api/v1/service.proto --template proto/buf.gen.rest.yaml
# The generator names the package after the one it serves, wherever it is put.
sed -i 's/^package apigrpc$/package apirest/' proto/ocop/api/v1/apirest/service.pb.gw.go
mv proto/ocop/api/v1/apirest/openapi.swagger.json proto/ocop/api/v1/apirest/openapi.json

# The test messages of ledger/wire use the same options, but are no part of the module that others import.
workspace=$(mktemp -d)
trap 'rm -rf "$workspace"' EXIT
mkdir -p "$workspace/ocop/options/v1" "$workspace/wiretest"
cp proto/ocop/options/v1/options.proto "$workspace/ocop/options/v1/"
cp ledger/wire/testdata/wiretest/wiretest.proto "$workspace/wiretest/"
buf generate "$workspace" --path "$workspace/wiretest" --template '{
  "version": "v2",
  "plugins": [{"local": ["go", "tool", "-modfile=scripts/tools.mod", "protoc-gen-go"], "out": "ledger/wire/testdata", "opt": "paths=source_relative"}]
}'

go run ./scripts/gen-wire
go run ./scripts/gen-text -out ledger/wire/text/table_gen.go
