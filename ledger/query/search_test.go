package query_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/query"
	"github.com/ocopledger/ocop/ledger/query/querytest"
	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
)

func TestSearchFindsEveryProductByItsWords(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := &made{World: querytest.Province()}
		c, err := query.Open(context.Background(), m.View)
		if err != nil {
			t.Fatal(err)
		}
		for range rapid.IntRange(5, 25).Draw(t, "steps") {
			m.grow(t)
		}
		if len(m.products) == 0 {
			return
		}
		p := rapid.SampledFrom(m.products).Draw(t, "product")
		texts := []string{p.name, p.id.String()}
		for _, a := range m.accounts {
			if a.id == p.id.Producer {
				texts = append(texts, a.name)
			}
		}
		text := rapid.SampledFrom(texts).Draw(t, "text")
		words := strings.Fields(text)
		word := rapid.SampledFrom(words).Draw(t, "word")
		switch rapid.IntRange(0, 4).Draw(t, "how") {
		case 1:
			word = norm.NFD.String(word)
		case 2:
			word = strings.ToUpper(word)
		case 3:
			word = strings.Join(query.Words(word), " ")
		case 4: // a part of it
			folded := query.Words(word)[0]
			from := rapid.IntRange(0, len(folded)-1).Draw(t, "from")
			word = folded[from:rapid.IntRange(from+1, len(folded)).Draw(t, "to")]
			if len(word) < 2 && from > 0 {
				return // single letters are looked for at the beginning of words
			}
		}
		if !finds(t, c, word, p.id) || !finds(t, c, text, p.id) {
			t.Fatalf("product %v %q not found by %q or %q", p.id, p.name, word, text)
		}
	})
}

func finds(t *rapid.T, c *query.Catalog, q string, id ledger.ProductID) (found bool) {
	page := &apiv1.Page{Size: 7}
	for {
		var a *apiv1.SearchResponse
		if err := c.Read(context.Background(), func(s *query.Snapshot) (err error) {
			a, err = s.Search(&apiv1.SearchRequest{Q: q, Page: page}, today)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		for _, r := range a.Results {
			found = found || r.GetProduct().GetProduct() == id.String()
		}
		if a.NextPage == "" {
			return found
		}
		page = &apiv1.Page{Size: 7, Token: a.NextPage}
	}
}

func TestSearchRanksWholeWordsFirst(t *testing.T) {
	w := querytest.Province()
	if _, err := w.Do(1, w.Producer(1000001, "HTX Một", querytest.DistrictB),
		querytest.Product(ledger.ProductID{Producer: 1000001, Number: 1}, "Chợmilan", "RS-2025", "food", querytest.DistrictB),
		querytest.Product(ledger.ProductID{Producer: 1000001, Number: 2}, "Milano", "RS-2025", "food", querytest.DistrictB),
		querytest.Product(ledger.ProductID{Producer: 1000001, Number: 3}, "Gạo Mil", "RS-2025", "food", querytest.DistrictB)); err != nil {
		t.Fatal(err)
	}
	a := ask(t, open(t, w), func(s *query.Snapshot) (*apiv1.SearchResponse, error) {
		return s.Search(&apiv1.SearchRequest{Q: "mil"}, today)
	})
	var got []string
	for _, r := range a.Results {
		got = append(got, r.GetProduct().GetProduct())
	}
	if want := []string{"1000001.3", "1000001.2", "1000001.1"}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

func TestSearchByCodesAndOtherThings(t *testing.T) {
	s := querytest.NewStory(t)
	c := open(t, s.World)
	for q, want := range map[string]string{
		"1000001.2":            "product 1000001.2",
		"77/QĐ-UBND":           "certificate 1:2026:77/QĐ-UBND:1",
		"cong bang":            "product 1000001.1",
		"1000002":              "product 1000002.1",
		"hoa binh":             "product 1000002.1",
		"HÒA bình":             "product 1000002.1",
		"ho tieu dak mil":      "product 1000001.2",
		"dak mil cong 1":       "product 1000001.1",
		"nobody":               "",
		"":                     "",
		"'' -- ..":             "",
		"hồng đức":             "", // a trader is no producer
		"ca phe khong co that": "",
	} {
		a := ask(t, c, func(s *query.Snapshot) (*apiv1.SearchResponse, error) {
			return s.Search(&apiv1.SearchRequest{Q: q}, today)
		})
		got := ""
		if len(a.Results) > 0 {
			switch f := a.Results[0].Found.(type) {
			case *apiv1.SearchResult_Product:
				got = "product " + f.Product.Product
			case *apiv1.SearchResult_Producer:
				got = fmt.Sprint("producer ", f.Producer.Actor.Account)
			case *apiv1.SearchResult_Certificate:
				got = "certificate " + f.Certificate.Certificate
			}
		}
		if got != want {
			t.Errorf("%q finds %q first, want %q", q, got, want)
		}
	}
	for _, q := range []string{strings.Repeat("a", 201), strings.Repeat("a ", 11)} {
		err := c.Read(t.Context(), func(s *query.Snapshot) error {
			_, err := s.Search(&apiv1.SearchRequest{Q: q}, today)
			return err
		})
		if bad, ok := errors.AsType[*query.RequestError](err); !ok || bad.Field != "q" {
			t.Errorf("%d bytes: %v", len(q), err)
		}
	}
}
