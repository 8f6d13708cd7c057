package sync

import (
	"time"

	"github.com/ocopledger/ocop/ledger"
)

// A block's bounds, as the format has them: the records of one draft, their refusals, a seal.
const (
	maxBlockLeaves = ledger.MaxDraftRecords + 2
	maxBlockBytes  = ledger.MaxDraftBytes + ledger.MaxEnvelope + ledger.SealSize
)

// A chunk's bounds. One is executed while the next is fetched and proved, and a third may be in the buffers of the connection: at most some 30 MiB. Larger ones
// are not faster: what a chunk costs beside its records is a disk write and a round trip.
const (
	chunkLeaves = 4096
	chunkBytes  = 8 << 20
)

// pace is how patient a follower is. Tests are less so.
type pace struct {
	answer   time.Duration // for the answer to a question
	news     time.Duration // for which a source may wait for a newer head, before it answers that there is none
	idle     time.Duration // between questions for a newer head, when a source does not wait
	patience time.Duration // without a whole block from a source that has more
	leaves   int           // of a chunk at most
	settle   time.Duration // for which a chunk waits to be filled
	rate     int           // bytes a second that a source gives at least, once it has been waited for that long
	others   time.Duration // for further sources' heads, when one has answered
	aged     time.Duration // a head that was last signed so long ago makes one look for another source
	first    time.Duration // for which a source is left alone after a failure; doubles with each
	most     time.Duration // the longest that one is left alone
	liar     time.Duration // for which one is left alone that no honest node would be like
	look     time.Duration // between looks at what sources there are, when none can be asked
	expired  time.Duration // between looks for something newer to believe
}

// Validators sign a standing head every 30 s: after two minutes something is amiss with a source, or with the network.
var defaultPace = pace{
	answer: 20 * time.Second, news: 30 * time.Second, idle: 200 * time.Millisecond, leaves: chunkLeaves, patience: 20 * time.Second, settle: time.Second, rate: 16 << 10, others: time.Second, aged: 2 * time.Minute,
	first: time.Second, most: 2 * time.Minute, liar: 10 * time.Minute, look: 5 * time.Second, expired: 30 * time.Second,
}

// rest is for how long a source is left alone after so many failures in a row.
func (p *pace) rest(f Fault, failures int) time.Duration {
	if f.Lies() {
		return p.liar
	}
	d := p.first
	for range min(failures, 30) - 1 {
		if d *= 2; d >= p.most {
			return p.most
		}
	}
	return d
}
