package annex

import "testing"

func TestSameName(t *testing.T) {
	for _, test := range []struct {
		a, b string
		same bool
	}{
		{"Cà phê bột Đắk Đam", "cà phê bột ĐẮK ĐAM", true},
		{"Cà phê bột Đắk Đam", "Cà phê bột Đăk Đam", true},
		{"Trà hoà tan", "Trà hòa tan", true},
		{"Hạt điều (rang muối)", "Hạt điều rang muối", true},
		{"Gạo ST24", "Gạo ST 24", false},
		{"Gạo ST24", "Gạo ST25", false},
		{"Bò khô", "Bơ khô", false},
		{"Bò khô", "Bỏ khô", false},
		{"Dứa sấy", "Dừa sấy", false},
		{"Đậu", "Dậu", false},
		{"Mật ong rừng", "MAT ONG RUNG", true},
		{"Mật ong rừng", "MAT ONG RUONG", false},
		{"Ca\u0300 phê", "Cà phê", true},
	} {
		if got := SameName(test.a, test.b); got != test.same {
			t.Errorf("%q and %q: %v", test.a, test.b, got)
		}
		if got := SameName(test.b, test.a); got != test.same {
			t.Errorf("%q and %q: %v", test.b, test.a, got)
		}
	}
}
