package compose

import (
	"fmt"

	"google.golang.org/protobuf/reflect/protoreflect"

	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

// Kind is one of the messages an action can be.
type Kind interface {
	*recordv1.RegisterAccount | *recordv1.BindKey | *recordv1.RetireKey | *recordv1.RegisterProduct | *recordv1.OpenDecision |
		*recordv1.Certify | *recordv1.Correct | *recordv1.Revoke | *recordv1.RegisterLot | *recordv1.ProposeSale |
		*recordv1.AcceptSale | *recordv1.OutsideSale | *recordv1.RetailSale | *recordv1.RotateValidator |
		*recordv1.UpdateNode | *recordv1.ProposeChange | *recordv1.Vote |
		*recordv1.HoldLot | *recordv1.ReleaseLot | *recordv1.RecallLot | *recordv1.ApplyStamps |
		*recordv1.Inspect | *recordv1.SetPicture | *recordv1.SetContact
	protoreflect.ProtoMessage
}

// Act makes an action of one of its kinds.
func Act[K Kind](kind K) *recordv1.Action {
	a := new(recordv1.Action)
	m := a.ProtoReflect()
	members := m.Descriptor().Oneofs().ByName("kind").Fields()
	name := kind.ProtoReflect().Descriptor().FullName()
	for i := range members.Len() {
		if f := members.Get(i); f.Message().FullName() == name {
			m.Set(f, protoreflect.ValueOfMessage(kind.ProtoReflect()))
			return a
		}
	}
	panic(fmt.Sprintf("compose: %s is no kind of action", name)) // Kind lists a message that the schema does not
}
