package blobs

import (
	"context"
	"crypto/sha256"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/blob"
	"github.com/ocopledger/ocop/ledger/compose"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/ledger/subject"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

const deadline = 30 * time.Second

// book is a ledger reduced to what blobs ask of one: values of subjects, and leaves that say which changed.
type book struct {
	t       testing.TB
	mu      sync.Mutex
	history map[subject.ID][][]byte
	order   []subject.ID
	leaves  [][]byte
	nodes   map[ledger.AccountID]ident.Ed25519Key
	grown   chan struct{}
}

func newBook(t testing.TB) *book {
	b := &book{t: t, history: make(map[subject.ID][][]byte), nodes: make(map[ledger.AccountID]ident.Ed25519Key), grown: make(chan struct{})}
	for agency := ledger.AccountID(1); agency <= 3; agency++ {
		k := officer(t, agency).Public()
		v := subject.AccountValue{Account: agency, Kind: 1, Name: subject.Name{Register: "UBND"}, Registrar: agency, Epoch: 1, Keys: []subject.Key{{PublicKey: k, Roles: 15, Bound: 1}}}
		b.write(subject.Account(agency), v.Append(nil), nil)
		b.nodes[agency] = node(t, agency).Public()
	}
	return b
}

func officer(t testing.TB, agency ledger.AccountID) *ident.PrivateKey {
	secret := sha256.Sum256(fmt.Appendf(nil, "officer %d", agency))
	return must(ident.NewPrivateKey(secret[:]))(t)
}

func node(t testing.TB, agency ledger.AccountID) *ident.Ed25519PrivateKey {
	secret := sha256.Sum256(fmt.Appendf(nil, "node %d", agency))
	return must(ident.NewEd25519PrivateKey(secret[:]))(t)
}

func must[T any](v T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func (b *book) write(id subject.ID, value, leaf []byte) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.history[id] == nil {
		b.order = append(b.order, id)
	}
	b.history[id] = append(b.history[id], value)
	if leaf != nil {
		b.leaves = append(b.leaves, leaf)
	}
	close(b.grown)
	b.grown = make(chan struct{})
}

// names has account 1,000,000 + n, registered by agency 1, named by a blob from now on.
func (b *book) names(n ledger.AccountID, id ledger.Hash) {
	b.t.Helper()
	account := ledger.AccountRange + n
	v := subject.AccountValue{Account: account, Kind: 3, Name: subject.Name{Blob: id}, Registrar: 1}
	actions := must(compose.Marshal(1, []*recordv1.Action{compose.Act(&recordv1.RegisterAccount{
		Account: uint64(account), Name: compose.BlobName(id), Kind: 3, Roles: 1, Territory: 1,
	})}))(b.t)
	author := compose.Author{Chain: b.Chain(), Account: 1, Schema: 1, Key: officer(b.t, 1)}
	signed := must(author.Sign(actions, 1, compose.AtOnce))(b.t)
	b.write(subject.Account(account), v.Append(nil), signed.Envelope)
}

func (b *book) Chain() ledger.ChainID { return ledger.Hash{7} }

func (b *book) NodeKey(agency ledger.AccountID, key ident.Ed25519Key) bool {
	return b.nodes[agency] == key
}

func (b *book) Grown() <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.grown
}

func (b *book) View(fn func(View) error) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return fn(page{b})
}

type page struct{ *book }

func (p page) Head() ledger.Head { return ledger.Head{Size: uint64(len(p.leaves))} }

// Intact gives them in two pieces, as a ledger may.
func (p page) Intact(from uint64, max int, fn func(leaf []byte) error) (int, error) {
	rest := p.leaves[from:]
	rest = rest[:min(len(rest), (max+1)/2)]
	for _, leaf := range rest {
		if err := fn(leaf); err != nil {
			return 0, err
		}
	}
	return len(rest), nil
}

func (p page) Value(id subject.ID) ([]byte, bool) {
	h := p.history[id]
	if len(h) == 0 {
		return nil, false
	}
	return h[len(h)-1], true
}

func (p page) HistoryLen(id subject.ID) (uint64, error) { return uint64(len(p.history[id])), nil }

func (p page) ValueAt(id subject.ID, entry uint64) ([]byte, bool, error) {
	return p.history[id][entry], true, nil
}

func (p page) Subjects(kind subject.Kind, after string, max int) (ids []subject.ID, err error) {
	for _, id := range p.order {
		if id.Kind == kind && id.Name > after {
			ids = append(ids, id)
		}
	}
	return ids[:min(len(ids), max)], nil
}

// bench is one node's blobs.
type bench struct {
	*Blobs
	t       testing.TB
	book    *book
	now     time.Time
	free    uint64
	sources []string
	o       Options
}

func newBench(t testing.TB, book *book, agency ledger.AccountID) *bench {
	t.Helper()
	b := &bench{t: t, book: book, now: time.UnixMilli(1_700_000_000_000), free: 1 << 40}
	b.o = Options{
		Dir: t.TempDir(), Ledger: book, Quota: 1 << 20, Pending: 1 << 20, Agency: agency, Grown: book.Grown, Log: slog.New(slog.DiscardHandler),
		Key:     func() *ident.Ed25519PrivateKey { return node(t, agency) },
		Free:    func() (uint64, bool) { return b.free, true },
		Sources: func() []string { return b.sources },
		Now:     func() time.Time { return b.now },
	}
	b.open()
	return b
}

func (b *bench) open() {
	b.t.Helper()
	b.Blobs = must(Open(b.o))(b.t)
	b.Blobs.asked = true
	b.step()
}

// step brings the blobs in step with the ledger once.
func (b *bench) step() {
	b.t.Helper()
	if err := b.Blobs.names.follow(context.Background(), b.book); err != nil {
		b.t.Fatal(err)
	}
	if err := b.sort(); err != nil {
		b.t.Fatal(err)
	}
	if err := b.reportAll(); err != nil {
		b.t.Fatal(err)
	}
}

// name is the n-th blob, a name.
func name(n byte) *blob.Blob {
	return &blob.Blob{Salt: [32]byte{n}, Media: blob.Name, Content: fmt.Appendf(nil, "Hộ kinh doanh số %d", n)}
}

func (b *bench) offer(account ledger.AccountID, id ledger.Hash) []byte {
	o := blob.Offer{Chain: b.book.Chain(), Blob: id, Account: account, Time: uint64(b.now.UnixMilli())}
	return must(o.Sign(officer(b.t, account)))(b.t).Append(nil)
}

// order is agency 1's order to erase the blob of account 1,000,000 + n, changed as a test likes.
func (b *bench) order(n ledger.AccountID, id ledger.Hash, change func(*blob.Erasure)) []byte {
	e := blob.Erasure{
		Chain: b.book.Chain(), Blob: id, Subject: subject.Account(ledger.AccountRange + n), Agency: 1, Epoch: 1, Time: uint64(b.now.UnixMilli()), Ground: blob.GroundOrder,
	}
	if change != nil {
		change(&e)
	}
	return must(e.Sign(officer(b.t, e.Agency)))(b.t).Append(nil)
}

// serve gives the blobs a door.
func (b *bench) serve() string {
	b.t.Helper()
	s := httptest.NewServer(Handler(b.Blobs, "", b.o.Log))
	b.t.Cleanup(s.Close)
	return s.Listener.Addr().String()
}

// ask asks the handler.
func (b *bench) ask(method, path string, header ...string) *httptest.ResponseRecorder {
	w, q := httptest.NewRecorder(), httptest.NewRequest(method, "/", nil)
	q.URL.Path = path
	for i := 0; i+1 < len(header); i += 2 {
		q.Header.Set(header[i], header[i+1])
	}
	Handler(b.Blobs, "MẪU", b.o.Log).ServeHTTP(w, q)
	return w
}

// run runs the exchange in the background until the test ends.
func (b *bench) run() {
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		b.Run(ctx)
	}()
	b.t.Cleanup(func() {
		stop()
		<-ended
	})
}

func (b *bench) eventually(what string, holds func() bool) {
	b.t.Helper()
	for end := time.Now().Add(deadline); !holds(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			b.t.Fatalf("not reached: %s; %+v", what, b.Counts())
		}
	}
}
