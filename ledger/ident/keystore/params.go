package keystore

import "fmt"

// Params is the cost of scrypt: how much a guess at the password costs, and an opening.
type Params struct {
	N int // a power of two above 1
	R int
	P int
}

// Standard is for keys of people and agencies: 256 MiB and about a second a guess. The same as geth's.
func Standard() Params { return Params{N: 1 << 18, R: 8, P: 1} }

// Light is for samples and tests: 4 MiB and some 40 ms a guess. The same as geth's.
func Light() Params { return Params{N: 1 << 12, R: 8, P: 6} }

// Bounds of a file's parameters, checked before scrypt runs: a file may come from anywhere and must not stop the machine that looks at it.
const (
	maxMemory = 256 << 20 // bytes, 128·N·r: what Standard takes, and no well-known wallet takes more
	maxWork   = 1 << 22   // N·r·p: twice Standard, so that opening takes seconds, not minutes
	maxR      = 32        // r and p are multiplied by little before the work bound sees them; known wallets use 1 to 8
	maxP      = 64
)

// check refuses with ErrUnsupported.
func (p Params) check() error {
	switch {
	case p.N < 2 || p.N&(p.N-1) != 0 || p.R < 1 || p.P < 1:
		return fmt.Errorf("%w: scrypt with n=%d r=%d p=%d is not defined", ErrUnsupported, p.N, p.R, p.P)
	case p.R > maxR || p.P > maxP || p.N > maxMemory/128/p.R:
		return fmt.Errorf("%w: scrypt with n=%d r=%d p=%d is beyond %d MiB, r=%d or p=%d", ErrUnsupported, p.N, p.R, p.P, maxMemory>>20, maxR, maxP)
	case p.N*p.R*p.P > maxWork:
		return fmt.Errorf("%w: scrypt with n=%d r=%d p=%d takes more than twice the standard time", ErrUnsupported, p.N, p.R, p.P)
	}
	return nil
}
