package genesis

import recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"

// Ids of the rule sets that ship with the software.
const (
	RS2019 = "RS-2019"
	RS2023 = "RS-2023"
	RS2025 = "RS-2025"
)

// Schemes are the rule sets (bộ tiêu chí) that ship as default data, ascending by id. A Decision is judged by the one in force on its date.
//
// Bands: 1048/QĐ-TTg prints whole points and leaves 89.x open; as in 148/QĐ-TTg every band reaches up to the next. Certificates exist for 3 to 5
// stars. Who recognises 3 stars moved from the province to the district with 148/QĐ-TTg, and back with 1489/QĐ-TTg when the districts were abolished.
// Validity is 36 months; provinces count the last day differently, so one day more is let through and the Decision's own date holds.
func Schemes() []*recordv1.Scheme {
	province, district, ministry := recordv1.Level_LEVEL_PROVINCE, recordv1.Level_LEVEL_DISTRICT, recordv1.Level_LEVEL_MINISTRY
	return []*recordv1.Scheme{
		{
			Id: RS2019, Source: "1048/QĐ-TTg 21/8/2019, 781/QĐ-TTg 8/6/2020", From: 20190821, Until: 20230223,
			MaxA: 35_00, MaxB: 25_00, MaxC: 40_00, Bands: bands(province, province, ministry), Groups: groups2019(), ValidityMonths: 36, ValidityDays: 1,
		},
		{
			Id: RS2023, Source: "148/QĐ-TTg 24/2/2023", From: 20230224, Until: 20250705,
			MaxA: 40_00, MaxB: 25_00, MaxC: 35_00, Bands: bands(district, province, ministry), Groups: groups2023(), ValidityMonths: 36, ValidityDays: 1,
		},
		{
			Id: RS2025, Source: "148/QĐ-TTg 24/2/2023, 1489/QĐ-TTg 6/7/2025", From: 20250706,
			MaxA: 40_00, MaxB: 25_00, MaxC: 35_00, Bands: bands(province, province, ministry), Groups: groups2023(), ValidityMonths: 36, ValidityDays: 1,
		},
	}
}

func bands(three, four, five recordv1.Level) []*recordv1.Band {
	return []*recordv1.Band{
		{Star: 3, Lowest: 50_00, Recognisers: []recordv1.Level{three}},
		{Star: 4, Lowest: 70_00, Recognisers: []recordv1.Level{four}},
		{Star: 5, Lowest: 90_00, Recognisers: []recordv1.Level{five}},
	}
}

// Codes of product groups. The first three groups carried over from one rule set to the next under their codes.
func groups2019() []*recordv1.Group {
	return []*recordv1.Group{
		{Code: "food", Name: "Thực phẩm"},
		{Code: "drinks", Name: "Đồ uống"},
		{Code: "herbs", Name: "Thảo dược"},
		{Code: "textiles", Name: "Vải và may mặc"},
		{Code: "souvenirs", Name: "Lưu niệm, nội thất, trang trí"},
		{Code: "tourism", Name: "Dịch vụ du lịch nông thôn, bán hàng"},
	}
}

func groups2023() []*recordv1.Group {
	return []*recordv1.Group{
		{Code: "food", Name: "Thực phẩm"},
		{Code: "drinks", Name: "Đồ uống"},
		{Code: "herbs", Name: "Dược liệu và sản phẩm từ dược liệu"},
		{Code: "handicrafts", Name: "Thủ công mỹ nghệ"},
		{Code: "ornamental", Name: "Sinh vật cảnh"},
		{Code: "tourism", Name: "Dịch vụ du lịch cộng đồng, du lịch sinh thái và điểm du lịch"},
	}
}

// EnglishGroup is a translation of the name of a group of the rule sets above, for readers of English; empty for names that they do not have. The ledger
// itself holds the Vietnamese name, which alone is official.
func EnglishGroup(name string) string {
	switch name {
	case "Thực phẩm":
		return "Food"
	case "Đồ uống":
		return "Drinks"
	case "Thảo dược":
		return "Herbs"
	case "Vải và may mặc":
		return "Textiles and clothing"
	case "Lưu niệm, nội thất, trang trí":
		return "Souvenirs, furniture, decoration"
	case "Dịch vụ du lịch nông thôn, bán hàng":
		return "Rural tourism and sales services"
	case "Dược liệu và sản phẩm từ dược liệu":
		return "Medicinal plants and products of them"
	case "Thủ công mỹ nghệ":
		return "Handicrafts"
	case "Sinh vật cảnh":
		return "Ornamental plants and animals"
	case "Dịch vụ du lịch cộng đồng, du lịch sinh thái và điểm du lịch":
		return "Community tourism, ecotourism and tourist sites"
	}
	return ""
}

// Windows and limits that ship as defaults, in milliseconds.
const (
	day              = 24 * 60 * 60 * 1000
	backdatingWindow = 45 * day
	futureWindow     = 5 * 60 * 1000
	longestExpiry    = 30 * day
	longestLapse     = 90 * day
	clockBound       = 5 * 1000
)

// TrustPeriod is how long, in seconds, verifiers that walk handovers trust an epoch's keys by default: two years.
const TrustPeriod = 2 * 365 * 24 * 60 * 60

// Parameters are the default windows and limits.
func Parameters() *recordv1.Parameters {
	return &recordv1.Parameters{
		BackdatingWindow: backdatingWindow, FutureWindow: futureWindow, LongestExpiry: longestExpiry, LongestLapse: longestLapse, ClockBound: clockBound,
	}
}
