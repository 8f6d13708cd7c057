package peer

import (
	"github.com/ocopledger/ocop/ledger/reason"
	"github.com/ocopledger/ocop/ledger/rules"
	peerv1 "github.com/ocopledger/ocop/proto/ocop/peer/v1"
)

// Fate is what became of a record at the leader: it is in the order, or it is refused and not recorded.
type Fate struct {
	Ordered bool
	Refusal *rules.Refusal // nil when ordered
}

// Bounds of a refusal as a peer may send it. The longest of ours is a fifth of them.
const (
	maxArguments = 16
	maxText      = 1024
)

func toProto(f Fate) *peerv1.Fate {
	if f.Refusal == nil {
		return &peerv1.Fate{Ordered: f.Ordered}
	}
	r := &peerv1.Refusal{Reason: uint32(f.Refusal.Reason), Action: uint32(f.Refusal.Action), Field: cut(f.Refusal.Field)}
	for _, a := range f.Refusal.Args[:min(len(f.Refusal.Args), maxArguments)] {
		r.Arguments = append(r.Arguments, &peerv1.Argument{Name: cut(a.Name), Vietnamese: cut(a.Vietnamese), English: cut(a.English)})
	}
	return &peerv1.Fate{Refusal: r}
}

// fromProto reads what a peer says. A fate that is neither ordered nor refused, or a reason that is none, is an unknown outcome.
func fromProto(f *peerv1.Fate) Fate {
	if f.GetOrdered() {
		return Fate{Ordered: true}
	}
	r := f.GetRefusal()
	if r.GetReason() == 0 || r.GetReason() > 0xFFFF || r.GetAction() > 0xFFFF {
		return Fate{Refusal: Unknown()}
	}
	refusal := &rules.Refusal{Reason: reason.Code(r.GetReason()), Action: uint16(r.GetAction()), Field: cut(r.GetField())}
	for _, a := range r.GetArguments()[:min(len(r.GetArguments()), maxArguments)] {
		refusal.Args = append(refusal.Args, reason.Arg{Name: cut(a.GetName()), Vietnamese: cut(a.GetVietnamese()), English: cut(a.GetEnglish())})
	}
	return Fate{Refusal: refusal}
}

// cut bounds a text, at a character.
func cut(s string) string {
	if len(s) <= maxText {
		return s
	}
	n := maxText
	for n > 0 && s[n]&0xC0 == 0x80 {
		n--
	}
	return s[:n]
}
