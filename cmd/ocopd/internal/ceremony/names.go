package ceremony

import (
	"slices"
	"strings"

	"golang.org/x/text/unicode/norm"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

// bit is one of what an agency may do, or of what a key may sign.
type bit struct {
	name string // in flags and JSON
	text lang.Text
}

// Bits, lowest first.
var (
	powers = []bit{
		{"register", lang.Text{Vi: "đăng ký", En: "register"}}, {"certify", lang.Text{Vi: "công nhận", En: "certify"}},
		{"revoke", lang.Text{Vi: "thu hồi", En: "revoke"}}, {"correct", lang.Text{Vi: "đính chính", En: "correct"}},
		{"import", lang.Text{Vi: "nhập hồi cứu", En: "historical import"}}, {"govern", lang.Text{Vi: "quản trị", En: "govern"}},
		{"inspect", lang.Text{Vi: "kiểm tra", En: "inspect"}},
	}
	roles = []bit{
		{"register", lang.Text{Vi: "đăng ký", En: "register"}}, {"certify", lang.Text{Vi: "công nhận", En: "certify"}},
		{"trade", lang.Text{Vi: "mua bán", En: "trade"}}, {"govern", lang.Text{Vi: "quản trị", En: "govern"}},
	}
)

// all stands for all bits.
const all = "all"

var levels = []struct {
	level recordv1.Level
	names []string // the first is the one that is written
	text  lang.Text
}{
	{recordv1.Level_LEVEL_COMMUNE, []string{"commune", "xã"}, lang.Text{Vi: "xã", En: "commune"}},
	{recordv1.Level_LEVEL_DISTRICT, []string{"district", "huyện"}, lang.Text{Vi: "huyện", En: "district"}},
	{recordv1.Level_LEVEL_PROVINCE, []string{"province", "tỉnh"}, lang.Text{Vi: "tỉnh", En: "province"}},
	{recordv1.Level_LEVEL_MINISTRY, []string{"ministry", "trung ương"}, lang.Text{Vi: "trung ương", En: "ministry"}},
}

// Clean is a text as the ledger takes it: in NFC, without white space too much.
func Clean(s string) string { return norm.NFC.String(strings.Join(strings.Fields(s), " ")) }

func parseLevel(s string) (recordv1.Level, error) {
	s = strings.ToLower(Clean(s))
	for _, l := range levels {
		if slices.Contains(l.names, s) {
			return l.level, nil
		}
	}
	return 0, lang.Errorf(lang.Text{
		Vi: "%q không phải là cấp: xã, huyện, tỉnh, trung ương (commune, district, province, ministry)",
		En: "%q is no level: commune, district, province, ministry"}, s)
}

func levelText(level recordv1.Level) lang.Text {
	for _, l := range levels {
		if l.level == level {
			return l.text
		}
	}
	return lang.Text{Vi: "không rõ", En: "unknown"}
}

func levelName(level recordv1.Level) string { return levelText(level).En }

// ParseRoles reads what a key may sign: names with commas between them, or all.
func ParseRoles(s string) (uint16, error) { return parseBits(roles, s) }

// RoleNames are the names of what a key may sign.
func RoleNames(bits uint16) []string { return bitNames(roles, bits) }

func parseBits(known []bit, s string) (bits uint16, err error) {
	for word := range strings.SplitSeq(s, ",") {
		word = strings.ToLower(strings.TrimSpace(word))
		if word == all {
			return 1<<len(known) - 1, nil
		}
		i := slices.IndexFunc(known, func(b bit) bool { return b.name == word })
		if i < 0 {
			names := strings.Join(bitNames(known, 1<<len(known)-1), ", ")
			return 0, lang.Errorf(lang.Text{Vi: "không có %q; có: %s, hoặc all", En: "there is no %q; there are: %s, or all"}, word, names)
		}
		bits |= 1 << i
	}
	return bits, nil
}

func bitNames(known []bit, bits uint16) (names []string) {
	for i, b := range known {
		if bits&(1<<i) != 0 {
			names = append(names, b.name)
		}
	}
	return names
}

// bitText says names in a language.
func bitText(l lang.Language, known []bit, names []string) string {
	words := make([]string, len(names))
	for i, name := range names {
		words[i] = name
		if at := slices.IndexFunc(known, func(b bit) bool { return b.name == name }); at >= 0 {
			words[i] = known[at].text.In(l)
		}
	}
	return strings.Join(words, ", ")
}
