package publish

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/checkpoint"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/ledger/merkle"
	"github.com/ocopledger/ocop/ledger/tiles"
)

const (
	// maxAnswer bounds a witness's answer in bytes.
	maxAnswer = 16 << 10
	// askLimit is how long a witness may take.
	askLimit = 10 * time.Second
	// firstPause and lastPause bound how long a witness that failed is left alone.
	firstPause = time.Second
	lastPause  = 2 * time.Minute
)

// ErrWitness says that a witness gave no cosignature that its key in the policy verifies.
var ErrWitness = errors.New("no cosignature from the witness")

// Consistency proves that the first older leaves of the log are the beginning of the first newer ones.
type Consistency func(older, newer uint64) ([]ledger.Hash, error)

// Witness is an outside witness that the policy pins, and where it answers (its submission prefix).
type Witness struct {
	Name string
	Key  ident.Ed25519Key
	URL  string
}

// Witnesses asks outside witnesses for cosignatures: c2sp.org/tlog-witness, add-checkpoint. One goroutine uses it.
type Witnesses struct {
	client *http.Client
	prove  Consistency
	all    []asked
}

// asked is a witness with what is known of it.
type asked struct {
	Witness
	size  uint64        // of the newest head it cosigned, as far as known
	pause time.Duration // after a failure
	next  time.Time     // it is left alone until then
}

// NewWitnesses asks these witnesses through client, whose redirects and proxies are the caller's.
func NewWitnesses(client *http.Client, prove Consistency, all []Witness) *Witnesses {
	w := &Witnesses{client: client, prove: prove}
	for _, one := range all {
		w.all = append(w.all, asked{Witness: one})
	}
	return w
}

// Cosign asks every witness that is due about a head that the log has signed, one after the other, and returns the lines of those that cosigned. What
// went wrong with others is told, and they are left alone for a while, longer each time.
func (w *Witnesses) Cosign(ctx context.Context, now time.Time, head *checkpoint.Signed, log checkpoint.Line) (lines []checkpoint.Line, err error) {
	for i := range w.all {
		one := &w.all[i]
		if now.Before(one.next) || one.size >= head.Tree.Size {
			continue
		}
		line, failed := w.ask(ctx, one, head.Tree, log)
		if failed != nil {
			one.pause = min(max(2*one.pause, firstPause), lastPause)
			one.next = now.Add(one.pause)
			err = errors.Join(err, fmt.Errorf("witness %s: %w", one.Name, failed))
			continue
		}
		one.pause, one.size = 0, head.Tree.Size
		lines = append(lines, line)
	}
	return lines, err
}

// ask asks once, and once more when the witness says what it knows. Witnesses cap requests at 10 KiB: only the log's line is sent.
func (w *Witnesses) ask(ctx context.Context, one *asked, tree checkpoint.Tree, log checkpoint.Line) (line checkpoint.Line, err error) {
	for range 2 {
		var status int
		var answer []byte
		if status, answer, err = w.post(ctx, one, tree, log); err != nil {
			return line, err
		}
		switch status {
		case http.StatusOK:
			return cosignature(one.Witness, tree, answer)
		case http.StatusConflict: // another size than we thought, as after a restart of ours
			size, err := strconv.ParseUint(strings.TrimSuffix(string(answer), "\n"), 10, 64)
			if err != nil {
				return line, fmt.Errorf("%w: conflict without a size", ErrWitness)
			}
			if one.size = size; size > tree.Size {
				return line, fmt.Errorf("%w: it knows %d leaves, this head has %d", ErrWitness, size, tree.Size)
			}
		default:
			return line, fmt.Errorf("%w: status %d: %.200q", ErrWitness, status, answer)
		}
	}
	return line, fmt.Errorf("%w: it changes its mind about the size it knows", ErrWitness)
}

func (w *Witnesses) post(ctx context.Context, one *asked, tree checkpoint.Tree, log checkpoint.Line) (status int, answer []byte, err error) {
	proof, err := w.prove(one.size, tree.Size)
	if err != nil {
		return 0, nil, err
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "old %d\n", one.size)
	for _, h := range proof {
		fmt.Fprintln(&b, base64.StdEncoding.EncodeToString(h[:]))
	}
	b.WriteByte('\n')
	b.Write((&checkpoint.Signed{Tree: tree, Lines: []checkpoint.Line{log}}).Append(nil))
	ctx, cancel := context.WithTimeout(ctx, askLimit)
	defer cancel()
	q, err := http.NewRequestWithContext(ctx, http.MethodPost, strings.TrimSuffix(one.URL, "/")+"/add-checkpoint", &b)
	if err != nil {
		return 0, nil, err
	}
	q.Header.Set("Content-Type", "text/plain; charset=utf-8")
	a, err := w.client.Do(q)
	if err != nil {
		return 0, nil, err
	}
	defer a.Body.Close()
	answer, err = io.ReadAll(io.LimitReader(a.Body, maxAnswer))
	return a.StatusCode, answer, err
}

// cosignature finds the witness's line in its answer. Lines by other keys are ignored.
func cosignature(one Witness, tree checkpoint.Tree, answer []byte) (checkpoint.Line, error) {
	signed, err := checkpoint.Parse(append(append(tree.Text(), '\n'), answer...))
	if err != nil {
		return checkpoint.Line{}, fmt.Errorf("%w: %w", ErrWitness, err)
	}
	key := ident.VKey{Name: one.Name, Type: ident.NoteCosigner, Key: one.Key}
	line, ok := signed.Line(key.Name, key.ID())
	if !ok || !key.Verifier().Verify(tree.Text(), line.Signature) {
		return checkpoint.Line{}, fmt.Errorf("%w: no line of its key verifies", ErrWitness)
	}
	return line, nil
}

// ProveFrom is a Consistency over a log.
func ProveFrom(s Source) Consistency {
	return func(older, newer uint64) (proof []ledger.Hash, err error) {
		err = s.Log(func(l tiles.Log) (err error) {
			proof, err = merkle.Log.ProveConsistency(merkle.OverTiles(hashes{l}, l.Size()), older, newer)
			return err
		})
		return proof, err
	}
}
