// Package crash kills nodes. Its test runs three processes of ocopd and a fourth that submits records and notes what it was told, kills the leading
// node again and again, and wants everything that was ever acknowledged back from every node, byte for byte.
package crash
