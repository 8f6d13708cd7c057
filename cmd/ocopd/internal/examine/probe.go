package examine

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/ocopledger/ocop/cmd/ocopd/internal/doctor"
	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/node/door"
	"github.com/ocopledger/ocop/node/peer"
)

// probe tries the doors of all other validators at one time, in ascending order of agencies.
func (d *directory) probe(ctx context.Context, l learned) []doctor.Peer {
	var own *tls.Certificate
	if d.keys.TLS != nil {
		if cert, err := door.Certificate(d.keys.TLS); err == nil {
			own = &cert
		}
	}
	here := localAddresses()
	found := make([]doctor.Peer, len(l.places))
	var trying sync.WaitGroup
	for i, p := range l.places {
		if p.agency == d.facts.Agency {
			continue
		}
		trying.Go(func() { found[i] = d.try(ctx, p, own, here) })
	}
	trying.Wait()
	return slices.DeleteFunc(found, func(p doctor.Peer) bool { return p.Agency == 0 })
}

func (d *directory) try(ctx context.Context, at place, own *tls.Certificate, here map[string]bool) doctor.Peer {
	p := doctor.Peer{Agency: at.agency, PeerAddress: at.peer, PublicAddress: at.public}
	p.IPs, p.Here = resolve(ctx, at.peer, d.o.Wait, here)
	k := knock{own: own, key: at.tls, address: at.peer, wait: d.o.Wait}
	if !d.replica() {
		p.Peer, p.PeerDetail = k.knock(ctx)
	}
	if p.Peer == doctor.Reached && own != nil {
		if view, err := k.standing(ctx, d.o.Now); err == nil {
			p.View = view
		} else {
			p.Peer, p.PeerDetail = doctor.Silent, err.Error()
		}
	}
	public, reach, detail := askPublic(ctx, at.public, d.o)
	p.Public, p.PublicDetail = reach, detail
	if public == nil {
		return p
	}
	if public.Agency != at.agency {
		p.Public, p.PublicDetail = doctor.Failed, fmt.Sprintf("agency %v answers there", public.Agency)
		return p
	}
	if p.View == nil { // what it says to everyone; its clock is not told there
		p.View = &public.View
	}
	p.View.Version = public.View.Version
	return p
}

// knock tries one peer door.
type knock struct {
	own     *tls.Certificate // nil: the port alone is tried
	key     ident.Ed25519Key
	address string
	wait    time.Duration
}

// knock tells what becomes of a connection: to the port, then of TLS with pinned keys, then of this end's key.
func (k *knock) knock(ctx context.Context) (doctor.Reach, string) {
	ctx, cancel := context.WithTimeout(ctx, k.wait)
	defer cancel()
	raw, err := new(net.Dialer).DialContext(ctx, "tcp", k.address)
	if err != nil {
		return unreached(err)
	}
	defer raw.Close()
	if k.own == nil {
		return doctor.Reached, ""
	}
	conn, err := door.Client(ctx, raw, *k.own, door.ProtocolGRPC, k.key)
	if err != nil {
		return unshaken(err)
	}
	// The other end says its first word by itself, once it has judged our key.
	_ = conn.SetReadDeadline(deadline(ctx))
	if _, err := conn.Read(make([]byte, 1)); err != nil {
		return unread(err)
	}
	return doctor.Reached, ""
}

func deadline(ctx context.Context) time.Time {
	at, _ := ctx.Deadline()
	return at
}

// unreached says why a port was not reached.
func unreached(err error) (doctor.Reach, string) {
	var dns *net.DNSError
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return doctor.ConnectionRefused, ""
	case errors.As(err, &dns):
		return doctor.Unresolved, dns.Error()
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded), timeout(err):
		return doctor.TimedOut, ""
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return doctor.NoRoute, err.Error()
	}
	return doctor.Failed, err.Error()
}

func timeout(err error) bool {
	var t net.Error
	return errors.As(err, &t) && t.Timeout()
}

// unshaken says why a TLS handshake did not come to its end on this side.
func unshaken(err error) (doctor.Reach, string) {
	var remote *net.OpError
	switch {
	case errors.Is(err, door.ErrKey):
		return doctor.WrongKey, err.Error()
	case timeout(err), errors.Is(err, context.DeadlineExceeded):
		return doctor.Silent, ""
	case errors.As(err, &remote) && remote.Op == "remote error":
		if strings.Contains(remote.Err.Error(), "application protocol") {
			return doctor.WrongProtocol, err.Error()
		}
		return doctor.RefusesUs, err.Error()
	}
	return doctor.NotTLS, err.Error()
}

// unread says why nothing came after the handshake.
func unread(err error) (doctor.Reach, string) {
	var remote *net.OpError
	switch {
	case timeout(err):
		return doctor.Silent, ""
	case errors.As(err, &remote) && remote.Op == "remote error":
		return doctor.RefusesUs, err.Error()
	case errors.Is(err, io.EOF), errors.Is(err, syscall.ECONNRESET):
		return doctor.RefusesUs, err.Error()
	}
	return doctor.Failed, err.Error()
}

// standing asks the validator where it stands, as the node itself does.
func (k *knock) standing(ctx context.Context, now func() time.Time) (*doctor.View, error) {
	client, err := peer.NewClient(peer.Options{
		Dial: func(ctx context.Context) (net.Conn, error) {
			raw, err := new(net.Dialer).DialContext(ctx, "tcp", k.address)
			if err != nil {
				return nil, err
			}
			conn, err := door.Client(ctx, raw, *k.own, door.ProtocolGRPC, k.key)
			if err != nil {
				return nil, errors.Join(err, raw.Close())
			}
			return conn, nil
		},
		Credentials: door.Credentials(), Limit: k.wait,
	})
	if err != nil {
		return nil, err
	}
	defer client.Close()
	ctx, cancel := context.WithTimeout(ctx, k.wait)
	defer cancel()
	if _, err := client.Standing(ctx, peer.Question{}); err != nil { // connects: what comes next measures the way alone
		return nil, err
	}
	sent := now()
	at, err := client.Standing(ctx, peer.Question{})
	if err != nil {
		return nil, err
	}
	back := now()
	return &doctor.View{
		Height: at.Height, Size: at.Size, Leader: at.Leader, Term: at.Term, Diverged: at.Diverged,
		Ahead: time.UnixMilli(int64(at.Clock)).Sub(sent.Add(back.Sub(sent) / 2)), ClockKnown: true,
	}, nil
}

// localAddresses are this machine's own.
func localAddresses() map[string]bool {
	here := make(map[string]bool)
	list, err := net.InterfaceAddrs()
	if err != nil {
		return here
	}
	for _, a := range list {
		if n, ok := a.(*net.IPNet); ok {
			here[n.IP.String()] = true
		}
	}
	return here
}

// resolve tells what addresses a validator's name stands for, and whether one is this machine's.
func resolve(ctx context.Context, address string, wait time.Duration, here map[string]bool) (ips []string, local bool) {
	ctx, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, false
	}
	found, err := net.DefaultResolver.LookupIPAddr(ctx, host)
	if err != nil {
		return nil, false
	}
	for _, a := range found {
		ips = append(ips, a.IP.String())
		local = local || a.IP.IsLoopback() || here[a.IP.String()]
	}
	slices.Sort(ips)
	return ips, local
}

// answered is what a node says over its public door.
type answered struct {
	Agency     ledger.AccountID
	View       doctor.View
	Validators int
	Quorum     int
	Notice     string
}
