package examine

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/cmd/ocopd/internal/doctor"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/ledger/subject"
	"github.com/ocopledger/ocop/node"
	"github.com/ocopledger/ocop/node/config"
)

// maxStatus bounds an answer of the operator's door: a few kilobytes, and as much again for each piece of evidence.
const maxStatus = 8 << 20

// stands is what the operator's door says, with what not every version says.
type stands struct {
	node.Status
	Place    doctor.Place `json:"place"`
	PlaceWhy sentence     `json:"place_why"`
}

// sentence is what a node says in both languages.
type sentence struct {
	Vietnamese string `json:"vietnamese"`
	English    string `json:"english"`
}

// status asks the operator's door. A node of another version may say more or less: what is not known is passed over.
func status(ctx context.Context, c *config.Config, wait time.Duration) (*stands, error) {
	ctx, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	network, address := "tcp", c.Operator.Listen
	if path, ok := strings.CutPrefix(address, "unix:"); ok {
		network, address = "unix", c.Path(path)
	}
	client := http.Client{Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, address)
		},
	}}
	q, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://operator/status", nil)
	if err != nil {
		return nil, err
	}
	a, err := client.Do(q)
	if err != nil {
		return nil, err
	}
	defer a.Body.Close()
	if a.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s at /status", a.Status)
	}
	s := new(stands)
	if err := json.NewDecoder(io.LimitReader(a.Body, maxStatus)).Decode(s); err != nil {
		return nil, fmt.Errorf("/status: %w", err)
	}
	return s, nil
}

// nodeFacts is what the node says of itself.
func nodeFacts(s *stands, now time.Time) *doctor.Node {
	n := &doctor.Node{
		Role: s.Role, Place: s.Place, PlaceWhy: lang.Text{Vi: s.PlaceWhy.Vietnamese, En: s.PlaceWhy.English}, Leader: s.Leader, Term: s.Term, Height: s.Height, Size: s.Size, Version: s.Version, AsRoot: s.Doctor.AsRoot, Diverged: s.Doctor.Diverged,
		Leaderless: time.Duration(s.Doctor.Leaderless * float64(time.Second)),
		Cosign: doctor.Cosign{
			State: s.Cosign.State, Why: s.Cosign.Alarm, Height: s.Cosign.Height, Size: s.Cosign.Size, Age: time.Duration(s.Cosign.Age * float64(time.Second)),
			SignedSize: s.Cosign.Signed,
		},
	}
	if r := s.Doctor.Refused; r != nil {
		n.Refused = &doctor.Refused{Agency: r.Agency, Term: r.Term, Ahead: r.Ahead}
	}
	for _, v := range s.Doctor.Validators { // the cosigner knows of nobody that it has not heard of
		one := doctor.Signer{Agency: v.Agency, Age: -1}
		for _, c := range s.Cosign.Signers {
			if c.Agency == v.Agency && c.Time > 0 {
				one.Size, one.Age = c.Size, max(0, now.Sub(time.Unix(int64(c.Time), 0)))
			}
		}
		n.Cosign.Signers = append(n.Cosign.Signers, one)
	}
	for _, e := range s.Evidence {
		n.Evidence = append(n.Evidence, doctor.Evidence{Name: e.Name, Agency: e.Agency, Says: lang.Text{Vi: e.Vietnamese, En: e.English}, Acknowledged: e.Acknowledged})
	}
	return n
}

// fromStatus is what the node's ledger says of the network.
func fromStatus(s *stands) (l learned) {
	d := &s.Doctor
	for _, v := range d.Validators {
		l.places = append(l.places, place{
			agency: v.Agency, incarnation: v.Incarnation, peer: v.PeerAddress, public: v.PublicAddress, tls: v.TLSKey,
			named: map[ident.Purpose]ident.Ed25519Key{ident.PurposeNode: v.NodeKey, ident.PurposeCosigner: v.CosignerKey, ident.PurposeTLS: v.TLSKey},
		})
	}
	l.ledger = &doctor.Ledger{
		Validators: len(d.Validators), Quorum: d.Policy.Quorum, Epoch: d.Policy.Epoch, TrustPeriod: time.Duration(d.Policy.TrustPeriod) * time.Second,
		KeysUsed: d.KeysUsed, KeysMost: subject.MaxValidatorKeys, ClockBound: d.ClockBound, Leaves: s.Size,
	}
	if d.Policy.Began > 0 {
		l.ledger.Began = time.UnixMilli(int64(d.Policy.Began))
	}
	if week, ok := d.LeavesSince["week"]; ok {
		l.ledger.PerDay = float64(week) / 7
	} else if day, ok := d.LeavesSince["day"]; ok {
		l.ledger.PerDay = float64(day)
	}
	return l
}

// heard adds what the running node has heard from the others, and how often they called.
func (d *directory) heard(s *stands, l learned) {
	f := d.facts
	for i := range f.Peers {
		p := &f.Peers[i]
		for _, o := range s.Peers {
			if o.Agency == p.Agency {
				p.Shut, p.ShutsUs = o.Shut, o.ShutsUs
				p.Holds, p.Held = o.Holds, time.Duration(o.Held*float64(time.Second))
			}
			if o.Agency == p.Agency && o.Size > 0 {
				p.Last = &doctor.LastSeen{Height: o.Height, Size: o.Size}
			}
		}
		for _, link := range s.Doctor.Links {
			if link.Agency != p.Agency {
				continue
			}
			p.In = &doctor.Inbound{Ever: link.Called != nil}
			if link.Called != nil {
				p.In.Ago = max(0, f.At.Sub(*link.Called))
			}
		}
	}
	c := &f.Node.Cosign
	c.LearnsFrom = min(l.ledger.Validators-l.ledger.Quorum+1, l.ledger.Validators-1)
	for _, p := range f.Peers {
		if p.Peer == doctor.Reached {
			c.LearnsReachable++
		}
	}
}
