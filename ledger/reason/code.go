package reason

// Reasons of queries, and of calls that reached no node or had no answer of the API.
const (
	NotFound Code = 1 + iota
	InvalidRequest
	HeightNotReached
	Internal
	NotServed
	Unreachable
	DeadlineExceeded
	Cancelled
	UnexpectedAnswer
)

// Reasons of admission: bytes, signatures and the state of the node.
const (
	MalformedEnvelope Code = 10 + iota
	RecordTooLarge
	WrongChain
	PublicKeyMalformed
	SignatureOutOfRange
	SignatureHighS
	BadSignature
	Duplicate
	Overloaded
	NoLeader
	UnknownOutcome
	Unavailable
	TooManyRecords
	MessageTooLarge
	TooManyCalls
	MadeRoom
)

// Reasons of the record as a whole: header, author, key.
const (
	SchemaNotInForce Code = 40 + iota
	IssuedInFuture
	RecordExpired
	ExpiryBeforeIssue
	ExpiryTooLong
	UnknownAuthor
	KeyNotBound
	KeyRetired
	KeyRoleMissing
	ActionMalformed
)

// Reasons that several kinds of action share.
const (
	UnknownAccount Code = 60 + iota
	UnknownTerritory
	UnknownScheme
	UnknownProduct
	UnknownCertificate
	UnknownLot
	UnknownSale
	UnknownKey
	NotAnAgency
	PowerMissing
	AuthorityNotInForce
	OutsideTerritory
	AgencyNeedsGovernance
	AccountRoleMissing
	DateInvalid
	DateInFuture
	PersonalNumber
	LimitReached
)

// Reasons of accounts and keys.
const (
	AccountOutsideRange Code = 100 + iota
	AccountTaken
	AccountRolesInvalid
	NameNotFromRegister
	BusinessNumberOfPerson
	KeyRolesInvalid
	KeyRolesForAgencies
	PossessionNotProved
	KeyEpochDiffers
	KeyAlreadyBound
	KeyAlreadyRetired
	LastAgencyKey
	NotAValidator
	ValidatorKeyInvalid
	ValidatorKeyTaken
	ValidatorKeyUsed
	ValidatorPossessionNotProved
)

// Reasons of products.
const (
	ProductTaken Code = 130 + iota
	NotTheProducer
	GroupNotInScheme
	GTINCheckDigit
	GTINTaken
	ProductNameTaken
)

// Reasons of Decisions and certificates.
const (
	NotTheIssuer Code = 150 + iota
	DecisionYearDiffers
	HistoricalRequired
	HistoricalNotAllowed
	NoSchemeForDate
	PartOutOfRange
	PartTaken
	PartDiffers
	DecisionNotOpened
	ItemTaken
	PartScoreAboveMaximum
	TotalAboveHundred
	TotalNotSum
	StarNotCertified
	ScoreTooLow
	StarAboveScore
	MinimumsNotMet
	FiveStarsByMinistry
	LevelNotCompetent
	ValidBeforeDecision
	ValidUntilBeforeFrom
	ValidityTooLong
	CertificateInForce
	PredecessorOfOtherProduct
	PredecessorNotRenewable
	RenewalNotLater
)

// Reasons of corrections and revocations.
const (
	NotTheAuthor Code = 200 + iota
	WrongActionDiffers
	FieldNotOfTarget
	FieldsNotAscending
	FieldValueKind
	OldValueDiffers
	NewValueSame
	RevokedNotCorrectable
	CertifiedNeedsAgency
	AlreadyRevoked
	NotSuperior
	RevokedBeforeIssue
	EffectiveBeforeDecision
)

// Reasons of lots.
const (
	LotTaken Code = 230 + iota
	UnitDiffers
	ProducedInFuture
	ProducedTooLongAgo
	ExpiresBeforeProduced
	LotHeld
	LotRecalled
	LotAlreadyHeld
	LotNotHeld
	HeldByAgency
	DocumentRequired
	InputsNotAscending
	InputIsItself
	YieldMissing
	YieldWithoutInputs
	YieldAboveWhole
	MoreThanYield
	ProducedBeforeInput
	SerialNotNext
	MoreStampsThanLot
)

// Reasons of sales.
const (
	SellerIsBuyer Code = 250 + iota
	BuyerNotAccount
	BuyerNotCommitment
	EventInFuture
	LateWithClaim
	SoldBeforeProduced
	MoreThanLot
	MoreThanHolding
	LapseOutOfRange
	CertificateOfOtherProduct
	CertificateNotYetValid
	CertificateExpired
	CertificateSuperseded
	CertificateRevoked
	ClaimAfterRevocation
	NotTheBuyer
	NotAProposal
	SaleAlreadyAccepted
	ProposalLapsed
	TradedOverflow
)

// Reasons of the network's membership and parameters: nodes, proposals and votes.
const (
	UnknownProposal Code = 280 + iota
	ProposalClosed
	VotingOver
	AlreadyVoted
	ProposalStale
	VoteLapseOutOfRange
	AlreadyAValidator
	CosignerNameTaken
	QuorumOutOfRange
	LastValidator
	PublisherLeaves
	PublisherNotRemaining
	ParameterOutOfRange
	IncarnationNotNext
	AddressInvalid
)

// Reasons of supply and of what the public sees: stamps, inputs, pictures, contacts, resolvers.
const (
	NoRightToMark Code = 300 + iota
	PhoneInvalid
	ResolverInvalid
	ResolverTwice
	InputUnitsDiffer
	InputNotHeld
	NothingChanges
)
