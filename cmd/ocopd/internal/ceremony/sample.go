package ceremony

import (
	"github.com/ocopledger/ocop/ledger/genesis"
)

// SampleNotice stands above all that speaks of sample data, because the names in it are real.
const SampleNotice = "DỮ LIỆU MẪU – không có giá trị"

// NoticeOf is what every output about a ledger says first; empty unless it is a sample.
func NoticeOf(g *genesis.Genesis) string {
	if g.Body.GetSample() {
		return SampleNotice
	}
	return ""
}

// SampleError is an error about a ledger of sample data: whoever tells it says SampleNotice first.
type SampleError struct{ Err error }

func (e *SampleError) Error() string { return e.Err.Error() }

// Unwrap gives the error itself.
func (e *SampleError) Unwrap() error { return e.Err }

// OfLedger marks an error about a ledger, if that is a sample.
func OfLedger(g *genesis.Genesis, err error) error {
	if err == nil || NoticeOf(g) == "" {
		return err
	}
	return &SampleError{err}
}
