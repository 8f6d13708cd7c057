package command

import (
	"context"
	"os"
	"path/filepath"
	"strconv"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/ocopledger/ocop/ledger/chain"
	"github.com/ocopledger/ocop/ledger/merkle"
	"github.com/ocopledger/ocop/ledger/prove"
	"github.com/ocopledger/ocop/ledger/subject"
	"github.com/ocopledger/ocop/ledger/tiles"
	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
	"github.com/ocopledger/ocop/proto/ocop/api/v1/apigrpc"
)

func (p *prover) GetCheckpoint(_ context.Context, q *apiv1.GetCheckpointRequest) (a *apiv1.GetCheckpointResponse, err error) {
	err = p.view(func(v *chain.View) error {
		seal, path, err := prove.Seal(v, p.now.signed)
		if err != nil {
			return err
		}
		a = &apiv1.GetCheckpointResponse{
			AsOf: &apiv1.AsOf{Height: p.now.height, Sample: true}, Checkpoint: p.now.signed.Append(nil), Seal: seal.Append(nil), Handovers: p.from(q.GetPinnedEpoch()),
		}
		for i := range path {
			a.Path = append(a.Path, path[i][:])
		}
		return nil
	})
	if err == nil && p.lie != nil {
		p.lie(a)
	}
	return a, err
}

func (p *prover) GetConsistency(_ context.Context, q *apiv1.GetConsistencyRequest) (a *apiv1.GetConsistencyResponse, err error) {
	err = p.view(func(v *chain.View) error {
		hashes, err := prove.Consistency(v, q.GetOldSize(), q.GetNewSize())
		a = &apiv1.GetConsistencyResponse{NewSize: q.GetNewSize()}
		for i := range hashes {
			hashes[i][0] ^= p.twist
			a.Hashes = append(a.Hashes, hashes[i][:])
		}
		return err
	})
	return a, err
}

// telling is a prover that tells what subjects are.
type telling struct {
	apigrpc.UnimplementedLedgerServiceServer
	p *prover
}

func (t telling) GetSubject(_ context.Context, q *apiv1.GetSubjectRequest) (a *apiv1.GetSubjectResponse, err error) {
	err = t.p.view(func(v *chain.View) error {
		value, ok := v.Value(subject.ID{Kind: subject.Kind(q.GetKind()), Name: string(q.GetId())})
		if !ok {
			return status.Error(codes.NotFound, "no such subject")
		}
		a = &apiv1.GetSubjectResponse{AsOf: &apiv1.AsOf{Height: t.p.now.height, Sample: true}, Value: value}
		return nil
	})
	return a, err
}

// CheckPromise says of every promise that it was kept, by a leaf that has nothing to do with it.
func (p *prover) CheckPromise(context.Context, *apiv1.CheckPromiseRequest) (*apiv1.CheckPromiseResponse, error) {
	kept := &apiv1.Outcome{Result: &apiv1.Outcome_Accepted{Accepted: &apiv1.Accepted{Height: 9, Leaf: 9}}}
	return &apiv1.CheckPromiseResponse{AsOf: &apiv1.AsOf{Height: p.now.height, Sample: true}, Kept: kept}, nil
}

// at is the newest certified head of an epoch.
func (p *prover) at(epoch uint32) (newest point) {
	for _, at := range p.points {
		if at.epoch == epoch {
			newest = at
		}
	}
	return newest
}

// log is the ledger at a height, as it is published.
type log struct{ *chain.View }

func (l log) Size() uint64 { return l.Head().Size }

// publish writes the files of the point that is served into a folder.
func (p *prover) publish(m *machine, dir string) {
	m.t.Helper()
	put := func(name string, data []byte) {
		name = filepath.Join(dir, filepath.FromSlash(name))
		check(m.t, os.MkdirAll(filepath.Dir(name), 0o755))
		check(m.t, os.WriteFile(name, data, 0o644))
	}
	check(m.t, p.view(func(v *chain.View) error {
		for tile := range merkle.Tiles(0, v.Head().Size) {
			paths := []string{tile.Path()}
			if tile.Level == 0 {
				paths = append(paths, tile.EntriesPath())
			}
			for _, path := range paths {
				data, err := tiles.Read(log{v}, path)
				if err != nil {
					return err
				}
				put(path, data)
			}
		}
		return nil
	}))
	put(tiles.CheckpointPath, p.now.signed.Append(nil))
	for i, h := range p.from(0) {
		put("policy/"+strconv.Itoa(i+1), h)
	}
	put("policy/0", []byte("the policy file that the epochs begin with"))
}
