package query

import (
	"strconv"

	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
)

// maxToken bounds page tokens: the longest id is a certificate's, 20 + 4 + 48 + 5 characters and colons.
const maxToken = 128

// size cuts what is asked for to what a call gives.
func size(p *apiv1.Page, usual, most int) int {
	n := int(min(p.GetSize(), uint32(most)))
	if n == 0 {
		return usual
	}
	return n
}

// after reads the token of a list in order of ids: the text form of the last id given out.
func after[ID any](p *apiv1.Page, parse func(string) (ID, error)) (id ID, given bool, err error) {
	token := p.GetToken()
	if token == "" {
		return id, false, nil
	}
	if len(token) > maxToken {
		return id, false, formToken.not("page.token", token)
	}
	if id, err = parse(token); err != nil {
		return id, false, formToken.not("page.token", token)
	}
	return id, true, nil
}

// offset reads the token of a ranked list: how many results were given out.
func offset(p *apiv1.Page) (int, error) {
	token := p.GetToken()
	if token == "" {
		return 0, nil
	}
	n, err := strconv.ParseUint(token, 10, 31)
	if err != nil {
		return 0, formToken.not("page.token", token)
	}
	return int(n), nil
}
