package gateway_test

import (
	"net/http"
	"strings"
	"testing"

	"zoom-phone-mcp/internal/apierror"
	"zoom-phone-mcp/internal/gateway"
)

// What select does not compute is refused with SQL that works in its place.
func TestTheSQLInsteadOfAFunctionWorks(t *testing.T) {
	g := unlimited(t, gateway.Options{}, body(`{"users":[{"id":"1","name":"Ann","extension_number":101,"phone_numbers":[{"number":"1"}]}]}`))
	for _, expression := range []string{
		"abs(users[0].extension_number)", "ceil(users[0].extension_number)", "find_first(users[0].name, 'n')",
		"find_last(users[0].name, 'n')", "floor(users[0].extension_number)", "from_items(users[].name)", "group_by(users, &name)",
		"items(users[0].phone_numbers)", "join(', ', users[].name)", "lower(users[0].name)", "map(&name, users)",
		"merge(users[0], users[1])",
		"pad_left(users[0].name, `9`)", "pad_right(users[0].name, `9`)", "replace(users[0].name, 'a', 'b')",
		"split(users[0].name, ' ')", "to_array(users[0].name)",
		"to_string(users[0].name)", "trim(users[0].name)", "trim_left(users[0].name)", "trim_right(users[0].name)", "upper(users[0].name)",
		"zip(users[].name, users[].id)", "users[].{n: extension_number * `2`}", "let $n = users[0].name in users[?name == $n]",
	} {
		request := gateway.CallRequest{Method: "list_phone_users", Select: expression}
		_, err := g.Call(t.Context(), request)
		e := apierror.From(err)
		if e == nil || e.Kind != apierror.InvalidParams {
			t.Errorf("%s: got %v, want it refused", expression, err)
			continue
		}
		problem := e.Problems[len(e.Problems)-1].Message
		_, query, _ := strings.Cut(problem, "write sql: ")
		request.Select, request.SQL = "", query
		if _, err := g.Call(t.Context(), request); err != nil {
			t.Errorf("%s: got %v for the SQL in its place, in: %s", expression, err, problem)
		}
	}
}

// Where there is no list, there is nothing for SQL.
func TestAComputingExpressionOnARecordIsRefusedWithoutSQL(t *testing.T) {
	g := unlimited(t, gateway.Options{}, func(http.ResponseWriter, *http.Request) { t.Error("something was sent") })
	_, err := g.Call(t.Context(), gateway.CallRequest{Method: "get_call_path", Params: []byte(`{"callHistoryUuid":"u"}`), Select: "group_by(call_elements, &event)"})
	e := apierror.From(err)
	if e == nil || e.Kind != apierror.InvalidParams || !strings.Contains(e.Text(), "no list of records") || strings.Contains(e.Text(), "write sql") {
		t.Errorf("got %v, want an error that sends nobody to SQL", err)
	}
}
