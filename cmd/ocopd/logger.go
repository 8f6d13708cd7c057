package main

import (
	"fmt"
	"io"
	"log/slog"

	"github.com/ocopledger/ocop/node/config"
)

// logger writes as the configuration says, which has been validated.
func logger(c config.Log, w io.Writer) *slog.Logger {
	o := slog.HandlerOptions{ReplaceAttr: spelled}
	if level := new(slog.LevelVar); level.UnmarshalText([]byte(c.Level)) == nil {
		o.Level = level
	}
	if c.Format == "json" {
		return slog.New(slog.NewJSONHandler(w, &o))
	}
	return slog.New(slog.NewTextHandler(w, &o))
}

// spelled writes a value in JSON as it is written everywhere else: a record's id as its digits and not as 32 numbers, a reason as its name, a duration with its
// unit.
func spelled(_ []string, a slog.Attr) slog.Attr {
	switch v := a.Value; v.Kind() {
	case slog.KindDuration:
		a.Value = slog.StringValue(v.Duration().String())
	case slog.KindAny:
		if s, ok := v.Any().(fmt.Stringer); ok {
			a.Value = slog.StringValue(s.String())
		}
	}
	return a
}
