package query_test

import (
	"context"
	"testing"

	"pgregory.net/rapid"

	"github.com/ocopledger/ocop/ledger/query"
	"github.com/ocopledger/ocop/ledger/query/querytest"
	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
)

func TestIndexIsTheSameHoweverItCameAbout(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := &made{World: querytest.Province()}
		var catalogs []*query.Catalog
		for range rapid.IntRange(1, 40).Draw(t, "steps") {
			m.grow(t)
			if rapid.IntRange(0, 5).Draw(t, "open") == 0 {
				c, err := query.Open(context.Background(), m.View)
				if err != nil {
					t.Fatal(err)
				}
				catalogs = append(catalogs, c)
			}
			for _, c := range catalogs {
				if rapid.Bool().Draw(t, "ask") {
					if err := c.Follow(context.Background()); err != nil {
						t.Fatal(err)
					}
				}
			}
		}
		fresh, err := query.Open(context.Background(), m.View)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range catalogs {
			if err := c.Follow(context.Background()); err != nil {
				t.Fatal(err)
			}
			if got, want := c.Dump(), fresh.Dump(); got != want {
				t.Fatalf("an index that followed holds\n%s\na fresh one\n%s", got, want)
			}
		}
	})
}

func TestReadsAndTheIndexAreOfOneHeight(t *testing.T) {
	s := querytest.NewStory(t)
	old := *s.World // its slices and maps are shared, its height is not
	c := open(t, s.World)
	s.Must(1, s.Producer(1000010, "HTX Mới", querytest.DistrictA))
	list := func(q *query.Snapshot) error {
		a, err := q.ListProducers(&apiv1.ListProducersRequest{}, today)
		if err == nil && a.Total != 3 {
			t.Errorf("%d producers", a.Total)
		}
		return err
	}
	if err := c.Read(t.Context(), list); err != nil {
		t.Fatal(err)
	}
	behind := 0
	stale, err := query.Open(t.Context(), func(f func(query.Source) error) error {
		if behind > 0 {
			behind--
			return f(&old)
		}
		return f(s.World)
	})
	if err != nil {
		t.Fatal(err)
	}
	behind = 1
	if err := stale.Read(t.Context(), list); err != nil {
		t.Errorf("an old view first: %v", err)
	}
	behind = 1000
	if err := stale.Read(t.Context(), func(*query.Snapshot) error { return nil }); err != nil {
		t.Errorf("a read without the index: %v", err)
	}
	if err := stale.Read(t.Context(), list); err == nil || behind < 1000-3*query.MaxRetries {
		t.Errorf("old views only: %v after %d views", err, 1000-behind)
	}
}
