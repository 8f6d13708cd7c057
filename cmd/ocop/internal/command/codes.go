package command

import (
	"context"
	"errors"

	"google.golang.org/grpc/codes"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/cmd/internal/verb"
	"github.com/ocopledger/ocop/cmd/ocop/internal/draft"
	"github.com/ocopledger/ocop/ledger/ident/keystore"
	"github.com/ocopledger/ocop/ledger/reason"
	"github.com/ocopledger/ocop/node/client"
)

// Exit codes. They are stable: scripts rely on them.
const (
	exitOK          = 0
	exitFailure     = 1 // this machine: a file, the disk, a fault of ours
	exitUsage       = 2 // the command line
	exitInput       = 3 // a draft, an annex, a sheet, a receipt or another file is wrong
	exitRefused     = 4 // the ledger refuses, or would
	exitUnreachable = 5 // no answer from the node, or the outcome is not known yet
	exitDivergence  = 6 // an audit found something that is not as it must be
	exitNotFound    = 7
	exitKey         = 8 // wrong password, damaged keystore, wrong key
	exitDeclined    = 9 // asked for confirmation, and not confirmed

	// Of ocop verify.
	exitProof      = 10 // the file does not prove what it says
	exitStale      = 11 // what it proves is too old to be believed, or the clock is wrong
	exitOther      = 12 // it is about something else than was asked for
	exitNotInForce = 13 // proved, and not in force on the date, with --in-force
)

var codeTexts = []struct {
	code int
	text lang.Text
}{
	{exitOK, lang.Text{Vi: "xong", En: "done"}},
	{exitFailure, lang.Text{Vi: "lỗi trên máy này: tệp, đĩa, phần mềm", En: "a failure of this machine: a file, the disk, the software"}},
	{exitUsage, lang.Text{Vi: "dòng lệnh sai", En: "the command line is wrong"}},
	{exitInput, lang.Text{
		Vi: "tệp đầu vào sai: bản nháp, phụ lục, phiếu; hoặc biên nhận, chính sách, ghi nhớ, bằng chứng, lời hứa sai định dạng",
		En: "an input file is wrong: a draft, an annex, a sheet; or a receipt, policy, memory, evidence or promise is malformed"}},
	{exitRefused, lang.Text{Vi: "sổ cái từ chối, hoặc sẽ từ chối", En: "the ledger refuses, or would"}},
	{exitUnreachable, lang.Text{Vi: "nút không trả lời, hoặc chưa biết kết quả", En: "no answer from the node, or the outcome is not known yet"}},
	{exitDivergence, lang.Text{Vi: "kiểm toán thấy điều không đúng", En: "an audit found something that is not as it must be"}},
	{exitNotFound, lang.Text{Vi: "không tìm thấy", En: "not found"}},
	{exitKey, lang.Text{Vi: "sai mật khẩu, hỏng tệp khóa, sai khóa", En: "wrong password, damaged keystore, wrong key"}},
	{exitDeclined, lang.Text{Vi: "người dùng không xác nhận", En: "not confirmed"}},
	{exitProof, lang.Text{Vi: "biên nhận không chứng minh được điều nó nêu", En: "a receipt does not prove what it says"}},
	{exitStale, lang.Text{Vi: "biên nhận hoặc chính sách quá cũ để tin, hoặc đồng hồ sai", En: "a receipt or policy is too old to be believed, or the clock is wrong"}},
	{exitOther, lang.Text{Vi: "biên nhận nói về đối tượng khác với đối tượng được hỏi", En: "a receipt is about something else than was asked for"}},
	{exitNotInForce, lang.Text{Vi: "biên nhận đúng, nhưng không còn hiệu lực vào ngày đó (--in-force, label)", En: "a receipt is right, and what it is about is not in force on the date (--in-force, label)"}},
}

// coded gives an error an exit code. An error said already (a list of refusals that was the output) is silent.
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

func withCode(code int, err error) error {
	if err == nil {
		return nil
	}
	return &coded{code: code, err: err}
}

// said ends a command whose output has said already what is wrong.
func said(code int, err error) error { return &coded{code: code, err: err, silent: true} }

func exitCode(err error) int {
	if err == nil {
		return exitOK
	}
	if e, ok := errors.AsType[*coded](err); ok {
		return e.code
	}
	if _, ok := errors.AsType[*verb.UsageError](err); ok {
		return exitUsage
	}
	if e, ok := errors.AsType[*client.Error](err); ok {
		return nodeCode(e)
	}
	var (
		problems draft.Problems
		record   *draft.RecordError
	)
	switch {
	case errors.As(err, &problems), errors.As(err, &record):
		return exitInput
	case errors.Is(err, keystore.ErrPassword), errors.Is(err, keystore.ErrDamaged), errors.Is(err, keystore.ErrUnsupported),
		errors.Is(err, keystore.ErrNoPassword), errors.Is(err, keystore.ErrKey):
		return exitKey
	case errors.Is(err, keystore.ErrSheet):
		return exitInput
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return exitUnreachable
	}
	return exitFailure
}

func nodeCode(e *client.Error) int {
	info, known := reason.ByName(e.Reason)
	switch {
	case known && info.Code == reason.NotFound, e.Code == codes.NotFound:
		return exitNotFound
	case e.Unreachable():
		return exitUnreachable
	case known && info.Code == reason.InvalidRequest:
		return exitUsage
	case e.Reason != "" && known && info.Door != reason.Read:
		return exitRefused
	}
	return exitFailure
}
