package sample

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/compose"
)

// Submit sends an envelope to a node and waits for its outcome. Sending one again is safe; the error says why it was not accepted.
type Submit func(ctx context.Context, envelope []byte) error

// Loader puts a plan on a ledger.
type Loader struct {
	Chain    ledger.ChainID
	Dir      string // of the signed records, one file each
	Now      func() time.Time
	Submit   Submit
	Progress func(step string)
}

// completeFile says in the loader's directory that every record was acknowledged.
const completeFile = "complete"

// Load signs and submits the plan's records in their order. Each is kept in a file before it is sent and sent again from there, so that
// loading can be cut short at any point and continued with the same records. It reports whether there was anything to do.
func (l *Loader) Load(ctx context.Context, p *Plan) (bool, error) {
	if _, err := os.Stat(filepath.Join(l.Dir, completeFile)); err == nil {
		return false, nil
	}
	if err := os.MkdirAll(l.Dir, 0o700); err != nil {
		return false, fmt.Errorf("sample: %w", err)
	}
	if err := l.load(ctx, p); err != nil {
		return false, fmt.Errorf("sample: %w", err)
	}
	return true, os.WriteFile(filepath.Join(l.Dir, completeFile), nil, 0o600)
}

func (l *Loader) load(ctx context.Context, p *Plan) error {
	registrations, err := p.Registrations()
	if err != nil {
		return err
	}
	if _, err := l.steps(ctx, p, registrations); err != nil {
		return err
	}
	decisions, err := p.Decisions()
	if err != nil {
		return err
	}
	certified, err := l.steps(ctx, p, decisions)
	if err != nil {
		return err
	}
	if _, err := l.steps(ctx, p, p.Lots()); err != nil {
		return err
	}
	proposals, err := p.Proposals()
	if err != nil {
		return err
	}
	proposed, err := l.steps(ctx, p, proposals)
	if err != nil {
		return err
	}
	if _, err := l.steps(ctx, p, p.Acceptances(proposed)); err != nil {
		return err
	}
	alone, err := p.SingleSided()
	if err != nil {
		return err
	}
	if _, err := l.steps(ctx, p, alone); err != nil {
		return err
	}
	aftermath, err := p.Aftermath(certified[len(certified)-1])
	if err != nil {
		return err
	}
	if _, err := l.steps(ctx, p, aftermath); err != nil {
		return err
	}
	supply, err := p.Supply()
	if err != nil {
		return err
	}
	_, err = l.steps(ctx, p, supply)
	return err
}

func (l *Loader) steps(ctx context.Context, p *Plan, steps []Step) ([]ledger.RecordID, error) {
	ids := make([]ledger.RecordID, len(steps))
	for i, step := range steps {
		envelope, err := l.record(p, step)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", step.Name, err)
		}
		parsed, err := ledger.ParseEnvelope(envelope)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", step.Name, err)
		}
		ids[i] = parsed.ID
		if err := l.Submit(ctx, envelope); err != nil {
			return nil, fmt.Errorf("%s: %w", step.Name, err)
		}
		l.Progress(step.Name)
	}
	return ids, nil
}

// record gives the signed record of a step: the one on file unless it has expired, or a new one, which is on file when record returns.
func (l *Loader) record(p *Plan, step Step) ([]byte, error) {
	path := filepath.Join(l.Dir, step.Name+".record")
	now := uint64(l.Now().UnixMilli())
	kept, err := os.ReadFile(path)
	switch {
	case err == nil:
		if e, err := ledger.ParseEnvelope(kept); err == nil && e.Header.Chain == l.Chain && now < e.Header.Expires {
			return kept, nil
		}
	case !errors.Is(err, fs.ErrNotExist):
		return nil, err
	}
	schema := compose.SchemaOf(step.Actions...)
	actions, err := compose.Marshal(schema, step.Actions)
	if err != nil {
		return nil, err
	}
	key, err := p.keys.Private(step.Signer)
	if err != nil {
		return nil, err
	}
	author := compose.Author{Chain: l.Chain, Account: step.Author, Schema: schema, Key: key}
	signed, err := author.Sign(actions, now, compose.Offline)
	if err != nil {
		return nil, err
	}
	return signed.Envelope, writeFile(path, signed.Envelope)
}

// writeFile replaces a file whole: what is read back later is what was meant, or nothing.
func writeFile(path string, data []byte) error {
	temporary := path + ".part"
	if err := os.WriteFile(temporary, data, 0o600); err != nil {
		return err
	}
	return os.Rename(temporary, path)
}
