package ratelimit

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"
)

var start = time.Unix(1_795_000_000, 0)

// bucket is the definition: whole questions that are saved up, and the time that is over.
type bucket struct {
	saved float64
	at    time.Time
}

// TestLimiterIsABucket: every client is let in as often as a bucket says that fills with the rate and holds a burst, and whoever waits as long as told is let in then.
func TestLimiterIsABucket(t *testing.T) {
	for _, rate := range []int{1, 7, 100, 1000} {
		r := rand.New(rand.NewPCG(uint64(rate), 1))
		l, buckets, now := New(rate), make(map[int]*bucket), start
		size := Burst.Seconds() * float64(rate)
		allowed, refused := 0, 0
		for range 60_000 {
			now = now.Add(time.Duration(r.ExpFloat64() * float64(time.Second) / float64(3*rate))) // three clients' worth, of which one takes most
			client := min(r.IntN(6), 2)
			b := buckets[client]
			if b == nil {
				b = &bucket{size, now}
				buckets[client] = b
			}
			b.saved, b.at = min(size, b.saved+now.Sub(b.at).Seconds()*float64(rate)), now
			address := fmt.Sprintf("192.0.2.%d:%d", client, 1024+r.IntN(60_000))
			wait, ok := l.Allow(address, now)
			if near := b.saved > 0.999 && b.saved < 1.001; !near && ok != (b.saved >= 1) { // what is saved is a sum of fractions
				t.Fatalf("rate %d: let in %t with %f saved", rate, ok, b.saved)
			}
			if !ok {
				refused++
				if wait <= 0 || wait > time.Second/time.Duration(rate)+time.Microsecond {
					t.Fatalf("rate %d: told to wait %v", rate, wait)
				}
				if _, ok := l.Allow(address, now.Add(wait-time.Microsecond)); ok && wait > 2*time.Microsecond {
					t.Fatalf("rate %d: let in before the wait of %v was over", rate, wait)
				}
				continue
			}
			allowed++
			b.saved--
		}
		if allowed == 0 || refused == 0 {
			t.Errorf("rate %d: %d let in, %d refused", rate, allowed, refused)
		}
	}
}

func TestWhoWaitsIsLetIn(t *testing.T) {
	l, now := New(3), start
	for range 3 * int(Burst/time.Second) {
		if _, ok := l.Allow("192.0.2.1:1", now); !ok {
			t.Fatal("held up within the burst")
		}
	}
	for range 10 {
		wait, ok := l.Allow("192.0.2.1:1", now)
		if ok {
			t.Fatal("let in beyond the burst")
		}
		now = now.Add(wait)
		if _, ok := l.Allow("192.0.2.1:1", now); !ok {
			t.Fatalf("not let in after %v", wait)
		}
	}
}

// TestClients: an IPv4 address is a client however it is written, and an IPv6 network of 64 bits is one.
func TestClients(t *testing.T) {
	for _, same := range [][]string{
		{"192.0.2.7:80", "192.0.2.7:81", "[::ffff:192.0.2.7]:80"},
		{"192.0.2.8:80"},
		{"[2001:db8:1:2::1]:443", "[2001:db8:1:2:ffff:ffff:ffff:ffff]:1"},
		{"[2001:db8:1:3::1]:443"},
		{"[fe80::1%eth0]:1", "[fe80::2%eth1]:1"},
		{"", "@", "unix:/tmp/x", "192.0.2.7", "node.example:80"},
	} {
		for _, other := range [][]string{{"192.0.2.7:1"}, {"192.0.2.8:1"}, {"[2001:db8:1:2::9]:1"}, {"[2001:db8:1:3::9]:1"}, {"[fe80::9]:1"}, {"?"}} {
			of, equal := clientOf(same[0]), 0
			for _, a := range same {
				if clientOf(a) != of {
					t.Errorf("%q is another client than %q", a, same[0])
				}
				if clientOf(other[0]) == of {
					equal++
				}
			}
			if equal != 0 && equal != len(same) {
				t.Errorf("%q and %q", other, same)
			}
		}
	}
	if clientOf("192.0.2.7:80") == clientOf("192.0.2.8:80") || clientOf("[2001:db8:1:2::1]:443") == clientOf("[2001:db8:1:3::1]:443") {
		t.Error("two are one client")
	}
}

// TestMemoryIsBounded: of a flood of addresses no more are remembered than there is room for; the rest share what one client has, those that are remembered keep
// theirs, and when the burst of some is whole again there is room.
func TestMemoryIsBounded(t *testing.T) {
	l := New(2)
	l.clients = 100
	address := func(n int) string { return fmt.Sprintf("10.0.%d.%d:9", n/256, n%256) }
	let := 0
	for n := range 1000 {
		if _, ok := l.Allow(address(n), start); ok {
			let++
		}
	}
	burst := 2 * int(Burst/time.Second)
	if len(l.due) != 101 || let != 100+burst {
		t.Errorf("%d remembered, %d let in, want %d", len(l.due), let, 100+burst)
	}
	if _, ok := l.Allow(address(50), start); !ok {
		t.Error("who is remembered is held up for the others")
	}
	later := start.Add(Burst + time.Second)
	if _, ok := l.Allow(address(5000), later); !ok || len(l.due) != 1 {
		t.Errorf("let in %t, %d remembered", ok, len(l.due))
	}
}
