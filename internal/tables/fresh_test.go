package tables_test

import (
	"context"
	"encoding/json"
	"testing"

	"zoom-phone-mcp/internal/tables"
)

// changing answers a filtered list until the whole one is there.
type changing struct{ whole bool }

func (c *changing) Rows(_ context.Context, call tables.Call) (tables.Rows, error) {
	all := tables.Slice{json.RawMessage(`{"status":"read"}`), json.RawMessage(`{"status":"read"}`), json.RawMessage(`{"status":"unread"}`)}
	switch {
	case c.whole:
		return all, nil
	case len(call.Filters) > 0:
		return tables.Slice{all[2], all[2]}, nil // they were two
	}
	return nil, nil
}

func (c *changing) Fetch(context.Context, []tables.Call) error {
	c.whole = true
	return nil
}

// A statement that reads a list with and without a filter has one age of it.
func TestRowsThatChangeBetweenRunsAreReadAnew(t *testing.T) {
	mails := []tables.Table{{Name: "mails", Columns: []tables.Column{{Name: "status", Type: "string", Path: []string{"status"}, Param: "status"}}, Params: []tables.Param{{Name: "status"}}}}
	const sql = "SELECT (SELECT count(*) FROM mails WHERE status = 'unread'), (SELECT sum(status = 'unread') FROM mails)"
	r, err := tables.Query(t.Context(), sql, mails, &changing{}, tables.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if got, _ := json.Marshal(r.Rows); string(got) != `[[1,1]]` {
		t.Errorf("got %s, want one in both", got)
	}
}
