//go:build !nacl && !js && !wasip1 && cgo && !gofuzz && !tinygo

package ident

// UsesCgo tells which library verifies in this build; the build constraint is go-ethereum's own.
const UsesCgo = true

// Backend names the library for logs and version output.
const Backend = "libsecp256k1 (cgo)"
