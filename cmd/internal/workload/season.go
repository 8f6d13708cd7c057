package workload

import (
	"math/rand/v2"
	"sort"

	"github.com/ocopledger/ocop/ledger"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

// goods are a kind of product: what it is called, and when it sells.
type goods struct {
	name    string
	group   string
	unit    recordv1.Unit
	harvest int // the month in which the harvest begins; 0: all year
	most    uint64
}

// catalogue is what a province of the highlands makes.
var catalogue = [...]goods{
	{"Cà phê bột", "drinks", recordv1.Unit_UNIT_GRAM, 11, 2_000},
	{"Gạo thơm", "food", recordv1.Unit_UNIT_GRAM, 9, 20_000},
	{"Hạt điều rang", "food", recordv1.Unit_UNIT_GRAM, 3, 2_000},
	{"Hồ tiêu", "food", recordv1.Unit_UNIT_GRAM, 2, 1_000},
	{"Mật ong", "food", recordv1.Unit_UNIT_MILLILITRE, 3, 2_000},
	{"Trà xanh", "drinks", recordv1.Unit_UNIT_GRAM, 0, 1_000},
	{"Bơ sáp", "food", recordv1.Unit_UNIT_GRAM, 5, 10_000},
	{"Sầu riêng", "food", recordv1.Unit_UNIT_GRAM, 8, 15_000},
	{"Măng khô", "food", recordv1.Unit_UNIT_GRAM, 7, 1_500},
	{"Rượu cần", "drinks", recordv1.Unit_UNIT_MILLILITRE, 0, 5_000},
	{"Tinh dầu sả", "herbs", recordv1.Unit_UNIT_MILLILITRE, 0, 500},
	{"Thổ cẩm", "handicrafts", recordv1.Unit_UNIT_PIECE, 0, 5},
}

// Seasons in percent of a quiet month: the first months of a harvest, and the weeks before Tết, which falls between 21 January and 20 February.
var (
	afterHarvest = [...]uint64{300, 250, 150}
	beforeTet    = [12]uint64{250, 160, 70, 80, 90, 90, 90, 100, 110, 110, 120, 170}
)

// Volume is how much is sold in all in a month (1–12), in percent of a quiet one.
func Volume(month int) uint64 { return beforeTet[month-1] }

func (g *goods) season(month int) uint64 {
	if g.harvest == 0 {
		return 100
	}
	if since := (month - g.harvest + 12) % 12; since < len(afterHarvest) {
		return afterHarvest[since]
	}
	return 60
}

// popularity of what is at a place in the order of habit: Zipf's law with exponent 1, scaled so that the last of a million counts too.
func popularity(place int) uint64 { return 1_000_000 / uint64(place+1) }

// weights chooses with given odds, in whole numbers, so that the choice is the same on every machine.
type weights []uint64 // running sums

func newWeights(n int, of func(int) uint64) weights {
	w := make(weights, n)
	sum := uint64(0)
	for i := range w {
		sum += max(of(i), 1)
		w[i] = sum
	}
	return w
}

func (w weights) draw(r *rand.Rand) int {
	x := r.Uint64N(w[len(w)-1])
	return sort.Search(len(w), func(i int) bool { return w[i] > x })
}

// monthAt is the month, 1–12, of a time in Unix milliseconds.
func monthAt(milli uint64) int { return int(ledger.DateAt(milli)/100) % 100 }

// Calendar spreads sales over a time as people buy: more in some months than in others.
type Calendar struct {
	start uint64
	sums  []uint64 // of Volume, at the end of each day
}

// NewCalendar begins at a time in Unix milliseconds and lasts so many days (≥ 1).
func NewCalendar(start uint64, days int) *Calendar {
	c := &Calendar{start: start, sums: make([]uint64, days)}
	sum := uint64(0)
	for i := range c.sums {
		sum += Volume(monthAt(start + uint64(i)*ledger.DayMillis))
		c.sums[i] = sum
	}
	return c
}

// At is when sale i of n happens, i < n ≤ 2^32.
func (c *Calendar) At(i, n uint64) uint64 {
	all := c.sums[len(c.sums)-1]
	x := i * all / n // whole units of volume, of which a day has some dozens at least
	day := sort.Search(len(c.sums), func(d int) bool { return c.sums[d] > x })
	before := uint64(0)
	if day > 0 {
		before = c.sums[day-1]
	}
	within := (i*all - before*n) * ledger.DayMillis / ((c.sums[day] - before) * n)
	return c.start + uint64(day)*ledger.DayMillis + within
}
