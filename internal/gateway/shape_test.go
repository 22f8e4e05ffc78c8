package gateway_test

import (
	"strings"
	"testing"

	"zoom-phone-mcp/internal/gateway"
	"zoom-phone-mcp/internal/simulator"
)

// An object in a list, and a list in an object, are no rows.
func TestAnswersOfAnotherShapeAreNoRows(t *testing.T) {
	for path, sql := range map[string]string{
		"/v2/phone/call_history/*": "SELECT p.event, count(*) FROM account_call_history('yesterday') AS c, get_call_path(c.call_history_uuid) AS p GROUP BY 1",
		"/v2/phone/users/*":        "SELECT p.status, count(*) FROM list_phone_users AS u, phone_user(u.id) AS p GROUP BY 1",
		"/v2/phone/fax/logs/*":     "SELECT d.status, count(*) FROM get_accounts_fax_logs('last month') AS f, get_fax_log_details(f.fax_log_id) AS d GROUP BY 1",
	} {
		a := demo(t, gateway.Options{})
		a.sim.Inject(simulator.Fault{Name: "wrong_shape", Path: path})
		if _, err := a.Query(t.Context(), gateway.QueryRequest{SQL: sql}); err == nil || !strings.Contains(err.Error(), "Zoom's answer is a") {
			t.Errorf("%s: %v", sql, err)
		}
		a = demo(t, gateway.Options{})
		a.sim.Inject(simulator.Fault{Name: "wrong_shape", Path: path, Count: 2})
		answer, err := a.Query(t.Context(), gateway.QueryRequest{SQL: sql})
		if err != nil || !strings.HasPrefix(string(answer.JSON), `{"incomplete":"2 of `) || strings.Contains(string(answer.JSON), "[null,") {
			t.Errorf("%s: %v %s", sql, err, answer.JSON)
		}
	}
}
