package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"

	"zoom-phone-mcp/tools/load"
)

// answers checks what a server answers. The first answer of a size is decoded and
// compared with what the upstream sent; the others have to be of the same length
// and to have the right id. Ids all have the same number of digits, so that a good
// answer differs in length only where it says that the call had to wait; those are
// decoded too.
type answers struct {
	bodies map[*page][]byte
	seen   map[*page]int // the length of a good answer
}

const firstID = 1_000_000

var (
	beginning = []byte(`{"jsonrpc":"2.0","id":`)
	idDigits  = len(strconv.Itoa(firstID))
)

// id returns the id of an answer.
func answerID(line []byte) (int, error) {
	rest, ok := bytes.CutPrefix(line, beginning)
	if !ok || len(rest) <= idDigits {
		return 0, fmt.Errorf("not an answer: %.300s", line)
	}
	return strconv.Atoi(string(rest[:idDigits]))
}

// check holds that line is the good answer for a page.
func (a *answers) check(line []byte, p *page) error {
	if n, ok := a.seen[p]; ok && len(line) == n {
		return nil
	}
	var answer load.Answer
	if err := json.Unmarshal(line, &answer); err != nil {
		return err
	}
	r := answer.Result
	if r.IsError || len(r.Content) != 1 || r.Content[0].Text != string(a.bodies[p]) || !bytes.Equal(r.Structured, a.bodies[p]) {
		return fmt.Errorf("not the body that the upstream sent: %.300s", line)
	}
	if _, ok := a.seen[p]; !ok {
		a.seen[p] = len(line)
	}
	return nil
}
