package command

import (
	"strings"
	"time"

	"github.com/spf13/cobra"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/cmd/ocop/internal/draft"
	"github.com/ocopledger/ocop/cmd/ocop/internal/words"
	"github.com/ocopledger/ocop/ledger"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

// value is a flag of a type of ours.
type value[T any] struct {
	to    *T
	name  string
	kind  string
	parse func(s string) (T, error)
	given string
}

func (v *value[T]) String() string { return v.given }
func (v *value[T]) Type() string   { return v.kind }

func (v *value[T]) Set(s string) error {
	x, err := v.parse(draft.Clean(s))
	if err == nil {
		*v.to, v.given = x, s
	}
	return err
}

// read is Set for a value that the library does not set itself, and whose flag it does not name.
func (v *value[T]) read(s string) error {
	if err := v.Set(s); err != nil {
		return lang.Errorf(lang.Text{Vi: "--%s: %v", En: "--%s: %v"}, v.name, err)
	}
	return nil
}

func flag[T any](a *app, cmd *cobra.Command, to *T, name, kind string, parse func(string) (T, error), text lang.Text) {
	cmd.Flags().Var(&value[T]{to: to, name: name, kind: kind, parse: parse}, name, a.t(text))
}

func dateFlag(a *app, cmd *cobra.Command, to *ledger.Date, name string, text lang.Text) {
	flag(a, cmd, to, name, "dd/mm/yyyy", parseDate, text)
}

func parseDate(s string) (ledger.Date, error) {
	d, err := ledger.ParseDate(s)
	if err != nil {
		return 0, lang.Errorf(lang.Text{Vi: "%q không phải là ngày dd/mm/yyyy", En: "%q is not a date dd/mm/yyyy"}, s)
	}
	return d, nil
}

func timeFlag(a *app, cmd *cobra.Command, to *time.Time, name string, text lang.Text) {
	flag(a, cmd, to, name, "\"dd/mm/yyyy hh:mm\"", draft.ParseTime, text)
}

// idFlag is a flag for an id that package ledger reads.
func idFlag[T any](a *app, cmd *cobra.Command, to *T, name, example string, parse func(string) (T, error), text lang.Text) {
	flag(a, cmd, to, name, "id", formed(parse, example), text)
}

// formed says by an example what an id looks like.
func formed[T any](parse func(string) (T, error), example string) func(string) (T, error) {
	return func(s string) (T, error) {
		id, err := parse(s)
		if err != nil {
			return id, lang.Errorf(lang.Text{Vi: "%q không đúng dạng %s", En: "%q is not of the form %s"}, s, example)
		}
		return id, nil
	}
}

const (
	accountExample     = "1000012"
	productExample     = "1000012.3"
	lotExample         = "1000012.3/L-2020-09"
	certificateExample = "1:2020:1032/QĐ-UBND:5"
	decisionExample    = "1:2020:1032/QĐ-UBND"
	saleExample        = "<64 hex>-0"
)

// amount is a quantity with its unit.
type amount struct {
	quantity uint64
	unit     recordv1.Unit
}

func amountFlag(a *app, cmd *cobra.Command, to *amount, text lang.Text) {
	flag(a, cmd, to, "quantity", "\"12.500 kg\"", func(s string) (amount, error) {
		n, u, err := words.ParseQuantity(s)
		return amount{n, u}, err
	}, text)
}

// enumFlag is a flag for a value of an enum, by its name in drafts.
func enumFlag[E interface {
	~int32
	Descriptor() protoreflect.EnumDescriptor
}](a *app, cmd *cobra.Command, to *E, name string, text lang.Text) {
	e := (*to).Descriptor()
	flag(a, cmd, to, name, strings.Join(draft.EnumNames(e), "|"), func(s string) (E, error) {
		n, err := draft.ParseEnum(e, s)
		return E(n), err
	}, text)
}

func bitsFlag(a *app, cmd *cobra.Command, to *uint64, name string, bits []string, text lang.Text) {
	flag(a, cmd, to, name, strings.Join(bits, ","), func(s string) (uint64, error) { return draft.ParseBits(bits, s) }, text)
}
