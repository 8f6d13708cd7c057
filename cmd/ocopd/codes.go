package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"syscall"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/cmd/internal/password"
	"github.com/ocopledger/ocop/cmd/internal/verb"
	"github.com/ocopledger/ocop/cmd/ocopd/internal/ceremony"
	"github.com/ocopledger/ocop/cmd/ocopd/internal/rescue"
	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/chain"
	"github.com/ocopledger/ocop/ledger/genesis"
	"github.com/ocopledger/ocop/ledger/ident/keystore"
	"github.com/ocopledger/ocop/ledger/replay"
	"github.com/ocopledger/ocop/ledger/store"
	"github.com/ocopledger/ocop/node"
	"github.com/ocopledger/ocop/node/backup"
	"github.com/ocopledger/ocop/node/config"
	"github.com/ocopledger/ocop/node/keys"
	"github.com/ocopledger/ocop/node/recovery"
	"github.com/ocopledger/ocop/node/replica"
)

// Exit codes. They are stable: scripts rely on them, and those that ocop has, too, mean the same there.
const (
	exitOK         = 0
	exitFailure    = 1  // this machine: a file, the disk, a fault of ours
	exitUsage      = 2  // the command line
	exitInput      = 3  // a configuration, genesis, descriptor or other file is wrong
	exitDivergence = 6  // the ledger's files are not as they must be
	exitKey        = 8  // wrong password, damaged key, wrong key
	exitExists     = 10 // something is there already, and is not overwritten
	exitInUse      = 11 // another process has the files open

	// Of ocopd doctor. ocop has no such codes.
	exitWarning  = 20 // it works, and not for long, or less safely than it could
	exitCritical = 21 // the node or the network does not do its work, or files are at risk
)

var codeTexts = []struct {
	code int
	text lang.Text
}{
	{exitOK, lang.Text{Vi: "xong", En: "done"}},
	{exitFailure, lang.Text{Vi: "lỗi trên máy này: tệp, đĩa, mạng, phần mềm", En: "a failure of this machine: a file, the disk, the network, the software"}},
	{exitUsage, lang.Text{Vi: "dòng lệnh sai", En: "the command line is wrong"}},
	{exitInput, lang.Text{Vi: "tệp đầu vào sai: cấu hình, khởi nguyên, bản mô tả, địa bàn", En: "an input file is wrong: configuration, genesis, descriptor, territories"}},
	{exitDivergence, lang.Text{Vi: "tệp sổ cái bị hỏng hoặc bị sửa", En: "the ledger's files are damaged or altered"}},
	{exitKey, lang.Text{Vi: "sai mật khẩu, hỏng tệp khóa, sai khóa", En: "wrong password, damaged key, wrong key"}},
	{exitExists, lang.Text{Vi: "đã có sẵn; không ghi đè", En: "it is there already, and is not overwritten"}},
	{exitInUse, lang.Text{Vi: "tiến trình khác đang mở các tệp", En: "another process has the files open"}},
	{exitWarning, lang.Text{Vi: "doctor thấy điều cần cảnh báo", En: "doctor found something to warn of"}},
	{exitCritical, lang.Text{Vi: "doctor thấy điều nghiêm trọng", En: "doctor found something critical"}},
}

func codeList(l lang.Language) string {
	var b strings.Builder
	for _, c := range codeTexts {
		fmt.Fprintf(&b, "  %2d  %s\n", c.code, c.text.In(l))
	}
	return strings.TrimRight(b.String(), "\n")
}

// coded gives an error an exit code. An error said already (findings that were the output) is silent.
type coded struct {
	code   int
	err    error
	silent bool
}

func (e *coded) Error() string             { return e.err.Error() }
func (e *coded) Unwrap() error             { return e.err }
func (e *coded) In(l lang.Language) string { return lang.Say(l, e.err) }

func fail(code int, t lang.Text, args ...any) error {
	return &coded{code: code, err: lang.Errorf(t, args...)}
}

func exitCode(err error) int {
	if err == nil {
		return exitOK
	}
	if e, ok := errors.AsType[*coded](err); ok {
		return e.code
	}
	for _, kind := range []struct {
		code int
		is   bool
	}{
		{exitUsage, has[*verb.UsageError](err)},
		{exitDivergence, has[*chain.Finding](err) || has[*replay.Divergence](err) || is(err, chain.ErrNoLedger)},
		{exitInUse, is(err, store.ErrInUse, replica.ErrInUse)},
		{exitExists, is(err, rescue.ErrBelow, rescue.ErrNewer)},
		{exitDivergence, recovery.IsContrary(err)},
		{exitInput, has[*recovery.Error](err) || has[*backup.Error](err) || is(err, rescue.ErrSource)},
		{exitFailure, has[*rescue.NodeError](err)},
		{exitInput, has[*config.Error](err) || has[*genesis.Error](err) || has[*ceremony.Problems](err) || is(err, ledger.ErrMalformed, chain.ErrOtherChain, node.ErrNotValidator)},
		{exitKey, is(err, keystore.ErrPassword, keystore.ErrDamaged, keystore.ErrUnsupported, keystore.ErrNoPassword, keystore.ErrKey, keys.ErrOpen, keys.ErrMalformed, password.ErrEmpty)},
		{exitExists, is(err, fs.ErrExist)},
		{exitInput, has[*lang.Error](err)}, // sentences of ours about what was given to us
	} {
		if kind.is {
			return kind.code
		}
	}
	return exitFailure
}

func has[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}

func is(err error, any ...error) bool {
	for _, target := range any {
		if errors.Is(err, target) {
			return true
		}
	}
	return false
}

// sayings are sentences for errors that otherwise speak English alone. They go with what the error says itself, which names the place.
var sayings = []struct {
	target error
	text   lang.Text
}{
	{store.ErrInUse, lang.Text{
		Vi: "một tiến trình khác đang mở các tệp này; hãy dừng nút trước (%s)", En: "another process has these files open; stop the node first (%s)"}},
	{replica.ErrInUse, lang.Text{
		Vi: "một tiến trình khác đang mở các tệp này: nút này đang chạy rồi (%s)", En: "another process has these files open: this node runs already (%s)"}},
	{store.ErrFormat, lang.Text{
		Vi: "tệp có định dạng mà phần mềm này không biết, và được để nguyên: nếu vừa hạ phiên bản thì dùng lại phiên bản mới (%s)",
		En: "a file has a format that this software does not know, and is left as it is: after a downgrade use the newer version again (%s)"}},
	{chain.ErrNoLedger, lang.Text{
		Vi: "không có tệp sổ cái để xem: nút chưa chạy ở đó lần nào, hoặc chain.db đã mất (%s)", En: "there are no files of a ledger to look at: no node has run there, or its chain.db is gone (%s)"}},
	{chain.ErrOtherChain, lang.Text{Vi: "các tệp thuộc sổ cái khác (%s)", En: "the files are of another ledger (%s)"}},
	{backup.ErrNoKey, lang.Text{
		Vi: "sổ cái của nút chưa có khóa nút nào đang giữ ở đây: nút còn ở xa phía sau, hãy đợi nút bắt kịp (%s)", En: "the node's ledger names no node key that is held here: the node is far behind, wait until it has caught up (%s)"}},
	{node.ErrNotValidator, lang.Text{Vi: "tệp khởi nguyên không có nút này của cơ quan, hoặc có với khóa TLS khác (%s)", En: "genesis does not name this node of the agency, or names it with other keys, as its TLS key shows (%s)"}},
	{keys.ErrOpen, lang.Text{Vi: "người khác đọc được tệp khóa; hãy chmod 600 (%s)", En: "others than its owner can read a key file; chmod 600 it (%s)"}},
	{password.ErrNoTerminal, lang.Text{
		Vi: "không có bàn phím để hỏi mật khẩu: dùng --password-file hoặc --password-env (%s)", En: "no terminal to ask for the password at: use --password-file or --password-env (%s)"}},
	{syscall.EADDRINUSE, lang.Text{Vi: "một chương trình khác đang dùng cổng này (%s)", En: "another program uses this port (%s)"}},
	{fs.ErrExist, lang.Text{Vi: "đã có sẵn, không ghi đè (%s)", En: "it is there already, and is not overwritten (%s)"}},
	{context.Canceled, lang.Text{Vi: "đã dừng giữa chừng (%s)", En: "interrupted (%s)"}},
}

// say is what an error says to a person.
func say(l lang.Language, err error) string {
	if has[*config.Error](err) {
		return lang.Text{Vi: "cấu hình sai: %s", En: "the configuration is wrong: %s"}.F(l, err.Error())
	}
	if f, ok := errors.AsType[*chain.Finding](err); ok && !has[lang.Sayer](err) {
		return sayFinding(l, f)
	}
	if e, ok := errors.AsType[*backup.Error](err); ok && !has[lang.Sayer](err) {
		vietnamese, english := e.Sentences()
		return lang.Text{Vi: vietnamese, En: english}.In(l)
	}
	if e, ok := errors.AsType[*recovery.Error](err); ok && !has[lang.Sayer](err) {
		return lang.Text{Vi: e.Vietnamese, En: e.English}.In(l)
	}
	if !has[lang.Sayer](err) {
		for _, s := range sayings {
			if errors.Is(err, s.target) {
				return s.text.F(l, err.Error())
			}
		}
	}
	return lang.Say(l, err)
}

// spoken lets an error within another one be said as by itself.
type spoken struct{ err error }

func (s *spoken) Error() string             { return s.err.Error() }
func (s *spoken) Unwrap() error             { return s.err }
func (s *spoken) In(l lang.Language) string { return say(l, s.err) }
