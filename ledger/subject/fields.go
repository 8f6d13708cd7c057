package subject

import (
	"encoding/hex"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"unicode"

	"github.com/ocopledger/ocop/ledger"
)

// Field is a field of a value in words, such as {"left", "400"} or {"keys[2].retired", "0"}. It is for reports: nothing that is hashed or compared
// between nodes is made of it.
type Field struct{ Name, Text string }

// Fields takes a subject's value apart, in the order of its encoding. The error is that of the value's parser; it wraps ledger.ErrMalformed.
func Fields(kind Kind, value []byte) ([]Field, error) {
	v, err := parseValue(kind, value)
	if err != nil {
		return nil, err
	}
	return appendFields(nil, "", reflect.ValueOf(v)), nil
}

func parseValue(kind Kind, data []byte) (any, error) {
	switch kind {
	case KindParameters:
		return ParseParameters(data)
	case KindPolicy:
		return ParsePolicy(data)
	case KindTerritory:
		return ParseTerritory(data)
	case KindScheme:
		return ParseScheme(data)
	case KindAuthority:
		return ParseAuthority(data)
	case KindAccount:
		return ParseAccount(data)
	case KindActivity:
		return ParseActivity(data)
	case KindProduct:
		return ParseProduct(data)
	case KindDecision:
		return ParseDecision(data)
	case KindCertificate:
		return ParseCertificate(data)
	case KindLot:
		return ParseLot(data)
	case KindHolding:
		return ParseHolding(data)
	case KindSale:
		return ParseSale(data)
	case KindNode:
		return ParseNode(data)
	case KindProtocol:
		return ParseProtocol(data)
	case KindSchemes:
		return ParseSchemes(data)
	case KindProductName, KindGTIN:
		return ParseTaken(data)
	case KindValidatorKeys:
		return ParseValidatorKeys(data)
	case KindProposal:
		return ParseProposal(data)
	case KindSerials:
		return ParseSerials(data)
	case KindContact:
		return ParseContact(data)
	}
	return nil, fmt.Errorf("%w: value of a subject of kind %d", ledger.ErrMalformed, kind)
}

// appendFields goes through structs and slices down to what has a text. Values are plain structs, so that their fields need no second list here.
func appendFields(fields []Field, name string, v reflect.Value) []Field {
	if text, ok := textOf(v); ok {
		return append(fields, Field{name, text})
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			part := fieldName(v.Type().Field(i).Name)
			if name != "" {
				part = name + "." + part
			}
			fields = appendFields(fields, part, v.Field(i))
		}
	case reflect.Slice:
		for i := range v.Len() {
			fields = appendFields(fields, name+"["+strconv.Itoa(i)+"]", v.Index(i))
		}
	default:
		fields = append(fields, Field{name, fmt.Sprint(v.Interface())})
	}
	return fields
}

func textOf(v reflect.Value) (string, bool) {
	switch x := v.Interface().(type) {
	case ledger.Date:
		if x == 0 {
			return "none", true
		}
		return x.String(), true
	case string:
		return strconv.Quote(x), true
	case []byte:
		return hex.EncodeToString(x), true
	case fmt.Stringer:
		return x.String(), true
	}
	if v.Kind() == reflect.Array && v.Type().Elem().Kind() == reflect.Uint8 {
		b := make([]byte, v.Len())
		reflect.Copy(reflect.ValueOf(b), v)
		return hex.EncodeToString(b), true
	}
	return "", false
}

// fieldName writes EventTime as event_time, TLSKey as tls_key.
func fieldName(s string) string {
	var b strings.Builder
	runes := []rune(s)
	for i, r := range runes {
		if unicode.IsUpper(r) && i > 0 && (unicode.IsLower(runes[i-1]) || i+1 < len(runes) && unicode.IsLower(runes[i+1])) {
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}
