package command

import (
	"strconv"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/ocopledger/ocop/cmd/ocop/internal/draft"
	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
)

// namesIn collects what an answer of the API calls the ids in it, so that its timeline can speak in names.
func namesIn(m proto.Message) draft.Names {
	names := make(draft.Names)
	collectNames(names, m.ProtoReflect())
	for ref, name := range names {
		if name == "" {
			delete(names, ref)
		}
	}
	return names
}

func collectNames(names draft.Names, m protoreflect.Message) {
	switch x := m.Interface().(type) {
	case *apiv1.Actor:
		names[draft.Ref{Kind: draft.Account, ID: count(x.GetAccount())}] = x.GetName()
	case *apiv1.Place:
		names[draft.Ref{Kind: draft.Territory, ID: strconv.FormatUint(uint64(x.GetCode()), 10)}] = x.GetName()
	case *apiv1.Product:
		names[draft.Ref{Kind: draft.Product, ID: x.GetProduct()}] = x.GetName()
	case *apiv1.Group:
		// A code that two rule sets call differently has no name.
		ref := draft.Ref{Kind: draft.Group, ID: x.GetCode()}
		if name, ok := names[ref]; ok && name != x.GetName() {
			names[ref] = ""
		} else {
			names[ref] = x.GetName()
		}
	}
	m.Range(func(f protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		switch {
		case f.Message() == nil:
		case f.IsList():
			for i := range v.List().Len() {
				collectNames(names, v.List().Get(i).Message())
			}
		default:
			collectNames(names, v.Message())
		}
		return true
	})
}
