package vectors

import (
	"encoding/hex"
	"fmt"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/checkpoint"
	"github.com/ocopledger/ocop/ledger/subject"
	"github.com/ocopledger/ocop/ledger/verify"
	"github.com/ocopledger/ocop/ledger/verify/receipts"
)

func (e *Expect) trust(t verify.Trust) {
	if t.Policy == nil {
		return
	}
	h := t.Policy.Hash()
	e.Epoch, e.Policy, e.Since = &t.Policy.Number, hex.EncodeToString(h[:]), &t.Since
}

func (e *Expect) tree(t checkpoint.Tree) {
	e.Size, e.Root = &t.Size, hex.EncodeToString(t.Root[:])
}

func (e *Expect) head(c *checkpoint.Certified) {
	if c == nil {
		return
	}
	e.tree(c.Tree)
	e.Time, e.Witnesses = &c.Time, len(c.Witnesses)
	for _, v := range c.Validators {
		e.Validators = append(e.Validators, int(v.Agency))
	}
}

func (e *Expect) remembered(m *verify.Memory) {
	e.tree(m.Head.Tree)
	e.trust(m.Trust(0))
}

func valueHash(value []byte) string {
	h := subject.ValueHash(value)
	return hex.EncodeToString(h[:])
}

func (e *Expect) subject(r *receipts.Result) {
	e.head(r.Head.Certified)
	e.trust(r.Head.Trust)
	e.Skipped, e.Height, e.BlockTime, e.AsOf = r.Head.Skipped, &r.Height, &r.Time, &r.AsOf
	v := r.Verdict
	e.Verdict = &Verdict{Kind: string(v.Kind), Date: uint32(v.Date), Star: v.Star, From: uint32(v.From), Until: uint32(v.Until), Day: uint32(v.Day)}
	if !v.Certificate.IsZero() {
		e.Verdict.Certificate = v.Certificate.String()
	}
	e.Values = make(map[string]string)
	if r.Product != nil {
		e.Values["product"] = valueHash(r.Product.Append(nil))
	}
	if r.Producer != nil {
		e.Values["producer"] = valueHash(r.Producer.Append(nil))
	}
	if r.Lot != nil {
		e.Values["lot"] = valueHash(r.Lot.Append(nil))
	}
	for _, c := range r.Certificates {
		e.Certificates = append(e.Certificates, CertificateStand{c.Value.Certificate.String(), string(c.Standing), valueHash(c.Value.Append(nil))})
	}
	for _, t := range r.Timeline {
		e.Timeline = append(e.Timeline, fmt.Sprintf("%d.%d", t.Leaf, t.Number))
	}
}

func (e *Expect) acted(a *receipts.Acted) {
	e.head(a.Head)
	e.trust(a.Trust)
	e.Leaf = &a.Leaf
	if a.Height != 0 {
		e.Height = &a.Height
	}
	if a.Time != 0 {
		e.BlockTime = &a.Time
	}
	for _, r := range a.Refused {
		e.Refused = append(e.Refused, fmt.Sprintf("%v:%d:%d", r.Record, r.Reason, r.Action))
	}
	if a.Record != (ledger.RecordID{}) {
		e.Record, e.Author, e.Key, e.First, e.Actions = a.Record.String(), uint64(a.Header.Author), hex.EncodeToString(a.Key[:]), &a.First, len(a.Actions)
	}
}
