package reads

import (
	"errors"
	"fmt"
	"slices"

	"google.golang.org/protobuf/proto"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/compose"
	"github.com/ocopledger/ocop/ledger/subject"
	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
	"github.com/ocopledger/ocop/proto/ocop/api/v1/apigrpc"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

// Kind is what a receipt is about.
type Kind string

// Kinds.
const (
	Product     Kind = "product"
	Certificate Kind = "certificate"
	Lot         Kind = "lot"
	Record      Kind = "record" // that it is in the log
	Action      Kind = "action" // that it was accepted
)

// Kinds lists them all.
func Kinds() []Kind { return []Kind{Product, Certificate, Lot, Record, Action} }

// Sale is a retail sale on the ledger: what a receipt can be asked for because of it. Its action is number 0 of its record.
type Sale struct {
	Record      ledger.RecordID
	Lot         ledger.LotID
	Certificate ledger.CertificateID // zero: it claims none
}

// ErrNotSale says that a record is not one retail sale.
var ErrNotSale = errors.New("not the record of a retail sale")

// SaleOf reads a record: ErrNotSale.
func SaleOf(envelope []byte) (s Sale, err error) {
	e, err := ledger.ParseEnvelope(envelope)
	if err != nil {
		return s, err
	}
	var a recordv1.Action
	if err := proto.Unmarshal(e.Actions[0], &a); err != nil {
		return s, err
	}
	goods := a.GetRetailSale().GetGoods()
	if goods == nil {
		return s, fmt.Errorf("%w: %s", ErrNotSale, e.ID)
	}
	s = Sale{Record: e.ID, Lot: compose.LotID(goods.GetLot())}
	if c := goods.GetCertificate(); c != nil {
		s.Certificate = compose.CertificateID(c)
	}
	return s, nil
}

// Question is a call that asks for a receipt.
type Question struct {
	Kind    Kind
	Subject subject.ID      // of products, certificates and lots
	Record  ledger.RecordID // of records and actions
	Method  string
	Message []byte
}

// String names what is asked for.
func (q *Question) String() string {
	switch q.Kind {
	case Record:
		return fmt.Sprintf("record %s", q.Record)
	case Action:
		return fmt.Sprintf("action %s-0", q.Record)
	}
	return q.Subject.String()
}

// ErrNoCertificate says that receipts of certificates were asked for, and goods have none.
var ErrNoCertificate = errors.New("the sales claim no certificate")

// Questions asks for every sale, by whoever is pinned at a policy epoch: each sale for every kind, and the kinds in turn. One sale's questions stand far apart, so that
// a node finds nothing ready because of the question before.
func Questions(sales []Sale, kinds []Kind, epoch uint32) ([]Question, error) {
	list := make([]Question, 0, len(sales)*len(kinds))
	apart := max(1, len(sales)/len(kinds))
	for i := range sales {
		for k, kind := range kinds {
			q, err := question(kind, &sales[(i+k*apart)%len(sales)], epoch)
			if err != nil {
				return nil, err
			}
			list = append(list, q)
		}
	}
	return list, nil
}

func question(kind Kind, s *Sale, epoch uint32) (Question, error) {
	q := Question{Kind: kind}
	var message proto.Message
	about := func(id subject.ID, r *apiv1.GetSubjectReceiptRequest) {
		r.PinnedEpoch = &epoch
		q.Subject, q.Method, message = id, apigrpc.ProofService_GetSubjectReceipt_FullMethodName, r
	}
	of := func(r *apiv1.GetRecordReceiptRequest) {
		r.Record = s.Record.String()
		q.Record, q.Method, message = s.Record, apigrpc.ProofService_GetRecordReceipt_FullMethodName, r
	}
	switch kind {
	case Product:
		about(subject.Product(s.Lot.Product), &apiv1.GetSubjectReceiptRequest{Subject: &apiv1.GetSubjectReceiptRequest_Product{Product: s.Lot.Product.String()}})
	case Certificate:
		if s.Certificate == (ledger.CertificateID{}) {
			return q, ErrNoCertificate
		}
		about(subject.Certificate(s.Certificate), &apiv1.GetSubjectReceiptRequest{Subject: &apiv1.GetSubjectReceiptRequest_Certificate{Certificate: s.Certificate.String()}})
	case Lot:
		about(subject.Lot(s.Lot), &apiv1.GetSubjectReceiptRequest{Subject: &apiv1.GetSubjectReceiptRequest_Lot{Lot: s.Lot.String()}})
	case Record:
		of(&apiv1.GetRecordReceiptRequest{})
	case Action:
		of(&apiv1.GetRecordReceiptRequest{Action: new(uint32(0)), PinnedEpoch: &epoch})
	default:
		return q, fmt.Errorf("no kind of receipt: %q", kind)
	}
	var err error
	q.Message, err = proto.Marshal(message)
	return q, err
}

// KindsOf lists the kinds that sales can be asked for: with certificates if all of them claim one.
func KindsOf(sales []Sale) []Kind {
	without := func(s Sale) bool { return s.Certificate == (ledger.CertificateID{}) }
	return slices.DeleteFunc(Kinds(), func(k Kind) bool { return k == Certificate && slices.ContainsFunc(sales, without) })
}
