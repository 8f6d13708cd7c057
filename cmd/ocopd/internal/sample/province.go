package sample

import (
	"bytes"
	_ "embed"
	"encoding/csv"
	"fmt"
	"slices"

	"github.com/ocopledger/ocop/ledger"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

//go:embed province.csv
var provinceCSV []byte

// Agencies of the sample. Accounts given out by an agency are in its own range.
const (
	Province    ledger.AccountID = 1 // certifies
	Agriculture ledger.AccountID = 2 // registers producers and products
	Trade       ledger.AccountID = 3 // registers traders
)

// Producer is a producer of the sample with its products, in the order of the file.
type Producer struct {
	Account   ledger.AccountID
	Name      string
	Kind      recordv1.AccountKind
	Territory uint32
	HasKey    bool // the others can be certified, and sell only after binding a key
	Products  []Product
}

// Product is a product of the sample.
type Product struct {
	ID     ledger.ProductID
	Item   uint16 // in both Decisions
	Name   string
	Group  string
	Unit   recordv1.Unit
	Star   uint8
	Origin uint32
}

var kinds = map[string]recordv1.AccountKind{
	"enterprise":         recordv1.AccountKind_ACCOUNT_KIND_ENTERPRISE,
	"cooperative":        recordv1.AccountKind_ACCOUNT_KIND_COOPERATIVE,
	"cooperative group":  recordv1.AccountKind_ACCOUNT_KIND_COOPERATIVE_GROUP,
	"farm":               recordv1.AccountKind_ACCOUNT_KIND_FARM,
	"household business": recordv1.AccountKind_ACCOUNT_KIND_HOUSEHOLD_BUSINESS,
}

var units = map[string]recordv1.Unit{"g": recordv1.Unit_UNIT_GRAM, "ml": recordv1.Unit_UNIT_MILLILITRE}

// keyless producers stay without a key, as most producers do at first; but the one that grinds the coffee it grows has one.
const (
	keyless = 6
	grinder = 11
)

// Producers reads the sample province.
func Producers() ([]Producer, error) {
	rows, err := csv.NewReader(bytes.NewReader(provinceCSV)).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("sample province: %w", err)
	}
	var producers []Producer
	for i, row := range rows[1:] {
		name, producer, kind, district, group, unit, star := row[0], row[1], row[2], row[3], row[4], row[5], row[6]
		at := slices.IndexFunc(producers, func(p Producer) bool { return p.Name == producer })
		if at < 0 {
			at = len(producers)
			producers = append(producers, Producer{
				Account:   Agriculture*ledger.AccountRange + ledger.AccountID(at+1),
				Name:      producer,
				Kind:      kinds[kind],
				Territory: territoryOf(district),
			})
		}
		p := &producers[at]
		p.Products = append(p.Products, Product{
			ID:     ledger.ProductID{Producer: p.Account, Number: uint32(len(p.Products) + 1)},
			Item:   uint16(i + 1),
			Name:   name,
			Group:  group,
			Unit:   units[unit],
			Star:   star[0] - '0',
			Origin: p.Territory,
		})
	}
	for i := range producers {
		p := &producers[i]
		p.HasKey = i < len(producers)-keyless || i == grinder || p.Kind == recordv1.AccountKind_ACCOUNT_KIND_ENTERPRISE
	}
	return producers, nil
}

const (
	country  = 1
	province = 67
)

// districts are the areas the sources name; the level was abolished in 2025 and stands here for where a producer is.
var districts = []struct {
	code uint32
	name string
}{
	{660, "Gia Nghĩa"}, {661, "Đắk Glong"}, {662, "Cư Jút"}, {663, "Đắk Mil"},
	{664, "Krông Nô"}, {665, "Đắk Song"}, {666, "Đắk R'lấp"}, {667, "Tuy Đức"},
}

func territoryOf(district string) uint32 {
	for _, d := range districts {
		if d.name == district {
			return d.code
		}
	}
	return province
}

// Territories is the sample's tree of territories (địa bàn), ascending by code.
func Territories() []*recordv1.Territory {
	list := []*recordv1.Territory{
		{Code: country, Level: recordv1.Level_LEVEL_MINISTRY, Name: "Việt Nam"},
		{Code: province, Level: recordv1.Level_LEVEL_PROVINCE, Parent: country, Name: "Tỉnh mẫu (theo Đắk Nông 2020)"},
	}
	for _, d := range districts {
		list = append(list, &recordv1.Territory{Code: d.code, Level: recordv1.Level_LEVEL_DISTRICT, Parent: province, Name: d.name})
	}
	return list
}

// Powers of recordv1.Grant as the sample hands them out.
const (
	register = 1
	certify  = 2
	revoke   = 4
	correct  = 8
	imports  = 16
	govern   = 32
	inspect  = 64
)

// Agency is what the ceremony needs to know of a sample agency besides its keys.
type Agency struct {
	Account ledger.AccountID
	Name    string
	Powers  uint32
	Handle  string // names its key files
}

// Agencies lists the first n sample agencies; beyond the third they only keep the ledger.
func Agencies(n int) []Agency {
	list := []Agency{
		{Province, "UBND tỉnh (mẫu)", register | certify | revoke | correct | imports | govern | inspect, "ubnd-tinh"},
		{Agriculture, "Sở Nông nghiệp và Môi trường (mẫu)", register | correct | govern | inspect, "so-nong-nghiep"},
		{Trade, "Sở Công Thương (mẫu)", register | govern | inspect, "so-cong-thuong"},
	}
	for i := len(list) + 1; i <= n; i++ {
		list = append(list, Agency{ledger.AccountID(i), fmt.Sprintf("Cơ quan %d (mẫu)", i), govern, fmt.Sprintf("co-quan-%d", i)})
	}
	return list[:n]
}

// Grants are the agency's grants at provincial level, from the start of the programme (490/QĐ-TTg).
func (a Agency) Grants() []*recordv1.Grant {
	return []*recordv1.Grant{{Level: recordv1.Level_LEVEL_PROVINCE, Territory: province, Powers: a.Powers, From: 20180507}}
}
