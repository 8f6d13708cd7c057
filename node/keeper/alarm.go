package keeper

import (
	"context"
	"time"
)

// Run repeats the alarm until ctx ends: each piece at once when it is found, and then once every Repeat as long as nobody has acknowledged it. Whoever
// restarts the node is told again.
func (k *Keeper) Run(ctx context.Context) {
	ticker := time.NewTicker(Repeat)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			k.repeat()
		case <-ctx.Done():
			return
		}
	}
}

func (k *Keeper) repeat() {
	for _, p := range k.Pieces() {
		if !p.Told {
			k.tell(&p)
		}
	}
}

func (k *Keeper) tell(p *Piece) {
	k.o.Log.Error("ALARM: evidence against an agency", "kind", p.Finding.Kind, "agency", p.Finding.Agency, "evidence", p.Name,
		"vietnamese", p.Finding.Vietnamese, "english", p.Finding.English, "since", p.Since)
}

// Acknowledge ends the repetition of a piece, until the node starts again. The piece stays, and everything else that shows it. It reports whether there
// is such a piece.
func (k *Keeper) Acknowledge(name string) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	i, ok := k.find(name)
	if ok {
		k.pieces[i].Told = true
	}
	return ok
}
