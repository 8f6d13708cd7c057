package ceremony

import (
	"strconv"
	"strings"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/ledger"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

// GrantForm is the form of an authority in words.
const GrantForm = "LEVEL:TERRITORY:POWERS:FROM[:UNTIL]"

// ParseGrant reads an authority (thẩm quyền), such as province:67:register,certify,revoke:01/07/2025.
func ParseGrant(s string) (*recordv1.Grant, error) {
	part := strings.Split(s, ":")
	if len(part) != 4 && len(part) != 5 {
		return nil, lang.Errorf(lang.Text{Vi: "thẩm quyền %q không đúng dạng %s", En: "authority %q is not of the form %s"}, s, GrantForm)
	}
	level, err := parseLevel(part[0])
	if err != nil {
		return nil, inGrant(s, err)
	}
	territory, err := ParseTerritoryCode(part[1])
	if err != nil {
		return nil, inGrant(s, err)
	}
	bits, err := parseBits(powers, part[2])
	if err != nil {
		return nil, inGrant(s, err)
	}
	g := &recordv1.Grant{Level: level, Territory: territory, Powers: uint32(bits)}
	for i, to := range []*uint32{&g.From, &g.Until}[:len(part)-3] {
		if *to, err = parseDate(part[3+i]); err != nil {
			return nil, inGrant(s, err)
		}
	}
	return g, nil
}

func inGrant(s string, err error) error {
	return lang.Errorf(lang.Text{Vi: "thẩm quyền %q: %v", En: "authority %q: %v"}, s, err)
}

// ParseTerritoryCode reads the number of a territory. Registers print leading zeros; the ledger holds the number.
func ParseTerritoryCode(s string) (uint32, error) {
	n, err := strconv.ParseUint(strings.TrimSpace(s), 10, 32)
	if err != nil || n == 0 {
		return 0, lang.Errorf(lang.Text{Vi: "%q không phải là mã địa bàn", En: "%q is not the code of a territory"}, s)
	}
	return uint32(n), nil
}

func parseDate(s string) (uint32, error) {
	d, err := ledger.ParseDate(strings.TrimSpace(s))
	if err != nil {
		return 0, lang.Errorf(lang.Text{Vi: "%q không phải là ngày dd/mm/yyyy", En: "%q is not a date dd/mm/yyyy"}, s)
	}
	return uint32(d), nil
}
