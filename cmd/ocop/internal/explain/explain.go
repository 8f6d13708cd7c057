// Package explain says what actions do, for the people who draft, review, sign and trace them.
package explain

import (
	"encoding/hex"
	"strconv"
	"time"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/cmd/ocop/internal/draft"
	"github.com/ocopledger/ocop/cmd/ocop/internal/words"
	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/compose"
	"github.com/ocopledger/ocop/ledger/ident"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

// Action is an action in one sentence.
func Action(l lang.Language, a *recordv1.Action) string {
	switch k := a.GetKind().(type) {
	case *recordv1.Action_RegisterAccount:
		return registerAccount(l, k.RegisterAccount)
	case *recordv1.Action_BindKey:
		return bindKey(l, k.BindKey)
	case *recordv1.Action_RetireKey:
		return retireKey(l, k.RetireKey)
	case *recordv1.Action_RegisterProduct:
		return registerProduct(l, k.RegisterProduct)
	case *recordv1.Action_OpenDecision:
		return openDecision(l, k.OpenDecision)
	case *recordv1.Action_Certify:
		return certify(l, k.Certify)
	case *recordv1.Action_Correct:
		return correct(l, k.Correct)
	case *recordv1.Action_Revoke:
		return revoke(l, k.Revoke)
	case *recordv1.Action_RegisterLot:
		return registerLot(l, k.RegisterLot)
	case *recordv1.Action_ProposeSale:
		return proposeSale(l, k.ProposeSale)
	case *recordv1.Action_AcceptSale:
		return lang.Text{Vi: "Chấp nhận mua theo giao dịch %s", En: "Accept sale %s"}.F(l, compose.SaleID(k.AcceptSale.GetSale()))
	case *recordv1.Action_OutsideSale:
		return outsideSale(l, k.OutsideSale)
	case *recordv1.Action_RotateValidator:
		return rotateValidator(l, k.RotateValidator)
	case *recordv1.Action_RetailSale:
		return lang.Text{Vi: "Bán lẻ cho người tiêu dùng: %s", En: "Sell to a consumer: %s"}.F(l, goods(l, k.RetailSale.GetGoods()))
	}
	return lang.Text{Vi: "Hành động mà phần mềm này chưa biết", En: "An action this software does not know"}.In(l)
}

func registerAccount(l lang.Language, a *recordv1.RegisterAccount) string {
	s := lang.Text{Vi: "Đăng ký chủ thể %d (%s; %s) %s, địa bàn %d", En: "Register account %d (%s; %s) %s, territory %d"}.F(l,
		a.GetAccount(), AccountKind(a.GetKind()), bits(l, accountRoles, a.GetRoles()), publicName(l, a.GetName()), a.GetTerritory())
	if n := a.GetBusinessNumber(); n != "" {
		s += lang.Text{Vi: ", mã số doanh nghiệp %s", En: ", business number %s"}.F(l, n)
	}
	if k := a.GetKey(); k != nil {
		return s + lang.Text{Vi: ", khóa %s (%s)", En: ", key %s (%s)"}.F(l, keyID(k.GetPublicKey()), bits(l, keyRoles, k.GetRoles()))
	}
	return s + lang.Text{Vi: ", chưa có khóa", En: ", without a key"}.In(l)
}

func bindKey(l lang.Language, a *recordv1.BindKey) string {
	return lang.Text{Vi: "Gắn khóa %s (%s) vào tài khoản %d, kỳ khóa %d", En: "Bind key %s (%s) to account %d, key epoch %d"}.F(l,
		keyID(a.GetKey().GetPublicKey()), bits(l, keyRoles, a.GetKey().GetRoles()), a.GetAccount(), a.GetEpoch())
}

func retireKey(l lang.Language, a *recordv1.RetireKey) string {
	return lang.Text{Vi: "Ngừng dùng khóa %s của tài khoản %d: %s", En: "Retire key %s of account %d: %s"}.F(l,
		keyID(a.GetPublicKey()), a.GetAccount(), name(retireReasons, a.GetReason()))
}

// rotateValidator shows as much of the keys as "ocopd keys rotate" does of their public halves.
func rotateValidator(l lang.Language, a *recordv1.RotateValidator) string {
	s := lang.Text{Vi: "Thay khóa nút xác thực của cơ quan ký:", En: "Rotate the keys of the author's validator:"}.In(l)
	if k := a.GetCosigner(); k != nil {
		s += lang.Text{Vi: " khóa đồng ký mới %s", En: " new cosigner key %s"}.F(l, short(k.GetPublicKey()))
	}
	if a.GetCosigner() != nil && a.GetNode() != nil {
		s += ","
	}
	if k := a.GetNode(); k != nil {
		s += lang.Text{Vi: " khóa ký bản thảo mới %s", En: " new key for drafts %s"}.F(l, short(k.GetPublicKey()))
	}
	return s + lang.Text{Vi: "; khối nhận bản ghi này kết thúc một kỳ chính sách", En: "; the block that takes this ends a policy epoch"}.In(l)
}

func registerProduct(l lang.Language, a *recordv1.RegisterProduct) string {
	s := lang.Text{Vi: "Đăng ký sản phẩm %s %s, nhóm %s (%s), tính bằng %s, xuất xứ địa bàn %d", En: "Register product %s %s, group %s (%s), counted in %s, origin territory %d"}.F(l,
		compose.ProductID(a.GetProduct()), publicName(l, a.GetName()), a.GetGroup().GetCode(), a.GetGroup().GetScheme(), Unit(a.GetUnit()), a.GetOrigin())
	if a.GetGtin() != "" {
		s += ", GTIN " + a.GetGtin()
	}
	return s
}

func openDecision(l lang.Language, a *recordv1.OpenDecision) string {
	s := lang.Text{Vi: "Quyết định %s ngày %s của cơ quan %d, phần %d/%d, văn bản %s", En: "Decision %s of %s by agency %d, part %d of %d, document %s"}.F(l,
		a.GetDecision().GetNumber(), ledger.Date(a.GetDate()), a.GetDecision().GetIssuer(), a.GetPart(), a.GetParts(), document(l, a.GetDocument()))
	if a.GetHistorical() {
		s += lang.Text{Vi: ", nhập dữ liệu lịch sử", En: ", a historical import"}.In(l)
	}
	return s
}

func certify(l lang.Language, a *recordv1.Certify) string {
	p := func(n uint32) string { return words.Points(l, uint64(n)) }
	sc := a.GetScores()
	s := lang.Text{
		Vi: "Mục %d: sản phẩm %s đạt %d sao, %s điểm (A %s, B %s, C %s), nhóm %s, hiệu lực %s đến hết %s",
		En: "Item %d: product %s has %d stars, %s points (A %s, B %s, C %s), group %s, valid %s to %s"}.F(l,
		a.GetCertificate().GetItem(), compose.ProductID(a.GetProduct()), a.GetStar(), p(sc.GetTotal()), p(sc.GetA()), p(sc.GetB()), p(sc.GetC()),
		a.GetGroup(), ledger.Date(a.GetValidFrom()), ledger.Date(a.GetValidUntil()))
	if !a.GetMinimumsMet() {
		s += lang.Text{Vi: ", KHÔNG đạt tiêu chí tối thiểu", En: ", minimum requirements NOT met"}.In(l)
	}
	if a.GetPredecessor() != nil {
		s += lang.Text{Vi: ", thay giấy chứng nhận %s", En: ", renews certificate %s"}.F(l, compose.CertificateID(a.GetPredecessor()))
	}
	return s
}

func correct(l lang.Language, a *recordv1.Correct) string {
	var target string
	switch t := a.GetTarget().(type) {
	case *recordv1.Correct_Certificate:
		target = lang.Text{Vi: "giấy chứng nhận %s", En: "certificate %s"}.F(l, compose.CertificateID(t.Certificate))
	case *recordv1.Correct_Product:
		target = lang.Text{Vi: "sản phẩm %s", En: "product %s"}.F(l, compose.ProductID(t.Product))
	case *recordv1.Correct_Account:
		target = lang.Text{Vi: "tài khoản %d", En: "account %d"}.F(l, t.Account)
	}
	s := lang.Text{Vi: "Đính chính %s (%s):", En: "Correct %s (%s):"}.F(l, target, name(correctionReasons, a.GetReason()))
	for i, c := range a.GetChanges() {
		if i > 0 {
			s += ";"
		}
		s += lang.Text{Vi: " %s từ %s thành %s", En: " %s from %s to %s"}.F(l,
			name(fields, c.GetField()), fieldValue(l, c.GetField(), c.GetOld()), fieldValue(l, c.GetField(), c.GetNew()))
	}
	return s
}

func fieldValue(l lang.Language, f recordv1.Field, v *recordv1.FieldValue) string {
	switch c := v.GetChoice().(type) {
	case *recordv1.FieldValue_Number:
		switch f {
		case recordv1.Field_FIELD_SCORE_A, recordv1.Field_FIELD_SCORE_B, recordv1.Field_FIELD_SCORE_C, recordv1.Field_FIELD_SCORE_TOTAL:
			return words.Points(l, c.Number)
		case recordv1.Field_FIELD_VALID_FROM, recordv1.Field_FIELD_VALID_UNTIL:
			return ledger.Date(c.Number).String()
		case recordv1.Field_FIELD_ACCOUNT_KIND:
			return AccountKind(recordv1.AccountKind(c.Number)).In(l)
		}
		return strconv.FormatUint(c.Number, 10)
	case *recordv1.FieldValue_Text:
		return strconv.Quote(c.Text)
	case *recordv1.FieldValue_Hash:
		return short(c.Hash)
	}
	return lang.Text{Vi: "(trống)", En: "(empty)"}.In(l)
}

func revoke(l lang.Language, a *recordv1.Revoke) string {
	return lang.Text{
		Vi: "Thu hồi giấy chứng nhận %s kể từ ngày %s, theo Quyết định %s ngày %s; lý do: %s; văn bản %s",
		En: "Revoke certificate %s from %s on, by Decision %s of %s; reason: %s; document %s"}.F(l,
		compose.CertificateID(a.GetCertificate()), ledger.Date(a.GetEffective()), a.GetDecision().GetNumber(), ledger.Date(a.GetDate()),
		RevocationReason(a.GetReason()), document(l, a.GetDocument()))
}

func registerLot(l lang.Language, a *recordv1.RegisterLot) string {
	s := lang.Text{Vi: "Đăng ký lô %s: %s, sản xuất ngày %s", En: "Register lot %s: %s, produced on %s"}.F(l,
		compose.LotID(a.GetLot()), Quantity(l, a.GetQuantity(), a.GetUnit()), ledger.Date(a.GetProduced()))
	if d := a.GetExpires(); d != 0 {
		s += lang.Text{Vi: ", hạn dùng %s", En: ", best before %s"}.F(l, ledger.Date(d))
	}
	return s
}

func proposeSale(l lang.Language, a *recordv1.ProposeSale) string {
	return lang.Text{Vi: "Chào bán cho tài khoản %d: %s; chờ chấp nhận đến %s", En: "Propose a sale to account %d: %s; open until %s"}.F(l,
		a.GetBuyer().GetAccount(), goods(l, a.GetGoods()), Moment(a.GetLapses()))
}

func outsideSale(l lang.Language, a *recordv1.OutsideSale) string {
	return lang.Text{Vi: "Bán cho cơ sở chưa có tài khoản (mã cam kết %s): %s", En: "Sell to a business without account (commitment %s): %s"}.F(l,
		short(a.GetBuyer().GetCommitment()), goods(l, a.GetGoods()))
}

func goods(l lang.Language, g *recordv1.Goods) string {
	s := lang.Text{Vi: "%s của lô %s, lúc %s", En: "%s of lot %s, at %s"}.F(l, Quantity(l, g.GetQuantity(), g.GetUnit()), compose.LotID(g.GetLot()), Moment(g.GetEventTime()))
	if g.GetCertificate() != nil {
		s += lang.Text{Vi: ", bán là OCOP theo giấy chứng nhận %s", En: ", sold as OCOP under certificate %s"}.F(l, compose.CertificateID(g.GetCertificate()))
	} else {
		s += lang.Text{Vi: ", không ghi nhãn OCOP", En: ", without the OCOP claim"}.In(l)
	}
	if g.GetPrice() != nil {
		s += lang.Text{Vi: ", giá giấu trong mã cam kết %s", En: ", price hidden in commitment %s"}.F(l, short(g.GetPrice()))
	}
	if g.GetTerms() != nil {
		s += lang.Text{Vi: ", điều khoản giấu trong mã cam kết %s", En: ", terms hidden in commitment %s"}.F(l, short(g.GetTerms()))
	}
	return s
}

// Quantity is said twice: "12.500 kg (mười hai nghìn năm trăm kilôgam = 12,5 tấn)".
func Quantity(l lang.Language, n uint64, u recordv1.Unit) string {
	return words.Quantity(l, n, u) + " (" + words.Spoken(n, u) + ")"
}

// Moment is a time in Unix milliseconds as people write it, at UTC+07:00.
func Moment(milli uint64) string {
	if milli >= 1<<48 {
		return strconv.FormatUint(milli, 10) + " ms"
	}
	return time.UnixMilli(int64(milli)).In(draft.Vietnam).Format("15:04 02/01/2006")
}

func publicName(l lang.Language, n *recordv1.Name) string {
	if n.GetRegister() != "" {
		return strconv.Quote(n.GetRegister())
	}
	return lang.Text{Vi: "(tên giấu trong mã cam kết %s)", En: "(name hidden in commitment %s)"}.F(l, short(n.GetBlob()))
}

func document(l lang.Language, d *recordv1.Document) string {
	return lang.Text{Vi: "%q (%s byte, SHA-256 %s)", En: "%q (%s bytes, SHA-256 %s)"}.F(l, d.GetName(), words.Grouped(l, d.GetSize()), short(d.GetSha256()))
}

// short is the beginning of a hash, enough to compare by eye.
func short(b []byte) string {
	if len(b) <= 8 {
		return hex.EncodeToString(b)
	}
	return hex.EncodeToString(b[:8]) + "…"
}

func keyID(public []byte) string {
	var k ident.PublicKey
	if len(public) != len(k) {
		return "?"
	}
	copy(k[:], public)
	return k.ID().String()
}
