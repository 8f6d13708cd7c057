package config

import (
	"maps"
	"testing"
)

func TestWitnessAddresses(t *testing.T) {
	p := Publish{Witnesses: "w.example/1=https://w.example/submit/, other=http://127.0.0.1:8000"}
	want := map[string]string{"w.example/1": "https://w.example/submit/", "other": "http://127.0.0.1:8000"}
	if got, err := p.Addresses(); err != nil || !maps.Equal(got, want) {
		t.Errorf("%v, %v", got, err)
	}
	if got, err := (&Publish{}).Addresses(); err != nil || len(got) != 0 {
		t.Errorf("none: %v, %v", got, err)
	}
}
