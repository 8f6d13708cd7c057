package reason

// tables hold the reasons in the order of their numbers. Never written after initialisation.
var tables = [...][]Info{readReasons, admissionReasons, recordReasons, sharedReasons, accountReasons, productReasons, certifyReasons, mendReasons, lotReasons, saleReasons}

// Rules that several reasons name.
const (
	ruleAnswers    = "ocop.api.v1"
	ruleBytes      = "ledger/FORMAT.md: one value, one encoding"
	ruleSignature  = "ledger/FORMAT.md: secp256k1, compressed key, r‖s with low s"
	ruleWindow     = "ledger rule: a record is ordered between its issue and its expiry, at most 30 days; dates and times at UTC+07:00"
	ruleKeys       = "ledger rule: keys are bound to accounts with roles and epochs, and prove that somebody holds them"
	ruleRotation   = "ledger rule: an agency rotates its validator's keys by itself; a new key proves that somebody holds it, and no key has two uses or comes back"
	ruleReference  = "ledger rule: an action names what is on the ledger"
	ruleAuthority  = "ledger rule: authority (thẩm quyền) = level, territory, powers and dates, as data"
	rulePersonal   = "Luật 91/2025/QH15 về bảo vệ dữ liệu cá nhân, Điều 30: no personal data in what is public for ever"
	ruleBounds     = "ledger rule: every subject is bounded"
	ruleGovernance = "ledger rule: agencies come and change by genesis and governance alone"
	ruleScores     = "Quyết định 1048/QĐ-TTg, 781/QĐ-TTg (RS-2019); 148/QĐ-TTg (RS-2023); 1489/QĐ-TTg (RS-2025): Bộ tiêu chí"
	ruleCompetence = "Quyết định 1048/QĐ-TTg, 148/QĐ-TTg, 1489/QĐ-TTg: thẩm quyền công nhận theo hạng sao và ngày Quyết định"
	ruleValidity   = "Quyết định 1048/QĐ-TTg, 148/QĐ-TTg: giấy chứng nhận có thời hạn 36 tháng"
	ruleDecision   = "ledger rule: a certificate is named by number, year and item of its Decision, for ever"
	ruleOneInForce = "ledger rule: at most one certificate in force for a product"
	ruleCorrection = "ledger rule: a correction (đính chính) is made by the same authority and names what it replaces"
	ruleRevocation = "ledger rule: a revocation (thu hồi) is made by the issuer or a superior agency, once"
	ruleQuantity   = "ledger rule: quantities are whole smallest units, and what is produced is held or has left"
	ruleMark       = "Quyết định 1162/QĐ-VPĐP-OCOP (Quy chế nhãn hiệu “Sản phẩm OCOP Việt Nam”): the mark only while the certificate of that product is in force"
	ruleSale       = "ledger rule: a sale between accounts is agreed by both; a proposal reserves nothing and lapses"
	ruleBackdating = "ledger rule: events lie within the backdating window before block time and the future window after"
)
