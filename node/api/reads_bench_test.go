//go:build unix

package api

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/chain"
	"github.com/ocopledger/ocop/ledger/chain/chaintest"
	"github.com/ocopledger/ocop/ledger/checkpoint"
	"github.com/ocopledger/ocop/ledger/query"
	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
	"github.com/ocopledger/ocop/proto/ocop/api/v1/apigrpc"
)

// The benchmarks of reads measure the processor time of a process that serves; who asks is another process.

// readers is how many calls are under way at once.
const readers = 16

// soldEntries is how long the history of the lot is that is traced.
const soldEntries = 1000

// settled is a head that stays.
type settled struct {
	signed *checkpoint.Signed
	height uint64
	policy *ledger.Policy
}

func (s *settled) Certified() (*checkpoint.Signed, uint64, *ledger.Policy, bool) {
	return s.signed, s.height, s.policy, true
}
func (s *settled) WaitCertified(context.Context, uint64) error { return nil }
func (s *settled) Handovers(uint32) ([][]byte, error)          { return nil, nil }

// busyMarket is a ledger with the 250 products of one Decision, and a lot of one of them that was sold a thousand times.
func busyMarket(b testing.TB) (n *alone, s *settled, product ledger.ProductID, records []string) {
	w := chaintest.New()
	drafts, one := w.Many()
	n = newAlone(b, w)
	for _, d := range drafts {
		n.apply(d)
	}
	certificate := ledger.CertificateID{Decision: ledger.DecisionID{Issuer: chaintest.Province, Year: 2026, Number: "250/QĐ-UBND"}, Item: 17}
	lot := ledger.LotID{Product: one, Lot: soldLot}
	w.Tick(time.Minute)
	apply := func(data []byte) { n.apply(chaintest.Draft{Index: w.Index, Term: w.Term, Data: data}) }
	apply(w.Draft(w.Sign(chaintest.Coop, chaintest.Lot(lot, 1_000_000, chaintest.Today, 0))))
	for range soldEntries / 10 {
		w.Tick(time.Second)
		var envelopes [][]byte
		for range 10 {
			r := w.Sign(chaintest.Coop, chaintest.Retail(w.Goods(lot, 1, certificate)))
			envelopes, records = append(envelopes, r.Envelope), append(records, r.ID.String())
		}
		apply(w.DraftOf(0, envelopes...))
	}
	s = &settled{chaintest.Cosign(n.policy, n.ledger.Head(), w.Now/1000), n.ledger.Head().Height, n.policy}
	if o, ok := record(b, n, records[len(records)-1]); !ok || o.Status != chain.Accepted {
		b.Fatalf("the last sale: %v, %+v", ok, o)
	}
	return n, s, one, records
}

const soldLot = "L-1"

func record(b testing.TB, n *alone, text string) (o chain.Outcome, ok bool) {
	id, err := ledger.ParseRecordID(text)
	if err == nil {
		err = n.ledger.View(func(v *chain.View) error {
			o, ok, err = v.Record(id)
			return err
		})
	}
	if err != nil {
		b.Fatal(err)
	}
	return o, ok
}

// asking is how the other process asks for one thing, the i-th.
func asking(what string, records []string) func(ctx context.Context, c *grpc.ClientConn, i int) error {
	product := func(i int) string { return fmt.Sprintf("%d.%d", chaintest.Coop, i) }
	subject := func(q func(i int) *apiv1.GetSubjectReceiptRequest) func(context.Context, *grpc.ClientConn, int) error {
		return func(ctx context.Context, c *grpc.ClientConn, i int) error {
			_, err := apigrpc.NewProofServiceClient(c).GetSubjectReceipt(ctx, q(i))
			return err
		}
	}
	switch what {
	case "record receipt":
		return func(ctx context.Context, c *grpc.ClientConn, i int) error {
			_, err := apigrpc.NewProofServiceClient(c).GetRecordReceipt(ctx, &apiv1.GetRecordReceiptRequest{Record: records[i%len(records)]})
			return err
		}
	case "action receipt":
		return func(ctx context.Context, c *grpc.ClientConn, i int) error {
			_, err := apigrpc.NewProofServiceClient(c).GetRecordReceipt(ctx, &apiv1.GetRecordReceiptRequest{Record: records[i%len(records)], Action: new(uint32(0))})
			return err
		}
	case "product receipt":
		return subject(func(int) *apiv1.GetSubjectReceiptRequest {
			return &apiv1.GetSubjectReceiptRequest{Subject: &apiv1.GetSubjectReceiptRequest_Product{Product: product(17)}}
		})
	case "250 product receipts":
		return subject(func(i int) *apiv1.GetSubjectReceiptRequest {
			return &apiv1.GetSubjectReceiptRequest{Subject: &apiv1.GetSubjectReceiptRequest_Product{Product: product(1 + i%chaintest.ManyProducts)}}
		})
	case "250 certificate receipts":
		return subject(func(i int) *apiv1.GetSubjectReceiptRequest {
			id := fmt.Sprintf("%d:2026:250/QĐ-UBND:%d", chaintest.Province, 1+i%chaintest.ManyProducts)
			return &apiv1.GetSubjectReceiptRequest{Subject: &apiv1.GetSubjectReceiptRequest_Certificate{Certificate: id}}
		})
	case "checkpoint":
		return func(ctx context.Context, c *grpc.ClientConn, _ int) error {
			_, err := apigrpc.NewProofServiceClient(c).GetCheckpoint(ctx, new(apiv1.GetCheckpointRequest))
			return err
		}
	case "trace lot":
		return func(ctx context.Context, c *grpc.ClientConn, _ int) error {
			_, err := apigrpc.NewQueryServiceClient(c).TraceLot(ctx, &apiv1.TraceLotRequest{Lot: product(17) + "/" + soldLot})
			return err
		}
	case "trace lot, all events":
		return func(ctx context.Context, c *grpc.ClientConn, _ int) error {
			a, err := apigrpc.NewQueryServiceClient(c).TraceLot(ctx, &apiv1.TraceLotRequest{
				Lot: product(17) + "/" + soldLot, Timeline: &apiv1.TimelineOptions{Page: &apiv1.Page{Size: soldEntries}},
			})
			if err == nil && len(a.Timeline.Events) != soldEntries {
				return fmt.Errorf("%d events", len(a.Timeline.Events))
			}
			return err
		}
	case "trace product":
		return func(ctx context.Context, c *grpc.ClientConn, _ int) error {
			_, err := apigrpc.NewQueryServiceClient(c).TraceProduct(ctx, &apiv1.TraceProductRequest{Product: product(17)})
			return err
		}
	}
	return nil
}

// asked are the kinds of reads that are measured.
var asked = []string{
	"record receipt", "action receipt", "product receipt", "250 product receipts", "250 certificate receipts", "checkpoint", "trace lot", "trace lot, all events", "trace product",
}

// BenchmarkReads asks over gRPC in the ways the public door serves it: without TLS, with it by HTTP's server (whoever might ask for pages, too), and with it by
// gRPC's own (who has said that calls are all).
func BenchmarkReads(b *testing.B) {
	n, s, _, records := busyMarket(b)
	catalog, err := query.Open(b.Context(), func(f func(query.Source) error) error {
		return n.ledger.View(func(v *chain.View) error { return f(v) })
	})
	if err != nil {
		b.Fatal(err)
	}
	rpc := grpc.NewServer(ServerOptions()...)
	Register(rpc, Options{Node: n, Catalog: catalog, Proofs: s, Now: func() time.Time { return time.UnixMilli(int64(n.world.Now)) }})
	defer rpc.Stop()
	plain, overTLS, alone := listen(b), listen(b), listen(b)
	go rpc.Serve(plain)
	config := &tls.Config{Certificates: []tls.Certificate{drawn(b)}, NextProtos: []string{"h2"}}
	go rpc.Serve(tls.NewListener(alone, config))
	door := &http.Server{Handler: rpc, TLSConfig: config}
	go door.ServeTLS(overTLS, "", "")
	defer door.Close()
	for _, what := range asked {
		for _, l := range []struct {
			way string
			net.Listener
		}{{"plain", plain}, {"tls", overTLS}, {"tls, calls alone", alone}} {
			b.Run(what+"/"+l.way, func(b *testing.B) {
				c := client(b, what, l.way, l.Addr().String(), records)
				defer c.end(b)
				c.ask(b, 200)
				before := spent(b)
				b.ResetTimer()
				c.ask(b, b.N)
				b.StopTimer()
				b.ReportMetric(float64((spent(b)-before).Microseconds())/float64(b.N), "cpu-µs/op")
			})
		}
	}
}

func listen(b *testing.B) net.Listener {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	return l
}

// drawn is a certificate that nobody knows.
func drawn(b *testing.B) tls.Certificate {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		b.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{"localhost"}, NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		b.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// spent is the processor time of this process, the collection of its garbage included.
func spent(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// asker is the other process: it is told how many, asks so often, and says when it is done.
type asker struct {
	command *exec.Cmd
	in      *os.File
	out     *bufio.Scanner
}

const askerVariable = "OCOP_ASKER"

func client(b *testing.B, what, way, address string, records []string) *asker {
	r, w, err := os.Pipe()
	if err != nil {
		b.Fatal(err)
	}
	a := &asker{command: exec.CommandContext(b.Context(), os.Args[0], "-test.run=^TestAsker$"), in: w}
	a.command.Env = append(os.Environ(), askerVariable+"="+strings.Join([]string{what, way, address, strings.Join(records, " ")}, "\n"))
	a.command.Stdin, a.command.Stderr = r, os.Stderr
	out, err := a.command.StdoutPipe()
	if err == nil {
		err = a.command.Start()
	}
	if err != nil {
		b.Fatal(err)
	}
	r.Close()
	a.out = bufio.NewScanner(out)
	return a
}

func (a *asker) ask(b *testing.B, n int) {
	fmt.Fprintln(a.in, n)
	if !a.out.Scan() || a.out.Text() != "ok" {
		b.Fatalf("the other process: %q, %v", a.out.Text(), a.out.Err())
	}
}

func (a *asker) end(b *testing.B) {
	a.in.Close()
	for a.out.Scan() { // what a test says in the end
		continue
	}
	if err := a.command.Wait(); err != nil {
		b.Error(err)
	}
}

// TestAsker is the other process of BenchmarkReads.
func TestAsker(t *testing.T) {
	told := strings.Split(os.Getenv(askerVariable), "\n")
	if len(told) < 4 {
		t.Skip("it asks for the benchmarks of reads")
	}
	one, creds := asking(told[0], strings.Fields(told[3])), insecure.NewCredentials()
	if strings.HasPrefix(told[1], "tls") {
		creds = credentials.NewTLS(&tls.Config{InsecureSkipVerify: true})
	}
	conn, err := grpc.NewClient(told[2], grpc.WithTransportCredentials(creds))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	for in := bufio.NewScanner(os.Stdin); in.Scan(); {
		n, err := strconv.Atoi(in.Text())
		if err != nil {
			t.Fatal(err)
		}
		var next atomic.Int64
		var all sync.WaitGroup
		for range readers {
			all.Go(func() {
				for i := next.Add(1); i <= int64(n) && !t.Failed(); i = next.Add(1) {
					if err := one(t.Context(), conn, int(i)); err != nil {
						t.Error(err)
					}
				}
			})
		}
		all.Wait()
		if t.Failed() {
			return
		}
		fmt.Println("ok")
	}
}
