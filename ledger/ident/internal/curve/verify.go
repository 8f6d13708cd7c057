package curve

// Both are measured: narrower windows mean more additions, wider ones tables that no cache holds.
const (
	signerWidth    = 6
	generatorWidth = 8
)

// batch is how many signatures share a division. Their points, 150 KiB, should stay in a core's cache beside the tables.
const batch = 32

// TableBytes is what a [Table] takes: 43 windows of 32 points.
const TableBytes = 43 * 32 * 64

// Table is what verifies the signatures of one signer fast. It is never written again, so that many may use it.
type Table struct{ of *multiples }

// NewTable takes the public key in the form 04‖x‖y, which a library must have found to be a point of the curve. It costs as much as some ten signatures.
func NewTable(key *[65]byte) *Table {
	return &Table{newMultiples(&point{limbs(key[1:33]), limbs(key[33:65])}, signerWidth)}
}

// Generator is the table of the point G that all signers share.
type Generator struct{ of *multiples }

// NewGenerator makes the table of 256 KiB, in less than a millisecond.
func NewGenerator() *Generator {
	return &Generator{newMultiples(&generator, generatorWidth)}
}

// generator is G of SEC 2, section 2.4.1.
var generator = point{
	field{0x59f2815b16f81798, 0x029bfcdb2dce28d9, 0x55a06295ce870b07, 0x79be667ef9dcbbac},
	field{0x9c47d08ffb10d4b8, 0xfd17b448a6855419, 0x5da4fbfc0e1108a8, 0x483ada7726a3c465},
}

// Claim says that a signature r‖s over a digest is one of the table's signer. Neither r nor s is 0, or n or more: whoever calls has looked.
type Claim struct {
	Table  *Table
	Digest *[32]byte
	Sig    *[64]byte
}

// Verifier is the workspace of one goroutine.
type Verifier struct {
	g *Generator

	scalars, inverses [batch]scalar
	points            []point // those of each sum at its start, room for perSum of them
	counts            [batch]int
	doubtful          [batch]bool // two of its points shared an x
	places            []place     // of one sum
	touched           uint64      // see multiples.touch
	runs, inverseRuns []field     // of each pair: the distance of their x, what a slope is divided by
}

var perSum = windows(signerWidth) + windows(generatorWidth)

// NewVerifier makes a workspace of 250 KiB.
func NewVerifier(g *Generator) *Verifier {
	pairs := batch * (perSum/2 + 1)
	return &Verifier{g: g, points: make([]point, batch*perSum), places: make([]place, 0, perSum), runs: make([]field, pairs), inverseRuns: make([]field, pairs)}
}

// Verify sets good[i] where claims[i] is shown to be true. False says nothing: see the package.
func (v *Verifier) Verify(claims []Claim, good []bool) {
	for len(claims) > batch {
		v.verify(claims[:batch], good)
		claims, good = claims[batch:], good[batch:]
	}
	if len(claims) > 0 {
		v.verify(claims, good)
	}
}

func (v *Verifier) verify(claims []Claim, good []bool) {
	for i := range claims {
		if v.scalars[i] = newScalar(claims[i].Sig[32:]); v.scalars[i] == (scalar{}) {
			v.scalars[i] = scalar{1} // nobody asks; it has no inverse, and what comes of this one is not s's
		}
	}
	invertScalars(v.inverses[:], v.scalars[:len(claims)])
	for i := range claims {
		v.gather(i, &claims[i])
	}
	for stride := 1; stride < perSum; stride *= 2 {
		v.round(len(claims), stride)
	}
	for i := range claims {
		sum := &v.points[i*perSum]
		good[i] = !v.doubtful[i] && v.counts[i] == 1 && sum.onCurve() && hasX(&sum.x, claims[i].Sig[:32])
	}
}

// gather writes the points whose sum is (e/s)·G + (r/s)·Q.
func (v *Verifier) gather(i int, c *Claim) {
	var ofG, ofQ scalar
	e, r := newScalar(c.Digest[:]), newScalar(c.Sig[:32])
	ofG.mul(&e, &v.inverses[i])
	ofQ.mul(&r, &v.inverses[i])

	signer := c.Table.of.small(v.places[:0], ofQ)
	all := v.g.of.small(signer, ofG)
	v.touched = c.Table.of.touch(signer)
	points := c.Table.of.gather(v.points[i*perSum:i*perSum:(i+1)*perSum], signer)
	points = v.g.of.gather(points, all[len(signer):])

	v.counts[i], v.doubtful[i] = len(points), false
}

// small finds the places of −k of the opposite points where that is the smaller number, below 2²⁵⁵, so that the last window has nothing to carry.
func (m *multiples) small(places []place, k scalar) []place {
	if k[3]>>63 == 0 {
		return m.places(places, &k, false)
	}
	k.negate()
	return m.places(places, &k, true)
}

// round adds the points of each sum two by two; they are stride apart, and twice as far afterwards.
func (v *Verifier) round(sums, stride int) {
	n := 0
	for i := range sums {
		points := v.points[i*perSum : (i+1)*perSum]
		for pair := range v.counts[i] / 2 {
			at := 2 * pair * stride
			run := &v.runs[n]
			run.sub(&points[at+stride].x, &points[at].x)
			if run.isZero() {
				*run = field{1}
				v.doubtful[i] = true
			}
			n++
		}
	}
	invert(v.inverseRuns, v.runs[:n])
	n = 0
	for i := range sums {
		points := v.points[i*perSum : (i+1)*perSum]
		for pair := range v.counts[i] / 2 {
			at := 2 * pair * stride
			p, q := &points[at], &points[at+stride]
			var slope, t field
			t.sub(&q.y, &p.y)
			slope.mul(&t, &v.inverseRuns[n])
			t.mul(&slope, &slope)
			t.sub(&t, &p.x)
			p.x.sub(&t, &q.x)
			t.sub(&q.x, &p.x) // the line goes through q, too
			t.mul(&t, &slope)
			p.y.sub(&t, &q.y)
			n++
		}
		v.counts[i] -= v.counts[i] / 2
	}
}

// onCurve says whether y² = x³ + 7. A wrong number anywhere in a sum leaves the curve by all likelihood.
func (p *point) onCurve() bool {
	var left, right field
	left.mul(&p.y, &p.y)
	right.mul(&p.x, &p.x)
	right.mul(&right, &p.x)
	right.add(&right, &field{7})
	return left.equal(&right)
}

// hasX says whether x, reduced modulo p, is r modulo n: r itself or, where that is still below p, r + n.
func hasX(x *field, r []byte) bool {
	f := field(limbs(r))
	if x.equal(&f) {
		return true
	}
	// p − n = 0x1_45512319_50b75fc4_402da172_2fc9baee
	const gap0, gap1, gap2 = 0x402da1722fc9baee, 0x4551231950b75fc4, 1
	if f[3] != 0 || f[2] > gap2 || f[2] == gap2 && (f[1] > gap1 || f[1] == gap1 && f[0] >= gap0) {
		return false
	}
	n := field{order0, order1, order2, order3}
	f.add(&f, &n)
	return x.equal(&f)
}
