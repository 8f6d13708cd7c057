package ledger

import (
	"fmt"
	"strconv"
	"strings"
)

// AccountID is the number of an account. Agencies are 1 to 999,999; the accounts an agency gives out are its number × 1,000,000 + 1 to 999,999.
type AccountID uint64

// AccountRange is how many account numbers an agency has, and the factor between its number and theirs.
const AccountRange = 1_000_000

func (a AccountID) String() string { return strconv.FormatUint(uint64(a), 10) }

// IsAgency tells whether the number is in the agencies' range.
func (a AccountID) IsAgency() bool { return a > 0 && a < AccountRange }

// Registrar is the agency out of whose range the account's number is, or 0.
func (a AccountID) Registrar() AccountID {
	if a < AccountRange || a%AccountRange == 0 || (a/AccountRange) >= AccountRange {
		return 0
	}
	return a / AccountRange
}

// ParseAccountID reads a decimal number without leading zeros.
func ParseAccountID(s string) (AccountID, error) {
	n, err := parseDecimal("account", s, 64)
	return AccountID(n), err
}

func parseDecimal(what, s string, bits int) (uint64, error) {
	n, err := strconv.ParseUint(s, 10, bits)
	if err != nil || n == 0 || strconv.FormatUint(n, 10) != s {
		return 0, malformed(what, "%q is not a decimal number without leading zeros", s)
	}
	return n, nil
}

// ProductID names a product: "1000012.3" is product 3 of account 1000012.
type ProductID struct {
	Producer AccountID
	Number   uint32 // 1–999,999
}

func (p ProductID) String() string {
	return p.Producer.String() + "." + strconv.FormatUint(uint64(p.Number), 10)
}

// ParseProductID reads the text form.
func ParseProductID(s string) (p ProductID, err error) {
	producer, number, ok := strings.Cut(s, ".")
	if !ok {
		return p, malformed("product", "%q is not PRODUCER.NUMBER", s)
	}
	if p.Producer, err = ParseAccountID(producer); err != nil {
		return p, err
	}
	n, err := parseDecimal("product number", number, 32)
	p.Number = uint32(n)
	return p, err
}

// DecisionID names a Decision (quyết định): "1:2020:1032/QĐ-UBND" is number 1032/QĐ-UBND of 2020 of agency 1.
type DecisionID struct {
	Issuer AccountID
	Year   uint16
	Number string // no colon
}

func (d DecisionID) String() string {
	return d.Issuer.String() + ":" + strconv.FormatUint(uint64(d.Year), 10) + ":" + d.Number
}

// ParseDecisionID reads the text form.
func ParseDecisionID(s string) (d DecisionID, err error) {
	part := strings.Split(s, ":")
	if len(part) != 3 || part[2] == "" {
		return d, malformed("decision", "%q is not ISSUER:YEAR:NUMBER", s)
	}
	if d.Issuer, err = ParseAccountID(part[0]); err != nil {
		return d, err
	}
	year, err := parseDecimal("year", part[1], 16)
	d.Year, d.Number = uint16(year), part[2]
	return d, err
}

// CertificateID names a certificate (giấy chứng nhận): "1:2020:1032/QĐ-UBND:5" is item 5 of that Decision.
type CertificateID struct {
	Decision DecisionID
	Item     uint16 // 1–65,535
}

func (c CertificateID) String() string {
	return c.Decision.String() + ":" + strconv.FormatUint(uint64(c.Item), 10)
}

// IsZero tells an absent reference.
func (c CertificateID) IsZero() bool { return c == CertificateID{} }

// ParseCertificateID reads the text form.
func ParseCertificateID(s string) (c CertificateID, err error) {
	i := strings.LastIndexByte(s, ':')
	if i < 0 {
		return c, malformed("certificate", "%q is not ISSUER:YEAR:NUMBER:ITEM", s)
	}
	if c.Decision, err = ParseDecisionID(s[:i]); err != nil {
		return c, err
	}
	item, err := parseDecimal("item", s[i+1:], 16)
	c.Item = uint16(item)
	return c, err
}

// LotID names a production lot: "1000012.3/L-2020-09" is lot L-2020-09 of product 1000012.3.
type LotID struct {
	Product ProductID
	Lot     string // 1–20 characters of GS1 AI 82
}

func (l LotID) String() string { return l.Product.String() + "/" + l.Lot }

// ParseLotID reads the text form.
func ParseLotID(s string) (l LotID, err error) {
	product, lot, ok := strings.Cut(s, "/")
	if !ok || lot == "" {
		return l, malformed("lot", "%q is not PRODUCT/LOT", s)
	}
	l.Lot = lot
	l.Product, err = ParseProductID(product)
	return l, err
}

// ActionID names an action by record id and number in the record: "<64 hex>-0".
type ActionID struct {
	Record RecordID
	Action uint16
}

func (a ActionID) String() string { return fmt.Sprintf("%s-%d", a.Record, a.Action) }

// SaleID names a sale by the action that made it.
type SaleID = ActionID

// ParseSaleID reads the text form.
func ParseSaleID(s string) (id SaleID, err error) {
	record, action, ok := strings.Cut(s, "-")
	if !ok {
		return id, malformed("sale", "%q is not RECORD-ACTION", s)
	}
	if id.Record, err = ParseRecordID(record); err != nil {
		return id, err
	}
	n, err := strconv.ParseUint(action, 10, 16)
	if err != nil || strconv.FormatUint(n, 10) != action {
		return id, malformed("sale", "%q is not an action number", action)
	}
	id.Action = uint16(n)
	return id, nil
}
