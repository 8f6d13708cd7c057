package devnet

import (
	"github.com/ocopledger/ocop/cmd/internal/lang"
)

// NodeError says which node of the network it is that something went wrong with.
type NodeError struct {
	Number int // in the order of the ports, from 0
	Agency string
	Err    error
}

func (e *NodeError) Error() string { return e.In(lang.English) }

// In is the sentence in a language.
func (e *NodeError) In(l lang.Language) string {
	return lang.Text{Vi: "nút %d (%s): %s", En: "node %d (%s): %s"}.F(l, e.Number, e.Agency, e.Err)
}

// Unwrap gives what went wrong.
func (e *NodeError) Unwrap() error { return e.Err }

// fault is what the network itself may not do. It is nobody's input, as a *lang.Error would be.
type fault struct{ said *lang.Error }

func faultf(t lang.Text, args ...any) error { return &fault{lang.Errorf(t, args...)} }

func (f *fault) Error() string { return f.said.Error() }

// In is the sentence in a language.
func (f *fault) In(l lang.Language) string { return f.said.In(l) }

// Unwrap gives the causes.
func (f *fault) Unwrap() []error { return f.said.Unwrap() }
