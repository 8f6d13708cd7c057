package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/reason"
	"github.com/ocopledger/ocop/node/config"
)

// TestLogFormats: both formats write a value in the same words, so that whoever looks for a record finds it in either.
func TestLogFormats(t *testing.T) {
	args := []any{
		"record", ledger.RecordID{0xab, 1}, "height", uint64(7), "agency", ledger.AccountID(3), "reason", reason.NoLeader, "ahead", 1500 * time.Millisecond, "error", errors.New("why"),
		"root", ledger.Hash{0xcd},
	}
	want := map[string]string{
		"record": "ab01" + strings.Repeat("00", 30), "height": "7", "agency": "3", "reason": "no_leader", "ahead": "1.5s", "error": "why", "root": ledger.Hash{0xcd}.String(),
	}
	var text, lines bytes.Buffer
	logger(config.Log{Level: "info", Format: "text"}, &text).Info("said", args...)
	for key, value := range want {
		if !strings.Contains(text.String()+" ", " "+key+"="+value) {
			t.Errorf("text: no %s=%s in %s", key, value, &text)
		}
	}
	l := logger(config.Log{Level: "warn", Format: "json"}, &lines)
	l.Info("not said")
	l.Warn("said", args...)
	var got map[string]any
	if err := json.Unmarshal(lines.Bytes(), &got); err != nil {
		t.Fatalf("%v: %s", err, &lines)
	}
	for key, value := range want {
		if s := got[key]; s != value && !(key == "height" && s == 7.0) {
			t.Errorf("json: %s is %v, want %s", key, s, value)
		}
	}
	if got["level"] != "WARN" || got["msg"] != "said" {
		t.Errorf("%s", &lines)
	}
}
