package query_test

import (
	"bytes"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"pgregory.net/rapid"

	"github.com/ocopledger/ocop/ledger/query"
	"github.com/ocopledger/ocop/ledger/query/querytest"
	"github.com/ocopledger/ocop/ledger/subject"
	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
)

// traces asks for one page of all that can be traced in a world, told as messages or encoded.
func traces(t testing.TB, c *query.Catalog, w *querytest.World, o *apiv1.TimelineOptions, encoded bool) (answers []proto.Message) {
	_ = ask(t, c, func(s *query.Snapshot) (any, error) {
		if encoded {
			s = s.Encoded(nil)
		}
		add := func(a proto.Message, err error) {
			if err != nil {
				t.Fatal(err)
			}
			answers = append(answers, a)
		}
		for _, kind := range []subject.Kind{subject.KindProduct, subject.KindCertificate, subject.KindLot} {
			ids, err := w.Subjects(kind, "", 1000)
			if err != nil {
				t.Fatal(err)
			}
			for _, id := range ids {
				switch kind {
				case subject.KindProduct:
					product, _ := id.ProductID()
					add(s.TraceProduct(&apiv1.TraceProductRequest{Product: product.String(), Timeline: o}, today))
				case subject.KindCertificate:
					certificate, _ := id.CertificateID()
					add(s.TraceCertificate(&apiv1.TraceCertificateRequest{Certificate: certificate.String(), Timeline: o}, today))
				default:
					lot, _ := id.LotID()
					add(s.TraceLot(&apiv1.TraceLotRequest{Lot: lot.String(), Timeline: o}, today))
				}
			}
		}
		return nil, nil
	})
	return answers
}

// An encoded answer is the answer of messages, whatever is traced, in either order, page by page. Its bytes are those that protobuf makes of it, except that of an
// action with a choice in it ledgers have the fields in the order of their numbers, and Go's protobuf writes the choice last.
func TestEncodedTimelinesAreThoseOfMessages(t *testing.T) {
	events, pages, set := 0, 0, map[protoreflect.Name]bool{}
	rapid.Check(t, func(rt *rapid.T) {
		w := newTraded(t)
		for range rapid.IntRange(0, 60).Draw(rt, "acts") {
			w.act(rt)
		}
		c := open(t, w.World)
		o := &apiv1.TimelineOptions{
			NewestFirst: rapid.Bool().Draw(rt, "newest first"), Page: &apiv1.Page{Size: rapid.SampledFrom([]uint32{0, 1, 5, 33}).Draw(rt, "size")},
			Part: rapid.SampledFrom([]apiv1.TimelinePart{apiv1.TimelinePart_TIMELINE_PART_ALL, apiv1.TimelinePart_TIMELINE_PART_TRADE, apiv1.TimelinePart_TIMELINE_PART_CERTIFICATION}).Draw(rt, "part"),
		}
		messages, encoded := traces(t, c, w.World, o, false), traces(t, c, w.World, o, true)
		if len(messages) < 6 || len(messages) != len(encoded) {
			rt.Fatalf("%d answers, and %d encoded", len(messages), len(encoded))
		}
		for i, m := range messages {
			want, err := proto.Marshal(m)
			if err != nil {
				rt.Fatal(err)
			}
			got, err := proto.Marshal(encoded[i])
			if err != nil {
				rt.Fatal(err)
			}
			read := m.ProtoReflect().New().Interface()
			if err := proto.Unmarshal(got, read); err != nil {
				rt.Fatal(err)
			}
			again, err := proto.Marshal(read)
			if err != nil || !proto.Equal(read, m) || !bytes.Equal(again, want) || len(got) != len(want) {
				rt.Fatalf("answer %d, %T: %d bytes (%v)\n%.2000v\nwant %d\n%.2000v", i, m, len(got), err, read, len(want), m)
			}
			timeline := m.(interface{ GetTimeline() *apiv1.Timeline }).GetTimeline()
			if timeline.NextPage != "" {
				pages++
			}
			for _, e := range timeline.Events {
				events++
				e.ProtoReflect().Range(func(f protoreflect.FieldDescriptor, _ protoreflect.Value) bool {
					set[f.Name()] = true
					return true
				})
			}
		}
	})
	if all := new(apiv1.Event).ProtoReflect().Descriptor().Fields().Len(); len(set) != all || events == 0 || pages == 0 {
		t.Errorf("%d events with %d of %d fields (%v), %d pages with another one: not all was tried", events, len(set), all, set, pages)
	}
	if n := new(apiv1.Timeline).ProtoReflect().Descriptor().Fields().Len(); n != 2 {
		t.Errorf("a timeline has %d fields, the encoder writes 2", n)
	}
}

// Whatever a sale has is encoded.
func TestSalesAreEncodedAsByProtobuf(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := new(apiv1.Sale)
		m := s.ProtoReflect()
		for i := range m.Descriptor().Fields().Len() {
			f := m.Descriptor().Fields().Get(i)
			if name := string(f.Name()); f.Kind() == protoreflect.MessageKind {
				if name == "seller" || rapid.Bool().Draw(t, name) {
					m.Set(f, protoreflect.ValueOfMessage((&apiv1.Actor{Account: rapid.Uint64().Draw(t, name), Name: "Đắk Mil", Seat: &apiv1.Place{Code: 67}}).ProtoReflect()))
				}
				continue
			}
			if rapid.Bool().Draw(t, string(f.Name())) {
				m.Set(f, drawScalar(t, f))
			}
		}
		want, err := proto.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		got, err := query.EncodeSale(s)
		if err != nil || !bytes.Equal(got, want) {
			t.Fatalf("%v:\n%x\nwant\n%x, %v", s, got, want, err)
		}
	})
}

func drawScalar(t *rapid.T, f protoreflect.FieldDescriptor) protoreflect.Value {
	name := string(f.Name())
	switch f.Kind() {
	case protoreflect.StringKind:
		return protoreflect.ValueOfString(rapid.String().Draw(t, name))
	case protoreflect.BytesKind:
		return protoreflect.ValueOfBytes(rapid.SliceOf(rapid.Byte()).Draw(t, name))
	case protoreflect.BoolKind:
		return protoreflect.ValueOfBool(rapid.Bool().Draw(t, name))
	case protoreflect.EnumKind:
		return protoreflect.ValueOfEnum(protoreflect.EnumNumber(rapid.Int32().Draw(t, name)))
	case protoreflect.Uint64Kind:
		return protoreflect.ValueOfUint64(rapid.Uint64().Draw(t, name))
	default:
		t.Fatalf("%s is of a kind that was not thought of", f.FullName())
		return protoreflect.Value{}
	}
}
