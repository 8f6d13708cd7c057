package wire

import (
	"bytes"
	"testing"
)

// A certification, the most frequent large action, and a registration, mostly text.
func samples() map[string][]byte {
	certificate := str(1, str(1, num(1, 1_000_001), num(2, 2020), str(3, "1234/QĐ-UBND")), num(2, 7))
	product := cat(num(1, 1_000_016), num(2, 1))
	return map[string][]byte{
		"certify": str(6, certificate, str(2, product), num(3, 4), str(4, num(1, 3000), num(2, 2000), num(3, 3050), num(4, 8050)),
			num(5, 1), str(6, "drinks"), num(7, 20200924), num(8, 20230924)),
		"register": str(4, str(1, product), str(2, str(1, "Cà phê bột Đắk Đam, Hợp tác xã Nông nghiệp Công Bằng Thuận An")),
			str(3, str(1, "RS-2019"), str(2, "drinks")), num(4, 1), num(6, 67)),
		"revoke": str(8, certificate, str(2, num(1, 1_000_001), num(2, 2021), str(3, "9/QĐ-UBND")), num(3, 20210924),
			str(4, str(1, bytes.Repeat([]byte{7}, 32)), num(2, 123456), str(3, "9-QĐ-UBND.pdf")), num(5, 2), num(6, 20210925)),
	}
}

func TestCheckAllocatesNothing(t *testing.T) {
	for name, data := range samples() {
		if err := Records().Check(MessageAction, data, 1); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if n := testing.AllocsPerRun(100, func() { _ = Records().Check(MessageAction, data, 1) }); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}

func BenchmarkCheck(b *testing.B) {
	for name, data := range samples() {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(data)))
			b.ReportAllocs()
			for b.Loop() {
				if err := Records().Check(MessageAction, data, 1); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
