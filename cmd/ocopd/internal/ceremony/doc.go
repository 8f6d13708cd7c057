// Package ceremony is what people write and read when they make a genesis: authorities and territories as text, and a genesis in words.
//
// A territory file is CSV with a head line, or YAML with a list, with the columns code, level, parent, name, from, until. Codes are those of the
// public register (mã đơn vị hành chính); parent is empty for the country; from and until are dates dd/mm/yyyy and may be empty.
package ceremony
