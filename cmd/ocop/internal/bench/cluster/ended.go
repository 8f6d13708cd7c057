package cluster

import (
	"bytes"
	"context"

	"github.com/ocopledger/ocop/cmd/internal/lang"
)

// EndedError says that a node has ended by itself, which it must not.
type EndedError struct {
	Agency uint64
	Log    string // what it wrote last; empty: nothing
}

func (e *EndedError) Error() string { return e.In(lang.English) }

// In is the sentence in a language.
func (e *EndedError) In(l lang.Language) string {
	return lang.Text{
		Vi: "nút của cơ quan %d đã tự dừng; nhật ký của nó kết thúc bằng:\n%s",
		En: "the node of agency %d has ended by itself; its log ends with:\n%s"}.F(l, e.Agency, something(e.Log))
}

// PrepareError says that a program made no network.
type PrepareError struct {
	Program string
	Said    string // what it wrote last; empty: nothing
	Err     error  // how it ended, or what is wrong with its answer
}

func (e *PrepareError) Error() string { return e.In(lang.English) }

// Unwrap gives how it ended.
func (e *PrepareError) Unwrap() error { return e.Err }

// In is the sentence in a language.
func (e *PrepareError) In(l lang.Language) string {
	return lang.Text{
		Vi: "%s devnet --prepare không lập được mạng (%v): có phải là ocopd cùng phiên bản không? Nó viết:\n%s",
		En: "%s devnet --prepare made no network (%v): is it ocopd, and of the same version? It wrote:\n%s"}.F(l, e.Program, e.Err, something(e.Said))
}

// something is what was written, or that nothing was.
func something(said string) any {
	if said == "" {
		return lang.Text{Vi: "(không có gì)", En: "(nothing)"}
	}
	return said
}

// tail is how much of what a program wrote is told, in bytes: the last lines have the reason.
const tail = 2 << 10

// end is the end of what a program wrote, from the beginning of a line on if there is one.
func end(data []byte) string {
	data = bytes.TrimSpace(data)
	if len(data) > tail {
		data = data[len(data)-tail:]
		if _, rest, ok := bytes.Cut(data, []byte("\n")); ok {
			data = rest
		}
	}
	return string(bytes.ToValidUTF8(data, []byte("?")))
}

// Watch gives a context that ends when a node ends which nobody here has killed; its cause is an [EndedError] then. Call the function before the network is closed.
func (n *Network) Watch(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(ctx)
	for _, node := range n.Nodes {
		go func() {
			select {
			case <-ctx.Done():
			case <-node.ended:
				if !node.killed.Load() {
					cancel(&EndedError{node.Agency, node.said()}) // nothing comes of it when ctx has ended before: all nodes do then
				}
			}
		}()
	}
	return ctx, func() { cancel(nil) }
}
