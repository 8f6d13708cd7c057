package rules_test

import (
	"bytes"
	"errors"
	"math"
	"math/big"
	"os"
	"strconv"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/ledger/reason"
	"github.com/ocopledger/ocop/ledger/rules"
	"github.com/ocopledger/ocop/ledger/wire"
)

// otherDoors are the checks of bad-inputs.txt that no scenario can be written for. Each returns the reason it met.
var otherDoors = map[string]func(*testing.T) string{
	"negative score": func(t *testing.T) string {
		minus := protowire.AppendVarint(protowire.AppendTag(nil, 1, protowire.VarintType), math.MaxUint64)
		return atWire(t, wire.ValueOutOfRange, within(within(minus, 4), 6))
	},
	"NaN as a score": func(t *testing.T) string {
		nan := protowire.AppendFixed64(protowire.AppendTag(nil, 1, protowire.Fixed64Type), math.Float64bits(math.NaN()))
		return atWire(t, wire.WrongWireType, within(within(nan, 4), 6))
	},
	"negative quantity": func(t *testing.T) string {
		minus := protowire.AppendVarint(protowire.AppendTag(nil, 2, protowire.VarintType), math.MaxUint64)
		return atWire(t, wire.ValueOutOfRange, within(minus, 9))
	},
	"high s": func(t *testing.T) string {
		key, digest := keyOf("coop"), [32]byte{1}
		sig := must(key.Sign(digest))
		order, _ := new(big.Int).SetString("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141", 16)
		twin := new(big.Int).Sub(order, new(big.Int).SetBytes(sig[32:]))
		twin.FillBytes(sig[32:])
		if err := key.Public().Verify(digest, sig); !errors.Is(err, ident.ErrHighS) {
			t.Errorf("high s: %v", err)
		}
		return reason.SignatureHighS.String()
	},
}

// within puts bytes into a message field.
func within(b []byte, field protowire.Number) []byte {
	return protowire.AppendBytes(protowire.AppendTag(nil, field, protowire.BytesType), b)
}

func atWire(t *testing.T, want wire.Reason, action []byte) string {
	err := wire.Records().Check(wire.MessageAction, action, 1)
	if e, ok := errors.AsType[*wire.Error](err); !ok || e.Reason != want {
		t.Errorf("%x: %v, want %s", action, err, want)
	}
	return rules.Malformed(err).Reason.String()
}

// Every one of the 25 numbers is refused by a door that we can show, or is said to come later and why.
func badInputs(t *testing.T, all map[scenario]*outcome) {
	seen := map[int]bool{}
	checks := map[string]bool{}
	for i, line := range strings.Split(string(bytes.TrimSpace(must(os.ReadFile("testdata/bad-inputs.txt")))), "\n") {
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		column := strings.Split(line, "|")
		if len(column) != 5 {
			t.Fatalf("bad-inputs.txt:%d: %d columns", i+1, len(column))
		}
		for j := range column {
			column[j] = strings.TrimSpace(column[j])
		}
		number := must(strconv.Atoi(column[0]))
		seen[number] = true
		door, where, want := column[2], column[3], column[4]
		info, known := reason.ByName(want)
		if want != "-" && !known {
			t.Errorf("bad-inputs.txt:%d: no reason %q", i+1, want)
		}
		switch door {
		case "rules":
			file, title, _ := strings.Cut(where, ": ")
			o := all[scenario{file, title}]
			if o == nil {
				t.Errorf("bad-inputs.txt:%d: no scenario %q in %s.txt", i+1, title, file)
			} else if !o.reasons[info.Code] {
				t.Errorf("bad-inputs.txt:%d: scenario %q does not meet %s", i+1, title, want)
			}
		case "wire", "ident":
			check, ok := otherDoors[where]
			if !ok {
				t.Errorf("bad-inputs.txt:%d: no check %q", i+1, where)
				continue
			}
			checks[where] = true
			if got := check(t); got != want {
				t.Errorf("bad-inputs.txt:%d: %s: refused for %s, want %s", i+1, where, got, want)
			}
		case "chain", "draft", "later":
			if where == "" {
				t.Errorf("bad-inputs.txt:%d: no explanation", i+1)
			}
		default:
			t.Errorf("bad-inputs.txt:%d: no door %q", i+1, door)
		}
	}
	for n := 1; n <= 25; n++ {
		if !seen[n] {
			t.Errorf("number %d is missing", n)
		}
	}
	for name := range otherDoors {
		if !checks[name] {
			t.Errorf("check %q is in no row", name)
		}
	}
	if len(seen) != 25 {
		t.Error("there are more than 25 numbers")
	}
}
