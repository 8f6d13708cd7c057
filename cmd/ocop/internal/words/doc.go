// Package words writes numbers and quantities for people: 12.500 kg is "mười hai nghìn năm trăm kilôgam = 12,5 tấn". What somebody is about to
// sign is said twice, in digits and in words, because a zero too many is seen in neither alone.
package words
