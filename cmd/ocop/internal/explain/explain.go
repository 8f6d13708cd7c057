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

func (v voice) action(a *recordv1.Action) string {
	switch k := a.GetKind().(type) {
	case *recordv1.Action_RegisterAccount:
		return v.registerAccount(k.RegisterAccount)
	case *recordv1.Action_BindKey:
		return v.bindKey(k.BindKey)
	case *recordv1.Action_RetireKey:
		return v.retireKey(k.RetireKey)
	case *recordv1.Action_RegisterProduct:
		return v.registerProduct(k.RegisterProduct)
	case *recordv1.Action_OpenDecision:
		return v.openDecision(k.OpenDecision)
	case *recordv1.Action_Certify:
		return v.certify(k.Certify)
	case *recordv1.Action_Correct:
		return v.correct(k.Correct)
	case *recordv1.Action_Revoke:
		return v.revoke(k.Revoke)
	case *recordv1.Action_RegisterLot:
		return v.registerLot(k.RegisterLot)
	case *recordv1.Action_HoldLot, *recordv1.Action_ReleaseLot, *recordv1.Action_RecallLot, *recordv1.Action_ApplyStamps, *recordv1.Action_Inspect,
		*recordv1.Action_SetPicture, *recordv1.Action_SetContact:
		return v.supply(a)
	case *recordv1.Action_ProposeSale:
		return v.proposeSale(k.ProposeSale)
	case *recordv1.Action_AcceptSale:
		return lang.Text{Vi: "Chấp nhận mua theo giao dịch %s", En: "Accept sale %s"}.F(v.l, v.named(draft.Sale, compose.SaleID(k.AcceptSale.GetSale()).String()))
	case *recordv1.Action_OutsideSale:
		return v.outsideSale(k.OutsideSale)
	case *recordv1.Action_RotateValidator:
		return v.rotateValidator(k.RotateValidator)
	case *recordv1.Action_UpdateNode:
		return v.updateNode(k.UpdateNode)
	case *recordv1.Action_ProposeChange:
		return v.proposeChange(k.ProposeChange)
	case *recordv1.Action_Vote:
		return v.vote(k.Vote)
	case *recordv1.Action_RetailSale:
		return lang.Text{Vi: "Bán lẻ cho người tiêu dùng: %s", En: "Sell to a consumer: %s"}.F(v.l, v.goods(k.RetailSale.GetGoods()))
	}
	return lang.Text{Vi: "Hành động mà phần mềm này chưa biết", En: "An action this software does not know"}.In(v.l)
}

func (v voice) registerAccount(a *recordv1.RegisterAccount) string {
	s := lang.Text{Vi: "Đăng ký chủ thể %d (%s; %s) %s, địa bàn %s", En: "Register account %d (%s; %s) %s, territory %s"}.F(v.l,
		a.GetAccount(), AccountKind(a.GetKind()), bits(v.l, accountRoles, a.GetRoles()), publicName(v.l, a.GetName()), v.territory(uint64(a.GetTerritory())))
	if n := a.GetBusinessNumber(); n != "" {
		s += lang.Text{Vi: ", mã số doanh nghiệp %s", En: ", business number %s"}.F(v.l, n)
	}
	if k := a.GetKey(); k != nil {
		return s + lang.Text{Vi: ", khóa %s (%s)", En: ", key %s (%s)"}.F(v.l, keyID(k.GetPublicKey()), bits(v.l, keyRoles, k.GetRoles()))
	}
	return s + lang.Text{Vi: ", chưa có khóa", En: ", without a key"}.In(v.l)
}

func (v voice) bindKey(a *recordv1.BindKey) string {
	return lang.Text{Vi: "Gắn khóa %s (%s) vào tài khoản %s, kỳ khóa %d", En: "Bind key %s (%s) to account %s, key epoch %d"}.F(v.l,
		keyID(a.GetKey().GetPublicKey()), bits(v.l, keyRoles, a.GetKey().GetRoles()), v.account(a.GetAccount()), a.GetEpoch())
}

func (v voice) retireKey(a *recordv1.RetireKey) string {
	return lang.Text{Vi: "Ngừng dùng khóa %s của tài khoản %s: %s", En: "Retire key %s of account %s: %s"}.F(v.l,
		keyID(a.GetPublicKey()), v.account(a.GetAccount()), name(retireReasons, a.GetReason()))
}

func (v voice) registerProduct(a *recordv1.RegisterProduct) string {
	s := lang.Text{Vi: "Đăng ký sản phẩm %s %s của chủ thể %s, nhóm %s theo %s, tính bằng %s, xuất xứ địa bàn %s", En: "Register product %s %s of producer %s, group %s of %s, counted in %s, origin territory %s"}.F(v.l,
		compose.ProductID(a.GetProduct()), publicName(v.l, a.GetName()), v.account(a.GetProduct().GetProducer()), v.group(a.GetGroup().GetCode()), a.GetGroup().GetScheme(),
		Unit(a.GetUnit()), v.territory(uint64(a.GetOrigin())))
	if a.GetGtin() != "" {
		s += ", GTIN " + a.GetGtin()
	}
	return s
}

func (v voice) openDecision(a *recordv1.OpenDecision) string {
	s := lang.Text{Vi: "Quyết định %s ngày %s của cơ quan %s, phần %d/%d, văn bản %s", En: "Decision %s of %s by agency %s, part %d of %d, document %s"}.F(v.l,
		a.GetDecision().GetNumber(), ledger.Date(a.GetDate()), v.account(a.GetDecision().GetIssuer()), a.GetPart(), a.GetParts(), document(v.l, a.GetDocument()))
	if a.GetHistorical() {
		s += lang.Text{Vi: ", nhập hồi cứu", En: ", a historical import"}.In(v.l)
	}
	return s
}

func (v voice) certify(a *recordv1.Certify) string {
	p := func(n uint32) string { return words.Points(v.l, uint64(n)) }
	sc := a.GetScores()
	s := lang.Text{
		Vi: "Mục %d: sản phẩm %s đạt %d sao, %s điểm (A %s, B %s, C %s), nhóm %s, hiệu lực %s đến hết %s",
		En: "Item %d: product %s has %d stars, %s points (A %s, B %s, C %s), group %s, valid %s to %s"}.F(v.l,
		a.GetCertificate().GetItem(), v.product(compose.ProductID(a.GetProduct())), a.GetStar(), p(sc.GetTotal()), p(sc.GetA()), p(sc.GetB()), p(sc.GetC()),
		v.group(a.GetGroup()), ledger.Date(a.GetValidFrom()), ledger.Date(a.GetValidUntil()))
	if !a.GetMinimumsMet() {
		s += lang.Text{Vi: ", KHÔNG đạt tiêu chí tối thiểu", En: ", minimum requirements NOT met"}.In(v.l)
	}
	if a.GetPredecessor() != nil {
		s += lang.Text{Vi: ", thay giấy chứng nhận %s", En: ", renews certificate %s"}.F(v.l, compose.CertificateID(a.GetPredecessor()))
	}
	return s
}

func (v voice) correct(a *recordv1.Correct) string {
	var target string
	switch t := a.GetTarget().(type) {
	case *recordv1.Correct_Certificate:
		target = lang.Text{Vi: "giấy chứng nhận %s", En: "certificate %s"}.F(v.l, v.certificate(t.Certificate))
	case *recordv1.Correct_Product:
		target = lang.Text{Vi: "sản phẩm %s", En: "product %s"}.F(v.l, v.product(compose.ProductID(t.Product)))
	case *recordv1.Correct_Account:
		target = lang.Text{Vi: "tài khoản %s", En: "account %s"}.F(v.l, v.account(t.Account))
	}
	s := lang.Text{Vi: "Đính chính %s (%s):", En: "Correct %s (%s):"}.F(v.l, target, name(correctionReasons, a.GetReason()))
	for i, c := range a.GetChanges() {
		if i > 0 {
			s += ";"
		}
		s += lang.Text{Vi: " %s từ %s thành %s", En: " %s from %s to %s"}.F(v.l,
			name(fields, c.GetField()), v.fieldValue(c.GetField(), c.GetOld()), v.fieldValue(c.GetField(), c.GetNew()))
	}
	return s
}

func (v voice) fieldValue(f recordv1.Field, value *recordv1.FieldValue) string {
	switch c := value.GetChoice().(type) {
	case *recordv1.FieldValue_Number:
		switch f {
		case recordv1.Field_FIELD_SCORE_A, recordv1.Field_FIELD_SCORE_B, recordv1.Field_FIELD_SCORE_C, recordv1.Field_FIELD_SCORE_TOTAL:
			return words.Points(v.l, c.Number)
		case recordv1.Field_FIELD_VALID_FROM, recordv1.Field_FIELD_VALID_UNTIL:
			return ledger.Date(c.Number).String()
		case recordv1.Field_FIELD_ACCOUNT_KIND:
			return AccountKind(recordv1.AccountKind(c.Number)).In(v.l)
		case recordv1.Field_FIELD_TERRITORY:
			return v.territory(c.Number)
		}
		return strconv.FormatUint(c.Number, 10)
	case *recordv1.FieldValue_Text:
		if f == recordv1.Field_FIELD_GROUP {
			return v.group(c.Text)
		}
		return strconv.Quote(c.Text)
	case *recordv1.FieldValue_Hash:
		return short(c.Hash)
	}
	return lang.Text{Vi: "(trống)", En: "(empty)"}.In(v.l)
}

func (v voice) revoke(a *recordv1.Revoke) string {
	return lang.Text{
		Vi: "Thu hồi giấy chứng nhận %s kể từ ngày %s, theo Quyết định %s ngày %s; lý do: %s; văn bản %s",
		En: "Revoke certificate %s from %s on, by Decision %s of %s; reason: %s; document %s"}.F(v.l,
		v.certificate(a.GetCertificate()), ledger.Date(a.GetEffective()), a.GetDecision().GetNumber(), ledger.Date(a.GetDate()),
		RevocationReason(a.GetReason()), document(v.l, a.GetDocument()))
}

func (v voice) registerLot(a *recordv1.RegisterLot) string {
	s := lang.Text{Vi: "Đăng ký lô %s: %s, sản xuất ngày %s", En: "Register lot %s: %s, produced on %s"}.F(v.l,
		v.lot(compose.LotID(a.GetLot())), Quantity(v.l, a.GetQuantity(), a.GetUnit()), ledger.Date(a.GetProduced()))
	if d := a.GetExpires(); d != 0 {
		s += lang.Text{Vi: ", hạn dùng %s", En: ", best before %s"}.F(v.l, ledger.Date(d))
	}
	return s + v.madeOf(a)
}

func (v voice) proposeSale(a *recordv1.ProposeSale) string {
	return lang.Text{Vi: "Chào bán cho tài khoản %s: %s; chờ chấp nhận đến %s", En: "Propose a sale to account %s: %s; open until %s"}.F(v.l,
		v.account(a.GetBuyer().GetAccount()), v.goods(a.GetGoods()), Moment(a.GetLapses()))
}

func (v voice) outsideSale(a *recordv1.OutsideSale) string {
	return lang.Text{Vi: "Bán cho cơ sở chưa có tài khoản (mã cam kết %s): %s", En: "Sell to a business without account (commitment %s): %s"}.F(v.l,
		short(a.GetBuyer().GetCommitment()), v.goods(a.GetGoods()))
}

func (v voice) goods(g *recordv1.Goods) string {
	s := lang.Text{Vi: "%s của lô %s, lúc %s", En: "%s of lot %s, at %s"}.F(v.l, Quantity(v.l, g.GetQuantity(), g.GetUnit()), v.lot(compose.LotID(g.GetLot())), Moment(g.GetEventTime()))
	if g.GetCertificate() != nil {
		s += lang.Text{Vi: ", bán là OCOP theo giấy chứng nhận %s", En: ", sold as OCOP under certificate %s"}.F(v.l, compose.CertificateID(g.GetCertificate()))
	} else {
		s += lang.Text{Vi: ", không ghi nhãn OCOP", En: ", without the OCOP claim"}.In(v.l)
	}
	if g.GetPrice() != nil {
		s += lang.Text{Vi: ", giá giấu trong mã cam kết %s", En: ", price hidden in commitment %s"}.F(v.l, short(g.GetPrice()))
	}
	if g.GetTerms() != nil {
		s += lang.Text{Vi: ", điều khoản giấu trong mã cam kết %s", En: ", terms hidden in commitment %s"}.F(v.l, short(g.GetTerms()))
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
