package ceremony

import "github.com/ocopledger/ocop/ledger/genesis"

// SampleNotice stands above all that speaks of sample data.
const SampleNotice = genesis.SampleNotice

// SampleError is an error about a ledger of sample data: whoever tells it says SampleNotice first.
type SampleError struct{ Err error }

func (e *SampleError) Error() string { return e.Err.Error() }

// Unwrap gives the error itself.
func (e *SampleError) Unwrap() error { return e.Err }

// OfLedger marks an error about a ledger, if that is a sample.
func OfLedger(g *genesis.Genesis, err error) error {
	if err == nil || g.Notice() == "" {
		return err
	}
	return &SampleError{err}
}
