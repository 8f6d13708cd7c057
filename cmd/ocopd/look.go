package main

import (
	"context"
	"errors"
	"strings"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/verify"
	"github.com/ocopledger/ocop/node/sync"
)

// foundHead is what a source has.
type foundHead struct {
	Source     string             `json:"source"`
	Height     uint64             `json:"height,omitempty"`
	Size       uint64             `json:"size,omitempty"`
	Epoch      uint32             `json:"epoch"`
	Quorum     uint8              `json:"quorum,omitempty"`
	Validators int                `json:"validators,omitempty"`
	Agencies   []ledger.AccountID `json:"agencies,omitempty"` // that cosigned
	Time       uint64             `json:"time,omitempty"`     // Unix seconds
	Age        uint64             `json:"age_seconds,omitempty"`
	Error      string             `json:"error,omitempty"`
}

// look asks sources for their newest certified heads. Those that cannot be asked now may be asked later, unless none can; one that is wrong is not to be
// followed at all.
func (a *app) look(ctx context.Context, sources []string, trust verify.Trust) (found []*foundHead, err error) {
	good := false
	var failures []string
	for _, name := range sources {
		h, err := lookAt(ctx, name, trust)
		wrong, ofSource := errors.AsType[*sync.SourceError](err)
		switch {
		case err == nil:
			good = true
			found = append(found, a.foundHead(name, h))
		case ofSource && !wrong.Fault.Lies():
			said := a.t(sentences(wrong))
			found = append(found, &foundHead{Source: name, Error: said})
			failures = append(failures, said)
		default:
			return nil, refused(err)
		}
	}
	if !good {
		return nil, fail(exitFailure, lang.Text{Vi: "không hỏi được nguồn nào: %s", En: "no source could be asked: %s"}, strings.Join(failures, "; "))
	}
	return found, nil
}

func lookAt(ctx context.Context, name string, trust verify.Trust) (*verify.Head, error) {
	s, err := sync.Open(name)
	if err != nil {
		return nil, err
	}
	h, err := sync.Look(ctx, s, trust)
	return h, errors.Join(err, s.Close())
}

func (a *app) foundHead(name string, h *verify.Head) *foundHead {
	p := h.Trust.Policy
	one := &foundHead{
		Source: name, Height: h.Seal.Height, Size: h.Tree.Size, Epoch: p.Number, Quorum: p.Quorum, Validators: len(p.Validators), Time: h.Time,
		Age: uint64(max(0, a.env.Now().Unix()-int64(h.Time))),
	}
	for _, v := range h.Validators {
		one.Agencies = append(one.Agencies, v.Agency)
	}
	return one
}
