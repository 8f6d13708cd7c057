package rest

import (
	"encoding/base64"
	"fmt"
	"math"
	"net/url"
	"strconv"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/ocopledger/ocop/ledger/reason"
)

// formatName is the one parameter that is no field of a request: of answers that are files.
const formatName = "format"

// formats are the media types that it stands for.
var formats = map[string]string{"json": jsonType, "file": octets}

// maxShown is how much of what a client sent is said back to it, in bytes.
const maxShown = 128

// wrong is what is wrong with a parameter.
type wrong struct {
	name string
	reason.Fault
}

func refused(name, kind, vietnamese, english string) *wrong {
	return &wrong{shown(name), reason.Fault{Kind: kind, Vietnamese: vietnamese, English: english}}
}

func shown(s string) string {
	if len(s) > maxShown {
		s = s[:maxShown]
	}
	return strings.ToValidUTF8(s, "?")
}

// parameters reads the query of a request, and holds it and the path's ids against the fields they are for.
func parameters(r *route, query string, path map[string]string) (url.Values, *wrong) {
	values, err := url.ParseQuery(query)
	if err != nil {
		return nil, &wrong{"query", notEncoded}
	}
	for name, value := range path {
		if _, w := read(r.request.Fields().ByName(protoreflect.Name(name)), name, value); w != nil {
			return nil, w
		}
	}
	for _, name := range sorted(values) {
		switch given := values[name]; {
		case len(given) > 1:
			return nil, refused(name, "repeated", "được nêu nhiều lần", "it is given more than once")
		case name == formatName && r.file:
			if formats[given[0]] == "" {
				return nil, refused(name, "unknown_value", "chỉ có json và file", "there are json and file")
			}
		default:
			field := fieldOf(r.request, name, path)
			if field == nil {
				return nil, refused(name, "unknown_parameter", "không có tham số này ở đây, xem "+description, "there is no such parameter here, see "+description)
			}
			value, w := read(field, name, given[0])
			if w != nil {
				return nil, w
			}
			values[name] = []string{value}
		}
	}
	return values, nil
}

// fieldOf finds the field that a parameter is for: one value, and neither what the path says already nor what excludes it.
func fieldOf(m protoreflect.MessageDescriptor, name string, path map[string]string) protoreflect.FieldDescriptor {
	first, rest, deeper := strings.Cut(name, ".")
	f := m.Fields().ByName(protoreflect.Name(first))
	if f == nil || f.Cardinality() == protoreflect.Repeated || deeper != (f.Message() != nil) {
		return nil
	}
	if deeper {
		return fieldOf(f.Message(), rest, nil)
	}
	if _, said := path[name]; said {
		return nil
	}
	if one := f.ContainingOneof(); one != nil && !one.IsSynthetic() {
		for i := range one.Fields().Len() {
			if _, said := path[string(one.Fields().Get(i).Name())]; said {
				return nil
			}
		}
	}
	return f
}

// read tells a value as the gateway reads it, or what is wrong with it.
func read(f protoreflect.FieldDescriptor, name, value string) (string, *wrong) {
	switch f.Kind() {
	case protoreflect.Uint32Kind:
		return number(name, value, math.MaxUint32)
	case protoreflect.Uint64Kind:
		return number(name, value, math.MaxUint64)
	case protoreflect.BoolKind:
		if value != "true" && value != "false" {
			return "", refused(name, "unknown_value", "chỉ có true và false", "there are true and false")
		}
	case protoreflect.EnumKind:
		if f.Enum().Values().ByName(protoreflect.Name(value)) == nil {
			names := namesOf(f.Enum())
			return "", refused(name, "unknown_value", "không phải một trong các giá trị "+names, "it is none of "+names)
		}
	case protoreflect.BytesKind:
		data, err := base64.RawURLEncoding.DecodeString(strings.NewReplacer("+", "-", "/", "_").Replace(strings.TrimRight(value, "=")))
		if err != nil {
			return "", refused(name, "not_base64", "không phải base64", "it is not base64")
		}
		return base64.StdEncoding.EncodeToString(data), nil
	case protoreflect.StringKind:
		if !isText(strings.ReplaceAll(value, slash, "/")) {
			return "", &wrong{shown(name), noText}
		}
	}
	return value, nil
}

func number(name, value string, most uint64) (string, *wrong) {
	n, err := strconv.ParseUint(value, 10, 64)
	if err != nil || n > most {
		return "", refused(name, "not_a_number", fmt.Sprintf("không phải số nguyên từ 0 đến %d", most), fmt.Sprintf("it is no whole number from 0 to %d", most))
	}
	return strconv.FormatUint(n, 10), nil // 005 is 5
}

func namesOf(e protoreflect.EnumDescriptor) string {
	var names []string
	for i := range e.Values().Len() {
		names = append(names, string(e.Values().Get(i).Name()))
	}
	return strings.Join(names, ", ")
}
