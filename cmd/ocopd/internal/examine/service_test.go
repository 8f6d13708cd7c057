package examine

import "testing"

func TestWhichDirectoryAServiceRuns(t *testing.T) {
	const unit = "[Service]\nType=notify\nExecStart=/usr/bin/ocopd run --dir /var/lib/ocop/\nUser=ocop\n"
	for dir, want := range map[string]bool{"/var/lib/ocop": true, "/var/lib/ocop2": false, "/var/lib": false, "ocop": false} {
		if got := runs(unit, dir); got != want {
			t.Errorf("%s: %v", dir, got)
		}
	}
	if !runs("ExecStart=ocopd run --dir=/srv/ocop", "/srv/ocop") || runs("# ExecStart=ocopd run --dir /srv/ocop", "/srv/ocop") || runs("", "/srv/ocop") {
		t.Error("another way of writing it, a comment, or nothing")
	}
}
