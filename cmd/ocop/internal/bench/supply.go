package bench

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"runtime"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/cmd/internal/workload"
	"github.com/ocopledger/ocop/cmd/ocop/internal/bench/load"
	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/compose"
	"github.com/ocopledger/ocop/ledger/reason"
	"github.com/ocopledger/ocop/ledger/subject"
	"github.com/ocopledger/ocop/node/client"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

// ErrNoRegistrar: nobody's key may register producers.
var ErrNoRegistrar = lang.Errorf(lang.Text{
	Vi: "không có khóa của cơ quan nào được đăng ký chủ thể và sản phẩm: dùng --dir THƯ-MỤC của devnet, --keys THƯ-MỤC chứa khóa cán bộ, hoặc --officer TỆP",
	En: "there is no key of an agency that may register producers and products: give --dir DIR of a devnet, --keys DIR with keys of officers, or --officer FILE"})

// supply is what is submitted: a plan that is on the ledger.
type supply struct {
	plan    *workload.Plan
	setup   uint64
	now     func() uint64
	actions int
	clients uint64 // numbers of sequences that are used
}

// bases is how many ranges of account numbers are tried: an earlier run's may be among them.
const bases = 8

// newSupply chooses producers that are not on the ledger yet, and registers them with products, certificates and lots.
func newSupply(ctx context.Context, t *target) (*supply, error) {
	w, err := t.officers()
	if err != nil {
		return nil, err
	}
	for try := 0; ; try++ {
		var drawn [8]byte
		if _, err := io.ReadFull(t.o.Random, drawn[:]); err != nil {
			return nil, err
		}
		w.Seed = binary.BigEndian.Uint64(drawn[:])
		w.Base = baseStep * uint32(1+w.Seed%(ledger.AccountRange/baseStep-1))
		s := &supply{now: func() uint64 { return uint64(t.o.Now().UnixMilli()) }, actions: t.o.Actions}
		if s.plan, err = workload.New(w); err != nil {
			return nil, err
		}
		s.setup = s.now()
		err = s.register(ctx, t)
		if e, ok := errors.AsType[*client.Error](err); !ok || e.Reason != reason.Of(reason.AccountTaken).Name || try == bases {
			return s, err
		}
	}
}

// A run's producers have a range of account numbers of their own.
const baseStep = MaxProducers

// What each producer has, as in a province's programme.
const (
	productsEach = 2
	lotsEach     = 10
)

// officers says who registers and who certifies, by what genesis granted whom.
func (t *target) officers() (w workload.Options, err error) {
	w.Chain = t.genesis.Chain
	w.Producers, w.Products, w.Lots = t.o.Producers, productsEach*t.o.Producers, lotsEach*t.o.Producers
	for _, o := range t.o.Officers {
		for _, grant := range t.grants(o.Account) {
			if w.Registrars == nil && grant.GetPowers()&subject.PowerRegister != 0 {
				w.Registrars, w.Territory = []workload.Officer{o}, grant.GetTerritory()
			}
			if w.Certifier.Key == nil && grant.GetPowers()&subject.PowerCertify != 0 && grant.GetLevel() == recordv1.Level_LEVEL_PROVINCE {
				w.Certifier = o
			}
		}
	}
	if w.Registrars == nil {
		return w, ErrNoRegistrar
	}
	return w, nil
}

func (t *target) grants(account ledger.AccountID) []*recordv1.Grant {
	for _, a := range t.genesis.Body.GetAgencies() {
		if a.GetAccount() == uint64(account) {
			return a.GetGrants()
		}
	}
	return nil
}

// register puts the plan on the ledger, wave after wave.
func (s *supply) register(ctx context.Context, t *target) error {
	waves, err := s.plan.Setup(s.setup)
	if err != nil {
		return err
	}
	for _, wave := range waves {
		envelopes := make([][]byte, len(wave))
		for i, r := range wave {
			envelopes[i] = r.Envelope
		}
		outcomes, err := t.clients[0].Submit(ctx, envelopes, nil)
		if err != nil {
			return err
		}
		for _, o := range outcomes {
			if refused := o.GetRefused(); refused != nil {
				return client.NewRefusal(refused.GetRefusal())
			}
		}
	}
	return nil
}

// stock signs so many records, and is ready to sign more.
func (s *supply) stock(n int) (*load.Stock, error) {
	signers := make([]load.Signer, runtime.GOMAXPROCS(0))
	for i := range signers {
		sales := s.plan.Sales(s.setup, s.clients)
		s.clients++
		signers[i] = func() (load.Record, error) {
			var r *compose.Signed
			var err error
			if s.actions == 1 {
				r, err = sales.Next(s.now())
			} else {
				r, err = sales.Many(s.now(), s.actions)
			}
			if err != nil {
				return load.Record{}, err
			}
			return load.Record{ID: r.ID, Envelope: r.Envelope, Actions: s.actions}, nil
		}
	}
	return load.NewStock(signers, n)
}
