//go:build nacl || js || wasip1 || !cgo || gofuzz || tinygo

package ident

// UsesCgo tells which library verifies in this build; the build constraint is go-ethereum's own. Without cgo verdicts are the same, and those that
// no table gives take four times as long.
const UsesCgo = false

// Backend names the library for logs and version output.
const Backend = "decred secp256k1 (pure Go)"
