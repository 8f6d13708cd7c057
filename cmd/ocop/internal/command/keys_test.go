package command

import (
	"encoding/json"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/text/unicode/norm"

	"github.com/ocopledger/ocop/cmd/ocop/internal/keyproof"
)

func (m *machine) newKey(file, password string, more ...string) keyInfo {
	m.t.Helper()
	m.passwords = []string{password, password}
	var info keyInfo
	if code := m.json(&info, append([]string{"keys", "new", file, "--light"}, more...)...); code != exitOK {
		m.t.Fatal(m.err)
	}
	return info
}

func TestKeysNewShowCheck(t *testing.T) {
	m := newMachine(t)
	made := m.newKey("k.json", "mật khẩu dài", "--account", "2000001")
	if made.Account != 2000001 || len(made.Public) != 66 || len(made.ID) != 16 || !strings.HasPrefix(made.Address, "0x") || made.Purpose != "author" {
		t.Errorf("%+v", made)
	}
	var shown keyInfo
	if m.json(&shown, "keys", "show", "k.json"); shown != made {
		t.Errorf("shown %+v, made %+v", shown, made)
	}
	// The same password typed on a machine that writes NFD.
	m.passwords = []string{norm.NFD.String("mật khẩu dài")}
	if out := m.ok("keys", "check", "k.json"); !strings.Contains(out, "The password is right.") || !strings.Contains(out, made.Public) {
		t.Error(out)
	}
	if runtime.GOOS != "windows" {
		if info, err := os.Stat("k.json"); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("others may read the key: %v, %v", info.Mode(), err)
		}
	}
	m.passwords = []string{"a", "a"}
	m.fails(exitFailure, "exists", "keys", "new", "k.json", "--light")
}

func TestKeysPasswords(t *testing.T) {
	m := newMachine(t)
	m.newKey("k.json", "right password")
	m.passwords = []string{"wrong password"}
	m.fails(exitKey, "k.json: wrong password", "keys", "check", "k.json")
	m.fails(exitUsage, "use --password-file or --password-env", "keys", "check", "k.json")

	m.write("pw", "right password\r\nsecond line\n")
	m.ok("keys", "check", "k.json", "--password-file", "pw")
	m.env["PW"] = "right password"
	m.ok("keys", "check", "k.json", "--password-env", "PW")
	m.fails(exitKey, "the variable NOPE is empty", "keys", "check", "k.json", "--password-env", "NOPE")
	m.fails(exitUsage, "only one of", "keys", "check", "k.json", "--password-env", "PW", "--password-file", "pw")
	m.fails(exitFailure, "there is no file", "keys", "check", "k.json", "--password-file", "none")

	m.passwords = []string{"one password", "another one"}
	m.fails(exitKey, "the two are not the same", "keys", "new", "b.json")
	m.passwords = []string{"short", "short"}
	m.fails(exitKey, "at least 8 characters", "keys", "new", "b.json")
	m.passwords = []string{"", ""}
	m.fails(exitKey, "empty password", "keys", "new", "b.json", "--light")
	if _, err := os.Stat("b.json"); err == nil {
		t.Error("a key was written all the same")
	}
	data := m.read("k.json")
	m.write("cut.json", data[:len(data)/2])
	m.fails(exitKey, "cut.json: the keystore is damaged", "keys", "show", "cut.json")
	m.write("flip.json", strings.Replace(data, `"ciphertext": "`, `"ciphertext": "0`, 1))
	m.fails(exitKey, "damaged", "keys", "check", "flip.json", "--password-env", "PW")
	m.env["OCOP_LANG"] = "vi"
	m.passwords = []string{"wrong password"}
	m.fails(exitKey, "k.json: sai mật khẩu", "keys", "check", "k.json")
}

func TestKeysBackupAndRestore(t *testing.T) {
	m := newMachine(t)
	made := m.newKey("k.json", "right password", "--account", "1000012")
	m.env["PW"] = "right password"
	for _, sheet := range []string{"sheet.txt", "sheet.html"} {
		m.ok("keys", "backup", "k.json", "-o", sheet, "--password-env", "PW")
		m.fails(exitFailure, "exists", "keys", "backup", "k.json", "-o", sheet, "--password-env", "PW")
		var restored keyInfo
		out := "from-" + sheet + ".json"
		if m.json(&restored, "keys", "restore", sheet, "-o", out, "--light", "--password-env", "PW"); restored.Public != made.Public || restored.Account != made.Account {
			t.Errorf("%s: restored %+v, was %+v", sheet, restored, made)
		}
	}
	page := m.read("sheet.html")
	for _, says := range []string{"PHIẾU KHÔI PHỤC KHÓA OCOP", "Cất phiếu trong két", "ocop keys restore", made.Public, "@page"} {
		if !strings.Contains(page, says) {
			t.Errorf("the page does not say %q", says)
		}
	}
	for _, loads := range []string{"<script", "http:", "https:", "src="} {
		if strings.Contains(page, loads) {
			t.Errorf("the page has %q", loads)
		}
	}

	// Typed by hand: lower case, without the numbers, O for 0; then the password of the new file.
	var typed []string
	for line := range strings.Lines(m.read("sheet.txt")) {
		if _, groups, ok := strings.Cut(line, ": "); ok && line[0] != '#' {
			typed = append(typed, strings.ReplaceAll(strings.ToLower(strings.TrimSpace(groups)), "0", "o"))
		}
	}
	if len(typed) != 5 {
		t.Fatalf("%d lines on the sheet", len(typed))
	}
	m.typed = "\n" + strings.Join(typed, "\n") + "\n"
	m.passwords = []string{"new password", "new password"}
	restore := []string{"keys", "restore", "-o", "typed.json"}
	if testing.Short() {
		restore = append(restore, "--light") // otherwise at full strength: a second, and half a minute under the race detector
	}
	if out := m.ok(restore...); !strings.Contains(out, made.Public) {
		t.Error(out)
	}

	// Two lines mistyped: both are named, and nothing is asked or written.
	typed[1] = "z" + typed[1][1:]
	typed[3] = typed[3][:len(typed[3])-1]
	m.typed = strings.Join(typed, "\n") + "\n"
	m.fails(exitInput, "look again at line 2", "keys", "restore", "-o", "no.json")
	if !strings.Contains(m.err, "line 4") {
		t.Error(m.err)
	}
	if _, err := os.Stat("no.json"); err == nil {
		t.Error("a key was written all the same")
	}
}

func TestKeysProof(t *testing.T) {
	m := newMachine(t)
	made := m.newKey("k.json", "right password", "--account", "2000001")
	m.env["PW"] = "right password"
	chain := strings.Repeat("ab", 32)
	line := m.ok("keys", "proof", "k.json", "--account", "2000001", "--roles", "trade,govern", "--chain-id", chain, "--password-env", "PW")
	p, err := keyproof.Parse(line)
	if err != nil {
		t.Fatal(err)
	}
	if p.Key.String() != made.Public || p.Place.Account != 2000001 || p.Place.Epoch != 1 || p.Place.Roles != 12 || p.Place.Chain.String() != chain {
		t.Errorf("%+v", p)
	}
	var v map[string]any
	m.json(&v, "keys", "proof", "k.json", "--account", "2000001", "--epoch", "3", "--roles", "trade", "--chain-id", chain, "--password-env", "PW")
	if v["epoch"] != 3.0 || v["roles"] != 4.0 {
		t.Errorf("%v", v)
	}
	m.fails(exitKey, "this key was made for account 2000001, not 2000002", "keys", "proof", "k.json", "--account", "2000002", "--roles", "trade", "--chain-id", chain, "--password-env", "PW")
	m.fails(exitUsage, "is not one of: register, certify, trade, govern", "keys", "proof", "k.json", "--account", "2000001", "--roles", "king", "--chain-id", chain)
}

// TestSecretsStayInside: no output of any of these commands has the secret key in it.
func TestSecretsStayInside(t *testing.T) {
	m := newMachine(t)
	m.newKey("k.json", "right password")
	m.env["PW"] = "right password"
	m.ok("keys", "backup", "k.json", "-o", "s.txt", "--password-env", "PW")
	var groups string
	for line := range strings.Lines(m.read("s.txt")) {
		if strings.HasPrefix(line, "2: ") {
			groups = strings.TrimSpace(line[3:])
		}
	}
	for _, args := range [][]string{{"keys", "show", "k.json"}, {"keys", "check", "k.json", "--password-env", "PW"}, {"keys", "backup", "k.json", "-o", "t.txt", "--password-env", "PW"}} {
		m.ok(args...)
		if strings.Contains(m.out+m.err, groups) || strings.Contains(m.out+m.err, "right password") {
			t.Errorf("%v shows a secret", args)
		}
	}
	var stored map[string]json.RawMessage
	if err := json.Unmarshal([]byte(m.read("k.json")), &stored); err != nil || stored["crypto"] == nil {
		t.Errorf("not a keystore v3: %v", err)
	}
	if left, err := filepath.Glob(".keystore-*"); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}
