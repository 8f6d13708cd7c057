// Package sample is the sample province: 22 products of 16 producers, the size of the round that Đắk Nông announced on 24 September 2020.
//
// Names and stars are as public pages give them where province.csv says "published"; the rest, and every score, Decision, lot and sale, is
// illustrative. The genesis it makes is marked as sample, so that every output and page says "DỮ LIỆU MẪU – không có giá trị".
//
// A Plan is a list of steps, each one record: registrations by an agency on the producers' behalf, the 2020 round as a historical import, a
// re-assessment dated 20 days before the ledger's first start, lots, sales, a revocation and a correction; then lots made of lots, stamps, a picture, inspections,
// a lot that is held, one that is recalled with what was made of it, and the agencies' telephone numbers. Load signs and submits what is not
// on the ledger yet, and keeps every signed record in a file first, so that a run cut short is continued with the same records.
package sample
