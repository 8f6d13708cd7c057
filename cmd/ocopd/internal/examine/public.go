package examine

import (
	"cmp"
	"context"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"io"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/ocopledger/ocop/cmd/ocopd/internal/doctor"
	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/checkpoint"
	"github.com/ocopledger/ocop/node/client"
	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
)

// Network looks at a network through the public doors of its nodes.
func Network(ctx context.Context, nodes []string, o Options) *doctor.Facts {
	f := &doctor.Facts{At: o.Now(), Mode: doctor.Outside, Peers: make([]doctor.Peer, len(nodes))}
	all := make([]*answered, len(nodes))
	var asking sync.WaitGroup
	for i, address := range nodes {
		asking.Go(func() {
			p := doctor.Peer{PublicAddress: address}
			all[i], p.Public, p.PublicDetail = askPublic(ctx, address, o)
			if a := all[i]; a != nil {
				p.Agency, p.View = a.Agency, &a.View
				p.View.Ahead, p.View.ClockKnown = dated(ctx, address, o)
			}
			f.Peers[i] = p
		})
	}
	asking.Wait()
	for _, a := range all {
		if a == nil {
			continue
		}
		f.Notice = cmp.Or(f.Notice, a.Notice)
		if f.Ledger == nil {
			f.Ledger = &doctor.Ledger{Validators: a.Validators, Quorum: a.Quorum}
			f.Unasked = unasked(ctx, f.Peers, o)
		}
	}
	return f
}

// unasked are the validators, by the policy that a node serves, of which no node was asked.
func unasked(ctx context.Context, asked []doctor.Peer, o Options) (list []ledger.AccountID) {
	seen := make(map[ledger.AccountID]bool)
	for _, p := range asked {
		seen[p.Agency] = true
	}
	for _, p := range asked {
		if p.View == nil {
			continue
		}
		for _, agency := range validators(ctx, p.PublicAddress, o) {
			if !seen[agency] {
				list = append(list, agency)
			}
		}
		return list
	}
	return nil
}

// askPublic asks a public door, without TLS and then with. Whom its certificate names is not looked at: nothing it says is believed.
func askPublic(ctx context.Context, address string, o Options) (*answered, doctor.Reach, string) {
	if _, _, err := net.SplitHostPort(address); err != nil {
		return nil, doctor.Failed, err.Error()
	}
	short, cancel := context.WithTimeout(ctx, o.Wait)
	defer cancel()
	raw, err := new(net.Dialer).DialContext(short, "tcp", address)
	if err != nil {
		reach, detail := unreached(err)
		return nil, reach, detail
	}
	raw.Close()
	var last error
	for _, config := range []*tls.Config{nil, {InsecureSkipVerify: true, MinVersion: tls.VersionTLS12}} {
		a, err := getHead(ctx, address, config, o)
		if err == nil {
			return a, doctor.Reached, ""
		}
		last = err
	}
	detail := last.Error()
	if e, ok := errors.AsType[*client.Error](last); ok {
		detail = cmp.Or(e.Detail, e.English)
	}
	return nil, doctor.Silent, detail
}

func getHead(ctx context.Context, address string, config *tls.Config, o Options) (*answered, error) {
	ctx, cancel := context.WithTimeout(ctx, o.Wait)
	defer cancel()
	c, err := client.New(address, client.Options{TLS: config})
	if err != nil {
		return nil, err
	}
	defer c.Close()
	h, err := c.Ledger.GetHead(ctx, &apiv1.GetHeadRequest{})
	if err != nil {
		return nil, err
	}
	a := &answered{
		Agency: ledger.AccountID(h.GetNode().GetAgency()), Validators: int(h.GetTrust().GetValidators()), Quorum: int(h.GetTrust().GetQuorum()), Notice: h.GetAsOf().GetNotice(),
		View: doctor.View{
			Height: h.GetHead().GetHeight(), Size: h.GetHead().GetSize(), Root: hex.EncodeToString(h.GetHead().GetRoot()), Leader: ledger.AccountID(h.GetNode().GetLeader()),
			Version: h.GetNode().GetVersion(), Chain: hex.EncodeToString(h.GetAsOf().GetChainId()),
		},
	}
	if at := h.GetCertified(); at != nil {
		a.View.Certified, a.View.CertifiedAge = at.GetSize(), time.Duration(at.GetAgeSeconds())*time.Second
	}
	return a, nil
}

// dated is how far a node's clock is ahead by the date of an HTTP answer, which is cut to whole seconds: half a second is added.
func dated(ctx context.Context, address string, o Options) (ahead time.Duration, known bool) {
	for _, scheme := range []string{"http", "https"} {
		sent := o.Now()
		a, err := get(ctx, scheme+"://"+address+"/log/checkpoint", o.Wait)
		if err != nil {
			continue
		}
		a.Body.Close()
		back := o.Now()
		if at, err := http.ParseTime(a.Header.Get("Date")); err == nil {
			return at.Add(time.Second / 2).Sub(sent.Add(back.Sub(sent) / 2)), true
		}
	}
	return 0, false
}

func get(ctx context.Context, url string, wait time.Duration) (*http.Response, error) {
	q, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	c := http.Client{Timeout: wait, Transport: &http.Transport{DisableKeepAlives: true, TLSClientConfig: &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS12}}}
	return c.Do(q)
}

// maxPolicy bounds a policy text: seven validators, eight witnesses, and the document in a comment.
const maxPolicy = 64 << 10

// validators are the agencies of the policy that a node serves.
func validators(ctx context.Context, address string, o Options) (list []ledger.AccountID) {
	for _, scheme := range []string{"http", "https"} {
		a, err := get(ctx, scheme+"://"+address+"/log/policy", o.Wait)
		if err != nil {
			continue
		}
		data, err := io.ReadAll(io.LimitReader(a.Body, maxPolicy))
		a.Body.Close()
		if err != nil || a.StatusCode != http.StatusOK {
			continue
		}
		policy, err := checkpoint.ParsePolicy(data)
		if err != nil {
			return nil
		}
		for _, v := range policy.Validators {
			list = append(list, v.Agency)
		}
		return list
	}
	return nil
}
