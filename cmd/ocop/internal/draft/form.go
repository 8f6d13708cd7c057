package draft

import (
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/cmd/ocop/internal/words"
	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/compose"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

// form is how a number is written for people. A number that has no such form (a date that is no day) is written in digits.
type form struct {
	format func(n uint64) (string, bool)
	parse  func(s string) (uint64, error)
}

var forms = map[protoreflect.FullName]form{
	"ocop.record.v1.OpenDecision.date":     dates,
	"ocop.record.v1.Certify.valid_from":    dates,
	"ocop.record.v1.Certify.valid_until":   dates,
	"ocop.record.v1.Revoke.date":           dates,
	"ocop.record.v1.Revoke.effective":      dates,
	"ocop.record.v1.RegisterLot.produced":  dates,
	"ocop.record.v1.RegisterLot.expires":   dates,
	"ocop.record.v1.Inspect.date":          dates,
	"ocop.record.v1.Resolver.until":        dates,
	"ocop.record.v1.Goods.event_time":      times,
	"ocop.record.v1.ProposeSale.lapses":    times,
	"ocop.record.v1.ProposeChange.lapses":  times,
	"ocop.record.v1.Scores.a":              points,
	"ocop.record.v1.Scores.b":              points,
	"ocop.record.v1.Scores.c":              points,
	"ocop.record.v1.Scores.total":          points,
	"ocop.record.v1.RegisterAccount.roles": bits(AccountRoles),
	"ocop.record.v1.KeyGrant.roles":        bits(KeyRoles),
}

// Names of role bits, lowest bit first.
var (
	AccountRoles = []string{"producer", "trader", "agency"}
	KeyRoles     = []string{"register", "certify", "trade", "govern"}
)

var dates = form{
	format: func(n uint64) (string, bool) {
		d := ledger.Date(n)
		return d.String(), n <= 99991231 && d.Valid()
	},
	parse: func(s string) (uint64, error) {
		d, err := ledger.ParseDate(s)
		if err != nil {
			return 0, lang.Errorf(lang.Text{Vi: "%q không phải là ngày dd/mm/yyyy", En: "%q is not a date dd/mm/yyyy"}, s)
		}
		return uint64(d), nil
	},
}

// Vietnam is the legal time of Vietnam, without a time-zone table.
var Vietnam = time.FixedZone("+07:00", 7*60*60)

const timeLayout = "02/01/2006 15:04:05.999"

var times = form{
	format: func(n uint64) (string, bool) {
		if n >= 253_402_300_800_000 { // the year 10000
			return "", false
		}
		t := time.UnixMilli(int64(n)).In(Vietnam)
		return t.Format(timeLayout), t.Year() <= 9999
	},
	parse: func(s string) (uint64, error) {
		t, err := ParseTime(s)
		return uint64(t.UnixMilli()), err
	},
}

// ParseTime reads "24/09/2020 14:30", with seconds if need be, as a time at UTC+07:00.
func ParseTime(s string) (time.Time, error) {
	for _, layout := range []string{timeLayout, "02/01/2006 15:04"} {
		if t, err := time.ParseInLocation(layout, s, Vietnam); err == nil && t.UnixMilli() > 0 {
			return t, nil
		}
	}
	return time.UnixMilli(0), lang.Errorf(lang.Text{Vi: "%q không phải là thời điểm dd/mm/yyyy hh:mm", En: "%q is not a time dd/mm/yyyy hh:mm"}, s)
}

var points = form{
	format: func(n uint64) (string, bool) { return words.Points(lang.Vietnamese, n), n <= words.MaxPoints },
	parse: func(s string) (uint64, error) {
		n, err := words.ParsePoints(s)
		return uint64(n), err
	},
}

func bits(names []string) form {
	return form{
		format: func(n uint64) (string, bool) {
			return strings.Join(BitNames(names, n), ", "), n > 0 && n>>len(names) == 0
		},
		parse: func(s string) (uint64, error) { return ParseBits(names, s) },
	}
}

// BitNames lists the names of the bits set in n.
func BitNames(names []string, n uint64) (set []string) {
	for i, name := range names {
		if n>>i&1 == 1 {
			set = append(set, name)
		}
	}
	return set
}

// ParseBits reads names separated by commas.
func ParseBits(names []string, s string) (n uint64, err error) {
	for name := range strings.SplitSeq(s, ",") {
		i := slices.Index(names, strings.TrimSpace(name))
		if i < 0 {
			return 0, lang.Errorf(lang.Text{Vi: "%q không phải một trong: %s", En: "%q is not one of: %s"}, name, strings.Join(names, ", "))
		}
		n |= 1 << i
	}
	return n, nil
}

// textForm is a message that is written as one text.
type textForm struct {
	format func(m protoreflect.ProtoMessage) string
	parse  func(s string) (protoreflect.ProtoMessage, error)
}

var textForms = map[protoreflect.FullName]textForm{
	"ocop.record.v1.ProductRef": {
		func(m protoreflect.ProtoMessage) string { return compose.ProductID(m.(*recordv1.ProductRef)).String() },
		func(s string) (protoreflect.ProtoMessage, error) {
			id, err := ledger.ParseProductID(s)
			return compose.ProductRef(id), badID(err, s, "1000012.3")
		},
	},
	"ocop.record.v1.DecisionRef": {
		func(m protoreflect.ProtoMessage) string {
			return compose.DecisionID(m.(*recordv1.DecisionRef)).String()
		},
		func(s string) (protoreflect.ProtoMessage, error) {
			id, err := ledger.ParseDecisionID(s)
			return compose.DecisionRef(id), badID(err, s, "1:2020:1032/QĐ-UBND")
		},
	},
	"ocop.record.v1.CertificateRef": {
		func(m protoreflect.ProtoMessage) string {
			return compose.CertificateID(m.(*recordv1.CertificateRef)).String()
		},
		func(s string) (protoreflect.ProtoMessage, error) {
			id, err := ledger.ParseCertificateID(s)
			return compose.CertificateRef(id), badID(err, s, "1:2020:1032/QĐ-UBND:5")
		},
	},
	"ocop.record.v1.LotRef": {
		func(m protoreflect.ProtoMessage) string { return compose.LotID(m.(*recordv1.LotRef)).String() },
		func(s string) (protoreflect.ProtoMessage, error) {
			id, err := ledger.ParseLotID(s)
			return compose.LotRef(id), badID(err, s, "1000012.3/L-2020-09")
		},
	},
	"ocop.record.v1.ActionRef": {
		func(m protoreflect.ProtoMessage) string { return compose.SaleID(m.(*recordv1.ActionRef)).String() },
		func(s string) (protoreflect.ProtoMessage, error) {
			id, err := ledger.ParseSaleID(s)
			return compose.ActionRef(id), badID(err, s, lang.Text{Vi: "<64 chữ số thập lục phân>-0", En: "<64 hexadecimal digits>-0"})
		},
	},
}

func badID(err error, s string, example any) error {
	if err == nil {
		return nil
	}
	return lang.Errorf(lang.Text{Vi: "%q không đúng dạng %s", En: "%q is not of the form %s"}, s, example)
}

// EnumName is the name of an enum value without what all values of the enum begin with: UNIT_GRAM is gram.
func EnumName(e protoreflect.EnumDescriptor, v protoreflect.EnumNumber) string {
	d := e.Values().ByNumber(v)
	if d == nil {
		return strconv.Itoa(int(v))
	}
	prefix := strings.TrimSuffix(string(e.Values().ByNumber(0).Name()), "UNSPECIFIED")
	return strings.ToLower(strings.TrimPrefix(string(d.Name()), prefix))
}

// EnumNames lists the names of an enum's values in drafts.
func EnumNames(e protoreflect.EnumDescriptor) (names []string) {
	for i := range e.Values().Len() {
		if v := e.Values().Get(i).Number(); v != 0 {
			names = append(names, EnumName(e, v))
		}
	}
	return names
}

// ParseEnum finds a value of an enum by its name in drafts, such as "gram".
func ParseEnum(e protoreflect.EnumDescriptor, s string) (protoreflect.EnumNumber, error) {
	for i := range e.Values().Len() {
		if v := e.Values().Get(i).Number(); v != 0 && EnumName(e, v) == s {
			return v, nil
		}
	}
	return 0, lang.Errorf(lang.Text{Vi: "%q không phải một trong: %s", En: "%q is not one of: %s"}, s, strings.Join(EnumNames(e), ", "))
}

// formatScalar writes a value that is no message.
func formatScalar(f protoreflect.FieldDescriptor, v protoreflect.Value) string {
	switch f.Kind() {
	case protoreflect.BoolKind:
		return strconv.FormatBool(v.Bool())
	case protoreflect.EnumKind:
		return EnumName(f.Enum(), v.Enum())
	case protoreflect.StringKind:
		return v.String()
	case protoreflect.BytesKind:
		return hex.EncodeToString(v.Bytes())
	case protoreflect.Uint32Kind, protoreflect.Uint64Kind:
		if s, ok := formatNumber(f, v.Uint()); ok {
			return s
		}
		return strconv.FormatUint(v.Uint(), 10)
	}
	panic(fmt.Sprintf("draft: %s has a kind that records do not have", f.FullName()))
}

func formatNumber(f protoreflect.FieldDescriptor, n uint64) (string, bool) {
	if form, ok := forms[f.FullName()]; ok {
		return form.format(n)
	}
	return "", false
}

// parseScalar is the way back.
func parseScalar(f protoreflect.FieldDescriptor, s string) (v protoreflect.Value, err error) {
	switch f.Kind() {
	case protoreflect.BoolKind:
		if s != "true" && s != "false" {
			return v, lang.Errorf(lang.Text{Vi: "%q: chỉ có true hoặc false", En: "%q is neither true nor false"}, s)
		}
		return protoreflect.ValueOfBool(s == "true"), nil
	case protoreflect.EnumKind:
		n, err := ParseEnum(f.Enum(), s)
		return protoreflect.ValueOfEnum(n), err
	case protoreflect.StringKind:
		return protoreflect.ValueOfString(Clean(s)), nil
	case protoreflect.BytesKind:
		b, err := hex.DecodeString(s)
		if err != nil {
			err = lang.Errorf(lang.Text{Vi: "%q không phải là số thập lục phân", En: "%q is not hexadecimal"}, s)
		}
		return protoreflect.ValueOfBytes(b), err
	}
	n, err := parseNumber(f, s)
	if f.Kind() == protoreflect.Uint32Kind {
		if n > 1<<32-1 {
			return v, lang.Errorf(lang.Text{Vi: "%q quá lớn", En: "%q is too large"}, s)
		}
		return protoreflect.ValueOfUint32(uint32(n)), err
	}
	return protoreflect.ValueOfUint64(n), err
}

func parseNumber(f protoreflect.FieldDescriptor, s string) (uint64, error) {
	form, ok := forms[f.FullName()]
	n, err := strconv.ParseUint(s, 10, 64)
	plain := err == nil && strconv.FormatUint(n, 10) == s
	if ok {
		if _, written := form.format(n); plain && !written {
			return n, nil // a number without another form
		}
		return form.parse(s)
	}
	if !plain {
		return 0, lang.Errorf(lang.Text{Vi: "%q không phải là số nguyên", En: "%q is not a whole number"}, s)
	}
	return n, nil
}
