package main

import (
	"io"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/cmd/internal/verb"
	"github.com/ocopledger/ocop/ledger/genesis"
)

func (a *app) version() *cobra.Command {
	return verb.Command(a.lang, verb.Spec{
		Use:   "version",
		Short: lang.Text{Vi: "Xem phiên bản phần mềm và giao thức", En: "Show the versions of software and protocol"},
		Run: func(*cobra.Command, []string) error {
			v := struct {
				Version  string `json:"version"`
				Protocol uint32 `json:"protocol"` // the newest one it can begin a ledger with
				Go       string `json:"go"`
				Platform string `json:"platform"`
			}{softwareVersion(), genesis.Protocol, runtime.Version(), runtime.GOOS + "/" + runtime.GOARCH}
			return a.print(v, func(w io.Writer) {
				a.say(w, lang.Text{Vi: "ocopd %s, giao thức đến phiên bản %d (%s, %s)", En: "ocopd %s, protocol up to version %d (%s, %s)"}, v.Version, v.Protocol, v.Go, v.Platform)
			})
		},
	})
}

// softwareVersion is the version that the build wrote into the program: a release, or the revision it was built from.
func softwareVersion() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	revision, dirty := "", ""
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision":
			revision = s.Value
		case s.Key == "vcs.modified" && s.Value == "true":
			dirty = "+modified"
		}
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		return v
	}
	if revision == "" {
		return "devel"
	}
	return revision[:min(len(revision), 12)] + dirty
}
