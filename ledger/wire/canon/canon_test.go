package canon

import (
	"encoding/hex"
	"errors"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/emptypb"

	"github.com/ocopledger/ocop/ledger/wire"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

// correction has a oneof with the lowest numbers of its message, which Go's runtime writes last.
func correction() *recordv1.Action {
	return &recordv1.Action{Kind: &recordv1.Action_Correct{Correct: &recordv1.Correct{
		Target: &recordv1.Correct_Product{Product: &recordv1.ProductRef{Producer: 1000016, Number: 3}},
		Wrong:  &recordv1.ActionRef{Record: make([]byte, 32), Action: 2},
		Changes: []*recordv1.FieldChange{{
			Field: recordv1.Field_FIELD_NAME,
			Old:   &recordv1.FieldValue{Choice: &recordv1.FieldValue_Text{Text: "Cà phê Đăk Mil"}},
			New:   &recordv1.FieldValue{Choice: &recordv1.FieldValue_Text{Text: "Cà phê Đắk Mil"}},
		}},
		Reason: recordv1.CorrectionReason_CORRECTION_REASON_TYPING_ERROR,
	}}}
}

func TestMarshal(t *testing.T) {
	m := correction()
	data, err := Marshal(wire.Records(), m, 1)
	if err != nil {
		t.Fatal(err)
	}
	const want = "3a61" + // correct
		"1206" + "08d0843d" + "1003" + // product, which Go's runtime writes last
		"2224" + "0a20" + "0000000000000000000000000000000000000000000000000000000000000000" + "1002" + // wrong
		"2a2f" + "0810" + // changes: name
		"12141212" + "43c3a0207068c3aa20c490c4836b204d696c" + // old
		"1a151213" + "43c3a0207068c3aa20c490e1baaf6b204d696c" + // new
		"3001" // reason
	if got := hex.EncodeToString(data); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	plain, err := proto.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	if string(plain) == string(data) {
		t.Error("the runtime wrote it in order: this test shows nothing")
	}
	back := &recordv1.Action{}
	if err := proto.Unmarshal(data, back); err != nil || !proto.Equal(m, back) {
		t.Errorf("%v: %v", err, back)
	}
	if err := wire.Records().Check(wire.MessageAction, data, 1); err != nil {
		t.Error(err)
	}
}

func TestMarshalRefuses(t *testing.T) {
	m := correction()
	m.GetCorrect().Changes[0].New.Choice.(*recordv1.FieldValue_Text).Text = "Cà phê "
	_, err := Marshal(wire.Records(), m, 1)
	e, ok := errors.AsType[*wire.Error](err)
	if !ok || e.Reason != wire.TextSpacing || e.Path != "correct.changes[0].new.text" {
		t.Errorf("got %v", err)
	}
	if _, err := Marshal(wire.Records(), m, 0); err == nil {
		t.Error("accepted before the first protocol version")
	}
	if _, err := Marshal(wire.Records(), &emptypb.Empty{}, 1); err == nil {
		t.Error("accepted a message of another package")
	}
	m.GetCorrect().Changes[0].New.Choice.(*recordv1.FieldValue_Text).Text = "\xff"
	if _, err := Marshal(wire.Records(), m, 1); err == nil {
		t.Error("accepted malformed UTF-8")
	}
}
