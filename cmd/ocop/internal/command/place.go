package command

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/cmd/ocop/internal/draft"
	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/compose"
	"github.com/ocopledger/ocop/ledger/genesis"
	"github.com/ocopledger/ocop/node/client"
	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
)

// dial connects to the node of the command line, and gives a context that ends with the command's patience.
func (a *app) dial(ctx context.Context) (*client.Client, context.Context, func(), error) {
	o := client.Options{}
	if a.tls {
		o.TLS = &tls.Config{MinVersion: tls.VersionTLS13}
	}
	c, err := client.New(a.node, o)
	if err != nil {
		return nil, nil, nil, err
	}
	a.asked = true
	ctx, cancel := context.WithTimeout(ctx, a.timeout)
	return c, ctx, func() { cancel(); _ = c.Close() }, nil
}

// place is the ledger a draft is for.
type place struct {
	chain  ledger.ChainID
	name   string
	sample bool
	schema uint16

	genesis *genesis.Genesis // when it was read from a file
}

// placeFlags say which ledger is meant: a genesis file, a chain id, or the ledger of the node.
type placeFlags struct{ genesis, chain string }

func (a *app) placeFlags(cmd *cobra.Command, p *placeFlags) {
	cmd.Flags().StringVar(&p.genesis, "genesis", "", a.t(lang.Text{Vi: "`tệp` khởi nguyên của sổ cái; dùng khi không có mạng", En: "genesis `file` of the ledger; for work without a network"}))
	cmd.Flags().StringVar(&p.chain, "chain-id", "", a.t(lang.Text{Vi: "`mã` sổ cái, 64 chữ số thập lục phân", En: "`id` of the ledger, 64 hexadecimal digits"}))
}

// offline tells that the node need not be asked.
func (p placeFlags) offline() bool { return p.genesis != "" || p.chain != "" }

// where finds the ledger out.
func (a *app) where(ctx context.Context, p placeFlags) (place, error) {
	switch {
	case p.genesis != "":
		g, err := a.readGenesis(p.genesis)
		if err != nil {
			return place{}, err
		}
		if p.chain != "" && p.chain != g.Chain.String() {
			return place{}, fail(exitInput, lang.Text{Vi: "%s là của sổ cái %s, không phải %s", En: "%s is of ledger %s, not %s"}, p.genesis, g.Chain, p.chain)
		}
		return place{g.Chain, g.Body.GetChainName(), g.Body.GetSample(), compose.Schema, g}, nil
	case p.chain != "":
		id, err := draft.ParseChain(p.chain)
		return place{chain: id, schema: compose.Schema}, withCode(exitUsage, err)
	}
	c, ctx, done, err := a.dial(ctx)
	if err != nil {
		return place{}, err
	}
	defer done()
	at, err := nodePlace(ctx, c)
	a.saw(at.sample)
	return at, err
}

// nodePlace is the ledger a node holds.
func nodePlace(ctx context.Context, c *client.Client) (place, error) {
	head, err := c.Ledger.GetHead(ctx, &apiv1.GetHeadRequest{})
	if err != nil {
		return place{}, err
	}
	p := place{name: head.GetChainName(), sample: head.GetAsOf().GetSample(), schema: compose.Schema}
	if len(head.GetAsOf().GetChainId()) != len(p.chain) {
		return place{}, errors.New("the node does not name its ledger")
	}
	copy(p.chain[:], head.GetAsOf().GetChainId())
	return p, nil
}

// maxGenesis bounds a genesis file: the body and all countersignatures.
const maxGenesis = ledger.MaxGenesisBody + 64<<10

func (a *app) readGenesis(path string) (*genesis.Genesis, error) {
	data, err := readFile(path, maxGenesis)
	if err != nil {
		return nil, err
	}
	g, err := genesis.Parse(data)
	if err != nil {
		return nil, fail(exitInput, lang.Text{Vi: "%s không phải tệp khởi nguyên đúng: %v", En: "%s is not a sound genesis file: %v"}, path, err)
	}
	a.saw(g.Body.GetSample())
	return g, nil
}

// readFile reads a file of at most so many bytes.
func readFile(path string, most int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	data, err := io.ReadAll(io.LimitReader(f, most+1))
	if err != nil {
		return nil, err
	}
	if int64(len(data)) > most {
		return nil, fail(exitInput, lang.Text{Vi: "%s lớn hơn %d byte", En: "%s is larger than %d bytes"}, path, most)
	}
	return data, nil
}
