package config

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

func valid() Config {
	c := Default()
	c.Agency = 12
	return c
}

func TestTheFileIsItsOwnManual(t *testing.T) {
	want := valid()
	want.Public.TLSCertificate, want.Public.TLSKey = `C:\khóa "mới".pem`, "a: b"
	want.Public.URL = "https://ocop.example.vn"
	want.Limits.Workers = 3
	file := want.Write()
	path := filepath.Join(t.TempDir(), FileName)
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	if got.Path("data") != filepath.Join(filepath.Dir(path), "data") || got.Path(path) != path {
		t.Errorf("paths %s and %s", got.Path("data"), got.Path(path))
	}
	got.dir, got.lines, got.file = "", nil, ""
	if !reflect.DeepEqual(*got, want) {
		t.Errorf("got %+v\nwant %+v", *got, want)
	}
	for n, line := range strings.Split(string(file), "\n") {
		if len([]rune(line)) > commentWidth+10 {
			t.Errorf("line %d has %d characters", n+1, len([]rune(line)))
		}
	}
}

func TestEverySettingHasBothComments(t *testing.T) {
	var check func(reflect.Type, string)
	check = func(of reflect.Type, path string) {
		for i := range of.NumField() {
			f := of.Field(i)
			if !f.IsExported() {
				continue
			}
			if f.Tag.Get("yaml") == "" || !strings.HasSuffix(f.Tag.Get("doc"), ".") || !strings.HasSuffix(f.Tag.Get("vi"), ".") {
				t.Errorf("%s%s lacks its key or a comment", path, f.Name)
			}
			if f.Type.Kind() == reflect.Struct {
				check(f.Type, path+f.Name+".")
			}
		}
	}
	check(reflect.TypeFor[Config](), "")
}

func TestWhatIsLeftOutHasItsDefault(t *testing.T) {
	c, err := Parse("x/config.yaml", []byte("agency: 12\nraft:\n  heartbeat: 1s\n"))
	if err != nil {
		t.Fatal(err)
	}
	want := valid()
	want.Raft.Heartbeat = Duration(time.Second)
	c.dir, c.lines, c.file = "", nil, ""
	if !reflect.DeepEqual(*c, want) {
		t.Errorf("got %+v", *c)
	}
}

func TestBadSettings(t *testing.T) {
	for _, c := range []struct {
		file string
		line int
		key  string
	}{
		{"", 0, "agency"},
		{"agency: 0", 1, "agency"},
		{"agency: 1000000", 1, "agency"},
		{"agency: 1\nagancy: 1", 2, "agancy"},
		{"agency: 1\nraft:\n  heartbeet: 3s", 3, "raft.heartbeet"},
		{"agency: 1\nraft:\n  heartbeat: 10ms", 3, "raft.heartbeat"},
		{"agency: 1\nraft:\n  heartbeat: 2h", 3, "raft.heartbeat"},
		{"agency: 1\nraft:\n  commit: 0s", 3, "raft.commit"},
		{"agency: 1\nraft:\n  request: 1ms", 3, "raft.request"},
		{"agency: 1\nraft:\n  write: 1ms", 3, "raft.write"},
		{"agency: 1\nraft: 3s", 2, "raft"},
		{"agency: 1\npeer:\n  listen: nowhere", 3, "peer.listen"},
		{"agency: 1\npublic:\n  listen: ':http'", 3, "public.listen"},
		{"agency: 1\npublic:\n  address: ocop.vn", 3, "public.address"},
		{"agency: 1\npublish:\n  witnesses: w.example", 3, "publish.witnesses"},
		{"agency: 1\npublish:\n  witnesses: w.example=ftp://w.example", 3, "publish.witnesses"},
		{"agency: 1\npublish:\n  witnesses: 'w x=https://w.example'", 3, "publish.witnesses"},
		{"agency: 1\npublish:\n  witnesses: 'w=https://w.example, w=https://v.example'", 3, "publish.witnesses"},
		{"agency: 1\npublic:\n  url: ocop.vn", 3, "public.url"},
		{"agency: 1\npublic:\n  url: ftp://ocop.vn", 3, "public.url"},
		{"agency: 1\npublic:\n  url: https://ocop.vn/path", 3, "public.url"},
		{"agency: 1\npublic:\n  url: https://ocop.vn?x", 3, "public.url"},
		{"agency: 1\npublic:\n  url: 'https://ocop.vn#x'", 3, "public.url"},
		{"agency: 1\npublic:\n  url: https://u@ocop.vn", 3, "public.url"},
		{"agency: 1\npublic:\n  url: 'https://'", 3, "public.url"},
		{"agency: 1\npublic:\n  url: https://0.0.0.0", 3, "public.url"},
		{"agency: 1\npublic:\n  url: http://ocop.vn:0", 3, "public.url"},
		{"agency: 1\npublic:\n  url: https://ocop.vn:99999", 3, "public.url"},
		{"agency: 1\npublic:\n  url: 'https://ocop.vn:'", 3, "public.url"},
		{"agency: 1\npublic:\n  url: 'https://oc op.vn'", 3, "public.url"},
		{"agency: 1\npublic:\n  url: 'https:ocop.vn'", 3, "public.url"},
		{"agency: 1\npublic:\n  url: https://ocop_vn", 3, "public.url"},
		{"agency: 1\npublic:\n  tls_key: k.pem", 3, "public.tls_key"},
		{"agency: 1\npublic:\n  tls_certificate: c.pem", 0, "public.tls_key"},
		{"agency: 1\npublic:\n  tls_certificate: a.pem, b.pem\n  tls_key: a.key", 4, "public.tls_key"},
		{"agency: 1\npublic:\n  hsts: -1s", 3, "public.hsts"},
		{"agency: 1\npublic:\n  hsts: 20000h", 3, "public.hsts"},
		{"agency: 1\noperator:\n  listen: 0.0.0.0:7402", 3, "operator.listen"},
		{"agency: 1\noperator:\n  listen: 'unix:'", 3, "operator.listen"},
		{"agency: 1\noperator:\n  listen: nowhere", 3, "operator.listen"},
		{"agency: 1\nlimits:\n  workers: -1", 3, "limits.workers"},
		{"agency: 1\nlimits:\n  queue: 1", 3, "limits.queue"},
		{"agency: 1\nlimits:\n  client_rate: -1", 3, "limits.client_rate"},
		{"agency: 1\nlimits:\n  client_rate: 1000001", 3, "limits.client_rate"},
		{"agency: 1\nlog:\n  level: loud", 3, "log.level"},
		{"agency: 1\nlog:\n  format: xml", 3, "log.format"},
		{"agency: 1\ndata: ''", 2, "data"},
		{"agency: 1\nrole: leader", 2, "role"},
		{"agency: 1\nkeys: ''", 2, "keys"},
		{"role: replica\nagency: 1\nkeys: ''\npeer:\n  listen: ''\nsync:\n  from: a.example:7400", 2, "agency"},
		{"role: replica\nkeys: k\npeer:\n  listen: ''\nsync:\n  from: a.example:7400", 2, "keys"},
		{"role: replica\nkeys: ''\npeer:\n  listen: :7401\nsync:\n  from: a.example:7400", 4, "peer.listen"},
		{"role: replica\nkeys: ''\npeer:\n  listen: ''\nsync:\n  from: ' '", 6, "sync.from"},
		{"agency: 1\nsync:\n  from: a.example", 3, "sync.from"},
		{"agency: 1\nsync:\n  from: 'a.example:7400, b.example:x'", 3, "sync.from"},
		{"agency: 1\nsync:\n  from: 'a.example:0'", 3, "sync.from"},
		{"agency: 1\nsync:\n  from: ':7400'", 3, "sync.from"},
		{"agency: 1\nsync:\n  from: 'a.example:7400,'", 3, "sync.from"},
		{"agency: 1\nsync:\n  from: 'a.example:7400, a.example:7400'", 3, "sync.from"},
		{"agency: 1\nsync:\n  from: ftp://a.example/log", 3, "sync.from"},
		{"agency: 1\nsync:\n  from: https://a.example/log?x", 3, "sync.from"},
		{"agency: 1\nsync:\n  source: a.example:7400", 3, "sync.source"},
		{"- 1", 1, ""},
		{"agency: 1\n---\nagency: 2", 0, ""},
		{"agency: [", 0, ""},
		{"agency: 1\nagency: 2", 0, ""},
		{"agency: many", 1, "agency"},
		{"agency: 1\nraft:\n  heartbeat: soon", 3, "raft.heartbeat"},
	} {
		_, err := Parse("c.yaml", []byte(c.file))
		e, ok := errors.AsType[*Error](err)
		if !ok || e.Line != c.line || e.Key != c.key || e.Message == "" {
			t.Errorf("%q: %v", c.file, err)
		}
		want := "c.yaml:"
		if c.line > 0 {
			want = fmt.Sprintf("c.yaml:%d: ", c.line)
		}
		if ok && !strings.HasPrefix(e.Error(), want) {
			t.Errorf("%q: message %q", c.file, e)
		}
	}
}

func TestAllThatIsWrongIsSaidAtOnce(t *testing.T) {
	_, err := Parse("c.yaml", []byte("agency: 0\nlog:\n  level: loud\npeer:\n  listen: x\n"))
	for _, want := range []string{"c.yaml:1: agency", "c.yaml:3: log.level", "c.yaml:5: peer.listen"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q lacks %q", err, want)
		}
	}
}

func TestHugeFileIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), FileName)
	if err := os.WriteFile(path, []byte(strings.Repeat("#\n", maxFile)), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(path); err == nil {
		t.Error("accepted")
	}
	if _, err := Load(path + "x"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("missing file: %v", err)
	}
}

func FuzzParse(f *testing.F) {
	c := valid()
	f.Add(c.Write())
	f.Add([]byte("agency: 1\nraft: {heartbeat: 3s}\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if c, err := Parse("c.yaml", data); err == nil {
			if again, err := Parse("c.yaml", c.Write()); err != nil {
				t.Errorf("what was written is refused: %v\n%+v", err, again)
			}
		}
	})
}

func TestSources(t *testing.T) {
	for text, want := range map[string][]string{
		"": nil, " ": nil, "a.example:7400": {"a.example:7400"}, " a.example:7400 , https://b.example/log/,/srv/mirror,.\\mirror, [2001:db8::1]:7400": {
			"a.example:7400", "https://b.example/log/", "/srv/mirror", `.\mirror`, "[2001:db8::1]:7400"},
	} {
		s := Sync{From: text}
		if got, err := s.Sources(); err != nil || !slices.Equal(got, want) {
			t.Errorf("%q: %q, %v", text, got, err)
		}
	}
	var most []string
	for i := range maxSources {
		most = append(most, fmt.Sprintf("a%d:7400", i))
	}
	s := Sync{From: strings.Join(most, ",")}
	if got, err := s.Sources(); err != nil || len(got) != maxSources {
		t.Errorf("%q, %v", got, err)
	}
	s.From += ",b:7400"
	if _, err := s.Sources(); err == nil {
		t.Error("too many sources are taken")
	}
}

func TestReplica(t *testing.T) {
	want := Default()
	want.Role, want.Keys, want.Peer.Listen, want.Sync.From, want.Sync.Policy = Replica, "", "", "a.example:7400", "policy"
	c, err := Parse("x/config.yaml", want.Write())
	if err != nil {
		t.Fatal(err)
	}
	c.dir, c.lines, c.file = "", nil, ""
	if !reflect.DeepEqual(*c, want) {
		t.Errorf("got %+v", *c)
	}
}

// A value of the wrong kind is named with its line and key, like one out of range.
func TestValuesOfTheWrongKind(t *testing.T) {
	_, err := Parse("/etc/ocop/config.yaml", []byte("agency: 1\nraft:\n  heartbeat: 1x\nlimits:\n  queue: many\ndata: [1, 2]\n"))
	if err == nil {
		t.Fatal("accepted")
	}
	for _, want := range []string{
		`/etc/ocop/config.yaml:3: raft.heartbeat: "1x": want a duration, such as 3s or 200ms`,
		`/etc/ocop/config.yaml:5: limits.queue: "many": want a whole number`,
		`/etc/ocop/config.yaml:6: data: several values: want one text`,
	} {
		if !strings.Contains(err.Error(), want+"\n") && !strings.HasSuffix(err.Error(), want) {
			t.Errorf("not said: %s\nbut %v", want, err)
		}
	}
}
