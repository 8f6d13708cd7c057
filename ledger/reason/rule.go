package reason

// Rule says where a rule comes from: a law, a decision or a standard with its article, or a rule of the ledger's own, in both languages.
type Rule struct{ Vietnamese, English string }

// The rules behind the reasons. Never written after initialisation.
var (
	ruleAnswers = Rule{
		"giao diện ocop.api.v1 của nút",
		"the node's API ocop.api.v1"}
	ruleBytes = Rule{
		"ledger/FORMAT.md: mỗi giá trị có đúng một cách mã hóa",
		"ledger/FORMAT.md: one value, one encoding"}
	ruleSignature = Rule{
		"ledger/FORMAT.md: secp256k1, khóa nén, chữ ký r‖s với s nhỏ",
		"ledger/FORMAT.md: secp256k1, compressed key, r‖s with low s"}
	ruleWindow = Rule{
		"quy tắc sổ cái: bản ghi được xếp thứ tự giữa lúc lập và hạn gửi, nhiều nhất 30 ngày; ngày giờ theo UTC+07:00",
		"ledger rule: a record is ordered between its issue and its expiry, at most 30 days; dates and times at UTC+07:00"}
	ruleKeys = Rule{
		"quy tắc sổ cái: khóa gắn với tài khoản theo việc được giao và lần thay khóa, kèm bằng chứng có người giữ khóa",
		"ledger rule: keys are bound to accounts with roles and epochs, and prove that somebody holds them"}
	ruleRotation = Rule{
		"quy tắc sổ cái: cơ quan tự thay khóa nút xác thực của mình; khóa mới kèm bằng chứng có người giữ, mỗi khóa chỉ có một việc và không dùng lại",
		"ledger rule: an agency rotates its validator's keys by itself; a new key proves that somebody holds it, and no key has two uses or comes back"}
	ruleValidators = Rule{
		"quy tắc sổ cái: việc của nút xác thực là của cơ quan đang vận hành nút đó",
		"ledger rule: what is a validator's is for the agency that runs it"}
	ruleVote = Rule{
		"quy tắc sổ cái: nút xác thực vào hoặc ra và tham số đổi bằng đề xuất và biểu quyết, mỗi cơ quan vận hành nút một phiếu; phiếu đủ số thì thực hiện ngay",
		"ledger rule: validators come and go and parameters change by proposal and vote, one for each agency that runs a validator; the vote that suffices carries it out"}
	ruleQuorum = Rule{
		"quy tắc sổ cái: số đồng ký cần có phải hơn một nửa số nút xác thực; sổ cái có từ 1 đến 7 nút, một nút công bố",
		"ledger rule: a quorum is more than half of the validators; there are 1 to 7 of them, and one is the publisher"}
	ruleNode = Rule{
		"quy tắc sổ cái: kho raft mới của nút mang lần lập kế tiếp; địa chỉ nút có dạng máy:cổng",
		"ledger rule: a node's new raft store has the next incarnation; its addresses are host:port"}
	ruleReference = Rule{
		"quy tắc sổ cái: hành động chỉ nêu những gì đã có trên sổ cái",
		"ledger rule: an action names what is on the ledger"}
	ruleAuthority = Rule{
		"quy tắc sổ cái: thẩm quyền gồm cấp, địa bàn, việc được làm và thời gian, ghi thành dữ liệu",
		"ledger rule: authority (thẩm quyền) = level, territory, powers and dates, as data"}
	rulePersonal = Rule{
		"Luật 91/2025/QH15 về bảo vệ dữ liệu cá nhân, Điều 30: không đưa dữ liệu cá nhân vào nơi công khai vĩnh viễn",
		"Law 91/2025/QH15 on the protection of personal data, Article 30: no personal data in what is public for ever"}
	ruleBounds = Rule{
		"quy tắc sổ cái: mọi đối tượng đều có giới hạn",
		"ledger rule: every subject is bounded"}
	ruleGovernance = Rule{
		"quy tắc sổ cái: cơ quan chỉ được thêm hoặc thay đổi qua khối khởi đầu và biểu quyết",
		"ledger rule: agencies come and change by genesis and governance alone"}
	ruleScores = Rule{
		"Quyết định 1048/QĐ-TTg, 781/QĐ-TTg (RS-2019); 148/QĐ-TTg (RS-2023); 1489/QĐ-TTg (RS-2025): Bộ tiêu chí",
		"Decisions 1048/QĐ-TTg, 781/QĐ-TTg (RS-2019); 148/QĐ-TTg (RS-2023); 1489/QĐ-TTg (RS-2025) of the Prime Minister: the rule set (Bộ tiêu chí)"}
	ruleCompetence = Rule{
		"Quyết định 1048/QĐ-TTg, 148/QĐ-TTg, 1489/QĐ-TTg: thẩm quyền công nhận theo hạng sao và ngày Quyết định",
		"Decisions 1048/QĐ-TTg, 148/QĐ-TTg, 1489/QĐ-TTg of the Prime Minister: who may recognise, by stars and by the Decision's date"}
	ruleValidity = Rule{
		"Quyết định 1048/QĐ-TTg, 148/QĐ-TTg: giấy chứng nhận có thời hạn 36 tháng",
		"Decisions 1048/QĐ-TTg, 148/QĐ-TTg of the Prime Minister: a certificate is valid for 36 months"}
	ruleDecision = Rule{
		"quy tắc sổ cái: giấy chứng nhận mang số, năm và mục của Quyết định, vĩnh viễn",
		"ledger rule: a certificate is named by number, year and item of its Decision, for ever"}
	ruleOneInForce = Rule{
		"quy tắc sổ cái: mỗi sản phẩm có nhiều nhất một giấy chứng nhận còn hiệu lực",
		"ledger rule: at most one certificate in force for a product"}
	ruleCorrection = Rule{
		"quy tắc sổ cái: đính chính do chính nơi có thẩm quyền đó lập và nêu rõ nội dung được thay",
		"ledger rule: a correction (đính chính) is made by the same authority and names what it replaces"}
	ruleRevocation = Rule{
		"quy tắc sổ cái: thu hồi do nơi cấp hoặc cấp trên của nơi cấp quyết định, một lần",
		"ledger rule: a revocation (thu hồi) is made by the issuer or a superior agency, once"}
	ruleQuantity = Rule{
		"quy tắc sổ cái: số lượng là số nguyên của đơn vị nhỏ nhất; hàng làm ra thì đang được giữ hoặc đã rời thị trường",
		"ledger rule: quantities are whole smallest units, and what is produced is held or has left"}
	ruleMark = Rule{
		"Quyết định 1162/QĐ-VPĐP-OCOP (Quy chế nhãn hiệu “Sản phẩm OCOP Việt Nam”): chỉ dùng nhãn hiệu khi giấy chứng nhận của chính sản phẩm đó còn hiệu lực",
		"Decision 1162/QĐ-VPĐP-OCOP (regulation of the mark “Sản phẩm OCOP Việt Nam”): the mark only while the certificate of that product is in force"}
	ruleSale = Rule{
		"quy tắc sổ cái: mua bán giữa hai tài khoản phải được cả hai đồng ý; đề nghị bán không giữ chỗ hàng và có hạn trả lời",
		"ledger rule: a sale between accounts is agreed by both; a proposal reserves nothing and lapses"}
	ruleBackdating = Rule{
		"quy tắc sổ cái: sự kiện nằm giữa hạn ghi lùi ngày trước giờ của khối và hạn ghi trước sau giờ đó",
		"ledger rule: events lie within the backdating window before block time and the future window after"}
	ruleOnce = Rule{
		"quy tắc sổ cái: mã bản ghi chỉ dùng một lần",
		"ledger rule: a record id is used once"}
	ruleRange = Rule{
		"quy tắc sổ cái: cơ quan cấp số tài khoản trong dải số của mình",
		"ledger rule: an agency gives out account numbers of its own range"}
	ruleAccountNumber = Rule{
		"quy tắc sổ cái: số tài khoản chỉ cấp một lần",
		"ledger rule: an account number is given out once"}
	ruleAccountRoles = Rule{
		"quy tắc sổ cái: vai trò của tài khoản",
		"ledger rule: roles of accounts"}
	ruleProductNumber = Rule{
		"quy tắc sổ cái: số sản phẩm chỉ dùng một lần",
		"ledger rule: a product number is used once"}
	ruleOwnProducts = Rule{
		"quy tắc sổ cái: chủ thể chỉ ghi cho sản phẩm của mình",
		"ledger rule: a producer speaks for its own products"}
	ruleGTIN = Rule{
		"TCVN 6939:2019 (Quy định kỹ thuật chung của GS1, mục 7.9)",
		"GS1 General Specifications 7.9 (TCVN 6939:2019)"}
	ruleOneGTIN = Rule{
		"quy tắc sổ cái: mỗi mã GTIN chỉ của một sản phẩm",
		"ledger rule: a GTIN names one product"}
	ruleProductName = Rule{
		"quy tắc sổ cái: một chủ thể không có hai sản phẩm cùng tên",
		"ledger rule: no two products of a producer with one name"}
	ruleLotCode = Rule{
		"quy tắc sổ cái: mỗi mã lô chỉ một lô của sản phẩm",
		"ledger rule: a lot code names one lot of a product"}
	ruleRestraint = Rule{
		"Luật 55/2010/QH12 về an toàn thực phẩm, Điều 55: thu hồi thực phẩm không bảo đảm an toàn; chủ thể tự thu hồi hoặc cơ quan có thẩm quyền buộc thu hồi",
		"Law 55/2010/QH12 on food safety, Article 55: food that is not safe is recalled, by its producer or by order of a competent agency"}
	ruleYield = Rule{
		"quy tắc sổ cái: lô làm từ lô khác không nhiều hơn nguyên liệu nhân định mức đã khai",
		"ledger rule: a lot made of others is not more than its inputs times the declared yield"}
	ruleStamps = Rule{
		"quy tắc sổ cái: tem của một sản phẩm được đánh số liên tục và không nhiều hơn lượng hàng của lô",
		"ledger rule: stamps of a product are numbered without gaps, and are not more than the lot they stand for"}
	ruleContact = Rule{
		"quy tắc sổ cái: cơ quan tự công bố số điện thoại công khai của mình, chủ thể tự công bố ảnh sản phẩm",
		"ledger rule: an agency publishes its own public telephone number, a producer its product's picture"}
	ruleResolver = Rule{
		"chuẩn GS1: đường dẫn trên tem bắt đầu bằng tên máy phân giải mã; nhiều nhất 16 máy, không trùng nhau",
		"GS1 Digital Link: the link on a label begins with the resolver's host; at most 16 of them, none twice"}
	ruleNewer = Rule{
		"quy tắc của phiên bản sổ cái mới hơn phần mềm này",
		"a rule of a ledger version newer than this software"}
)
