package crash

import (
	"bufio"
	"context"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/compose"
	"github.com/ocopledger/ocop/node/client"
	"github.com/ocopledger/ocop/node/internal/province"
	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
)

// clientEnv makes the test's program the client: file for notes, chain id, records to reach, addresses.
const clientEnv = "OCOP_CRASH_CLIENT"

const (
	clients = 8
	// oneTry is how long a client stays with a node before it sends the same records to the next.
	oneTry = 2 * time.Second
)

// submitter is the fourth process.
type submitter struct {
	chain  ledger.ChainID
	nodes  []*client.Client
	enough int
	parent atomic.Bool // the parent wants no more
	acked  atomic.Int64

	mu    sync.Mutex
	notes *bufio.Writer
}

// submitAndNote submits records until enough are acknowledged and the parent has closed stdin, and writes how many there are.
func submitAndNote(stdin io.Reader, stdout io.Writer) error {
	words := strings.Fields(os.Getenv(clientEnv))
	if len(words) != 4 {
		return fmt.Errorf("%s: %d words, want 4", clientEnv, len(words))
	}
	file, err := os.Create(words[0])
	if err != nil {
		return err
	}
	s := &submitter{notes: bufio.NewWriter(file)}
	if _, err := hex.Decode(s.chain[:], []byte(words[1])); err != nil {
		return err
	}
	if s.enough, err = strconv.Atoi(words[2]); err != nil {
		return err
	}
	for _, address := range strings.Split(words[3], ",") {
		c, err := client.New(address, client.Options{})
		if err != nil {
			return err
		}
		defer c.Close()
		s.nodes = append(s.nodes, c)
	}
	go func() {
		io.Copy(io.Discard, stdin)
		s.parent.Store(true)
	}()
	failed := make(chan error, clients)
	var running sync.WaitGroup
	for i := range clients {
		running.Go(func() { failed <- s.run(i) })
	}
	running.Wait()
	close(failed)
	for e := range failed {
		err = errors.Join(err, e)
	}
	fmt.Fprintln(stdout, s.acked.Load())
	return errors.Join(err, s.notes.Flush(), file.Close())
}

// run is one client: one to three records at a time, through one node after the other.
func (s *submitter) run(number int) error {
	agency := ledger.AccountID(number%nodes + 1)
	author := compose.Author{Chain: s.chain, Account: agency, Schema: compose.Schema, Key: province.Officer(&testing.B{}, agency)}
	for n, turn := 0, number; int(s.acked.Load()) < s.enough || !s.parent.Load(); turn++ {
		var records []*compose.Signed
		for range 1 + turn%3 {
			n++
			actions, err := compose.Marshal(compose.Schema, province.Registration(agency, 1+number*100_000+n))
			if err != nil {
				return err
			}
			signed, err := author.Sign(actions, uint64(time.Now().UnixMilli()), compose.AtOnce)
			if err != nil {
				return err
			}
			records = append(records, signed)
		}
		if err := s.submit(records, turn); err != nil {
			return fmt.Errorf("client %d: %w", number, err)
		}
	}
	return nil
}

// submit sends records to one node after the other until all of them are acknowledged, and notes those at once.
func (s *submitter) submit(records []*compose.Signed, turn int) error {
	for end := time.Now().Add(patience); len(records) > 0; turn++ {
		if time.Now().After(end) {
			return fmt.Errorf("record %v not acknowledged in %v", records[0].ID, patience)
		}
		envelopes := make([][]byte, len(records))
		for i, r := range records {
			envelopes[i] = r.Envelope
		}
		ctx, cancel := context.WithTimeout(context.Background(), oneTry)
		outcomes, _ := s.nodes[turn%len(s.nodes)].Submit(ctx, envelopes, nil) // an error is a node that is down: the next one is asked
		cancel()
		var left []*compose.Signed
		for i, o := range outcomes {
			switch {
			case o.GetAccepted() != nil:
				s.note(records[i], o)
			case o.GetRefused() != nil:
				return fmt.Errorf("record %v: %v", records[i].ID, o.GetRefused())
			default:
				left = append(left, records[i])
			}
		}
		records = left
	}
	return nil
}

func (s *submitter) note(r *compose.Signed, o *apiv1.Outcome) {
	s.mu.Lock()
	defer s.mu.Unlock()
	fmt.Fprintf(s.notes, "%s %s\n", o.GetRecord(), base64.StdEncoding.EncodeToString(r.Envelope))
	s.acked.Add(1)
}
